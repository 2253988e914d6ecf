import { format, t } from "./i18n.js";
import { dayOfRank, mealRank } from "./meals.js";
import { drawing, scale, svg } from "./svg.js";

const WIDTH = 320;
const HEIGHT = 96;
const ROOM = { left: 30, right: 6, top: 6, bottom: 16 };
/** Doses of a lot from the first meal to the last, g, where less is known. */
const LEAST_SPAN = 100;

/** The doses of a lot in small: planned dotted, given solid, and a ring at the meal that is being written. */
export class EntryChart {
  #place;

  constructor(place) {
    this.#place = place;
  }

  /** @param {{jour, moment, dose}[]} plan; @param {{jour, moment, dose}[]} given, both in their order; @param {{jour, moment}} meal */
  draw(plan, given, meal) {
    const doses = [...plan, ...given].map(({ dose }) => dose);
    const ranks = [...plan, ...given, meal].map(mealRank);
    const [low, high] = [Math.min(...doses), Math.max(...doses, Math.min(...doses) + LEAST_SPAN)];
    const [first, last] = [Math.min(...ranks), Math.max(...ranks)];
    const x = scale(first, last, ROOM.left, WIDTH - ROOM.right);
    const y = scale(low, high, HEIGHT - ROOM.bottom, ROOM.top);
    const line = (meals) => meals.map((one, i) => `${i === 0 ? "M" : "L"}${x(mealRank(one)).toFixed(1)},${y(one.dose).toFixed(1)}`).join("");
    const label = (words, at, height, anchor) => svg("text", { x: at, y: height, "text-anchor": anchor }, words);
    const day = (rank) => t("lot.day", { day: format().number(dayOfRank(rank)) });
    const ring = plan.find((one) => mealRank(one) === mealRank(meal));
    this.#place.replaceChildren(
      drawing(
        WIDTH, HEIGHT,
        svg("path", { class: "chart-rule", d: `M${ROOM.left},${y(low)}H${WIDTH - ROOM.right}M${ROOM.left},${y(high)}H${WIDTH - ROOM.right}` }),
        label(String(Math.round(high)), ROOM.left - 4, y(high) + 4, "end"),
        label(String(Math.round(low)), ROOM.left - 4, y(low) + 4, "end"),
        label(day(first), ROOM.left, HEIGHT - 2, "start"),
        label(day(last), WIDTH - ROOM.right, HEIGHT - 2, "end"),
        svg("path", { class: "chart-plan", d: line(plan) }),
        ...runs(given).map((run) => svg("path", { class: "chart-given", d: line(run) })),
        ...(ring ? [svg("circle", { class: "chart-next", cx: x(mealRank(ring)), cy: y(ring.dose), r: 4.5 })] : []),
      ),
    );
  }
}

/** Meals without one missing between them. */
function runs(meals) {
  const found = [];
  for (const meal of meals) {
    const before = found.at(-1)?.at(-1);
    if (before && mealRank(meal) === mealRank(before) + 1) found.at(-1).push(meal);
    else found.push([meal]);
  }
  return found;
}
