//! `/api/pilotage`: the figures that steer the cooperative, of one period beside another.

mod figures;
mod panels;

use super::{
    error::{ApiError, ReadFailure},
    params,
    state::ApiState,
};
use crate::{
    domain::{
        access::Policy,
        calendar::Days,
        feeding_length::days_between,
        lot::Statut,
        period::{Comparison, Period},
        pilotage::{
            ends::{self, EndingDay},
            gaveurs, heat, mortality, unmixed, weeks,
        },
        site::Site,
    },
    store::{
        curves,
        lots::{self, LotFilter},
        pilotage::{self, Window},
        view::View,
    },
};
use actix_web::web;
use figures::Figures;
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use panels::{Calendar, Deviations, Gaveurs, ItmWeeks, Mortality};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::get(cfg, "/api/pilotage", Policy::Supervision, figures);
}

/// Weeks of the panel of ITM.
const WEEKS: usize = 8;
/// Gaveurs are compared over the period, and at least over so many days up to its end: a gaveur ends about two lots a month.
const GAVEUR_DAYS: i64 = 182;
/// Lots that ended within so many days before the end of the period make the band of mortality.
const BAND_DAYS: i64 = 28;
/// Days of meals that are looked at for it: a lot that ended first was fed for two weeks before.
const BAND_READINGS_DAYS: i64 = 42;
/// Lots that are looked at for it at most.
const MOST_BAND_LOTS: i64 = 300;
/// Lines of the map of deviations at most.
const MOST_LINES: i64 = 40;
/// Lots of the calendar at most.
const MOST_FED: i64 = 1_000;
/// Ended lots of so many days say how long the next ones will be fed.
const HABIT_DAYS: i64 = 56;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PilotageQuery {
    /// A day (`2026-11-29`), an ISO week (`2026-W48`), a month (`2026-11`) or a season from July to June (`2026/2027`); this week without it.
    periode: Option<String>,
    /// What it is compared with: `precedente` (the period before), `an_passe` (a year ago) or `aucune`.
    #[param(value_type = Option<String>, default = "precedente")]
    compare: Option<String>,
    /// `LL`, `LS` or `MT`; all three without it.
    site: Option<String>,
}

/// A period and its days.
#[derive(Debug, Serialize, ToSchema)]
struct PeriodAnswer {
    /// As in the address.
    code: String,
    du: Date,
    /// Included.
    au: Date,
}

impl From<Period> for PeriodAnswer {
    fn from(period: Period) -> Self {
        PeriodAnswer {
            code: period.to_string(),
            du: period.first(),
            au: period.end().saturating_sub(1.day()),
        }
    }
}

/// The figures of a period. Real data, or simulated data where there is no real one; never both in one figure. `null` is not measured, or of too
/// few to be told.
#[derive(Debug, Serialize, ToSchema)]
struct Pilotage {
    periode: PeriodAnswer,
    /// The periods of the same kind around it, for links.
    precedente: String,
    suivante: String,
    comparaison: Option<PeriodAnswer>,
    #[schema(value_type = Option<String>)]
    site: Option<Site>,
    figures: Figures,
    /// Of the period that it is compared with.
    figures_comparees: Option<Figures>,
    itm_semaines: ItmWeeks,
    gaveurs: Gaveurs,
    mortalite: Mortality,
    ecarts: Deviations,
    /// From today on, whatever the period.
    fins: Calendar,
}

/// Figures of a period
///
/// Production, ITM, mortality, conformity of doses, grades, alerts; ITM by site and week; gaveurs; mortality by day on the band of past lots;
/// deviations lot by meal; the calendar of ends. A lot belongs to the day of its last meal, in the configured zone.
#[utoipa::path(
    get,
    path = "/api/pilotage",
    tag = "euralis",
    params(PilotageQuery),
    responses((status = 200, description = "All panels of the page", body = Pilotage), ReadFailure)
)]
async fn figures(
    view: View,
    state: web::Data<ApiState>,
    query: web::Query<PilotageQuery>,
) -> Result<web::Json<Pilotage>, ApiError> {
    let now = Timestamp::now();
    let today = now.to_zoned(state.zone.clone()).date();
    let asked = Asked::of(&query, today)?;
    let zone = &state.zone;
    let window = asked.window(asked.period, zone);
    let compared = asked.period.compared(asked.comparison);
    let other = compared.map(|period| asked.window(period, zone));
    // One after the other: a page must not take the connections of five.
    let lots = pilotage::lots(&view, &gaveur_window(window)).await?;
    let own = Figures::read(&view, window).await?;
    let others = match other {
        Some(window) => Some(Figures::read(&view, window).await?),
        None => None,
    };
    let (doses, mortality) = days(&view, window, now).await?;
    let (ending, is_simulated_end) = calendar(&view, asked.site, now, zone).await?;
    let mut sites = view.sites();
    sites.retain(|site| asked.site.is_none_or(|wanted| wanted == *site));
    let figures = Figures::draw_up(own, &sites, None);
    let is_simulated = figures.simule;
    Ok(web::Json(Pilotage {
        periode: asked.period.into(),
        precedente: asked.period.before().to_string(),
        suivante: asked.period.after().to_string(),
        comparaison: compared.map(PeriodAnswer::from),
        site: asked.site,
        figures_comparees: others.map(|other| Figures::draw_up(other, &sites, Some(is_simulated))),
        figures,
        itm_semaines: ItmWeeks::of(&lots, &sites, asked.weeks(), zone),
        gaveurs: Gaveurs::of(lots, gaveur_window(window), zone),
        mortalite: Mortality::of(mortality),
        ecarts: Deviations::of(doses, MOST_LINES as usize),
        fins: Calendar::of(&ending, is_simulated_end),
    }))
}

