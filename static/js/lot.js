import { getJson } from "./api.js";
import { Acknowledger } from "./acknowledger.js";
import { ActionDialog } from "./action-dialog.js";
import { instantMs, ServerClock } from "./ages.js";
import { AlertFeed, MOST_ALERTS } from "./alert-feed.js";
import { AlertList } from "./alert-list.js";
import { namedParts, setData, setText, showEcart, showMortality } from "./dom.js";
import { addTexts, format, onLanguageChange, t, tOr } from "./i18n.js";
import { LotControl } from "./lot-control.js";
import { LotCurves, MARKS, placedMarks } from "./lot-curves.js";
import { LotActions } from "./lot-actions.js";
import { lifeSteps } from "./lot-life.js";
import { MealActions } from "./lot-meal-actions.js";
import { SheetMeals } from "./lot-meals.js";
import { LotPlan } from "./lot-plan.js";
import { itmWords, showQuality } from "./lot-quality.js";
import { onThemeChange, startHeader } from "./page-header.js";
import { openPageSocket, realtimeStream } from "./page-socket.js";
import { en, fr } from "./texts/lot.js";

/** A lot fed in accelerated time changes many times a second. */
const REFRESH_EVERY_MS = 1_000;
const RETRY_AFTER_MS = 3_000;
const DAY_MS = 86_400_000;
/** An export of more days is refused; a lot is fed for two weeks. */
const MOST_DAYS = 360;

/** Alerts on the printed sheet, below the head of their lot; `lot.css` hides the others. */
const PRINTED_ALERTS = 8;

addTexts({ en, fr });
const { parts, figures } = namedParts(document.getElementById("main"));
const code = decodeURIComponent(/^\/lot\/([^/]+)\/?$/.exec(location.pathname)?.[1] ?? "");
const address = `/api/lots/${encodeURIComponent(code)}`;
const clock = new ServerClock();
const status = startHeader(clock);
const dialog = new ActionDialog(document.querySelector("[data-part=action-dialog]"), refresh);
const actions = new LotActions(parts, dialog, address);
const plan = new LotPlan(parts, dialog, address, refresh);
const mealActions = new MealActions(parts["meal-rows"], dialog, address);
const meals = new SheetMeals(parts["meal-rows"]);
const alerts = new AlertFeed(`/api/alertes/lot/${encodeURIComponent(code)}`, { keeps: () => true, isConnected: () => socket?.connected, onChange: drawAlerts });
const acknowledger = new Acknowledger(document.querySelector("[data-part=person-dialog]"));
const alertList = new AlertList(parts.alerts, acknowledger, (alert) => alerts.acknowledged(alert));
const control = new LotControl(parts.control, parts, document.querySelector("[data-part=finish-dialog]"), refresh);
let socket = null;
let sheet = null;
let events = [];
let planned = null;
let curves = null;
let me = null;
let failure = null;
let drawnAt = null;
let waiting = null;
let askedAt = -Infinity;

begin();

/** The sheet names the gaveur, and the caller's role says which stream he may follow; then the stream keeps the sheet up to date. */
async function begin() {
  drawTitle();
  await load();
  me ??= await getJson("/auth/me").catch(() => null);
  if (!sheet || !me) {
    if (failure?.status !== 404) setTimeout(begin, RETRY_AFTER_MS);
    return;
  }
  for (const part of [control, dialog, actions, plan, mealActions]) part.admit(me);
  const stream = me.role === "gaveur" ? { path: `/ws/gaveur/${sheet.lot.gaveur_id}`, silenceMs: 75_000 } : realtimeStream();
  socket = openPageSocket(stream, { onState: (state) => status.show(state), onFrame: receive, onReady: refreshAll });
}

function receive(frame) {
  clock.observe(frame.type === "sensor_update" ? NaN : (instantMs(frame.timestamp) ?? NaN), Date.now());
  status.receive(frame);
  const about = frame.data?.code_lot ?? frame.code_lot;
  if (about !== sheet.lot.code_lot) return;
  alerts.receive(frame);
  refresh();
}

