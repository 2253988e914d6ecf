import { listAlerts } from "./api.js";
import { AlertStore, countOpen, isOpen } from "./alert-store.js";

/** The most the server gives in one answer. */
export const MOST_ALERTS = 500;
const RETRY_AFTER_MS = 5_000;
const LINGER_MS = 30_000;

/**
 * The open alerts of one list of the API, loaded when the stream may have missed some and followed on the stream. A server
 * whose database comes back may have stored some whose announcement was lost with the connection, so `fresh` loads them too.
 */
export class AlertFeed {
  store = new AlertStore();
  /** True once the open alerts are known: before that, none is not "none". */
  loaded = false;
  failure = null;
  /** More are open than the server lists. */
  truncated = false;
  /** Alerts that ended a moment ago, with the timers that forget them. */
  #ended = new Map();
  #path;
  #options;
  #retry = null;

  /**
   * @param {string} path the list
   * @param {{isConnected: () => boolean, onChange: () => void, keeps?: (alert) => boolean}} options `keeps`: which
   *   alerts that have ended stay known
   */
  constructor(path, options) {
    this.#path = path;
    this.#options = { keeps: () => false, ...options };
  }

  /** Applies a frame of the stream: `{event, alert}` when it told of an alert. */
  receive(frame) {
    if (frame.type === "fresh") this.load();
    const told = this.store.apply(frame);
    if (!told) return null;
    this.#noteEnd(told.alert);
    this.#changed();
    return told;
  }

  /** Whether an alert has ended so recently that it is still shown, greyed: what vanishes under the eye is not understood. */
  lingers(alert) {
    return this.#ended.has(alert.id);
  }

  /** Asks for the open alerts, and again until they come. */
  async load() {
    const complete = await this.#ask(`ouverte=true&limit=${MOST_ALERTS}`, (list, arrived) => {
      this.truncated = list.length >= MOST_ALERTS;
      this.store.applyOpen(list, arrived);
    });
    this.loaded ||= complete;
    if (!complete) this.#loadLater();
    this.#changed();
  }

  /** Asks for alerts that are not all open. @returns {Promise<boolean>} whether they came */
  async loadHistory(query) {
    const complete = await this.#ask(query, (list, arrived) => this.store.merge(list, arrived));
    this.#changed();
    return complete;
  }

  acknowledged(alert) {
    this.store.acknowledge(alert);
    this.#changed();
  }

  counts() {
    return countOpen(this.store.all());
  }

  async #ask(query, take) {
    const arrived = this.store.startLoading();
    try {
      take(await listAlerts(this.#path, query), arrived);
      this.failure = null;
    } catch (error) {
      this.store.stopLoading(arrived);
      this.failure = error;
    }
    return this.failure === null;
  }

  #loadLater() {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#options.isConnected() && this.load(), RETRY_AFTER_MS);
  }

  #noteEnd(alert) {
    clearTimeout(this.#ended.get(alert.id));
    this.#ended.delete(alert.id);
    if (isOpen(alert)) return;
    const forget = () => {
      this.#ended.delete(alert.id);
      this.#changed();
    };
    this.#ended.set(alert.id, setTimeout(forget, LINGER_MS));
  }

  #changed() {
    this.store.retain((alert) => isOpen(alert) || this.lingers(alert) || this.#options.keeps(alert));
    this.#options.onChange();
  }
}
