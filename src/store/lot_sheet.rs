//! What only the page of a lot shows: who said what of its meals and when it was corrected, the doses of its peers, its livers by mass.

use super::{
    StoreError,
    meals::StoredMeal,
    rows::{self, from_row},
    view::{Scoped, View, scoped},
};
use crate::domain::{
    corridor::Peer,
    lot::LotId,
    masses::{self, MassClass},
    moment::Moment,
    reading::MealPosition,
};
use jiff::Timestamp;

pub(super) const LIST_MEALS: Scoped = scoped!("gavage_data/list_by_lot");
pub(super) const LIST_VERSIONS: Scoped = scoped!("repas_versions/list_by_lot");
const LIST_PEERS: Scoped = scoped!("gavage_lot_jour/list_peers");
const COUNT_MASSES: Scoped = scoped!("lot_foies/count_masses");

/// The latest peers make the corridor.
const MOST_PEERS: i64 = 100;
/// Of one lot; a meal has a few at most.
pub(super) const MOST_VERSIONS: i64 = 1_000;

/// A meal, and who said it.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedMeal {
    pub meal: StoredMeal,
    /// `None` for a stream.
    pub auteur: Option<String>,
}

from_row! { SignedMeal { meal: StoredMeal::from_row, auteur } }

/// What was said of a meal before it was corrected or deleted.
#[derive(Debug, Clone, PartialEq)]
pub struct MealVersion {
    pub jour: i32,
    pub moment: Moment,
    pub dose_theorique: Option<f64>,
    pub dose_reelle: f64,
    pub poids_moyen: Option<f64>,
    pub nb_canards_vivants: Option<i32>,
    pub taux_mortalite: Option<f64>,
    pub temperature_stabule: Option<f64>,
    pub humidite_stabule: Option<f64>,
    pub auteur: Option<String>,
    pub origine: String,
    pub dit_le: Timestamp,
    pub remplace_le: Timestamp,
    /// The meal was deleted, not corrected; by whom, and why.
    pub supprime: bool,
    pub supprime_par: Option<String>,
    pub motif: Option<String>,
}

from_row! {
    MealVersion {
        jour, moment, dose_theorique, dose_reelle, poids_moyen, nb_canards_vivants, taux_mortalite, temperature_stabule,
        humidite_stabule, auteur, origine, dit_le, remplace_le, supprime,
        supprime_par, motif,
    }
}

/// The doses of one day of a peer, g per duck.
struct PeerDay {
    lot_id: LotId,
    /// Of the site of the lot whose peer it is.
    du_site: bool,
    jour: i32,
    dose_matin: Option<f64>,
    dose_soir: Option<f64>,
}

from_row! { PeerDay { lot_id, du_site, jour, dose_matin, dose_soir } }

/// Livers of one class of [`masses`].
struct CountedMass {
    classe: i32,
    foies: i64,
}

from_row! { CountedMass { classe, foies } }

/// What the page of a lot shows beside its state and its quality.
#[derive(Debug, Clone, PartialEq)]
pub struct LotSheet {
    /// Oldest meal first.
    pub meals: Vec<SignedMeal>,
    pub versions: Vec<MealVersion>,
    pub peers: Vec<Peer>,
    pub masses: Vec<MassClass>,
}

/// # Errors
/// The database is unavailable, or refuses a statement.
pub async fn get(view: &View, lot_id: LotId) -> Result<LotSheet, StoreError> {
    let bounds = masses::BOUNDS.to_vec();
    let [meals, versions, days, counted] = view
        .query_all([
            (&LIST_MEALS, &[&lot_id]),
            (&LIST_VERSIONS, &[&lot_id, &MOST_VERSIONS]),
            (&LIST_PEERS, &[&lot_id, &MOST_PEERS]),
            (&COUNT_MASSES, &[&lot_id, &bounds]),
        ])
        .await?;
    let days: Vec<PeerDay> = rows::all(&days)?;
    let counted: Vec<CountedMass> = rows::all(&counted)?;
    let counts: Vec<_> = counted
        .iter()
        .map(|class| (class.classe.unsigned_abs() as usize, class.foies))
        .collect();
    Ok(LotSheet {
        meals: rows::all(&meals)?,
        versions: rows::all(&versions)?,
        peers: peers(&days),
        masses: masses::classes(&counts),
    })
}

fn peers(days: &[PeerDay]) -> Vec<Peer> {
    let lots = days.chunk_by(|one, next| one.lot_id == next.lot_id);
    let peer = |days: &[PeerDay]| Peer {
        is_of_the_site: days[0].du_site,
        doses: days.iter().flat_map(doses).collect(),
    };
    lots.map(peer).collect()
}

fn doses(day: &PeerDay) -> impl Iterator<Item = (MealPosition, f64)> {
    let morning = day.dose_matin.map(|dose| ((day.jour, Moment::Matin), dose));
    let evening = day.dose_soir.map(|dose| ((day.jour, Moment::Soir), dose));
    [morning, evening].into_iter().flatten()
}
