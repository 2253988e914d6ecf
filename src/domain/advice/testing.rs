//! Lots of tests.

use super::ComparedLot;
use crate::domain::{
    consumer::figures::Tally,
    moment::Moment,
    reading::{Reading, sample},
    site::Site,
};
use jiff::{SignedDuration, Timestamp};
use std::sync::LazyLock;

pub static NOW: LazyLock<Timestamp> =
    LazyLock::new(|| "2026-11-29T12:00:00Z".parse().expect("a time"));

/// An ordinary closed lot: nothing is to be said of it.
pub fn lot(id: i64, gaveur_id: i32) -> ComparedLot {
    ComparedLot {
        id,
        code_lot: format!("LL2611{id:03}"),
        gaveur_id,
        site: Site::Ll,
        genetique: "Mulard".to_owned(),
        simule: false,
        dernier_releve: *NOW - SignedDuration::from_hours(24 * (1 + id % 90)),
        foie_g: Some(520.0),
        cv: Some(0.12),
        mais_g: Some(7_900.0),
        perte_pct: Some(2.0),
        repas: 20,
        repas_hors_plan: 0,
        releves: 20,
        releves_hors_plage: 0,
        avis: Tally::default(),
    }
}

/// Ratings with this many of one to five stars.
pub fn ratings(stars: [i64; 5]) -> Tally {
    Tally {
        stars,
        ..Tally::default()
    }
}

/// Twenty meals as planned, of which these are so many per cent off.
pub fn meals(off: &[usize], ecart_pct: f64) -> Vec<Reading> {
    let meal = |index: usize| {
        let planned = 300.0 + 10.0 * index as f64;
        let factor = if off.contains(&index) {
            1.0 + ecart_pct / 100.0
        } else {
            1.0
        };
        let moment = [Moment::Matin, Moment::Soir][index % 2];
        Reading {
            dose_theorique: Some(planned),
            dose_reelle: planned * factor,
            temperature_stabule: Some(22.0),
            humidite_stabule: Some(60.0),
            ..sample("LL2611000", (index / 2) as i32, moment)
        }
    };
    (0..20).map(meal).collect()
}
