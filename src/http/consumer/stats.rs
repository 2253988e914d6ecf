//! What the ratings amount to: `GET /api/consumer/stats` for supervision, and the addresses of older producers' screens.

use super::feedback::Feedback;
use crate::{
    domain::{
        access::{Policy, Role},
        consumer::{
            figures::{Difference, FEWEST_RATINGS, Tally, compare},
            rating::Aspect,
        },
        lot::LotId,
        pilotage::unmixed,
        rounding::two_decimals,
        scope::Scope,
        site::Site,
        words::words,
    },
    http::{
        caller::Caller,
        error::{ApiError, ErrorBody, ReadFailure},
        lots::known_lot,
        params,
    },
    store::{
        tallies::{self, TalliedGroup},
        view::{Reader, View},
    },
};
use actix_web::web;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Comments of one answer.
const COMMENTS: i64 = 20;

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::super::get(cfg, "/api/consumer/stats", Policy::Supervision, by_group);
    let path = "/api/consumer/producer/lot/{lot}/stats";
    super::super::get(cfg, path, Policy::Consumer, of_lot);
    let path = "/api/consumer/producer/site/{code}/stats";
    super::super::get(cfg, path, Policy::Consumer, of_site);
    let path = "/api/consumer/producer/comments/recent";
    super::super::get(cfg, path, Policy::Ratings, comments);
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

words! {
    /// How far back older screens look.
    enum Since {
        Week = "7d",
        Month = "30d",
        Quarter = "90d",
        All = "all",
    }
}

impl Since {
    fn begin(self) -> Option<Timestamp> {
        let days = match self {
            Since::Week => 7,
            Since::Month => 30,
            Since::Quarter => 90,
            Since::All => return None,
        };
        Some(Timestamp::now() - SignedDuration::from_hours(24 * days))
    }
}

