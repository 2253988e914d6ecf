import { setText } from "./dom.js";
import { format, t } from "./i18n.js";

const GRADES = ["A+", "A", "B", "C", "REJECT"];

/**
 * The figures above all panels: value, what it is of, and the same figure of the period that it is compared with.
 *
 * @param {object} now figures of the period; @param {object|null} before those of the other; @param {string|null} other its name
 */
export function showTiles(list, now, before, other) {
  const tiles = tilesOf(now);
  const earlier = before ? tilesOf(before) : [];
  while (list.childElementCount > tiles.length) list.lastElementChild.remove();
  tiles.forEach((tile, i) => {
    const item = list.children[i] ?? list.appendChild(emptyTile());
    const [name, value, of, delta] = item.children;
    item.dataset.tile = tile.name;
    setText(name, t(`pilot.tile.${tile.name}`));
    setText(value, tile.show(tile.value));
    setText(of, t(`pilot.tile.${tile.name}.of`, tile.of));
    setText(delta, before ? deltaWords(tile, earlier[i], other) : "");
    delta.hidden = !before;
    delta.dataset.tone = before ? tone(tile, earlier[i]) : "none";
  });
}

function emptyTile() {
  const item = document.createElement("div");
  const part = (name, className = "") => Object.assign(document.createElement(name), { className });
  item.append(part("dt"), part("dd"), part("dd", "tile-of"), part("dd", "tile-delta"));
  return item;
}

/** Each with its value, the words for it, and +1, −1 or 0: whether more is better. */
function tilesOf({ production, itm, mortalite, conformite, grades, alertes }) {
  const numbers = format();
  const percent = (value) => numbers.percent(value, 1);
  const count = (value) => numbers.count(value);
  const livers = gradeTotals(grades);
  const critical = alertes.filter(({ severite }) => severite === "critical");
  const raised = critical.reduce((sum, { levees }) => sum + levees, 0);
  const median = critical.length === 1 ? critical[0].acquittement_median : null;
  return [
    {
      name: "estimated", value: production.foie_estime_kg, better: 1, show: (value) => numbers.number(value, 0), delta: relative,
      of: { n: count(production.lots_estimes), all: count(production.lots) },
    },
    {
      name: "measured", value: production.foie_mesure_kg, better: 0, show: (value) => numbers.number(value, 1), delta: relative,
      of: { n: count(production.foies_mesures) },
    },
    {
      name: "itm", value: itm.valeur, better: -1, show: (value) => numbers.number(value, 1), delta: (d) => numbers.number(d, 1, true),
      of: { n: count(itm.n), interval: interval(itm.ic95, 1) },
    },
    {
      name: "mortality", value: mortalite.valeur, better: -1, show: (value) => numbers.percent(value, 2), delta: points(2),
      of: { n: count(mortalite.n), interval: interval(mortalite.ic95, 2) },
    },
    {
      name: "conformity", value: conformite.part_5, better: 1, show: percent, delta: points(1),
      of: { n: count(conformite.avec_plan), under: percent(conformite.part_dessous), over: percent(conformite.part_dessus) },
    },
    { name: "grades", value: livers.share, better: 1, show: percent, delta: points(1), of: { n: count(livers.n) } },
    {
      name: "critical", value: raised, better: -1, show: count, delta: (d) => numbers.number(d, 0, true),
      of: {
        n: count(critical.reduce((sum, { acquittees }) => sum + acquittees, 0)),
        median: median === null ? numbers.number(null) : t("pilot.minutes", { value: numbers.number(median, 0) }),
      },
    },
  ];
}

/** All sites together; a share of fewer than ten livers is not told. */
export function gradeTotals(grades) {
  const sum = (names) => grades.reduce((all, site) => all + names.reduce((own, name) => own + site.grades[name], 0), 0);
  const n = sum(GRADES);
  return { n, share: n >= 10 ? (sum(["A+", "A"]) / n) * 100 : null };
}

const points = (digits) => (difference) => t("pilot.points", { value: format().number(difference, digits, true) });

const relative = (difference, before) => format().signedPercent(before ? (difference / before) * 100 : null, 0);

function interval(bounds, digits) {
  if (!bounds) return "";
  const [low, high] = bounds.map((value) => format().number(value, digits));
  return t("pilot.interval", { low, high });
}

function deltaWords(tile, earlier, other) {
  if (earlier.value === null) return t("pilot.delta.none", { other });
  const value = tile.show(earlier.value);
  const delta = tile.value === null ? format().number(null) : tile.delta(tile.value - earlier.value, earlier.value);
  return t("pilot.delta", { delta, value, other });
}

/** Whether the change is for the better; an estimate of other lots is neither. */
function tone(tile, earlier) {
  if (tile.value === null || earlier.value === null || tile.better === 0) return "none";
  const change = Math.sign(tile.value - earlier.value) * tile.better;
  return change > 0 ? "better" : change < 0 ? "worse" : "none";
}
