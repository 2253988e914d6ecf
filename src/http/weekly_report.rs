//! `GET /api/analytics/weekly-report/{gaveur_id}`.

use super::{
    error::{ApiError, ReadFailure},
    params,
    state::ApiState,
};
use crate::{
    domain::{access::Policy, rounding::one_decimal},
    store::{
        view::View,
        weekly_report::{self, LotGain, WeeklyFigures, Window},
    },
};
use actix_web::web;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::Serialize;
use utoipa::ToSchema;

const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::get(
        cfg,
        "/api/analytics/weekly-report/{gaveur_id}",
        Policy::Gaveur,
        weekly,
    );
}

/// The last seven days of a gaveur.
#[derive(Debug, Serialize, ToSchema)]
pub struct WeeklyReport {
    /// First and last calendar day of the window in the configured zone, `YYYY-MM-DD/YYYY-MM-DD`.
    #[schema(example = "2026-01-24/2026-01-31")]
    periode: String,
    gaveur_id: i32,
    statistiques: Statistiques,
    /// At most three, the highest gain first.
    top_performers: Vec<TopPerformer>,
    date_generation: Timestamp,
}

/// One decimal; 0 if there is no data; never `null`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Statistiques {
    /// Sum of the latest `nb_canards_vivants` of the lots still feeding.
    canards_actifs: i64,
    /// The same over the lots fed in the window.
    canards_gaves: i64,
    /// Readings in the window.
    gavages_total: i64,
    /// g per day: mean over lots of (last − first mean weight) / days elapsed by `jour`.
    gain_moyen_g: f64,
    /// g: mean over (lot, jour) of the doses given that day.
    dose_moyenne_g: f64,
    /// Alerts of severity critical raised in the window.
    alertes_critiques: i64,
    /// Alerts of severity warning raised in the window.
    alertes_importantes: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TopPerformer {
    /// `code_lot`.
    numero: String,
    /// g per day.
    gain_moyen: f64,
}

/// Weekly report of a gaveur
///
/// A rolling window of 7 days that ends now, on the readings' `time`, each figure its own query. `canards_actifs` is the sum of
/// the latest `nb_canards_vivants` of the gaveur's lots still feeding; `canards_gaves` the same over the lots fed in the window;
/// `gavages_total` the readings in the window; `gain_moyen_g` the mean over lots of (last − first mean weight) / days elapsed by
/// `jour`, in g per day, lots with one day left out; `dose_moyenne_g` the mean over (lot, jour) of the doses given that day
/// (matin + soir); `alertes_critiques` and `alertes_importantes` the alerts of severity critical and warning raised in the window;
/// `top_performers` the three lots with the highest gain, `numero` = `code_lot`. One decimal; 0 when there is nothing, also for
/// an unknown gaveur; never `null`.
#[utoipa::path(
    get,
    path = "/api/analytics/weekly-report/{gaveur_id}",
    tag = "gavage",
    params(("gaveur_id" = i32, Path, minimum = 0)),
    responses((status = 200, description = "The last seven days", body = WeeklyReport), ReadFailure)
)]
async fn weekly(
    view: View,
    state: web::Data<ApiState>,
    path: web::Path<String>,
) -> Result<web::Json<WeeklyReport>, ApiError> {
    let gaveur_id = params::gaveur_id(&path)?;
    let window = week_until(Timestamp::now());
    let figures = weekly_report::figures(&view, gaveur_id, window).await?;
    Ok(web::Json(report(gaveur_id, window, &figures, &state.zone)))
}

fn week_until(now: Timestamp) -> Window {
    let from = now.saturating_sub(WEEK).unwrap_or(Timestamp::MIN);
    Window { from, to: now }
}

fn report(
    gaveur_id: i32,
    window: Window,
    figures: &WeeklyFigures,
    zone: &TimeZone,
) -> WeeklyReport {
    WeeklyReport {
        periode: periode(window, zone),
        gaveur_id,
        statistiques: statistiques(figures),
        top_performers: figures.gains.iter().take(3).map(top_performer).collect(),
        date_generation: window.to,
    }
}

fn statistiques(figures: &WeeklyFigures) -> Statistiques {
    Statistiques {
        canards_actifs: figures.canards_actifs,
        canards_gaves: figures.canards_gaves,
        gavages_total: figures.gavages_total,
        gain_moyen_g: one_decimal(mean_gain(&figures.gains).unwrap_or(0.0)),
        dose_moyenne_g: one_decimal(figures.dose_moyenne.unwrap_or(0.0)),
        alertes_critiques: figures.alertes_critiques,
        alertes_importantes: figures.alertes_importantes,
    }
}

fn top_performer(lot: &LotGain) -> TopPerformer {
    TopPerformer {
        numero: lot.code_lot.clone(),
        gain_moyen: one_decimal(lot.gain),
    }
}

fn mean_gain(gains: &[LotGain]) -> Option<f64> {
    let sum: f64 = gains.iter().map(|lot| lot.gain).sum();
    (!gains.is_empty()).then(|| sum / gains.len() as f64)
}

fn periode(window: Window, zone: &TimeZone) -> String {
    let day = |instant: Timestamp| instant.to_zoned(zone.clone()).date();
    format!("{}/{}", day(window.from), day(window.to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_period_is_told_in_the_calendar_of_the_configured_zone() {
        let window = week_until("2026-01-31T23:30:00Z".parse().unwrap());
        let paris = TimeZone::get("Europe/Paris").unwrap();
        assert_eq!(periode(window, &paris), "2026-01-25/2026-02-01");
        assert_eq!(periode(window, &TimeZone::UTC), "2026-01-24/2026-01-31");
    }
}
