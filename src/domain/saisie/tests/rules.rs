//! What is refused, what is warned of, what is missing.

use super::*;

/// The field that is complained of.
fn field_of(refus: Result<(Repeat, Option<Entered>), Refus>) -> String {
    match refus {
        Err(Refus::Champ { champ, .. }) => champ,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_cannot_be_is_refused_with_its_field() {
    let mut book = Book::new();
    let mut refused = |meal: WrittenMeal| field_of(book.enter(&entry("x", vec![meal])));
    let dose = |dose_g| WrittenMeal {
        dose_g,
        ..meal_at(1)
    };
    assert_eq!(refused(dose(0.5)), "dose_g");
    assert_eq!(refused(dose(601.0)), "dose_g");
    assert_eq!(refused(dose(801.0)), "dose_g");
    assert_eq!(refused(dose(0.0)), "raison_ecart");
    assert_eq!(refused(dead(1, 1_001)), "morts");
    assert_eq!(refused(meal_at(2 * 17)), "jour");
    let without_deaths = WrittenMeal {
        deaths: Deaths::Unsaid,
        ..meal_at(1)
    };
    assert_eq!(refused(without_deaths), "morts");
    let mut ahead = entry("x", vec![meal_at(1)]);
    ahead.recu_le = at(1) - SignedDuration::from_mins(16);
    assert_eq!(field_of(book.enter(&ahead)), "heure");
    ahead.recu_le = at(1) - SignedDuration::from_mins(15);
    assert!(book.enter(&ahead).is_ok());
}

#[test]
fn an_unlikely_dose_is_stored_once_it_is_confirmed_and_a_skipped_meal_with_its_reason() {
    let mut book = Book::new();
    let mut twice = entry(
        "twice",
        vec![WrittenMeal {
            dose_g: 770.0,
            ..meal_at(1)
        }],
    );
    assert_eq!(field_of(book.enter(&twice)), "dose_g");
    twice.confirmer = true;
    assert!(book.enter(&twice).is_ok());
    let skipped = WrittenMeal {
        dose_g: 0.0,
        remarks: Remarks {
            raison_ecart: Some("canards malades".to_owned()),
            ..Remarks::default()
        },
        ..meal_at(2)
    };
    assert_eq!(book.entered(skipped).told[0].reading.dose_reelle, 0.0);
}

#[test]
fn what_is_unlikely_is_warned_of_and_stored() {
    let mut book = Book::new();
    book.plan.insert(missing::position_of(1), 500.0);
    let meal = WrittenMeal {
        dose_g: 565.0,
        poids_g: Written::Value(Some(5_000.0)),
        temperature_c: Written::Value(Some(29.0)),
        humidite_pct: Written::Value(Some(50.0)),
        deaths: Deaths::OfMeal(11),
        ..meal_at(1)
    };
    let mut late = entry("late", vec![meal]);
    late.recu_le = at(1) + SignedDuration::from_hours(13);
    late.ecart_horloge = SignedDuration::from_mins(-3);
    let (_, entered) = book.enter(&late).unwrap();
    let warned = entered.unwrap().warnings;
    let warned: Vec<_> = warned
        .iter()
        .map(|warning| (warning.champ.as_str(), warning.niveau))
        .collect();
    assert_eq!(
        warned,
        [
            ("dose_g", Niveau::Orange),
            ("dose_g", Niveau::Ambre),
            ("dose_g", Niveau::Orange),
            ("morts", Niveau::Orange),
            ("temperature_c", Niveau::Rouge),
            ("humidite_pct", Niveau::Orange),
            ("heure", Niveau::Ambre),
            ("horloge", Niveau::Ambre),
        ]
    );
}

#[test]
fn a_weight_is_compared_with_the_last_weighing_and_the_plan_gives_the_planned_dose() {
    let mut book = Book::new();
    book.plan.insert(missing::position_of(2), 410.0);
    let weighed = |place, grams| WrittenMeal {
        poids_g: Written::Value(Some(grams)),
        ..meal_at(place)
    };
    book.entered(weighed(1, 4_500.0));
    let entered = book.entered(weighed(2, 4_900.0));
    assert_eq!(entered.warnings[0].champ, "poids");
    assert_eq!(entered.told[0].reading.dose_theorique, Some(410.0));
    assert_eq!(entered.told[0].shown().ecart_pct, Some(-2.4));
}

#[test]
fn the_meals_of_a_slaughtered_lot_change_only_for_a_supervisor_with_a_reason() {
    let mut book = Book::new();
    book.lot.statut = Statut::Abattu;
    let mut saisie = entry("late", vec![meal_at(1)]);
    let is_refused =
        |book: &Book, saisie: &Saisie| matches!(enter(saisie, book.record()), Err(Refus::Etat(_)));
    assert!(is_refused(&book, &saisie));
    saisie.motif = Some("bordereau".to_owned());
    assert!(is_refused(&book, &saisie));
    saisie.may_change_settled = true;
    assert!(!is_refused(&book, &saisie));
    saisie.motif = None;
    assert!(is_refused(&book, &saisie));
}

#[test]
fn an_alert_of_an_entered_meal_is_raised_as_of_a_streamed_one() {
    let mut book = Book::new();
    book.plan.insert(missing::position_of(1), 400.0);
    let saisie = entry(
        "alert",
        vec![WrittenMeal {
            dose_g: 250.0,
            ..meal_at(1)
        }],
    );
    let entered = enter(&saisie, book.record()).unwrap();
    let raised = book.store(&entered.readings(), &entered.told);
    assert_eq!(raised, [AlertKind::EcartDose]);
}

#[test]
fn meals_between_the_first_and_the_last_are_missing_until_they_are_written_down() {
    let places = [-1, 0, 3, 4];
    let positions: Vec<_> = places.map(missing::position_of).to_vec();
    let missing = missing::missing(&positions);
    let missing: Vec<_> = missing
        .into_iter()
        .map(|meal| meal_rank(meal.position()))
        .collect();
    assert_eq!(missing, [1, 2]);
    assert_eq!(missing::missing([]), []);
}
