use super::*;
use crate::domain::{
    alert::{AlertKind, Closing},
    lot::Statut,
    moment::Moment,
    reading::sample,
};
use jiff::SignedDuration;
use proptest::prelude::*;

const CODE: &str = "LL2611001";

fn at(hours: i64) -> Timestamp {
    "2026-11-01T06:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours)
}

/// The `number`-th meal, twelve hours after the previous one.
pub(super) fn meal(number: i32) -> Reading {
    let moment = if number % 2 == 0 {
        Moment::Matin
    } else {
        Moment::Soir
    };
    let mut reading = sample(CODE, number / 2, moment);
    // A weight that does not grow would raise alerts.
    reading.poids_moyen = Some(5000.0 + 60.0 * f64::from(number));
    reading.horodatage.instant = at(12 * i64::from(number));
    reading
}

/// The stored state on which a batch depends.
#[derive(Debug, Default)]
pub(super) struct World {
    pub lots: HashMap<LotId, LotState>,
    pub meals: HashMap<LotId, Meals>,
    episodes: Vec<Episode>,
    last_id: LotId,
}

impl World {
    fn after(readings: &[Reading]) -> Self {
        let mut world = World::default();
        world.apply(readings).unwrap();
        world
    }

    fn known(&self, meals: HashMap<LotId, Meals>) -> Known {
        let mut known = Known {
            lots: self.lots.clone(),
            meals,
            ..Known::default()
        };
        for episode in &self.episodes {
            let lot_id = episode.subject.lot_id.unwrap();
            let by_front = |closing: &Closing| closing.position == self.lots[&lot_id].position();
            if episode.closing.as_ref().is_none_or(by_front) {
                let stored_closing = episode.closing.map(|end| end.at);
                let episode = Episode {
                    stored_closing,
                    ..episode.clone()
                };
                known.open_episodes.entry(lot_id).or_default().push(episode);
            }
        }
        known
    }

    /// Applies one batch, reading state as the store does; returns the lot of each meal, or why it is refused.
    pub fn apply(&mut self, readings: &[Reading]) -> Result<Vec<LotId>, String> {
        let readings: Vec<_> = readings.iter().collect();
        let mut asked = HashMap::new();
        let effects = loop {
            let ids = self.last_id + 1..;
            match apply(&readings, self.known(asked.clone()), ids, &TimeZone::UTC) {
                Ok(effects) => break effects,
                Err(Lacking::Meals(lots)) => {
                    for lot in lots {
                        let before = asked.insert(lot, self.meals[&lot].clone());
                        assert!(before.is_none(), "asked twice");
                    }
                }
                Err(Lacking::Refused(sentence)) => return Err(sentence),
                Err(lacking) => panic!("{lacking:?}"),
            }
        };
        let indexed = effects.meals.iter();
        let lots = indexed.map(|meal| meal.lot_id).collect();
        self.store(effects);
        Ok(lots)
    }

    fn store(&mut self, effects: Effects<'_>) {
        for row in &effects.rows {
            let meals = self.meals.entry(row.lot_id).or_default();
            let stored = meals.get(&row.reading.position());
            assert!(
                !row.is_ahead || stored.is_none(),
                "would be refused as a duplicate"
            );
            let filed = stored.map_or(row.filed_at, |meal| meal.horodatage.instant);
            let mut meal = row.reading.clone();
            meal.horodatage.instant = filed;
            meals.insert(meal.position(), meal);
        }
        for lot in effects.lots {
            self.last_id = self.last_id.max(lot.id);
            if effects.changed.contains(&lot.id) {
                self.lots.insert(lot.id, lot);
            } else {
                assert_eq!(self.lots[&lot.id], lot, "changed, and would not be written");
            }
        }
        for (mut episode, _) in effects.episodes {
            episode.stored_closing = None;
            match episode.id {
                Some(id) => self.episodes[id as usize] = episode,
                None => {
                    episode.id = Some(self.episodes.len() as i64);
                    self.episodes.push(episode);
                }
            }
        }
    }

    fn lot(&self, id: LotId) -> &LotState {
        &self.lots[&id]
    }
}

