//! The effects of a batch of readings on the lots and their alerts.

mod batch;
#[cfg(test)]
mod restarts;
#[cfg(test)]
mod tests;

use super::{
    alert::{Change, Episode},
    lot::{LotId, LotState},
    reading::{Assigned, MealPosition, Meals, Reading},
    transition::Transition,
};
use batch::Batch;
use jiff::{Timestamp, tz::TimeZone};
use std::collections::{BTreeSet, HashMap, HashSet};

/// The stored state of the lots before the batch.
#[derive(Debug, Default, Clone)]
pub struct Known {
    pub lots: HashMap<LotId, LotState>,
    /// The meals of the lots for which they were read.
    pub meals: HashMap<LotId, Meals>,
    /// Open episodes, and those closed by the lot's front meal.
    pub open_episodes: HashMap<LotId, Vec<Episode>>,
    /// Only the newest life of each code is known.
    pub only_newest: bool,
}

/// Why the effects cannot be computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lacking {
    /// All lives of the codes must be read.
    Lives,
    /// The meals of these lots must be read.
    Meals(BTreeSet<LotId>),
    /// More ids for new lots are needed.
    Ids,
    /// A reading is refused, with this sentence for its sender.
    Refused(String),
}

/// A meal to write, in its latest version.
#[derive(Debug, Clone, PartialEq)]
pub struct Row<'a> {
    pub lot_id: LotId,
    pub reading: &'a Reading,
    /// The time under which a new meal is stored: that of its first version, as if each version had been written separately.
    pub filed_at: Timestamp,
    /// This time is doubtful; a believed one in the same batch replaces it.
    pub is_doubtful: bool,
    /// The meal is beyond the front of its lot, or its lot is new. It is certainly new, because the front is the most advanced stored
    /// meal.
    pub is_ahead: bool,
    /// It replaces a different reading of the same meal within the batch.
    pub corrects: bool,
}

/// A meal that occurs in the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchMeal {
    /// Index of its latest version in the batch.
    pub index: usize,
    pub lot_id: LotId,
}

/// The state after the batch.
#[derive(Debug, Default)]
pub struct Effects<'a> {
    /// Every lot of the batch, ordered by id.
    pub lots: Vec<LotState>,
    /// The lots whose state has changed: a repeat of a stored meal changes nothing.
    pub changed: HashSet<LotId>,
    /// The lots whose code has a later life.
    pub outlived: HashSet<LotId>,
    /// The new lots.
    pub begun: HashSet<LotId>,
    /// The steps of these lots in their life cycles.
    pub transitions: Vec<Transition>,
    /// Every meal of the batch once, in the order of its first version.
    pub meals: Vec<BatchMeal>,
    /// The meals with new content.
    pub rows: Vec<Row<'a>>,
    /// Versions that were replaced within the batch.
    pub overtaken: Vec<Assigned<'a>>,
    /// One reading of each gaveur who may be unknown; the gaveurs of existing lots are stored already.
    pub newcomers: Vec<&'a Reading>,
    /// Alert episodes that were opened, changed or closed, with their events.
    pub episodes: Vec<(Episode, Vec<Change>)>,
}

/// Applies the readings in the order of arrival, including repeats, so that the result does not depend on how a feed is cut into batches.
///
/// # Errors
/// More state must be read first, or a reading is refused; then nothing may be written.
pub fn apply<'a>(
    readings: &[&'a Reading],
    known: Known,
    ids: impl Iterator<Item = LotId>,
    zone: &TimeZone,
) -> Result<Effects<'a>, Lacking> {
    let mut batch = Batch::new(known, ids, zone);
    for (index, reading) in readings.iter().enumerate() {
        batch.apply(index, reading)?;
    }
    batch.into_effects()
}

/// The same for meals of this lot, which whoever wrote them down has named. `is_settled_open` lets the meals of a slaughtered lot change.
///
/// # Errors
/// More state must be read first, or the lot is settled; then nothing may be written.
pub fn apply_within<'a>(
    lot_id: LotId,
    readings: &[&'a Reading],
    known: Known,
    zone: &TimeZone,
    is_settled_open: bool,
) -> Result<Effects<'a>, Lacking> {
    let mut batch = Batch::new(known, std::iter::empty(), zone);
    batch.is_settled_open = is_settled_open;
    for (index, reading) in readings.iter().enumerate() {
        batch.apply_to_life(index, Assigned { lot_id, reading })?;
    }
    batch.into_effects()
}

/// The effects of taking a meal out of this lot; head counts of other meals follow from that.
///
/// # Errors
/// More state must be read first; then nothing may be written.
pub fn apply_deletion<'a>(
    lot_id: LotId,
    meal: MealPosition,
    recounted: &'a [Reading],
    known: Known,
    zone: &TimeZone,
) -> Result<Effects<'a>, Lacking> {
    let mut batch = Batch::new(known, std::iter::empty(), zone);
    batch.is_settled_open = true;
    batch.delete(lot_id, meal)?;
    for (index, reading) in recounted.iter().enumerate() {
        batch.apply_to_life(index, Assigned { lot_id, reading })?;
    }
    batch.into_effects()
}
