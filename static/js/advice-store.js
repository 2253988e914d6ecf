/** What may still be decided or answered. */
const OPEN = new Set(["proposee", "envoyee", "lue"]);

export const isOpenAdvice = (advice) => OPEN.has(advice.etat);

/** Each state's column on the board. */
export const COLUMNS = [
  ["decide", ["proposee"]],
  ["sent", ["validee", "envoyee", "lue"]],
  ["accepted", ["acceptee"]],
  ["refused", ["refusee"]],
  ["over", ["expiree", "rejetee"]],
];

/** What advice says in a language; a supervisor's own words stand in French alone. */
export function adviceTexts(advice, language) {
  const english = language === "en" ? advice.en : null;
  return { title: english?.titre ?? advice.titre, text: english?.texte ?? advice.texte };
}

/**
 * The advice a page knows, each piece at its latest state. A list comes from the API and steps from the stream; a step that comes while the list
 * is on its way is newer than the list.
 */
export class AdviceStore {
  #advice = new Map();
  #arrived = null;

  get(id) {
    return this.#advice.get(id);
  }

  /** The newest first. */
  all() {
    return [...this.#advice.values()].sort((a, b) => b.id - a.id);
  }

  /** @param {[string, string[]]} column one of `COLUMNS` */
  inColumn([, states]) {
    return this.all().filter(({ etat }) => states.includes(etat));
  }

  /** Applies a frame of the stream: the advice that it told of, or null. */
  apply(frame) {
    if (frame.type !== "recommandation" || frame.data?.id === undefined) return null;
    this.#arrived?.add(frame.data.id);
    this.#advice.set(frame.data.id, frame.data);
    return frame.data;
  }

  /** To be called before the list is asked for. */
  startLoading() {
    this.#arrived = new Set();
  }

  /** Takes the whole list. */
  applyList(list) {
    const arrived = [...(this.#arrived ?? [])].map((id) => [id, this.#advice.get(id)]);
    this.#advice = new Map([...list.map((advice) => [advice.id, advice]), ...arrived]);
    this.#arrived = null;
  }
}
