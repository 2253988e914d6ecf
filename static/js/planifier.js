import { getJson, postJson } from "./api.js";
import { ServerClock, serverTime } from "./ages.js";
import { cloneTemplate, namedParts, setText } from "./dom.js";
import { addTexts, format, onLanguageChange, t, tOr } from "./i18n.js";
import { startHeader } from "./page-header.js";
import { openPageSocket, realtimeStream } from "./page-socket.js";
import { formOf, lastDay, planOf, queryOf } from "./plan-form.js";
import { recall, remember } from "./preferences.js";
import { en, fr } from "./texts/planifier.js";

const PERSON = "gaveurs.person";
const WAITING = ["planifie", "en_preparation"];
const RETRY_AFTER_MS = 5_000;

addTexts({ en, fr });
const { parts } = namedParts(document.getElementById("main"));
const form = parts.form;
const clock = new ServerClock();
const status = startHeader(clock);
let gaveurs = [];
let lots = null;
let failure = null;
let asked = 0;
let retry = null;

begin();
openPageSocket(realtimeStream(), { onState: (state) => status.show(state), onFrame: receive, onReady: load });

/** What was filled in stands in the address: it can be sent, kept, and gone back to. */
async function begin() {
  fill();
  const me = await getJson("/auth/me").catch(() => null);
  parts.person.hidden = Boolean(me?.nom);
  form.elements.par.required = !me?.nom;
  form.elements.par.value = recall(PERSON) ?? "";
}

function fill() {
  for (const [name, value] of Object.entries(formOf(location.search))) if (form.elements[name]) form.elements[name].value = value;
  if (!form.elements.date_debut_gavage.value) form.elements.date_debut_gavage.value = new Date().toLocaleDateString("sv");
  showEnd();
  loadGaveurs();
}

function receive(frame) {
  clock.observe(serverTime(frame), Date.now());
  status.receive(frame);
  if (frame.type === "lot") load();
}

/** Who can feed a further lot depends on the days. */
async function loadGaveurs() {
  const mine = (asked += 1);
  const { site_code, date_debut_gavage, duree_gavage_prevue } = planOf(form);
  if (!date_debut_gavage || !form.elements.duree_gavage_prevue.validity.valid) return;
  const query = new URLSearchParams({ site: site_code, start_date: date_debut_gavage, duree_jours: duree_gavage_prevue });
  const found = await getJson(`/api/euralis/planning/gaveurs-capacite?${query}`).catch(() => null);
  if (mine !== asked || found === null) return;
  gaveurs = found;
  drawGaveurs();
}

function drawGaveurs() {
  const select = form.elements.gaveur_id;
  const wanted = select.value || formOf(location.search).gaveur_id;
  const options = gaveurs.map(({ gaveur_id, nom, active_lots_count: n, can_plan_new_lot: free }) => {
    const words = t(free ? "plan.gaveurFree" : "plan.gaveurFull", { name: nom, n: format().count(n) });
    return Object.assign(document.createElement("option"), { value: gaveur_id, textContent: words, disabled: !free });
  });
  select.replaceChildren(...options);
  const free = gaveurs.filter(({ can_plan_new_lot }) => can_plan_new_lot).map(({ gaveur_id }) => String(gaveur_id));
  select.value = free.includes(wanted) ? wanted : (free[0] ?? "");
}

function showEnd() {
  const { date_debut_gavage, duree_gavage_prevue } = planOf(form);
  const end = lastDay(date_debut_gavage, duree_gavage_prevue);
  setText(parts.end, end ? t("plan.end", { date: format().day(end) }) : "");
}

form.addEventListener("input", ({ target }) => {
  history.replaceState(null, "", queryOf(form));
  setText(parts.done, "");
  if (!["site_code", "date_debut_gavage", "duree_gavage_prevue"].includes(target.name)) return;
  showEnd();
  loadGaveurs();
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (parts.send.getAttribute("aria-disabled") === "true") return;
  parts.send.setAttribute("aria-disabled", true);
  setText(parts.failure, "");
  const plan = planOf(form);
  if (plan.par) remember(PERSON, plan.par);
  try {
    const { code_lot } = await postJson("/api/lots", plan);
    const link = Object.assign(document.createElement("a"), { href: `/lot/${code_lot}`, textContent: code_lot });
    parts.done.replaceChildren(t("plan.done"), " ", link);
    form.elements.code_lot.value = "";
    history.replaceState(null, "", queryOf(form));
    load();
    loadGaveurs();
  } catch (error) {
    setText(parts.failure, t("plan.refused", { reason: error.message }));
  }
  parts.send.setAttribute("aria-disabled", false);
});

async function load() {
  clearTimeout(retry);
  try {
    const found = await Promise.all(WAITING.map((statut) => getJson(`/api/euralis/lots?statut=${statut}&limit=500`)));
    lots = found.flat().sort((a, b) => a.debut_lot.localeCompare(b.debut_lot) || a.code_lot.localeCompare(b.code_lot));
    failure = null;
  } catch (error) {
    failure = error;
    retry = setTimeout(load, RETRY_AFTER_MS);
  }
  draw();
}

function draw() {
  document.title = t("plan.title");
  parts.notice.hidden = failure === null;
  setText(parts.notice, failure ? t("plan.failed", { reason: failure.message }) : "");
  if (lots === null) return;
  parts.none.hidden = lots.length > 0;
  parts.table.hidden = lots.length === 0;
  parts.rows.replaceChildren(...lots.map(row));
}

function row(lot) {
  const { root, parts: badges, figures } = cloneTemplate("planned-template");
  const numbers = format();
  Object.assign(figures.code, { href: `/lot/${lot.code_lot}`, textContent: lot.code_lot });
  badges.simulated.hidden = lot.simule !== true;
  setText(badges.simulated, t("lot.simulated"));
  setText(figures.statut, tOr(`status.${lot.statut}`, lot.statut));
  setText(figures.site, lot.site_code);
  setText(figures.gaveur, lot.gaveur_nom);
  setText(figures.debut, numbers.day(lot.debut_lot));
  setText(figures.fin, lot.fin_prevue ? numbers.day(lot.fin_prevue) : "–");
  setText(figures.canards, numbers.count(lot.nb_canards_initial));
  setText(figures.genetique, lot.genetique);
  return root;
}

setInterval(() => status.tick(), 1000);
addEventListener("popstate", fill);
onLanguageChange(() => {
  drawGaveurs();
  showEnd();
  draw();
});
