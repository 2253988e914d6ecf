/** What can be planned, as the server decides it: g per duck and meal, the step between two meals, g per duck in all. */
export const DOSE_G = [1, 600];
export const TOTAL_G = [5_000, 10_500];
const STEP_G = 50;
const STEP = 0.15;

/** What of these doses cannot be planned: by place `"dose"` or `"step"`, and whether the sum is out of its bounds. */
export function curveFaults(points) {
  const faults = points.map((dose, i) => {
    if (!(dose >= DOSE_G[0] && dose <= DOSE_G[1])) return "dose";
    const step = i === 0 ? 0 : Math.abs(dose - points[i - 1]);
    return step > STEP_G && step > STEP * points[i - 1] ? "step" : null;
  });
  const total = points.reduce((sum, dose) => sum + (Number.isFinite(dose) ? dose : 0), 0);
  const isTotalOff = total < TOTAL_G[0] || total > TOTAL_G[1];
  return { faults, total, isTotalOff, isFine: !isTotalOff && faults.every((fault) => fault === null) };
}
