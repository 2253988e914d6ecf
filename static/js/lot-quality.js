import { setText } from "./dom.js";
import { showGrades } from "./grade-shares.js";
import { format, t } from "./i18n.js";

/** What quality control knows of a lot: its place in the queue, its grades, its livers by mass. */
export function showQuality({ parts, figures }, { qualite, masses }) {
  const numbers = format();
  setText(figures.controle, qualite.statut ? t(`queue.${qualite.statut}`) : t("sheet.notQueued"));
  setText(figures.prise_par, qualite.prise_par ?? "–");
  setText(figures.foies, numbers.count(qualite.echantillons));
  setText(figures.masse, numbers.grams(qualite.masse_moyenne_g, 1));
  showGrades(parts.grades, qualite.echantillons > 0 ? qualite.grades : null);
  showMasses(parts, masses);
}

/** "14,6 · classe C (68,7 g foie / kg maïs)". */
export function itmWords({ qualite, itm_classe: grade }) {
  const { itm } = qualite;
  if (typeof itm !== "number" || itm <= 0) return format().number(null);
  return t("sheet.itmValue", { itm: format().number(itm, 1), grade: grade ?? "–", yield: format().number(1000 / itm, 1) });
}

function showMasses(parts, masses) {
  const list = parts.masses;
  parts["no-mass"].hidden = masses.length > 0;
  list.hidden = masses.length === 0;
  while (list.childElementCount > masses.length) list.lastElementChild.remove();
  const most = Math.max(...masses.map(({ n }) => n));
  masses.forEach((mass, i) => {
    const item = list.children[i] ?? list.appendChild(massItem());
    const [range, track, count] = item.children;
    setText(range, massRange(mass));
    setText(count, format().count(mass.n));
    track.firstElementChild.style.setProperty("--share", (mass.n / most).toFixed(3));
  });
}

function massItem() {
  const item = document.createElement("li");
  const track = document.createElement("span");
  track.className = "mass-track";
  track.append(document.createElement("span"));
  item.append(document.createElement("span"), track, document.createElement("span"));
  return item;
}

function massRange({ de_g: from, a_g: to }) {
  const key = from === null ? "below" : to === null ? "above" : "between";
  return t(`sheet.mass.${key}`, { from: format().number(from), to: format().number(to) });
}
