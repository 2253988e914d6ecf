import { serverTime, ServerClock } from "./ages.js";
import { AlertFeed } from "./alert-feed.js";
import { countOpenBy, silentLots } from "./alert-store.js";
import { cellSize } from "./cell-size.js";
import { namedParts, oncePerFrame, setData, setText } from "./dom.js";
import { EndedLots } from "./ended-lots.js";
import { addTexts, format, onLanguageChange, t } from "./i18n.js";
import { LotDetails } from "./lot-details.js";
import { LotStore } from "./lot-store.js";
import { atLeast, HeaderCount } from "./open-count.js";
import { startHeader } from "./page-header.js";
import { openPageSocket, realtimeStream } from "./page-socket.js";
import { SiteBoard } from "./site-board.js";
import { SiteTile } from "./site-tile.js";
import { en, fr } from "./texts/wall.js";
import { TodoQueue } from "./todo-queue.js";
import { addressOfView, PAGE_SECONDS, passes, viewOfAddress } from "./wall-address.js";
import { WallMode } from "./wall-mode.js";

const SITES = ["LL", "LS", "MT"];

addTexts({ en, fr });
const scheduleDraw = oncePerFrame(draw);
const header = new HeaderCount();
const clock = new ServerClock();
const status = startHeader(clock);
const { parts } = namedParts(document.body);
const form = document.querySelector(".filters");
const store = new LotStore();
const alerts = new AlertFeed("/api/alertes", { isConnected: () => socket.connected, onChange: alertsChanged });
const ended = new EndedLots(parts.ended, clock, (site) => showAddress({ ...view, ended: site }));
const details = new LotDetails(parts.details);
const queue = new TodoQueue({ list: parts.todo, none: parts["todo-none"], more: parts["todo-more"], info: parts["todo-info"] });
const tiles = new Map(SITES.map((code) => [code, new SiteTile(code, (site) => ended.open(site))]));
const boards = new Map(SITES.map((code) => [code, new SiteBoard(code)]));
let view = viewOfAddress(location.search);
let counts = { sites: new Map(), lots: new Map(), silent: new Set() };
let alertsDirty = false;

parts.sites.append(...Array.from(tiles.values(), (tile) => tile.root));
parts.boards.append(...Array.from(boards.values(), (board) => board.root));

const socket = openPageSocket(realtimeStream(), { onState: (state) => status.show(state), onFrame: receive, onReady: ready });

function ready({ recovered }) {
  if (!recovered || !alerts.loaded) alerts.load();
}

function receive(frame) {
  clock.observe(serverTime(frame), Date.now());
  status.receive(frame);
  store.apply(frame);
  alerts.receive(frame);
  scheduleDraw();
}

function alertsChanged() {
  alertsDirty = true;
  scheduleDraw();
}

function draw() {
  const changes = store.takeChanges();
  for (const code of changes.removed) removeLot(code);
  for (const code of [...changes.lots].sort()) drawLot(store.lots.get(code));
  if (alertsDirty) drawAlerts();
  else for (const site of changes.sites) drawSite(site);
  if (changes.lots.has(details.code)) details.show(cellOf(details.code));
  fitCells();
}

/** Every cell and site: an alert that ends leaves a count that was there. */
function drawAlerts() {
  alertsDirty = false;
  const all = alerts.store.all();
  counts = { sites: countOpenBy(all, "site_code"), lots: countOpenBy(all, "code_lot"), silent: silentLots(all) };
  header.show(alerts);
  for (const board of boards.values()) for (const cell of board.cells.values()) drawAlertsOf(cell);
  for (const code of SITES) drawSite(code);
  const shown = view.site ? all.filter((alert) => alert.site_code === view.site) : all;
  queue.show(shown, alerts);
  queue.showAges(clock.now(Date.now()));
  drawTotal();
}

/** One word and one number, for the sites that are shown. */
function drawTotal() {
  const groups = view.site ? [counts.sites.get(view.site)] : [...counts.sites.values()];
  const sum = (field) => groups.reduce((total, group) => total + (group?.[field] ?? 0), 0);
  const [n, critical] = [sum("toTreat"), sum("toTreatCritical")];
  const words = critical === 0 ? "wall.todo" : critical === 1 ? "wall.todo.one" : "wall.todo.many";
  const values = { n: atLeast(n, alerts.truncated), critical: format().count(critical) };
  setText(parts.total, !alerts.loaded ? t("wall.unknown") : n === 0 ? t("wall.nothing") : t(words, values));
  setData(parts.total, "severity", critical > 0 ? "critical" : n > 0 ? "warning" : null);
  parts.total.href = `/alertes?${view.site ? `site=${view.site}&` : ""}etat=todo`;
}

