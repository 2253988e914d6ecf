//! What came after advice: the next lot of the farmer, beside those of farmers who refused advice or got none.
//!
//! A bad lot is followed by a better one without any advice, so that a figure after advice says nothing by itself: only the change beside that of lots
//! without it does, and only if there are enough of both.

use super::{
    comparison::{Member, compare},
    evidence::{Contrast, Measure},
};
use serde::Serialize;
use utoipa::ToSchema;

/// Lots that each group needs.
pub const FEWEST: usize = 20;
/// Pairs that are listed.
const MOST_LISTED: usize = 50;

/// What a farmer was advised after a lot, and said to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Advised {
    Accepted,
    Refused,
    Never,
}

/// A closed lot and the next one of the same farmer.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    pub gaveur_id: i32,
    pub code_lot: String,
    pub code_lot_suivant: String,
    /// `None` if it was sent and nobody answered: such a pair belongs to no group.
    pub advised: Option<Advised>,
    pub itm: f64,
    pub itm_suivant: f64,
}

/// An accepted piece of advice and the next lot.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NextLot {
    pub code_lot: String,
    pub itm: f64,
    pub code_lot_suivant: String,
    pub itm_suivant: f64,
}

/// What came after accepted advice.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Outcome {
    /// Lots that were followed by another one of the same farmer: whose advice was accepted, refused, and those that none was sent about.
    pub acceptees: usize,
    pub refusees: usize,
    pub jamais: usize,
    /// Lots that each group needs to be compared.
    pub minimum: usize,
    /// Change of ITM to the next lot, accepted against refused; `null` below the minimum.
    pub contre_refusees: Option<Contrast>,
    /// The same against lots that no advice was sent about.
    pub contre_jamais: Option<Contrast>,
    /// The next figures, at most 50, without a comparison.
    pub suivants: Vec<NextLot>,
}

impl Outcome {
    /// The latest pair first.
    pub fn of(pairs: &[Pair]) -> Self {
        let count = |advised| {
            pairs
                .iter()
                .filter(|pair| pair.advised == Some(advised))
                .count()
        };
        let accepted = pairs
            .iter()
            .filter(|pair| pair.advised == Some(Advised::Accepted));
        let suivants = accepted.take(MOST_LISTED).map(|pair| NextLot {
            code_lot: pair.code_lot.clone(),
            itm: pair.itm,
            code_lot_suivant: pair.code_lot_suivant.clone(),
            itm_suivant: pair.itm_suivant,
        });
        Outcome {
            acceptees: count(Advised::Accepted),
            refusees: count(Advised::Refused),
            jamais: count(Advised::Never),
            minimum: FEWEST,
            contre_refusees: against(pairs, Advised::Refused, "refusees"),
            contre_jamais: against(pairs, Advised::Never, "jamais"),
            suivants: suivants.collect(),
        }
    }
}

fn against(pairs: &[Pair], other: Advised, name: &str) -> Option<Contrast> {
    let members = pairs.iter().filter_map(|pair| {
        let is_first = pair.advised == Some(Advised::Accepted);
        (is_first || pair.advised == Some(other)).then_some(Member {
            gaveur_id: pair.gaveur_id,
            is_first,
            value: pair.itm_suivant - pair.itm,
        })
    });
    let members: Vec<_> = members.collect();
    let of = |is_first| {
        members
            .iter()
            .filter(|one| one.is_first == is_first)
            .count()
    };
    if of(true) < FEWEST || of(false) < FEWEST {
        return None;
    }
    compare(Measure::Itm, &members, ("acceptees", name), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(counts: [(Option<Advised>, usize, f64); 3]) -> Vec<Pair> {
        let groups = counts.into_iter().flat_map(|(advised, n, change)| {
            (0..n).map(move |index| Pair {
                gaveur_id: (index % 7) as i32,
                code_lot: format!("LL2611{index:03}"),
                code_lot_suivant: format!("LL2612{index:03}"),
                advised,
                itm: 16.0,
                itm_suivant: 16.0 + change + (index % 3) as f64 / 10.0,
            })
        });
        groups.collect()
    }

    #[test]
    fn what_followed_advice_is_compared_only_with_enough_lots_without_it() {
        use Advised::{Accepted, Never, Refused};
        let outcome = |refused, never| {
            Outcome::of(&pairs([
                (Some(Accepted), 21, -1.5),
                (Some(Refused), refused, -1.2),
                (Some(Never), never, -0.2),
            ]))
        };
        let few = outcome(19, 19);
        assert_eq!((few.acceptees, few.refusees, few.jamais), (21, 19, 19));
        assert_eq!((few.contre_refusees, few.contre_jamais), (None, None));
        assert_eq!(few.suivants.len(), 21);
        let enough = outcome(21, 42);
        // Both improve: what remains is the difference of the changes.
        let change = enough.contre_refusees.unwrap();
        assert!((change.difference + 0.3).abs() < 1e-9, "{change:?}");
        assert!(change.ic95.is_some());
        assert!((enough.contre_jamais.unwrap().difference + 1.3).abs() < 1e-9);
    }

    #[test]
    fn advice_that_nobody_has_answered_belongs_to_no_group() {
        let outcome = Outcome::of(&pairs([
            (None, 30, 0.0),
            (Some(Advised::Accepted), 1, 0.0),
            (Some(Advised::Refused), 0, 0.0),
        ]));
        assert_eq!(
            (outcome.acceptees, outcome.refusees, outcome.jamais),
            (1, 0, 0)
        );
    }
}