/// Number and mean of an answer; the mean is `null` below five.
#[derive(Debug, Serialize, ToSchema)]
struct Answered {
    n: i64,
    moyenne: Option<f64>,
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
struct Figures {
    /// Code of a lot, number of a gaveur, site, grade (`lot` for labels of a lot) or month.
    cle: String,
    n: i64,
    /// From five ratings on, with its 95 % interval.
    moyenne: Option<f64>,
    ic95: Option<(f64, f64)>,
    ecart_type: Option<f64>,
    /// Ratings by their stars.
    repartition: BTreeMap<String, i64>,
    /// % of five stars less % of one and two, from thirty ratings on.
    nps: Option<f64>,
    nps_ic95: Option<(f64, f64)>,
    /// % of those who say so, from ten answers on.
    recommande_pct: Option<f64>,
    recommande_ic95: Option<(f64, f64)>,
    recommande_n: i64,
    rachat: Answered,
    aspects: BTreeMap<&'static str, Answered>,
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
struct Compared {
    a: String,
    b: String,
    difference: f64,
    ic95: (f64, f64),
    /// `différent` only if the interval leaves out 0; otherwise `rien à conclure`.
    lecture: &'static str,
}

impl Compared {
    fn of(a: &TalliedGroup, b: &TalliedGroup) -> Option<Self> {
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

/// Under the names of older screens; `null` where there are too few ratings.
#[derive(Debug, Serialize, ToSchema)]
struct Analytics {
    total_feedbacks: i64,
    average_overall_rating: Option<f64>,
    rating_distribution: BTreeMap<String, i64>,
    avg_texture: Option<f64>,
    avg_flavor: Option<f64>,
    avg_color: Option<f64>,
    avg_aroma: Option<f64>,
    avg_freshness: Option<f64>,
    /// %.
    recommendation_rate: Option<f64>,
    avg_repurchase_intent: Option<f64>,
    /// Always `null`: what these were is not known.
    trend_7d: Option<f64>,
    trend_30d: Option<f64>,
}

impl From<&Figures> for Analytics {
    fn from(figures: &Figures) -> Self {
        let aspect = |aspect: Aspect| {
            figures
                .aspects
                .get(aspect.as_str())
                .and_then(|it| it.moyenne)
        };
        Analytics {
            total_feedbacks: figures.n,
            average_overall_rating: figures.moyenne,
            rating_distribution: figures.repartition.clone(),
            avg_texture: aspect(Aspect::Texture),
            avg_flavor: aspect(Aspect::Flavor),
            avg_color: aspect(Aspect::Color),
            avg_aroma: aspect(Aspect::Aroma),
            avg_freshness: aspect(Aspect::Freshness),
            recommendation_rate: figures.recommande_pct,
            avg_repurchase_intent: figures.rachat.moyenne,
            trend_7d: None,
            trend_30d: None,
        }
    }
}

/// What a lot or a site is thought of, for older screens.
#[derive(Debug, Serialize, ToSchema)]
pub struct OldStats {
    period: &'static str,
    analytics: Analytics,
    figures: Figures,
    /// Only for supervision and the gaveur of the lot.
    recent_comments: Vec<Feedback>,
    /// Always empty: nothing is guessed.
    insights: [String; 0],
    simule: bool,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PeriodQuery {
    /// `7d`, `30d`, `90d` or `all`.
    #[param(value_type = Option<String>, default = "30d")]
    period: Option<String>,
}

/// Whose ratings are asked for.
struct Subject {
    name: String,
    lot_id: Option<LotId>,
    site: Option<Site>,
    /// The caller is of those who read all of it.
    is_his: bool,
}

/// What a lot is thought of
///
/// For anybody from five ratings on; comments only for supervision and the gaveur of the lot.
#[utoipa::path(
    get,
    path = "/api/consumer/producer/lot/{lot}/stats",
    tag = "consommateurs",
    params(("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665"), PeriodQuery),
    responses(
        (status = 200, description = "The figures", body = OldStats),
        (status = 404, description = "No such lot, or too few ratings for whoever asks", body = ErrorBody),
        ReadFailure
    )
)]
pub async fn of_lot(
    view: View,
    reader: web::Data<Reader>,
    caller: Caller,
    path: web::Path<String>,
    query: web::Query<PeriodQuery>,
) -> Result<web::Json<OldStats>, ApiError> {
    // Whoever sees the lot reads all of it; the others what anybody may know of it.
    let seen = known_lot(&view, &path).await;
    let (lot, is_his) = match seen {
        Ok(lot) => (lot, reads_all(&caller)),
        Err(ApiError::NotFound(_)) => (
            known_lot(&reader.seen_by(&Scope::Everything), &path).await?,
            false,
        ),
        Err(error) => return Err(error),
    };
    let subject = Subject {
        name: lot.code_lot,
        lot_id: Some(lot.id),
        site: None,
        is_his,
    };
    told(&view, &reader, subject, &query).await
}

/// What the lots of a site are thought of
///
/// For anybody from five ratings on; comments only for supervision.
#[utoipa::path(
    get,
    path = "/api/consumer/producer/site/{code}/stats",
    tag = "consommateurs",
    params(("code" = String, Path, description = "`LL`, `LS` or `MT`"), PeriodQuery),
    responses(
        (status = 200, description = "The figures", body = OldStats),
        (status = 404, description = "Too few ratings for whoever asks", body = ErrorBody),
        ReadFailure
    )
)]
pub async fn of_site(
    view: View,
    reader: web::Data<Reader>,
    caller: Caller,
    path: web::Path<String>,
    query: web::Query<PeriodQuery>,
) -> Result<web::Json<OldStats>, ApiError> {
    let site = params::site(Some(&path))?;
    let is_his = reads_all(&caller) && site.is_some_and(|site| caller.scope.sees_site(site));
    let subject = Subject {
        name: path.into_inner(),
        lot_id: None,
        site,
        is_his,
    };
    told(&view, &reader, subject, &query).await
}

fn reads_all(caller: &Caller) -> bool {
    matches!(caller.role, Role::Superviseur | Role::Admin | Role::Gaveur)
}

async fn told(
    view: &View,
    reader: &Reader,
    subject: Subject,
    query: &PeriodQuery,
) -> Result<web::Json<OldStats>, ApiError> {
    let period = params::word("period", query.period.as_deref())?.unwrap_or(Since::Month);
    let (lot_id, site) = (subject.lot_id, subject.site);
    let groups = tallies::of_all(reader, lot_id, site, period.begin()).await?;
    let (groups, simule) = unmixed(groups, |group| group.simule);
    let tally = groups
        .iter()
        .fold(Tally::default(), |all, group| all.and(&group.tally));
    if !subject.is_his && tally.n() < FEWEST_RATINGS {
        return Err(ApiError::NotFound(format!(
            "{} has fewer than {FEWEST_RATINGS} ratings in this time",
            subject.name
        )));
    }
    let comments = if subject.is_his {
        tallies::comments(view, lot_id, site, COMMENTS).await?
    } else {
        Vec::new()
    };
    let figures = Figures::from(&TalliedGroup {
        cle: subject.name,
        simule,
        tally,
    });
    Ok(web::Json(OldStats {
        period: period.as_str(),
        analytics: Analytics::from(&figures),
        figures,
        recent_comments: comments.into_iter().map(Feedback::from).collect(),
        insights: [],
        simule,
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CommentsQuery {
    /// `LL`, `LS` or `MT`.
    site: Option<String>,
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100, default = 20)]
    limit: Option<String>,
}

/// Comments of consumers
#[utoipa::path(
    get,
    path = "/api/consumer/producer/comments/recent",
    tag = "consommateurs",
    params(CommentsQuery),
    responses((status = 200, description = "Newest first", body = Vec<Feedback>), ReadFailure)
)]
pub async fn comments(
    view: View,
    query: web::Query<CommentsQuery>,
) -> Result<web::Json<Vec<Feedback>>, ApiError> {
    let site = params::site(query.site.as_deref())?;
    let limit = params::limit(query.limit.as_deref(), COMMENTS, 1..=100)?;
    let found = tallies::comments(&view, None, site, limit).await?;
    Ok(web::Json(found.into_iter().map(Feedback::from).collect()))
}
