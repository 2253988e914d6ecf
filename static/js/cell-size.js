/** Sizes of a cell with the gap beside it, in CSS pixels, largest first; `wall.css` has the same under the same names. */
const SIZES = [
  { name: "xl", width: 164, height: 84 },
  { name: "l", width: 136, height: 60 },
  { name: "m", width: 104, height: 48 },
  { name: "s", width: 84, height: 40 },
  { name: "xs", width: 82, height: 34 },
];

/** Height of the heading of a site's cells, with the space around it. */
const HEADING = 30;

/**
 * The largest cells of which all sites' fit into an area, or the smallest there are.
 *
 * @param {number[]} counts cells of each site that is shown
 */
export function cellSize(counts, { width, height }) {
  const fits = (size) => {
    const columns = Math.max(1, Math.floor(width / size.width));
    const rows = counts.reduce((sum, count) => sum + Math.max(1, Math.ceil(count / columns)), 0);
    return rows * size.height + counts.length * HEADING <= height;
  };
  return (SIZES.find(fits) ?? SIZES.at(-1)).name;
}
