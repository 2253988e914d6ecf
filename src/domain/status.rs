//! Whether the server works, part by part: each observation is judged by the one before, and an hour of them is kept.

use super::{disconnects::Reasons, producers::Stations, unwritten::Unwritten, words::words};
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;

/// How often an observation is noted.
pub const NOTED_EVERY: SignedDuration = SignedDuration::from_secs(10);
/// How far back the history reaches.
pub const MINUTES: usize = 60;
/// An hour of observations, and one before it.
const MOST_OBSERVATIONS: usize = 361;

words! {
    /// A part of the server, in the order of the way of a reading.
    pub enum Part {
        /// Sessions of producers.
        Ingest = "reception",
        /// What waits to be written.
        Queue = "file",
        Database = "base",
        /// Frames for screens.
        Screens = "diffusion",
        Stations = "stations",
    }
}

words! {
    /// Better ones first.
    pub enum State {
        Fine = "ok",
        Attention = "attention",
        Down = "panne",
    }
}

words! {
    /// The state of the whole server, in one sentence; worse ones first.
    pub enum Situation {
        /// A core actor is dead.
        Broken = "composant_mort",
        DatabaseAway = "base_injoignable",
        /// Messages of producers are refused, because the queue is full.
        Refusing = "file_pleine",
        Attention = "a_surveiller",
        Fine = "tout_va_bien",
    }
}

/// The state of each part, in the order of [`Part::ALL`]; `None` if there is nothing to judge by.
pub type States = [Option<State>; Part::ALL.len()];

/// What has happened since the server started.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Totals {
    pub readings: u64,
    pub samples: u64,
    /// Messages answered with an error, those refused for lack of room left out.
    pub errors: u64,
    /// Messages refused because the queue was full.
    pub refused: u64,
    /// Batches that had to be written again.
    pub retries: u64,
    /// Frames queued for screens.
    pub deliveries: u64,
    /// Frames and connections lost because a screen did not keep up.
    pub dropped: u64,
    /// Connections that ended, by reason.
    pub ended: Reasons,
}

/// The server at one instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    pub at: Timestamp,
    pub totals: Totals,
    pub waiting: Unwritten,
    pub is_database_away: bool,
    /// Open connections of screens.
    pub screens: u64,
    pub stations: Stations,
}

impl Observation {
    /// Judges what has happened since an earlier observation.
    fn judge(&self, before: &Observation) -> States {
        let grew = |count: fn(&Totals) -> u64| count(&self.totals) > count(&before.totals);
        let worst = |down: bool, attention: bool| match (down, attention) {
            (true, _) => State::Down,
            (_, true) => State::Attention,
            _ => State::Fine,
        };
        let refuses = grew(|totals| totals.refused);
        let waits = !self.waiting.is_empty() && !before.waiting.is_empty();
        let Stations { known, silent } = self.stations;
        Part::ALL.map(|part| match part {
            Part::Ingest => Some(worst(refuses, grew(|totals| totals.errors))),
            Part::Queue => Some(worst(refuses, waits && grew(|totals| totals.retries))),
            Part::Database => Some(worst(self.is_database_away, false)),
            Part::Screens => Some(worst(false, grew(|totals| totals.dropped))),
            Part::Stations => (known > 0).then(|| worst(silent == known, silent > 0)),
        })
    }
}

/// Judged observations of the last hour. Nothing is known of the time before the server started.
#[derive(Debug, Default)]
pub struct History {
    observations: VecDeque<(Observation, States)>,
}

impl History {
    pub fn note(&mut self, observation: Observation) {
        let before = self
            .observations
            .back()
            .map_or(&observation, |(before, _)| before);
        let states = observation.judge(before);
        self.observations.push_back((observation, states));
        if self.observations.len() > MOST_OBSERVATIONS {
            self.observations.pop_front();
        }
    }

    /// The states of the present, by what has happened in the last seconds.
    pub fn judge(&self, present: &Observation) -> States {
        let earlier = || self.observations.iter().rev().map(|(it, _)| it);
        let before = earlier().find(|it| it.at <= present.at - NOTED_EVERY);
        let before = before.or_else(|| earlier().next_back());
        present.judge(before.unwrap_or(present))
    }

