import { setData, setText } from "./dom.js";
import { gradeWord, scoreText } from "./grade-shares.js";
import { format, t, tOr } from "./i18n.js";
import { showLot } from "./lot-address.js";
import { uses } from "./station-card.js";

/** The verdict on the latest foie, in letters that are read across the hall. */
export class VerdictView {
  #parts;
  #figures;

  constructor(parts, figures) {
    [this.#parts, this.#figures] = [parts, figures];
  }

  /** @param {object|null} summary of the latest sample */
  show(summary) {
    const parts = this.#parts;
    const known = summary ?? {};
    setData(parts.verdict, "grade", known.final_grade ?? null);
    setData(parts.verdict, "sample", known.sample_id ?? null);
    setText(parts.letter, letter(known.final_grade));
    setText(parts["grade-word"], summary ? gradeWord(known.final_grade) : t("station.noSample"));
    setText(parts.use, uses(known).join(" · "));
    const reasons = verifyReasons(known);
    parts.verify.hidden = reasons === "";
    setText(parts["verify-text"], reasons);
    parts.claim.hidden = known.desaccord !== true;
    setText(parts["claim-text"], t("station.claim", { grade: gradeWord(known.station_grade), score: scoreText(known.station_score) }));
    setText(this.#figures.final_score, scoreText(known.final_score));
    setText(this.#figures.masse_foie_g, format().grams(known.masse_foie_g));
    showLot(parts.lot, known.code_lot ?? null);
  }
}

/** "A+", "REJET". */
export function letter(grade) {
  if (!grade) return "–";
  return tOr(`grade.${grade}`, grade);
}

/** Why a person must look at a foie; empty if nothing says so. */
export function verifyReasons(summary) {
  return (summary.motifs_a_verifier ?? []).map((reason) => tOr(`station.verify.${reason}`, reason)).join(" · ");
}
