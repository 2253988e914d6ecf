use super::*;
use crate::domain::{moment::Moment, reading::sample};

const DAY: Timestamp = Timestamp::UNIX_EPOCH;

fn lot(code: &str, jour: i32, heads: i32, weight: f64) -> WallLot {
    let mut reading = sample(code, jour, Moment::Matin);
    reading.nb_canards_vivants = Some(heads);
    reading.poids_moyen = Some(weight);
    let state = LotState::first_seen(
        code[2..].parse().unwrap(),
        1,
        &reading,
        &jiff::tz::TimeZone::UTC,
    );
    WallLot::new(&state, reading, Timestamp::UNIX_EPOCH)
}

#[test]
fn the_mean_weight_of_a_site_is_weighted_by_head_count() {
    let mut wall = Wall::default();
    wall.apply(lot("LL2611001", 0, 300, 5000.0));
    wall.apply(lot("LL2611002", 0, 100, 6000.0));
    let stats = &wall.site_stats(DAY)[0];
    assert_eq!(
        (stats.lots, stats.canards_vivants, stats.poids_moyen),
        (2, Some(400), Some(5250.0))
    );
}

#[test]
fn a_site_without_lots_has_no_figures_rather_than_zeros() {
    let stats = &Wall::default().site_stats(DAY)[2];
    assert_eq!(
        (stats.lots, stats.canards_vivants, stats.poids_moyen),
        (0, None, None)
    );
}

#[test]
fn a_correction_of_an_earlier_meal_leaves_the_latest_on_the_wall() {
    let mut wall = Wall::default();
    wall.apply(lot("LL2611001", 5, 300, 5000.0));
    wall.apply(lot("LL2611001", 2, 300, 1.0));
    assert_eq!(wall.lots()[0].position, (5, Moment::Matin));
}

#[test]
fn a_later_life_of_a_code_takes_the_place_of_an_earlier_one_which_does_not_come_back() {
    let mut wall = Wall::default();
    let ended = lot("LL2611001", 12, 300, 7000.0);
    let mut begun = lot("LL2611001", 0, 300, 4000.0);
    (begun.lot_id, begun.begun.1) = (ended.lot_id + 1, 2);
    assert_eq!(wall.apply(ended.clone()), None);
    assert_eq!(wall.apply(begun.clone()), Some(ended.lot_id));
    assert_eq!(wall.apply(ended.clone()), None);
    assert!(wall.shows(&begun) && !wall.shows(&ended));
    assert_eq!(wall.lots(), [begun]);
}

#[test]
fn a_finished_lot_leaves_the_figures_at_once_and_the_wall_a_day_later() {
    let mut wall = Wall::default();
    let mut finished = lot("LL2611001", 12, 300, 7000.0);
    finished.statut = Statut::PretAbattage;
    wall.apply(finished);
    assert_eq!(wall.changed_site_stats(DAY).unwrap()[0].lots, 0);
    assert_eq!(wall.lots().len(), 1);
    let later = Timestamp::UNIX_EPOCH + ENDED_STAYS;
    assert!(wall.make_room(later).is_empty(), "it was not crowded out");
    assert!(wall.changed_site_stats(DAY).is_some());
    assert!(wall.lots().is_empty());
}

#[test]
fn of_too_many_lots_those_not_fed_for_longest_are_forgotten_and_named() {
    let mut wall = Wall::default();
    for number in 0..MOST_LOTS + 3 {
        let mut fed = lot(&format!("LL{number:07}"), 1, 300, 5000.0);
        let age = SignedDuration::from_secs(number as i64);
        fed.recu_le = Timestamp::UNIX_EPOCH - age;
        wall.apply(fed);
    }
    let mut forgotten = wall.make_room(Timestamp::UNIX_EPOCH);
    forgotten.sort();
    let oldest = (MOST_LOTS..MOST_LOTS + 3).map(|number| number as LotId);
    assert!(oldest.eq(forgotten));
    assert_eq!(wall.lots().len(), MOST_LOTS);
    assert!(wall.make_room(Timestamp::UNIX_EPOCH).is_empty());
}

#[test]
fn figures_that_did_not_change_are_not_given_again() {
    let mut wall = Wall::default();
    wall.apply(lot("LL2611001", 5, 300, 5000.0));
    assert!(wall.changed_site_stats(DAY).is_some());
    assert!(wall.changed_site_stats(DAY).is_none());
}

fn step(lot: &WallLot, vers: Statut) -> Transition {
    Transition {
        lot_id: lot.lot_id,
        code_lot: lot.code_lot.clone(),
        site: lot.site,
        gaveur_id: 1,
        de: Some(lot.statut),
        vers,
        par: None,
        simule: false,
    }
}

