import { postJson } from "./api.js";
import { setText } from "./dom.js";
import { t } from "./i18n.js";
import { recall, remember } from "./preferences.js";

const KEY = "gaveurs.person";
const ROLES = ["technicien_sqal", "admin"];

/** Claims a lot for quality control and ends its control, for those whose role allows it. */
export class LotControl {
  #form;
  #parts;
  #dialog;
  #done;
  #code = null;
  #stage = null;
  #role = null;
  #sending = false;
  /** Why the last attempt failed. */
  #failure = null;

  /** @param {() => void} done something changed */
  constructor(form, parts, dialog, done) {
    this.#form = form;
    this.#parts = parts;
    this.#dialog = dialog;
    this.#done = done;
    form.elements.person.value = recall(KEY) ?? "";
    form.addEventListener("submit", (event) => this.#submit(event));
    dialog.addEventListener("close", () => dialog.returnValue && this.#send("finish"));
  }

  /** @param {{role: string, nom: string}} me */
  admit(me) {
    this.#role = me.role;
    this.#form.elements.person.value ||= me.nom;
    this.#draw();
  }

  show(code, stage) {
    [this.#code, this.#stage] = [code, stage];
    this.#draw();
  }

  #draw() {
    setText(this.#parts["control-failure"], this.#failure ? t("sheet.refused", { reason: this.#failure }) : "");
    const action = { pending: "claim", inspecting: "finish" }[this.#stage];
    this.#form.hidden = !action || !ROLES.includes(this.#role);
    if (!action) return;
    this.#form.firstElementChild.hidden = action === "finish";
    this.#form.elements.person.required = action === "claim";
    setText(this.#parts["control-button"], t(`sheet.${action}`));
    this.#parts["control-button"].setAttribute("aria-disabled", this.#sending);
  }

  #submit(event) {
    event.preventDefault();
    if (this.#sending) return;
    if (this.#stage === "inspecting") {
      this.#dialog.returnValue = "";
      return this.#dialog.showModal();
    }
    this.#send("claim");
  }

  async #send(action) {
    const par = this.#form.elements.person.value.trim();
    if (action === "claim") remember(KEY, par);
    this.#sending = true;
    this.#failure = null;
    this.#draw();
    try {
      await postJson(`/api/sqal/pending-lots/${encodeURIComponent(this.#code)}/${action}`, { par });
    } catch (error) {
      this.#failure = error;
    }
    this.#sending = false;
    this.#draw();
    this.#done();
  }
}
