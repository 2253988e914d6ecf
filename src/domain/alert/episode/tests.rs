use super::*;
use crate::domain::{
    alert::judge_meal,
    moment::Moment,
    reading::{Reading, sample},
    weighings::Weighings,
};
use proptest::prelude::*;

fn subject(reading: &Reading) -> Subject {
    Subject::from(Assigned { lot_id: 1, reading })
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