fn finished() -> World {
    let mut meals: Vec<_> = (0..20).map(meal).collect();
    meals[19].pret_abattage = true;
    // A dose far from the plan at the very end.
    meals[19].dose_reelle = 100.0;
    World::after(&meals)
}

fn with_statut(mut world: World, statut: Statut) -> World {
    world.lots.get_mut(&1).unwrap().statut = statut;
    for episode in &mut world.episodes {
        episode.closing = Some(Closing {
            at: at(300),
            position: None,
        });
    }
    world
}

#[test]
fn a_repeat_of_a_stored_meal_changes_nothing_at_whatever_statut() {
    for statut in Statut::ALL {
        let world = with_statut(finished(), statut);
        let mut last = meal(19);
        (last.pret_abattage, last.dose_reelle) = (true, 100.0);
        let readings = [meal(3), last];
        let readings: Vec<_> = readings.iter().collect();
        let known = world.known(world.meals.clone());
        let effects = apply(&readings, known, std::iter::empty(), &TimeZone::UTC).unwrap();
        assert!(
            effects.changed.is_empty() && effects.rows.is_empty(),
            "{statut:?}"
        );
        assert!(effects.episodes.is_empty(), "{statut:?}");
        assert_eq!(effects.lots, [world.lot(1).clone()], "{statut:?}");
    }
}

#[test]
fn from_slaughter_on_a_reading_that_differs_is_refused_and_before_it_corrects() {
    let mut other = meal(3);
    other.dose_reelle = 390.0;
    for statut in Statut::ALL {
        let mut world = with_statut(finished(), statut);
        let applied = world.apply(&[other.clone()]);
        if statut.is_settled() {
            let refusal = applied.unwrap_err();
            assert!(refusal.contains("can be repeated, not changed"));
        } else {
            assert_eq!(applied, Ok(vec![1]), "{statut:?}");
        }
    }
}

#[test]
fn a_correction_of_the_front_to_nothing_falls_back_to_what_was_weighed_before() {
    let mut world = World::after(&[meal(0), meal(1)]);
    let mut front = meal(1);
    front.poids_moyen = None;
    world.apply(&[front]).unwrap();
    assert_eq!(world.lot(1).poids_moyen_actuel, Some(5000.0));
}

#[test]
fn a_late_or_corrected_earlier_meal_ends_the_alert_of_a_silent_feed() {
    for (what, earlier) in [
        ("late", meal(1)),
        ("corrected", {
            let mut reading = meal(0);
            reading.dose_reelle = 390.0;
            reading
        }),
    ] {
        let mut world = World::after(&[meal(0), meal(2)]);
        let mut silence = World::after(&[{
            let mut hot = meal(0);
            hot.temperature_stabule = Some(27.0);
            hot
        }])
        .episodes
        .remove(0);
        silence.kind = AlertKind::FluxMuet;
        silence.subject.lot_id = Some(1);
        world.episodes.push(silence);
        world.apply(&[earlier]).unwrap();
        assert!(!world.episodes[0].is_open(), "{what}");
        assert_eq!(world.lot(1).position(), Some((1, Moment::Matin)), "{what}");
    }
}

#[test]
fn words_that_are_overtaken_within_a_batch_are_named() {
    let mut second = meal(0);
    second.dose_reelle = 390.0;
    let readings = [meal(0), second.clone(), second, meal(0)];
    let readings: Vec<_> = readings.iter().collect();
    let effects = apply(&readings, Known::default(), 1.., &TimeZone::UTC).unwrap();
    let doses: Vec<_> = effects
        .overtaken
        .iter()
        .map(|overtaken| overtaken.reading.dose_reelle)
        .collect();
    assert_eq!(doses, [400.0, 390.0]);
    assert_eq!((effects.rows.len(), effects.rows[0].corrects), (1, true));
    assert_eq!(
        effects.meals,
        [BatchMeal {
            index: 3,
            lot_id: 1
        }]
    );
}