/// The query, read.
struct Asked {
    period: Period,
    comparison: Comparison,
    site: Option<Site>,
    today: Date,
}

impl Asked {
    fn of(query: &PilotageQuery, today: Date) -> Result<Self, ApiError> {
        let period = params::word("periode", query.periode.as_deref())?;
        let comparison = params::word("compare", query.compare.as_deref())?;
        Ok(Asked {
            period: period.unwrap_or(Period::week_of(today)),
            comparison: comparison.unwrap_or(Comparison::Before),
            site: params::site(query.site.as_deref())?,
            today,
        })
    }

    fn window(&self, period: Period, zone: &TimeZone) -> Window {
        let days = Days::between(period.first(), period.end(), zone);
        Window {
            since: days.begin(),
            until: days.end(),
            site: self.site,
        }
    }

    /// The weeks up to the last one of the period that has begun.
    fn weeks(&self) -> Vec<Period> {
        let last = self.period.end().saturating_sub(1.day());
        weeks::last_weeks(last.min(self.today.max(self.period.first())), WEEKS)
    }
}

fn before(until: Timestamp, days: i64) -> Timestamp {
    until - SignedDuration::from_hours(24 * days)
}

fn gaveur_window(window: Window) -> Window {
    Window {
        since: window.since.min(before(window.until, GAVEUR_DAYS)),
        ..window
    }
}

type DayRows = (Vec<heat::DayDoses>, Vec<mortality::LotDay>);

async fn days(view: &View, window: Window, now: Timestamp) -> Result<DayRows, ApiError> {
    let until = window.until.min(now.max(window.since));
    let band = Window {
        since: before(until, BAND_DAYS),
        until,
        ..window
    };
    let readings = before(until, BAND_READINGS_DAYS);
    let days = pilotage::days(
        view,
        (&window, MOST_LINES),
        (&band, readings, MOST_BAND_LOTS),
    );
    Ok(days.await?)
}

/// The calendar of ends, and whether it is of simulated lots.
///
/// # Errors
/// The database is unavailable, or refuses a statement.
pub(super) async fn calendar(
    view: &View,
    site: Option<Site>,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<(Vec<EndingDay>, bool), ApiError> {
    let filter = LotFilter {
        statuts: Some(vec![Statut::EnGavage]),
        site,
        ..LotFilter::default()
    };
    let habits = Window {
        since: before(now, HABIT_DAYS),
        until: now,
        site,
    };
    let fed = lots::list(view, filter, MOST_FED).await?;
    let plans = curves::plans(view, MOST_FED).await?;
    let plans: HashMap<_, _> = plans
        .iter()
        .map(|plan| (plan.lot_id, plan.dernier_jour))
        .collect();
    let ended = pilotage::lots(view, &habits).await?;
    let (fed, simule) = unmixed(fed, |lot| lot.simule);
    let ended = ended.into_iter().map(|lot| lot.ended);
    let ended: Vec<_> = ended.filter(|lot| lot.simule == simule).collect();
    let fed: Vec<_> = fed
        .iter()
        .map(|lot| ends::FedLot {
            site: lot.site,
            debut: lot.debut_lot,
            dernier_jour_prevu: plans.get(&lot.id).copied().or_else(|| {
                let fin = lot.fin_prevue?;
                Some(days_between(lot.debut_lot, fin))
            }),
            nb_canards: lot.nb_canards_actuel,
        })
        .collect();
    let today = now.to_zoned(zone.clone()).date();
    Ok((ends::calendar(&fed, &ended, today), simule))
}

/// Lots that make a rank; the page says so.
const FEWEST_RANKED: usize = gaveurs::FEWEST_LOTS;
