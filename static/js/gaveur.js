import { gaveurLots, lotHistory } from "./api.js";
import { offerLogin } from "./access.js";
import { Acknowledger } from "./acknowledger.js";
import { instantMs, ServerClock } from "./ages.js";
import { AlertFeed } from "./alert-feed.js";
import { AlertList } from "./alert-list.js";
import { AlertTrends } from "./alert-trends.js";
import { countOpen, countOpenBy, isOpen, silentLots } from "./alert-store.js";
import { namedParts, setText, showLoaded } from "./dom.js";
import { EntryAlerts } from "./entry-alerts.js";
import { EntryView } from "./entry-view.js";
import { FarmAdvice } from "./farm-advice.js";
import { GaveurStore } from "./gaveur-store.js";
import { addTexts, format, onLanguageChange, t } from "./i18n.js";
import { LotChooser } from "./lot-chooser.js";
import { LotPanel } from "./lot-panel.js";
import { LotResults } from "./lot-results.js";
import { MealsTable } from "./meals-table.js";
import { workOffline } from "./offline.js";
import { onThemeChange, startHeader } from "./page-header.js";
import { openPageSocket } from "./page-socket.js";
import { PageViews } from "./page-views.js";
import { en, fr } from "./texts/gaveur.js";
import { WeeklyReport } from "./weekly-report.js";

const RELOAD_AFTER_MS = 3_000;
/** The page is shown with what it has by then. */
const SETTLES_MS = 4_000;
/** The next meal waits no longer for the alerts that stand above it. */
const ALERTS_MS = 800;

addTexts({ en, fr });
const main = document.getElementById("main");
const { parts } = namedParts(main);
const id = /^\/gaveur\/(\d+)\/?$/.exec(location.pathname)?.[1];
const clock = new ServerClock();
const status = startHeader(clock);
const store = new GaveurStore();
const chooser = new LotChooser(parts.chooser, parts.choice, () => showChoice());
const report = new WeeklyReport(parts.week, id, () => socket.connected);
const table = new MealsTable(parts["meal-rows"]);
const alerts = new AlertFeed(`/api/alertes/gaveur/${id}`, { isConnected: () => socket.connected, onChange: () => scheduleDraw() });
const acknowledger = new Acknowledger(document.querySelector("[data-part=person-dialog]"));
const trends = new AlertTrends(() => socket.connected, () => alertList.showTrends());
const alertList = new AlertList(parts.list, acknowledger, (alert) => alerts.acknowledged(alert), trends);
const entryAlerts = new EntryAlerts(parts["entry-alerts"], markSeen);
const entry = new EntryView(parts, Number(id), { onShown: showEntry, chosenLot, choose: chooseLot });
const results = new LotResults(parts);
const advice = new FarmAdvice(id, parts, () => socket.connected);
const panels = new Map();
let views = null;
let socket = null;
let offline = null;
let isEntryShown = false;
let loaded = false;
let loading = false;
let failure = null;
let reloadTimer = null;
let drawing = false;

if (id) start();
else explainAddress();
setTimeout(showLoaded, SETTLES_MS);

function start() {
  views = new PageViews(parts.views, main, () => views && showChoice());
  drawTitle();
  offerLogin(() => entry.offerLogin());
  entry.start();
  workOffline().then((how) => {
    offline = how;
    scheduleDraw();
  });
  socket = openPageSocket(
    { path: `/ws/gaveur/${id}` },
    { onState: (state) => status.show(state), onFrame: receive, onReady: ready },
  );
}

function explainAddress() {
  setText(parts["lots-state"], "");
  setText(parts["entry-state"], "");
  showNotice(t("gaveur.badAddress"));
}

function showEntry() {
  if (!isEntryShown && entry.isShown) setTimeout(() => views.current === "repas" && showLoaded(), ALERTS_MS);
  isEntryShown ||= entry.isShown;
  scheduleDraw();
}

/** The lot that a link names. */
function chosenLot() {
  return new URLSearchParams(location.search).get("lot");
}

function chooseLot(code) {
  const query = new URLSearchParams(location.search);
  query.set("lot", code);
  history.replaceState(null, "", `?${query}${location.hash}`);
}

async function markSeen(alert) {
  try {
    const answer = await acknowledger.acknowledge(alert.id);
    if (answer) alerts.acknowledged(answer);
    showNotice(failure && t("gaveur.failed", { reason: failure }));
  } catch (error) {
    showNotice(t("alert.failed", { reason: error.message }));
  }
}

/** The stream is open before anything is asked for, so that nothing falls between the two. */
function ready({ recovered }) {
  entry.connected();
  report.refresh();
  if (!recovered) trends.reload();
  if (!recovered || !loaded) load();
  if (!recovered || !alerts.loaded) alerts.load();
  if (!recovered || !advice.loaded) advice.load();
}

function receive(frame) {
  clock.observe(instantMs(frame.timestamp) ?? NaN, Date.now());
  status.receive(frame);
  if (frame.type === "gavage" && frame.data?.code_lot) {
    store.applyReading(frame.data, instantMs(frame.timestamp));
    trends.addReading(frame.data);
    if (loaded && store.hasUnlistedLot) reloadLater();
  }
  if (frame.type === "lot") store.applyStep(frame.data);
  if (frame.type === "avis") results.rated(frame.data);
  if (frame.type === "gavage" || frame.type === "lot") entry.loadSoon();
  alerts.receive(frame);
  advice.receive(frame);
  if (frame.type === "gavage" || frame.type === "alerte") report.refresh();
  scheduleDraw();
}

