//! Lots, their days, curves and quality as the farmers' and the supervision screens read them.

use super::Beside;
use crate::{
    domain::{
        lot_plan::{self, USUAL_DAYS},
        moment::Moment,
        quality::itm,
        reading::{Reading, ecart_dose},
        rounding::{one_decimal, two_decimals},
    },
    http::{error::ApiError, lots::Lot},
    store::{
        lot_figures::{self, LotFigures},
        lots::StoredLot,
        meals::StoredMeal,
        view::View,
    },
};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What a duck is to weigh at the end, g, by the cooperative's standing aim.
const AIM_G: f64 = 7000.0;
/// A dose that is off by as much does not follow the curve any more, %.
const OFF_THE_CURVE: f64 = 5.0;
/// A dose that is off by as much is an alert, %.
const ALERT: f64 = 10.0;

/// What the farmers' and the supervision screens read of a lot. They cannot do without numbers: 0 stands for what was not measured.
#[derive(Debug, Serialize, ToSchema)]
pub struct OldLot {
    /// = `site_code`.
    site_origine: &'static str,
    /// The planned one, else = `genetique`.
    souche: String,
    /// = `nb_canards_initial`.
    nombre_canards: i32,
    /// = `debut_lot`.
    date_debut_gavage: Date,
    /// As planned, else after the usual ten days; or when it ended.
    date_fin_gavage_prevue: Date,
    date_fin_gavage_reelle: Option<Date>,
    /// First mean weight of the lot, g.
    poids_moyen_initial: f64,
    /// Of a lot that is slaughtered, g.
    poids_moyen_final: Option<f64>,
    /// Planned maize, g per duck: 0 without a plan.
    objectif_quantite_mais: f64,
    /// g.
    objectif_poids_final: f64,
    nombre_jours_gavage_ecoules: i32,
    nombre_mortalite: i32,
    nb_morts: i32,
    nb_accroches: Option<i32>,
    /// Days from the first to the last meal of a lot that has ended, both included.
    duree_gavage_reelle: Option<i32>,
    /// Maize per duck over mean liver, g/g, two decimals.
    itm: Option<f64>,
    /// Coefficient of variation of the livers, two decimals.
    sigma: Option<f64>,
    /// Cumulated mortality of a lot that has ended, %.
    pctg_perte_gavage: Option<f64>,
}

/// A lot beside what older screens read of it.
pub type OldAndNewLot = Beside<Lot, OldLot>;

/// Adds what older screens read.
///
/// # Errors
/// The database does not answer.
pub async fn beside(view: &View, lots: Vec<StoredLot>) -> Result<Vec<OldAndNewLot>, ApiError> {
    let ids: Vec<_> = lots.iter().map(|lot| lot.id).collect();
    let figures = lot_figures::of_lots(view, &ids).await?;
    let each = lots.into_iter().map(|lot| {
        let figures = figures.get(&lot.id).copied().unwrap_or_default();
        let old = old_lot(&lot, figures);
        Beside {
            ours: lot.into(),
            old,
        }
    });
    Ok(each.collect())
}

/// The same with supervision's word for the state.
///
/// # Errors
/// The database does not answer.
pub async fn supervised(view: &View, lots: Vec<StoredLot>) -> Result<Vec<OldAndNewLot>, ApiError> {
    let lots = beside(view, lots).await?.into_iter();
    let each = lots.map(|Beside { ours, old }| Beside {
        ours: ours.supervised(),
        old,
    });
    Ok(each.collect())
}

/// The same for one lot.
///
/// # Errors
/// The database does not answer.
pub async fn beside_one(view: &View, lot: StoredLot) -> Result<OldAndNewLot, ApiError> {
    let mut lots = beside(view, vec![lot]).await?;
    lots.pop().ok_or(ApiError::Internal)
}

fn old_lot(lot: &StoredLot, figures: LotFigures) -> OldLot {
    let has_ended = lot.statut.has_ended();
    let is_slaughtered = lot.statut.is_settled();
    let days = lot.jour_actuel.unwrap_or(0).max(0);
    let last_day = lot.debut_lot.saturating_add(days.days());
    let end = lot.fin_prevue;
    let end = end.unwrap_or_else(|| lot_plan::last_day(lot.debut_lot, USUAL_DAYS));
    let dead = lot.nb_canards_initial.zip(lot.nb_canards_actuel);
    let dead = dead.map_or(0, |(begun, left)| (begun - left).max(0));
    let itm = itm(figures.mais_g_par_canard, figures.masse_moyenne_g);
    OldLot {
        site_origine: lot.site.as_str(),
        souche: lot.souche.as_ref().unwrap_or(&lot.genetique).clone(),
        nombre_canards: lot.nb_canards_initial.unwrap_or(0),
        date_debut_gavage: lot.debut_lot,
        date_fin_gavage_prevue: if has_ended {
            last_day
        } else {
            end.max(last_day)
        },
        date_fin_gavage_reelle: has_ended.then_some(last_day),
        poids_moyen_initial: figures
            .poids_initial
            .or(lot.poids_moyen_actuel)
            .or(lot.poids_initial_prevu_g)
            .unwrap_or(0.0),
        poids_moyen_final: lot.poids_moyen_actuel.filter(|_| is_slaughtered),
        objectif_quantite_mais: lot.objectif_mais_g.unwrap_or(0.0),
        objectif_poids_final: AIM_G,
        nombre_jours_gavage_ecoules: days,
        nombre_mortalite: dead,
        nb_morts: dead,
        nb_accroches: None,
        duree_gavage_reelle: has_ended.then_some(days + 1),
        itm: itm.map(two_decimals),
        sigma: figures.sigma.map(two_decimals),
        pctg_perte_gavage: lot.taux_mortalite.filter(|_| has_ended),
    }
}

