//! The objects inside frames about ratings.

use crate::domain::{
    consumer::{figures::FEWEST_RATINGS, rating::Rated},
    quality::Grade,
    rounding::two_decimals,
    site::Site,
};
use serde::Serialize;

/// A rating, for supervision.
#[derive(Debug, Serialize)]
pub struct RatingData<'a> {
    product_id: &'a str,
    code_lot: &'a str,
    site_code: Site,
    gaveur_id: i32,
    overall_rating: i32,
    /// `null` for a label of the lot.
    grade: Option<Grade>,
    n_lot: i64,
    /// `null` below five ratings.
    moyenne_lot: Option<f64>,
    simule: bool,
}

/// A rating, for the gaveur of the lot.
#[derive(Debug, Serialize)]
pub struct RatingOfLot<'a> {
    code_lot: &'a str,
    overall_rating: i32,
    n: i64,
    /// `null` below five ratings.
    moyenne: Option<f64>,
    simule: bool,
}

fn mean(rated: &Rated) -> Option<f64> {
    let is_enough = rated.n_lot >= FEWEST_RATINGS;
    is_enough.then(|| two_decimals(rated.somme_lot as f64 / rated.n_lot as f64))
}

impl<'a> From<&'a Rated> for RatingData<'a> {
    fn from(rated: &'a Rated) -> Self {
        RatingData {
            product_id: &rated.product_id,
            code_lot: &rated.code_lot,
            site_code: rated.site,
            gaveur_id: rated.gaveur_id,
            overall_rating: rated.overall,
            grade: rated.grade,
            n_lot: rated.n_lot,
            moyenne_lot: mean(rated),
            simule: rated.simule,
        }
    }
}

impl<'a> From<&'a Rated> for RatingOfLot<'a> {
    fn from(rated: &'a Rated) -> Self {
        RatingOfLot {
            code_lot: &rated.code_lot,
            overall_rating: rated.overall,
            n: rated.n_lot,
            moyenne: mean(rated),
            simule: rated.simule,
        }
    }
}