#[test]
fn who_remembers_only_the_newest_life_answers_for_plainly_next_meals_and_no_others() {
    let world = World::after(&[meal(0), meal(1)]);
    let mut other_hands = meal(2);
    other_hands.gaveur_id = 2;
    let mut too_far = meal(2);
    too_far.jour = 20;
    for (next, plain) in [
        (meal(2), true),
        (meal(9), true),
        (meal(1), false),
        (other_hands, false),
        (too_far, false),
    ] {
        let known = Known {
            only_newest: true,
            ..world.known(HashMap::new())
        };
        let applied = apply(&[&next], known, std::iter::empty(), &TimeZone::UTC);
        assert_eq!(applied.is_ok(), plain, "{next:?}");
    }
}

#[test]
fn a_state_that_was_set_back_by_hand_is_put_right_by_the_meals() {
    let mut world = World::after(&[meal(0), meal(1), meal(2)]);
    let behind = LotState::first_seen(1, 1, &meal(0), &TimeZone::UTC);
    world.lots.insert(1, behind);
    let known = world.known(world.meals.clone());
    let mut corrected = meal(1);
    corrected.dose_reelle = 390.0;
    let effects = apply(&[&corrected], known, std::iter::empty(), &TimeZone::UTC).unwrap();
    assert_eq!(effects.lots[0].position(), Some((1, Moment::Matin)));
    assert!(!effects.rows[0].is_ahead);
}

#[test]
fn another_gaveur_takes_over_beyond_the_first_days_and_is_registered_once() {
    let mut world = World::after(&[meal(0), meal(1), meal(2), meal(3)]);
    let [mut fifth, mut sixth] = [meal(4), meal(5)];
    (fifth.gaveur_id, sixth.gaveur_id) = (77, 77);
    let readings = [&fifth, &sixth];
    let effects = apply(
        &readings,
        world.known(HashMap::new()),
        std::iter::empty(),
        &TimeZone::UTC,
    )
    .unwrap();
    assert_eq!(effects.newcomers, [&fifth]);
    assert_eq!(world.apply(&[fifth, sixth]), Ok(vec![1, 1]));
    assert_eq!(
        (world.lot(1).gaveur_id, world.lot(1).premier_gaveur_id),
        (77, 1)
    );
    // The gaveur who began the lot may still correct his first meals.
    let mut first = meal(0);
    first.dose_reelle = 390.0;
    assert_eq!(world.apply(&[first]), Ok(vec![1]));
    assert_eq!(world.lot(1).gaveur_id, 77);
}

proptest! {
    #[test]
    fn cutting_a_feed_into_batches_changes_neither_lots_nor_episodes(
        doses in prop::collection::vec((0..3usize, 0..4i32, 250.0..550.0f64), 1..60), cuts in prop::collection::vec(1..9usize, 1..20),
    ) {
        let codes = ["LL2611001", "LS2611001", "MT2611001"];
        let mut next = [0; 3];
        let feed: Vec<_> = doses.into_iter().map(|(lot, back, dose)| {
            // Some readings repeat or correct an earlier one.
            let number = if back == 0 { next[lot] - 3 } else { next[lot] }.max(0);
            let mut reading = meal(number);
            reading.code_lot = codes[lot].to_owned();
            reading.dose_reelle = if back == 1 { 400.0 } else { dose };
            next[lot] = next[lot].max(number + 1);
            reading
        }).collect();
        let whole = World::after(&feed);
        let mut parts = World::default();
        let mut rest = feed.as_slice();
        let mut sizes = cuts.iter().cycle();
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
            rest = later;
            parts.apply(batch).unwrap();
        }
        prop_assert_eq!(sorted(&parts.lots), sorted(&whole.lots));
        prop_assert_eq!(parts.meals, whole.meals);
        let sorted = |episodes: Vec<Episode>| {
            let mut episodes: Vec<_> = episodes.into_iter().map(|episode| Episode { id: None, ..episode }).collect();
            episodes.sort_by_key(|e| (e.subject.lot_id, e.kind, e.subject.position));
            episodes
        };
        prop_assert_eq!(sorted(parts.episodes), sorted(whole.episodes));
    }
}

pub(super) fn sorted(lots: &HashMap<LotId, LotState>) -> Vec<LotState> {
    let mut lots: Vec<_> = lots.values().cloned().collect();
    lots.sort_by_key(|lot| lot.id);
    lots
}