    /// The worst state of a part in each of the last sixty minutes, oldest first, the last one ending with the present state; `None` for a
    /// minute of which nothing is known.
    pub fn minutes(
        &self,
        part: Part,
        present: Option<State>,
        now: Timestamp,
    ) -> [Option<State>; MINUTES] {
        let mut minutes = [None; MINUTES];
        minutes[MINUTES - 1] = present;
        for (observation, states) in &self.observations {
            let age = now.duration_since(observation.at).as_secs().max(0) / 60;
            let place = usize::try_from(age).ok().filter(|age| *age < MINUTES);
            if let Some(age) = place {
                let minute: &mut Option<State> = &mut minutes[MINUTES - 1 - age];
                *minute = (*minute).max(states[part as usize]);
            }
        }
        minutes
    }

    /// Since when a part has been in its present state, as far as is known.
    pub fn since(&self, part: Part, present: Option<State>, now: Timestamp) -> Timestamp {
        let same = self.observations.iter().rev();
        let same = same.take_while(|(_, states)| states[part as usize] == present);
        same.last().map_or(now, |(observation, _)| observation.at)
    }

    /// The totals at an instant: those of the last observation before it, or of the first one that is known.
    pub fn totals_at(&self, instant: Timestamp) -> Option<&Totals> {
        let before = self
            .observations
            .iter()
            .rev()
            .find(|(it, _)| it.at <= instant);
        let known = before.or(self.observations.front());
        known.map(|(observation, _)| &observation.totals)
    }
}

