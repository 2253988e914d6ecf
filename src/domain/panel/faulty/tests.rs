use super::*;
use crate::domain::{
    moment::Moment,
    panel::{
        Simulator,
        fault::{FaultRun, Target},
    },
    reading::{MealKey, sample},
};
use jiff::Timestamp;
use proptest::prelude::*;

fn fault(id: u32, effect: Effect, code_lot: Option<&str>) -> Fault {
    let target = Target {
        simulator: Simulator::Gavage,
        code_lot: code_lot.map(str::to_owned),
        device_id: None,
    };
    Fault {
        id,
        run: FaultRun {
            effect,
            target: Some(target),
            lasts: Duration::from_secs(60),
        },
        since: Timestamp::UNIX_EPOCH,
    }
}

fn faults(effects: &[Effect]) -> Faults {
    let numbered = (1..).zip(effects);
    let all = numbered.map(|(id, effect)| fault(id, effect.clone(), None));
    Faults(all.collect())
}

fn meal(code_lot: &str, number: i32) -> Reading {
    let moment = [Moment::Matin, Moment::Soir][(number % 2) as usize];
    let mut meal = sample(code_lot, number / 2, moment);
    meal.poids_moyen = Some(5_000.0 + 45.0 * f64::from(number));
    meal.horodatage = Horodatage::at("2026-11-29T10:00:00Z".parse().unwrap());
    meal
}

fn faulty() -> Faulty {
    Faulty::new(TimeZone::get("Europe/Paris").unwrap())
}

fn all_due(faulty: &mut Faulty, faults: &Faults, now: Instant) -> Vec<Outgoing> {
    std::iter::from_fn(|| faulty.due(faults, now)).collect()
}

fn readings(sent: Vec<Outgoing>) -> Vec<Reading> {
    let reading = |outgoing| match outgoing {
        Outgoing::Reading(reading) => reading,
        Outgoing::Damaged(..) => panic!("damaged"),
    };
    sent.into_iter().map(reading).collect()
}

fn numbers(sent: &[Reading]) -> Vec<i32> {
    let number = |one: &Reading| one.jour * 2 + i32::from(one.moment == Moment::Soir);
    sent.iter().map(number).collect()
}

/// What is sent of the first meals of a lot that all come at once, under a fault.
fn sent_under(effect: Effect, meals: i32) -> Vec<Outgoing> {
    let (faults, now) = (faults(&[effect]), Instant::now());
    let mut faulty = faulty();
    let mut sent = Vec::new();
    for number in 0..meals {
        faulty.take(meal("LL2611001", number), &faults, now);
        sent.extend(all_due(&mut faulty, &faults, now));
    }
    sent
}

#[test]
fn out_of_range_means_less_maize_a_hot_stable_and_ducks_that_weigh_less_than_at_their_last_meal() {
    let (none, fault, now) = (
        Faults::default(),
        faults(&[Effect::OutOfRange]),
        Instant::now(),
    );
    let mut faulty = faulty();
    let mut sent = Vec::new();
    for (number, faults) in [(0, &none), (1, &fault), (2, &fault), (3, &none)] {
        faulty.take(meal("LL2611001", number), faults, now);
        sent.extend(readings(all_due(&mut faulty, faults, now)));
    }
    let weights: Vec<_> = sent.iter().filter_map(|one| one.poids_moyen).collect();
    // They gain forty-five grams at each meal, under the fault too.
    assert_eq!(weights, [5_000.0, 4_800.0, 4_845.0, 5_135.0]);
    assert_eq!(
        (sent[1].dose_reelle, sent[1].temperature_stabule),
        (240.0, Some(29.0))
    );
    assert_eq!(sent[3], meal("LL2611001", 3));
}

#[test]
fn a_damaged_copy_goes_before_each_meal_in_turn_with_nan_and_without_a_field() {
    let sent = sent_under(Effect::Invalid, 2);
    let (first, second) = (meal("LL2611001", 0), meal("LL2611001", 1));
    assert_eq!(
        sent,
        [
            Outgoing::Damaged(first.clone(), Damage::NotANumber),
            first.into(),
            Outgoing::Damaged(second.clone(), Damage::MissingField),
            second.into(),
        ]
    );
}

