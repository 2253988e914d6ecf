import { backoffDelay } from "./backoff.js";

const SUPERSEDED = 4409;
/** The key of this browser has expired, or was revoked. */
const ACCESS_ENDED = [4401, 4403];
const CONNECT_TIMEOUT_MS = 10_000;
/** A connection that lasted this long is taken for good: the next loss starts again from a short delay. */
const STABLE_AFTER_MS = 5_000;
/** How long a server may take to say whether it could fill the gap; one that knows no resume never says. */
const RESUME_WAIT_MS = 1_500;
const WATCH_EVERY_MS = 5_000;

/**
 * One live stream: reconnects for ever, remembers how far it has read, and tells its page three things.
 *
 * - `onState({state, retryAt})`: "connecting" | "connected" | "reconnecting" | "offline"; `retryAt` in client ms.
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
  #heardAt = 0;
  #ready = false;
  #state = { state: "connecting", retryAt: null };

  /**
   * @param {{path: string, params?: object, heartbeatMs?: [number, number], silenceMs: number}} options
   *   `heartbeatMs`: bounds of the interval between our heartbeats; absent where the server pings by itself.
   *   `silenceMs`: a server that has said nothing for so long is taken for dead.
   */
  constructor(options, handlers, platform) {
    this.#options = options;
    this.#on = handlers;
    this.#platform = platform;
  }

  get connected() {
    return this.#state.state === "connected";
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

  /** Closes without trying again, until `connect`: the page is being put away. */
  suspend() {
    this.#clearTimers();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000, "pagehide");
  }

  #opened() {
    this.#cancel("connect");
    this.#heardAt = this.#platform.now();
    this.#setState("connected");
    this.#timer("stable", STABLE_AFTER_MS, () => (this.#attempt = 0));
    this.#timer("watch", WATCH_EVERY_MS, () => this.#watch());
    if (this.#options.heartbeatMs) this.#scheduleHeartbeat();
    if (this.#position.seq === null) this.#announceReady(false);
    else this.#timer("resume", RESUME_WAIT_MS, () => this.#announceReady(false));
  }

  #received(text) {
    this.#heardAt = this.#platform.now();
    const frame = parseFrame(text);
    if (!frame) return;
    if (frame.type === "ping") this.#send({ type: "heartbeat" });
    this.#announceReady(frame.type === "resume" && frame.recovered === true);
    this.#remember(frame);
    this.#on.onFrame(frame);
  }

  #lost(code) {
    const opened = this.connected;
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
    if (this.#platform.now() - this.#heardAt > this.#options.silenceMs) this.#abandon();
    else this.#timer("watch", WATCH_EVERY_MS, () => this.#watch());
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
    this.#state = { state, retryAt };
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
