//! A lot in quality control: its state in the queue and the figures of its samples.

use super::{
    StoreError,
    rows::from_row,
    view::{Scoped, View, scoped},
};
use crate::domain::{control::Stage, lot::LotId, quality::ByGrade, site::Site};
use jiff::Timestamp;

const GET: Scoped = scoped!("lot_foies/get");

/// A lot in quality control, with the figures of its samples.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlledLot {
    pub code_lot: String,
    pub lot_id: LotId,
    pub site: Site,
    pub gaveur_id: i32,
    pub gaveur_nom: String,
    /// `None` for a lot that was never queued.
    pub stage: Option<Stage>,
    pub en_attente_depuis: Option<Timestamp>,
    /// The station or person who claimed it.
    pub prise_par: Option<String>,
    pub prise_le: Option<Timestamp>,
    pub terminee_le: Option<Timestamp>,
    pub echantillons: i64,
    pub grades: ByGrade,
    /// Mean liver, g.
    pub masse_moyenne_g: Option<f64>,
    /// Maize that a duck was given in all, g; known when every meal is.
    pub mais_g_par_canard: Option<f64>,
    pub simule: bool,
}

from_row! {
    ControlledLot {
        code_lot, lot_id, site = "site_code", gaveur_id, gaveur_nom, stage = "statut", en_attente_depuis, prise_par, prise_le,
        terminee_le, echantillons, grades: ByGrade::from_row, masse_moyenne_g, mais_g_par_canard = "g_par_canard", simule,
    }
}

/// Also works for a lot that was never queued; `None` for an unknown lot.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn get(view: &View, lot_id: LotId) -> Result<Option<ControlledLot>, StoreError> {
    view.query_first(&GET, &[&lot_id]).await
}
