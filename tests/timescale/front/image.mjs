/** The data of an engine, for `loadDataDir`. After a checkpoint whoever loads it has nothing to recover, which takes a third of the time. */
export async function image(engine) {
  await engine.exec("CHECKPOINT");
  return engine.dumpDataDir("none");
}
