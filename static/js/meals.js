/**
 * Rank of a meal within its lot: two a day, morning first, day −1 (preparation) before day 0.
 * It orders meals and is the x of every chart.
 */
export function mealRank(meal) {
  return meal.jour * 2 + (meal.moment === "soir" ? 1 : 0);
}

/** Day of the lot for a rank, the inverse of `mealRank`. */
export const dayOfRank = (rank) => Math.floor(rank / 2);

/**
 * Puts a meal at its place in an ordered array. The same (jour, moment) again is a correction and takes the place of
 * the earlier one, so that applying a meal twice changes nothing.
 */
export function upsertMeal(meals, meal) {
  const rank = mealRank(meal);
  let at = meals.length;
  while (at > 0 && mealRank(meals[at - 1]) > rank) at -= 1;
  if (at > 0 && mealRank(meals[at - 1]) === rank) meals[at - 1] = { ...meals[at - 1], ...meal };
  else meals.splice(at, 0, meal);
}

/** A lot's history with the meals that arrived while it was being loaded laid over it. */
export function mergeMeals(history, arrived) {
  const meals = [];
  for (const meal of history) upsertMeal(meals, meal);
  for (const meal of arrived) upsertMeal(meals, meal);
  return meals;
}

/** Columns for a chart: ranks, then one column per field. A meal that is missing between two others leaves a gap. */
export function mealColumns(meals, fields) {
  const columns = [[], ...fields.map(() => [])];
  if (meals.length === 0) return columns;
  const byRank = new Map(meals.map((meal) => [mealRank(meal), meal]));
  for (let rank = mealRank(meals[0]); rank <= mealRank(meals.at(-1)); rank += 1) {
    columns[0].push(rank);
    fields.forEach((field, i) => columns[i + 1].push(byRank.get(rank)?.[field] ?? null));
  }
  return columns;
}

/** The latest meals of several lots, newest first: by the time each was given, then by its rank. */
export function latestMeals(lists, count) {
  return lists
    .flat()
    .sort((a, b) => (b.givenMs ?? 0) - (a.givenMs ?? 0) || mealRank(b) - mealRank(a) || a.code_lot.localeCompare(b.code_lot))
    .slice(0, count);
}
