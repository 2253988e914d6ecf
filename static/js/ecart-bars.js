const BAR = { width: 8, step: 10 };
const MIDDLE = 10;
/** At this écart, in %, a bar is as high as it gets. */
const FULL = 10;
const LEAST = 1;

/**
 * The path of small bars, one for each of a lot's latest meals: up for more than planned, down for less, a dash on the
 * plan, and nothing where no écart is known. The drawing is 80 wide and 20 high.
 */
export function barsPath(ecarts) {
  return ecarts.map((ecart, place) => (ecart === null ? "" : bar(ecart, place))).join("");
}

function bar(ecart, place) {
  const share = Math.max(-1, Math.min(1, ecart / FULL));
  const rise = (MIDDLE - LEAST) * share;
  const [top, bottom] = [MIDDLE - LEAST - Math.max(0, rise), MIDDLE + LEAST - Math.min(0, rise)];
  return `M${place * BAR.step + 1} ${round(top)}h${BAR.width}V${round(bottom)}h-${BAR.width}z`;
}

const round = (value) => Math.round(value * 10) / 10;
