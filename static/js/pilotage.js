import { addressWith, noteInAddress } from "./address.js";
import { getJson } from "./api.js";
import { ServerClock, serverTime } from "./ages.js";
import { namedParts, setText } from "./dom.js";
import { addTexts, format, language, onLanguageChange, t } from "./i18n.js";
import { startHeader } from "./page-header.js";
import { openPageSocket, realtimeStream } from "./page-socket.js";
import { earlier, kindOf, periodOf, periodWords } from "./periods.js";
import { showMortality, showWeeks } from "./pilotage-charts.js";
import { showAlertTimes, showEnds, showGaveurs, showHeat, showSiteGrades } from "./pilotage-tables.js";
import { showTiles } from "./pilotage-tiles.js";
import { en, fr } from "./texts/pilotage.js";

/** Figures of a period change slowly, and each page that asks for them costs the database some work. */
const REFRESH_EVERY_MS = 30_000;
const RETRY_AFTER_MS = 5_000;
/** Lines on paper; the style sheet hides the others there. */
const PRINTED_GAVEURS = 15;
const SITES = ["LL", "LS", "MT"];

addTexts({ en, fr });
const { parts } = namedParts(document.getElementById("main"));
const form = parts.filters;
const clock = new ServerClock();
const status = startHeader(clock);
const stream = openPageSocket(realtimeStream(), { onState: (state) => status.show(state), onFrame: receive, onReady: load });
let figures = null;
let failure = null;
let drawnAt = null;
let waiting = null;
let asked = 0;

/** What the server does not need to know. */
const UNFOLDED = "valeurs";

/** All state stands in the address: it can be sent, kept, and gone back to. */
const query = () => new URLSearchParams(location.search);

function receive(frame) {
  clock.observe(serverTime(frame), Date.now());
  status.receive(frame);
  if (["gavage_realtime", "alert", "sensor_update", "fresh"].includes(frame.type)) refreshLater(REFRESH_EVERY_MS);
}

function refreshLater(wait) {
  waiting ??= setTimeout(() => stream.connected && load(), wait);
}

async function load() {
  clearTimeout(waiting);
  waiting = null;
  const mine = (asked += 1);
  try {
    const wanted = query();
    wanted.delete(UNFOLDED);
    const answer = await getJson(`/api/pilotage?${wanted}`);
    // Another period was asked for meanwhile.
    if (mine !== asked) return;
    [figures, failure, drawnAt] = [answer, null, Date.now()];
  } catch (error) {
    if (mine !== asked) return;
    failure = error;
    if (error.status !== 400) refreshLater(RETRY_AFTER_MS);
  }
  draw();
}

function go(changes) {
  history.pushState(null, "", addressWith(changes));
  load();
}

function draw() {
  document.title = t("pilot.title");
  parts.state.hidden = figures !== null || failure !== null;
  parts.notice.hidden = failure === null;
  setText(parts.notice, failure ? problem(failure) : "");
  if (!figures) return;
  parts.panels.hidden = false;
  drawHead();
  drawNotes();
  const { figures: now, figures_comparees: before, comparaison, itm_semaines: weeks, gaveurs, mortalite, ecarts, fins } = figures;
  showTiles(parts.tiles, now, before, comparaison && words(comparaison.code));
  showWeeks(parts.weeks, parts["weeks-table"], weeks);
  showGaveurs(parts.gaveurs, parts["gaveurs-axis"], gaveurs);
  parts["gaveurs-more"].hidden = gaveurs.gaveurs.length <= PRINTED_GAVEURS;
  showMortality(parts.mortality, mortalite);
  drawAbove(mortalite);
  showSiteGrades(parts.grades, now.grades);
  showHeat(parts.heat, ecarts);
  showAlertTimes(parts.alerts, now.alertes);
  showEnds(parts.ends, fins, figures.site ? [figures.site] : SITES);
  for (const badge of document.querySelectorAll(".badge[data-simulated]")) badge.hidden = figures[badge.dataset.simulated].simule !== true;
  setText(parts["as-of"], t("pilot.asOf", { time: format().dateTime(new Date(clock.now(drawnAt)).toISOString()) }));
}

const problem = (error) => (error.status === 400 ? t("pilot.badAddress") : t("pilot.failed", { reason: error }));

const words = (code) => periodWords(code, language(), t);
const day = (text) => periodWords(text, language(), t);