#[test]
fn a_repeated_meal_is_sent_as_often_as_asked_each_time_the_same() {
    let sent = readings(sent_under(Effect::Repeated { times: 3 }, 2));
    assert_eq!(numbers(&sent), [0, 0, 0, 1, 1, 1]);
    assert!(sent[..3].iter().all(|one| *one == meal("LL2611001", 0)));
}

#[test]
fn a_late_meal_comes_after_its_delay_and_is_overtaken_by_those_after_the_fault() {
    let late = faults(&[Effect::Late {
        by: Duration::from_secs(5),
    }]);
    let (none, now) = (Faults::default(), Instant::now());
    let mut faulty = faulty();
    faulty.take(meal("LL2611001", 0), &late, now);
    assert_eq!(faulty.due(&late, now), None);
    let due = now + Duration::from_secs(5);
    assert_eq!(faulty.next_due(), Some(due));
    faulty.take(meal("LL2611001", 1), &none, now);
    assert_eq!(numbers(&readings(all_due(&mut faulty, &none, now))), [1]);
    assert_eq!(numbers(&readings(all_due(&mut faulty, &none, due))), [0]);
}

#[test]
fn shuffled_meals_come_in_groups_in_another_order_and_the_last_group_at_the_end_of_the_fault() {
    let shuffle = faults(&[Effect::Shuffled { of: 8 }]);
    let (none, now) = (Faults::default(), Instant::now());
    let mut faulty = faulty();
    for number in 0..11 {
        assert_eq!(faulty.due(&shuffle, now), None, "{number}");
        faulty.take(meal("LL2611001", number), &shuffle, now);
        if number == 7 {
            let group = numbers(&readings(all_due(&mut faulty, &shuffle, now)));
            assert!(!group.is_sorted(), "{group:?}");
            assert_eq!(group.len(), 8);
        }
    }
    assert_eq!(readings(all_due(&mut faulty, &none, now)).len(), 3);
    assert!(faulty.is_empty());
}

#[test]
fn a_wrong_clock_is_written_as_on_the_wall_without_a_zone_or_as_an_instant() {
    let clock = |naive| Effect::Clock { hours: 3, naive };
    let text = |naive| readings(sent_under(clock(naive), 1))[0].horodatage.clone();
    assert_eq!(text(true).texte, "2026-11-29T14:00:00");
    assert_eq!(text(false).texte, "2026-11-29T13:00:00Z");
    assert_eq!(text(true).instant, text(false).instant);
}

#[test]
fn a_correction_follows_a_second_after_its_meal_with_another_dose() {
    let faults = faults(&[Effect::Corrected { factor: 0.6 }]);
    let now = Instant::now();
    let mut faulty = faulty();
    faulty.take(meal("LL2611001", 0), &faults, now);
    let first = readings(all_due(&mut faulty, &faults, now));
    assert_eq!(first, [meal("LL2611001", 0)]);
    let later = readings(all_due(&mut faulty, &faults, now + CORRECTED_AFTER));
    assert_eq!(later.len(), 1);
    assert!(later[0].correction && later[0].dose_reelle == 240.0);
    assert_eq!(later[0].key(), first[0].key());
}

#[test]
fn a_burst_says_the_latest_meals_again_each_time_a_little_different_as_often_as_asked() {
    let burst = faults(&[Effect::Burst { per_second: 50 }]);
    let now = Instant::now();
    let mut faulty = faulty();
    for code in ["LL2611001", "LS2611002"] {
        faulty.take(meal(code, 0), &Faults::default(), now);
    }
    assert_eq!(all_due(&mut faulty, &Faults::default(), now).len(), 2);
    let mut sent = Vec::new();
    for millis in (0..2_000).step_by(20) {
        let now = now + Duration::from_millis(millis);
        sent.extend(readings(all_due(&mut faulty, &burst, now)));
    }
    assert_eq!(sent.len(), 100);
    for lot in ["LL2611001", "LS2611002"] {
        let of_lot: Vec<_> = sent.iter().filter(|one| one.code_lot == lot).collect();
        assert_eq!(of_lot.len(), 50);
        assert!(of_lot.windows(2).all(|two| two[0].corrects(two[1])));
    }
    // Whoever was held up does not make up for all of it at once.
    let later = now + Duration::from_secs(60);
    let caught_up = all_due(&mut faulty, &burst, later).len();
    assert!((50..=52).contains(&caught_up), "{caught_up}");
}

