//! How long the lots of the wall will be fed: by their plans, or as is usual at their site.

use super::Wall;
use crate::domain::{feeding_length::usual_last_day, lot::LotId, pilotage::unmixed, site::Site};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};

/// The lots of a site that ended last say what is usual there.
const LATEST_ENDED: usize = 100;

/// The jour of the last meal that the plan of a lot knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedEnd {
    pub lot_id: LotId,
    pub dernier_jour: i32,
}

/// The jour of the last meal of a lot that was fed to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FedToTheEnd {
    pub site: Site,
    pub jour: i32,
    pub simule: bool,
}

/// A lot on the wall whose plan screens do not know yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewlyPlanned {
    pub code_lot: String,
    pub lot_id: LotId,
    pub site: Site,
    pub gaveur_id: i32,
    pub dernier_jour: i32,
}

/// What is known of lengths.
#[derive(Debug, Default)]
pub(super) struct Lengths {
    /// One for each lot with a plan that has not ended; it may not be on the wall yet.
    pub(super) planned: HashMap<LotId, i32>,
    /// Latest last.
    ended: HashMap<Site, VecDeque<FedToTheEnd>>,
    /// Codes of lots on the wall.
    pub(super) untold: Vec<String>,
}

impl Lengths {
    pub(super) fn note_end(&mut self, lot: FedToTheEnd) {
        let ended = self.ended.entry(lot.site).or_default();
        ended.push_back(lot);
        if ended.len() > LATEST_ENDED {
            ended.pop_front();
        }
    }

    /// Of real lots, or of simulated ones where there is no real one.
    pub(super) fn usual(&self, site: Site) -> Option<i32> {
        let ended = self.ended.get(&site)?.iter().copied().collect();
        let (ended, _) = unmixed(ended, |lot: &FedToTheEnd| lot.simule);
        usual_last_day(ended.iter().map(|lot| lot.jour))
    }
}

impl Wall {
    /// Records the plan of a lot, also of one whose first meal is still to come.
    pub fn plan(&mut self, plan: PlannedEnd) {
        let PlannedEnd {
            lot_id,
            dernier_jour,
        } = plan;
        let before = self.lengths.planned.insert(lot_id, dernier_jour);
        let shown = self.lots.values_mut().find(|lot| lot.lot_id == lot_id);
        if let Some(lot) = shown.filter(|_| before != Some(dernier_jour)) {
            lot.dernier_jour_prevu = Some(dernier_jour);
            self.lengths.untold.push(lot.code_lot.clone());
        }
    }

    /// Records a lot that ended before this process started.
    pub fn remember_end(&mut self, lot: FedToTheEnd) {
        self.lengths.note_end(lot);
    }

    /// The lots on the wall that were planned, or came with a plan, since the last call.
    pub fn take_newly_planned(&mut self) -> Vec<NewlyPlanned> {
        let untold = std::mem::take(&mut self.lengths.untold).into_iter();
        let planned = untold.filter_map(|code_lot| {
            let lot = self.lots.get(&code_lot)?;
            Some(NewlyPlanned {
                lot_id: lot.lot_id,
                site: lot.site,
                gaveur_id: lot.latest.gaveur_id,
                dernier_jour: lot.dernier_jour_prevu?,
                code_lot,
            })
        });
        planned.collect()
    }
}
