import { Acknowledger } from "./acknowledger.js";
import { ServerClock, serverTime } from "./ages.js";
import { AlarmSound } from "./alarm-sound.js";
import { AlertFeed, MOST_ALERTS } from "./alert-feed.js";
import { addressOfFilter, filterOfAddress, needsHistory, passes, serverQuery } from "./alert-filter.js";
import { AlertList } from "./alert-list.js";
import { AlertTrends } from "./alert-trends.js";
import { alertTexts, isAcknowledged, isOpen } from "./alert-store.js";
import { namedParts, oncePerFrame, setText } from "./dom.js";
import { format, language, onLanguageChange, t } from "./i18n.js";
import { HeaderCount } from "./open-count.js";
import { startHeader } from "./page-header.js";
import { openPageSocket, realtimeStream } from "./page-socket.js";
import { recall, remember } from "./preferences.js";

const ROWS = 100;
const TYPING_MS = 400;
const BADGE = "gaveurs.badge";

const scheduleDraw = oncePerFrame(draw);
const header = new HeaderCount();
const { parts } = namedParts(document.getElementById("main"));
const form = document.querySelector(".filters");
const clock = new ServerClock();
const status = startHeader(clock);
const sound = new AlarmSound(() => drawSwitches());
const acknowledger = new Acknowledger(document.querySelector("[data-part=person-dialog]"), () => drawSwitches());
const feed = new AlertFeed("/api/alertes", { isConnected: () => socket.connected, onChange: () => scheduleDraw(), keeps: isShown });
const trends = new AlertTrends(() => socket.connected, () => list.showTrends());
const list = new AlertList(parts.list, acknowledger, (alert) => feed.acknowledged(alert), trends);
let filter = filterOfAddress(location.search);
let badge = recall(BADGE) === "on";
let historyLoaded = false;
let typing = null;
/** The user asked for other alerts: they are shown although he uses the list. */
let filterChanged = false;

const socket = openPageSocket(realtimeStream(), { onState: (state) => status.show(state), onFrame: receive, onReady: ready });

function ready({ recovered }) {
  if (!recovered) trends.reload();
  if (recovered && feed.loaded) return;
  feed.load();
  loadHistory();
}

function receive(frame) {
  clock.observe(serverTime(frame), Date.now());
  status.receive(frame);
  if (frame.type === "fresh") loadHistory();
  if (frame.type === "gavage_realtime" && frame.data) trends.addReading(frame.data);
  const told = feed.receive(frame);
  if (told) announce(told);
}

/** What begins or gets worse is heard and spoken, when nobody has seen to it yet. */
function announce({ event, alert }) {
  if ((event !== "raised" && event !== "worse") || isAcknowledged(alert)) return;
  sound.play(alert.severite);
  setText(parts.spoken, t("alerts.new", { severity: t(`severity.${alert.severite}`), title: alertTexts(alert, language()).title }));
}

/** How many rows are shown at most. */
const rows = () => (filter.more ? MOST_ALERTS : ROWS);

async function loadHistory() {
  historyLoaded = !needsHistory(filter);
  if (historyLoaded || !socket.connected) return;
  const asked = filter;
  const complete = await feed.loadHistory(serverQuery(filter, rows()));
  if (asked === filter) historyLoaded = complete;
  scheduleDraw();
}

function isShown(alert) {
  return passes(alert, filter) || (feed.lingers(alert) && passes({ ...alert, ouverte: true }, filter));
}

function draw() {
  const found = feed.store.all().filter(isShown);
  forgetOldest(found);
  const shown = found.slice(0, rows());
  list.show(shown, { byUrgency: !needsHistory(filter), now: filterChanged });
  filterChanged = false;
  list.showAges(clock.now(Date.now()));
  header.show(feed);
  drawCount(shown.length, found.length);
  drawState(shown.length);
  drawTitle();
}

/** Alerts that have ended stay in sight as long as the server would list them. */
function forgetOldest(found) {
  const beyond = new Set(found.slice(MOST_ALERTS).map((alert) => alert.id));
  if (beyond.size > 0) feed.store.retain((alert) => isOpen(alert) || !beyond.has(alert.id));
}

function drawCount(shown, found) {
  const n = format().count(shown);
  const more = found > shown || (needsHistory(filter) && shown >= rows());
  const words = more ? t("alerts.count.first", { n }) : t(shown === 1 ? "alerts.count.one" : "alerts.count.many", { n });
  setText(parts.count, shown > 0 ? words : "");
  parts.more.hidden = !more || filter.more;
}

function drawState(shown) {
  const loaded = feed.loaded && historyLoaded;
  const none = addressOfFilter({ ...filter, more: false }) === "" ? "alerts.noneOpen" : "alerts.none";
  setText(parts.state, shown > 0 ? "" : t(loaded ? none : "alerts.loading"));
  parts.notice.hidden = !feed.failure;
  setText(parts.notice, feed.failure ? t("alerts.failed", { reason: feed.failure }) : "");
}

function drawTitle() {
  const { toTreat } = feed.counts();
  const count = badge && feed.loaded && toTreat > 0 ? `(${format().count(toTreat)}) ` : "";
  document.title = count + t("alerts.title");
}

function drawSwitches() {
  parts.sound.setAttribute("aria-pressed", sound.wanted);
  parts.badge.setAttribute("aria-pressed", badge);
  setText(parts.sound, t(sound.blocked ? "alerts.sound.blocked" : sound.wanted ? "alerts.sound.on" : "alerts.sound.off"));
  setText(parts.badge, t(badge ? "alerts.badge.on" : "alerts.badge.off"));
  setText(parts["person-words"], t(acknowledger.name ? "alerts.person" : "alerts.person.none"));
  setText(parts.person, acknowledger.name);
  setText(parts["person-change"], t(acknowledger.name ? "alerts.person.change" : "alerts.person.give"));
}

function fillForm() {
  const { site, severity, lot, state } = form.elements;
  [site.value, severity.value, lot.value, state.value] = [filter.site, filter.severity, filter.lot, filter.state];
}

function readForm() {
  const { site, severity, lot, state } = form.elements;
  filter = { site: site.value, severity: severity.value, lot: lot.value, state: state.value, more: false };
  history.replaceState(null, "", location.pathname + addressOfFilter(filter));
  clearTimeout(typing);
  typing = setTimeout(loadHistory, TYPING_MS);
  historyLoaded = !needsHistory(filter);
  filterChanged = true;
  scheduleDraw();
}

function showMore() {
  filter = { ...filter, more: true };
  history.replaceState(null, "", location.pathname + addressOfFilter(filter));
  filterChanged = true;
  loadHistory();
  scheduleDraw();
}

function toggleBadge() {
  badge = !badge;
  remember(BADGE, badge ? "on" : "off");
  drawSwitches();
  drawTitle();
}

function redraw() {
  drawSwitches();
  draw();
}

setInterval(() => {
  status.tick();
  list.showAges(clock.now(Date.now()));
}, 1000);

form.addEventListener("input", readForm);
form.addEventListener("submit", (event) => event.preventDefault());
parts.sound.addEventListener("click", () => sound.toggle());
parts.badge.addEventListener("click", toggleBadge);
parts["person-change"].addEventListener("click", () => acknowledger.askName());
parts.more.addEventListener("click", showMore);
onLanguageChange(redraw);
fillForm();
redraw();
