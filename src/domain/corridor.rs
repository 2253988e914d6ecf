//! The corridor of a lot: what its peers were given at each meal.

use super::{quantiles::quantile, reading::MealPosition, weighings::meal_rank};
use std::collections::BTreeMap;

/// Peers that must have a meal, before a corridor is drawn there.
pub const FEWEST_PEERS: usize = 20;

/// Doses of the peers at one meal, g per duck.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CorridorMeal {
    pub position: MealPosition,
    /// Peers that had this meal.
    pub n: usize,
    pub p10: f64,
    pub p50: f64,
    pub p90: f64,
}

/// A lot that is fed like another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Peer {
    /// Of the same site as the other one.
    pub is_of_the_site: bool,
    /// The dose of each of its meals, g per duck.
    pub doses: Vec<(MealPosition, f64)>,
}

/// Those of the same site if they are enough, otherwise all.
pub fn closest(mut peers: Vec<Peer>) -> Vec<Peer> {
    let of_the_site = peers.iter().filter(|peer| peer.is_of_the_site).count();
    if of_the_site >= FEWEST_PEERS {
        peers.retain(|peer| peer.is_of_the_site);
    }
    peers
}

/// The meals that enough peers had, in order.
pub fn corridor(peers: &[Peer]) -> Vec<CorridorMeal> {
    let mut by_meal: BTreeMap<i32, (MealPosition, Vec<f64>)> = BTreeMap::new();
    for (position, dose) in peers.iter().flat_map(|peer| &peer.doses) {
        let meal = by_meal
            .entry(meal_rank(*position))
            .or_insert_with(|| (*position, Vec::new()));
        meal.1.push(*dose);
    }
    let enough = by_meal
        .into_values()
        .filter(|(_, doses)| doses.len() >= FEWEST_PEERS);
    enough
        .filter_map(|(position, doses)| {
            Some(CorridorMeal {
                position,
                n: doses.len(),
                p10: quantile(&doses, 0.1)?,
                p50: quantile(&doses, 0.5)?,
                p90: quantile(&doses, 0.9)?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::moment::Moment::{Matin, Soir};

    fn peer(doses: &[(MealPosition, f64)]) -> Peer {
        Peer {
            is_of_the_site: true,
            doses: doses.to_vec(),
        }
    }

    #[test]
    fn a_meal_that_twenty_peers_had_has_a_corridor_and_one_that_nineteen_had_has_none() {
        let peers: Vec<_> = (0..20)
            .map(|n| {
                let evening = ((3, Soir), 400.0 + f64::from(n));
                let morning = ((3, Matin), 380.0 + f64::from(n));
                peer(&[evening, morning][..if n == 0 { 1 } else { 2 }])
            })
            .collect();
        let expected = CorridorMeal {
            position: (3, Soir),
            n: 20,
            p10: 401.9,
            p50: 409.5,
            p90: 417.1,
        };
        assert_eq!(corridor(&peers), [expected]);
    }

    #[test]
    fn meals_are_in_the_order_in_which_they_are_given() {
        let meals = [(2, Matin), (-1, Soir), (1, Soir)].map(|position| (position, 300.0));
        let found = corridor(&vec![peer(&meals); 20]).into_iter();
        let found: Vec<_> = found.map(|meal| meal.position).collect();
        assert_eq!(found, [(-1, Soir), (1, Soir), (2, Matin)]);
    }

    #[test]
    fn twenty_peers_of_the_site_are_enough_and_nineteen_are_joined_by_those_of_others() {
        let foreign = Peer {
            is_of_the_site: false,
            doses: Vec::new(),
        };
        let with = |own: usize| {
            let mut peers = vec![peer(&[]); own];
            peers.extend(vec![foreign.clone(); 5]);
            closest(peers).len()
        };
        assert_eq!((with(20), with(19)), (20, 24));
    }
}
