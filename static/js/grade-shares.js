import { setData, setText } from "./dom.js";
import { format, t, tOr } from "./i18n.js";

export const GRADES = ["A+", "A", "B", "C", "REJECT"];

/** "Grade A+", "REJET": the word of a grade, and for a missing one that it is missing. */
export function gradeWord(grade) {
  return grade ? tOr(`grade.${grade}`, t("grade.label", { grade })) : t("grade.missing");
}

/** "0,83 / 1". */
export function scoreText(value) {
  const text = format().number(value, 2);
  return text === format().number(null) ? text : t("score.of", { value: text });
}

/** The share of each grade that occurs, of counts by grade; [] when nothing was counted. */
export function gradeShares(counts) {
  const total = GRADES.reduce((sum, grade) => sum + (counts?.[grade] ?? 0), 0);
  if (total === 0) return [];
  return GRADES.filter((grade) => counts[grade] > 0).map((grade) => ({ grade, count: counts[grade], percent: (counts[grade] / total) * 100 }));
}

/** Draws shares as one bar whose parts carry grade and share in words. @param {object|null} counts by grade, null: unknown */
export function showGrades(element, counts) {
  const shares = gradeShares(counts);
  element.classList.toggle("grades-empty", shares.length === 0);
  if (shares.length === 0) return setText(element, counts ? t("grade.none") : format().number(null));
  if (element.childElementCount === 0) setText(element, "");
  while (element.childElementCount > shares.length) element.lastElementChild.remove();
  shares.forEach((share, i) => showShare(element.children[i] ?? element.appendChild(document.createElement("span")), share));
}

function showShare(part, { grade, count, percent }) {
  const word = grade === "REJECT" ? t("grade.REJECT") : grade;
  setData(part, "grade", grade);
  part.style.flexGrow = percent;
  setText(part, `${word} ${format().percent(percent, 0)}`);
  const words = `${gradeWord(grade)} : ${format().count(count)} (${format().percent(percent)})`;
  if (part.title !== words) part.title = words;
}
