import { entryLots } from "./entry-lots.js";
import { EntryList } from "./entry-list.js";
import { EntryOutbox } from "./entry-outbox.js";
import { instantMs } from "./ages.js";
import { gaveurEntries } from "./api.js";
import { setData, setText } from "./dom.js";
import { format, t } from "./i18n.js";
import { loginAddress } from "./access.js";
import { MealForm } from "./meal-form.js";
import { mealName } from "./meal-name.js";
import { mealRank } from "./meals.js";
import { recall } from "./preferences.js";

/** Frames come in bursts; one question answers them all. */
const RELOAD_AFTER_MS = 700;
const RETRY_AFTER_MS = 5_000;

/** The first screen of a farmer: the next meal of each lot, what is missing, and what became of what he wrote. */
export class EntryView {
  #parts;
  #id;
  #outbox;
  #form;
  #list;
  #on;
  #sheet = null;
  #chosen = null;
  /** The meal that is being written; null for the next one. */
  #meal = null;
  #timer = null;
  #loading = null;
  #failure = null;
  #isLoggedOut = false;

  /** @param {object} parts of the page; @param {number} id of the farmer; @param {{onShown: () => void, chosenLot: () => string|null, choose: (code) => void}} on */
  constructor(parts, id, on) {
    this.#parts = parts;
    this.#id = id;
    this.#on = on;
    const act = { correct: (meal) => this.#edit(meal), discard: (cle) => this.#outbox.discard(cle) };
    this.#list = new EntryList(parts, act);
    this.#form = new MealForm({
      write: (body, subject) => this.#write(body, subject),
      leave: () => this.#edit(null),
      now: () => Date.now(),
      name: () => recall("gaveurs.person") ?? this.#lot?.lot.gaveur_nom ?? null,
    });
  }

  /** Shows what this device has, at once, and then what the server says. */
  async start() {
    this.#outbox = await EntryOutbox.open(this.#id, () => this.#changed());
    this.#sheet ??= await this.#outbox.store.sheet(this.#id);
    await this.#outbox.reload();
    this.#outbox.wake();
    this.load();
  }

  /** The stream is open: the line works. */
  connected() {
    this.#outbox?.wake();
    this.load();
  }

  /** The login has ended: what he writes is kept meanwhile. */
  offerLogin() {
    this.#isLoggedOut = true;
    this.#changed();
  }

  /** Something of a lot of his has changed. */
  loadSoon(ms = RELOAD_AFTER_MS) {
    this.#timer ??= setTimeout(() => this.load(), ms);
  }

  /** The name of the farmer, once it is known. */
  get name() {
    return this.#sheet?.lots[0]?.lot.gaveur_nom ?? null;
  }

  /** There is something to show, or to say that there is nothing. */
  get isShown() {
    return this.#sheet !== null || this.#failure !== null;
  }

  async load() {
    clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#outbox) return;
    if (this.#loading) return this.loadSoon();
    const known = this.#outbox.storedKeys();
    this.#loading = gaveurEntries(this.#id).catch((error) => ({ failed: error }));
    const answer = await this.#loading;
    this.#loading = null;
    if (answer.failed) {
      this.#failure = answer.failed.message;
      this.loadSoon(RETRY_AFTER_MS);
    } else {
      this.#failure = null;
      this.#isLoggedOut = false;
      this.#sheet = { ...answer, decalage_ms: instantMs(answer.horloge) - Date.now(), lu_ms: Date.now() };
      await this.#outbox.store.keepSheet(this.#sheet);
      await this.#outbox.see(known);
    }
    this.#changed();
  }

  redraw() {
    this.#changed();
  }

  get #lots() {
    return this.#sheet ? entryLots(this.#sheet, this.#outbox.entries) : [];
  }

  /** The lot that is being written: the chosen one, else the first that has a next meal. */
  get #lot() {
    const lots = this.#lots;
    const code = this.#chosen ?? this.#on.chosenLot();
    return lots.find(({ lot }) => lot.code_lot === code) ?? lots.find(({ next }) => next) ?? lots[0] ?? null;
  }

  #edit(meal) {
    this.#meal = meal;
    this.#form.forget();
    if (meal?.code_lot) this.#choose(meal.code_lot);
    this.#changed();
    if (meal) this.#parts["form-place"].scrollIntoView({ block: "start" });
    this.#parts["form-place"].querySelector("input, button")?.focus({ preventScroll: true });
  }

  #choose(code) {
    this.#chosen = code;
    this.#on.choose(code);
  }

  async #write(corps, { lot, meal, seen }) {
    const draft = { gaveur_id: this.#id, lot_id: lot.lot.id, code_lot: lot.lot.code_lot, jour: meal.jour, moment: meal.moment, corps };
    const kept = meal.kind === "refused" ? await this.#outbox.amend(meal.cle, corps) : await this.#outbox.append(draft, seen);
    if (!kept) {
      setText(this.#parts.said, t("entry.full"));
      return;
    }
    setText(this.#parts.said, t("entry.kept", { meal: mealName(meal) }));
    this.#meal = null;
    this.#form.forget();
    this.#changed();
  }

  #changed() {
    this.#draw();
    this.#on.onShown();
  }

  #draw() {
    const lot = this.#lot;
    const place = this.#parts["form-place"];
    this.#drawNotes();
    this.#drawQueue();
    const isShown = lot !== null && (lot.next !== null || this.#meal !== null);
    if (isShown) {
      const meal = this.#meal ?? this.#form.mealInUse(lot) ?? { ...lot.next, kind: "next" };
      const offset = Math.abs(this.#offset) > this.#sheet.limites.horloge_s * 1000 ? this.#offset : 0;
      this.#form.show(lot, meal, { limits: this.#sheet.limites, offset });
      if (place.firstElementChild !== this.#form.root) place.replaceChildren(this.#form.root);
    } else place.replaceChildren();
    this.#drawState(lot);
    this.#drawLots(lot);
    this.#drawMissing(lot);
    this.#list.show(lot, this.#outbox?.entries ?? []);
  }

  get #offset() {
    return this.#sheet?.decalage_ms ?? 0;
  }

  #drawState(lot) {
    const words = lot ? (lot.next ? "" : t("entry.noNext", { lot: lot.lot.code_lot })) : this.#emptyWords();
    const age = lot && this.#failure ? t("entry.asOf", { time: format().mealTime(new Date(this.#sheet.lu_ms).toISOString()) }) : "";
    setText(this.#parts["entry-state"], [words, age].filter(Boolean).join(" "));
  }

  #emptyWords() {
    if (this.#sheet) return t("entry.noLot");
    return this.#failure ? t("gaveur.failed", { reason: this.#failure }) : t("entry.loading");
  }

  #drawNotes() {
    const outbox = this.#outbox;
    this.#parts["login-note"].hidden = !this.#isLoggedOut && !outbox?.needsLogin;
    this.#parts["login-link"].href = loginAddress();
    this.#note("lack-note", outbox?.lack ? t(`entry.lack.${outbox.lack}`) : null);
    const minutes = Math.round(this.#offset / 60_000);
    const isWrong = this.#sheet && Math.abs(this.#offset) > this.#sheet.limites.horloge_s * 1000;
    this.#note("clock-note", isWrong ? t("entry.clock", { minutes: format().number(Math.abs(minutes)) }) : null);
  }

  #note(part, text) {
    const note = this.#parts[part];
    note.hidden = text === null;
    if (text) setText(note, text);
  }

  #drawQueue() {
    const { queue } = this.#parts;
    const words = this.#outbox?.words() ?? null;
    queue.hidden = words === null;
    setText(queue, words?.text ?? "");
    setData(queue, "state", words?.state ?? null);
  }

  #drawLots(chosen) {
    const place = this.#parts["entry-lots"];
    const lots = this.#lots;
    place.hidden = lots.length < 2;
    while (place.childElementCount > lots.length) place.lastElementChild.remove();
    lots.forEach(({ lot, next, held }, i) => {
      const button = place.children[i] ?? place.appendChild(Object.assign(document.createElement("button"), { type: "button" }));
      button.onclick = () => {
        this.#meal = null;
        this.#form.forget();
        this.#choose(lot.code_lot);
        this.#changed();
      };
      const isAlone = lots.filter((one) => one.lot.code_lot.endsWith(lot.code_lot.slice(-3))).length === 1;
      const words = [isAlone ? `…${lot.code_lot.slice(-3)}` : lot.code_lot, next ? mealName(next) : t(`status.${lot.statut}`), held ? "⚠" : null].filter(Boolean).join(" · ");
      setText(button, words);
      button.setAttribute("aria-label", `${lot.code_lot} · ${words}`);
      button.setAttribute("aria-pressed", lot === chosen?.lot);
    });
  }

  #drawMissing(lot) {
    const { missing, "missing-meals": place } = this.#parts;
    const meals = lot?.missing ?? [];
    missing.hidden = meals.length === 0;
    while (place.childElementCount > meals.length) place.lastElementChild.remove();
    meals.forEach((meal, i) => {
      const button = place.children[i] ?? place.appendChild(Object.assign(document.createElement("button"), { type: "button" }));
      setText(button, mealName(meal));
      button.onclick = () => this.#edit({ ...meal, code_lot: lot.lot.code_lot, kind: "missing" });
      button.setAttribute("aria-pressed", this.#meal?.kind === "missing" && mealRank(this.#meal) === mealRank(meal));
    });
  }
}
