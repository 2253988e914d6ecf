import { ageSeconds } from "./ages.js";
import { cloneTemplate, setData, setText } from "./dom.js";
import { gradeWord, scoreText, showGrades } from "./grade-shares.js";
import { HeatMap } from "./heat-map.js";
import { format, t, tOr } from "./i18n.js";
import { showLot } from "./lot-address.js";
import { DefectList, Spectrum, ValueTables } from "./sample-details.js";
import { presence } from "./station-store.js";

/** Scores and indices of a sample, each from 0 to 1. */
const SHARES = ["final_score", "tof_score", "spectral_score", "freshness_index", "oxidation_index"];

/** One quality station: its latest sample, the verdict on it, and its last hour. */
export class StationCard {
  #view = cloneTemplate("station-template");
  #maps;
  #spectrum;
  #defects;
  #tables;
  #station = null;

  /** @param {{isUnfolded: boolean, onUnfold: (open: boolean) => void}} values whether those of its maps are shown */
  constructor(deviceId, { isUnfolded, onUnfold }) {
    const { parts } = this.#view;
    this.root = this.#view.root;
    this.root.dataset.device = deviceId;
    parts.name.id = `station-${deviceId}`;
    this.root.setAttribute("aria-labelledby", parts.name.id);
    parts.age.dataset.ageOf = deviceId;
    parts.values.open = isUnfolded;
    parts.values.addEventListener("toggle", () => onUnfold(parts.values.open));
    setText(parts.link, deviceId);
    parts.link.href = `/sqal/${encodeURIComponent(deviceId)}`;
    const map = (kind) => new HeatMap(this.root.querySelector(`[data-map=${kind}]`), kind, deviceId);
    this.#maps = { height: map("height"), reflectance: map("reflectance") };
    this.#spectrum = new Spectrum(parts.spectrum);
    this.#defects = new DefectList(parts.defects);
    this.#tables = new ValueTables(parts.values, parts["values-body"]);
  }

  show(station) {
    this.#station = station;
    const { device, sample } = station;
    const summary = sample?.summary ?? {};
    const { parts } = this.#view;
    setText(parts.place, [device?.site_code ?? summary.site_code, device?.location].filter(Boolean).join(" · "));
    parts.simulated.hidden = (summary.simule ?? device?.simule) !== true;
    this.#showVerdict(summary, sample !== null);
    this.#showFigures(summary, sample);
    showLot(parts.lot, summary.code_lot ?? null);
    this.#showSensors(sample);
  }

  /** The site as the server lists it, or as its samples name it. */
  get siteCode() {
    const { device, sample } = this.#station ?? {};
    return device?.site_code ?? sample?.summary.site_code ?? null;
  }

  /** @param {object|null} counts how many of each grade in the last hour, null while unknown */
  showHour(counts) {
    const n = counts === null ? null : Object.values(counts).reduce((sum, count) => sum + count, 0);
    const words = t(n === 1 ? "station.lastHour.one" : "station.lastHour.many", { n: format().count(n) });
    setText(this.#view.parts["last-hour"], words);
    showGrades(this.#view.parts.grades, counts);
  }

  showAge(serverNow, hears) {
    const { parts } = this.#view;
    const state = presence(this.#station, serverNow, hears);
    setData(this.root, "presence", state ?? "unknown");
    setText(parts.presence, t(`station.${state ?? "unknown"}`));
    setText(parts.age, format().age(ageSeconds(this.#station.sampleMs, serverNow)));
  }

  #showVerdict(summary, known) {
    const { parts } = this.#view;
    setData(this.root, "grade", summary.final_grade ?? null);
    setData(this.root, "sample", this.#station.sample?.sampleId ?? null);
    setText(parts["grade-word"], known ? gradeWord(summary.final_grade) : t("station.noSample"));
    setText(parts.use, known ? uses(summary).join(" · ") : "");
    const reasons = (summary.motifs_a_verifier ?? []).map((reason) => tOr(`station.verify.${reason}`, reason));
    setData(this.root, "verify", reasons.length > 0 ? "true" : null);
    parts.verify.hidden = reasons.length === 0;
    setText(parts["verify-text"], reasons.join(" · "));
    const differs = summary.desaccord === true;
    setData(this.root, "disagree", differs ? "true" : null);
    parts.disagree.hidden = !differs;
    const claim = { grade: gradeWord(summary.station_grade), score: scoreText(summary.station_score) };
    setText(parts["claim-text"], differs ? t("station.claim", claim) : "");
  }

  #showFigures(summary, sample) {
    const { figures } = this.#view;
    setText(figures.masse_foie_g, format().grams(summary.masse_foie_g));
    for (const name of SHARES) setText(figures[name], scoreText(summary[name]));
    setText(figures.sample_id, sample?.sampleId ?? "–");
    setText(figures.nb_defauts, format().count(summary.nb_defauts ?? sample?.defects.length));
  }

  #showSensors(sample) {
    const defects = sample?.defects ?? [];
    this.#maps.height.show(sample?.distance ?? null, defects);
    this.#maps.reflectance.show(sample?.reflectance ?? null, defects);
    this.#spectrum.show(sample?.channels ?? null);
    this.#defects.show(sample ? defects : null);
    this.#tables.show(sample);
  }
}

/** What may be done with the foie: two questions, which the word "conforme" used to mix up. */
export function uses({ sellable, qr_allowed }) {
  const texts = [];
  if (typeof sellable === "boolean") texts.push(t(sellable ? "station.sellable" : "station.notSellable"));
  if (typeof qr_allowed === "boolean") texts.push(t(qr_allowed ? "station.qr" : "station.noQr"));
  return texts;
}
