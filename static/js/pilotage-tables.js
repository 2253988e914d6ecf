import { cloneTemplate, setText } from "./dom.js";
import { showGrades } from "./grade-shares.js";
import { format, language, t, tOr } from "./i18n.js";
import { gaveurBar, itmScale } from "./pilotage-charts.js";
import { shortDay } from "./periods.js";
import { ecartStep } from "./severity.js";

const node = (name, text = "", properties = {}) => Object.assign(document.createElement(name), { textContent: text, ...properties });
const number = (text) => node("td", text, { className: "number" });

/** One row that says that there is none. */
const empty = (key, columns) => {
  const row = node("tr");
  row.append(node("td", t(key), { colSpan: columns, className: "quiet" }));
  return row;
};

export function showGaveurs(body, axis, { gaveurs, minimum }) {
  const numbers = format();
  const bounds = itmScale(gaveurs);
  setText(axis, t("pilot.gaveurs.axis", { low: bounds[0], high: bounds[1] }));
  const rows = gaveurs.map((one) => {
    const { root, parts, figures } = cloneTemplate("gaveur-template");
    root.dataset.gaveur = one.gaveur_id;
    root.classList.toggle("unranked", one.rang === null);
    setText(figures.rang, one.rang === null ? t("pilot.rank.few", { n: one.lots_itm, least: minimum }) : String(one.rang));
    setText(parts.link, one.gaveur_nom);
    parts.link.href = `/gaveur/${one.gaveur_id}`;
    setText(figures.site, one.site_code);
    setText(figures.lots, numbers.count(one.lots));
    setText(figures.canards, numbers.count(one.canards));
    setText(figures.mortalite, numbers.percent(one.taux_mortalite, 2));
    setText(figures.itm, numbers.number(one.itm, 1));
    setText(figures.ajuste, numbers.number(one.itm_ajuste, 1));
    parts.bar.append(gaveurBar(one, bounds));
    return root;
  });
  body.replaceChildren(...(rows.length > 0 ? rows : [empty("pilot.gaveurs.none", 9)]));
}

export function showSiteGrades(list, grades) {
  const numbers = format();
  const items = grades.map(({ site_code: site, n, grades: counts, part_a: share, ic95 }) => {
    const item = node("li");
    const bar = node("div", "", { className: "grades" });
    const bounds = ic95?.map((value) => numbers.number(value, 0));
    const words = share === null ? numbers.number(null) : t("pilot.grades.share", { share: numbers.percent(share, 0), low: bounds[0], high: bounds[1] });
    showGrades(bar, n > 0 ? counts : null);
    item.append(node("p", t("pilot.grades.site", { site, n: numbers.count(n), share: words })), bar);
    return item;
  });
  list.replaceChildren(...items);
}

export function showAlertTimes(body, alerts) {
  const numbers = format();
  const minutes = (value) => (value === null ? numbers.number(null) : t("pilot.minutes", { value: numbers.number(value, value < 10 ? 1 : 0) }));
  const rows = alerts.map((one) => {
    const row = node("tr");
    row.append(
      node("th", tOr(`pilot.type.${one.type}`, one.type), { scope: "row" }), node("td", t(`severity.${one.severite}`)),
      number(numbers.count(one.levees)), number(numbers.count(one.acquittees)), number(minutes(one.acquittement_median)),
      number(minutes(one.acquittement_p90)), number(minutes(one.duree_mediane)));
    return row;
  });
  body.replaceChildren(...(rows.length > 0 ? rows : [empty("pilot.alerts.none", 7)]));
}

/** A line a day, a column a site, and all of them. */
export function showEnds(table, { jours }, sites) {
  const numbers = format();
  const days = [...new Set(jours.map(({ jour }) => jour))];
  const of = (lots) => (lots.length === 0 ? "" : t("pilot.ends.cell", { lots: numbers.count(sum(lots, "lots")), ducks: numbers.count(sum(lots, "canards")) }));
  const weekday = new Intl.DateTimeFormat(language() === "en" ? "en-GB" : "fr-FR", { weekday: "short", timeZone: "UTC" });
  const head = node("tr");
  const columns = [...sites, t("pilot.ends.total")].map((name) => node("th", name, { scope: "col", className: "number" }));
  head.append(node("th", t("pilot.ends.day"), { scope: "col" }), ...columns);
  const rows = days.map((day) => {
    const own = jours.filter(({ jour }) => jour === day);
    const row = node("tr");
    row.append(node("th", `${weekday.format(new Date(`${day}T00:00:00Z`))} ${shortDay(day)}`, { scope: "row" }));
    row.append(...sites.map((site) => number(of(own.filter(({ site_code }) => site_code === site)))), number(of(own)));
    return row;
  });
  fill(table, head, rows.length > 0 ? rows : [empty("pilot.ends.none", sites.length + 2)]);
}

const sum = (items, field) => items.reduce((all, one) => all + one[field], 0);

/** The map of deviations: every cell says in words what its colour says. */
export function showHeat(table, { lots }) {
  const first = Math.min(...lots.map(({ premier }) => premier));
  const last = Math.max(...lots.map(({ premier, repas }) => premier + repas.length - 1));
  if (lots.length === 0) return fill(table, node("tr"), [empty("pilot.heat.none", 1)]);
  const ranks = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const head = node("tr");
  head.append(node("th", t("pilot.heat.lot"), { scope: "col" }), ...ranks.map(heatHead));
  fill(table, head, lots.map((lot) => heatRow(lot, ranks)));
}

/** A short text for the eye, and all of it for the ear. */
const seenAndHeard = (seen, heard) => [node("span", seen, { ariaHidden: "true" }), node("span", heard, { className: "visually-hidden" })];

/** Evenings stand unnamed beside the day that their morning names, but for those who listen. */
function heatHead(rank) {
  const cell = node("th", "", { scope: "col", title: mealWords(rank) });
  cell.append(...seenAndHeard(rank % 2 === 0 ? t("lot.day", { day: format().number(rank / 2) }) : "", mealWords(rank)));
  return cell;
}

function heatRow({ code_lot: code, gaveur_nom: name, premier, repas }, ranks) {
  const row = node("tr");
  const link = node("a", code, { href: `/lot/${encodeURIComponent(code)}`, title: name });
  const header = node("th", "", { scope: "row" });
  header.append(link);
  row.append(header, ...ranks.map((rank) => heatCell(repas[rank - premier], code, rank)));
  return row;
}

function heatCell(meal, code, rank) {
  const cell = node("td");
  if (!meal) return cell;
  const words = { non_donne: t("pilot.heat.missing"), sans_plan: t("pilot.heat.unplanned") }[meal.etat] ?? format().signedPercent(meal.ecart);
  cell.title = `${code} ${mealWords(rank)} : ${words}`;
  cell.dataset.meal = meal.etat;
  cell.append(...seenAndHeard(meal.etat === "donne" ? format().number(meal.ecart, 0, true) : "", words));
  if (meal.etat === "donne") cell.dataset.step = ecartStep(meal.ecart);
  return cell;
}

const mealWords = (rank) => `${t("lot.day", { day: format().number(Math.floor(rank / 2)) })} ${t(rank % 2 === 0 ? "lot.matin" : "lot.soir")}`;

function fill(table, head, rows) {
  const [thead, tbody] = [node("thead"), node("tbody")];
  thead.append(head);
  tbody.append(...rows);
  table.replaceChildren(thead, tbody);
}
