import { weeklyReport } from "./api.js";
import { namedParts, setText } from "./dom.js";
import { format, t } from "./i18n.js";
import { showLot } from "./lot-address.js";

const REFRESH_EVERY_MS = 10_000;

/** The week's figures of one farmer, asked for again when readings arrive, at most once in ten seconds. */
export class WeeklyReport {
  #root;
  #id;
  #isConnected;
  #figures;
  #asOf;
  #report = null;
  #askedAt = -Infinity;
  #waiting = null;

  /** @param {() => boolean} isConnected nothing is asked of a server that is known to be away */
  constructor(root, gaveurId, isConnected) {
    this.#root = root;
    this.#id = gaveurId;
    this.#isConnected = isConnected;
    const { parts, figures } = namedParts(root);
    this.#figures = figures;
    this.#asOf = parts["week-as-of"];
  }

  /** Asks soon; a demand while one is waiting changes nothing. */
  refresh() {
    if (this.#waiting !== null) return;
    const wait = Math.max(0, this.#askedAt + REFRESH_EVERY_MS - Date.now());
    this.#waiting = setTimeout(() => this.#load(), wait);
  }

  draw() {
    if (!this.#report) return;
    const { statistiques: week, top_performers: top, date_generation: at } = this.#report;
    const numbers = format();
    for (const name of ["canards_actifs", "canards_gaves", "gavages_total", "alertes_critiques", "alertes_importantes"]) {
      setText(this.#figures[name], numbers.count(week[name]));
    }
    // The report writes 0 where nothing could be computed: without meals no dose, without two days no gain.
    setText(this.#figures.dose_moyenne_g, perDay(week.gavages_total > 0 ? week.dose_moyenne_g : null));
    setText(this.#figures.gain_moyen_g, perDay(top.length > 0 ? week.gain_moyen_g : null));
    showBest(this.#figures.top_performers, top);
    setText(this.#asOf, t("week.asOf", { time: numbers.dateTime(at) }));
    this.#root.hidden = false;
  }

  async #load() {
    this.#waiting = null;
    if (!this.#isConnected()) return;
    this.#askedAt = Date.now();
    try {
      this.#report = await weeklyReport(this.#id);
      this.draw();
    } catch {
      // The last figures stay with the time they were drawn up; the next reading or reconnection asks again.
    }
  }
}

/** Each with its gain, and leading to its page. */
function showBest(element, top) {
  const text = top.map(({ numero, gain_moyen }) => `${numero} ${perDay(gain_moyen)}`).join(" · ") || format().number(null);
  if (element.textContent === text) return;
  setText(element, top.length === 0 ? text : "");
  top.forEach(({ numero, gain_moyen }, i) => {
    const link = document.createElement("a");
    showLot(link, numero);
    element.append(i > 0 ? " · " : "", link, ` ${perDay(gain_moyen)}`);
  });
}

function perDay(grams) {
  const text = format().grams(grams, 1);
  return text === format().number(null) ? text : t("week.perDay", { value: text });
}
