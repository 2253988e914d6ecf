import { format, t, tOr } from "./i18n.js";

/** The state of the whole server in one sentence. */
export function sentenceOf({ situation, base_injoignable_depuis: since, en_attente, refuses, parties }) {
  if (situation === "base_injoignable") return t("etat.base_injoignable", { time: format().minute(since), waiting: waitingText(en_attente.releves, refuses) });
  if (situation !== "a_surveiller") return tOr(`etat.${situation}`, situation);
  const watched = parties.filter(({ etat }) => etat === "attention" || etat === "panne");
  return t("etat.a_surveiller", { parts: watched.map(({ partie }) => tOr(`part.${partie}`, partie)).join(", ") });
}

function waitingText(readings, refused) {
  const n = format().count(readings);
  if (refused > 0) return t("etat.waiting.refused", { n, refused: format().count(refused) });
  return t(`etat.waiting.${readings === 0 ? "none" : readings === 1 ? "one" : "many"}`, { n });
}

/** What a part does now, in figures. */
export function nowText(partie, report) {
  const numbers = format();
  const stations = report.producteurs.filter(({ genre }) => genre === "station");
  switch (partie) {
    case "reception":
      return t("part.reception.now", { readings: numbers.count(report.releves_par_minute), samples: numbers.count(report.echantillons_par_minute) });
    case "file":
      return t("part.file.now", { readings: numbers.count(report.en_attente.releves), samples: numbers.count(report.en_attente.echantillons) });
    case "base":
      return t(report.base_injoignable_depuis ? "part.base.away" : "part.base.now");
    case "diffusion":
      return t("part.diffusion.now", { screens: numbers.count(report.ecrans), frames: numbers.count(report.trames_par_minute) });
    case "stations":
      return stations.length === 0 ? t("part.stations.none") : t("part.stations.now", { silent: numbers.count(silentOf(stations, report)), known: numbers.count(stations.length) });
    default:
      return "";
  }
}

/** Silent for longer than the ninety seconds that the server allows. */
function silentOf(stations, { timestamp }) {
  return stations.filter(({ dernier_message }) => Date.parse(timestamp) - Date.parse(dernier_message) > 90_000).length;
}

/** "12,3 Mo". */
export function sizeText(bytes) {
  if (typeof bytes !== "number") return format().number(null);
  const [size, unit] = bytes < 1e9 ? [bytes / 1e6, "megabytes"] : [bytes / 1e9, "gigabytes"];
  return t(`server.${unit}`, { value: format().number(size, 1) });
}
