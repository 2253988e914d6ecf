/**
 * The page as a screen on a wall: nobody touches it. It shows the time, keeps the screen awake, and turns the pages of
 * what does not fit.
 */
export class WallMode {
  #scrollers;
  #lock = null;

  /**
   * @param {[HTMLElement, string][]} scrollers elements that may be too small for their content, with the selector of its items
   * @param {number} seconds how long a page is shown
   */
  constructor(scrollers, seconds) {
    this.#scrollers = scrollers;
    this.#keepAwake();
    document.addEventListener("visibilitychange", () => this.#keepAwake());
    setInterval(() => this.turn(), seconds * 1000);
  }

  /** Goes on to the first item that was not wholly in sight, or back to the beginning. */
  turn() {
    for (const [scroller, items] of this.#scrollers) turnPage(scroller, scroller.querySelectorAll(items));
  }

  /** The browser gives the lock back when the page is out of sight, and may refuse it, for instance on battery. */
  async #keepAwake() {
    if (document.visibilityState !== "visible" || !navigator.wakeLock || (this.#lock && !this.#lock.released)) return;
    this.#lock = await navigator.wakeLock.request("screen").catch(() => null);
  }
}

function turnPage(scroller, items) {
  const frame = scroller.getBoundingClientRect();
  if (scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1) {
    scroller.scrollTop = 0;
    return;
  }
  const next = Array.from(items).find((item) => item.getBoundingClientRect().bottom > frame.bottom + 1);
  if (next) scroller.scrollTop += next.getBoundingClientRect().top - frame.top;
}
