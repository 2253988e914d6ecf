import { getJson } from "./api.js";
import { ServerClock, serverTime } from "./ages.js";
import { AdviceCard } from "./advice-card.js";
import { afterWords, nextWords } from "./after-advice.js";
import { AdviceStore, COLUMNS, adviceTexts } from "./advice-store.js";
import { DecisionDialog } from "./decision-dialog.js";
import { cloneTemplate, namedParts, setText } from "./dom.js";
import { addTexts, format, language, onLanguageChange, t } from "./i18n.js";
import { lotAddress } from "./lot-address.js";
import { startHeader } from "./page-header.js";
import { openPageSocket, realtimeStream } from "./page-socket.js";
import { ratingWords } from "./rating-figures.js";
import { relationWords } from "./relations.js";
import * as adviceWords from "./texts/advice.js";
import * as loopWords from "./texts/boucle.js";

const MOST = 500;
const RETRY_AFTER_MS = 5_000;
/** From a rating until the figures of all are asked for again. */
const RATINGS_AFTER_MS = 5_000;

addTexts(adviceWords);
addTexts(loopWords);
const { parts } = namedParts(document.getElementById("main"));
const clock = new ServerClock();
const status = startHeader(clock);
const store = new AdviceStore();
const cards = new Map();
const dialog = new DecisionDialog(document.querySelector("[data-part=decision]"), (advice) => {
  store.apply({ type: "recommandation", data: advice });
  scheduleDraw();
});
const columns = COLUMNS.map(makeColumn);
let [after, ratings, relations] = [null, null, null];
let loaded = false;
let failure = null;
let drawing = false;
let retry = null;
let ratingsDue = null;

const stream = openPageSocket(realtimeStream(), { onState: (state) => status.show(state), onFrame: receive, onReady: ready });

/** The site stands in the address: it can be sent and kept. */
const site = () => new URLSearchParams(location.search).get("site") ?? "";

function makeColumn(column) {
  const view = cloneTemplate("column-template");
  view.root.dataset.column = column[0];
  view.parts.title.id = `column-${column[0]}`;
  view.root.setAttribute("aria-labelledby", view.parts.title.id);
  parts.columns.append(view.root);
  return { column, ...view };
}

function ready({ recovered }) {
  if (!recovered || !loaded) load();
}

function receive(frame) {
  clock.observe(serverTime(frame), Date.now());
  status.receive(frame);
  if (frame.type === "fresh") load();
  if (frame.type === "consumer_feedback") ratingsDue ??= setTimeout(loadRatings, RATINGS_AFTER_MS);
  const told = store.apply(frame);
  if (!told) return;
  if (told.etat === "proposee" && isShown(told)) setText(parts.spoken, t("loop.new", { title: adviceTexts(told, language()).title }));
  scheduleDraw();
}

async function load() {
  clearTimeout(retry);
  store.startLoading();
  try {
    store.applyList(await getJson(`/api/recommandations?limit=${MOST}`));
    after = await getJson("/api/recommandations/suites");
    await loadFigures();
    [loaded, failure] = [true, null];
  } catch (error) {
    failure = error.message;
    retry = setTimeout(() => stream.connected && load(), RETRY_AFTER_MS);
  }
  scheduleDraw();
}

async function loadFigures() {
  [ratings, relations] = await Promise.all([getJson("/api/consumer/stats?par=site"), getJson("/api/consumer/correlations")]);
}

/** After a rating. What cannot be loaded now comes with the next one, or when the stream is there again. */
async function loadRatings() {
  await loadFigures().catch(() => null);
  ratingsDue = null;
  scheduleDraw();
}

const isShown = (advice) => site() === "" || advice.site_code === site();

function scheduleDraw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(draw);
}

function draw() {
  drawing = false;
  document.title = t("loop.title");
  parts.site.value = site();
  parts.notice.hidden = failure === null;
  setText(parts.notice, failure ? t("loop.failed", { reason: failure }) : "");
  const shown = store.all().filter(isShown);
  setText(parts.state, loaded ? (shown.length === 0 ? t("loop.none") : "") : failure ? "" : t("loop.loading"));
  parts.columns.hidden = shown.length === 0;
  drawFigures("ratings", ratings, ratingWords);
  drawFigures("relations", relations, relationWords);
  drawAfter();
  forgetOthers(shown);
  for (const one of columns) drawColumn(one);
  drawAges();
}

function drawFigures(name, figures, words) {
  parts[name].hidden = figures === null;
  if (!figures) return;
  parts[`${name}-simulated`].hidden = figures.simule !== true;
  const items = words(figures).map((textContent) => Object.assign(document.createElement("li"), { textContent }));
  parts[`${name}-words`].replaceChildren(...items);
}

function drawAfter() {
  parts.after.hidden = after === null;
  if (!after) return;
  parts["after-simulated"].hidden = after.simule !== true;
  setText(parts["after-words"], afterWords(after).join(" "));
  const items = after.suivants.map((one) => {
    const link = Object.assign(document.createElement("a"), { textContent: one.code_lot, href: lotAddress(one.code_lot) });
    const item = document.createElement("li");
    item.append(link, ` ${nextWords(one)}`);
    return item;
  });
  parts["after-next"].replaceChildren(...items);
}

function drawColumn({ column, parts: own }) {
  const held = store.inColumn(column).filter(isShown);
  setText(own.title, t(`loop.column.${column[0]}`));
  setText(own.count, format().count(held.length));
  own.empty.hidden = held.length > 0;
  held.forEach((advice, place) => {
    const { root } = card(advice);
    if (own.cards.children[place] !== root) own.cards.insertBefore(root, own.cards.children[place] ?? null);
  });
}

function card(advice) {
  if (!cards.has(advice.id)) {
    const made = new AdviceCard(advice.id);
    made.parts.send.addEventListener("click", () => dialog.send(made.advice));
    made.parts.reject.addEventListener("click", () => dialog.reject(made.advice));
    cards.set(advice.id, made);
  }
  const known = cards.get(advice.id);
  known.show(advice);
  known.parts.acts.hidden = advice.etat !== "proposee";
  return known;
}

function forgetOthers(shown) {
  const ids = new Set(shown.map(({ id }) => id));
  for (const [id, { root }] of cards) {
    if (ids.has(id)) continue;
    root.remove();
    cards.delete(id);
  }
}

function drawAges() {
  const now = clock.now(Date.now());
  for (const one of cards.values()) one.showAge(now);
}

parts.site.addEventListener("change", () => {
  const chosen = parts.site.value;
  history.pushState(null, "", chosen ? `?site=${chosen}` : location.pathname);
  scheduleDraw();
});
addEventListener("popstate", scheduleDraw);
onLanguageChange(draw);
setInterval(() => {
  status.tick();
  drawAges();
}, 1000);
draw();
