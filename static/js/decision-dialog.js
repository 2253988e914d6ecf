import { postJson } from "./api.js";
import { namedParts, setText } from "./dom.js";
import { t } from "./i18n.js";
import { recall, remember } from "./preferences.js";

const KEY = "gaveurs.person";

/** Asks a supervisor what becomes of a proposal: sends it, in his own words if he changes the text, or rejects it with a comment. */
export class DecisionDialog {
  #dialog;
  #parts;
  #advice = null;
  #verb = "valider";
  #onDecided;

  /** @param {(advice) => void} onDecided gets what the server answers */
  constructor(dialog, onDecided) {
    this.#dialog = dialog;
    this.#parts = namedParts(dialog).parts;
    this.#onDecided = onDecided;
    dialog.querySelector("form").addEventListener("submit", (event) => this.#submit(event));
    this.#parts.cancel.addEventListener("click", () => dialog.close());
  }

  send(advice) {
    this.#open(advice, "valider", "loop.dialog.send", "loop.dialog.doSend");
  }

  reject(advice) {
    this.#open(advice, "rejeter", "loop.dialog.reject", "loop.dialog.doReject");
  }

  #open(advice, verb, heading, submit) {
    const parts = this.#parts;
    [this.#advice, this.#verb] = [advice, verb];
    setText(parts.heading, t(heading));
    setText(parts.submit, t(submit));
    setText(parts.failure, "");
    parts["text-field"].hidden = verb !== "valider";
    parts.text.value = advice.texte;
    parts.comment.value = "";
    parts.comment.required = verb === "rejeter";
    parts.name.value = recall(KEY) ?? "";
    this.#dialog.showModal();
  }

  async #submit(event) {
    event.preventDefault();
    const { text, comment, name, failure } = this.#parts;
    const par = name.value.trim();
    const said = { par, commentaire: comment.value.trim() || null };
    // The rule's own words keep their English ones.
    if (this.#verb === "valider" && text.value.trim() !== this.#advice.texte) said.texte = text.value.trim() || null;
    remember(KEY, par);
    try {
      const answer = await postJson(`/api/recommandations/${this.#advice.id}/${this.#verb}`, said);
      this.#dialog.close();
      this.#onDecided(answer);
    } catch (error) {
      setText(failure, t("advice.failed", { reason: error.message }));
    }
  }
}
