// The parts of PostgreSQL's wire protocol (version 3) that a front must speak itself.

const SYNC = 0x53, QUERY = 0x51, TERMINATE = 0x58, PARSE = 0x50, BIND = 0x42, DESCRIBE = 0x44, CLOSE = 0x43;
const READY = 0x5a;
const PROTOCOL_3 = 196608;

/** Cuts a stream into units: a start-up packet, or messages up to the Sync, Query or Terminate that ends them. */
export class Framer {
  started = false;
  #buffer = Buffer.alloc(0);
  #scanned = 0;

  push(bytes) {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
  }

  next() {
    if (!this.started) return this.#cutPacket();
    while (this.#buffer.length >= this.#scanned + 5) {
      const end = this.#scanned + 1 + this.#buffer.readUInt32BE(this.#scanned + 1);
      if (this.#buffer.length < end) return undefined;
      const kind = this.#buffer[this.#scanned];
      this.#scanned = end;
      if (kind === SYNC || kind === QUERY || kind === TERMINATE) return this.#cut(end);
    }
    return undefined;
  }

  #cutPacket() {
    if (this.#buffer.length < 4) return undefined;
    const end = this.#buffer.readUInt32BE(0);
    return this.#buffer.length < end ? undefined : this.#cut(end);
  }

  #cut(end) {
    const unit = this.#buffer.subarray(0, end);
    this.#buffer = this.#buffer.subarray(end);
    this.#scanned = 0;
    return unit;
  }
}

/** Not a request for TLS or to cancel a query. */
export function isStartup(packet) {
  return packet.readUInt32BE(4) === PROTOCOL_3;
}

export function startupParameters(packet) {
  const words = packet.toString("utf8", 8).split("\0");
  const pairs = [];
  for (let i = 0; i + 1 < words.length && words[i]; i += 2) pairs.push([words[i], words[i + 1]]);
  return Object.fromEntries(pairs);
}

export function message(kind, ...parts) {
  const body = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part + "\0") : part)));
  const head = Buffer.alloc(5);
  head.write(kind, 0, "latin1");
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const IDLE = message("Z", Buffer.from("I"));

export function greeting() {
  const parameters = { server_version: "17.5", client_encoding: "UTF8", DateStyle: "ISO, MDY", integer_datetimes: "on", standard_conforming_strings: "on", TimeZone: "UTC" };
  const told = Object.entries(parameters).map(([name, value]) => message("S", name, value));
  return Buffer.concat([message("R", Buffer.alloc(4)), ...told, message("K", Buffer.alloc(8)), IDLE]);
}

function problem(severity, code, text) {
  return message("E", `S${severity}`, `V${severity}`, `C${code}`, `M${text}`, Buffer.alloc(1));
}

export function fatal(code, text) {
  return problem("FATAL", code, text);
}

export function refusal(code, text) {
  return Buffer.concat([problem("ERROR", code, text), IDLE]);
}

export function done(tag) {
  return Buffer.concat([message("C", tag), IDLE]);
}

export function simpleQuery(sql) {
  return message("Q", sql);
}

function* messages(bytes) {
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + bytes.readUInt32BE(at + 1);
    yield bytes.subarray(at, end);
    at = end;
  }
}

/** Transaction status of the last ReadyForQuery: I, T or E. */
export function statusOf(answer) {
  let status = "I";
  for (const each of messages(answer)) if (each[0] === READY) status = String.fromCharCode(each[5]);
  return status;
}

/** `COPY … FROM STDIN` ends this engine; the client gets an SQL error in its place. */
function withoutCopy(sql) {
  return /^\s*copy\b[\s\S]*\bfrom\s+stdin\b/i.test(sql) ? "SELECT copy_from_stdin_is_not_served_here()" : sql;
}

/** Gives the named statements of a unit a prefix; `names` learns those that are prepared and forgets those that are closed. */
export function rewriteNames(unit, prefix, names) {
  const rewritten = [];
  for (const each of messages(unit)) rewritten.push(rewrite(each, prefix, names));
  return Buffer.concat(rewritten);
}

function rewrite(each, prefix, names) {
  const text = (at) => each.toString("utf8", at, each.indexOf(0, at));
  const after = (at) => each.indexOf(0, at) + 1;
  const named = (name) => (name ? prefix + name : "");
  switch (each[0]) {
    case QUERY:
      return message("Q", withoutCopy(text(5)));
    case PARSE: {
      const name = named(text(5));
      if (name) names.add(name);
      return message("P", name, withoutCopy(text(after(5))), each.subarray(after(after(5))));
    }
    case BIND: {
      const at = after(5);
      return message("B", text(5), named(text(at)), each.subarray(after(at)));
    }
    case DESCRIBE:
    case CLOSE: {
      if (each[5] !== SYNC) return each;
      const name = named(text(6));
      if (each[0] === CLOSE) names.delete(name);
      return message(String.fromCharCode(each[0]), each.subarray(5, 6), name);
    }
    default:
      return each;
  }
}
