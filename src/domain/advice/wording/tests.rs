use super::*;
use crate::domain::advice::{
    ComparedLot,
    rules::findings,
    testing::{NOW, lot, meals, ratings},
};

fn said(own: &ComparedLot, closed: &[ComparedLot], language: Language) -> String {
    let found = findings(own, closed, *NOW).remove(0);
    let proposed = found.propose(own, &meals(&[1, 2, 3], -9.0), *NOW).unwrap();
    texte(
        proposed.rule,
        "LL2611000",
        &proposed.evidence,
        proposed.action.as_ref(),
        language,
    )
}

fn closed() -> Vec<ComparedLot> {
    let lots = (1..=40).map(|id| ComparedLot {
        repas_hors_plan: if id <= 10 { 4 } else { 0 },
        foie_g: Some(if id <= 10 { 480.0 } else { 520.0 } + (id % 5) as f64),
        ..lot(id, (id % 8) as i32)
    });
    lots.collect()
}

#[test]
fn advice_says_in_plain_words_what_was_compared_and_how_sure_the_difference_is() {
    let own = ComparedLot {
        repas_hors_plan: 3,
        ..lot(0, 1)
    };
    let french = said(&own, &closed(), Fr);
    assert!(french.starts_with("Lot LL2611000 : 3 repas sur 20 donnés à plus de 5\u{202f}% du plan (J0 soir, J1 matin, J1 soir)."), "{french}");
    assert!(
        french.contains("Les 10 lots comparables donnés ainsi, comparés aux 30 qui"),
        "{french}"
    );
    assert!(french.contains("foie −40,0\u{202f}g (entre −4"), "{french}");
    let english = said(&own, &closed(), En);
    assert!(
        english.contains("liver −40.0\u{202f}g (between −4"),
        "{english}"
    );
}

#[test]
fn of_many_meals_six_are_named_and_the_others_counted() {
    let meals = |count| {
        let meals = (0..count).map(|jour| NamedMeal {
            jour,
            moment: Moment::Matin,
            ecart_pct: None,
            temperature_c: None,
            humidite_pct: None,
        });
        meals.collect::<Vec<_>>()
    };
    let six = "J0 matin, J1 matin, J2 matin, J3 matin, J4 matin, J5 matin";
    assert_eq!(named(&meals(6), Fr), six);
    assert_eq!(named(&meals(7), Fr), format!("{six} et 1 autre"));
    assert_eq!(named(&meals(8), Fr), format!("{six} et 2 autres"));
    assert!(named(&meals(7), En).ends_with("D5 morning and 1 more"));
    assert!(named(&meals(9), En).ends_with("D5 morning and 3 more"));
}

#[test]
fn every_rule_speaks_both_languages_and_of_no_confidence() {
    let off = ComparedLot {
        repas_hors_plan: 3,
        ..lot(0, 1)
    };
    let wasteful = ComparedLot {
        mais_g: Some(9_500.0),
        foie_g: Some(480.0),
        ..lot(0, 1)
    };
    let best = ComparedLot {
        mais_g: Some(7_000.0),
        foie_g: Some(530.0),
        ..lot(0, 1)
    };
    for own in [off, wasteful, best] {
        let (french, english) = (said(&own, &closed(), Fr), said(&own, &closed(), En));
        assert!(!french.contains("confiance") && !english.contains("confidence"));
        assert!(!english.contains(['é', 'è', 'ï']), "{english}");
        assert!(french.len() < 900 && english.len() < 900);
    }
    let mut liked = closed();
    for one in &mut liked {
        one.avis = ratings([0, 0, 1, 3, 4]);
    }
    let disliked = ComparedLot {
        repas_hors_plan: 3,
        avis: ratings([4, 5, 8, 3, 0]),
        ..lot(0, 1)
    };
    let of_ratings = |language| {
        let found = findings(&disliked, &liked, *NOW).remove(1);
        let proposed = found
            .propose(&disliked, &meals(&[1, 2, 3], -9.0), *NOW)
            .unwrap();
        texte(
            proposed.rule,
            "LL2611000",
            &proposed.evidence,
            None,
            language,
        )
    };
    let (french, english) = (of_ratings(Fr), of_ratings(En));
    assert!(
        french.contains("20 avis de consommateurs, 2,5 sur 5 en moyenne, parmi le quart le moins aimé de 40 lots comparables : note −1,88 (entre −")
            && french.contains("Dans le même lot : 3 repas sur 20 donnés à plus de 5\u{202f}% du plan (J0 soir, J1 matin, J1 soir)."),
        "{french}"
    );
    assert!(
        english.contains("rating −1.88 (between −") && !english.contains(['é', 'è']),
        "{english}"
    );
    for rule in Rule::ALL {
        assert_ne!(titre(rule, Fr), titre(rule, En));
    }
}
