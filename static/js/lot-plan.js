import { postJson } from "./api.js";
import { curveFaults, TOTAL_G } from "./curve-checks.js";
import { setData, setText } from "./dom.js";
import { format, t } from "./i18n.js";
import { mealRank } from "./meals.js";
import { recall } from "./preferences.js";

const SUPERVISORS = ["superviseur", "admin"];
const PLANNED = ["planifie", "en_preparation", "en_gavage"];

/** The planned curves of a lot: every version with who decided about it, and for a supervisor the decision, a new one and its doses. */
export class LotPlan {
  #parts;
  #dialog;
  #address;
  #done;
  #me = null;
  #sheet = null;
  #curves = null;
  #drawn = null;
  /** What is edited: rank of the first meal, and whether each meal was given already. */
  #editing = null;

  constructor(parts, dialog, address, done) {
    [this.#parts, this.#dialog, this.#address, this.#done] = [parts, dialog, address, done];
    parts["plan-formula"].addEventListener("click", () => this.#askFormula());
    parts["plan-edit"].addEventListener("click", () => this.#edit());
    parts["plan-leave"].addEventListener("click", () => this.#leave());
    parts["plan-points"].addEventListener("input", () => this.#check());
    parts["plan-editor"].addEventListener("submit", (event) => this.#send(event));
  }

  /** @param {{role: string, nom: string}} me */
  admit(me) {
    this.#me = me;
    if (this.#curves) this.show(this.#sheet, this.#curves);
  }

  get #mayDecide() {
    return SUPERVISORS.includes(this.#me?.role) && PLANNED.includes(this.#sheet.lot.statut);
  }

  show(sheet, curves) {
    [this.#sheet, this.#curves] = [sheet, curves];
    const parts = this.#parts;
    const { versions, plan, plan_diverge } = curves;
    const note = plan ? "sheet.plan.inForce" : versions.length > 0 ? "sheet.plan.undecided" : "sheet.plan.none";
    const words = t(note, { version: plan?.version ?? 0, total: format().grams(plan?.total_g) });
    setText(parts["plan-note"], plan_diverge ? `${words} ${t("sheet.plan.diverges")}` : words);
    // A sheet that is drawn again each second must not take the focus from its buttons.
    const drawn = JSON.stringify([versions, this.#mayDecide, format().lang]);
    if (drawn !== this.#drawn) parts["plan-versions"].replaceChildren(...[...versions].reverse().map((version) => this.#version(version)));
    this.#drawn = drawn;
    parts["plan-tools"].hidden = !this.#mayDecide || this.#editing !== null;
    parts["plan-edit"].hidden = versions.length === 0;
  }

  #version(version) {
    const item = document.createElement("li");
    const numbers = format();
    setData(item, "state", version.etat);
    const head = Object.assign(document.createElement("strong"), {
      textContent: t("sheet.plan.version", { version: version.version, state: t(`sheet.plan.${version.etat}`), total: numbers.grams(version.total_g) }),
    });
    const decided = version.decide_par && t("sheet.plan.decided", { name: version.decide_par, time: numbers.mealTime(version.decide_le) });
    const created = t("sheet.plan.created", { name: version.cree_par, time: numbers.mealTime(version.cree_le) });
    const about = document.createElement("span");
    about.textContent = [created, decided, version.commentaire, version.formule].filter(Boolean).join(" · ");
    item.append(head, about);
    if (version.etat === "en_attente" && this.#mayDecide) item.append(this.#decision(version, "valider"), this.#decision(version, "rejeter"));
    return item;
  }

  #decision({ version }, decision) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "switch no-print" });
    button.textContent = t(`sheet.plan.act.${decision}`);
    button.dataset.decision = decision;
    button.setAttribute("aria-label", t(`sheet.plan.act.${decision}.of`, { version }));
    const comment = { name: "commentaire", label: t("sheet.reason"), type: "text", required: decision === "rejeter", maxLength: 900 };
    button.addEventListener("click", () => this.#dialog.ask({
      title: t(`sheet.plan.act.${decision}.of`, { version }),
      send: t(`sheet.plan.act.${decision}`),
      fields: [comment],
      act: (values) => postJson(`${this.#address}/courbes/${version}/${decision}`, values),
    }));
    return button;
  }

  #askFormula() {
    const field = (name, min, max, value) => ({ name, label: t(`sheet.field.${name}`), type: "number", required: true, min, max, value });
    this.#dialog.ask({
      title: t("sheet.plan.formula"),
      why: t("sheet.plan.formula.why"),
      send: t("sheet.plan.propose"),
      fields: [field("total_g", ...TOTAL_G, 7_800), field("nb_repas", 14, 22, 20)],
      act: (values) => postJson(`${this.#address}/courbes`, values),
    });
  }

  /** Begins with the plan in force, else with the newest version. What was given stays. */
  #edit() {
    const from = this.#curves.plan ?? this.#curves.versions.at(-1);
    const last = this.#sheet.repas.at(-1);
    const front = last ? mealRank(last) : -Infinity;
    this.#editing = { premier_repas: mealRank(from.points[0]) };
    const points = from.points.map((point) => pointElement(point, this.#curves.plan !== null && mealRank(point) <= front));
    this.#parts["plan-points"].replaceChildren(...points);
    this.#parts["plan-editor"].hidden = false;
    this.#parts["plan-tools"].hidden = true;
    setText(this.#parts["plan-failure"], "");
    this.#check();
    this.#inputs().find(({ readOnly }) => !readOnly)?.focus();
  }

  #leave() {
    this.#editing = null;
    this.#parts["plan-editor"].hidden = true;
    this.#parts["plan-tools"].hidden = !this.#mayDecide;
    this.#parts["plan-edit"].focus();
  }

  #inputs() {
    return [...this.#parts["plan-points"].querySelectorAll("input")];
  }

  #check() {
    const inputs = this.#inputs();
    const { faults, total, isTotalOff, isFine } = curveFaults(inputs.map(({ value }) => Number(value || NaN)));
    inputs.forEach((input, i) => {
      setText(input.nextElementSibling, faults[i] ? t(`sheet.plan.fault.${faults[i]}`) : "");
      input.setAttribute("aria-invalid", faults[i] !== null);
    });
    const numbers = format();
    const [least, most] = TOTAL_G.map((grams) => numbers.grams(grams));
    const sum = t("sheet.plan.total", { total: numbers.grams(total), n: inputs.length });
    setText(this.#parts["plan-total"], isTotalOff ? `${sum} ${t("sheet.plan.fault.total", { least, most })}` : sum);
    this.#parts["plan-send"].setAttribute("aria-disabled", !isFine);
    return isFine;
  }

  async #send(event) {
    event.preventDefault();
    if (!this.#check()) return this.#inputs().find((input) => input.getAttribute("aria-invalid") === "true")?.focus();
    const points_g = this.#inputs().map(({ value }) => Number(value));
    const par = this.#me.nom || (recall("gaveurs.person") ?? "");
    try {
      await postJson(`${this.#address}/courbes`, { points_g, premier_repas: this.#editing.premier_repas, source: "manuelle", par });
      this.#leave();
      this.#done();
    } catch (error) {
      setText(this.#parts["plan-failure"], t("sheet.refused", { reason: error.message }));
    }
  }
}

function pointElement({ jour, moment, dose_g }, isGiven) {
  const item = document.createElement("li");
  const label = document.createElement("label");
  const name = Object.assign(document.createElement("span"), { textContent: `${t("lot.day", { day: format().number(jour) })} ${t(`lot.${moment}`)}` });
  const input = Object.assign(document.createElement("input"), { type: "number", step: "0.1", min: 1, max: 600, value: dose_g, readOnly: isGiven, required: true });
  const fault = Object.assign(document.createElement("span"), { className: "point-fault" });
  label.append(name, input, fault);
  item.append(label);
  return item;
}
