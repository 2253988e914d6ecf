import { ServerClock, ageSeconds, instantMs } from "./ages.js";
import { serverStatus } from "./api.js";
import { cloneTemplate, namedParts, setData, setText, showLoaded } from "./dom.js";
import { addTexts, format, onLanguageChange, t, tOr } from "./i18n.js";
import { startHeader } from "./page-header.js";
import { PartRows } from "./part-rows.js";
import { sentenceOf, sizeText } from "./server-words.js";
import { en, fr } from "./texts/etat.js";

const ASKED_EVERY_MS = 3_000;
const PATIENCE_MS = 10_000;

addTexts({ fr, en });
const { parts, figures } = namedParts(document.getElementById("main"));
const clock = new ServerClock();
const connection = startHeader(clock);
const partRows = new PartRows(parts.parts);
const producerRows = [];
const endedRows = [];
let report = null;
let heardAt = null;
/** Why the last question was not answered. */
let problem = null;

/** Asks for ever: this page has no stream, because the state must be told also when nothing is published. */
async function ask() {
  try {
    report = await serverStatus(AbortSignal.timeout(PATIENCE_MS));
    clock.observe(instantMs(report.timestamp), Date.now());
    heardAt = Date.now();
    showConnection("connected");
    connection.receive(staleness(report));
    problem = null;
    draw();
    showLoaded();
  } catch (error) {
    // The last figures stay; the next round asks again.
    showConnection(navigator.onLine ? "reconnecting" : "offline");
    problem = error;
    showNotice();
  }
  setTimeout(ask, ASKED_EVERY_MS);
}

function showConnection(state) {
  connection.show({ state, retryAt: null, heardAt, connection: 0 });
}

/** The banner of every page says the same of the database. */
function staleness({ base_injoignable_depuis: since }) {
  return since ? { type: "stale", since } : { type: "fresh" };
}

function showNotice() {
  parts.notice.hidden = problem === null;
  if (problem) setText(parts.notice, problem.status ? problem.message : t("etat.away"));
}

function draw() {
  document.title = t("etat.title");
  showNotice();
  if (!report) return;
  setText(parts.sentence, sentenceOf(report));
  setData(parts.sentence, "situation", report.situation);
  delete parts.sentence.dataset.i18n;
  setText(parts["as-of"], t("etat.asOf", { time: format().clock(report.timestamp) }));
  partRows.show(report);
  drawServer(report);
  drawProducers(report);
  drawEnded(report.deconnexions);
  drawAges();
}

function drawServer({ serveur, base }) {
  setText(figures.version, serveur.version);
  setText(figures.started, format().dateTime(serveur.demarre_le));
  const words = { kind: base?.genre, version: base?.version, below: base?.postgresql };
  setText(figures.database, base ? t(base.postgresql ? "server.below" : "server.plain", words) : "–");
}

function drawProducers({ producteurs, producteurs_oublies: forgotten }) {
  fit(producerRows, producteurs.length, "producer-template", parts.producers);
  producteurs.forEach(({ genre, nom, site_code, messages }, i) => {
    const row = producerRows[i].parts;
    setText(row.name, nom);
    setText(row.kind, tOr(`producers.${genre}`, genre));
    setText(row.site, site_code ?? "–");
    setText(row.messages, format().count(messages));
  });
  parts["producers-table"].hidden = producteurs.length === 0;
  parts["producers-empty"].hidden = producteurs.length > 0;
  setText(parts.forgotten, forgotten > 0 ? t("producers.forgotten", { n: format().count(forgotten) }) : "");
}

function drawEnded(ended) {
  fit(endedRows, ended.length, "ended-template", parts.ended);
  ended.forEach(({ raison, derniere_heure, total }, i) => {
    const row = endedRows[i].parts;
    setText(row.reason, tOr(`disconnected.${raison}`, raison));
    setText(row.code, raison);
    setText(row.hour, format().count(derniere_heure));
    setText(row.total, format().count(total));
  });
  parts["ended-table"].hidden = ended.length === 0;
  parts["ended-empty"].hidden = ended.length > 0;
}

/** Rows are kept and filled anew. */
function fit(rows, count, template, body) {
  while (rows.length > count) rows.pop().root.remove();
  while (rows.length < count) {
    rows.push(cloneTemplate(template));
    body.append(rows.at(-1).root);
  }
}

function drawAges() {
  if (!report) return;
  const now = clock.now(Date.now());
  const age = (instant) => format().age(ageSeconds(instantMs(instant), now));
  report.producteurs.forEach(({ dernier_message }, i) => setText(producerRows[i].parts.age, age(dernier_message)));
  const size = report.base && t("server.sizeAt", { size: sizeText(report.base.taille_octets), age: age(report.base.mesuree_le) });
  setText(figures.size, size ?? "–");
}

setInterval(() => {
  connection.tick();
  drawAges();
}, 1000);
onLanguageChange(draw);
draw();
ask();
