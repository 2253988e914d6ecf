use super::*;
use crate::domain::{
    advice::{
        evidence::Limit,
        testing::{NOW, lot, meals},
    },
    moment::Moment,
};
use proptest::prelude::*;

/// Forty lots of eight gaveurs, of which the first ten differ from the others as `change` says.
fn forty(change: impl Fn(&mut ComparedLot)) -> Vec<ComparedLot> {
    let lots = (1..=40).map(|id| {
        let mut one = lot(id, (id % 8) as i32);
        // So that means are not all alike.
        let place = (id * 7 % 11) as f64;
        one.foie_g = Some(520.0 + place);
        one.mais_g = Some(7_900.0 + 10.0 * place);
        if id <= 10 {
            change(&mut one);
        }
        one
    });
    lots.collect()
}

fn rules_of(own: &ComparedLot, closed: &[ComparedLot]) -> Vec<Rule> {
    let found = findings(own, closed, *NOW);
    found.into_iter().map(|finding| finding.rule).collect()
}

fn evidence_of(own: &ComparedLot, closed: &[ComparedLot]) -> Evidence {
    findings(own, closed, *NOW).remove(0).evidence
}

#[test]
fn nothing_is_said_of_an_ordinary_lot() {
    assert_eq!(rules_of(&lot(0, 1), &forty(|_| {})), []);
}

#[test]
fn a_lot_off_its_plan_is_told_when_lots_like_that_have_smaller_livers() {
    let closed = forty(|one| {
        one.repas_hors_plan = 4;
        one.foie_g = Some(480.0);
    });
    let own = |off| ComparedLot {
        repas_hors_plan: off,
        ..lot(0, 1)
    };
    assert_eq!(rules_of(&own(3), &closed), [Rule::SuiviDuPlan]);
    assert_eq!(rules_of(&own(2), &closed), []);
    let evidence = evidence_of(&own(3), &closed);
    assert_eq!(evidence.mesure, Measure::Foie);
    assert!(evidence.ic95.unwrap().1 < -30.0, "{evidence:?}");
    assert_eq!((evidence.groupes[0].n, evidence.groupes[1].n), (10, 30));
    assert_eq!(evidence.mesures.len(), 4);
    assert_eq!(evidence.lots_compares.len(), 40);
    assert_eq!(
        evidence.limites,
        [
            Limit::Observation,
            Limit::PeuDeGaveurs,
            Limit::PlusieursMesures
        ]
    );
}

#[test]
fn a_difference_for_the_better_is_no_reason_for_advice() {
    let closed = forty(|one| {
        one.repas_hors_plan = 4;
        one.foie_g = Some(600.0);
    });
    let own = ComparedLot {
        repas_hors_plan: 5,
        ..lot(0, 1)
    };
    assert_eq!(rules_of(&own, &closed), []);
}

#[test]
fn of_a_stable_out_of_range_the_hours_are_told() {
    let closed = forty(|one| {
        one.releves_hors_plage = 5;
        one.perte_pct = Some(4.0);
    });
    let own = ComparedLot {
        releves_hors_plage: 3,
        ..lot(0, 1)
    };
    let found = findings(&own, &closed, *NOW).remove(0);
    assert_eq!(found.rule, Rule::Ambiance);
    assert_eq!(found.evidence.mesure, Measure::Perte);
    let mut given = meals(&[], 0.0);
    given[3].temperature_stabule = Some(27.5);
    given[6].humidite_stabule = Some(40.0);
    let proposed = found.propose(&own, &given, *NOW).unwrap();
    let named: Vec<_> = proposed
        .evidence
        .repas
        .iter()
        .map(|meal| (meal.jour, meal.moment))
        .collect();
    assert_eq!(named, [(1, Moment::Soir), (3, Moment::Matin)]);
    assert_eq!(proposed.action, None);
    // A tenth is not more than a tenth.
    let less = ComparedLot {
        releves_hors_plage: 2,
        ..lot(0, 1)
    };
    assert_eq!(rules_of(&less, &closed), []);
}

