import { instantMs } from "./ages.js";
import { deleteJson, postJson } from "./api.js";
import { cloneTemplate, setText } from "./dom.js";
import { FAULTS, targetsOf } from "./fault-kinds.js";
import { format, t, tOr } from "./i18n.js";

/** The faults of the control panel: the form for another one, and those that are being made, as the last frame says. */
export class FaultPanel {
  #parts;
  #clock;
  #spoken;
  #frame = null;
  #rows = new Map();
  #inputs = [];
  #options = "";

  /** @param {object} parts of the page; @param {ServerClock} clock; @param {(text: string) => void} spoken says it to a screen reader */
  constructor(parts, clock, spoken) {
    [this.#parts, this.#clock, this.#spoken] = [parts, clock, spoken];
    for (const kind of Object.keys(FAULTS)) addOption(parts["fault-type"], kind);
    parts["fault-type"].addEventListener("change", () => this.#choose());
    parts["fault-form"].addEventListener("submit", (event) => {
      event.preventDefault();
      this.#start();
    });
    this.#choose();
  }

  show(frame) {
    this.#frame = frame;
    this.#drawTargets();
    this.#drawRunning();
  }

  draw() {
    for (const option of this.#parts["fault-type"].options) setText(option, t(`fault.${option.value}`));
    for (const { name, label } of this.#inputs) setText(label, t(`fault.parameter.${name}`));
    setText(this.#parts["fault-does"], t(`fault.${this.#kind}.does`));
    setText(this.#parts["fault-see"], t(`fault.${this.#kind}.see`));
    this.#options = "";
    this.#drawTargets();
    this.#drawRunning();
  }

  /** The time that is left goes by between two frames too. */
  tick() {
    for (const { fault, parts } of this.#rows.values()) this.#drawLeft(fault, parts);
  }

  get #kind() {
    return this.#parts["fault-type"].value;
  }

  #choose() {
    const { parameters = [], most = 3600 } = FAULTS[this.#kind];
    const seconds = this.#parts["fault-seconds"];
    seconds.max = most;
    seconds.value = Math.min(Number(seconds.value), most);
    this.#inputs = parameters.map(({ name, value, min, max, step }) => {
      const [line, label, input] = ["label", "span", "input"].map((tag) => document.createElement(tag));
      Object.assign(input, { type: "number", name, value, min, max, step, required: true });
      line.append(label, input);
      return { name, line, label, input };
    });
    this.#parts["fault-parameters"].replaceChildren(...this.#inputs.map(({ line }) => line));
    this.#notice("");
    this.draw();
  }

  /** An open list of choices must not change under the finger: it is only written when it differs. */
  #drawTargets() {
    const needsTarget = FAULTS[this.#kind].of.length > 0;
    const targets = needsTarget && this.#frame ? targetsOf(this.#kind, this.#frame) : [];
    const select = this.#parts["fault-target"];
    this.#parts["fault-target-line"].hidden = !needsTarget;
    this.#parts["fault-start"].disabled = !this.#frame || (needsTarget && targets.length === 0);
    const options = targets.map((target) => JSON.stringify(target));
    if (options.join() === this.#options) return;
    this.#options = options.join();
    const chosen = select.value;
    select.replaceChildren();
    targets.forEach((target, i) => addOption(select, options[i], targetText(target)));
    if (needsTarget && targets.length === 0) addOption(select, "", t("fault.nothingRuns"));
    if (options.includes(chosen)) select.value = chosen;
  }

  #drawRunning() {
    const faults = this.#frame?.pannes ?? [];
    this.#parts["fault-none"].hidden = faults.length > 0;
    for (const [id, { root }] of this.#rows) {
      if (faults.some((fault) => fault.id === id)) continue;
      root.remove();
      this.#rows.delete(id);
    }
    for (const fault of faults) {
      if (!this.#rows.has(fault.id)) this.#addRow(fault);
      this.#drawRow(this.#rows.get(fault.id));
    }
  }

  #addRow(fault) {
    const { root, parts } = cloneTemplate("fault-template");
    parts.stop.addEventListener("click", () => this.#ask(deleteJson(`/api/control/pannes/${fault.id}`, {})));
    this.#parts.faults.append(root);
    this.#rows.set(fault.id, { fault, root, parts });
  }

  #drawRow({ fault, root, parts }) {
    const name = faultText(fault);
    root.dataset.fault = fault.type;
    setText(parts.name, name);
    setText(parts.see, tOr(`fault.${fault.type}.see`, ""));
    parts.link.setAttribute("href", FAULTS[fault.type]?.shows(fault.cible) ?? "/");
    setText(parts.link, t("fault.link"));
    setText(parts.stop, t("panel.stop"));
    parts.stop.setAttribute("aria-label", t("panel.stopOne", { name }));
    this.#drawLeft(fault, parts);
  }

  #drawLeft(fault, parts) {
    const left = Math.max(0, Math.ceil((instantMs(fault.jusqua) - this.#clock.now(Date.now())) / 1000));
    setText(parts.left, t("fault.left", { left: format().duration(left) }));
  }

  #start() {
    const target = this.#parts["fault-target"].value;
    const body = { type: this.#kind, duree_s: Number(this.#parts["fault-seconds"].value) };
    if (FAULTS[this.#kind].of.length > 0) body.cible = JSON.parse(target);
    body.parametres = Object.fromEntries(this.#inputs.map(({ name, input }) => [name, Number(input.value)]));
    this.#ask(postJson("/api/control/pannes", body), t("fault.began", { name: t(`fault.${this.#kind}`) }));
  }

  #ask(answer, said = "") {
    this.#notice("");
    answer.then(() => this.#spoken(said), (error) => this.#notice(error.message));
  }

  #notice(text) {
    this.#parts["fault-notice"].hidden = text === "";
    setText(this.#parts["fault-notice"], text);
  }
}

function addOption(select, value, text = "") {
  const option = document.createElement("option");
  option.value = value;
  option.textContent = text;
  select.append(option);
}

function targetText({ simulateur, code_lot: code, device_id: device }) {
  return code ?? device ?? t("fault.all", { name: tOr(`${simulateur}.name`, simulateur) });
}

function faultText({ type, cible }) {
  const name = tOr(`fault.${type}`, type);
  return cible ? t("fault.of", { name, target: targetText(cible) }) : name;
}
