import { acknowledgeAlert } from "./api.js";
import { namedParts } from "./dom.js";
import { recall, remember } from "./preferences.js";

const KEY = "gaveurs.person";

/** Acknowledges alerts in the name of a person, who is asked once and remembered. */
export class Acknowledger {
  #dialog;
  #input;
  #name = recall(KEY) ?? "";
  #onName;
  #answer = null;

  /** @param {HTMLDialogElement} dialog asks for the name; @param {() => void} onName called when the name changed */
  constructor(dialog, onName = () => {}) {
    const { parts } = namedParts(dialog);
    this.#dialog = dialog;
    this.#input = parts["person-name"];
    this.#onName = onName;
    dialog.querySelector("form").addEventListener("submit", (event) => this.#submit(event));
    parts["person-cancel"].addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => this.#answer?.(this.#name));
  }

  get name() {
    return this.#name;
  }

  /** Acknowledges; the alert as the server answers it, or null when no name was given. Fails with an `ApiError`. */
  async acknowledge(id) {
    const name = this.#name || (await this.askName());
    return name ? acknowledgeAlert(id, name) : null;
  }

  /** Asks for the name, offering the one known. @returns {Promise<string>} empty when none was ever given */
  askName() {
    this.#input.value = this.#name;
    this.#dialog.showModal();
    return new Promise((resolve) => (this.#answer = resolve));
  }

  #submit(event) {
    event.preventDefault();
    const name = this.#input.value.trim();
    if (!name) return;
    this.#name = name;
    remember(KEY, name);
    this.#onName();
    this.#dialog.close();
  }
}
