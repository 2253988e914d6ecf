import { lotAddress } from "./lot-address.js";

const GAVAGE = ["gavage"];
const PRODUCERS = ["gavage", "monitor", "sqal"];

/** The page of the lot, or the wall while the fault is of all lots. */
const lot = (target) => (target?.code_lot ? lotAddress(target.code_lot) : "/");
/** Where a meal of the lot, or a foie of the station, shows. */
const subject = (target) => {
  if (target?.device_id) return `/sqal/${encodeURIComponent(target.device_id)}`;
  return target?.simulateur === "gavage" ? lot(target) : "/sqal";
};
const state = () => "/etat";
const log = () => "#log-title";

const number = (name, value, min, max, step = 1) => ({ name, value, min, max, step });

/**
 * What can be made: for which simulators (none: for the server itself), whether for one lot, with which parameters, and where
 * its effect shows.
 */
export const FAULTS = {
  coupure: { of: PRODUCERS, oneLot: false, shows: state },
  silence: { of: PRODUCERS, oneLot: true, shows: (target) => (target?.simulateur === "gavage" ? "/alertes" : "/sqal") },
  hors_plage: { of: GAVAGE, oneLot: true, shows: lot },
  invalide: { of: PRODUCERS, oneLot: true, shows: log },
  doublon: { of: PRODUCERS, oneLot: true, parameters: [number("fois", 3, 2, 10)], shows: subject },
  retard: { of: GAVAGE, oneLot: true, parameters: [number("retard_s", 5, 1, 600)], shows: lot },
  desordre: { of: GAVAGE, oneLot: true, parameters: [number("parmi", 5, 2, 20)], shows: lot },
  horloge: { of: GAVAGE, oneLot: true, parameters: [number("heures", 3, -2000, 47)], shows: lot },
  correction: { of: GAVAGE, oneLot: true, parameters: [number("facteur", 0.6, 0.1, 3, 0.1)], shows: lot },
  rafale: { of: GAVAGE, oneLot: true, parameters: [number("par_seconde", 50, 1, 100)], shows: state },
  ecran_lent: { of: [], oneLot: false, shows: state },
  base_absente: { of: [], oneLot: false, most: 30, shows: state },
};

/** What a fault of this kind can be made for, of what a frame says that runs; each whole simulator before its parts. */
export function targetsOf(kind, { simulators, cibles = {} }) {
  const { of, oneLot } = FAULTS[kind];
  return of
    .filter((name) => simulators[name].running)
    .flatMap((name) => {
      const part = name === "gavage" ? "code_lot" : "device_id";
      const parts = name === "gavage" && !oneLot ? [] : (cibles[name] ?? []);
      return [{ simulateur: name }, ...parts.map((one) => ({ simulateur: name, [part]: one }))];
    });
}
