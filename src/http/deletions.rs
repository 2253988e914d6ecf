//! Meals that a supervisor deletes.

use super::{
    body::Given,
    error::ApiError,
    lots::known_lot,
    params,
    saisies::{self, NotChanged},
    state::Commands,
};
use crate::{
    domain::{
        audit::Author,
        moment::Moment,
        saisie::{Deleted, Deletion},
    },
    store::view::View,
};
use actix_web::{HttpResponse, web};
use utoipa::ToSchema;

/// Why a meal is deleted.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read leniently")]
struct WhyDeleted {
    motif: String,
    /// Who asks, where nobody proves who he is.
    par: Option<String>,
}

/// Delete a meal
///
/// Of any lot, for a reason. What was said of it is kept; the lot is computed again from its other meals, and its alerts follow. A lot without any
/// meal left waits for its first one.
#[utoipa::path(
    delete,
    path = "/api/lots/{lot}/repas/{jour}/{moment}",
    tag = "lots",
    params(
        ("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665"),
        ("jour" = i32, Path, minimum = -1, maximum = 30),
        ("moment" = String, Path, description = "`matin` or `soir`")
    ),
    request_body = WhyDeleted,
    responses((status = 200, description = "What followed from it", body = Deleted), NotChanged)
)]
pub async fn delete(
    view: View,
    commands: web::Data<Commands>,
    path: web::Path<(String, String, String)>,
    given: Given,
    author: Author,
) -> Result<HttpResponse, ApiError> {
    let (lot, jour, moment) = path.into_inner();
    let jour = params::jour_of_lot(&jour)?;
    let moment: Option<Moment> = params::word("moment", Some(&moment))?;
    let moment = moment.ok_or_else(|| ApiError::BadParameter("moment is missing".to_owned()))?;
    let lot = known_lot(&view, &lot).await?;
    let Some(motif) = given.comment("motif")? else {
        let sentence = "field `motif` is missing: say why the meal is deleted";
        return Ok(saisies::bad_field("motif", sentence.to_owned()));
    };
    let deletion = Deletion {
        jour,
        moment,
        par: saisies::name(given.optional_name("par")?.unwrap_or_default(), &author),
        motif,
    };
    match commands
        .delete(saisies::entered(&lot), deletion, author)
        .await?
    {
        Ok(deleted) => Ok(HttpResponse::Ok().json(deleted)),
        Err(refus) => Ok(saisies::refused(refus)),
    }
}
