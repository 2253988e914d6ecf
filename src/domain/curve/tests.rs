use super::{planning::*, *};
use crate::domain::{lot::Statut, moment::Moment};
use proptest::{collection::vec, prelude::*};

fn usual() -> Curve {
    Curve::of_medians(22, 8_852.0).unwrap()
}

#[test]
fn the_medians_add_up_to_the_totals_of_the_domain() {
    for (meals, total) in [
        (18, 6_980.0),
        (19, 7_460.0),
        (20, 7_925.0),
        (21, 8_385.0),
        (22, 8_852.0),
    ] {
        assert_eq!(MEDIANS[..meals].iter().sum::<f64>(), total);
        assert_eq!(
            Curve::of_medians(meals, total).unwrap().points_g,
            MEDIANS[..meals]
        );
    }
    let more = Curve::of_medians(20, 8_321.25).unwrap();
    assert_eq!(more.points_g[0], 236.3);
    assert!((more.total_g() - 8_321.25).abs() < 1.0);
}

#[test]
fn a_curve_that_is_not_likely_is_refused_with_its_field() {
    let with = |change: fn(&mut Vec<f64>)| {
        let mut curve = usual();
        change(&mut curve.points_g);
        curve.check().map_err(|bad| bad.to_string())
    };
    assert!(with(|_| {}).is_ok());
    for (change, words) in [
        (
            (|points| points.truncate(13)) as fn(&mut Vec<f64>),
            "14 to 32",
        ),
        (|points| points[3] = 0.5, "meal 4"),
        (|points| points[5] = 601.0, "meal 6"),
        (|points| points[1] = 290.0, "meal 2"),
        (
            |points| points.iter_mut().for_each(|dose| *dose *= 0.5),
            "add up",
        ),
    ] {
        let complaint = with(change).unwrap_err();
        assert!(
            complaint.starts_with("field `points_g`") && complaint.contains(words),
            "{complaint}"
        );
    }
    assert!(Curve::of_medians(23, 8_000.0).is_err());
}

#[test]
fn day_totals_are_split_in_the_shape_of_the_medians() {
    let days = usual()
        .points_g
        .chunks(2)
        .map(|day| day.iter().sum::<f64>())
        .collect::<Vec<_>>();
    let days: BTreeMap<i32, f64> = (1..).zip(days).collect();
    let curve = Curve::of_days(&days).unwrap();
    for (dose, median) in curve.points_g.iter().zip(MEDIANS) {
        assert!((dose - median).abs() < 0.1, "{dose} {median}");
    }
    let gap = BTreeMap::from([(1, 500.0), (3, 600.0)]);
    assert_eq!(Curve::of_days(&gap).unwrap_err().champ, "courbe_modifiee");
}

fn propose(curve: Curve) -> Planning {
    Planning {
        par: "Anne".to_owned(),
        commentaire: None,
        what: Planned::Propose {
            curve,
            source: SourceCourbe::Manuelle,
            formule: None,
        },
    }
}

fn decide(version: i32, decision: Decision) -> Planning {
    Planning {
        what: Planned::Decide { version, decision },
        ..propose(usual())
    }
}

fn plans() -> Plans {
    Plans {
        front: Some((2, Moment::Matin)),
        statut: Statut::EnGavage,
        curves: Vec::new(),
    }
}

/// Stores the step as the database would.
fn store(plans: &mut Plans, planning: &Planning, requete: i64) -> Result<Step, NotPlanned> {
    let step = plans.step(planning, requete)?;
    match (step, &planning.what) {
        (Step::Insert(version), Planned::Propose { curve, .. }) => plans.curves.push(StoredCurve {
            version,
            etat: EtatCourbe::EnAttente,
            curve: curve.clone(),
            requete,
            decide_requete: None,
        }),
        (Step::Decide(version, etat), _) => {
            for curve in &mut plans.curves {
                if curve.version == version {
                    (curve.etat, curve.decide_requete) = (etat, Some(requete));
                } else if etat == EtatCourbe::Validee && curve.etat == EtatCourbe::Validee {
                    curve.etat = EtatCourbe::Remplacee;
                }
            }
        }
        _ => {}
    }
    Ok(step)
}

#[test]
fn a_running_lot_changes_its_plan_only_beyond_its_last_meal() {
    let mut plans = plans();
    store(&mut plans, &propose(usual()), 1).unwrap();
    store(&mut plans, &decide(1, Decision::Valider), 2).unwrap();
    let mut changed = usual();
    changed.points_g[4] += 5.0;
    let refused = plans.step(&propose(changed), 3).unwrap_err();
    assert!(refused.to_string().contains("day 2 matin"), "{refused}");
    let mut later = usual();
    later.points_g[5] += 5.0;
    assert_eq!(plans.step(&propose(later), 4), Ok(Step::Insert(2)));
    plans.statut = Statut::PretAbattage;
    assert!(matches!(
        plans.step(&propose(usual()), 5),
        Err(NotPlanned::State(_))
    ));
}

#[test]
fn the_doses_of_a_curve_belong_to_consecutive_meals() {
    let doses = usual().doses();
    assert_eq!(doses[&(0, Moment::Matin)], 225.0);
    assert_eq!(doses[&(10, Moment::Soir)], 467.0);
}

proptest! {
    /// Whatever is asked in whatever order, also twice: one curve at most is in force, nothing decided is decided again.
    #[test]
    fn one_curve_at_most_is_in_force_and_no_decision_is_taken_back(asked in vec((0..3, 1..6, 0..12i64), 0..30)) {
        let mut plans = plans();
        for (kind, version, requete) in asked {
            let planning = match kind {
                0 => propose(usual()),
                1 => decide(version, Decision::Valider),
                _ => decide(version, Decision::Rejeter),
            };
            let before = plans.clone();
            let stored = store(&mut plans, &planning, requete);
            match stored {
                Ok(Step::Done(_)) | Err(_) => prop_assert_eq!(&plans, &before),
                Ok(Step::Insert(version)) => prop_assert_eq!(version as usize, plans.curves.len()),
                Ok(Step::Decide(version, _)) => {
                    let was = before.curves.iter().find(|one| one.version == version);
                    prop_assert_eq!(was.unwrap().etat, EtatCourbe::EnAttente);
                }
            }
            let in_force = plans.curves.iter().filter(|one| one.etat == EtatCourbe::Validee);
            prop_assert!(in_force.count() <= 1);
            for (before, after) in before.curves.iter().zip(&plans.curves) {
                let is_step = before.etat == after.etat
                    || before.etat == EtatCourbe::EnAttente
                    || (before.etat, after.etat) == (EtatCourbe::Validee, EtatCourbe::Remplacee);
                prop_assert!(is_step, "{:?} became {:?}", before.etat, after.etat);
                prop_assert_eq!(&before.curve, &after.curve);
            }
        }
    }
}
