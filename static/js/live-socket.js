import { backoffDelay } from "./backoff.js";

const SUPERSEDED = 4409;
/** The key of this browser has expired, or was revoked. */
const ACCESS_ENDED = [4401, 4403];
const CONNECT_TIMEOUT_MS = 10_000;
/** A connection that lasted this long is taken for good: the next loss starts again from a short delay. */
const STABLE_AFTER_MS = 5_000;
/** How long a server may take to say whether it could fill the gap; one that knows no resume never says. */
const RESUME_WAIT_MS = 1_500;
/** Until the server names the interval of its signs of life. */
const BEAT_MS = 10_000;
/** A sign of life may be late by a quarter of the interval; after two more of them the connection is given up. */
const LATE = 1.25;
const GONE = 3.25;
const WATCH_EVERY_MS = 500;

/**
 * One live stream: reconnects for ever, remembers how far it has read, and tells its page three things.
 *
 * - `onState({state, retryAt, heardAt, connection})`: "connecting" | "connected" | "silent" | "reconnecting" | "offline"; `retryAt`
 *   and `heardAt`, the server's last sign of life or null, in client ms; `connection` numbers the connections.
 * - `onFrame(frame)`: every parsed data frame, in order.
 * - `onReady({recovered})`: once per connection. `recovered: false` means that frames may have been missed and that
 *   whatever does not come again on the stream has to be loaded again.
 */
export class LiveSocket {
  #options;
  #on;
  #platform;
  #socket = null;
  #timers = new Map();
  #attempt = 0;
  #position = { epoch: null, seq: null };
  #heardAt = null;
  #beatMs = BEAT_MS;
  #ready = false;
  #isOpen = false;
  /** How many connections there were: another number is another connection. */
  #connections = 0;
  #state = { state: "connecting", retryAt: null, heardAt: null, connection: 0 };

  /**
   * @param {{path: string, params?: object, heartbeatMs?: [number, number]}} options
   *   `heartbeatMs`: bounds of the interval between our heartbeats; absent where the server pings by itself.
   */
  constructor(options, handlers, platform) {
    this.#options = options;
    this.#on = handlers;
    this.#platform = platform;
  }

  /** True while a connection is open, also one over which nothing comes. */
  get connected() {
    return this.#isOpen;
  }

