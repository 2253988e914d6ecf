// One engine and the connections that take turns at it.
import { once } from "node:events";
import { MessageChannel } from "node:worker_threads";
import { rewriteNames, simpleQuery, statusOf } from "./protocol.mjs";

export class Backend {
  #engine;
  #turn = Promise.resolve();
  #seats = 0;
  #image;

  /** On a copy of the data in an image. */
  static async start(thread, image) {
    const { port1: engine, port2 } = new MessageChannel();
    thread.postMessage({ port: port2, image }, [port2]);
    await once(engine, "message");
    return new Backend(engine);
  }

  constructor(engine) {
    this.#engine = engine;
  }

  /** A place for one more connection. */
  seat() {
    this.#seats += 1;
    return new Seat(this, `c${this.#seats}_`);
  }

  /** Resolves, when everybody before has gone, to the function that lets the next one in. */
  async takeTurn() {
    const before = this.#turn;
    let leave;
    this.#turn = new Promise((resolve) => (leave = resolve));
    await before;
    return leave;
  }

  async execute(bytes) {
    return Buffer.from(await this.#ask(bytes));
  }

  /** Its data as it was when this was asked first; the database of a template does not change. */
  image() {
    this.#image ??= this.takeTurn().then(async (leave) => {
      const image = await this.#ask("image");
      leave();
      return image;
    });
    return this.#image;
  }

  async #ask(what) {
    this.#engine.postMessage(what);
    const [answer] = await once(this.#engine, "message");
    return answer;
  }

  async close() {
    await this.takeTurn();
    this.#engine.close();
  }
}

class Seat {
  #backend;
  #prefix;
  #names = new Set();
  /** Set while this connection is in a transaction. */
  #leaveTurn;

  constructor(backend, prefix) {
    this.#backend = backend;
    this.#prefix = prefix;
  }

  /** Settings of the session, as in `-c name=value`. The one backend has one set of them for all. */
  async configure(options) {
    const settings = [...options.matchAll(/-c\s*(\w+)=(\S+)/g)].map(([, name, value]) => `SET ${name} = '${value}';`);
    await this.run(simpleQuery(`SET client_min_messages = notice; ${settings.join(" ")}`));
  }

  async run(unit) {
    this.#leaveTurn ??= await this.#backend.takeTurn();
    let status = "I";
    try {
      const answer = await this.#backend.execute(rewriteNames(unit, this.#prefix, this.#names));
      status = statusOf(answer);
      return answer;
    } finally {
      if (status === "I") this.#giveTurn();
    }
  }

  #giveTurn() {
    this.#leaveTurn?.();
    this.#leaveTurn = undefined;
  }

  /** Nothing of this connection stays behind. */
  async leave() {
    if (this.#leaveTurn) await this.run(simpleQuery("ROLLBACK"));
    const deallocations = [...this.#names].map((name) => `DEALLOCATE "${name}";`);
    if (deallocations.length) await this.run(simpleQuery(deallocations.join(" ")));
  }
}