#[test]
fn much_maize_without_much_liver_gives_the_same_curve_with_less_of_it_but_at_most_a_twentieth() {
    let own = ComparedLot {
        mais_g: Some(9_500.0),
        foie_g: Some(510.0),
        ..lot(0, 1)
    };
    let closed = forty(|_| {});
    let found = findings(&own, &closed, *NOW).remove(0);
    assert_eq!(found.rule, Rule::MaisSansFoie);
    let given = meals(&[], 0.0);
    let action = found.propose(&own, &given, *NOW).unwrap().action.unwrap();
    assert_eq!(action.facteur, 0.95);
    assert_eq!(action.points_g.len(), 20);
    assert_eq!(action.points_g[0], 285.0);
    let large_livers = ComparedLot {
        foie_g: Some(600.0),
        ..own
    };
    assert_eq!(rules_of(&large_livers, &closed), []);
}

#[test]
fn the_curve_of_one_of_the_best_lots_is_taken_again_without_a_last_meal_that_was_cut() {
    let own = ComparedLot {
        mais_g: Some(7_000.0),
        foie_g: Some(530.0),
        ..lot(0, 1)
    };
    let closed = forty(|_| {});
    let found = findings(&own, &closed, *NOW).remove(0);
    assert_eq!(found.rule, Rule::AReprendre);
    let mut given = meals(&[], 0.0);
    given[19].dose_reelle = 150.0;
    let action = found
        .clone()
        .propose(&own, &given, *NOW)
        .unwrap()
        .action
        .unwrap();
    assert_eq!((action.facteur, action.points_g.len()), (1.0, 19));
    // Of meals with a gap no curve is known.
    given.remove(4);
    assert_eq!(found.propose(&own, &given, *NOW), None);
}

#[test]
fn meals_off_the_plan_are_named() {
    let closed = forty(|one| {
        one.repas_hors_plan = 4;
        one.foie_g = Some(480.0);
    });
    let own = ComparedLot {
        repas_hors_plan: 3,
        ..lot(0, 1)
    };
    let found = findings(&own, &closed, *NOW).remove(0);
    let proposed = found
        .propose(&own, &meals(&[2, 5, 9], -12.0), *NOW)
        .unwrap();
    let named: Vec<_> = proposed
        .evidence
        .repas
        .iter()
        .map(|meal| (meal.jour, meal.ecart_pct.unwrap().round()))
        .collect();
    assert_eq!(named, [(1, -12.0), (2, -12.0), (4, -12.0)]);
}

/// Sorts, and takes the value in the same place as the definition of a quantile with interpolation says.
fn sorted_quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = share * (values.len() as f64 - 1.0);
    let (below, above) = (
        values[place.floor() as usize],
        values[place.ceil() as usize],
    );
    below + (above - below) * place.fract()
}

proptest! {
    /// The two rules on maize, computed again from their sentences.
    #[test]
    fn rules_on_maize_fire_exactly_when_their_sentences_are_true(
        figures in proptest::collection::vec((400.0..650.0_f64, 6_500.0..9_500.0_f64), 20..50),
        foie in 400.0..650.0_f64, mais in 6_500.0..9_500.0_f64,
    ) {
        let closed: Vec<_> = (1..).zip(&figures).map(|(id, (foie, mais))| ComparedLot {
            foie_g: Some(*foie),
            mais_g: Some(*mais),
            ..lot(id, (id % 6) as i32)
        }).collect();
        let own = ComparedLot { foie_g: Some(foie), mais_g: Some(mais), ..lot(0, 1) };
        let foies = || figures.iter().map(|(foie, _)| *foie).collect();
        let itms = || figures.iter().map(|(foie, mais)| mais / foie).collect();
        let wasteful = mais > sorted_quantile(figures.iter().map(|(_, mais)| *mais).collect(), 0.75)
            && mais / foie > sorted_quantile(itms(), 0.75) && foie <= sorted_quantile(foies(), 0.5);
        let best = mais / foie <= sorted_quantile(itms(), 0.1) && foie >= sorted_quantile(foies(), 0.5);
        let found = rules_of(&own, &closed);
        prop_assert_eq!(found.contains(&Rule::MaisSansFoie), wasteful);
        prop_assert_eq!(found.contains(&Rule::AReprendre), best);
    }
}