function refreshAll() {
  refresh();
  alerts.loadHistory(`limit=${MOST_ALERTS}`).then((complete) => (alerts.loaded ||= complete)).then(drawAlerts);
}

/** Asks soon; a demand while one is waiting changes nothing. */
function refresh() {
  if (waiting !== null) return;
  waiting = setTimeout(load, Math.max(0, askedAt + REFRESH_EVERY_MS - Date.now()));
}

async function load() {
  askedAt = Date.now();
  waiting = null;
  try {
    [sheet, planned, events] = await Promise.all(["fiche", "courbes", "evenements"].map((part) => getJson(`${address}/${part}`)));
    drawnAt = Date.now();
    failure = null;
  } catch (error) {
    failure = error;
    if (socket) setTimeout(refresh, RETRY_AFTER_MS);
  }
  draw();
}

function draw() {
  drawTitle();
  parts.state.hidden = sheet !== null || failure !== null;
  parts.notice.hidden = failure === null;
  setText(parts.notice, failure ? problem(failure) : "");
  if (!sheet) return;
  parts.sheet.hidden = parts.tools.hidden = false;
  drawLife();
  drawFigures();
  showQuality({ parts, figures }, sheet);
  control.show(sheet.lot.code_lot, sheet.qualite.statut);
  actions.show(sheet);
  plan.show(sheet, planned);
  meals.show(sheet.repas, sheet.versions);
  mealActions.show(sheet);
  setText(parts["meals-note"], t("sheet.mealsNote", { n: format().count(sheet.repas.length), corrected: format().count(sheet.versions.length) }));
  setText(parts["as-of"], t("sheet.asOf", { time: format().dateTime(new Date(clock.now(drawnAt)).toISOString()) }));
  drawCurves();
}

const problem = (error) => (error.status === 404 ? t("sheet.unknown", { code }) : t("sheet.failed", { reason: error }));

function drawTitle() {
  const title = t("sheet.title", { code: sheet?.lot.code_lot ?? code });
  setText(parts.title, title);
  document.title = title;
  if (!sheet) return;
  const { lot } = sheet;
  parts.status.hidden = false;
  setText(parts.status, tOr(`status.${lot.statut}`, lot.statut));
  parts.status.classList.toggle("badge-ready", lot.statut === "pret_abattage");
  parts.simulated.hidden = lot.simule !== true;
  drawPlace(lot);
  parts.csv.href = exportAddress(lot, sheet.repas);
}

/** The meals of the lot, from the day before the first to the day after the last: the zone of the barns is not known here. */
function exportAddress({ code_lot }, meals) {
  const times = meals.map(({ time }) => Date.parse(time));
  const last = Math.max(...times);
  const first = Math.max(Math.min(...times), last - MOST_DAYS * DAY_MS);
  const day = (ms) => new Date(ms).toISOString().slice(0, 10);
  const days = meals.length > 0 ? { depuis: day(first - DAY_MS), jusqua: day(last + DAY_MS) } : {};
  return `/api/exports/repas.csv?${new URLSearchParams({ code_lot, ...days })}`;
}

function drawPlace(lot) {
  const link = parts.place.querySelector("a") ?? document.createElement("a");
  link.href = `/gaveur/${lot.gaveur_id}`;
  setText(link, lot.gaveur_nom);
  parts.place.replaceChildren(`${lot.site_code} · `, link, ` · ${lot.genetique}`);
}

function drawLife() {
  const steps = lifeSteps(sheet, events);
  while (parts.life.childElementCount > steps.length) parts.life.lastElementChild.remove();
  steps.forEach(({ step, state, at, by, why }, i) => {
    const item = parts.life.children[i] ?? parts.life.appendChild(document.createElement("li"));
    setData(item, "state", state);
    if (state === "now") item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
    const when = at ? format().mealTime(at) : t(`sheet.step.${state}`);
    item.replaceChildren(strong(tOr(`status.${step}`, step)), small([when, by, why].filter(Boolean).join(" · ")));
  });
}

const strong = (text) => Object.assign(document.createElement("strong"), { textContent: text });
const small = (text) => Object.assign(document.createElement("span"), { textContent: text });

