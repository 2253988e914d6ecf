import { ageSeconds, instantMs } from "./ages.js";
import { namedParts, setData, setText } from "./dom.js";
import { format, onLanguageChange, t } from "./i18n.js";

/**
 * The one place where a page says whether what it shows is live: how its own connection is, and since when the server
 * has had nothing new to show because its database is away. Countdown and age are for the eye only; a screen reader
 * hears each change once, and a loss only when it lasts longer than a blink.
 */
export class ConnectionStatus {
  #root;
  #banner;
  #text;
  #spoken;
  #clock;
  #current = { state: "connecting", retryAt: null };
  #since = null;
  #speech = null;

  /** @param {ServerClock} clock of the page */
  constructor(root, banner, clock) {
    this.#root = root;
    this.#banner = { root: banner, ...namedParts(banner) };
    this.#clock = clock;
    this.#text = root.querySelector("[data-part=connection-text]");
    this.#spoken = root.querySelector("[data-part=connection-spoken]");
    onLanguageChange(() => this.tick());
    this.tick();
  }

  /** True while the server says that its database is away. */
  get stale() {
    return this.#since !== null;
  }

  /** A new connection begins fresh: a server whose data is stale says so on it. */
  show(state) {
    const changed = state.state !== this.#current.state;
    this.#current = state;
    setData(this.#root, "connectionState", state.state);
    if (changed && state.state === "connected") this.#since = null;
    this.tick();
    if (changed) this.#speak();
  }

  /** Applies a frame of the stream; any but `stale` and `fresh` changes nothing. */
  receive(frame) {
    const since = frame.type === "stale" ? frame.since : frame.type === "fresh" ? null : this.#since;
    if (since === this.#since) return;
    this.#since = since;
    this.tick();
    this.#speak();
  }

  /** Redraws countdown and age; called once a second by the page. */
  tick() {
    setText(this.#text, this.#words());
    const { "stale-text": text, "stale-age": age } = this.#banner.parts;
    this.#banner.root.hidden = !this.stale;
    if (!this.stale) return;
    setText(text, t("stale.since", { time: format().clock(this.#since) }));
    setText(age, format().age(ageSeconds(instantMs(this.#since), this.#clock.now(Date.now()))));
  }

  #words() {
    const { state, retryAt } = this.#current;
    const seconds = retryAt === null ? 0 : Math.ceil((retryAt - Date.now()) / 1000);
    return seconds > 0 ? t(`connection.${state}.in`, { seconds }) : t(`connection.${state}`);
  }

  #speak() {
    clearTimeout(this.#speech);
    const lost = this.#current.state === "reconnecting" || this.#current.state === "offline";
    this.#speech = setTimeout(() => setText(this.#spoken, this.#sentence(lost)), lost ? 2000 : 0);
  }

  #sentence(lost) {
    if (lost) return t("connection.lost");
    if (this.stale) return t("stale.since", { time: format().clock(this.#since) });
    return t(`connection.${this.#current.state}`);
  }
}
