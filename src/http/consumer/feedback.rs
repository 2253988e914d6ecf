//! `POST /api/consumer/feedback`: ratings; erasing one; reading them.

use super::{Holder, retired, unknown};
use crate::{
    domain::{
        access::Policy,
        consumer::{
            code::{self, Code},
            rating::{NewRating, NotRated, Rated, Rating},
        },
    },
    http::{
        body,
        error::{ApiError, ErrorBody, ReadFailure},
        params,
        saisies::{self, EntryRefused},
        state::{ApiState, Commands},
    },
    protocol::avis,
    store::{
        ratings::{self, StoredRating},
        view::{Reader, View},
    },
};
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Bytes of a rating at most.
pub(super) const LARGEST: usize = 16 * 1_024;

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::super::post(cfg, "/api/consumer/feedback", Policy::Consumer, rate);
    let path = "/api/consumer/feedback/{recu}";
    super::super::delete(cfg, path, Policy::Consumer, erase);
    super::super::get(cfg, "/api/consumer/feedbacks", Policy::Ratings, list);
}

/// A rating. Whatever else older clients send is not kept.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read leniently")]
struct SentFeedback {
    qr_code: String,
    /// If it is given, it must be that of the code.
    product_id: Option<String>,
    /// 1–5.
    overall_rating: i32,
    /// `texture`, `flavor`, `color`, `aroma`, `freshness`: 1–5.
    detailed_ratings: Option<std::collections::HashMap<String, i32>>,
    /// At most 1,000 characters; never published.
    comment: Option<String>,
    /// `home`, `restaurant`, `special_event` or `gift`.
    consumption_context: Option<String>,
    consumption_date: Option<String>,
    would_recommend: Option<bool>,
    /// 1–5.
    repurchase_intent: Option<i32>,
}

/// A stored rating.
#[derive(Debug, Serialize, ToSchema)]
struct Thanks {
    success: bool,
    feedback_id: i64,
    message: &'static str,
    /// Always 0: there is no reward.
    reward_points: i64,
    /// With it the rating can be erased; it is told once.
    recu: String,
}

/// Rate a product
///
/// One rating for each code and address in 30 days.
#[utoipa::path(
    post,
    path = "/api/consumer/feedback",
    tag = "consommateurs",
    request_body = SentFeedback,
    responses(
        (status = 200, description = "It is stored", body = Thanks),
        (status = 400, description = "A field cannot be used; `champ` names it", body = EntryRefused),
        (status = 404, description = "No such product", body = ErrorBody),
        (status = 409, description = "This address has rated the product within 30 days", body = ErrorBody),
        (status = 410, description = "The product was taken off the market", body = ErrorBody),
        (status = 413, description = "The body has more than 16 KiB", body = ErrorBody),
        (status = 429, description = "Too many ratings from this address; `Retry-After` says when to come back", body = ErrorBody)
    )
)]
pub async fn rate(
    request: HttpRequest,
    state: web::Data<ApiState>,
    reader: web::Data<Reader>,
    commands: web::Data<Commands>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let body = body::text_of_at_most(payload, LARGEST).await?;
    let sent = match avis::rating(&body) {
        Ok(sent) => sent,
        Err(fault) => return Ok(saisies::unreadable(&fault)),
    };
    let holder = Holder::of(&state.consumers, &reader, &request, &sent.qr_code).await?;
    let is_of_another = |id: &String| *id != holder.product.product_id;
    if sent.product_id.as_ref().is_some_and(is_of_another) {
        let sentence = "field `product_id` is not the product of this code".to_owned();
        return Ok(saisies::bad_field("product_id", sentence));
    }
    let stored = store(&state, &commands, &holder, sent.rating).await?;
    let (rated, receipt) = stored.map_err(|refusal| refused(refusal, &sent.qr_code))?;
    Ok(HttpResponse::Ok().json(Thanks {
        success: true,
        feedback_id: rated.feedback_id,
        message: "Merci, votre avis est enregistré.",
        reward_points: 0,
        recu: receipt.as_str().to_owned(),
    }))
}

