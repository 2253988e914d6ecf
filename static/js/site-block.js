import { ageSeconds } from "./ages.js";
import { cloneTemplate, setData, setText, showAge, showMortality } from "./dom.js";
import { format, t } from "./i18n.js";
import { counted, showOpenCount } from "./open-count.js";

/** One site of the wall: its figures, the age of its last reading, and the list its lots stand in. */
export class SiteBlock {
  #view;

  constructor(code) {
    this.#view = cloneTemplate("site-template");
    this.code = code;
    this.root = this.#view.root;
    this.root.id = `site-${code}`;
    this.root.dataset.site = code;
    this.root.setAttribute("aria-labelledby", `site-name-${code}`);
    const { parts } = this.#view;
    parts.name.parentElement.id = `site-name-${code}`;
    parts.age.dataset.ageOf = code;
    setText(parts.code, code);
    parts.alerts.href = `/alertes?site=${code}`;
  }

  get list() {
    return this.#view.parts.lots;
  }

  /** @param {object|undefined} stats the site's latest figures; @param {{critical, warning}} deviations */
  showFigures(stats, deviations) {
    const { parts, figures } = this.#view;
    const numbers = format();
    setText(parts.name, stats?.nom ?? "");
    setText(figures.lots, numbers.count(stats?.lots));
    setText(figures.canards_vivants, numbers.count(stats?.canards_vivants));
    setText(figures.poids_moyen, numbers.grams(stats?.poids_moyen));
    showMortality(figures.taux_mortalite, stats?.taux_mortalite ?? null);
    this.#showDeviations(stats, deviations);
  }

  /** @param {object|undefined} counts the site's open alerts; @param {AlertFeed} feed where they come from */
  showAlerts(counts, feed) {
    const { alerts, "no-alert": none } = this.#view.parts;
    showOpenCount(alerts, counts, { truncated: feed.truncated });
    none.hidden = !alerts.hidden;
    setText(none, feed.loaded ? t("alerts.open.none") : t("alerts.open.unknown"));
  }

  /** @param {"waiting"|"empty"|"filtered"|null} reason why no lot is listed, or null when some are */
  showEmptiness(reason) {
    this.#view.parts.empty.hidden = reason === null;
    setText(this.#view.parts.empty, reason ? t(`site.${reason}`) : "");
  }

  /** @param {boolean} silent whether every lot that is fed here has fallen silent */
  showAge(heardMs, serverNow, silent) {
    showAge(this.root, this.#view.parts.age, ageSeconds(heardMs, serverNow), silent);
  }

  #showDeviations(stats, { critical, warning }) {
    const element = this.#view.parts.deviations;
    const texts = [counted("site.critical", critical), counted("site.warning", warning)].filter(Boolean);
    setText(element, texts.join(" · ") || (stats?.lots ? t("site.noDeviation") : ""));
    setData(element, "severity", critical ? "critical" : warning ? "warning" : null);
  }
}
