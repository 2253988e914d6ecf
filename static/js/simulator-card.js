import { cloneTemplate, setData, setText } from "./dom.js";
import { format, t } from "./i18n.js";
import { sayingText } from "./saying.js";

const SPEEDS = [1, 1440, 8640, 86400];

/** What can be said to each simulator: a number with its bounds, a text, or a choice. */
const FIELDS = {
  gavage: [
    { name: "nb_lots", value: 3, min: 1, max: 20 },
    { name: "acceleration", value: 8640, choices: SPEEDS, words: "speed" },
  ],
  monitor: [
    { name: "stations", value: 2, min: 1, max: 10 },
    { name: "samples_per_lot", value: 24, min: 1, max: 50 },
  ],
  sqal: [
    { name: "device_id", value: "ESP32_LL_01" },
    { name: "interval", value: 1, min: 1, max: 3600 },
    { name: "nb_samples", value: 24, min: 1, max: 3000 },
  ],
  consumer: [
    { name: "interval", word: "gap", value: 2, min: 1, max: 3600 },
    { name: "num_feedbacks", value: 20, min: 0, max: 1000 },
    { name: "profile", value: "realistic", choices: ["realistic", "positive", "negative"], words: "profile" },
  ],
};

export const SIMULATORS = Object.keys(FIELDS);

/** One simulator: its state and counts as the last frame says them, and what it may be told. */
export class SimulatorCard {
  #name;
  #parts;
  #figures;
  #fields = [];
  #frame = null;

  /** @param {{start: (name, body) => void, stop: (name) => void}} on */
  constructor(name, on) {
    this.#name = name;
    const { root, parts, figures } = cloneTemplate("simulator-template");
    this.root = root;
    this.#parts = parts;
    this.#figures = figures;
    root.dataset.simulator = name;
    for (const field of FIELDS[name]) this.#addField(field);
    parts.form.addEventListener("submit", (event) => {
      event.preventDefault();
      on.start(name, this.#body());
    });
    parts.stop.addEventListener("click", () => on.stop(name));
  }

  show(frame) {
    this.#frame = frame;
    this.draw();
  }

  draw() {
    const name = t(`${this.#name}.name`);
    const parts = this.#parts;
    this.root.setAttribute("aria-label", name);
    setText(parts.name, name);
    setText(parts.what, t(`${this.#name}.what`));
    setText(parts["messages-name"], t(`${this.#name}.messages`));
    setText(parts.start, t("panel.start"));
    setText(parts.stop, t("panel.stop"));
    parts.start.setAttribute("aria-label", t("panel.startOne", { name }));
    parts.stop.setAttribute("aria-label", t("panel.stopOne", { name }));
    for (const { field, label, choices } of this.#fields) {
      setText(label, t(`field.${field.word ?? field.name}`));
      choices.forEach(([option, word]) => setText(option, t(word)));
    }
    this.#drawFrame();
  }

  #drawFrame() {
    const { state, "last-error": lastError, start, stop } = this.#parts;
    const frame = this.#frame;
    setText(state, frame ? t(`panel.${frame.status}`) : "–");
    setData(state, "state", frame?.status);
    start.disabled = !frame || frame.running;
    stop.disabled = !frame?.running;
    if (!frame) return;
    setText(this.#figures.messages, format().count(frame.stats.messages_sent));
    setText(this.#figures.errors, format().count(frame.stats.errors));
    setText(this.#figures.uptime, duration(frame.uptime));
    lastError.hidden = !frame.erreur;
    setText(lastError, frame.erreur ? t("panel.lastError", { text: sayingText(frame.erreur, frame.last_error) }) : "");
  }

  #addField(field) {
    const line = document.createElement("label");
    const label = document.createElement("span");
    const input = document.createElement(field.choices ? "select" : "input");
    input.name = field.name;
    const choices = (field.choices ?? []).map((choice) => {
      const option = document.createElement("option");
      option.value = choice;
      input.append(option);
      return [option, `${field.words}.${choice}`];
    });
    if (field.max) Object.assign(input, { type: "number", min: field.min, max: field.max, required: true });
    input.value = field.value;
    line.append(label, input);
    this.#parts.fields.append(line);
    this.#fields.push({ field, label, input, choices });
  }

  #body() {
    const said = this.#fields.map(({ field, input }) => [field.name, typeof field.value === "number" ? Number(input.value) : input.value]);
    return Object.fromEntries(said);
  }
}

function duration(seconds) {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (h > 0) return t("panel.hours", { h, m });
  return m > 0 ? t("panel.minutes", { m, s }) : t("panel.seconds", { n: s });
}
