const WINDOW_MS = 60_000;

/**
 * The server's clock seen from this browser.
 *
 * A frame's timestamp is older than its arrival by the time it travelled (or waited, when it is replayed), so the
 * largest `server − client` seen is the closest to the truth. Two windows are kept so that an old maximum is forgotten
 * and a client clock that is set anew is followed.
 */
export class ServerClock {
  #current = null;
  #previous = null;
  #windowStart = 0;

  /** @param {number} serverMs time written in a frame; @param {number} clientMs time of its arrival here */
  observe(serverMs, clientMs) {
    if (!Number.isFinite(serverMs)) return;
    const offset = serverMs - clientMs;
    if (this.#current === null || Math.abs(clientMs - this.#windowStart) >= WINDOW_MS) {
      this.#previous = this.#current;
      this.#current = offset;
      this.#windowStart = clientMs;
    } else {
      this.#current = Math.max(this.#current, offset);
    }
  }

  /** The server's time in ms, for a client time in ms; the client's own before any frame. */
  now(clientMs) {
    return clientMs + Math.max(this.#current ?? 0, this.#previous ?? this.#current ?? 0);
  }
}

/** Milliseconds of an RFC 3339 instant, or null. */
export function instantMs(text) {
  const ms = typeof text === "string" ? Date.parse(text) : NaN;
  return Number.isNaN(ms) ? null : ms;
}

/** The server's time written in a frame, NaN without one. A sample carries the clock of its station instead. */
export function serverTime(frame) {
  return frame.type === "sensor_update" ? NaN : (instantMs(frame.timestamp) ?? NaN);
}

/** Whole seconds since an instant of the server, never negative; null when the instant is unknown. */
export function ageSeconds(instant, serverNow) {
  if (instant === null || instant === undefined) return null;
  return Math.max(0, Math.floor((serverNow - instant) / 1000));
}
