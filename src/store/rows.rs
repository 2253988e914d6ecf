//! Reads rows. A shape lists its columns once, with [`from_row!`].

use super::StoreError;
use crate::{
    causes,
    domain::{
        alert::{Acknowledgement, Alert, Breach, Closing, Episode, Subject},
        horodatage::Horodatage,
        lot::{Fed, LotState},
        moment::Moment,
        reading::{MealPosition, Reading, TakeOver},
        weighings::Weighings,
    },
};
use jiff::Timestamp;
use std::fmt::Display;
use tokio_postgres::{
    Row,
    row::RowIndex,
    types::{FromSql, FromSqlOwned},
};

/// What a row, or a part of its columns, is read as.
pub trait FromRow: Sized {
    fn from_row(row: &Row) -> Result<Self, StoreError>;
}

/// Lists the columns of a struct: each has the name of its field, or the one after `=`. After `:` is a function that reads a field from several
/// columns.
///
/// ```text
/// from_row! { Breach { severity = "severite", mesure, seuil } }
/// from_row! { Episode { id, kind = "type", breach: Breach::from_row, … } }
/// ```
macro_rules! from_row {
    ($Shape:ident { $($field:ident $(= $column:literal)? $(: $read:expr)?),+ $(,)? }) => {
        impl $crate::store::rows::FromRow for $Shape {
            fn from_row(row: &tokio_postgres::Row) -> Result<Self, $crate::store::StoreError> {
                Ok($Shape {
                    $($field: from_row!(@read row $field $(= $column)? $(: $read)?)),+
                })
            }
        }
    };
    (@read $row:ident $field:ident) => {
        $crate::store::rows::read($row, stringify!($field))?
    };
    (@read $row:ident $field:ident = $column:literal) => {
        $crate::store::rows::read($row, $column)?
    };
    (@read $row:ident $field:ident : $read:expr) => {
        $read($row)?
    };
}
pub(super) use from_row;

/// Reads a column, given by its name or its place.
pub fn read<'a, T: FromSql<'a>>(
    row: &'a Row,
    column: impl RowIndex + Display + Copy,
) -> Result<T, StoreError> {
    row.try_get(column)
        .map_err(|error| StoreError::Row(format!("column {column}: {}", causes::once(&error))))
}

/// Reads one column of every row.
pub fn each<T: FromSqlOwned>(rows: &[Row], column: &str) -> Result<Vec<T>, StoreError> {
    rows.iter().map(|row| read(row, column)).collect()
}

pub fn all<T: FromRow>(rows: &[Row]) -> Result<Vec<T>, StoreError> {
    rows.iter().map(T::from_row).collect()
}

/// The only row of a statement, such as an aggregate without groups.
pub fn one(rows: Vec<Row>) -> Result<Row, StoreError> {
    let row = rows.into_iter().next();
    row.ok_or_else(|| {
        StoreError::Row("a statement that always returns a row returned none".to_owned())
    })
}

from_row! {
    LotState {
        id, code_lot, vie, gaveur_id, premier_gaveur_id, site = "site_code", genetique, debut_lot, fin_prevue, nb_canards_annonces,
        nb_canards_initial, nb_canards_actuel, poids_moyen_actuel, taux_mortalite, pret_abattage, statut, simule, fed: fed,
        reprise_place, pesees: weighings,
    }
}

fn fed(row: &Row) -> Result<Option<Fed>, StoreError> {
    let Some(front) = position(row, "jour_actuel", "moment_actuel")? else {
        return Ok(None);
    };
    Ok(Some(Fed {
        front,
        premier_releve: read(row, "premier_releve")?,
        premiere_place: read(row, "premiere_place")?,
        dernier_releve: read(row, "dernier_releve")?,
    }))
}

fn weighings(row: &Row) -> Result<Weighings, StoreError> {
    let (ranks, grams): (Vec<i32>, Vec<f64>) =
        (read(row, "pesees_places")?, read(row, "pesees_g")?);
    Ok(Weighings::from_stored(&ranks, &grams))
}

fn position(row: &Row, jour: &str, moment: &str) -> Result<Option<MealPosition>, StoreError> {
    let (jour, moment): (Option<i32>, Option<Moment>) = (read(row, jour)?, read(row, moment)?);
    Ok(jour.zip(moment))
}

fn raised_at(row: &Row) -> Result<Option<MealPosition>, StoreError> {
    position(row, "jour", "moment")
}

from_row! { Breach { severity = "severite", mesure, seuil } }

from_row! {
    Subject { lot_id, code_lot, gaveur_id, site = "site_code", position: raised_at, device_id, sample_id, simule }
}

// An episode that later meals may continue.
from_row! {
    Episode {
        id, kind = "type", subject: Subject::from_row, breach: Breach::from_row, levee_le, closing: closing,
        stored_closing = "fermee_le",
    }
}

fn closing(row: &Row) -> Result<Option<Closing>, StoreError> {
    let fermee_le: Option<Timestamp> = read(row, "fermee_le")?;
    let position = position(row, "ferme_jour", "ferme_moment")?;
    Ok(fermee_le.map(|at| Closing { at, position }))
}

// An alert, from a row that also contains name and telephone of its gaveur.
from_row! {
    Alert {
        id, lot_id, kind = "type", breach: Breach::from_row, code_lot, gaveur_id, gaveur_nom, gaveur_telephone,
        site = "site_code", device_id, sample_id, position: raised_at, levee_le, fermee_le, acquittement: acknowledgement, simule,
    }
}

fn acknowledgement(row: &Row) -> Result<Option<Acknowledgement>, StoreError> {
    let (le, par): (Option<Timestamp>, Option<String>) =
        (read(row, "acquittee_le")?, read(row, "acquittee_par")?);
    let commentaire = read(row, "commentaire")?;
    Ok(le.zip(par).map(|(le, par)| Acknowledgement {
        le,
        par,
        commentaire,
    }))
}

from_row! { Horodatage { texte = "horodatage", instant = "time", douteux = "horloge_douteuse" } }

// A stored meal under its first time. Its columns that a lot has, too, have other names.
from_row! {
    Reading {
        code_lot, gaveur_id, gaveur_nom, site = "site_code", genetique, jour, moment, dose_theorique, dose_reelle, poids_moyen,
        nb_canards_vivants, taux_mortalite = "meal_taux_mortalite", temperature_stabule, humidite_stabule,
        horodatage: Horodatage::from_row, pret_abattage = "meal_pret_abattage", simule = "meal_simule", correction: is_unmarked,
        take_over: of_anybody,
    }
}

/// That a meal was sent as a correction is not stored.
fn is_unmarked(_: &Row) -> Result<bool, StoreError> {
    Ok(false)
}

/// Who had the right to a stored meal is decided.
fn of_anybody(_: &Row) -> Result<TakeOver, StoreError> {
    Ok(TakeOver::default())
}
