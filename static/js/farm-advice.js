import { getJson, postJson } from "./api.js";
import { AdviceCard } from "./advice-card.js";
import { AdviceStore } from "./advice-store.js";
import { setText } from "./dom.js";
import { addTexts, t } from "./i18n.js";
import * as words from "./texts/advice.js";

const RETRY_AFTER_MS = 5_000;
/** What a farmer still has to answer, and what he has answered a moment ago. */
const OPEN = ["envoyee", "lue"];

addTexts(words);

/** The advice of a farmer, which he accepts or refuses: one section of his page. What was sent is read once it is shown to him. */
export class FarmAdvice {
  #store = new AdviceStore();
  #cards = new Map();
  #answered = new Set();
  /** Of which the server was told that they were read. */
  #told = new Set();
  #id;
  #parts;
  #isConnected;
  #retry = null;
  loaded = false;

  /** @param {Record<string, HTMLElement>} parts of the page: `advice`, `advice-notice`, `advice-list`; @param {() => boolean} isConnected */
  constructor(id, parts, isConnected) {
    [this.#id, this.#parts, this.#isConnected] = [id, parts, isConnected];
    document.addEventListener("visibilitychange", () => this.draw());
  }

  async load() {
    clearTimeout(this.#retry);
    this.#store.startLoading();
    let failure = "";
    try {
      this.#store.applyList(await getJson(`/api/recommandations?gaveur_id=${this.#id}`));
      this.loaded = true;
    } catch (error) {
      failure = t("farm.failed", { reason: error.message });
      this.#retry = setTimeout(() => this.#isConnected() && this.load(), RETRY_AFTER_MS);
    }
    this.#parts["advice-notice"].hidden = failure === "";
    setText(this.#parts["advice-notice"], failure);
    this.draw();
  }

  receive(frame) {
    if (this.#store.apply(frame)) this.draw();
  }

  draw() {
    const shown = this.#store.all().filter(({ id, etat }) => OPEN.includes(etat) || this.#answered.has(id));
    this.#parts.advice.hidden = shown.length === 0 && this.#parts["advice-notice"].hidden;
    const ids = new Set(shown.map(({ id }) => id));
    for (const [id, { root }] of this.#cards) {
      if (ids.has(id)) continue;
      root.remove();
      this.#cards.delete(id);
    }
    for (const advice of shown) this.#show(advice);
  }

  showAges(serverNow) {
    for (const card of this.#cards.values()) card.showAge(serverNow);
  }

  #show(advice) {
    if (!this.#cards.has(advice.id)) this.#add(advice.id);
    const card = this.#cards.get(advice.id);
    card.show(advice);
    const isOpen = OPEN.includes(advice.etat);
    card.parts.acts.hidden = !isOpen;
    if (!isOpen) card.parts.refusal.hidden = true;
    card.showAge(Date.now());
    if (advice.etat === "envoyee" && document.visibilityState === "visible") this.#read(advice);
  }

  #add(id) {
    const card = new AdviceCard(id);
    const { parts } = card;
    parts.accept.addEventListener("click", () => this.#answer(card, { acceptee: true }));
    parts.refuse.addEventListener("click", () => {
      parts.refusal.hidden = false;
      parts.motif.focus();
    });
    parts["refuse-cancel"].addEventListener("click", () => {
      parts.refusal.hidden = true;
      parts.refuse.focus();
    });
    parts["refuse-send"].addEventListener("click", () => this.#answer(card, { acceptee: false, motif: parts.motif.value.trim() || null }));
    this.#cards.set(id, card);
    this.#parts["advice-list"].append(card.root);
  }

  /** Said once by this page; that it was read on another device, or that somebody else looks at the page, is no failure. */
  async #read(advice) {
    if (this.#told.has(advice.id)) return;
    this.#told.add(advice.id);
    const answer = await postJson(`/api/recommandations/${advice.id}/lue`, this.#name(advice)).catch(() => null);
    if (answer) this.#take(answer);
  }

  async #answer(card, said) {
    const { advice, parts } = card;
    setText(parts.failure, "");
    try {
      this.#answered.add(advice.id);
      this.#take(await postJson(`/api/recommandations/${advice.id}/repondre`, { ...said, ...this.#name(advice) }));
      card.root.focus();
    } catch (error) {
      setText(parts.failure, t("advice.failed", { reason: error.message }));
    }
  }

  /** Where nobody proves who he is, the page answers in the name of its farmer. */
  #name({ gaveur_nom: par }) {
    return { par };
  }

  #take(advice) {
    this.receive({ type: "recommandation", data: advice });
  }
}