function drawHead() {
  const { periode, comparaison, site, precedente, suivante } = figures;
  const { kind, site: siteChoice, compare } = form.elements;
  kind.value = kindOf(periode.code);
  siteChoice.value = site ?? "";
  compare.value = query().get("compare") ?? "precedente";
  parts.before.href = addressWith({ periode: precedente });
  parts.after.href = addressWith({ periode: suivante });
  parts["weeks-values"].open = query().has(UNFOLDED);
  setText(parts.period, t(comparaison ? "pilot.shownAgainst" : "pilot.shown", {
    period: words(periode.code), from: day(periode.du), to: day(periode.au), sites: site ?? t("pilot.site.all"), other: comparaison && words(comparaison.code),
  }));
  for (const link of document.querySelectorAll("[data-export]")) link.href = exportAddress(link.dataset.export);
}

function exportAddress(table) {
  const { periode, site, gaveurs } = figures;
  // The calendar begins today, whatever the period.
  const days = table === "fins" ? {} : { depuis: table === "gaveurs" ? gaveurs.du : periode.du, jusqua: periode.au };
  return `/api/exports/${table}.csv?${new URLSearchParams(site ? { ...days, site } : days)}`;
}

function drawNotes() {
  const { itm_semaines: weeks, gaveurs, mortalite, ecarts } = figures;
  const count = (value) => format().count(value);
  const lots = weeks.sites.flatMap(({ itm }) => itm).reduce((sum, { n }) => sum + n, 0);
  setText(parts["weeks-note"], t("pilot.weeks.note", { n: count(lots) }));
  setText(parts["gaveurs-note"], t("pilot.gaveurs.note", { from: day(gaveurs.du), least: gaveurs.minimum, n: count(gaveurs.gaveurs.length) }));
  const key = mortalite.bande.length > 0 ? "pilot.mortality.note" : "pilot.mortality.few";
  const band = { n: count(mortalite.lots_bande), days: mortalite.jours_bande, least: mortalite.minimum };
  setText(parts["mortality-note"], t(key, { ...band, lots: count(mortalite.lots.length) }));
  setText(parts["heat-note"], t("pilot.heat.note", { n: count(ecarts.lots.length), more: ecarts.tronque ? t("pilot.heat.more") : "" }));
  drawLegend();
}

/** The scale, step by step, with its numbers. */
function drawLegend() {
  const steps = t("pilot.heat.legend").split(" | ");
  parts["heat-legend"].replaceChildren(...steps.map((text, i) => {
    const part = Object.assign(document.createElement("span"), { textContent: text });
    part.dataset.step = i - 4;
    return part;
  }));
}

function drawAbove({ bande, lots }) {
  const above = lots.filter(({ au_dessus }) => au_dessus);
  const links = above.flatMap(({ code_lot: code }, i) => {
    const link = Object.assign(document.createElement("a"), { textContent: code, href: `/lot/${encodeURIComponent(code)}` });
    return i === 0 ? [link] : [", ", link];
  });
  if (links.length > 0) parts.above.replaceChildren(t("pilot.mortality.above"), ...links);
  else parts.above.replaceChildren(bande.length > 0 ? t("pilot.mortality.fine") : "");
}

/** Another kind of period is the one that holds the last day of this one that has begun. */
function chooseKind() {
  const today = new Date(clock.now(Date.now())).toISOString().slice(0, 10);
  const last = figures ? earlier(figures.periode.au, today > figures.periode.du ? today : figures.periode.du) : today;
  go({ periode: periodOf(form.elements.kind.value, last) });
}

function step(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  history.pushState(null, "", event.currentTarget.href);
  load();
}

form.addEventListener("submit", (event) => event.preventDefault());
form.elements.kind.addEventListener("change", chooseKind);
form.elements.site.addEventListener("change", () => go({ site: form.elements.site.value }));
form.elements.compare.addEventListener("change", () => go({ compare: form.elements.compare.value === "precedente" ? "" : form.elements.compare.value }));
parts["weeks-values"].addEventListener("toggle", () => noteInAddress({ [UNFOLDED]: parts["weeks-values"].open ? "itm" : "" }));
parts.before.addEventListener("click", step);
parts.after.addEventListener("click", step);
parts.print.addEventListener("click", () => print());
addEventListener("popstate", load);
addEventListener("resize", draw);
onLanguageChange(draw);
setInterval(() => status.tick(), 1000);
document.title = t("pilot.title");
