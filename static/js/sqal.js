import { noteInAddress } from "./address.js";
import { ServerClock, instantMs, serverTime } from "./ages.js";
import { AlertFeed } from "./alert-feed.js";
import { sqalLatest } from "./api.js";
import { namedParts, oncePerFrame, setText, showLoaded } from "./dom.js";
import { scoreText, showGrades } from "./grade-shares.js";
import { format, onLanguageChange, t } from "./i18n.js";
import { LotQueue } from "./lot-queue.js";
import { HeaderCount } from "./open-count.js";
import { startHeader } from "./page-header.js";
import { openPageSocket, realtimeStream } from "./page-socket.js";
import { QualityFigures } from "./quality-figures.js";
import { siteOfAddress, unfoldedOfAddress } from "./quality-filter.js";
import { StationCard } from "./station-card.js";
import { StationStore } from "./station-store.js";

const scheduleDraw = oncePerFrame(draw);
const header = new HeaderCount();
const { parts } = namedParts(document.getElementById("main"));
const overview = namedParts(parts.overview);
const clock = new ServerClock();
const status = startHeader(clock);
const store = new StationStore();
const cards = new Map();
const queue = new LotQueue(parts.queue, (lot) => lot.en_attente_depuis, { hasItm: false });
const done = new LotQueue(parts.done, (lot) => lot.terminee_le, { hasItm: true });
const isConnected = () => socket.connected;
/** Whether a station that spoke would be heard of here. */
const hears = () => socket.connected && !status.stale;
const figures = new QualityFigures({ isConnected, onChange: figuresCame });
const alerts = new AlertFeed("/api/alertes", { isConnected, onChange: () => header.show(alerts) });
const unfolded = unfoldedOfAddress(location.search);
let site = siteOfAddress(location.search);
let replayedUpTo = -1;
/** The first figures have come, and the samples of their stations. */
let loaded = false;

const socket = openPageSocket(realtimeStream(), { onState: connectionChanged, onFrame: receive, onReady: ready });

function connectionChanged(state) {
  status.show(state);
  drawAges();
}

function ready({ recovered }) {
  figures.refresh();
  if (!recovered || !alerts.loaded) alerts.load();
  if (!recovered) loadSamples(store.idsWithSample());
}

function receive(frame) {
  clock.observe(serverTime(frame), Date.now());
  status.receive(frame);
  alerts.receive(frame);
  if (frame.type === "resume") replayedUpTo = frame.recovered ? frame.to : -1;
  if (frame.type === "sensor_update") receiveSample(frame);
  if (frame.type === "gavage_realtime" && frame.data?.pret_abattage) figures.refresh();
}

function receiveSample(frame) {
  const now = clock.now(Date.now());
  store.applyUpdate(frame, isReplayed(frame) ? (instantMs(frame.sample?.time) ?? now) : now);
  figures.refresh();
  scheduleDraw();
}

/** A frame sent again after an interruption did not come just now. */
function isReplayed(frame) {
  return Number.isInteger(frame.seq) && frame.seq <= replayedUpTo;
}

async function figuresCame() {
  drawFigures();
  if (figures.devices) await loadSamples(store.applyDevices(figures.devices));
  loaded = true;
  scheduleDraw();
}

/** Asks for the latest sample of devices; one that has none, or whose answer is lost, shows "–" until it sends one. */
async function loadSamples(ids) {
  await Promise.all(ids.map((id) => sqalLatest(id).then((frame) => store.applyLatest(frame), () => null)));
  scheduleDraw();
}

function draw() {
  for (const id of store.takeChanges()) drawStation(id);
  const none = figures.devices ? t("sqal.noStation") : t("sqal.loading");
  setText(parts["stations-state"], cards.size > 0 ? "" : none);
  if (loaded) showLoaded();
}

function drawStation(id) {
  const card = cards.get(id) ?? addCard(id);
  card.show(store.stations.get(id));
  card.root.hidden = !isOfSite(card.siteCode);
  card.showHour(figures.grades.get(id) ?? null);
  card.showAge(clock.now(Date.now()), hears());
}

/** Stations stand in the order of their names and never move. */
function addCard(id) {
  const card = new StationCard(id, { isUnfolded: unfolded.has(id), onUnfold: (open) => unfold(id, open) });
  cards.set(id, card);
  const after = [...parts.stations.children].find((other) => other.dataset.device > id);
  parts.stations.insertBefore(card.root, after ?? null);
  return card;
}

function unfold(id, open) {
  open ? unfolded.add(id) : unfolded.delete(id);
  noteInAddress({ valeurs: [...unfolded].join(" ") });
}

function redrawStations() {
  for (const id of cards.keys()) drawStation(id);
}

function drawFigures() {
  if (figures.overview) drawOverview(figures.overview);
  const lots = (list) => list?.filter((lot) => isOfSite(lot.site_code)) ?? null;
  drawQueue("queue", queue, lots(figures.queue));
  drawQueue("done", done, lots(figures.done));
  parts.notice.hidden = !figures.failure;
  setText(parts.notice, figures.failure ? t("sqal.failed", { reason: figures.failure }) : "");
  drawAges();
}

function drawOverview(hour) {
  const numbers = format();
  const show = (name, text) => setText(overview.figures[name], text);
  show("echantillons_derniere_heure", numbers.count(hour.echantillons_derniere_heure));
  const rate = hour.cadence_par_minute ?? null;
  show("cadence_par_minute", rate === null ? numbers.number(null) : t("sqal.perMinute", { value: numbers.number(rate, 1) }));
  show("score_moyen", scoreText(hour.score_moyen));
  show("masse_moyenne_g", numbers.grams(hour.masse_moyenne_g));
  show("stations_en_ligne", t("sqal.outOf", { value: numbers.count(hour.stations_en_ligne), total: numbers.count(hour.stations) }));
  show("lots_en_attente", numbers.count(hour.lots_en_attente));
  show("lots_en_controle", numbers.count(hour.lots_en_controle));
  showGrades(overview.parts.grades, figures.allGrades);
  setText(overview.parts["as-of"], t("sqal.asOf", { time: numbers.dateTime(hour.depuis) }));
}

function drawQueue(name, table, lots) {
  table.show(lots ?? []);
  parts[`${name}-table`].hidden = !lots?.length;
  parts[`${name}-empty`].hidden = lots === null || lots.length > 0;
}

function drawAges() {
  const now = clock.now(Date.now());
  for (const card of cards.values()) card.showAge(now, hears());
  queue.showAges(now);
  done.showAges(now);
}

function isOfSite(code) {
  return site === "" || code === site;
}

function chooseSite() {
  site = parts.site.value;
  noteInAddress({ site });
  redrawStations();
  drawFigures();
}

function redrawAll() {
  redrawStations();
  drawFigures();
  draw();
  header.show(alerts);
  document.title = t("sqal.title");
}

setInterval(() => {
  status.tick();
  drawAges();
}, 1000);

parts.site.value = site;
parts.site.addEventListener("change", chooseSite);
onLanguageChange(redrawAll);
redrawAll();
