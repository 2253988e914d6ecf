import { ServerClock, ageSeconds, instantMs, serverTime } from "./ages.js";
import { AlertFeed } from "./alert-feed.js";
import { sqalLatest, sqalSamples, sqalStation } from "./api.js";
import { showClockMark } from "./clock-mark.js";
import { namedParts, oncePerFrame, setData, setText, showLoaded } from "./dom.js";
import { DriftTable, HoursTable } from "./drift-tables.js";
import { addTexts, format, onLanguageChange, t } from "./i18n.js";
import { HeaderCount } from "./open-count.js";
import { startHeader } from "./page-header.js";
import { openPageSocket, realtimeStream } from "./page-socket.js";
import { recall, remember } from "./preferences.js";
import { SampleStrip, SHOWN } from "./sample-strip.js";
import { readSample } from "./sensor-sample.js";
import { WINDOWS, addressOfState, deviceOfPath, stateOfAddress } from "./station-address.js";
import { StationMaps } from "./station-maps.js";
import { presence } from "./station-store.js";
import { StripView } from "./strip-view.js";
import { en, fr } from "./texts/station.js";
import { VerdictView } from "./verdict-view.js";

const REFRESH_EVERY_MS = 15_000;
/** However many samples arrive, the figures are asked for no more often than this. */
const LEAST_INTERVAL_MS = 4_000;
/** A reject of an earlier shift is no longer news. */
const SHIFT_MS = 12 * 3_600_000;
const MOST_REJECTS = 100;

addTexts({ fr, en });
const device = deviceOfPath(location.pathname) ?? "";
const memory = `gaveurs.rejets-vus.${device}`;
const { parts, figures } = namedParts(document.getElementById("main"));
const scheduleDraw = oncePerFrame(draw);
const header = new HeaderCount();
const clock = new ServerClock();
const status = startHeader(clock);
const strip = new SampleStrip(seenBefore());
const verdict = new VerdictView(parts, figures);
const stripView = new StripView(parts, figures, { onChoose: choose, onSeen: markSeen });
const maps = new StationMaps(parts, figures, device);
const driftTable = new DriftTable(parts.drift);
const hoursTable = new HoursTable(parts);
let state = stateOfAddress(location.search);
let station = null;
let unknown = false;
let failure = null;
let heardMs = null;
let spokenReject = null;
let samplesLoaded = false;
let loading = null;
let askedAt = -Infinity;

// Opening it already reports a state.
let socket = null;
const isConnected = () => socket?.connected === true;
const alerts = new AlertFeed("/api/alertes", { isConnected, onChange: () => header.show(alerts) });

function connectionChanged(now) {
  status.show(now);
  drawAges();
}

function ready({ recovered }) {
  refresh();
  if (recovered && strip.latest && alerts.loaded) return;
  alerts.load();
  loadSamples();
}

function receive(frame) {
  clock.observe(serverTime(frame), Date.now());
  status.receive(frame);
  alerts.receive(frame);
  if (frame.type === "fresh") refresh();
  if (frame.type !== "sensor_update" || frame.device_id !== device) return;
  heardMs = clock.now(Date.now());
  strip.add([frame.sample]);
  maps.receive(readSample(frame));
  refresh();
  scheduleDraw();
}

async function loadSamples() {
  const since = new Date(clock.now(Date.now()) - SHIFT_MS).toISOString();
  const asked = [
    sqalSamples({ device_id: device, limit: SHOWN }).then((samples) => strip.add(samples)),
    sqalSamples({ device_id: device, grade: "REJECT", depuis: since, limit: MOST_REJECTS }).then((samples) => strip.add(samples)),
    // A station without samples has no latest one.
    sqalLatest(device).then((frame) => maps.receive(readSample(frame)), () => {}),
  ];
  try {
    await Promise.all(asked);
  } catch (error) {
    failure = error;
  }
  samplesLoaded = true;
  scheduleDraw();
}

/** Asks soon for the figures; a demand while one is waiting changes nothing. */
function refresh() {
  if (loading !== null || document.hidden) return;
  loading = setTimeout(load, Math.max(0, askedAt + LEAST_INTERVAL_MS - Date.now()));
}

async function load() {
  askedAt = Date.now();
  const asked = state.hours;
  if (isConnected()) {
    try {
      const answer = await sqalStation(device, asked);
      if (asked === state.hours) station = answer;
      [unknown, failure] = [false, null];
    } catch (error) {
      // The last figures stay; the next round asks again.
      unknown = error.status === 404;
      failure = unknown ? null : error;
    }
    if (!unknown && strip.latest === null && station?.echantillons_total > 0) loadSamples();
    scheduleDraw();
  }
  loading = null;
  // The window was changed meanwhile.
  if (asked !== state.hours) refresh();
}

