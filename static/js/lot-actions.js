import { reasonField } from "./action-dialog.js";
import { postJson } from "./api.js";
import { setText } from "./dom.js";
import { t } from "./i18n.js";

const FARMERS = ["gaveur", "superviseur", "admin"];
const SUPERVISORS = ["superviseur", "admin"];
const number = (name, min, max, more) => ({ name, label: t(`sheet.field.${name}`), type: "number", min, max, ...more });
const today = () => new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 10);

/** The steps that people make with a lot: from which states, in which roles, and what they must say. */
export const STEPS = [
  {
    id: "received", from: ["planifie"], roles: FARMERS, vers: "en_preparation",
    fields: ({ lot }) => [number("nombre_canards", 1, 10_000, { required: true, value: lot.nb_canards_initial })],
  },
  { id: "end", from: ["en_gavage"], roles: FARMERS, vers: "pret_abattage", fields: () => [] },
  { id: "back", from: ["pret_abattage"], roles: SUPERVISORS, vers: "en_gavage", fields: () => [reasonField()] },
  {
    id: "slaughter", from: ["pret_abattage"], roles: SUPERVISORS,
    fields: ({ lot }) => [
      { name: "date", label: t("sheet.field.date"), type: "date", required: true, value: today() },
      number("accroches", 0, lot.nb_canards_initial ?? 10_000, { required: true }),
      number("poids_foie_moyen_g", 1, 2_000, { step: "any" }),
      number("ecart_type_foie_g", 0, 1_000, { step: "any" }),
    ],
  },
  { id: "cancel", from: ["planifie", "en_preparation", "en_gavage"], roles: SUPERVISORS, vers: "annule", fields: () => [reasonField()] },
];

/** Which of them a caller may make with a lot now. */
export const possibleSteps = (statut, role) => STEPS.filter(({ from, roles }) => from.includes(statut) && roles.includes(role));

/** A button for each step that is possible. */
export class LotActions {
  #root;
  #dialog;
  #address;
  #role = null;
  #sheet = null;

  constructor(parts, dialog, address) {
    [this.#root, this.#dialog, this.#address] = [parts.actions, dialog, address];
  }

  /** @param {{role: string}} me */
  admit(me) {
    this.#role = me.role;
    if (this.#sheet) this.show(this.#sheet);
  }

  show(sheet) {
    this.#sheet = sheet;
    const steps = possibleSteps(sheet.lot.statut, this.#role);
    this.#root.hidden = steps.length === 0;
    const wanted = steps.map(({ id }) => id).join();
    if (this.#root.dataset.steps !== wanted) {
      this.#root.dataset.steps = wanted;
      this.#root.replaceChildren(...steps.map((step) => this.#button(step)));
    }
    for (const button of this.#root.children) setText(button, t(`sheet.step.${button.dataset.step}`));
  }

  #button(step) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "switch" });
    button.dataset.step = step.id;
    button.addEventListener("click", () => this.#ask(step));
    return button;
  }

  #ask({ id, vers, fields }) {
    const path = `${this.#address}/${vers ? "statut" : "abattage"}`;
    this.#dialog.ask({
      title: t(`sheet.step.${id}`),
      why: t(`sheet.step.${id}.why`),
      send: t(`sheet.step.${id}`),
      fields: fields(this.#sheet),
      act: (values) => postJson(path, vers ? { vers, ...values } : values),
    });
  }
}
