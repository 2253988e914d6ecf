import { cloneTemplate, setData, setText } from "./dom.js";
import { gradeWord, scoreText } from "./grade-shares.js";
import { format, t } from "./i18n.js";
import { showLot } from "./lot-address.js";
import { DefectList } from "./sample-details.js";
import { keyOf } from "./sample-strip.js";
import { storedDefect } from "./sensor-sample.js";
import { letter, verifyReasons } from "./verdict-view.js";

/** The strip of the last samples as buttons, and the one that is chosen in detail. */
export class StripView {
  #parts;
  #figures;
  #defects;
  #onChoose;
  /** key of a sample → its tile */
  #tiles = new Map();

  /** @param {{onChoose: (id: string) => void, onSeen: () => void}} handlers */
  constructor(parts, figures, { onChoose, onSeen }) {
    [this.#parts, this.#figures, this.#onChoose] = [parts, figures, onChoose];
    this.#defects = new DefectList(parts["foie-defects"]);
    parts.seen.addEventListener("click", onSeen);
    parts["chosen-close"].addEventListener("click", () => this.#close());
  }

  /** @param {string|null} chosen id of a sample; @param {boolean} loaded whether an empty strip means that there is no sample */
  show(strip, chosen, loaded) {
    const shown = strip.shown();
    this.#drop(new Set(shown.map(keyOf)));
    shown.forEach((summary, i) => this.#place(this.#fill(summary, strip, chosen), i));
    this.#parts["strip-empty"].hidden = shown.length > 0 || !loaded;
    this.#showUnseen(strip.unseen().length);
    this.#showChosen(chosen, strip);
  }

  #drop(kept) {
    for (const [key, tile] of this.#tiles) {
      if (kept.has(key)) continue;
      tile.root.remove();
      this.#tiles.delete(key);
    }
  }

  /** Tiles are moved only when they stand elsewhere, so that the keyboard keeps its place. */
  #place(tile, i) {
    const list = this.#parts.strip;
    if (list.children[i] !== tile.root) list.insertBefore(tile.root, list.children[i] ?? null);
  }

  #fill(summary, strip, chosen) {
    const key = keyOf(summary);
    const tile = this.#tiles.get(key) ?? this.#add(key, summary.sample_id);
    const button = tile.root.firstElementChild;
    const isUnseen = strip.isUnseen(summary);
    setData(button, "grade", summary.final_grade ?? null);
    setData(button, "foie", summary.sample_id);
    button.setAttribute("aria-pressed", summary.sample_id === chosen);
    setText(tile.parts.grade, letter(summary.final_grade));
    setText(tile.parts.time, format().clock(summary.time));
    tile.parts.unseen.hidden = !isUnseen;
    setText(tile.parts.unseen, t("strip.unseen"));
    return tile;
  }

  #add(key, id) {
    const tile = cloneTemplate("tile-template");
    tile.root.firstElementChild.addEventListener("click", () => this.#onChoose(id));
    this.#tiles.set(key, tile);
    return tile;
  }

  #showUnseen(n) {
    const word = n === 0 ? "none" : n === 1 ? "one" : "many";
    setText(this.#parts.unseen, t(`strip.unseen.${word}`, { n: format().count(n) }));
    setData(this.#parts.unseen, "unseen", n > 0 ? n : null);
    if (n === 0 && document.activeElement === this.#parts.seen) this.#parts.strip.querySelector("button")?.focus();
    this.#parts.seen.hidden = n === 0;
  }

  #showChosen(chosen, strip) {
    const parts = this.#parts;
    const summary = chosen === null ? null : strip.find(chosen);
    parts["chosen-body"].hidden = summary === null;
    parts["chosen-hint"].hidden = summary !== null;
    setText(parts["chosen-hint"], chosen === null ? t("foie.hint") : t("foie.gone", { id: chosen }));
    if (summary) this.#showSummary(summary);
  }

  #showSummary(summary) {
    const show = (name, text) => setText(this.#figures[`foie-${name}`], text);
    show("id", summary.sample_id);
    show("time", format().dateTime(summary.time));
    show("grade", gradeWord(summary.final_grade));
    show("score", scoreText(summary.final_score));
    show("mass", format().grams(summary.masse_foie_g));
    show("freshness", scoreText(summary.freshness_index));
    show("oxidation", scoreText(summary.oxidation_index));
    show("verify", verifyReasons(summary) || "–");
    show("claim", summary.station_grade ? gradeWord(summary.station_grade) : "–");
    showLot(this.#parts["foie-lot"], summary.code_lot ?? null);
    this.#defects.show((summary.defauts ?? []).map(storedDefect));
  }

  #close() {
    const pressed = this.#parts.strip.querySelector("[aria-pressed=true]");
    if (!pressed) return;
    pressed.focus();
    this.#onChoose(pressed.dataset.foie);
  }
}
