import { namedParts, setText } from "./dom.js";
import { t } from "./i18n.js";
import { recall, remember } from "./preferences.js";

const KEY = "gaveurs.person";

/** Asks for what an action needs, does it, and stays open with the reason when it was refused. */
export class ActionDialog {
  #dialog;
  #parts;
  #done;
  #name = null;
  #action = null;
  #sending = false;

  /** @param {HTMLDialogElement} dialog @param {() => void} done something changed */
  constructor(dialog, done) {
    this.#dialog = dialog;
    this.#parts = namedParts(dialog).parts;
    this.#done = done;
    dialog.querySelector("form").addEventListener("submit", (event) => this.#submit(event));
    this.#parts["action-cancel"].addEventListener("click", () => dialog.close());
  }

  /** Whoever proves who he is is not asked for his name. @param {{nom: string}} me */
  admit(me) {
    this.#name = me.nom || null;
  }

  /**
   * @param {{title: string, why?: string, send: string, fields: object[], act: (values: object) => Promise}} action each field is
   *   `{name, label, type, value?, required?, min?, max?, step?}`; empty ones are left out of `values`, numbers are numbers
   */
  ask(action) {
    this.#action = action;
    const parts = this.#parts;
    setText(parts["action-title"], action.title);
    setText(parts["action-why"], action.why ?? "");
    setText(parts["action-send"], action.send);
    setText(parts["action-failure"], "");
    const asked = this.#name ? [] : [{ name: "par", label: t("person.label"), type: "text", required: true, maxLength: 80, value: recall(KEY) ?? "" }];
    parts["action-fields"].replaceChildren(...[...action.fields, ...asked].map(fieldElement));
    this.#dialog.showModal();
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#sending) return;
    this.#sending = true;
    this.#parts["action-send"].setAttribute("aria-disabled", true);
    try {
      const values = this.#values();
      if (values.par) remember(KEY, values.par);
      await this.#action.act(values);
      this.#dialog.close();
      this.#done();
    } catch (error) {
      setText(this.#parts["action-failure"], t("sheet.refused", { reason: error.message }));
    }
    this.#sending = false;
    this.#parts["action-send"].removeAttribute("aria-disabled");
  }

  #values() {
    const inputs = [...this.#parts["action-fields"].querySelectorAll("input")].filter(({ value }) => value.trim() !== "");
    return Object.fromEntries(inputs.map(({ name, type, value }) => [name, type === "number" ? Number(value) : value.trim()]));
  }
}

function fieldElement({ label, ...attributes }) {
  const field = document.createElement("label");
  const words = Object.assign(document.createElement("span"), { textContent: label });
  const input = Object.assign(document.createElement("input"), { autocomplete: "off" });
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined && value !== null) input[name] = value;
  field.append(words, input);
  return field;
}

/** A field for why something is done. */
export const reasonField = (required = true) => ({ name: "motif", label: t("sheet.reason"), type: "text", required, maxLength: 400 });
