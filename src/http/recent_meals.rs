//! `/api/euralis/gavages`: meals of all lots.

use super::{
    error::{ApiError, ReadFailure},
    params,
};
use crate::{
    domain::access::Policy,
    store::{
        meals::{self, Meal},
        view::View,
    },
};
use actix_web::web;
use serde::Deserialize;
use utoipa::IntoParams;

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::get(
        cfg,
        "/api/euralis/gavages/recent",
        Policy::Supervision,
        recent_meals,
    );
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RecentQuery {
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500, default = 10)]
    limit: Option<String>,
}

/// Latest meals of all lots
#[utoipa::path(
    get,
    path = "/api/euralis/gavages/recent",
    tag = "euralis",
    params(RecentQuery),
    responses((status = 200, description = "Newest `time` first", body = Vec<Meal>), ReadFailure)
)]
async fn recent_meals(
    view: View,
    query: web::Query<RecentQuery>,
) -> Result<web::Json<Vec<Meal>>, ApiError> {
    let limit = params::limit(query.limit.as_deref(), 10, 1..=500)?;
    Ok(web::Json(meals::list_recent(&view, limit).await?))
}
