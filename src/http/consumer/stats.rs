//! `GET /api/consumer/stats`: what the ratings amount to, group by group, for supervision.

use crate::{
    domain::{
        access::Policy,
        consumer::{
            figures::{Difference, compare},
            rating::Aspect,
        },
        pilotage::unmixed,
        rounding::two_decimals,
        words::words,
    },
    http::{
        error::{ApiError, ReadFailure},
        params,
    },
    store::{
        tallies::{self, TalliedGroup},
        view::View,
    },
};
use actix_web::web;
use jiff::ToSpan;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::super::get(cfg, "/api/consumer/stats", Policy::Supervision, by_group);
}

words! {
    /// What ratings are told apart by.
    enum By {
        Lot = "lot",
        Gaveur = "gaveur",
        Site = "site",
        Grade = "grade",
        Mois = "mois",
    }
}

/// Number and mean of an answer; the mean is `null` below five.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Answered {
    n: i64,
    pub(super) moyenne: Option<f64>,
}

impl From<(i64, Option<f64>)> for Answered {
    fn from((n, mean): (i64, Option<f64>)) -> Self {
        Answered {
            n,
            moyenne: mean.map(two_decimals),
        }
    }
}

/// The figures of a group; one of too few ratings is `null`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Figures {
    /// Code of a lot, number of a gaveur, site, grade (`lot` for labels of a lot) or month.
    cle: String,
    pub(super) n: i64,
    /// From five ratings on, with its 95 % interval.
    pub(super) moyenne: Option<f64>,
    ic95: Option<(f64, f64)>,
    ecart_type: Option<f64>,
    /// Ratings by their stars.
    pub(super) repartition: BTreeMap<String, i64>,
    /// % of five stars less % of one and two, from thirty ratings on.
    nps: Option<f64>,
    nps_ic95: Option<(f64, f64)>,
    /// % of those who say so, from ten answers on.
    pub(super) recommande_pct: Option<f64>,
    recommande_ic95: Option<(f64, f64)>,
    recommande_n: i64,
    pub(super) rachat: Answered,
    pub(super) aspects: BTreeMap<&'static str, Answered>,
    simule: bool,
}

fn rounded((low, high): (f64, f64)) -> (f64, f64) {
    (two_decimals(low), two_decimals(high))
}

impl From<&TalliedGroup> for Figures {
    fn from(group: &TalliedGroup) -> Self {
        let tally = &group.tally;
        let (mean, nps, recommended) = (tally.mean(), tally.nps(), tally.recommended());
        let stars = (1..).map(|star: i32| star.to_string()).zip(tally.stars);
        let aspects = Aspect::ALL.map(|aspect| (aspect.as_str(), tally.aspect(aspect).into()));
        Figures {
            cle: group.cle.clone(),
            n: tally.n(),
            moyenne: mean.map(|mean| two_decimals(mean.mean)),
            ic95: mean.map(|mean| rounded(mean.ic95)),
            ecart_type: mean.map(|mean| two_decimals(mean.sd)),
            repartition: stars.collect(),
            nps: nps.map(|(score, _)| two_decimals(score)),
            nps_ic95: nps.map(|(_, ic95)| rounded(ic95)),
            recommande_pct: recommended.map(|(share, _)| two_decimals(share)),
            recommande_ic95: recommended.map(|(_, ic95)| rounded(ic95)),
            recommande_n: tally.answers,
            rachat: tally.repurchase().into(),
            aspects: aspects.into_iter().collect(),
            simule: group.simule,
        }
    }
}

/// How far one group is above another, both of twenty ratings at least.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Compared {
    a: String,
    b: String,
    pub(super) difference: f64,
    ic95: (f64, f64),
    /// `différent` only if the interval leaves out 0; otherwise `rien à conclure`.
    lecture: &'static str,
}

impl Compared {
    pub(super) fn of(a: &TalliedGroup, b: &TalliedGroup) -> Option<Self> {
        let found: Difference = compare(&a.tally, &b.tally)?;
        Some(Compared {
            a: a.cle.clone(),
            b: b.cle.clone(),
            difference: two_decimals(found.difference),
            ic95: rounded(found.ic95),
            lecture: if found.is_one() {
                "différent"
            } else {
                "rien à conclure"
            },
        })
    }
}

/// What consumers think, group by group.
#[derive(Debug, Serialize, ToSchema)]
pub struct Stats {
    par: &'static str,
    /// They are of simulated ratings, because there is no real one.
    simule: bool,
    lignes: Vec<Figures>,
    /// Of sites and of grades, each with each.
    differences: Vec<Compared>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StatsQuery {
    /// `lot`, `gaveur`, `site`, `grade` or `mois`.
    #[param(value_type = Option<String>, default = "lot")]
    par: Option<String>,
    /// First day, of UTC.
    #[param(value_type = Option<String>, format = Date)]
    depuis: Option<String>,
    /// Last day, included.
    #[param(value_type = Option<String>, format = Date)]
    jusqua: Option<String>,
}

/// What consumers think, group by group
///
/// A mean has an interval, and figures of too few ratings are `null`. Real ratings of the period, or simulated ones where there is no real one.
#[utoipa::path(
    get,
    path = "/api/consumer/stats",
    tag = "consommateurs",
    params(StatsQuery),
    responses((status = 200, description = "A row a group", body = Stats), ReadFailure)
)]
pub async fn by_group(
    view: View,
    query: web::Query<StatsQuery>,
) -> Result<web::Json<Stats>, ApiError> {
    let par = params::word("par", query.par.as_deref())?.unwrap_or(By::Lot);
    let begin = |day: Option<jiff::civil::Date>| {
        let midnight = day.map(|day| day.to_zoned(jiff::tz::TimeZone::UTC));
        midnight.and_then(Result::ok).map(|at| at.timestamp())
    };
    let since = begin(params::day("depuis", query.depuis.as_deref())?);
    let last = params::day("jusqua", query.jusqua.as_deref())?;
    let until = begin(last.map(|day| day.saturating_add(1.day())));
    let groups = tallies::by(&view, par.as_str(), since, until).await?;
    let (groups, simule) = unmixed(groups, |group| group.simule);
    let mut differences = Vec::new();
    if matches!(par, By::Site | By::Grade) {
        for (place, a) in groups.iter().enumerate() {
            let others = &groups[place + 1..];
            differences.extend(others.iter().filter_map(|b| Compared::of(a, b)));
        }
    }
    Ok(web::Json(Stats {
        par: par.as_str(),
        simule,
        lignes: groups.iter().map(Figures::from).collect(),
        differences,
    }))
}