/// Stores a rating of a product, and returns its receipt.
pub(super) async fn store(
    state: &ApiState,
    commands: &Commands,
    holder: &Holder,
    rating: Rating,
) -> Result<Result<(Rated, Code), NotRated>, ApiError> {
    let (consumers, product) = (&state.consumers, &holder.product);
    if product.retire_le.is_some() {
        return Ok(Err(NotRated::Retired));
    }
    consumers.may_rate(holder.address, product.simule)?;
    let receipt = Code::generate(&mut rand::rng());
    let rating = NewRating {
        product_id: product.product_id.clone(),
        rating,
        address: holder.digests(consumers),
        receipt: receipt.digest(),
    };
    let rated = commands.rate(rating).await?;
    if rated.is_ok() {
        consumers.rated(holder.address, product.simule);
    }
    Ok(rated.map(|rated| (rated, receipt)))
}

fn refused(refusal: NotRated, code: &str) -> ApiError {
    match refusal {
        NotRated::Retired => retired(),
        NotRated::Unknown => unknown(code),
        NotRated::Again(from) => ApiError::Conflict(format!(
            "this product was rated from this address already: it can be again from {from:.0} on"
        )),
    }
}

/// Erase a rating
///
/// For whoever holds its receipt.
#[utoipa::path(
    delete,
    path = "/api/consumer/feedback/{recu}",
    tag = "consommateurs",
    params(("recu" = String, Path, description = "The receipt of the rating")),
    responses(
        (status = 204, description = "It is erased"),
        (status = 404, description = "There is no rating with this receipt", body = ErrorBody),
        (status = 429, description = "Too many requests from this address", body = ErrorBody)
    )
)]
pub async fn erase(
    request: HttpRequest,
    state: web::Data<ApiState>,
    commands: web::Data<Commands>,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    if erased(&state, &commands, &request, &path).await? {
        return Ok(HttpResponse::NoContent().finish());
    }
    let sentence = "there is no rating with this receipt: it was erased, or is misspelt".to_owned();
    Err(ApiError::NotFound(sentence))
}

/// Whether there was a rating with this receipt.
pub(super) async fn erased(
    state: &ApiState,
    commands: &Commands,
    request: &HttpRequest,
    receipt: &str,
) -> Result<bool, ApiError> {
    let consumers = &state.consumers;
    let address = consumers.address(request).ok_or(ApiError::Internal)?;
    consumers.asks(address)?;
    let was_there = match code::digest_of_typed(receipt) {
        Some(digest) => commands.erase(digest).await?,
        None => false,
    };
    if !was_there {
        consumers.misses(address)?;
    }
    Ok(was_there)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FeedbackQuery {
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100, default = 10)]
    limit: Option<String>,
}

/// A rating, under the names of older screens.
#[derive(Debug, Serialize, ToSchema)]
pub struct Feedback {
    id: i64,
    product_id: String,
    code_lot: String,
    overall_rating: i32,
    /// Same as `overall_rating`.
    rating: i32,
    texture_rating: Option<i32>,
    flavor_rating: Option<i32>,
    color_rating: Option<i32>,
    aroma_rating: Option<i32>,
    freshness_rating: Option<i32>,
    comment: Option<String>,
    consumption_context: Option<&'static str>,
    would_recommend: Option<bool>,
    time: Timestamp,
    /// Same as `time`.
    created_at: Timestamp,
    simule: bool,
}

impl From<StoredRating> for Feedback {
    fn from(stored: StoredRating) -> Self {
        let [texture, flavor, color, aroma, freshness] = stored.aspects;
        Feedback {
            id: stored.feedback_id,
            product_id: stored.product_id,
            code_lot: stored.code_lot,
            overall_rating: stored.overall,
            rating: stored.overall,
            texture_rating: texture,
            flavor_rating: flavor,
            color_rating: color,
            aroma_rating: aroma,
            freshness_rating: freshness,
            comment: stored.comment,
            consumption_context: stored.context.map(|context| context.as_str()),
            would_recommend: stored.would_recommend,
            time: stored.time,
            created_at: stored.time,
            simule: stored.simule,
        }
    }
}

/// Ratings
#[utoipa::path(
    get,
    path = "/api/consumer/feedbacks",
    tag = "consommateurs",
    params(FeedbackQuery),
    responses((status = 200, description = "Newest first", body = Vec<Feedback>), ReadFailure)
)]
pub async fn list(
    view: View,
    query: web::Query<FeedbackQuery>,
) -> Result<web::Json<Vec<Feedback>>, ApiError> {
    let limit = params::limit(query.limit.as_deref(), 10, 1..=100)?;
    let found = ratings::list(&view, limit).await?;
    Ok(web::Json(found.into_iter().map(Feedback::from).collect()))
}
