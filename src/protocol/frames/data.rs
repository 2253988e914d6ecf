//! The objects inside frames.

use super::encoded::json;
use crate::{
    domain::{
        lot::{LotId, Statut},
        moment::Moment,
        reading::Reading,
        rounding::{one_decimal, two_decimals},
        saisie::DeletedMeal,
        site::Site,
        transition::Transition,
        wall::{LATEST_MEALS, NewlyPlanned, SiteStats, WallLot},
    },
    protocol::lenient,
};
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Input quoted in an `error` frame is truncated to this many bytes.
pub(super) const QUOTED_INPUT_BYTES: usize = 1024;

/// A time in the format of the wire.
#[derive(Debug, Clone, Copy)]
pub struct At(pub Timestamp);

impl At {
    pub fn now() -> Self {
        At(Timestamp::now())
    }
}

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The fields of a reading for screens: those of the producer's message, in its order.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ReadingData<'a> {
    code_lot: &'a str,
    gaveur_id: i32,
    gaveur_nom: &'a str,
    site: Site,
    genetique: &'a str,
    jour: i32,
    moment: Moment,
    dose_theorique: Option<f64>,
    dose_reelle: f64,
    poids_moyen: Option<f64>,
    nb_canards_vivants: Option<i32>,
    taux_mortalite: Option<f64>,
    temperature_stabule: Option<f64>,
    humidite_stabule: Option<f64>,
    timestamp: &'a str,
    pret_abattage: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    simule: bool,
}

impl<'a> From<&'a Reading> for ReadingData<'a> {
    fn from(reading: &'a Reading) -> Self {
        ReadingData {
            code_lot: &reading.code_lot,
            gaveur_id: reading.gaveur_id,
            gaveur_nom: &reading.gaveur_nom,
            site: reading.site,
            genetique: &reading.genetique,
            jour: reading.jour,
            moment: reading.moment,
            dose_theorique: reading.dose_theorique,
            dose_reelle: reading.dose_reelle,
            poids_moyen: reading.poids_moyen,
            nb_canards_vivants: reading.nb_canards_vivants,
            taux_mortalite: reading.taux_mortalite,
            temperature_stabule: reading.temperature_stabule,
            humidite_stabule: reading.humidite_stabule,
            timestamp: &reading.horodatage.texte,
            pret_abattage: reading.pret_abattage,
            simule: reading.simule,
        }
    }
}

/// A reading as the message that a producer sends of it.
pub fn reading_data(reading: &Reading) -> Vec<u8> {
    json(&ReadingData::from(reading))
}

/// A lot on the wall: its latest reading, when it arrived, and what is known of the lot beside it.
#[derive(Debug, Serialize)]
pub struct LotData<'a> {
    #[serde(flatten)]
    latest: ReadingData<'a>,
    recu_le: At,
    lot_id: LotId,
    statut: Statut,
    /// Of the last eight meals up to the latest one, %, oldest first; `null` for a meal that is missing or was not planned.
    ecarts: [Option<f64>; LATEST_MEALS],
    /// The jour of the last meal that its plan knows; `null` without a plan.
    dernier_jour_prevu: Option<i32>,
}

impl<'a> From<&'a WallLot> for LotData<'a> {
    fn from(lot: &'a WallLot) -> Self {
        LotData {
            latest: ReadingData::from(&*lot.latest),
            recu_le: At(lot.recu_le),
            lot_id: lot.lot_id,
            statut: lot.statut,
            ecarts: lot.ecarts.places().map(|ecart| ecart.map(one_decimal)),
            dernier_jour_prevu: lot.dernier_jour_prevu,
        }
    }
}

/// A lot's step in its life cycle.
#[derive(Debug, Serialize)]
pub struct TransitionData<'a> {
    code_lot: &'a str,
    lot_id: LotId,
    site: Site,
    gaveur_id: i32,
    /// `null` if the lot begins, or if this is told again.
    de: Option<Statut>,
    vers: Statut,
    /// `null` if a meal did it.
    par: Option<&'a str>,
    le: At,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    simule: bool,
}

