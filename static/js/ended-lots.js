import { ageSeconds, instantMs } from "./ages.js";
import { sqalInspectedLots } from "./api.js";
import { cloneTemplate, namedParts, setText } from "./dom.js";
import { format, t } from "./i18n.js";
import { lotAddress } from "./lot-cell.js";

/** The most that is asked for, of all sites. */
const MOST_LOTS = 300;
const DAY_SECONDS = 86_400;

/** The lots of a site that have ended: ready, in control, closed today. They are asked for when somebody wants to see them. */
export class EndedLots {
  #dialog;
  #parts;
  #clock;
  #onChange;

  /**
   * @param {HTMLDialogElement} dialog; @param {ServerClock} clock of the page
   * @param {(site: string) => void} onChange told of which site they are shown, "" for none
   */
  constructor(dialog, clock, onChange) {
    this.#dialog = dialog;
    this.#onChange = onChange;
    dialog.addEventListener("close", () => onChange(""));
    this.#parts = namedParts(dialog).parts;
    this.#clock = clock;
  }

  async open(site) {
    const parts = this.#parts;
    setText(parts["ended-title"], t("ended.title", { site }));
    this.#show([], t("ended.loading"));
    this.#dialog.showModal();
    this.#onChange(site);
    try {
      const lots = await sqalInspectedLots(MOST_LOTS);
      const now = this.#clock.now(Date.now());
      const ended = lots.filter((lot) => lot.site_code === site && isRecent(lot, now));
      this.#show(ended, ended.length === 0 ? t("ended.none") : "");
    } catch (error) {
      this.#show([], t("ended.failed", { reason: error }));
    }
  }

  #show(lots, state) {
    const parts = this.#parts;
    setText(parts["ended-state"], state);
    parts["ended-table"].hidden = lots.length === 0;
    const now = this.#clock.now(Date.now());
    parts["ended-rows"].replaceChildren(...lots.map((lot) => row(lot, now)));
  }
}

/** The instant since which a lot is in its state. */
const since = ({ terminee_le, prise_le, en_attente_depuis }) => instantMs(terminee_le ?? prise_le ?? en_attente_depuis);

/** As the server counts them: closed today, or not yet closed and fed within the last day. */
function isRecent(lot, now) {
  if (lot.terminee_le) return format().sameDay(instantMs(lot.terminee_le), now);
  return ageSeconds(instantMs(lot.en_attente_depuis), now) < DAY_SECONDS;
}

function row(lot, now) {
  const { root, parts } = cloneTemplate("ended-template");
  setText(parts.lot, lot.code_lot);
  parts.lot.href = lotAddress(lot.code_lot);
  setText(parts.gaveur, lot.gaveur_nom ?? "–");
  setText(parts.state, t(`ended.${lot.statut}`));
  setText(parts.since, format().age(ageSeconds(since(lot), now)));
  return root;
}
