import { setData, setText } from "./dom.js";
import { onLanguageChange, t } from "./i18n.js";

/**
 * The one place where a page says how its connection is. The countdown is for the eye only; a screen reader hears each
 * change of state once, and a loss only when it lasts longer than a blink.
 */
export class ConnectionStatus {
  #root;
  #text;
  #spoken;
  #current = { state: "connecting", retryAt: null };
  #speech = null;

  constructor(root) {
    this.#root = root;
    this.#text = root.querySelector("[data-part=connection-text]");
    this.#spoken = root.querySelector("[data-part=connection-spoken]");
    onLanguageChange(() => this.tick());
    this.tick();
  }

  show(state) {
    const changed = state.state !== this.#current.state;
    this.#current = state;
    setData(this.#root, "connectionState", state.state);
    this.tick();
    if (changed) this.#speak();
  }

  /** Redraws the countdown; called once a second by the page. */
  tick() {
    setText(this.#text, this.#words());
  }

  #words() {
    const { state, retryAt } = this.#current;
    const seconds = retryAt === null ? 0 : Math.ceil((retryAt - Date.now()) / 1000);
    return seconds > 0 ? t(`connection.${state}.in`, { seconds }) : t(`connection.${state}`);
  }

  #speak() {
    clearTimeout(this.#speech);
    const lost = this.#current.state === "reconnecting" || this.#current.state === "offline";
    this.#speech = setTimeout(
      () => setText(this.#spoken, t(lost ? "connection.lost" : `connection.${this.#current.state}`)),
      lost ? 2000 : 0,
    );
  }
}
