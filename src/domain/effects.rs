//! What a batch of readings does to the lots and their alerts.

mod batch;
#[cfg(test)]
mod restarts;
#[cfg(test)]
mod tests;

use super::{
    alert::{Change, Episode},
    lot::{LotId, LotState},
    reading::{Meals, Reading, Told},
};
use batch::Batch;
use jiff::{Timestamp, tz::TimeZone};
use std::collections::{BTreeSet, HashMap, HashSet};

/// State of the lots before the batch, as storage holds it.
#[derive(Debug, Default, Clone)]
pub struct Known {
    pub lots: HashMap<LotId, LotState>,
    /// Of the lots whose meals were asked for.
    pub meals: HashMap<LotId, Meals>,
    /// Open, or closed by the lot's front meal.
    pub open_episodes: HashMap<LotId, Vec<Episode>>,
    /// Of each code only the newest life is known.
    pub only_newest: bool,
}

/// Why nothing can be said yet, or at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lacking {
    /// All lives of the codes must be known.
    Lives,
    /// The meals of these lots must be known.
    Meals(BTreeSet<LotId>),
    /// Ids for lots that begin.
    Ids,
    /// A reading is not taken, for a reason that its sender is told.
    Refused(String),
}

/// A meal to be written, with its last word.
#[derive(Debug, Clone, PartialEq)]
pub struct Row<'a> {
    pub lot_id: LotId,
    pub reading: &'a Reading,
    /// Under which time the meal is filed if it is new: that of the first word on it, as if each had been written alone.
    pub filed_at: Timestamp,
    /// The clock that said this time must be doubted; a believed one in the same batch takes its place.
    pub is_doubtful: bool,
    /// It lies beyond the front of its lot, or its lot begins: the front is the most advanced meal that is stored, so it cannot be
    /// there yet.
    pub is_ahead: bool,
    /// It replaces a different reading of the same meal within the batch.
    pub corrects: bool,
}

/// A meal that was told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToldMeal {
    /// Of its last word in the batch.
    pub index: usize,
    pub lot_id: LotId,
}

/// State after the batch.
#[derive(Debug, Default)]
pub struct Effects<'a> {
    /// Every lot of the batch, in the order of their ids.
    pub lots: Vec<LotState>,
    /// Those of them that are not what they were: a repeat of what is stored changes nothing.
    pub changed: HashSet<LotId>,
    /// Those of them whose code has a later life.
    pub outlived: HashSet<LotId>,
    /// Those of them that begin.
    pub begun: HashSet<LotId>,
    /// Every meal of the batch once, in the order of its first word.
    pub meals: Vec<ToldMeal>,
    /// The meals of which something new was said.
    pub rows: Vec<Row<'a>>,
    /// Words that another one of the batch replaced.
    pub overtaken: Vec<Told<'a>>,
    /// One reading of each gaveur who may be unknown: the gaveur of a lot that is there is there as well.
    pub newcomers: Vec<&'a Reading>,
    /// Alert episodes that were opened, changed or closed, and what happened to each.
    pub episodes: Vec<(Episode, Vec<Change>)>,
}

/// Applies the readings in the order of their arrival, repeats of a meal included, so that it does not matter how a feed was
/// cut into batches.
///
/// # Errors
/// When something else must be known first, or a reading is not taken; then nothing is to be written.
pub fn apply<'a>(
    readings: &[&'a Reading],
    known: Known,
    ids: impl Iterator<Item = LotId>,
    zone: &TimeZone,
) -> Result<Effects<'a>, Lacking> {
    let mut batch = Batch::new(known, ids, zone);
    for (index, reading) in readings.iter().enumerate() {
        batch.tell(index, reading)?;
    }
    batch.into_effects()
}