/// The sentence about the whole server.
pub fn situation(is_broken: bool, states: &States) -> Situation {
    let state = |part: Part| states[part as usize];
    let worst = states.iter().flatten().max();
    if is_broken {
        Situation::Broken
    } else if state(Part::Database) == Some(State::Down) {
        Situation::DatabaseAway
    } else if state(Part::Queue) == Some(State::Down) {
        Situation::Refusing
    } else if worst > Some(&State::Fine) {
        Situation::Attention
    } else {
        Situation::Fine
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observation(second: i64) -> Observation {
        Observation {
            at: Timestamp::from_second(second).unwrap(),
            totals: Totals::default(),
            waiting: Unwritten::default(),
            is_database_away: false,
            screens: 0,
            stations: Stations::default(),
        }
    }

    fn with(second: i64, change: impl FnOnce(&mut Observation)) -> Observation {
        let mut observation = observation(second);
        change(&mut observation);
        observation
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// Part, change of the observation, state of the part.
    type Case = (Part, fn(&mut Observation), Option<State>);

    #[test]
    fn each_part_is_judged_by_what_happened_since_the_moment_before() {
        use State::{Attention, Down, Fine};
        let cases: [Case; 12] = [
            (Part::Ingest, |_| {}, Some(Fine)),
            (Part::Ingest, |it| it.totals.errors = 1, Some(Attention)),
            (Part::Ingest, |it| it.totals.refused = 1, Some(Down)),
            (Part::Queue, |it| it.totals.readings = 9, Some(Fine)),
            // A batch that was written again and is gone is nothing to look after.
            (Part::Queue, |it| it.totals.retries = 1, Some(Fine)),
            (Part::Queue, |it| it.totals.refused = 1, Some(Down)),
            (Part::Database, |it| it.is_database_away = true, Some(Down)),
            (Part::Screens, |it| it.totals.dropped = 1, Some(Attention)),
            (Part::Stations, |_| {}, None),
            (Part::Stations, |it| it.stations.known = 2, Some(Fine)),
            (
                Part::Stations,
                |it| {
                    it.stations = Stations {
                        known: 2,
                        silent: 1,
                    }
                },
                Some(Attention),
            ),
            (
                Part::Stations,
                |it| {
                    it.stations = Stations {
                        known: 2,
                        silent: 2,
                    }
                },
                Some(Down),
            ),
        ];
        for (number, (part, change, state)) in cases.into_iter().enumerate() {
            let mut history = History::default();
            history.note(observation(0));
            let present = with(10, change);
            assert_eq!(history.judge(&present)[part as usize], state, "{number}");
        }
        let waits = |second, retries| {
            with(second, |it| {
                it.waiting.readings = 5;
                it.totals.retries = retries;
            })
        };
        assert_eq!(
            waits(10, 2).judge(&waits(0, 1))[Part::Queue as usize],
            Some(Attention)
        );
    }

    #[test]
    fn what_happened_in_the_last_ten_seconds_is_judged_and_not_only_since_the_last_observation() {
        let mut history = History::default();
        let fails = |second| with(second, |it| it.totals.errors = 1);
        assert_eq!(
            history.judge(&fails(0))[0],
            Some(State::Fine),
            "since when?"
        );
        for observation in [observation(0), fails(10), fails(20)] {
            history.note(observation);
        }
        let state = |second| history.judge(&fails(second))[Part::Ingest as usize];
        assert_eq!(state(11), Some(State::Attention));
        assert_eq!(state(20), Some(State::Fine));
        assert_eq!(state(21), Some(State::Fine));
    }

    #[test]
    fn a_minute_shows_its_worst_moment_and_nothing_is_said_of_one_that_is_not_known() {
        let mut history = History::default();
        let now = 100_000;
        for second in (now - 600..=now).step_by(10) {
            // Away for ten seconds, five minutes and a half ago.
            let is_away = second == now - 330;
            history.note(with(second, |it| it.is_database_away = is_away));
        }
        let fine = Some(State::Fine);
        let minutes = history.minutes(Part::Database, fine, at(now));
        assert!(
            minutes[..MINUTES - 11].iter().all(Option::is_none),
            "before the start"
        );
        let down = minutes
            .iter()
            .rposition(|minute| *minute == Some(State::Down));
        assert_eq!(down, Some(MINUTES - 6));
        assert_eq!(minutes.iter().filter(|minute| **minute == fine).count(), 10);
        let down = history.minutes(Part::Database, Some(State::Down), at(now));
        assert_eq!(down[MINUTES - 1], Some(State::Down));
        // An hour in which the process did not run.
        let later = history.minutes(Part::Database, None, at(now + 3_600));
        assert_eq!(later, [None; MINUTES]);
    }

    #[test]
    fn an_hour_is_kept_and_no_more() {
        let mut history = History::default();
        for second in (0..20_000).step_by(10) {
            history.note(with(second, |it| it.totals.readings = second as u64));
        }
        assert_eq!(history.observations.len(), MOST_OBSERVATIONS);
        let minutes = history.minutes(Part::Queue, None, at(19_990));
        assert_eq!(minutes, [Some(State::Fine); MINUTES]);
        let readings = |second| history.totals_at(at(second)).map(|totals| totals.readings);
        assert_eq!(
            (readings(19_985), readings(5)),
            (Some(19_980), Some(19_990 - 3_600))
        );
    }

    #[test]
    fn a_part_has_been_in_its_state_since_the_first_observation_of_it() {
        let mut history = History::default();
        let down = Some(State::Down);
        assert_eq!(history.since(Part::Database, down, at(7)), at(7));
        for (second, is_away) in [(0, true), (10, false), (20, true), (30, true)] {
            history.note(with(second, |it| it.is_database_away = is_away));
        }
        assert_eq!(history.since(Part::Database, down, at(33)), at(20));
        assert_eq!(
            history.since(Part::Database, Some(State::Fine), at(33)),
            at(33)
        );
        assert_eq!(
            history.since(Part::Screens, Some(State::Fine), at(33)),
            at(0)
        );
    }

    #[test]
    fn the_sentence_is_about_the_worst() {
        let states = |part: Part, state| {
            let mut states = [Some(State::Fine); Part::ALL.len()];
            states[part as usize] = Some(state);
            states
        };
        for (part, state, sentence) in [
            (Part::Queue, State::Fine, Situation::Fine),
            (Part::Queue, State::Down, Situation::Refusing),
            (Part::Screens, State::Attention, Situation::Attention),
            (Part::Stations, State::Down, Situation::Attention),
            (Part::Database, State::Down, Situation::DatabaseAway),
        ] {
            assert_eq!(situation(false, &states(part, state)), sentence);
            assert_eq!(situation(true, &states(part, state)), Situation::Broken);
        }
        assert_eq!(situation(false, &[None; Part::ALL.len()]), Situation::Fine);
    }
}
