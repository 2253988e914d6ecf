import { ageSeconds, instantMs } from "./ages.js";
import { alertTexts, isAcknowledged, isOpen } from "./alert-store.js";
import { hasTrend, polyline, trendOf } from "./alert-trend.js";
import { cloneTemplate, setData, setText } from "./dom.js";
import { format, language, t, tOr } from "./i18n.js";
import { showLot } from "./lot-address.js";

/** How long an acknowledgement can be taken back on the page. The server allows more, for a slow line. */
const UNDO_MS = 10_000;

/** One alert of a list: what, where, measured against threshold, how long, and who has seen to it. */
export class AlertRow {
  #view = cloneTemplate("alert-template");
  #alert = null;
  #sending = false;
  /** Why the last attempt failed. */
  #failure = null;
  /** Until when its user may take his acknowledgement back, in client ms. */
  #undoUntil = 0;

  /**
   * @param {{acknowledge, comment, withdraw}} acts each sends something about an alert, and gives the server's answer, or null if nothing
   *   was sent; fails with the reason, in words that can be shown
   */
  constructor(alert, acts) {
    this.#alert = alert;
    this.root = this.#view.root;
    this.root.dataset.alert = alert.id;
    this.#view.parts.title.id = `alert-${alert.id}`;
    for (const [name, act] of [["button", acts.acknowledge], ["comment", acts.comment], ["undo", acts.withdraw]]) {
      this.#view.parts[name].setAttribute("aria-describedby", `alert-${alert.id}`);
      this.#view.parts[name].addEventListener("click", () => this.#act(act));
    }
  }

  get lot() {
    return this.#alert.code_lot;
  }

  get hasTrend() {
    return hasTrend(this.#alert);
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
    setText(parts.said, alert.commentaire ? t("alert.said", { comment: alert.commentaire }) : "");
    // Its line is kept free, so that nothing moves when the course is known.
    parts.trend.hidden = !this.hasTrend;
    setData(this.root, "leaving", null);
    this.#showPlace();
    this.#showButtons();
  }

  /** It passes the filter no more, but the list is in use. */
  leave() {
    setData(this.root, "leaving", "true");
  }

  /** How it went on since it was raised. @param {object[]|null} meals of its lot */
  showTrend(meals) {
    const { parts } = this.#view;
    const trend = trendOf(this.#alert, meals);
    parts["trend-box"].toggleAttribute("hidden", !trend);
    if (!trend) return setText(parts["trend-words"], "");
    const { unite, decimales, jour } = this.#alert;
    const value = (number) => format().quantity(number, tOr(`unit.${unite}`, unite), decimales);
    setText(parts["trend-words"], t("alert.trend", { then: value(trend.then), day: format().number(jour), now: value(trend.now) }));
    parts["trend-line"].setAttribute("points", polyline(trend.points, 64, 14));
  }

  showAges(serverNow) {
    const { parts } = this.#view;
    const alert = this.#alert;
    const age = (instant) => format().age(ageSeconds(instantMs(instant), serverNow));
    setText(parts.raised, t("alert.raised", { age: age(alert.levee_le) }));
    setText(parts.closed, isOpen(alert) ? t("alert.open") : t("alert.closed", { age: age(alert.fermee_le) }));
    setText(parts.acknowledged, isAcknowledged(alert) ? acknowledgement(alert, age(alert.acquittee_le)) : "");
    this.#showButtons();
  }

  #showPlace() {
    const { parts } = this.#view;
    const { code_lot, gaveur_nom, site_code, device_id, jour, moment, source } = this.#alert;
    setText(parts.site, site_code ?? "–");
    parts.lot.hidden = !code_lot;
    showLot(parts.lot, code_lot ?? null);
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

  #showButtons() {
    const { button, comment, undo, failure } = this.#view.parts;
    const done = isAcknowledged(this.#alert);
    const canUndo = done && Date.now() < this.#undoUntil;
    const focused = [button, comment, undo].find((one) => one === document.activeElement);
    button.hidden = done;
    comment.hidden = done;
    undo.hidden = !canUndo;
    if (focused?.hidden) (canUndo ? undo : done ? this.root : button).focus();
    setText(failure, this.#failure ? t("alert.failed", { reason: this.#failure }) : "");
    // A disabled button would lose the keyboard's place.
    for (const one of [button, comment, undo]) one.setAttribute("aria-disabled", this.#sending);
    setText(button, t(this.#sending ? "alert.acknowledging" : "alert.acknowledge"));
    if (canUndo) setText(undo, t("alert.undo", { seconds: Math.ceil((this.#undoUntil - Date.now()) / 1000) }));
  }

  /** Sends what a button stands for; its failure is said beside it. */
  async #act(send) {
    if (this.#sending) return;
    this.#sending = true;
    this.#showButtons();
    this.#failure = null;
    try {
      const answer = await send(this.#alert);
      if (answer) this.#undoUntil = isAcknowledged(answer) ? Date.now() + UNDO_MS : 0;
    } catch (error) {
      this.#failure = error;
    }
    this.#sending = false;
    this.#showButtons();
  }
}

function acknowledgement({ acquittee_par }, age) {
  return acquittee_par ? t("alert.acknowledgedBy", { name: acquittee_par, age }) : t("alert.acknowledged", { age });
}
