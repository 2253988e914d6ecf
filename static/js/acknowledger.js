import { acknowledgeAlert, withdrawAcknowledgement } from "./api.js";
import { namedParts } from "./dom.js";
import { recall, remember } from "./preferences.js";

const KEY = "gaveurs.person";

/** Acknowledges alerts in the name of a person, who is asked once and remembered, and takes that back. */
export class Acknowledger {
  #dialog;
  #parts;
  #name = recall(KEY) ?? "";
  #onName;
  #comment = null;
  #answer = null;

  /** @param {HTMLDialogElement} dialog asks for the name; @param {() => void} onName called when the name changed */
  constructor(dialog, onName = () => {}) {
    this.#parts = namedParts(dialog).parts;
    this.#dialog = dialog;
    this.#onName = onName;
    dialog.querySelector("form").addEventListener("submit", (event) => this.#submit(event));
    this.#parts["person-cancel"].addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => this.#answer?.());
  }

  get name() {
    return this.#name;
  }

  /** Acknowledges; the alert as the server answers it, or null when no name was given. Fails with an `ApiError`. */
  async acknowledge(id) {
    if (!this.#name) await this.askName();
    return this.#name ? acknowledgeAlert(id, { par: this.#name }) : null;
  }

  /** The same with a comment; null when the dialog was left. */
  async comment(id) {
    const commentaire = await this.#ask(true);
    return commentaire === null ? null : acknowledgeAlert(id, { par: this.#name, commentaire });
  }

  /** Takes the acknowledgement back; the alert as the server answers it. */
  withdraw(id) {
    return withdrawAcknowledgement(id, { par: this.#name });
  }

  /** Asks for the name, offering the one known. */
  askName() {
    return this.#ask(false);
  }

  /** @returns {Promise<string|null>} the comment, or null when the dialog was left without an answer */
  #ask(withComment) {
    this.#parts["person-name"].value = this.#name;
    this.#parts["person-comment"].value = "";
    this.#parts["person-comment-field"].hidden = !withComment;
    this.#comment = null;
    this.#dialog.showModal();
    if (withComment && this.#name) this.#parts["person-comment"].focus();
    return new Promise((resolve) => (this.#answer = () => resolve(this.#comment)));
  }

  #submit(event) {
    event.preventDefault();
    const name = this.#parts["person-name"].value.trim();
    if (!name) return;
    this.#name = name;
    this.#comment = this.#parts["person-comment"].value.trim();
    remember(KEY, name);
    this.#onName();
    this.#dialog.close();
  }
}
