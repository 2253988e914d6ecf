/**
 * Exponential back-off with full jitter: a uniform draw below a ceiling that doubles at each attempt, so that a
 * thousand screens cut at the same instant do not come back at the same instant.
 * The floor keeps an unlucky draw from hammering a server that refuses at once.
 *
 * @param {number} attempt 0 for the first retry
 * @param {number} random uniform in [0, 1)
 * @returns {number} milliseconds
 */
export function backoffDelay(attempt, random, { floor = 150, base = 500, cap = 10_000 } = {}) {
  const ceiling = Math.min(cap, base * 2 ** Math.min(attempt, 30));
  return Math.round(floor + random * (ceiling - floor));
}
