import { isOpen } from "./alert-store.js";
import { mealRank } from "./meals.js";
import { ecartPercent } from "./severity.js";

/** What a meal says about an alert of a type; the others are not of single meals. */
const VALUES = {
  ecart_dose: (meal) => ecartPercent(meal.dose_theorique, meal.dose_reelle),
  mortalite: (meal) => meal.taux_mortalite,
  temperature: (meal) => meal.temperature_stabule,
  humidite: (meal) => meal.humidite_stabule,
};
const MOST_POINTS = 14;

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** Whether an alert has a course: it is open, and each meal measures it. */
export const hasTrend = (alert) => isOpen(alert) && alert.type in VALUES && typeof alert.jour === "number";

/**
 * The course of what an alert is about: its value at the meal that raised it, the latest one, and the last values in
 * their order. Null while nothing came after that meal, and for what meals do not measure.
 */
export function trendOf(alert, meals) {
  if (!hasTrend(alert) || !meals) return null;
  const measured = meals.map((meal) => ({ rank: mealRank(meal), value: VALUES[alert.type](meal) })).filter(({ value }) => isNumber(value));
  const raised = measured.find(({ rank }) => rank === mealRank(alert));
  const last = measured.at(-1);
  if (!raised || last.rank <= raised.rank) return null;
  return { then: raised.value, now: last.value, points: measured.slice(-MOST_POINTS) };
}

/** Points of a polyline in a box, the highest value on top; a course that never changes is a line in the middle. */
export function polyline(points, width, height) {
  const values = points.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [first, last] = [points[0].rank, points.at(-1).rank];
  const x = (rank) => (last === first ? width / 2 : ((rank - first) / (last - first)) * width);
  const y = (value) => (high === low ? height / 2 : height - ((value - low) / (high - low)) * height);
  return points.map(({ rank, value }) => `${x(rank).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
}
