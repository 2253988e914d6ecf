import { ageSeconds, instantMs } from "./ages.js";
import { alertTexts, isAcknowledged, isOpen } from "./alert-store.js";
import { cloneTemplate, setData, setText } from "./dom.js";
import { format, language, t, tOr } from "./i18n.js";

/** One alert of a list: what, where, measured against threshold, how long, and who has seen to it. */
export class AlertRow {
  #view = cloneTemplate("alert-template");
  #alert = null;
  #sending = false;

  /** @param {(alert) => Promise<void>} acknowledge fails with the reason, in words that can be shown */
  constructor(alert, acknowledge) {
    this.root = this.#view.root;
    this.root.dataset.alert = alert.id;
    this.#view.parts.title.id = `alert-${alert.id}`;
    this.#view.parts.button.setAttribute("aria-describedby", `alert-${alert.id}`);
    this.#view.parts.button.addEventListener("click", () => this.#acknowledge(acknowledge));
  }

  show(alert) {
    this.#alert = alert;
    const { parts, figures } = this.#view;
    setData(this.root, "severity", alert.severite);
    setData(this.root, "open", isOpen(alert));
    setData(this.root, "acknowledged", isAcknowledged(alert));
    setText(parts.severity, tOr(`severity.${alert.severite}`, alert.severite));
    const texts = alertTexts(alert, language());
    setText(parts.title, texts.title);
    setText(parts.message, texts.message);
    parts.todo.hidden = texts.todo === "";
    setText(parts.advice, texts.todo);
    const unit = tOr(`unit.${alert.unite}`, alert.unite);
    setText(figures.mesure, format().quantity(alert.mesure, unit, alert.decimales));
    setText(figures.seuil, format().quantity(alert.seuil, unit, alert.decimales));
    parts.simulated.hidden = alert.simule !== true;
    this.#showPhone();
    this.#showPlace();
    this.#showButton();
  }

  showAges(serverNow) {
    const { parts } = this.#view;
    const alert = this.#alert;
    const age = (instant) => format().age(ageSeconds(instantMs(instant), serverNow));
    setText(parts.raised, t("alert.raised", { age: age(alert.levee_le) }));
    setText(parts.closed, isOpen(alert) ? t("alert.open") : t("alert.closed", { age: age(alert.fermee_le) }));
    setText(parts.acknowledged, isAcknowledged(alert) ? acknowledgement(alert, age(alert.acquittee_le)) : "");
  }

  #showPlace() {
    const { parts } = this.#view;
    const { code_lot, gaveur_id, gaveur_nom, site_code, device_id, jour, moment, source } = this.#alert;
    setText(parts.site, site_code ?? "–");
    parts.lot.hidden = !code_lot;
    setText(parts.lot, code_lot ?? "");
    if (code_lot && gaveur_id !== null) parts.lot.href = `/gaveur/${gaveur_id}#${encodeURIComponent(code_lot)}`;
    else parts.lot.removeAttribute("href");
    const meal = typeof jour === "number" ? `${t("lot.day", { day: format().number(jour) })} ${moment ? t(`lot.${moment}`) : ""}`.trim() : null;
    const details = [gaveur_nom, meal, device_id, tOr(`alert.source.${source}`, source)];
    setText(parts.details, details.filter(Boolean).join(" · "));
  }

  /** Only a number that the cooperative entered. */
  #showPhone() {
    const { phone } = this.#view.parts;
    const number = this.#alert.gaveur_telephone;
    phone.hidden = !number;
    setText(phone, number ?? "");
    if (number) phone.href = `tel:${number.replace(/[^+\d]/g, "")}`;
  }

  #showButton() {
    const { button } = this.#view.parts;
    const done = isAcknowledged(this.#alert);
    if (done && document.activeElement === button) this.root.focus();
    button.hidden = done;
    // A disabled button would lose the keyboard's place.
    button.setAttribute("aria-disabled", this.#sending);
    setText(button, t(this.#sending ? "alert.acknowledging" : "alert.acknowledge"));
  }

  async #acknowledge(send) {
    if (this.#sending) return;
    this.#sending = true;
    this.#showButton();
    setText(this.#view.parts.failure, "");
    try {
      await send(this.#alert);
    } catch (error) {
      setText(this.#view.parts.failure, t("alert.failed", { reason: error.message }));
    }
    this.#sending = false;
    this.#showButton();
  }
}

function acknowledgement({ acquittee_par }, age) {
  return acquittee_par ? t("alert.acknowledgedBy", { name: acquittee_par, age }) : t("alert.acknowledged", { age });
}
