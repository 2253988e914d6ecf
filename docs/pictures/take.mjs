#!/usr/bin/env node
// Takes the pictures of the README from a running demo: docs/pictures/wall.png and docs/pictures/gaveur.png.
//
//   node docs/pictures/take.mjs [path of gaveurs, default target/debug/gaveurs] [seconds of demo, default 60]
//
// Needs Node 18, chromium and chromedriver (`make setup-test` installs them). The same seed gives the same lots.
import { spawn } from "node:child_process";
import { mkdtemp, rm, chmod, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const GAVEURS = process.argv[2] ?? "target/debug/gaveurs";
const SECONDS = Number(process.argv[3] ?? 60);
const DEADLINE_MS = 120_000;
const running = [];

/** Starts a program, and waits for a line of its output with this pattern. */
function start(program, args, pattern) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  running.push(child);
  return new Promise((resolve, reject) => {
    let said = "";
    const hear = (text) => {
      said += text;
      const found = said.match(pattern);
      if (found) resolve(found[1]);
    };
    child.stdout.setEncoding("utf8").on("data", hear);
    child.stderr.setEncoding("utf8").on("data", hear);
    child.on("error", reject);
    child.on("exit", () => reject(new Error(`${program} ended:\n${said}`)));
    setTimeout(() => reject(new Error(`${program} is not ready:\n${said}`)), DEADLINE_MS).unref();
  });
}

async function ask(method, url, body) {
  const response = await fetch(url, { method, body: body && JSON.stringify(body) });
  const { value } = await response.json();
  if (!response.ok) throw new Error(JSON.stringify(value));
  return value;
}

/** A picture of a page in a window of its own, as soon as `ready` (JavaScript) holds in it, from an element on. */
async function picture(driver, url, { width, height, scale, ready, from, file }) {
  const chrome = {
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", `--window-size=${width},${height}`],
    mobileEmulation: { deviceMetrics: { width, height, pixelRatio: scale, mobile: width < 600, touch: width < 600 } },
  };
  const wanted = { capabilities: { alwaysMatch: { browserName: "chrome", "goog:chromeOptions": chrome } } };
  const { sessionId } = await ask("POST", `${driver}/session`, wanted);
  const session = `${driver}/session/${sessionId}`;
  await ask("POST", `${session}/url`, { url });
  const until = Date.now() + DEADLINE_MS;
  while (!(await ask("POST", `${session}/execute/sync`, { script: `return ${ready}`, args: [] }))) {
    if (Date.now() > until) throw new Error(`${url} never showed ${ready}`);
    await sleep(200);
  }
  if (from) await ask("POST", `${session}/execute/sync`, { script: `document.querySelector('${from}').scrollIntoView()`, args: [] });
  // Charts are drawn in the next frames.
  await sleep(1500);
  const png = Buffer.from(await ask("GET", `${session}/screenshot`), "base64");
  await writeFile(new URL(file, import.meta.url), png);
  console.log(`${file}: ${width}×${height} at ×${scale}, ${Math.round(png.length / 1000)} kB`);
  await ask("DELETE", session);
}

/** The page of a farmer at the lot that has been fed longest but not to its end, with a plan for what is left. */
async function plannedEntry(server) {
  const lots = await (await fetch(`${server}/api/lots/?statut=en_gavage`)).json();
  const [lot] = lots.filter(({ jour_actuel }) => jour_actuel < 8).sort((a, b) => b.jour_actuel - a.jour_actuel);
  const curves = `${server}/api/lots/${lot.code_lot}/courbes`;
  const post = async (url, body) => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ ...body, par: "Anne" }) });
    if (!response.ok) throw new Error(await response.text());
  };
  await post(curves, { total_g: 8400, nb_repas: 22 });
  await post(`${curves}/1/valider`, {});
  return `${server}/gaveur/${lot.gaveur_id}?lot=${lot.code_lot}`;
}

const directory = await mkdtemp(join(tmpdir(), "gaveurs-pictures-"));
// The private PostgreSQL may run as another user, who has to get there.
await chmod(directory, 0o755);
try {
  const flags = ["--lots", "12", "--acceleration", "8640", "--seed", "13", "--bind", "127.0.0.1:0"];
  const data = ["--data-dir", join(directory, "data")];
  const server = await start(GAVEURS, ["demo", ...flags, ...data], /Open (http:\/\/[\d.:]+)/);
  const port = await start("chromedriver", ["--port=0"], /started successfully on port (\d+)/);
  const driver = `http://127.0.0.1:${port}`;
  await sleep(SECONDS * 1000);
  await picture(driver, `${server}/`, {
    width: 1440,
    height: 900,
    scale: 1,
    ready: "document.querySelectorAll('.lot [d]').length >= 6",
    file: "wall.png",
  });
  await picture(driver, await plannedEntry(server), {
    width: 390,
    height: 844,
    scale: 2,
    ready: "document.querySelector('.entry-card svg')",
    from: ".views",
    file: "gaveur.png",
  });
} finally {
  for (const child of running) child.removeAllListeners("exit").kill("SIGTERM");
  await Promise.all(running.map((child) => child.exitCode ?? new Promise((done) => child.on("close", done))));
  await rm(directory, { recursive: true, force: true });
}