  /** Connects now, also when a retry is waiting. Does nothing while a connection is open or opening. */
  connect() {
    if (this.#socket) return;
    this.#clearTimers();
    this.#setState(this.#attempt === 0 ? "connecting" : this.#lostState());
    this.#ready = false;
    const socket = new this.#platform.WebSocket(this.#url());
    this.#socket = socket;
    socket.onopen = () => this.#ifCurrent(socket, () => this.#opened());
    socket.onmessage = (event) => this.#ifCurrent(socket, () => this.#received(event.data));
    socket.onclose = (event) => this.#ifCurrent(socket, () => this.#lost(event.code));
    this.#timer("connect", CONNECT_TIMEOUT_MS, () => this.#abandon());
  }

  /** The network went away: said at once, although nobody knows yet whether the connection outlives it. */
  networkLost() {
    this.#setState("offline", this.#state.retryAt);
  }

  /** The network is back: an open connection over which nothing came meanwhile is not waited for. */
  networkBack() {
    if (this.#state.state === "offline" && this.#socket) this.#abandon();
    this.connect();
  }

  /** Closes without trying again, until `connect`: the page is being put away. */
  suspend() {
    this.#clearTimers();
    const socket = this.#socket;
    this.#socket = null;
    this.#isOpen = false;
    socket?.close(1000, "pagehide");
  }

  #opened() {
    this.#cancel("connect");
    this.#heardAt = this.#platform.now();
    this.#isOpen = true;
    this.#connections += 1;
    this.#setState("connected");
    this.#timer("stable", STABLE_AFTER_MS, () => (this.#attempt = 0));
    this.#timer("watch", WATCH_EVERY_MS, () => this.#watch());
    if (this.#options.heartbeatMs) this.#scheduleHeartbeat();
    if (this.#position.seq === null) this.#announceReady(false);
    else this.#timer("resume", RESUME_WAIT_MS, () => this.#announceReady(false));
  }

  #received(text) {
    this.#heardAt = this.#platform.now();
    if (this.#state.state !== "connected") this.#setState("connected");
    const frame = parseFrame(text);
    if (!frame) return;
    if (frame.type === "beat") this.#beatMs = frame.every_ms;
    if (frame.type === "ping") this.#send({ type: "heartbeat" });
    this.#announceReady(frame.type === "resume" && frame.recovered === true);
    this.#remember(frame);
    this.#on.onFrame(frame);
  }

  #lost(code) {
    const opened = this.#isOpen;
    this.#isOpen = false;
    this.#socket = null;
    this.#clearTimers();
    // A browser tells no more of a refused handshake than that there is no connection.
    if (!opened || ACCESS_ENDED.includes(code)) this.#platform.refused();
    if (code === SUPERSEDED) this.#platform.renewSid();
    const delay = backoffDelay(this.#attempt, this.#platform.random());
    this.#attempt += 1;
    this.#setState(this.#lostState(), this.#platform.now() + delay);
    this.#timer("retry", delay, () => this.connect());
  }

  /** Gives up on a connection that does not answer, without waiting for a closing handshake nobody will end. */
  #abandon() {
    const socket = this.#socket;
    this.#lost(0);
    socket.close();
  }

  #watch() {
    const silentFor = this.#platform.now() - this.#heardAt;
    if (silentFor > GONE * this.#beatMs) return this.#abandon();
    if (silentFor > LATE * this.#beatMs && this.#state.state === "connected") this.#setState("silent");
    this.#timer("watch", WATCH_EVERY_MS, () => this.#watch());
  }

  #scheduleHeartbeat() {
    const [least, most] = this.#options.heartbeatMs;
    this.#timer("heartbeat", least + this.#platform.random() * (most - least), () => {
      this.#send({ type: "heartbeat" });
      this.#scheduleHeartbeat();
    });
  }

  #announceReady(recovered) {
    if (this.#ready) return;
    this.#ready = true;
    this.#cancel("resume");
    this.#on.onReady({ recovered });
  }

  #remember(frame) {
    if (typeof frame.epoch === "string" && frame.epoch !== this.#position.epoch) {
      this.#position = { epoch: frame.epoch, seq: null };
    }
    if (frame.type === "resume" && !frame.recovered) this.#position.seq = Number.isInteger(frame.to) ? frame.to : null;
    if (Number.isInteger(frame.seq)) this.#position.seq = frame.seq;
  }

  #url() {
    const { epoch, seq } = this.#position;
    const query = new URLSearchParams({ ...this.#options.params, sid: this.#platform.sid() });
    if (epoch !== null && seq !== null) {
      query.set("epoch", epoch);
      query.set("last_seq", String(seq));
    }
    return `${this.#platform.origin}${this.#options.path}?${query}`;
  }

  #send(message) {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(message));
  }

  #setState(state, retryAt = null) {
    this.#state = { state, retryAt, heardAt: this.#heardAt, connection: this.#connections };
    this.#on.onState(this.#state);
  }

  #lostState() {
    return this.#platform.online() ? "reconnecting" : "offline";
  }

  #ifCurrent(socket, act) {
    if (socket === this.#socket) act();
  }

  #timer(name, ms, act) {
    this.#cancel(name);
    this.#timers.set(name, this.#platform.setTimeout(act, ms));
  }

  #cancel(name) {
    this.#platform.clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  #clearTimers() {
    for (const name of [...this.#timers.keys()]) this.#cancel(name);
  }
}

/** The object in a text frame, or null for anything else. */
function parseFrame(text) {
  try {
    const frame = JSON.parse(text);
    return frame !== null && typeof frame === "object" ? frame : null;
  } catch {
    return null;
  }
}
