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
}

/// Whether a lot of this many ducks may make the step.
///
/// # Errors
/// Nothing may be changed.
pub fn step(asked: &Asked, de: Statut, ducks: Option<i32>) -> Result<(), Refus> {
    let vers = asked.vers;
    let is_fed = !de.has_ended();
    let is_possible = match vers {
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
    if vers != Statut::PretAbattage && !asked.is_supervisor {
        return Err(Refus::Etat(format!(
            "only a supervisor can make a lot {vers}"
        )));
    }
    if vers == Statut::Annule && asked.motif.is_none() {
        return Err(Refus::champ(
            "motif",
            "is missing: say why the lot is cancelled",
        ));
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
    use proptest::{prelude::*, sample::select};

    fn asked(vers: Statut) -> Asked {
        Asked {
            vers,
            par: "Anne".to_owned(),
            is_supervisor: true,
            motif: Some("erreur".to_owned()),
            slaughter: None,
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

    proptest! {
        #[test]
        fn a_lot_only_goes_forward_and_an_ended_one_is_not_cancelled(de in select(&Statut::ALL[..]), vers in select(&Statut::ALL[..])) {
            if step(&asked(vers), de, None).is_ok() {
                prop_assert!(vers > de);
                prop_assert!(vers != Statut::Annule || !de.has_ended());
                prop_assert!(!de.is_settled());
            }
        }
    }
}
