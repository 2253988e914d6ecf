import { backoffDelay } from "./backoff.js";

/**
 * A socket without a resume: each connection begins with what is needed. Reconnects for ever.
 * `onFrame` gets each parsed frame, `onState` what the header shows.
 */
export class PlainSocket {
  #path;
  #on;
  #socket = null;
  #attempt = 0;
  #connection = 0;
  #heardAt = null;
  #timer = null;
  #isOver = false;

  constructor(path, on) {
    this.#path = path;
    this.#on = on;
    this.#open();
  }

  close() {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #open() {
    const socket = new WebSocket(location.origin.replace(/^http/, "ws") + this.#path);
    this.#socket = socket;
    socket.onopen = () => {
      this.#attempt = 0;
      this.#connection += 1;
      this.#on.onOpen?.();
      this.#tell("connected", null);
    };
    socket.onmessage = (event) => {
      this.#heardAt = Date.now();
      if (!this.#isOver) this.#on.onFrame(JSON.parse(event.data));
    };
    socket.onclose = () => this.#lost();
  }

  #lost() {
    if (this.#isOver) return;
    const wait = backoffDelay(this.#attempt, Math.random());
    this.#attempt += 1;
    this.#tell(navigator.onLine ? "reconnecting" : "offline", Date.now() + wait);
    this.#timer = setTimeout(() => this.#open(), wait);
  }

  #tell(state, retryAt) {
    this.#on.onState?.({ state, retryAt, heardAt: this.#heardAt, connection: this.#connection });
  }
}
