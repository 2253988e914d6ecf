import { setData, setText } from "./dom.js";
import { t } from "./i18n.js";

/** Frames that carry a meal. */
const MEALS = new Set(["gavage_realtime", "gavage"]);

/**
 * What holds for all data of a page, said once: that it is simulated, in place of a badge on every lot; and, while there
 * is none, how some is sent.
 */
export class DataNotes {
  #ribbon = document.querySelector("[data-part=simulated-note]");
  #help = document.querySelector("[data-part=feed-help]");
  #fed = true;
  /** A snapshot of many lots comes in several frames of one `seq`. */
  #snapshot = { seq: null, simulated: true };

  constructor() {
    const command = `gaveurs simulate gavage --url ${location.origin.replace(/^http/, "ws")}/ws/gavage`;
    const copy = this.#help.querySelector("[data-part=feed-copy]");
    setText(this.#help.querySelector("[data-part=feed-command]"), command);
    // Only pages that came over TLS or from this machine may write to the clipboard.
    copy.hidden = !navigator.clipboard;
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(command).catch(() => null);
      setText(copy, t("help.copied"));
    });
  }

  /** Looks at a frame of the stream before it is drawn, so that nothing moves afterwards. */
  receive(frame) {
    if (frame.type === "snapshot") {
      this.#fed = frame.lots.length > 0;
      const before = frame.seq !== this.#snapshot.seq || this.#snapshot.simulated;
      this.#snapshot = { seq: frame.seq, simulated: before && frame.lots.every((lot) => lot.simule === true) };
      this.#showSimulated(this.#fed && this.#snapshot.simulated);
    } else if (MEALS.has(frame.type)) {
      this.#fed = true;
      if (frame.data?.simule !== true) this.#showSimulated(false);
    }
    this.#help.hidden = this.#fed;
  }

  #showSimulated(all) {
    setData(document.documentElement, "simulated", all ? "all" : null);
    this.#ribbon.hidden = !all;
  }
}
