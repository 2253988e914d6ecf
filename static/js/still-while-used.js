/** After so long without a movement or a key the list is not in use, even if the pointer was left in it. */
const IN_USE_MS = 60_000;

/**
 * Whether somebody is about to act in an element: a pointer or the keyboard's focus is in it. What is under a finger
 * must not move then.
 */
export class StillWhileUsed {
  #pointer = false;
  #focus = false;
  #timer = null;
  #onRelease;

  /** @param {HTMLElement} element; @param {() => void} onRelease called when it is no longer in use */
  constructor(element, onRelease) {
    this.#onRelease = onRelease;
    const watch = (events, act) => events.forEach((name) => element.addEventListener(name, act));
    watch(["pointerenter", "pointermove", "pointerdown"], () => this.#use(() => (this.#pointer = true)));
    watch(["focusin", "keydown"], () => this.#use(() => (this.#focus = true)));
    watch(["pointerleave", "pointercancel"], () => this.#leave(() => (this.#pointer = false)));
    element.addEventListener("focusout", (event) => {
      if (!element.contains(event.relatedTarget)) this.#leave(() => (this.#focus = false));
    });
  }

  get held() {
    return this.#pointer || this.#focus;
  }

  /** Somebody asked for what waits. */
  release() {
    clearTimeout(this.#timer);
    this.#pointer = false;
    this.#focus = false;
    this.#onRelease();
  }

  #use(note) {
    note();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.release(), IN_USE_MS);
  }

  #leave(note) {
    const held = this.held;
    note();
    if (held && !this.held) this.release();
  }
}