function choose(foie) {
  state = { ...state, foie: state.foie === foie ? null : foie };
  showAddress();
  scheduleDraw();
}

function chooseWindow() {
  state = { ...state, hours: Number(parts.window.value) };
  showAddress();
  askedAt = -Infinity;
  refresh();
}

function showAddress() {
  history.replaceState(null, "", location.pathname + addressOfState(state));
}

function markSeen() {
  remember(memory, JSON.stringify(strip.markSeen()));
  scheduleDraw();
}

function seenBefore() {
  try {
    const seen = JSON.parse(recall(memory) ?? "[]");
    return Array.isArray(seen) ? seen.filter((key) => typeof key === "string") : [];
  } catch {
    return [];
  }
}

function draw() {
  const title = t("one.title", { device });
  setText(parts.title, title);
  document.title = title;
  parts.body.hidden = unknown;
  showNotice();
  verdict.show(strip.latest);
  speakOfReject(strip.latest);
  const { horloge_ecart_s: clockError = null } = strip.latest ?? {};
  parts.clock.hidden = clockError === null;
  showClockMark(parts["clock-error"], clockError);
  stripView.show(strip, state.foie, station !== null || strip.latest !== null);
  maps.draw();
  drawFigures();
  drawAges();
  header.show(alerts);
  if (samplesLoaded && (station !== null || unknown || failure !== null)) showLoaded();
}

function showNotice() {
  const text = unknown ? t("one.unknown", { device }) : failure ? t("one.failed", { reason: failure }) : "";
  parts.notice.hidden = text === "";
  setText(parts.notice, text);
}

/** A screen reader hears of a reject; the other verdicts would drown it. */
function speakOfReject(latest) {
  if (latest?.final_grade !== "REJECT" || spokenReject === latest.sample_id) return;
  spokenReject = latest.sample_id;
  setText(parts.spoken, t("one.rejected", { id: latest.sample_id }));
}

function drawFigures() {
  const place = [station?.site_code ?? strip.latest?.site_code, station?.location].filter(Boolean).join(" · ");
  setText(parts.place, place);
  parts.simulated.hidden = (strip.latest?.simule ?? station?.simule) !== true;
  const rate = station?.cadence;
  setText(figures.rate, rate ? t("rate.perMinute", { value: format().number(rate.par_minute, 1) }) : "–");
  setText(figures["rate-count"], format().count(rate?.echantillons));
  if (!station) return;
  driftTable.show(station.mesures, instantMs(station.depuis), clock.now(Date.now()));
  hoursTable.show(station.heures);
}

function drawAges() {
  const now = clock.now(Date.now());
  const hears = isConnected() && !status.stale;
  const word = presence({ device: station, heardMs }, now, hears);
  setData(parts.body, "presence", word ?? "unknown");
  setText(parts.presence, t(`station.${word ?? "unknown"}`));
  setData(parts.presence.parentElement, "presence", word ?? "unknown");
  setText(parts.age, format().age(ageSeconds(instantMs(strip.latest?.time), now)));
  const last = Math.max(heardMs ?? -Infinity, instantMs(station?.derniere_activite) ?? -Infinity);
  parts.silent.hidden = word !== "offline";
  if (word !== "offline") return;
  const at = new Date(last).toISOString();
  setText(parts.silent, t("one.silent", { time: format().dateTime(at), age: format().age(ageSeconds(last, now)) }));
}

function fillWindows() {
  const words = (hours) => (hours < 48 ? t("drift.hours", { n: hours }) : t("drift.days", { n: hours / 24 }));
  parts.window.replaceChildren(...WINDOWS.map((hours) => new Option(words(hours), hours)));
  parts.window.value = state.hours;
}

function redraw() {
  fillWindows();
  draw();
}

setInterval(() => {
  status.tick();
  drawAges();
}, 1000);
setInterval(refresh, REFRESH_EVERY_MS);
document.addEventListener("visibilitychange", refresh);
addEventListener("popstate", () => {
  state = stateOfAddress(location.search);
  redraw();
  refresh();
});
parts.window.addEventListener("change", chooseWindow);
onLanguageChange(redraw);
redraw();
socket = openPageSocket(realtimeStream(), { onState: connectionChanged, onFrame: receive, onReady: ready });
