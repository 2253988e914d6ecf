import { format, t, tOr } from "./i18n.js";

const ALL = "";

/** Which lots of a farmer are shown: one, or all that are current. The choice is the address's fragment, so a link can make it. */
export class LotChooser {
  #label;
  #select;
  #store = null;

  constructor(label, select, onChoice) {
    this.#label = label;
    this.#select = select;
    select.addEventListener("change", () => {
      history.replaceState(null, "", select.value === ALL ? location.pathname + location.search : `#${encodeURIComponent(select.value)}`);
      onChoice();
    });
    addEventListener("hashchange", () => {
      this.#select.value = this.#wanted();
      onChoice();
    });
  }

  /** Offers the lots of a store; the one the address names is chosen when it is among them. */
  fill(store) {
    this.#store = store;
    const all = new Option(t("gaveur.all", { n: format().count(store.currentCodes.length) }), ALL);
    this.#select.replaceChildren(all, ...store.codes.map((code) => new Option(describe(store.lot(code)), code)));
    this.#select.value = this.#wanted();
    this.#label.hidden = store.codes.length === 0;
  }

  /** The codes of the lots to show. */
  chosen() {
    if (!this.#store) return [];
    return this.#select.value === ALL ? this.#store.currentCodes : [this.#select.value];
  }

  #wanted() {
    const named = location.hash.slice(1);
    return this.#store?.codes.find((code) => encodeURIComponent(code) === named) ?? ALL;
  }
}

function describe(lot) {
  const day = t("lot.day", { day: format().number(lot.jour_actuel) });
  return `${lot.code_lot} · ${day} · ${tOr(`status.${lot.statut}`, lot.statut)}`;
}