#[test]
fn a_lot_in_control_is_counted_as_such_and_a_closed_one_leaves_and_counts_for_the_rest_of_the_day()
{
    let mut wall = Wall::default();
    let mut fed = lot("LL2611001", 12, 300, 7000.0);
    fed.statut = Statut::PretAbattage;
    wall.apply(fed.clone());
    let ended = |wall: &Wall, day| {
        let stats = wall.site_stats(day).swap_remove(0);
        (stats.prets, stats.en_controle, stats.clos_aujourdhui)
    };
    assert_eq!(ended(&wall, DAY), (1, 0, 0));
    wall.follow(&step(&fed, Statut::ControleQualite), DAY);
    assert_eq!(ended(&wall, DAY), (0, 1, 0));
    assert_eq!(wall.lots()[0].statut, Statut::ControleQualite);
    wall.follow(&step(&fed, Statut::Clos), DAY);
    wall.follow(&step(&fed, Statut::Clos), DAY);
    assert_eq!(ended(&wall, DAY), (0, 0, 1));
    assert!(wall.lots().is_empty());
    fed.statut = Statut::Clos;
    wall.apply(fed);
    assert!(wall.lots().is_empty(), "a repeat does not bring it back");
    let tomorrow = DAY + SignedDuration::from_hours(24);
    assert_eq!(ended(&wall, tomorrow), (0, 0, 0));
}

#[test]
fn the_end_of_an_earlier_life_does_not_take_the_later_one_down() {
    let mut wall = Wall::default();
    let ended = lot("LL2611001", 12, 300, 7000.0);
    let mut begun = lot("LL2611001", 0, 300, 4000.0);
    (begun.lot_id, begun.begun.1) = (ended.lot_id + 1, 2);
    wall.apply(begun.clone());
    wall.follow(&step(&ended, Statut::Clos), DAY);
    assert!(wall.shows(&begun));
}

#[test]
fn a_new_day_is_told_even_if_nothing_else_changed() {
    let mut wall = Wall::default();
    assert!(wall.changed_site_stats(DAY).is_none());
    let tomorrow = DAY + SignedDuration::from_hours(24);
    assert!(wall.changed_site_stats(tomorrow).is_some());
    assert!(wall.changed_site_stats(tomorrow).is_none());
}

#[test]
fn the_ecarts_of_a_lot_follow_its_meals_and_their_corrections() {
    let mut wall = Wall::default();
    let with = |jour, given| {
        let mut reading = sample("LL2611001", jour, Moment::Matin);
        reading.dose_reelle = given;
        let state = LotState::first_seen(1, 1, &reading, &jiff::tz::TimeZone::UTC);
        WallLot::new(&state, reading, DAY)
    };
    wall.apply(with(1, 440.0));
    wall.apply(with(2, 400.0));
    wall.note_ecarts(&EarlierEcarts {
        code_lot: "LL2611001".to_owned(),
        lot_id: 1,
        meals: vec![((1, Moment::Soir), Some(-5.0))],
    });
    let ecarts = wall.lots()[0].ecarts;
    assert_eq!(ecarts.places()[5..], [Some(10.0), Some(-5.0), Some(0.0)]);
}

#[test]
fn a_plan_is_told_once_the_lot_is_on_the_wall_and_stays_with_it_until_it_ends() {
    let mut wall = Wall::default();
    let (fed, awaited) = (
        lot("LL2611001", 5, 300, 5000.0),
        lot("LL2611002", 0, 300, 4000.0),
    );
    let plan = |lot: &WallLot, dernier_jour| PlannedEnd {
        lot_id: lot.lot_id,
        dernier_jour,
    };
    let told = |wall: &mut Wall| {
        let planned = wall.take_newly_planned().into_iter();
        planned
            .map(|lot| (lot.code_lot, lot.dernier_jour))
            .collect::<Vec<_>>()
    };
    wall.apply(fed.clone());
    wall.plan(plan(&awaited, 12));
    assert_eq!(told(&mut wall), []);
    wall.plan(plan(&fed, 10));
    wall.plan(plan(&fed, 10));
    wall.apply(awaited.clone());
    let both = [("LL2611001".to_owned(), 10), ("LL2611002".to_owned(), 12)];
    assert_eq!(told(&mut wall), both);
    wall.apply(lot("LL2611001", 6, 300, 5100.0));
    assert_eq!(told(&mut wall), []);
    assert_eq!(wall.lots()[0].dernier_jour_prevu, Some(10));
    wall.follow(&step(&fed, Statut::Annule), DAY);
    wall.apply(fed);
    assert_eq!(wall.lots()[0].dernier_jour_prevu, None);
}

#[test]
fn five_lots_that_were_fed_to_the_end_say_when_those_of_their_site_usually_end() {
    let mut wall = Wall::default();
    for jour in [8, 9, 9, 9] {
        for (jour, simule) in [(jour, false), (30, true)] {
            wall.remember_end(FedToTheEnd {
                site: Site::Ll,
                jour,
                simule,
            });
        }
    }
    let usual = |wall: &Wall| wall.site_stats(DAY)[0].dernier_jour_habituel;
    assert_eq!(usual(&wall), None, "four real ones are too few");
    let fed = lot("LL2611001", 11, 300, 7000.0);
    wall.apply(fed.clone());
    wall.follow(&step(&fed, Statut::PretAbattage), DAY);
    assert_eq!(usual(&wall), Some(9));
    assert_eq!(wall.site_stats(DAY)[1].dernier_jour_habituel, None);
}
