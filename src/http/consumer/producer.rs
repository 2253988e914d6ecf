//! What consumers think of a product, a lot or a site, under the addresses of older producers' screens.

use super::{
    feedback::Feedback,
    stats::{Compared, Figures},
    trends,
};
use crate::{
    domain::{
        access::{Policy, Role},
        consumer::{
            figures::{FEWEST_RATINGS, Tally},
            rating::Aspect,
        },
        pilotage::unmixed,
        scope::Scope,
        words::words,
    },
    http::{
        caller::Caller,
        error::{ApiError, ErrorBody, ReadFailure},
        lots::known_lot,
        params,
    },
    store::{
        lots::StoredLot,
        products,
        tallies::{self, Subject, TalliedGroup},
        view::{Reader, View},
    },
};
use actix_web::web;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Comments of one answer.
const COMMENTS: i64 = 20;

pub fn configure(cfg: &mut web::ServiceConfig) {
    let path = "/api/consumer/product/{product_id}/stats";
    super::super::get(cfg, path, Policy::Consumer, of_product);
    let path = "/api/consumer/producer/lot/{lot}/stats";
    super::super::get(cfg, path, Policy::Consumer, of_lot);
    let path = "/api/consumer/producer/site/{code}/stats";
    super::super::get(cfg, path, Policy::Consumer, of_site);
    let path = "/api/consumer/producer/comments/recent";
    super::super::get(cfg, path, Policy::Comments, comments);
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
    /// Stars by which the mean of the last 7 days is above that of the 7 before; `null` below twenty ratings of either.
    trend_7d: Option<f64>,
    /// The same of 30 days.
    trend_30d: Option<f64>,
}

impl Analytics {
    fn of(figures: &Figures, [week, month]: &[Option<Compared>; 2]) -> Self {
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
            trend_7d: week.as_ref().map(|trend| trend.difference),
            trend_30d: month.as_ref().map(|trend| trend.difference),
        }
    }
}

/// What a lot or a site is thought of, for older screens.
#[derive(Debug, Serialize, ToSchema)]
pub struct OldStats {
    period: &'static str,
    analytics: Analytics,
    figures: Figures,
    /// How sure the trends are that are known.
    tendances: Vec<Compared>,
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

/// What is asked for.
struct Asked {
    name: String,
    subject: Subject,
    /// The caller is of those who read all of it.
    is_his: bool,
}

/// What a product is thought of
///
/// For anybody from five ratings on; comments only for supervision and the gaveur of its lot.
#[utoipa::path(
    get,
    path = "/api/consumer/product/{product_id}/stats",
    tag = "consommateurs",
    params(("product_id" = String, Path, example = "FG_LL_20261122_000001"), PeriodQuery),
    responses(
        (status = 200, description = "The figures", body = OldStats),
        (status = 404, description = "No such product, or too few ratings for whoever asks", body = ErrorBody),
        ReadFailure
    )
)]
pub async fn of_product(
    view: View,
    reader: web::Data<Reader>,
    caller: Caller,
    path: web::Path<String>,
    query: web::Query<PeriodQuery>,
) -> Result<web::Json<OldStats>, ApiError> {
    let name = path.into_inner();
    let found = products::lot(&reader, &name).await?;
    let lot_id =
        found.ok_or_else(|| ApiError::NotFound(format!("there is no product {name:?}")))?;
    let is_his = reads_all(&caller) && seen_lot(&view, &lot_id.to_string()).await?.is_some();
    let subject = Subject::Product(name.clone());
    let asked = Asked {
        name,
        subject,
        is_his,
    };
    told(&view, &reader, asked, &query).await
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
    let (lot, is_his) = match seen_lot(&view, &path).await? {
        Some(lot) => (lot, reads_all(&caller)),
        None => {
            let everything = reader.seen_by(&Scope::Everything);
            (known_lot(&everything, &path).await?, false)
        }
    };
    let asked = Asked {
        name: lot.code_lot,
        subject: Subject::Lot(lot.id),
        is_his,
    };
    told(&view, &reader, asked, &query).await
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
    let site = params::site(Some(&path))?.ok_or(ApiError::Internal)?;
    let asked = Asked {
        name: path.into_inner(),
        subject: Subject::Site(site),
        is_his: reads_all(&caller) && caller.scope.sees_site(site),
    };
    told(&view, &reader, asked, &query).await
}

/// `None` if the caller sees no such lot.
async fn seen_lot(view: &View, lot: &str) -> Result<Option<StoredLot>, ApiError> {
    match known_lot(view, lot).await {
        Ok(lot) => Ok(Some(lot)),
        Err(ApiError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn reads_all(caller: &Caller) -> bool {
    matches!(caller.role, Role::Superviseur | Role::Admin | Role::Gaveur)
}

async fn told(
    view: &View,
    reader: &Reader,
    asked: Asked,
    query: &PeriodQuery,
) -> Result<web::Json<OldStats>, ApiError> {
    let period = params::word("period", query.period.as_deref())?.unwrap_or(Since::Month);
    let groups = tallies::of_all(reader, &asked.subject, period.begin(), None).await?;
    let (groups, simule) = unmixed(groups, |group| group.simule);
    let tally = groups
        .iter()
        .fold(Tally::default(), |all, group| all.and(&group.tally));
    if !asked.is_his && tally.n() < FEWEST_RATINGS {
        return Err(ApiError::NotFound(format!(
            "{} has fewer than {FEWEST_RATINGS} ratings in this time",
            asked.name
        )));
    }
    let comments = if asked.is_his {
        tallies::comments(view, Some(&asked.subject), COMMENTS).await?
    } else {
        Vec::new()
    };
    let trend = |days| trends::of(reader, &asked.subject, simule, days);
    let trends = [trend(7).await?, trend(30).await?];
    let figures = Figures::from(&TalliedGroup {
        cle: asked.name,
        simule,
        tally,
    });
    Ok(web::Json(OldStats {
        period: period.as_str(),
        analytics: Analytics::of(&figures, &trends),
        figures,
        tendances: trends.into_iter().flatten().collect(),
        recent_comments: comments.into_iter().map(Feedback::from).collect(),
        insights: [],
        simule,
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CommentsQuery {
    /// `LL`, `LS` or `MT`.
    site_code: Option<String>,
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100, default = 20)]
    limit: Option<String>,
}

/// Comments of consumers
///
/// For supervision, and for a gaveur those on his lots.
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
    let site = params::word("site_code", query.site_code.as_deref())?;
    let limit = params::limit(query.limit.as_deref(), COMMENTS, 1..=100)?;
    let subject = site.map(Subject::Site);
    let found = tallies::comments(&view, subject.as_ref(), limit).await?;
    Ok(web::Json(found.into_iter().map(Feedback::from).collect()))
}