function drawFigures() {
  const { lot, repas } = sheet;
  const numbers = format();
  const last = repas.at(-1);
  const day = t("lot.day", { day: numbers.number(lot.jour_actuel) });
  setText(figures.repas, lot.moment_actuel ? `${day} ${t(`lot.${lot.moment_actuel}`)}` : "–");
  setText(figures.doses, `${numbers.grams(last?.dose_theorique)} / ${numbers.grams(last?.dose_reelle)}`);
  showEcart(figures.ecart, last?.dose_theorique, last?.dose_reelle);
  setText(figures.poids_moyen, numbers.grams(lot.poids_moyen_actuel));
  setText(figures.canards, `${numbers.count(lot.nb_canards_actuel)} / ${numbers.count(lot.nb_canards_initial)}`);
  showMortality(figures.taux_mortalite, lot.taux_mortalite);
  const given = repas.reduce((sum, meal) => sum + meal.dose_reelle, 0);
  setText(figures.mais, repas.length > 0 ? t("sheet.maizeOf", { given: numbers.grams(given), n: numbers.count(repas.length) }) : "–");
  setText(figures.itm, itmWords(sheet));
}

function drawCurves() {
  const { couloir, repas, lot } = sheet;
  curves ??= new LotCurves(parts);
  const told = alerts.store.all();
  parts.doses.classList.toggle("no-corridor", couloir.repas.length === 0);
  curves.draw(repas, couloir.repas, told);
  const numbers = format();
  const found = couloir.repas.length > 0;
  const where = t(couloir.du_site ? "sheet.corridor.site" : "sheet.corridor.all");
  setText(parts.corridor, t(found ? "sheet.corridor" : "sheet.noCorridor", { n: numbers.count(couloir.pairs), least: couloir.minimum, where }));
  const marks = MARKS.map(({ severity, sign }) => `${sign} ${t(`severity.${severity}`)}`).join("  ");
  const marked = placedMarks(told).length;
  setText(parts.marks, marked > 0 ? t("sheet.marks", { marks }) : t("sheet.noMark"));
  const last = repas.at(-1);
  label(parts.doses, t("sheet.curve.doses", {
    code: lot.code_lot, n: repas.length, given: numbers.grams(last?.dose_reelle, 1), planned: numbers.grams(last?.dose_theorique, 1), alerts: marked,
  }));
  describe(parts.weights, t("lot.weight"), "poids_moyen", (value) => numbers.grams(value));
  describe(parts.mortality, t("lot.mortality"), "taux_mortalite", (value) => numbers.percent(value, 2));
  describe(parts.barn, t("meal.temperature"), "temperature_stabule", (value) => numbers.celsius(value));
}

function describe(element, name, field, words) {
  const values = sheet.repas.map((meal) => meal[field]).filter((value) => value !== null);
  if (values.length === 0) return label(element, t("sheet.curve.none", { name }));
  const [low, high, last] = [Math.min(...values), Math.max(...values), values.at(-1)].map(words);
  label(element, t("sheet.curve.one", { name, n: values.length, low, high, last }));
}

function label(element, words) {
  if (element.getAttribute("aria-label") !== words) element.setAttribute("aria-label", words);
}

function drawAlerts() {
  const told = alerts.store.all();
  alertList.show(told);
  alertList.showAges(clock.now(Date.now()));
  setText(parts["alerts-state"], told.length > 0 ? "" : t(alerts.loaded ? "sheet.noAlert" : "alerts.loading"));
  parts["alerts-more"].hidden = told.length <= PRINTED_ALERTS;
  parts["alerts-notice"].hidden = !alerts.failure;
  setText(parts["alerts-notice"], alerts.failure ? t("alerts.failed", { reason: alerts.failure }) : "");
  if (sheet) drawCurves();
}

/** Axes and legends carry words and colours: they are made again for another language or theme. */
function remake() {
  curves?.destroy();
  curves = null;
  draw();
  drawAlerts();
}

setInterval(() => {
  status.tick();
  alertList.showAges(clock.now(Date.now()));
}, 1000);

parts.print.addEventListener("click", () => print());
addEventListener("beforeprint", () => curves?.fitPaper());
onLanguageChange(remake);
onThemeChange(remake);