impl<'a> TransitionData<'a> {
    pub fn new(transition: &'a Transition, le: At) -> Self {
        TransitionData {
            code_lot: &transition.code_lot,
            lot_id: transition.lot_id,
            site: transition.site,
            gaveur_id: transition.gaveur_id,
            de: transition.de,
            vers: transition.vers,
            par: transition.par.as_deref(),
            le,
            simule: transition.simule,
        }
    }
}

/// A meal that was deleted.
#[derive(Debug, Serialize)]
pub struct DeletedMealData<'a> {
    code_lot: &'a str,
    lot_id: LotId,
    site: Site,
    gaveur_id: i32,
    jour: i32,
    moment: Moment,
    par: &'a str,
    motif: &'a str,
    le: At,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    simule: bool,
}

impl<'a> DeletedMealData<'a> {
    pub fn new(meal: &'a DeletedMeal, le: At) -> Self {
        let (jour, moment) = meal.position;
        DeletedMealData {
            code_lot: &meal.code_lot,
            lot_id: meal.lot_id,
            site: meal.site,
            gaveur_id: meal.gaveur_id,
            jour,
            moment,
            par: &meal.par,
            motif: &meal.motif,
            le,
            simule: meal.simule,
        }
    }
}

/// Until when a lot that is being fed is planned to be fed.
#[derive(Debug, Serialize)]
pub struct PlanData<'a> {
    code_lot: &'a str,
    lot_id: LotId,
    site: Site,
    gaveur_id: i32,
    /// The jour of the last meal.
    dernier_jour_prevu: i32,
}

impl<'a> From<&'a NewlyPlanned> for PlanData<'a> {
    fn from(lot: &'a NewlyPlanned) -> Self {
        PlanData {
            code_lot: &lot.code_lot,
            lot_id: lot.lot_id,
            site: lot.site,
            gaveur_id: lot.gaveur_id,
            dernier_jour_prevu: lot.dernier_jour,
        }
    }
}

/// The figures of a site; `null` if nobody measured.
#[derive(Debug, Serialize)]
pub struct SiteStatsData {
    site_code: Site,
    nom: &'static str,
    region: &'static str,
    lots: usize,
    canards_vivants: Option<i64>,
    poids_moyen: Option<f64>,
    taux_mortalite: Option<f64>,
    dernier_releve: Option<At>,
    simule: bool,
    prets: usize,
    en_controle: usize,
    clos_aujourdhui: usize,
    /// The jour on which lots of the site usually end; `null` while too few have.
    dernier_jour_habituel: Option<i32>,
}

impl From<&SiteStats> for SiteStatsData {
    fn from(stats: &SiteStats) -> Self {
        SiteStatsData {
            site_code: stats.site,
            nom: stats.site.nom(),
            region: stats.site.region(),
            lots: stats.lots,
            canards_vivants: stats.canards_vivants,
            poids_moyen: stats.poids_moyen.map(one_decimal),
            taux_mortalite: stats.taux_mortalite.map(two_decimals),
            dernier_releve: stats.dernier_releve.map(At),
            simule: stats.simule,
            prets: stats.prets,
            en_controle: stats.en_controle,
            clos_aujourdhui: stats.clos_aujourdhui,
            dernier_jour_habituel: stats.dernier_jour_habituel,
        }
    }
}

/// The input as JSON if it is short JSON that every client can parse (no lone surrogates, no deep nesting, no number beyond a double);
/// otherwise the beginning of its text.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Quoted<'a> {
    Json(&'a RawValue),
    Text(&'a str),
}

impl<'a> Quoted<'a> {
    pub(super) fn of(input: &'a str) -> Self {
        if input.len() > QUOTED_INPUT_BYTES {
            return Quoted::Text(&input[..input.floor_char_boundary(QUOTED_INPUT_BYTES)]);
        }
        let is_readable = lenient::check(input).is_ok();
        let json = is_readable.then(|| serde_json::from_str(input).ok());
        json.flatten().map_or(Quoted::Text(input), Quoted::Json)
    }
}
