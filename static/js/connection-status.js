import { ageSeconds, instantMs } from "./ages.js";
import { DataNotes } from "./data-notes.js";
import { namedParts, setData, setText } from "./dom.js";
import { format, onLanguageChange, t } from "./i18n.js";

const LOST = new Set(["silent", "offline", "reconnecting"]);
/** A reconnection that is quicker than this is a blink: nobody is told. */
const BLINK_MS = 2_000;

/**
 * The one place where a page says whether what it shows is live: how its own connection is, and since when the server
 * has had nothing new to show because its database is away. What is not live is said in one banner, and greyed on the
 * whole page. Countdown and age are for the eye only; a screen reader hears each change once.
 */
export class ConnectionStatus {
  #root;
  #banner;
  #text;
  #spoken;
  #clock;
  #current = { state: "connecting", retryAt: null, heardAt: null, connection: 0 };
  #since = null;
  #lostAt = null;
  #speech = null;
  #notes = new DataNotes();

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

  /** True while nothing new can come: the server is not heard, or says that its database is away. */
  get stale() {
    return this.#isLost || this.#since !== null;
  }

  /** A new connection begins fresh: a server whose data is stale says so on it. */
  show(state) {
    const changed = state.state !== this.#current.state;
    const isNew = state.connection !== this.#current.connection;
    this.#current = state;
    setData(this.#root, "connectionState", state.state);
    if (isNew) this.#since = null;
    if (!LOST.has(state.state)) this.#lostAt = null;
    else this.#lostAt ??= Date.now();
    this.tick();
    if (changed) this.#speak();
  }

  /** Applies a frame of the stream; any but `stale` and `fresh` changes nothing of the connection. */
  receive(frame) {
    this.#notes.receive(frame);
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
    setData(document.documentElement, "frozen", this.stale ? "true" : null);
    if (!this.stale) return;
    setText(text, this.#isLost ? t("connection.lost") : this.#staleWords());
    setText(age, this.#isLost ? this.#lastSign() : this.#age(instantMs(this.#since), this.#clock.now(Date.now())));
  }

  /** An interrupted connection that comes back at once is no loss; a network that is gone, or a silence, is one. */
  get #isLost() {
    if (this.#lostAt === null) return false;
    return this.#current.state !== "reconnecting" || Date.now() - this.#lostAt >= BLINK_MS;
  }

  #words() {
    const { state, retryAt } = this.#current;
    const seconds = retryAt === null ? 0 : Math.ceil((retryAt - Date.now()) / 1000);
    return seconds > 0 ? t(`connection.${state}.in`, { seconds }) : t(`connection.${state}`);
  }

  #staleWords() {
    return t("stale.since", { time: format().clock(this.#since) });
  }

  /** The browser's clock on both sides: how far the server's is from it does not matter. */
  #lastSign() {
    const { heardAt } = this.#current;
    return heardAt === null ? t("connection.never") : t("connection.lastSign", { age: this.#age(heardAt, Date.now()) });
  }

  #age(instant, now) {
    return format().age(ageSeconds(instant, now));
  }

  #speak() {
    clearTimeout(this.#speech);
    const wait = this.#current.state === "reconnecting" ? BLINK_MS : 0;
    this.#speech = setTimeout(() => {
      this.tick();
      setText(this.#spoken, this.#sentence());
    }, wait);
  }

  #sentence() {
    if (this.#isLost) return t("connection.lost");
    if (this.stale) return this.#staleWords();
    return t(`connection.${this.#current.state}`);
  }
}
