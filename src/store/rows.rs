//! Rows of the database as domain values. A word that our own constraints exclude is reported, not guessed at.

use super::StoreError;
use crate::domain::{
    alert::{Breach, Episode},
    horodatage::Horodatage,
    lot::{LotState, Statut},
    reading::Reading,
};
use std::str::FromStr;
use tokio_postgres::Row;

/// Reads a text column that holds one of our words.
pub fn word<T>(row: &Row, column: &str) -> Result<T, StoreError>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    let text: &str = row.try_get(column)?;
    text.parse()
        .map_err(|problem| StoreError::Row(format!("column {column}: {problem}")))
}

pub fn statut(row: &Row) -> Result<Statut, StoreError> {
    let text: &str = row.try_get("statut")?;
    Statut::parse(text)
        .ok_or_else(|| StoreError::Row(format!("column statut: unknown word {text:?}")))
}

pub fn lot_state(row: &Row) -> Result<LotState, StoreError> {
    Ok(LotState {
        code_lot: row.try_get("code_lot")?,
        gaveur_id: row.try_get("gaveur_id")?,
        site: word(row, "site_code")?,
        genetique: row.try_get("genetique")?,
        debut_lot: row.try_get("debut_lot")?,
        nb_canards_initial: row.try_get("nb_canards_initial")?,
        nb_canards_actuel: row.try_get("nb_canards_actuel")?,
        jour_actuel: row.try_get("jour_actuel")?,
        moment_actuel: word(row, "moment_actuel")?,
        poids_moyen_actuel: row.try_get("poids_moyen_actuel")?,
        taux_mortalite: row.try_get("taux_mortalite")?,
        pret_abattage: row.try_get("pret_abattage")?,
        statut: statut(row)?,
        simule: row.try_get("simule")?,
        dernier_releve: row.try_get("dernier_releve")?,
    })
}

/// An open episode of a lot.
pub fn episode(row: &Row) -> Result<Episode, StoreError> {
    Ok(Episode {
        id: Some(row.try_get("id")?),
        kind: word(row, "type")?,
        code_lot: row.try_get("code_lot")?,
        gaveur_id: row.try_get("gaveur_id")?,
        site: word(row, "site_code")?,
        position: (row.try_get("jour")?, word(row, "moment")?),
        breach: Breach {
            severity: word(row, "severite")?,
            mesure: row.try_get("mesure")?,
            seuil: row.try_get("seuil")?,
        },
        levee_le: row.try_get("levee_le")?,
        fermee_le: None,
    })
}

/// The latest meal of a lot, from a row that also holds the lot's state.
pub fn latest_meal(row: &Row, lot: &LotState) -> Result<Reading, StoreError> {
    Ok(Reading {
        code_lot: lot.code_lot.clone(),
        gaveur_id: lot.gaveur_id,
        gaveur_nom: row.try_get("gaveur_nom")?,
        site: lot.site,
        genetique: lot.genetique.clone(),
        jour: lot.jour_actuel,
        moment: lot.moment_actuel,
        dose_theorique: row.try_get("dose_theorique")?,
        dose_reelle: row.try_get("dose_reelle")?,
        poids_moyen: row.try_get("meal_poids_moyen")?,
        nb_canards_vivants: row.try_get("meal_nb_canards_vivants")?,
        taux_mortalite: row.try_get("meal_taux_mortalite")?,
        temperature_stabule: row.try_get("temperature_stabule")?,
        humidite_stabule: row.try_get("humidite_stabule")?,
        horodatage: Horodatage {
            texte: row.try_get("horodatage")?,
            instant: row.try_get("time")?,
        },
        pret_abattage: row.try_get("meal_pret_abattage")?,
        simule: row.try_get("meal_simule")?,
    })
}
