import { EntryChart } from "./entry-chart.js";
import { likelyTime, mealAt, mealsBefore, plannedDose, totalKg } from "./entry-lots.js";
import { judge } from "./entry-warnings.js";
import { cloneTemplate, setData, setText } from "./dom.js";
import { format, t } from "./i18n.js";
import { showLot } from "./lot-address.js";
import { bodyOfDraft, draftOf, localTime, numberOf } from "./meal-draft.js";
import { deadWords, mealName } from "./meal-name.js";
import { mealRank } from "./meals.js";

const DOSE_STEP = 5;
/** The word of a field in the page, by the name of what is sent. */
const FIELDS = {
  dose_g: "dose", morts: "deaths", cause: "cause", raison_ecart: "reason", heure: "time", poids_g: "weight", nb: "weighed",
  temperature_c: "temperature", humidite_pct: "humidity", remarque: "remark",
};

/**
 * One meal of one lot, to be written down: the next one, one that is missing, or one that was told before. A first tap looks at what will
 * be written, a second one writes it.
 */
export class MealForm {
  #view = cloneTemplate("entry-template");
  #chart;
  #on;
  #subject = null;
  #touched = new Set();
  #isAsking = false;

  /** @param {{write: (body: object, subject: object) => void, leave: () => void, now: () => number, name: () => string|null}} on */
  constructor(on) {
    this.#on = on;
    this.root = this.#view.root;
    const { parts } = this.#view;
    this.#chart = new EntryChart(parts.chart);
    this.root.addEventListener("submit", (event) => this.#submit(event));
    this.root.addEventListener("input", ({ target }) => this.#touch(target.dataset.part));
    parts["dose-less"].addEventListener("click", () => this.#stepDose(-DOSE_STEP));
    parts["dose-more"].addEventListener("click", () => this.#stepDose(DOSE_STEP));
    parts["deaths-less"].addEventListener("click", () => this.#stepDeaths(-1));
    parts["deaths-more"].addEventListener("click", () => this.#stepDeaths(1));
    parts["other-time"].addEventListener("click", () => this.#showTime());
    parts.back.addEventListener("click", () => this.#ask(false));
    parts.leave.addEventListener("click", () => this.#on.leave());
  }

  /**
   * @param {object} lot of `entryLots`
   * @param {{jour, moment, kind: "next"|"missing"|"correction"|"refused", cle?: string, current?: object}} meal `current`: as it is stored
   *   now, where it has changed since it was looked at
   * @param {{limits: object, offset: number}} around `offset`: what must be added to the clock of this device, ms
   */
  show(lot, meal, around) {
    const key = [lot.lot.id, meal.jour, meal.moment, meal.kind, meal.cle].join();
    const isNew = this.#subject?.key !== key;
    // What is told of the meal meanwhile has not been looked at.
    const seen = isNew ? (mealAt(lot, meal)?.version ?? 0) : this.#subject.seen;
    this.#subject = { key, lot, meal, ...around, stored: storedMeal(lot, meal), seen };
    if (isNew) this.#begin();
    else if (!this.#touched.has("dose") && meal.kind !== "correction" && meal.kind !== "refused") this.#fillDose();
    this.#draw();
  }

  /** The next meal that somebody has begun to write stays, although another one may have become the next. */
  mealInUse(lot) {
    const isInUse = this.#subject?.lot.lot.id === lot.lot.id && this.#subject.meal.kind === "next" && (this.#touched.size > 0 || this.#isAsking);
    return isInUse ? this.#subject.meal : null;
  }

  /** The meal was written, or given up: what stands in the fields is for no other. */
  forget() {
    this.#subject = null;
    this.#touched = new Set();
    this.#isAsking = false;
  }

  #begin() {
    const { parts } = this.#view;
    this.#touched = new Set();
    this.#isAsking = false;
    for (const part of Object.values(FIELDS)) parts[part].value = "";
    parts.more.open = false;
    parts["time-field"].hidden = true;
    const { stored, meal, lot, offset } = this.#subject;
    if (stored) this.#fill(stored);
    else {
      this.#fillDose();
      parts.deaths.value = "0";
    }
    if (meal.kind === "missing") this.#showTime(likelyTime(lot, meal, this.#on.now() + offset) - offset);
  }

  #fillDose() {
    const { lot, meal } = this.#subject;
    const planned = plannedDose(lot, meal) ?? (meal.kind === "next" ? meal.dose_g : null);
    this.#view.parts.dose.value = planned === null ? "" : plain(planned);
  }

  #fill(stored) {
    const { parts } = this.#view;
    const values = {
      dose: stored.dose_reelle, deaths: stored.morts, weight: stored.poids_moyen, temperature: stored.temperature_stabule,
      humidity: stored.humidite_stabule,
    };
    for (const [part, value] of Object.entries(values)) parts[part].value = typeof value === "number" ? plain(value) : "";
    parts.cause.value = stored.cause_mortalite ?? "";
    parts.reason.value = stored.raison_ecart ?? "";
    parts.remark.value = stored.remarques ?? "";
  }

  #touch(part) {
    this.#touched.add(part);
    this.#isAsking = false;
    this.#draw();
  }

  /** From the dose of the meal before where nothing is planned. */
  #stepDose(step) {
    const { dose } = this.#view.parts;
    const now = numberOf(dose.value);
    const last = mealsBefore(this.#subject.lot, this.#subject.meal).at(-1)?.dose_reelle;
    if (now === null || Number.isNaN(now)) dose.value = last === undefined ? "" : plain(last);
    else dose.value = plain(Math.max(0, now + step));
    this.#touch("dose");
  }

  #stepDeaths(step) {
    const { deaths } = this.#view.parts;
    const now = numberOf(deaths.value);
    deaths.value = plain(Math.max(0, (Number.isNaN(now) ? 0 : (now ?? 0)) + step));
    this.#touch("deaths");
  }

  #showTime(at = this.#on.now()) {
    const { parts } = this.#view;
    parts.time.value = localTime(at);
    parts["time-field"].hidden = false;
    this.#draw();
  }

  get #draft() {
    const { parts } = this.#view;
    const draft = draftOf(Object.fromEntries(Object.entries(FIELDS).map(([name, part]) => [name, parts[part].value])));
    // A correction keeps the time of its meal, told by this device's clock.
    const { stored, offset } = this.#subject;
    const kept = Date.parse(stored?.time ?? "");
    if (draft.heure_ms === null && !Number.isNaN(kept)) draft.heure_ms = stored.etat ? kept : kept - offset;
    return draft;
  }

  get #judged() {
    const { lot, meal, limits, stored } = this.#subject;
    const planned = plannedDose(lot, meal) ?? stored?.dose_theorique ?? meal.dose_g ?? null;
    const before = mealsBefore(lot, meal);
    const alive = lot.ducks === null ? null : lot.ducks + (stored?.morts ?? 0);
    return judge(limits, this.#draft, { planned, before, ducks: alive, now: this.#on.now(), needsDeaths: !stored });
  }

  #submit(event) {
    event.preventDefault();
    const judged = this.#judged;
    if (judged.errors.length > 0) return this.#pointAt(judged.errors[0]);
    if (!this.#isAsking) return this.#ask(true);
    // What was refused is written whole: nothing of it is stored.
    const stored = this.#subject.meal.kind === "refused" ? null : this.#subject.stored;
    const around = { stored, now: this.#on.now(), par: this.#on.name(), mustConfirm: judged.mustConfirm };
    this.#on.write(bodyOfDraft(this.#draft, around), this.#subject);
  }

  #pointAt({ champ }) {
    const part = champ === "poids" ? "weight" : FIELDS[champ];
    const element = this.#view.parts[part];
    if (element.closest("details")) this.#view.parts.more.open = true;
    element.focus();
  }

  #ask(isAsking) {
    this.#isAsking = isAsking;
    this.#draw();
    if (isAsking) this.#view.parts.go.focus();
    else this.#view.parts.dose.focus();
  }

  #draw() {
    const { parts } = this.#view;
    const { lot, meal, stored } = this.#subject;
    const judged = this.#judged;
    const draft = this.#draft;
    const numbers = format();
    showLot(parts.lot, lot.lot.code_lot);
    setText(parts.ducks, t("entry.ducks", { n: numbers.count(lot.ducks) }));
    parts.simulated.hidden = lot.lot.simule !== true;
    setText(parts.day, dayWords(lot, meal));
    const planned = plannedDose(lot, meal) ?? stored?.dose_theorique ?? (meal.kind === "next" ? meal.dose_g : null);
    setText(parts.meal, t(planned === null ? "entry.unplanned" : "entry.planned", { meal: mealName(meal) }));
    setText(parts["dose-shown"], numbers.number(planned, Number.isInteger(planned) ? 0 : 1));
    setText(parts.total, this.#totalWords(planned));
    this.#drawBefore();
    parts["cause-field"].hidden = !(draft.morts > 0) && !draft.cause;
    const isOff = judged.warnings.some(({ key }) => ["entry.warn.below", "entry.warn.above"].includes(key));
    parts["reason-field"].hidden = !isOff && draft.dose_g !== 0 && !draft.raison_ecart;
    this.#drawWarnings(judged);
    const isAsPlanned = !stored && draft.dose_g !== null && draft.dose_g === planned && draft.morts === 0;
    setText(parts.go, this.#goWords(isAsPlanned, judged));
    setText(parts.summary, this.#isAsking ? summaryWords(lot, meal, draft) : "");
    parts.summary.hidden = !this.#isAsking;
    parts.fields.hidden = this.#isAsking;
    parts.more.hidden = this.#isAsking;
    parts.back.hidden = !this.#isAsking;
    const isNext = meal.kind === "next" && lot.next && mealRank(meal) === mealRank(lot.next);
    parts.leave.hidden = isNext || this.#isAsking;
    setData(this.root, "asking", this.#isAsking ? "true" : null);
    this.#drawChart();
  }

  #totalWords(planned) {
    const { lot, meal } = this.#subject;
    const numbers = format();
    const kg = totalKg(planned, lot.ducks);
    const last = mealsBefore(lot, meal).at(-1);
    const total = kg === null ? null : t("entry.total", { kg: numbers.number(kg, 0) });
    const before = last ? t("entry.lastMeal", { meal: mealName(last), dose: numbers.grams(last.dose_reelle, decimals(last.dose_reelle)) }) : null;
    return [total, before].filter(Boolean).join(" · ");
  }

  /** What a correction replaces, and what has been stored by somebody else meanwhile. */
  #drawBefore() {
    const { before } = this.#view.parts;
    const { meal, lot } = this.#subject;
    const earlier = meal.kind === "correction" ? mealAt(lot, meal) : null;
    before.hidden = !earlier && !meal.current;
    if (earlier) setText(before, t("entry.earlier", valueWords(earlier.dose_reelle, earlier)));
    if (meal.current) setText(before, t("entry.current", valueWords(meal.current.dose_g, meal.current)));
  }

  #drawWarnings({ errors, warnings }) {
    const list = this.#view.parts.warnings;
    const shown = this.#touched.size > 0 || this.#isAsking ? errors : [];
    const lines = [...shown, ...warnings];
    while (list.childElementCount > lines.length) list.lastElementChild.remove();
    lines.forEach((line, i) => {
      const item = list.children[i] ?? list.appendChild(document.createElement("li"));
      setText(item, t(line.key, shownValues(line.values)));
      setData(item, "level", line.niveau);
    });
  }

  #goWords(isAsPlanned, { mustConfirm }) {
    const dose = numberOf(this.#view.parts.dose.value);
    const words = { dose: format().grams(dose, decimals(dose)) };
    if (this.#isAsking) return t(mustConfirm ? "entry.confirmLarge" : "entry.confirm", words);
    if (this.#subject.stored) return t("entry.correct", words);
    if (isAsPlanned) return t("entry.asPlanned");
    return dose === null || Number.isNaN(dose) ? t("entry.writeNothing") : t("entry.write", words);
  }

  #drawChart() {
    const { lot, meal } = this.#subject;
    const { parts } = this.#view;
    const given = lot.meals.map(({ jour, moment, dose_reelle }) => ({ jour, moment, dose: dose_reelle }));
    const plan = lot.plan.length > 0 ? lot.plan.map(({ jour, moment, dose_g }) => ({ jour, moment, dose: dose_g })) : plannedOf(lot.meals);
    parts["chart-box"].hidden = given.length + plan.length < 2;
    this.#chart.draw(plan, given, meal);
    setText(parts["chart-words"], t("entry.chart", { n: given.length }));
  }
}

/** What the form begins with: the meal as it is known, or as it was refused. */
function storedMeal(lot, { kind, current, ...meal }) {
  if (kind === "correction" || kind === "refused") return mealAt(lot, meal);
  return null;
}

const plannedOf = (meals) =>
  meals.filter(({ dose_theorique: dose }) => typeof dose === "number").map(({ jour, moment, dose_theorique }) => ({ jour, moment, dose: dose_theorique }));

const plain = (number) => String(Math.round(number * 10) / 10).replace(".", format().lang === "fr" ? "," : ".");
const decimals = (number) => (Number.isInteger(number) ? 0 : 1);

function dayWords(lot, meal) {
  const last = lot.plan.at(-1);
  const day = format().number(meal.jour);
  return last ? t("entry.dayOf", { day, last: format().number(last.jour) }) : t("lot.day", { day });
}

function valueWords(dose, { version, auteur, morts }) {
  const numbers = format();
  const dead = typeof morts === "number" ? `, ${deadWords(morts)}` : "";
  return { dose: numbers.grams(dose, decimals(dose)), dead, version: numbers.number(version), author: auteur ?? t("entry.stream") };
}

function summaryWords(lot, meal, draft) {
  const numbers = format();
  const parts = [
    t("entry.summary", { meal: mealName(meal), lot: lot.lot.code_lot, dose: numbers.grams(draft.dose_g, decimals(draft.dose_g)) }),
    draft.morts === null ? null : deadWords(draft.morts),
    draft.poids_g === null ? null : numbers.grams(draft.poids_g),
    draft.temperature_c === null ? null : numbers.celsius(draft.temperature_c),
    draft.humidite_pct === null ? null : numbers.percent(draft.humidite_pct, 0),
    draft.raison_ecart,
    draft.remarque,
  ];
  return parts.filter(Boolean).join(" · ");
}

function shownValues(values) {
  const numbers = format();
  const shown = {
    percent: (value) => numbers.percent(Math.abs(value), 1),
    step: (value) => `${value > 0 ? "+" : ""}${numbers.grams(value, decimals(value))}`,
    last: (value) => numbers.grams(value, decimals(value)),
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, (shown[name] ?? ((one) => numbers.number(one, decimals(one))))(value)]));
}