fn effects() -> impl Strategy<Value = Effect> {
    prop_oneof![
        Just(Effect::Silence),
        Just(Effect::OutOfRange),
        Just(Effect::Invalid),
        (2..10u32).prop_map(|times| Effect::Repeated { times }),
        (1..9u64).prop_map(|by| Effect::Late {
            by: Duration::from_secs(by)
        }),
        (2..20usize).prop_map(|of| Effect::Shuffled { of }),
        (-2_000..48, any::<bool>()).prop_map(|(hours, naive)| Effect::Clock { hours, naive }),
        Just(Effect::Corrected { factor: 0.6 }),
    ]
}

/// What happens, in random order: a meal of one of two lots, a second goes by, a fault begins, or all end.
#[derive(Debug, Clone)]
enum Happening {
    Meal(bool),
    Second,
    Begins(Effect, bool),
    AllEnd,
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let one = prop_oneof![
        6 => any::<bool>().prop_map(Happening::Meal),
        3 => Just(Happening::Second),
        2 => (effects(), any::<bool>()).prop_map(|(effect, all)| Happening::Begins(effect, all)),
        1 => Just(Happening::AllEnd),
    ];
    proptest::collection::vec(one, 1..80)
}

fn first_times(sent: &[Reading]) -> Vec<MealKey> {
    let mut keys = Vec::new();
    for key in sent.iter().map(Reading::key) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

proptest! {
    #[test]
    fn whatever_faults_come_and_go_every_meal_is_sent_and_none_that_was_not_simulated(happenings in happenings()) {
        let (mut faulty, mut now, mut running) = (faulty(), Instant::now(), Vec::new());
        let (mut given, mut sent, mut next, mut id) = (Vec::new(), Vec::new(), [0, 0], 0);
        let mut keeps_order = true;
        for happening in happenings {
            match happening {
                Happening::Meal(first) => {
                    let code = ["LL2611001", "LS2611002"][usize::from(first)];
                    let meal = meal(code, next[usize::from(first)]);
                    next[usize::from(first)] += 1;
                    given.push(meal.key());
                    faulty.take(meal, &Faults(running.clone().into()), now);
                }
                Happening::Second => now += Duration::from_secs(1),
                Happening::Begins(effect, all) => {
                    id += 1;
                    keeps_order &= !matches!(effect, Effect::Late { .. } | Effect::Shuffled { .. });
                    running.push(fault(id, effect, (!all).then_some("LL2611001")));
                }
                Happening::AllEnd => running.clear(),
            }
            sent.extend(all_due(&mut faulty, &Faults(running.clone().into()), now));
            prop_assert!(faulty.next_due().is_none_or(|at| at > now), "what is due has been sent");
        }
        let over = now + Duration::from_secs(60);
        sent.extend(all_due(&mut faulty, &Faults::default(), over));
        prop_assert!(faulty.is_empty());
        sent.retain(|one| matches!(one, Outgoing::Reading(_)));
        let sent = first_times(&readings(sent));
        for code in ["LL2611001", "LS2611002"] {
            let of_lot = |keys: &[MealKey]| -> Vec<_> {
                keys.iter().filter(|key| key.code_lot == code).cloned().collect()
            };
            let (mut given, mut sent) = (of_lot(&given), of_lot(&sent));
            if !keeps_order {
                given.sort();
                sent.sort();
            }
            prop_assert_eq!(given, sent);
        }
    }

    #[test]
    fn without_a_fault_each_meal_passes_at_once_unchanged(count in 1..60i32) {
        let (none, now) = (Faults::default(), Instant::now());
        let mut faulty = faulty();
        for number in 0..count {
            let meal = meal("LL2611001", number);
            faulty.take(meal.clone(), &none, now);
            prop_assert_eq!(faulty.due(&none, now), Some(meal.into()));
            prop_assert_eq!(faulty.due(&none, now), None);
            prop_assert_eq!(faulty.next_due(), None);
        }
    }
}
