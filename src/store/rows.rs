//! Converts rows to domain values.

use super::StoreError;
use crate::domain::{
    alert::{Acknowledgement, Alert, Breach, Closing, Episode, Subject},
    horodatage::Horodatage,
    lot::LotState,
    moment::Moment,
    reading::{MealPosition, Reading},
    weighings::Weighings,
};
use jiff::Timestamp;
use tokio_postgres::Row;

pub fn lot_state(row: &Row) -> Result<LotState, StoreError> {
    let (ranks, grams): (Vec<i32>, Vec<f64>) =
        (row.try_get("pesees_places")?, row.try_get("pesees_g")?);
    Ok(LotState {
        id: row.try_get("id")?,
        vie: row.try_get("vie")?,
        code_lot: row.try_get("code_lot")?,
        gaveur_id: row.try_get("gaveur_id")?,
        site: row.try_get("site_code")?,
        genetique: row.try_get("genetique")?,
        debut_lot: row.try_get("debut_lot")?,
        nb_canards_initial: row.try_get("nb_canards_initial")?,
        nb_canards_actuel: row.try_get("nb_canards_actuel")?,
        jour_actuel: row.try_get("jour_actuel")?,
        moment_actuel: row.try_get("moment_actuel")?,
        poids_moyen_actuel: row.try_get("poids_moyen_actuel")?,
        taux_mortalite: row.try_get("taux_mortalite")?,
        pret_abattage: row.try_get("pret_abattage")?,
        statut: row.try_get("statut")?,
        simule: row.try_get("simule")?,
        premier_gaveur_id: row.try_get("premier_gaveur_id")?,
        premier_releve: row.try_get("premier_releve")?,
        premiere_place: row.try_get("premiere_place")?,
        dernier_releve: row.try_get("dernier_releve")?,
        pesees: Weighings::from_stored(&ranks, &grams),
    })
}

fn position(row: &Row, jour: &str, moment: &str) -> Result<Option<MealPosition>, StoreError> {
    let (jour, moment): (Option<i32>, Option<Moment>) = (row.try_get(jour)?, row.try_get(moment)?);
    Ok(jour.zip(moment))
}

fn breach(row: &Row) -> Result<Breach, StoreError> {
    Ok(Breach {
        severity: row.try_get("severite")?,
        mesure: row.try_get("mesure")?,
        seuil: row.try_get("seuil")?,
    })
}

/// An episode that later meals may continue.
pub fn episode(row: &Row) -> Result<Episode, StoreError> {
    let fermee_le: Option<Timestamp> = row.try_get("fermee_le")?;
    let ended_at = position(row, "ferme_jour", "ferme_moment")?;
    Ok(Episode {
        id: Some(row.try_get("id")?),
        kind: row.try_get("type")?,
        subject: Subject {
            lot_id: row.try_get("lot_id")?,
            code_lot: row.try_get("code_lot")?,
            gaveur_id: row.try_get("gaveur_id")?,
            site: row.try_get("site_code")?,
            position: position(row, "jour", "moment")?,
            device_id: row.try_get("device_id")?,
            sample_id: row.try_get("sample_id")?,
            simule: row.try_get("simule")?,
        },
        breach: breach(row)?,
        levee_le: row.try_get("levee_le")?,
        stored_closing: fermee_le,
        closing: fermee_le.map(|at| Closing {
            at,
            position: ended_at,
        }),
    })
}

/// An alert, from a row that also contains the name of its gaveur.
pub fn alert(row: &Row) -> Result<Alert, StoreError> {
    let acquittee_le: Option<Timestamp> = row.try_get("acquittee_le")?;
    let acquittee_par: Option<String> = row.try_get("acquittee_par")?;
    Ok(Alert {
        id: row.try_get("id")?,
        kind: row.try_get("type")?,
        breach: breach(row)?,
        lot_id: row.try_get("lot_id")?,
        code_lot: row.try_get("code_lot")?,
        gaveur_id: row.try_get("gaveur_id")?,
        gaveur_nom: row.try_get("gaveur_nom")?,
        site: row.try_get("site_code")?,
        device_id: row.try_get("device_id")?,
        sample_id: row.try_get("sample_id")?,
        position: position(row, "jour", "moment")?,
        levee_le: row.try_get("levee_le")?,
        fermee_le: row.try_get("fermee_le")?,
        acquittement: acquittee_le
            .zip(acquittee_par)
            .map(|(le, par)| Acknowledgement { le, par }),
        simule: row.try_get("simule")?,
    })
}

/// The latest meal of a lot, from a row that also contains the lot's state.
pub fn latest_meal(row: &Row, lot: &LotState) -> Result<Reading, StoreError> {
    Ok(Reading {
        code_lot: lot.code_lot.clone(),
        gaveur_nom: row.try_get("gaveur_nom")?,
        genetique: lot.genetique.clone(),
        ..stored_meal(row)?
    })
}

/// A stored meal, to be compared with what is said of it: under its first time, without what belongs to the lot. Its columns that a lot
/// has, too, have other names.
pub fn stored_meal(row: &Row) -> Result<Reading, StoreError> {
    Ok(Reading {
        code_lot: String::new(),
        gaveur_id: row.try_get("gaveur_id")?,
        gaveur_nom: String::new(),
        site: row.try_get("site_code")?,
        genetique: String::new(),
        jour: row.try_get("jour")?,
        moment: row.try_get("moment")?,
        dose_theorique: row.try_get("dose_theorique")?,
        dose_reelle: row.try_get("dose_reelle")?,
        poids_moyen: row.try_get("poids_moyen")?,
        nb_canards_vivants: row.try_get("nb_canards_vivants")?,
        taux_mortalite: row.try_get("meal_taux_mortalite")?,
        temperature_stabule: row.try_get("temperature_stabule")?,
        humidite_stabule: row.try_get("humidite_stabule")?,
        horodatage: Horodatage {
            texte: row.try_get("horodatage")?,
            instant: row.try_get("time")?,
            douteux: row.try_get("horloge_douteuse")?,
        },
        pret_abattage: row.try_get("meal_pret_abattage")?,
        simule: row.try_get("meal_simule")?,
        correction: false,
    })
}