async function load() {
  if (loading) return;
  loading = true;
  loaded = false;
  store.startLoading();
  try {
    store.applyLots(await gaveurLots(id));
    chooser.fill(store);
    await loadHistories();
    loaded = true;
    failure = null;
  } catch (error) {
    failure = error.message;
    reloadLater();
  }
  loading = false;
  showChoice();
}

/** The histories of the lots to show; a choice made later asks for what it lacks. */
async function loadHistories() {
  if (views.current !== "lots") return;
  await Promise.all(chooser.chosen().map(async (code) => store.applyHistory(code, await lotHistory(code))));
}

function reloadLater() {
  clearTimeout(reloadTimer);
  reloadTimer = setTimeout(() => socket.connected && load(), RELOAD_AFTER_MS);
}

/** A lot whose history was never asked for is loaded with everything else: one way to load. */
function showChoice() {
  const codes = chooser.chosen();
  for (const [code, panel] of panels) if (!codes.includes(code)) dropPanel(code, panel);
  if (loaded && views.current === "lots" && codes.some((code) => !store.hasHistory(code))) load();
  scheduleDraw();
}

function dropPanel(code, panel) {
  panel.destroy();
  panels.delete(code);
}

function scheduleDraw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(draw);
}

function draw() {
  drawing = false;
  const codes = chooser.chosen().filter((code) => store.lot(code));
  drawTitle();
  drawState(codes);
  if (views.current === "lots") for (const code of codes) panel(code).show(store.lot(code), store.meals(code));
  drawAlerts();
  drawOffline();
  results.show(loaded ? endedLots() : null);
  if (isSettled()) showLoaded();
  const rows = table.show(codes.map((code) => store.meals(code)));
  parts.meals.hidden = codes.length === 0;
  parts["no-meal"].hidden = rows > 0;
  drawAges();
}

/** The view that is shown has what it shows. */
function isSettled() {
  const hasAlerts = alerts.loaded || alerts.failure !== null;
  const hasLots = loaded || failure !== null;
  const shown = { repas: entry.isShown && hasAlerts, lots: hasLots, alertes: hasAlerts, resultats: hasLots && !parts.week.hidden };
  return shown[views.current];
}

function endedLots() {
  const current = new Set(store.currentCodes);
  return store.codes.filter((code) => !current.has(code)).map((code) => store.lot(code));
}

/** Browsers show a page without a network only if it came over TLS. */
function drawOffline() {
  const how = offline === null || offline === "ready" ? null : offline;
  parts["offline-note"].hidden = how === null;
  setText(parts["offline-note"], how ? t(`entry.offline.${how}`) : "");
}

function drawAlerts() {
  const open = alerts.store.all();
  const counts = countOpenBy(open, "code_lot");
  const silent = silentLots(open);
  for (const [code, one] of panels) one.showAlerts(counts.get(code), silent.has(code));
  alertList.show(open);
  entryAlerts.show(open);
  const { toTreat } = countOpen(open);
  parts["views-alerts"].hidden = toTreat === 0;
  setText(parts["views-alerts"], format().count(toTreat));
  parts.alerts.hidden = false;
  setText(parts["alerts-state"], open.some(isOpen) ? "" : t(alerts.loaded ? "alerts.noneOpen" : "alerts.loading"));
  parts["alerts-notice"].hidden = !alerts.failure;
  setText(parts["alerts-notice"], alerts.failure ? t("alerts.failed", { reason: alerts.failure }) : "");
}

function panel(code) {
  if (!panels.has(code)) {
    panels.set(code, new LotPanel(code));
    parts.panels.append(panels.get(code).root);
  }
  return panels.get(code);
}

function drawTitle() {
  const name = entry.name ?? store.codes.map((code) => store.lot(code).gaveur_nom).find(Boolean);
  const title = name ? `${name} · ${t("gaveur.title", { id })}` : t("gaveur.title", { id });
  setText(parts.title, title);
  document.title = title;
}

function drawState(codes) {
  const known = store.codes.length;
  const text = codes.length > 0 ? "" : known > 0 ? t("gaveur.noCurrent") : t(loaded ? "gaveur.none" : "gaveur.loading");
  setText(parts["lots-state"], text);
  showNotice(failure && t("gaveur.failed", { reason: failure }));
}

function showNotice(text) {
  parts.notice.hidden = !text;
  setText(parts.notice, text ?? "");
}

function drawAges() {
  const now = clock.now(Date.now());
  for (const one of panels.values()) one.showAge(now);
  alertList.showAges(now);
  advice.showAges(now);
}

/** Axes and legends carry words and colours: the panels are made again for another language or theme. */
function remakePanels() {
  for (const [code, one] of panels) dropPanel(code, one);
  draw();
}

function relabel() {
  if (!id) return explainAddress();
  chooser.fill(store);
  report.draw();
  entry.redraw();
  advice.draw();
  remakePanels();
}

setInterval(() => {
  status.tick();
  drawAges();
}, 1000);

onLanguageChange(relabel);
onThemeChange(() => id && remakePanels());
