//! Episodes: periods during which a condition held.

use super::{AlertKind, Breach, Severity, Verdict};
use crate::domain::{
    lot::LotId,
    reading::{Assigned, MealPosition},
    site::Site,
    words::words,
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The lot or station of an episode, and where the condition was observed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Subject {
    pub lot_id: Option<LotId>,
    pub code_lot: Option<String>,
    pub gaveur_id: Option<i32>,
    pub site: Option<Site>,
    /// Meal at which it was raised.
    pub position: Option<MealPosition>,
    /// The quality station, and the sample in which the condition was observed.
    pub device_id: Option<String>,
    pub sample_id: Option<String>,
    pub simule: bool,
}

impl Subject {
    fn is_of_the_lot_of(&self, other: &Subject) -> bool {
        (self.lot_id, &self.code_lot) == (other.lot_id, &other.code_lot)
    }
}

impl From<Assigned<'_>> for Subject {
    fn from(assigned: Assigned<'_>) -> Self {
        let Assigned { lot_id, reading } = assigned;
        Subject {
            lot_id: Some(lot_id),
            code_lot: Some(reading.code_lot.clone()),
            gaveur_id: Some(reading.gaveur_id),
            site: Some(reading.site),
            position: Some(reading.position()),
            simule: reading.simule,
            ..Subject::default()
        }
    }
}

/// The end of an episode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Closing {
    pub at: Timestamp,
    /// The meal that ended it.
    pub position: Option<MealPosition>,
}

/// One period during which a condition held.
#[derive(Debug, Clone, PartialEq)]
pub struct Episode {
    /// Id of its row in the database; `None` if it is not stored yet.
    pub id: Option<i64>,
    pub kind: AlertKind,
    pub subject: Subject,
    /// The worst breach so far.
    pub breach: Breach,
    pub levee_le: Timestamp,
    pub closing: Option<Closing>,
    /// The stored end: an update is applied only if the row still has this value.
    pub stored_closing: Option<Timestamp>,
}

impl Episode {
    pub fn is_open(&self) -> bool {
        self.closing.is_none()
    }

    /// Ends it, if it is open, without a meal that did so.
    fn end(&mut self, at: Timestamp) {
        let at = at.max(self.levee_le);
        let position = None;
        self.closing.get_or_insert(Closing { at, position });
    }
}

words! {
    /// An event of an episode that people are informed of.
    pub enum Change {
        Raised = "raised",
        Worse = "worse",
        Closed = "closed",
        Acknowledged = "acknowledged",
        Withdrawn = "withdrawn",
    }
}

/// An episode and its stored state.
#[derive(Debug, Clone)]
struct Tracked {
    episode: Episode,
    stored: Option<StoredState>,
}

#[derive(Debug, Clone, Copy)]
struct StoredState {
    severity: Severity,
    closing: Option<Closing>,
}

impl Tracked {
    fn new(episode: Episode) -> Self {
        Tracked {
            episode,
            stored: None,
        }
    }

    fn from_storage(episode: Episode) -> Self {
        let stored = StoredState {
            severity: episode.breach.severity,
            closing: episode.closing,
        };
        Tracked {
            episode,
            stored: Some(stored),
        }
    }

    /// Changes since the stored state. An episode that began and ended since then is raised and closed.
    fn changes(&self) -> Vec<Change> {
        let open = self.episode.is_open();
        match self.stored {
            None if open => vec![Change::Raised],
            None => vec![Change::Raised, Change::Closed],
            Some(stored) if !open && stored.closing != self.episode.closing => vec![Change::Closed],
            Some(stored) if stored.closing.is_some() && open => vec![Change::Raised],
            Some(stored) if stored.severity < self.episode.breach.severity => vec![Change::Worse],
            Some(_) => Vec::new(),
        }
    }
}

/// The episodes of one lot or station, at most one open per kind, and the changes that a series of meals or samples makes.
#[derive(Debug, Default)]
pub struct Episodes {
    /// The latest of each kind: open, or closed by the front meal of the lot.
    latest: BTreeMap<AlertKind, Tracked>,
    past: Vec<Tracked>,
}

