//! The dose that is proposed for the next meal after one that was far off the plan. It is a proposal to the farmer: the plan stays.

use super::Curve;
use crate::domain::{
    reading::MealPosition,
    saisie::{
        after,
        limits::{DOSE_G, ECARTS_PCT},
        position_of,
    },
    weighings::meal_rank,
};

/// A meal this far off the plan is followed by a proposal, %.
const FAR_PCT: f64 = ECARTS_PCT[1];
/// A proposal takes this share of the gap back,
const SHARE: f64 = 0.5;
/// but no more than this, g,
const MOST_G: f64 = 50.0;
/// and no more than this share of what is planned.
const MOST: f64 = 0.15;
/// Above the places of the meals of a lot.
const PLACES: i64 = 100;
/// The first place is that of the day of preparation.
const FIRST_PLACE: i32 = -2;

/// A lot that is fed to a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Followed {
    /// The curve in force.
    pub plan: Curve,
    /// The last meal, and what was given, g per duck.
    pub front: MealPosition,
    pub donnee_g: f64,
    /// Its farmer has refused a proposal for this lot.
    pub is_refused: bool,
}

/// A proposal; doses are g per duck.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correction {
    /// The meal that was off the plan.
    pub repas: MealPosition,
    pub prevue_g: f64,
    pub donnee_g: f64,
    /// The next meal.
    pub suivant: MealPosition,
    pub prevue_suivante_g: f64,
    pub proposee_g: f64,
}

impl Followed {
    /// `None` if the last meal was near its plan, nothing is planned behind it, or the farmer wants no proposals.
    pub fn correction(&self) -> Option<Correction> {
        let doses = self.plan.doses();
        let suivant = after(self.front);
        let (prevue_g, next) = (*doses.get(&self.front)?, *doses.get(&suivant)?);
        let gap = self.donnee_g - prevue_g;
        if self.is_refused || gap.abs() * 100.0 < FAR_PCT * prevue_g {
            return None;
        }
        let most = MOST_G.min(MOST * next);
        let change = (SHARE * gap).clamp(-most, most);
        // Towards the plan, so that rounding exceeds no bound.
        let change = (change * 10.0).trunc() / 10.0;
        Some(Correction {
            repas: self.front,
            prevue_g,
            donnee_g: self.donnee_g,
            suivant,
            prevue_suivante_g: next,
            proposee_g: next - change,
        })
    }
}

/// What names a proposal: the lot and the meal that was off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CorrectionId {
    pub lot_id: i64,
    pub repas: MealPosition,
}

impl CorrectionId {
    /// As one number, because older pages name proposals so.
    pub fn number(self) -> i64 {
        self.lot_id * PLACES + i64::from(meal_rank(self.repas) - FIRST_PLACE)
    }

    pub fn from_number(number: i64) -> Self {
        let place = i32::try_from(number.rem_euclid(PLACES)).unwrap_or_default();
        CorrectionId {
            lot_id: number.div_euclid(PLACES),
            repas: position_of(place + FIRST_PLACE),
        }
    }
}

/// A farmer's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answering {
    pub acceptee: bool,
    /// What he wants to give, g per duck; without it, an accepted proposal as it is.
    pub dose_finale_g: Option<f64>,
}

/// The answer to a proposal as it is stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answered {
    pub correction: Correction,
    pub acceptee: bool,
    /// `None` if he refused without saying one.
    pub dose_finale_g: Option<f64>,
}

/// Why an answer is not stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAnswered {
    #[error(
        "nothing is proposed under this id: the lot was fed again, or the meal is near its plan"
    )]
    Nothing,
    #[error("the proposal was answered already: it was {}", if *.acceptee { "accepted" } else { "refused" })]
    Already { acceptee: bool },
    #[error("field `dose_finale_g` must be between {} and {} g", DOSE_G.start(), DOSE_G.end())]
    Dose,
}