function cellOf(code) {
  for (const board of boards.values()) if (board.cells.has(code)) return board.cells.get(code);
  return null;
}

function drawLot(lot) {
  const board = boards.get(lot.site);
  const elsewhere = cellOf(lot.code_lot);
  if (elsewhere && !board?.cells.has(lot.code_lot)) removeLot(lot.code_lot);
  const cell = board?.show(lot, usualLastDay(lot.site));
  if (cell) drawAlertsOf(cell);
}

const usualLastDay = (site) => store.sites.get(site)?.dernier_jour_habituel ?? null;

function drawAlertsOf(cell) {
  const open = counts.lots.get(cell.code);
  cell.showAlerts(open, counts.silent.has(cell.code));
  cell.root.hidden = !passes(cell.lot, open, view);
}

function removeLot(code) {
  if (details.code === code) details.show(null);
  for (const board of boards.values()) board.remove(code);
}

function drawSite(code) {
  const [tile, board] = [tiles.get(code), boards.get(code)];
  if (!tile) return;
  const stats = store.sites.get(code);
  board.showUsual(usualLastDay(code));
  tile.showFigures(stats, store.lotsOf(code));
  tile.showToTreat(counts.sites.get(code), alerts);
  tile.root.hidden = board.root.hidden = isOutOfView(code, stats);
  const shown = [...board.cells.values()].filter((cell) => !cell.root.hidden).length;
  board.showState(stats?.nom, shown, emptiness(board, shown));
  drawAgeOf(code, tile);
}

/** A site that is filtered out, or that the server does not show to whoever looks. */
function isOutOfView(code, stats) {
  return view.site ? view.site !== code : store.complete && !stats;
}

function drawAgeOf(code, tile) {
  tile.showAge(store.lastHeard(code), clock.now(Date.now()), store.isSilent(code, counts.silent));
}

function emptiness(board, shown) {
  if (shown > 0) return null;
  if (board.cells.size > 0) return "filtered";
  return store.complete ? "empty" : "waiting";
}

/** Cells are as large as all of them fit, so that nothing has to be scrolled; where the whole page scrolls, they are small. */
function fitCells() {
  const shown = [...boards.values()].filter((board) => !board.root.hidden);
  // With the room of a scroll bar, which is there only until they fit.
  const { offsetWidth: width, clientHeight: height } = parts.boards;
  const scrollsWithPage = getComputedStyle(parts.boards).overflowY === "visible";
  setData(parts.boards, "size", scrollsWithPage ? "s" : cellSize(shown.map((board) => board.size), { width, height }));
}

function redrawAll() {
  alertsDirty = true;
  for (const lot of store.lots.values()) drawLot(lot);
  details.show(cellOf(details.code));
  scheduleDraw();
}

function showView() {
  const { site, show, search } = form.elements;
  [site.value, show.value, search.value] = [view.site, view.todo ? "todo" : "all", view.lot];
  parts.mur.href = wallAddress();
  setData(document.documentElement, "mur", view.wall ? "true" : null);
  parts.clock.hidden = !view.wall;
}

function readForm() {
  const { site, show, search } = form.elements;
  showAddress({ ...view, site: site.value, todo: show.value === "todo", lot: search.value });
  redrawAll();
}

function showAddress(next) {
  view = next;
  history.replaceState(null, "", location.pathname + addressOfView(view));
  parts.mur.href = wallAddress();
}

/** Where nobody closes what is open. */
const wallAddress = () => `/${addressOfView({ ...view, ended: "", wall: PAGE_SECONDS })}`;

/** Pointing at a cell, or moving the focus to it, shows its last meal. */
function pointAt(event) {
  const code = event.target.closest?.("[data-lot]")?.dataset.lot;
  if (!code || code === details.code) return;
  details.show(cellOf(code));
  details.showAge(clock.now(Date.now()));
}

function tick() {
  const now = clock.now(Date.now());
  status.tick();
  for (const [code, tile] of tiles) drawAgeOf(code, tile);
  queue.showAges(now);
  details.showAge(now);
  if (view.wall) setText(parts.clock, format().wallClock(now));
}

showView();
if (view.wall) {
  new WallMode([[parts.todo, ".todo-item"], [parts.boards, ".lot:not([hidden])"]], view.wall);
  addEventListener("keydown", (event) => event.key === "Escape" && location.assign(`/${addressOfView({ ...view, wall: 0 })}`));
}
redrawAll();
if (view.ended && !view.wall) ended.open(view.ended);
setInterval(tick, 1000);
form.addEventListener("input", readForm);
form.addEventListener("submit", (event) => event.preventDefault());
parts.boards.addEventListener("pointerover", pointAt);
parts.boards.addEventListener("focusin", pointAt);
new ResizeObserver(fitCells).observe(parts.boards);
onLanguageChange(redrawAll);