/// A day of a lot as the farmers' screens read it: both meals of it. A meal that was not given counts 0 g.
#[derive(Debug, Serialize, ToSchema)]
pub struct OldDay {
    /// That of the day's first meal.
    pub id: i64,
    pub lot_id: i64,
    pub gaveur_id: i32,
    pub site_code: &'static str,
    pub date_gavage: Date,
    /// From 1: the first day of feeding.
    pub jour_gavage: i32,
    /// g per duck.
    pub dose_matin: f64,
    pub dose_soir: f64,
    pub dose_totale_jour: f64,
    /// Planned, g per duck; `null` unless each meal that was given was planned.
    pub dose_theorique_g: Option<f64>,
    pub ecart_g: Option<f64>,
    /// Of the dose, %, one decimal.
    pub ecart_poids_pourcent: Option<f64>,
    /// `HH:MM:SS` in the configured zone; empty when the meal was not given.
    heure_gavage_matin: String,
    heure_gavage_soir: String,
    nb_canards_peses: i32,
    /// Single weights are not known.
    poids_echantillon: Vec<f64>,
    /// Last mean weight of the day, g.
    poids_moyen_mesure: Option<f64>,
    /// °C.
    temperature_stabule: Option<f64>,
    /// %.
    humidite_stabule: Option<f64>,
    pub suit_courbe_theorique: bool,
    /// The dose of the day is off by 10 % or more.
    pub alerte_generee: bool,
    /// `WARNING` with such an alert.
    niveau_alerte: Option<&'static str>,
    remarques: Option<String>,
    recommandations_ia: Vec<String>,
    /// There is no model that predicts.
    prediction_activee: bool,
    pub created_at: Timestamp,
}

/// The meals of a lot, oldest first, day by day.
pub fn days(lot: &StoredLot, meals: &[StoredMeal], zone: &TimeZone) -> Vec<OldDay> {
    let mut by_day: BTreeMap<i32, Vec<&StoredMeal>> = BTreeMap::new();
    for meal in meals {
        by_day.entry(meal.reading.jour).or_default().push(meal);
    }
    let days = by_day.values();
    days.filter_map(|meals| day(lot, meals, zone)).collect()
}

fn day(lot: &StoredLot, stored: &[&StoredMeal], zone: &TimeZone) -> Option<OldDay> {
    let meals: Vec<_> = stored.iter().map(|meal| &meal.reading).collect();
    let (first, last) = (stored.first()?, meals.last()?);
    let of = |moment: Moment| meals.iter().find(|meal| meal.moment == moment);
    let dose = |moment| of(moment).map_or(0.0, |meal| meal.dose_reelle);
    let hour = |moment| {
        let time = of(moment).map(|meal| meal.horodatage.instant.to_zoned(zone.clone()));
        time.map_or_else(String::new, |time| time.strftime("%H:%M:%S").to_string())
    };
    let given: f64 = meals.iter().map(|meal| meal.dose_reelle).sum();
    let planned: Option<f64> = meals.iter().map(|meal| meal.dose_theorique).sum();
    let ecart = ecart_dose(planned, given).map(one_decimal);
    let is_off = |bound: f64| ecart.is_some_and(|ecart| ecart.abs() >= bound);
    let latest =
        |measure: fn(&Reading) -> Option<f64>| meals.iter().rev().find_map(|meal| measure(meal));
    Some(OldDay {
        id: first.id,
        lot_id: lot.id,
        gaveur_id: last.gaveur_id,
        site_code: lot.site.as_str(),
        date_gavage: lot.debut_lot.saturating_add(last.jour.days()),
        jour_gavage: last.jour + 1,
        dose_matin: dose(Moment::Matin),
        dose_soir: dose(Moment::Soir),
        dose_totale_jour: given,
        dose_theorique_g: planned,
        ecart_g: planned.map(|planned| one_decimal(given - planned)),
        ecart_poids_pourcent: ecart,
        heure_gavage_matin: hour(Moment::Matin),
        heure_gavage_soir: hour(Moment::Soir),
        nb_canards_peses: latest_count(&meals),
        poids_echantillon: Vec::new(),
        poids_moyen_mesure: latest(|meal| meal.poids_moyen),
        temperature_stabule: latest(|meal| meal.temperature_stabule),
        humidite_stabule: latest(|meal| meal.humidite_stabule),
        suit_courbe_theorique: !is_off(OFF_THE_CURVE),
        alerte_generee: is_off(ALERT),
        niveau_alerte: is_off(ALERT).then_some("WARNING"),
        remarques: None,
        recommandations_ia: Vec::new(),
        prediction_activee: false,
        created_at: first.recu_le,
    })
}

/// Ducks of a weighing: a mean weight is of all of them.
fn latest_count(meals: &[&Reading]) -> i32 {
    let weighed = meals.iter().rev().find(|meal| meal.poids_moyen.is_some());
    weighed
        .and_then(|meal| meal.nb_canards_vivants)
        .unwrap_or(0)
}

/// What the supervision screens read of a dose.
#[derive(Debug, Serialize, ToSchema)]
pub struct OldDose {
    /// From 1.
    pub jour_gavage: i32,
    /// = `dose_theorique`.
    pub feed_target: Option<f64>,
    /// = `dose_reelle`.
    pub feed_real: f64,
    /// Given − planned, g.
    pub corn_variation: Option<f64>,
}
