//! Steps of a lot that a person makes. Those that meals and quality control make follow from them.

use super::{lot::Statut, saisie::Refus};
use jiff::civil::Date;

/// What the slaughterhouse reports of a lot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slaughter {
    pub date: Date,
    /// Ducks hung on the line.
    pub accroches: i32,
    /// g.
    pub poids_foie_moyen_g: Option<f64>,
    pub ecart_type_foie_g: Option<f64>,
}

/// A step that somebody asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    pub vers: Statut,
    pub par: String,
    pub is_supervisor: bool,
    pub motif: Option<String>,
    /// With a step to `abattu`.
    pub slaughter: Option<Slaughter>,
    /// With a step to `en_preparation`: the ducks that were received.
    pub ducks: Option<i32>,
}

/// Whether a lot of this many ducks may make the step.
///
/// # Errors
/// Nothing may be changed.
pub fn step(asked: &Asked, de: Statut, ducks: Option<i32>) -> Result<(), Refus> {
    let vers = asked.vers;
    let is_fed = !de.has_ended();
    let is_possible = match vers {
        Statut::EnPreparation => de == Statut::Planifie,
        Statut::EnGavage => de == Statut::PretAbattage,
        Statut::PretAbattage => de == Statut::EnGavage,
        Statut::Annule => is_fed,
        Statut::Abattu => de == Statut::PretAbattage,
        _ => false,
    };
    if !is_possible {
        return Err(Refus::Etat(format!(
            "a lot that is {de} cannot become {vers}"
        )));
    }
    let is_of_farmers = matches!(vers, Statut::EnPreparation | Statut::PretAbattage);
    if !is_of_farmers && !asked.is_supervisor {
        return Err(Refus::Etat(format!(
            "only a supervisor can make a lot {vers}"
        )));
    }
    if matches!(vers, Statut::Annule | Statut::EnGavage) && asked.motif.is_none() {
        let problem = format!("is missing: say why the lot becomes {vers}");
        return Err(Refus::champ("motif", problem));
    }
    if let (Some(slaughter), Some(ducks)) = (asked.slaughter, ducks)
        && slaughter.accroches > ducks
    {
        let problem = format!("must be at most {ducks}, the ducks that feeding began with");
        return Err(Refus::champ("accroches", problem));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{lot::LotState, moment::Moment, reading::sample, weighings::meal_rank};
    use proptest::{prelude::*, sample::select};

    fn asked(vers: Statut) -> Asked {
        Asked {
            vers,
            par: "Anne".to_owned(),
            is_supervisor: true,
            motif: Some("erreur".to_owned()),
            slaughter: None,
            ducks: None,
        }
    }

    #[test]
    fn a_farmer_ends_the_feeding_and_a_supervisor_the_rest() {
        let farmer = |vers| Asked {
            is_supervisor: false,
            ..asked(vers)
        };
        assert!(step(&farmer(Statut::PretAbattage), Statut::EnGavage, None).is_ok());
        assert!(step(&farmer(Statut::Annule), Statut::EnGavage, None).is_err());
        assert!(step(&farmer(Statut::Abattu), Statut::PretAbattage, None).is_err());
        assert!(step(&asked(Statut::Abattu), Statut::PretAbattage, None).is_ok());
        let without_reason = Asked {
            motif: None,
            ..asked(Statut::Annule)
        };
        assert!(step(&without_reason, Statut::EnGavage, None).is_err());
    }

    #[test]
    fn no_more_ducks_are_hung_than_feeding_began_with() {
        let hung = |accroches| Asked {
            slaughter: Some(Slaughter {
                date: jiff::civil::date(2026, 11, 29),
                accroches,
                poids_foie_moyen_g: None,
                ecart_type_foie_g: None,
            }),
            ..asked(Statut::Abattu)
        };
        assert!(step(&hung(1_000), Statut::PretAbattage, Some(1_000)).is_ok());
        assert!(step(&hung(1_001), Statut::PretAbattage, Some(1_000)).is_err());
        assert!(step(&hung(1_001), Statut::PretAbattage, None).is_ok());
    }

    /// What happens to a lot: somebody asks for a step, or a meal comes.
    #[derive(Debug, Clone)]
    enum Event {
        Asks {
            vers: Statut,
            is_supervisor: bool,
            has_reason: bool,
        },
        Meal {
            is_last: bool,
        },
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            3 => (select(&Statut::ALL[..]), any::<bool>(), any::<bool>()).prop_map(
                |(vers, is_supervisor, has_reason)| Event::Asks { vers, is_supervisor, has_reason }
            ),
            2 => prop::bool::weighted(0.2).prop_map(|is_last| Event::Meal { is_last }),
        ]
    }

    /// The steps of the cooperative's table that people make.
    fn is_in_the_table(de: Statut, vers: Statut, is_supervisor: bool, has_reason: bool) -> bool {
        use Statut::*;
        match (de, vers) {
            (Planifie, EnPreparation) | (EnGavage, PretAbattage) => true,
            (PretAbattage, Abattu) => is_supervisor,
            (PretAbattage, EnGavage) | (Planifie | EnPreparation | EnGavage, Annule) => {
                is_supervisor && has_reason
            }
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn whatever_happens_a_lot_makes_only_steps_of_the_table_and_a_settled_one_none(
            events in prop::collection::vec(event(), 1..30),
        ) {
            let zone = jiff::tz::TimeZone::UTC;
            let first = sample("LL2611001", 0, Moment::Matin);
            let mut lot = LotState::first_seen(1, 1, &first, &zone);
            lot.empty();
            lot.statut = Statut::Planifie;
            let mut place = 0;
            for event in events {
                let de = lot.statut;
                match event {
                    Event::Asks { vers, is_supervisor, has_reason } => {
                        let asked = Asked {
                            is_supervisor,
                            motif: has_reason.then(|| "erreur".to_owned()),
                            ..asked(vers)
                        };
                        let is_made = step(&asked, de, None).is_ok();
                        prop_assert_eq!(is_made, is_in_the_table(de, vers, is_supervisor, has_reason));
                        if is_made {
                            // As the statement does it.
                            let rank = lot.position().map(meal_rank);
                            lot.reprise_place = if vers == Statut::EnGavage { rank } else { lot.reprise_place };
                            lot.pret_abattage = vers != Statut::EnGavage && vers == Statut::PretAbattage;
                            lot.statut = vers;
                        }
                    }
                    Event::Meal { is_last } if !de.is_settled() => {
                        let mut meal = sample("LL2611001", place / 2, [Moment::Matin, Moment::Soir][(place % 2) as usize]);
                        meal.pret_abattage = is_last;
                        place += 1;
                        lot.advance(&meal, &zone);
                        let ends = is_last || de == Statut::PretAbattage;
                        prop_assert_eq!(lot.statut, if ends { Statut::PretAbattage } else { Statut::EnGavage });
                    }
                    Event::Meal { .. } => {}
                }
                if de.is_settled() {
                    prop_assert_eq!(lot.statut, de);
                }
                // Only what waits for its first meal has no front.
                let waits = matches!(lot.statut, Statut::Planifie | Statut::EnPreparation | Statut::Annule);
                prop_assert!(lot.fed.is_some() || waits);
            }
        }
    }
}
