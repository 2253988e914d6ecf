import { ageSeconds, instantMs } from "./ages.js";
import { evidenceWords, limitWords } from "./advice-evidence.js";
import { adviceTexts } from "./advice-store.js";
import { cloneTemplate, setData, setText } from "./dom.js";
import { format, language, t } from "./i18n.js";
import { lotAddress, showLot } from "./lot-address.js";

/** One piece of advice, with what it rests on (`advice-template`) and what the reader of the page can do about it (`advice-acts-template`). */
export class AdviceCard {
  #view = cloneTemplate("advice-template");
  #advice = null;

  constructor(id) {
    this.root = this.#view.root;
    this.root.dataset.advice = id;
    const acts = cloneTemplate("advice-acts-template");
    this.root.append(acts.root);
    this.parts = { ...this.#view.parts, ...acts.parts };
    this.parts.title.id = `advice-${id}`;
  }

  get advice() {
    return this.#advice;
  }

  show(advice) {
    this.#advice = advice;
    const { parts } = this;
    setData(this.root, "state", advice.etat);
    const { title, text } = adviceTexts(advice, language());
    setText(parts.title, title);
    setText(parts.text, text);
    setText(parts.site, advice.site_code);
    setText(parts.gaveur, advice.gaveur_nom);
    showLot(parts.lot, advice.code_lot_source);
    setText(parts.target, advice.code_lot_cible ? t("advice.for", { lot: advice.code_lot_cible }) : t("advice.noNext"));
    parts.simulated.hidden = advice.simule !== true;
    setText(parts.curve, curveWords(advice));
    parts.curve.hidden = !advice.action;
    list(parts.evidence, evidenceWords(advice.preuve));
    list(parts.limits, limitWords(advice.preuve));
    lots(parts.lots, advice.preuve.lots_compares);
    setText(parts.said, advice.commentaire ? t("advice.said", { comment: advice.commentaire }) : "");
  }

  showAge(serverNow) {
    const { etat, par, maj_le: at } = this.#advice;
    const said = { state: t(`advice.state.${etat}`), age: format().age(ageSeconds(instantMs(at), serverNow)), name: par };
    setText(this.parts.step, t(par ? "advice.by" : "advice.byServer", said));
  }
}

function curveWords({ action, courbe_version: version, code_lot_cible: lot }) {
  if (!action) return "";
  const curve = t("advice.curve", {
    total: format().grams(action.total_g), meals: format().count(action.points_g.length), lot: action.lot, factor: format().number(action.facteur, 2),
  });
  return version ? `${curve}. ${t("advice.drafted", { version, lot })}` : curve;
}

function list(element, sentences) {
  const same = element.childElementCount === sentences.length && sentences.every((text, i) => element.children[i].textContent === text);
  if (same) return;
  element.replaceChildren(...sentences.map((textContent) => Object.assign(document.createElement("li"), { textContent })));
}

function lots(element, codes) {
  if (element.childElementCount === codes.length) return;
  const links = codes.map((code) => Object.assign(document.createElement("a"), { textContent: code, href: lotAddress(code) }));
  element.replaceChildren(...links.flatMap((link, i) => (i === 0 ? [link] : [", ", link])));
}
