//! Episodes: periods during which a condition held.

use super::{AlertKind, Breach, Severity, Verdict};
use crate::domain::{
    lot::LotId,
    reading::{MealPosition, Told},
    site::Site,
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

impl From<Told<'_>> for Subject {
    fn from(told: Told<'_>) -> Self {
        let Told { lot_id, reading } = told;
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
}

/// An event of an episode that people are informed of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    Raised,
    Worse,
    Closed,
    Acknowledged,
}

impl Change {
    pub const fn as_str(self) -> &'static str {
        match self {
            Change::Raised => "raised",
            Change::Worse => "worse",
            Change::Closed => "closed",
            Change::Acknowledged => "acknowledged",
        }
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
mod tests {
    use super::*;
    use crate::domain::{
        alert::judge_meal,
        moment::Moment,
        reading::{Reading, sample},
        weighings::Weighings,
    };
    use proptest::prelude::*;

    fn subject(reading: &Reading) -> Subject {
        Subject::from(Told { lot_id: 1, reading })
    }

    fn with_dose(jour: i32, given: f64) -> Reading {
        let mut reading = sample("LL2611001", jour, Moment::Matin);
        reading.dose_reelle = given;
        reading.horodatage.instant = Timestamp::from_second(i64::from(jour) * 86_400).unwrap();
        reading
    }

    fn dose(reading: &Reading) -> Verdict {
        judge_meal(AlertKind::EcartDose, reading, &Weighings::default())
    }

    fn feed(episodes: &mut Episodes, doses: impl IntoIterator<Item = (i32, f64)>) {
        for (jour, given) in doses {
            let reading = with_dose(jour, given);
            let at = reading.horodatage.instant;
            let verdict = dose(&reading);
            episodes.apply(AlertKind::EcartDose, verdict, &subject(&reading), at);
        }
    }

    fn after(doses: impl IntoIterator<Item = (i32, f64)>) -> Vec<(Episode, Vec<Change>)> {
        let mut episodes = Episodes::default();
        feed(&mut episodes, doses);
        episodes.into_changes()
    }

    fn jour((episode, _): &(Episode, Vec<Change>)) -> i32 {
        episode.subject.position.unwrap().0
    }

    #[test]
    fn a_lot_that_stays_over_the_threshold_alerts_once() {
        let changes = after((0..5).map(|jour| (jour, 445.0)));
        assert_eq!(changes.len(), 1);
        assert_eq!(
            (jour(&changes[0]), &changes[0].1),
            (0, &vec![Change::Raised])
        );
    }

    #[test]
    fn an_episode_closes_when_the_condition_ends_and_a_new_one_begins_with_the_next() {
        let changes = after([(0, 445.0), (1, 400.0), (2, 450.0)]);
        let days: Vec<_> = changes.iter().map(|c| (jour(c), c.0.is_open())).collect();
        assert_eq!(days, [(0, false), (2, true)]);
        assert_eq!(changes[0].1, [Change::Raised, Change::Closed]);
    }

    #[test]
    fn an_episode_gets_worse_in_place_and_never_better() {
        let changes = after([(0, 425.0), (1, 520.0), (2, 425.0)]);
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].0.breach.severity, Severity::Critical);
        assert_eq!(jour(&changes[0]), 0);
    }

    #[test]
    fn a_meal_whose_correction_is_corrected_re_opens_its_episode_and_makes_no_second_one() {
        let changes = after([(0, 445.0), (0, 400.0), (0, 445.0)]);
        assert_eq!(changes.len(), 1);
        assert!(changes[0].0.is_open());
        let changes = after([(0, 445.0), (1, 400.0), (1, 445.0), (1, 400.0)]);
        assert_eq!(changes.len(), 1);
        assert!(!changes[0].0.is_open());
    }

    #[test]
    fn a_closed_episode_from_storage_is_re_opened_by_a_correction_of_the_meal_that_closed_it() {
        let mut stored = after([(0, 445.0), (1, 400.0)]).remove(0).0;
        stored.id = Some(7);
        let mut episodes = Episodes::new([stored]);
        feed(&mut episodes, [(1, 450.0)]);
        let changes = episodes.into_changes();
        assert_eq!(
            (changes[0].0.id, &changes[0].1),
            (Some(7), &vec![Change::Raised])
        );
    }

    #[test]
    fn a_meal_without_a_measure_neither_opens_nor_closes_anything() {
        let mut episodes = Episodes::default();
        feed(&mut episodes, [(0, 445.0)]);
        let mut unmeasured = with_dose(1, 400.0);
        unmeasured.dose_theorique = None;
        let subject = subject(&unmeasured);
        let verdict = dose(&unmeasured);
        episodes.apply(
            AlertKind::EcartDose,
            verdict,
            &subject,
            Timestamp::UNIX_EPOCH,
        );
        assert!(episodes.into_changes()[0].0.is_open());
    }

    #[test]
    fn an_open_episode_from_storage_that_does_not_change_is_not_written_again() {
        let mut stored = after([(0, 445.0)]).remove(0).0;
        stored.id = Some(7);
        let mut second = Episodes::new([stored]);
        feed(&mut second, [(1, 446.0)]);
        assert!(second.into_changes().is_empty());
    }

    #[test]
    fn a_station_that_goes_on_with_another_lot_begins_another_episode() {
        let breach = Breach {
            severity: Severity::Critical,
            mesure: None,
            seuil: None,
        };
        let mut episodes = Episodes::default();
        for code in ["LL2611001", "LL2611001", "LL2611002"] {
            let subject = Subject {
                code_lot: Some(code.to_owned()),
                device_id: Some("ESP32_LL_01".to_owned()),
                ..Subject::default()
            };
            let verdict = Verdict::Breach(breach);
            episodes.apply(
                AlertKind::ScoreQualite,
                verdict,
                &subject,
                Timestamp::UNIX_EPOCH,
            );
        }
        let open: Vec<_> = episodes
            .into_changes()
            .iter()
            .map(|c| c.0.is_open())
            .collect();
        assert_eq!(open, [false, true]);
    }

    proptest! {
        #[test]
        fn the_number_of_episodes_is_the_number_of_times_the_condition_began(doses in prop::collection::vec(200.0..600.0f64, 1..60)) {
            let mut began = 0;
            let mut held = false;
            for given in &doses {
                let holds = matches!(dose(&with_dose(0, *given)), Verdict::Breach(_));
                began += usize::from(holds && !held);
                held = holds;
            }
            let changes = after((0..).zip(doses));
            prop_assert_eq!(changes.len(), began);
            prop_assert_eq!(changes.iter().filter(|c| c.0.is_open()).count(), usize::from(held));
        }
    }
}
