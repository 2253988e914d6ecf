import { instantMs } from "./ages.js";
import { cloneTemplate, setData, setText } from "./dom.js";
import { format, t, tOr } from "./i18n.js";
import { nowText } from "./server-words.js";

const MINUTE_MS = 60_000;

/** A row for each part of the server, with the last hour as one cell a minute. */
export class PartRows {
  #body;
  #rows = new Map();

  constructor(body) {
    this.#body = body;
  }

  show(report) {
    for (const part of report.parties) this.#fill(this.#row(part.partie), part, report);
  }

  #row(name) {
    if (!this.#rows.has(name)) {
      const row = cloneTemplate("part-template");
      row.root.dataset.serverPart = name;
      this.#rows.set(name, row);
      this.#body.append(row.root);
    }
    return this.#rows.get(name);
  }

  #fill({ parts }, { partie, etat, depuis, minutes }, report) {
    const name = tOr(`part.${partie}`, partie);
    setText(parts.name, name);
    setText(parts.state, stateWord(etat));
    setData(parts.state, "state", etat);
    const since = partie === "base" ? (report.base_injoignable_depuis ?? depuis) : depuis;
    setText(parts.since, etat === null ? "–" : format().minute(since));
    setText(parts.now, nowText(partie, report));
    showMinutes(parts.minutes, name, minutes, instantMs(report.timestamp));
  }
}

const stateWord = (state) => (state === null ? t("etat.unknown") : tOr(`etat.${state}`, state));

function showMinutes(strip, name, minutes, nowMs) {
  while (strip.childElementCount < minutes.length) strip.append(document.createElement("span"));
  minutes.forEach((state, i) => {
    const cell = strip.children[i];
    setData(cell, "state", state);
    const at = new Date(nowMs - (minutes.length - 1 - i) * MINUTE_MS).toISOString();
    const words = t("etat.minute", { time: format().minute(at), state: stateWord(state) });
    if (cell.title !== words) cell.title = words;
  });
  const count = (wanted) => format().count(minutes.filter((state) => state === wanted).length);
  const counts = { ok: count("ok"), attention: count("attention"), panne: count("panne"), unknown: count(null) };
  strip.setAttribute("aria-label", t("etat.minutes", { part: name, ...counts }));
}
