//! A lot's step from one state of its life cycle to another.

use super::{
    lot::{LotId, LotState, Statut},
    site::Site,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    pub lot_id: LotId,
    pub code_lot: String,
    pub site: Site,
    pub gaveur_id: i32,
    /// `None` if the lot begins, or if its earlier state is not known: a transition whose commit was in doubt is told again without it.
    pub de: Option<Statut>,
    pub vers: Statut,
    /// Who asked for it; `None` if a meal did it.
    pub par: Option<String>,
    pub simule: bool,
}

impl Transition {
    /// The transition that meals made of a lot, if any; `before` is its state before them, `None` for a new lot.
    pub fn by_meals(lot: &LotState, before: Option<Statut>) -> Option<Self> {
        (before != Some(lot.statut)).then(|| Transition {
            lot_id: lot.id,
            code_lot: lot.code_lot.clone(),
            site: lot.site,
            gaveur_id: lot.gaveur_id,
            de: before,
            vers: lot.statut,
            par: None,
            simule: lot.simule,
        })
    }
}
