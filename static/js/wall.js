import { serverTime, ServerClock } from "./ages.js";
import { AlertFeed } from "./alert-feed.js";
import { countOpenBy, silentLots } from "./alert-store.js";
import { LotCard } from "./lot-card.js";
import { LotCharts } from "./lot-charts.js";
import { LotStore } from "./lot-store.js";
import { onLanguageChange } from "./i18n.js";
import { HeaderCount } from "./open-count.js";
import { openPageSocket, realtimeStream } from "./page-socket.js";
import { onThemeChange, startHeader } from "./page-header.js";
import { doseSeverity, isDeviation } from "./severity.js";
import { SiteBlock } from "./site-block.js";

const SITES = ["LL", "LS", "MT"];

const header = new HeaderCount();
const clock = new ServerClock();
const status = startHeader(clock);
const store = new LotStore();
const charts = new LotCharts(() => socket.connected, scheduleDraw);
const blocks = new Map(SITES.map((code) => [code, new SiteBlock(code)]));
const cards = new Map();
const filters = document.querySelector(".filters");
const alerts = new AlertFeed("/api/alertes", { isConnected: () => socket.connected, onChange: alertsChanged });
let alertCounts = { sites: new Map(), lots: new Map(), silent: new Set() };
let alertsDirty = false;
let drawing = false;

const sight = new IntersectionObserver(followSight, { rootMargin: "300px" });

document.querySelector("[data-part=sites]").append(...Array.from(blocks.values(), (block) => block.root));
for (const code of SITES) drawSite(code);

const socket = openPageSocket(realtimeStream(), { onState: (state) => status.show(state), onFrame: receive, onReady: ready });

function ready({ recovered }) {
  if (!recovered) charts.reload();
  if (!recovered || !alerts.loaded) alerts.load();
}

function receive(frame) {
  clock.observe(serverTime(frame), Date.now());
  status.receive(frame);
  store.apply(frame);
  alerts.receive(frame);
  if (frame.type === "gavage_realtime") charts.addReading(frame.data);
  scheduleDraw();
}

function alertsChanged() {
  alertsDirty = true;
  scheduleDraw();
}

/** However many frames arrive, the page is drawn at most once per animation frame. */
function scheduleDraw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(draw);
}

function draw() {
  drawing = false;
  const changes = store.takeChanges();
  if (alertsDirty) drawAlerts();
  for (const code of changes.removed) removeCard(code);
  for (const code of changes.lots) drawLot(store.lots.get(code));
  for (const site of changes.sites) drawSite(site);
  if (charts.draw()) scheduleDraw();
}

/** Every card and site: an alert that ends leaves a count that was there. */
function drawAlerts() {
  alertsDirty = false;
  const all = alerts.store.all();
  alertCounts = { sites: countOpenBy(all, "site_code"), lots: countOpenBy(all, "code_lot"), silent: silentLots(all) };
  header.show(alerts);
  for (const card of cards.values()) drawAlertsOf(card);
  for (const code of SITES) drawSite(code);
}

function drawAlertsOf(card) {
  card.showAlerts(alertCounts.lots.get(card.code), alertCounts.silent.has(card.code));
}

function drawLot(lot) {
  const card = cards.get(lot.code_lot) ?? addCard(lot);
  card.show(lot);
  placeCard(card);
  drawAlertsOf(card);
  card.showAge(clock.now(Date.now()));
  card.root.hidden = !passesFilter(lot);
}

function addCard(lot) {
  const card = new LotCard(lot.code_lot);
  cards.set(lot.code_lot, card);
  sight.observe(card.root);
  return card;
}

/**
 * Lots stand in the order of their codes and do not move, so that an eye finds one again where it was. One that is
 * finished goes behind those that are still fed.
 */
function placeCard(card) {
  const order = `${card.lot.pret_abattage === true ? "finished" : "fed"} ${card.code}`;
  const list = blocks.get(card.lot.site)?.list;
  if (!list || card.root.dataset.order === order) return;
  card.root.remove();
  card.root.dataset.order = order;
  list.insertBefore(card.root, firstAfter(list, order));
}

function firstAfter(list, order) {
  let [low, high] = [0, list.children.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list.children[middle].dataset.order < order) low = middle + 1;
    else high = middle;
  }
  return list.children[low] ?? null;
}

function removeCard(code) {
  const card = cards.get(code);
  if (!card) return;
  sight.unobserve(card.root);
  charts.forget(code);
  card.root.remove();
  cards.delete(code);
}

function drawSite(code) {
  const block = blocks.get(code);
  if (!block) return;
  block.showFigures(store.sites.get(code), store.countDeviations(code));
  block.showAlerts(alertCounts.sites.get(code), alerts);
  block.showEmptiness(emptiness(block));
  drawAgeOf(code, block);
}

function drawAgeOf(code, block) {
  block.showAge(store.lastHeard(code), clock.now(Date.now()), store.isSilent(code, alertCounts.silent));
}

function emptiness(block) {
  const lots = Array.from(block.list.children);
  if (lots.some((lot) => !lot.hidden)) return null;
  if (lots.length > 0) return "filtered";
  return store.complete ? "empty" : "waiting";
}

function passesFilter(lot) {
  const { search, show } = filters.elements;
  const wanted = search.value.trim().toLowerCase();
  if (wanted && !`${lot.code_lot} ${lot.gaveur_nom ?? ""}`.toLowerCase().includes(wanted)) return false;
  if (show.value === "ready") return lot.pret_abattage === true;
  return show.value === "all" || isDeviation(doseSeverity(lot.dose_theorique, lot.dose_reelle));
}

function redrawAll() {
  alertsDirty = true;
  for (const lot of store.lots.values()) drawLot(lot);
  for (const code of SITES) drawSite(code);
  charts.relabel();
  scheduleDraw();
}

function followSight(entries) {
  for (const { target, isIntersecting } of entries) {
    const card = cards.get(target.dataset.lot);
    if (isIntersecting && card) charts.show(card.code, card.chart);
    else charts.hide(target.dataset.lot);
  }
  scheduleDraw();
}

setInterval(() => {
  const now = clock.now(Date.now());
  status.tick();
  for (const [code, block] of blocks) drawAgeOf(code, block);
  for (const card of cards.values()) card.showAge(now);
  charts.loadMissing();
}, 1000);

filters.addEventListener("input", redrawAll);
filters.addEventListener("submit", (event) => event.preventDefault());
onLanguageChange(redrawAll);
onThemeChange(() => charts.recolor());
