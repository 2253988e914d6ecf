//! Simulators that number their lots from 001 restart feeds of one code again and again. Compares the result with a model that knows to
//! which start every message belongs.

use super::tests::{World, meal, sorted};
use crate::domain::{lot::LotId, moment::Moment, reading::Reading};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};

const PACE: SignedDuration = SignedDuration::from_mins(10);

/// One start of a simulator: some meals of one gaveur's lot.
#[derive(Debug, Clone)]
struct Start {
    gaveur_id: i32,
    meals: i32,
    /// Minutes after the last meal of the previous start.
    pause: i64,
    finishes: bool,
}

fn starts() -> impl Strategy<Value = Vec<Start>> {
    let start = (1..4i32, 3..24i32, 1..600i64, any::<bool>());
    let start = start.prop_map(|(gaveur_id, meals, pause, finishes)| Start {
        gaveur_id,
        meals,
        pause,
        // A feed that stops in its first days was stopped, not finished.
        finishes: finishes && meals > 11,
    });
    prop::collection::vec(start, 1..6)
}

/// A message: its start, its arrival, its content.
#[derive(Debug, Clone)]
struct Message {
    start: usize,
    arrives: Timestamp,
    reading: Reading,
}

/// Faults of a meal: minutes of delay, whether it is repeated, and another dose that is sent later.
type Fate = (Option<i64>, bool, Option<(f64, bool)>);

fn messages(starts: &[Start], fates: &[Fate]) -> Vec<Message> {
    let mut fates = fates.iter().cycle();
    let mut messages = Vec::new();
    let mut now: Timestamp = "2026-11-01T06:00:00Z".parse().unwrap();
    for (number, start) in starts.iter().enumerate() {
        now += SignedDuration::from_mins(start.pause);
        for n in 0..start.meals {
            now += PACE;
            let mut reading = meal(n);
            reading.gaveur_id = start.gaveur_id;
            reading.nb_canards_vivants = Some(1000 + number as i32);
            reading.pret_abattage = start.finishes && n == start.meals - 1;
            reading.horodatage.instant = now;
            let (late, again, corrected) = fates.next().unwrap();
            let mut say = |minutes: i64, reading: &Reading| {
                messages.push(Message {
                    start: number,
                    arrives: now + SignedDuration::from_mins(minutes),
                    reading: reading.clone(),
                });
            };
            // The first days identify a start, so they arrive in order.
            let late = late.filter(|_| n > 3).unwrap_or(0);
            say(late, &reading);
            if *again {
                say(late + 35, &reading);
            }
            if let Some((dose, says_so)) = corrected {
                reading.dose_reelle = *dose;
                reading.correction = *says_so;
                say(late + 95, &reading);
            }
        }
    }
    messages.sort_by_key(|message| message.arrives);
    messages
}

/// The slow and obvious way: every start has its own lot, with the latest version of each meal.
#[derive(Debug, Default, PartialEq)]
struct Model {
    front: (i32, bool),
    weight: Option<f64>,
    first: Option<Timestamp>,
    ended: bool,
    doses: Vec<f64>,
}

fn model(messages: &[&Message]) -> Model {
    let mut last_words: BTreeMap<(i32, bool), &Reading> = BTreeMap::new();
    for message in messages {
        let reading = &message.reading;
        last_words.insert((reading.jour, reading.moment == Moment::Soir), reading);
    }
    let all = || messages.iter().map(|message| &message.reading);
    Model {
        front: *last_words.keys().next_back().unwrap(),
        weight: last_words
            .values()
            .rev()
            .find_map(|reading| reading.poids_moyen),
        first: all().map(|reading| reading.horodatage.instant).min(),
        ended: all().any(|reading| reading.pret_abattage),
        doses: last_words
            .values()
            .map(|reading| reading.dose_reelle)
            .collect(),
    }
}

fn as_stored(world: &World, id: LotId) -> Model {
    let lot = &world.lots[&id];
    let fed = lot.fed.unwrap();
    Model {
        front: (fed.front.0, fed.front.1 == Moment::Soir),
        weight: lot.poids_moyen_actuel,
        first: Some(fed.premier_releve),
        ended: lot.pret_abattage,
        doses: world.meals[&id]
            .values()
            .map(|meal| meal.dose_reelle)
            .collect(),
    }
}

proptest! {
    #[test]
    fn every_message_finds_the_life_of_the_start_that_it_came_from(
        starts in starts(),
        fates in prop::collection::vec(
            (prop::option::weighted(0.2, 1..400i64), prop::bool::weighted(0.2), prop::option::weighted(0.2, (300.0..500.0f64, any::<bool>()))),
            1..40,
        ),
        cuts in prop::collection::vec(1..12usize, 1..10),
    ) {
        let messages = messages(&starts, &fates);
        let mut world = World::default();
        let mut life_of: HashMap<usize, LotId> = HashMap::new();
        for message in &messages {
            let lots = world.apply(std::slice::from_ref(&message.reading));
            let lots = lots.map_err(TestCaseError::fail)?;
            let life = *life_of.entry(message.start).or_insert(lots[0]);
            prop_assert_eq!(life, lots[0], "{:?}", message);
        }
        let lives: HashSet<_> = life_of.values().collect();
        prop_assert_eq!(lives.len(), life_of.len(), "two starts in one life");
        for (start, life) in &life_of {
            let of_start: Vec<_> = messages.iter().filter(|message| message.start == *start).collect();
            prop_assert_eq!(as_stored(&world, *life), model(&of_start));
        }

        let mut in_batches = World::default();
        let mut rest = messages.as_slice();
        let mut sizes = cuts.iter().cycle();
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
            rest = later;
            let readings: Vec<_> = batch.iter().map(|message| message.reading.clone()).collect();
            in_batches.apply(&readings).map_err(TestCaseError::fail)?;
        }
        prop_assert_eq!(sorted(&in_batches.lots), sorted(&world.lots));
    }
}
