const page = document.documentElement;
/** Width of a chart on an A4 page with its margins, CSS pixels. */
export const PAPER_WIDTH = 690;

/**
 * Paper is light whatever the theme, and charts, which are painted, must be painted for it.
 *
 * @param {() => void} before and @param {() => void} after paint the charts for paper, and for the screen again
 */
export function onPrint(before, after) {
  let theme = null;
  addEventListener("beforeprint", () => {
    theme = page.dataset.theme;
    page.dataset.theme = "light";
    before();
  });
  addEventListener("afterprint", () => {
    page.dataset.theme = theme;
    after();
  });
}