impl Episodes {
    /// Creates it from the open episodes and those that the front meal of the lot closed.
    pub fn new(stored: impl IntoIterator<Item = Episode>) -> Self {
        let mut episodes = Episodes::default();
        for episode in stored {
            let known = episodes.latest.get(&episode.kind);
            // If the kind has an open episode, an earlier closed one is irrelevant.
            if episode.is_open() || known.is_none_or(|known| !known.episode.is_open()) {
                let kind = episode.kind;
                episodes.latest.insert(kind, Tracked::from_storage(episode));
            }
        }
        episodes
    }

    /// Applies the verdict of a meal or sample at time `at` on one kind of condition.
    pub fn apply(&mut self, kind: AlertKind, verdict: Verdict, subject: &Subject, at: Timestamp) {
        match verdict {
            Verdict::Unknown => {}
            Verdict::Normal => self.close(kind, subject, at),
            Verdict::Breach(breach) => self.hold(kind, breach, subject, at),
        }
    }

    /// The front meal is gone: what it raised ends, at the time that it had, and what it ended goes on.
    pub fn take_back(&mut self, front: MealPosition, at: Timestamp) {
        for Tracked { episode, .. } in self.latest.values_mut() {
            let is_of_front = |position: Option<MealPosition>| position == Some(front);
            let raised = is_of_front(episode.subject.position);
            let ended = episode.closing.is_some_and(|end| is_of_front(end.position));
            match (raised, ended) {
                (true, _) => episode.end(at),
                (false, true) => episode.closing = None,
                (false, false) => {}
            }
        }
    }

    /// No meal is left that a condition could hold at.
    pub fn end_all(&mut self, at: Timestamp) {
        for Tracked { episode, .. } in self.latest.values_mut() {
            episode.end(at);
        }
    }

    fn close(&mut self, kind: AlertKind, subject: &Subject, at: Timestamp) {
        let open = self
            .latest
            .get_mut(&kind)
            .map(|tracked| &mut tracked.episode);
        if let Some(episode) = open.filter(|episode| episode.is_open()) {
            episode.closing = Some(Closing {
                at: at.max(episode.levee_le),
                position: subject.position,
            });
        }
    }

    fn hold(&mut self, kind: AlertKind, breach: Breach, subject: &Subject, at: Timestamp) {
        // When a station continues with another lot, another episode begins.
        let of_another_lot = |episode: &Episode| !episode.subject.is_of_the_lot_of(subject);
        let latest = self.latest.get(&kind).map(|tracked| &tracked.episode);
        if latest.is_some_and(of_another_lot) {
            self.close(kind, subject, at);
        }
        match self.latest.get_mut(&kind) {
            Some(tracked) if goes_on(&tracked.episode, subject) => {
                tracked.episode.closing = None;
                if tracked.episode.breach.severity < breach.severity {
                    tracked.episode.breach = breach;
                }
            }
            _ => self.raise(kind, breach, subject, at),
        }
    }

    fn raise(&mut self, kind: AlertKind, breach: Breach, subject: &Subject, at: Timestamp) {
        let episode = Episode {
            id: None,
            kind,
            subject: subject.clone(),
            breach,
            levee_le: at,
            closing: None,
            stored_closing: None,
        };
        self.past
            .extend(self.latest.insert(kind, Tracked::new(episode)));
    }

    /// Episodes that differ from their stored state, each with its changes. Of one kind, those that ended come before later ones.
    pub fn into_changes(self) -> Vec<(Episode, Vec<Change>)> {
        let all = self.past.into_iter().chain(self.latest.into_values());
        all.map(|tracked| (tracked.changes(), tracked.episode))
            .filter(|(changes, _)| !changes.is_empty())
            .map(|(changes, episode)| (episode, changes))
            .collect()
    }
}

/// True if the episode continues: it is open, or it was closed only by an earlier message about the same meal.
fn goes_on(episode: &Episode, subject: &Subject) -> bool {
    if !episode.subject.is_of_the_lot_of(subject) {
        return false;
    }
    match episode.closing {
        None => true,
        Some(closing) => closing.position.is_some() && closing.position == subject.position,
    }
}

#[cfg(test)]
mod tests;