impl Answering {
    /// `lot` is `None` if it is not being fed to a plan; `earlier` is what was answered before.
    ///
    /// # Errors
    /// Nothing may be stored.
    pub fn answer(
        &self,
        repas: MealPosition,
        lot: Option<&Followed>,
        earlier: Option<bool>,
    ) -> Result<Answered, NotAnswered> {
        if let Some(acceptee) = earlier {
            return Err(NotAnswered::Already { acceptee });
        }
        let correction = lot.and_then(Followed::correction);
        let correction = correction.filter(|open| open.repas == repas);
        let correction = correction.ok_or(NotAnswered::Nothing)?;
        if self
            .dose_finale_g
            .is_some_and(|dose| !DOSE_G.contains(&dose))
        {
            return Err(NotAnswered::Dose);
        }
        let as_proposed = self.acceptee.then_some(correction.proposee_g);
        Ok(Answered {
            correction,
            acceptee: self.acceptee,
            dose_finale_g: self.dose_finale_g.or(as_proposed),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::moment::Moment;
    use proptest::prelude::*;

    fn followed(front: i32, donnee_g: f64) -> Followed {
        Followed {
            plan: Curve::of_medians(22, 8_852.0).unwrap(),
            front: position_of(front),
            donnee_g,
            is_refused: false,
        }
    }

    const ACCEPT: Answering = Answering {
        acceptee: true,
        dose_finale_g: None,
    };

    #[test]
    fn half_of_a_gap_is_taken_back_at_the_next_meal_but_no_more_than_a_small_step() {
        // Planned: 225, 240, 260 g … 480, 490 g.
        let proposed = |front, given| {
            followed(front, given)
                .correction()
                .map(|one| one.proposee_g)
        };
        assert_eq!(proposed(0, 250.0), Some(227.5));
        assert_eq!(proposed(0, 200.0), Some(252.5));
        assert_eq!(proposed(0, 300.0), Some(204.0), "15 % of 240 g");
        assert_eq!(proposed(0, 0.0), Some(276.0));
        assert_eq!(proposed(14, 600.0), Some(440.0), "50 g");
        assert_eq!(proposed(0, 247.0), None, "9.8 %");
        assert_eq!(proposed(0, 247.5), Some(228.8), "10 %");
        assert_eq!(proposed(21, 600.0), None, "the plan ends here");
        assert_eq!(proposed(22, 600.0), None);
    }

    #[test]
    fn nothing_is_proposed_after_a_refusal() {
        let mut lot = followed(3, 400.0);
        assert!(lot.correction().is_some());
        lot.is_refused = true;
        assert_eq!(lot.correction(), None);
    }

    #[test]
    fn an_answer_is_kept_once_and_is_about_the_last_meal() {
        let lot = followed(3, 400.0);
        let answered = ACCEPT.answer(lot.front, Some(&lot), None).unwrap();
        assert_eq!(answered.dose_finale_g, Some(answered.correction.proposee_g));
        let already = ACCEPT.answer(lot.front, Some(&lot), Some(false));
        let sentence = already.unwrap_err().to_string();
        assert!(sentence.contains("refused"), "{sentence}");
        for (repas, lot) in [((0, Moment::Matin), Some(&lot)), (lot.front, None)] {
            assert_eq!(ACCEPT.answer(repas, lot, None), Err(NotAnswered::Nothing));
        }
        let refused = Answering {
            acceptee: false,
            dose_finale_g: None,
        };
        let refused = refused.answer(lot.front, Some(&lot), None).unwrap();
        assert_eq!(refused.dose_finale_g, None);
        let too_much = Answering {
            dose_finale_g: Some(601.0),
            ..ACCEPT
        };
        assert_eq!(
            too_much.answer(lot.front, Some(&lot), None),
            Err(NotAnswered::Dose)
        );
    }

    proptest! {
        #[test]
        fn a_proposal_goes_against_the_gap_and_stays_within_its_bounds(
            front in 0..22, given in 0.0..800.0, refused in any::<bool>()
        ) {
            let lot = Followed { is_refused: refused, ..followed(front, given) };
            let doses = lot.plan.doses();
            let (planned, next) = (doses[&lot.front], doses.get(&position_of(front + 1)));
            let is_far = (given - planned).abs() >= 0.1 * planned;
            let Some(open) = lot.correction() else {
                prop_assert!(refused || next.is_none() || !is_far);
                return Ok(());
            };
            prop_assert!(is_far && !refused);
            let next = *next.unwrap();
            let change = next - open.proposee_g;
            prop_assert!(change * (given - planned) > 0.0);
            prop_assert!(change.abs() <= 50.0_f64.min(0.15 * next) + 1e-9);
            prop_assert!(change.abs() <= (given - planned).abs() / 2.0 + 1e-9);
        }

        #[test]
        fn the_number_of_a_proposal_names_its_lot_and_its_meal(lot_id in 1..90_000_000_000_000_i64, place in -2..62) {
            let id = CorrectionId { lot_id, repas: position_of(place) };
            prop_assert_eq!(CorrectionId::from_number(id.number()), id);
        }
    }
}
