//! Meals that a person writes down.

use super::{
    body::Text,
    error::{ApiError, ErrorBody},
    lots::known_lot,
    state::{ApiState, Commands},
};
use crate::{
    domain::{
        access::Role,
        audit::Author,
        saisie::{Answer, EnteredLot, EnteredMeal, Refus, Saisie},
    },
    protocol::{
        lenient::BadMessage,
        saisie::{self, Arrival},
    },
    store::{lots::StoredLot, view::View},
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError as _, web};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

/// The header in which a client may put the key of its entry.
const KEY_HEADER: &str = "Idempotency-Key";

/// A meal to write down. A measure that is left out of a correction stays as it is; `null` says that it was not measured.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read leniently")]
struct WrittenMeal {
    /// A random text of this entry alone, also accepted as header `Idempotency-Key`. Repeating the entry changes nothing.
    #[schema(min_length = 8, max_length = 64)]
    cle: String,
    /// Day of the lot: −1 is preparation, 0 the first feeding day.
    #[schema(minimum = -1, maximum = 30)]
    jour: i32,
    /// `matin` or `soir`.
    moment: String,
    /// Given maize, g per duck: 1–600, up to 800 with `confirmer`, or 0 for a skipped meal with `raison_ecart`.
    dose_g: f64,
    /// When the meal was given, by the clock of the device.
    heure: String,
    poids: Option<WrittenWeight>,
    /// −10–45 °C.
    temperature_c: Option<f64>,
    /// 0–100 %.
    humidite_pct: Option<f64>,
    /// Ducks that died since the meal before. A correction may leave it out.
    morts: i32,
    /// Of the deaths.
    cause: Option<String>,
    raison_ecart: Option<String>,
    remarque: Option<String>,
    problemes_sante: Option<String>,
    /// The version of the meal that was seen, 0 for none: if it has changed since, nothing is stored.
    base: Option<i32>,
    /// When it was written, by the clock of the device.
    saisi_le: String,
    /// The clock of the device when it sends. Its error is taken out of the times.
    horloge: String,
    confirmer: Option<bool>,
    /// Why the meal of a slaughtered lot changes; supervisors only.
    motif: Option<String>,
    /// Who writes, where nobody proves who he is.
    par: Option<String>,
    appareil: Option<String>,
}

/// A mean weight.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read leniently")]
struct WrittenWeight {
    /// 3,000–9,000 g.
    moyenne_g: f64,
    /// Ducks weighed.
    nb: Option<i32>,
    ecart_type_g: Option<f64>,
}

/// Why an entry was not stored.
#[derive(Serialize, ToSchema)]
pub struct EntryRefused {
    /// One readable sentence.
    detail: String,
    /// `bad_body` or `conflict`, as of other errors.
    code: &'static str,
    /// The field that cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    champ: Option<String>,
    /// The meal as it is stored now, if it has changed since it was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    actuel: Option<EnteredMeal>,
}

/// Why a lot is not changed, for the API description.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "describes answers")]
pub enum NotChanged {
    /// A field cannot be used; `champ` names it.
    #[response(status = 400)]
    BadField(EntryRefused),
    /// There is no such lot, or nothing of what the address names of it.
    #[response(status = 404)]
    Unknown(ErrorBody),
    /// The state of the lot, or what somebody did meanwhile, does not admit it.
    #[response(status = 409)]
    Conflict(EntryRefused),
    /// The holder of a key or a login asks too often; `Retry-After` says when to come back.
    #[response(status = 429)]
    TooManyRequests(ErrorBody),
    /// The database is unavailable: the same request may succeed later.
    #[response(status = 503)]
    Unavailable(ErrorBody),
}

/// Write a meal down
///
/// Stored in the order of arrival with the meals of streams, and published like them. The server computes the head count and the mortality, also
/// of later entered meals. The same key with the same body is answered as before, with `rejoue`, for 90 days; another key for the same meal
/// corrects it, and its earlier value is kept.
#[utoipa::path(
    post,
    path = "/api/lots/{lot}/repas",
    tag = "lots",
    params(("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665")),
    request_body = WrittenMeal,
    responses(
        (status = 201, description = "The meal is new", body = Answer),
        (status = 200, description = "It was corrected, or was stored before", body = Answer),
        NotChanged
    )
)]
pub async fn enter(
    view: View,
    state: web::Data<ApiState>,
    commands: web::Data<Commands>,
    path: web::Path<String>,
    request: HttpRequest,
    body: Text,
    author: Author,
) -> Result<HttpResponse, ApiError> {
    let lot = known_lot(&view, &path).await?;
    let arrival = Arrival {
        cle: key_in_head(&request),
        rules: &state.input,
        now: Timestamp::now(),
    };
    let saisie = match saisie::meal(&body.0, arrival) {
        Ok(saisie) => by(saisie, &author),
        Err(fault) => return Ok(unreadable(&fault)),
    };
    let size = body.0.len();
    let entered = commands.enter(entered(&lot), saisie, author, size).await?;
    Ok(match entered {
        Ok(answer) => stored(&answer).json(answer),
        Err(refus) => refused(refus),
    })
}

/// 201 if a meal is new.
pub(super) fn stored(answer: &Answer) -> HttpResponseBuilder {
    if answer.has_new() && !answer.rejoue {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    }
}

pub(super) fn key_in_head(request: &HttpRequest) -> Option<&str> {
    let key = request.headers().get(KEY_HEADER)?;
    key.to_str().ok()
}

pub(super) fn by(saisie: Saisie, author: &Author) -> Saisie {
    Saisie {
        auteur: name(saisie.auteur, author),
        may_change_settled: is_supervisor(author),
        ..saisie
    }
}

pub(super) fn is_supervisor(author: &Author) -> bool {
    matches!(author.role, Role::Superviseur | Role::Admin)
}

/// The name in the body counts only where nobody proves who he is.
pub(super) fn name(said: String, author: &Author) -> String {
    let known = author.known_name().map(str::to_owned);
    let said = Some(said).filter(|name| !name.is_empty());
    let name = known.or(said);
    name.unwrap_or_else(|| author.principal.clone())
}

pub(super) fn entered(lot: &StoredLot) -> EnteredLot {
    EnteredLot {
        id: lot.id,
        code_lot: lot.code_lot.clone(),
        gaveur_nom: lot.gaveur_nom.clone(),
    }
}

pub(super) fn unreadable(fault: &BadMessage) -> HttpResponse {
    HttpResponse::BadRequest().json(EntryRefused {
        detail: fault.to_string(),
        code: "bad_body",
        champ: fault.field().map(str::to_owned),
        actuel: None,
    })
}

pub(super) fn refused(refus: Refus) -> HttpResponse {
    match refus {
        Refus::Champ { champ, sentence } => bad_field(&champ, sentence),
        Refus::Etat(sentence) => HttpResponse::Conflict().json(EntryRefused {
            detail: sentence,
            code: "conflict",
            champ: None,
            actuel: None,
        }),
        Refus::Absent(sentence) => ApiError::NotFound(sentence).error_response(),
        Refus::Depasse(meal) => HttpResponse::Conflict().json(EntryRefused {
            detail: format!(
                "the meal of day {} {} has changed since (version {}): look at it and decide again",
                meal.jour, meal.moment, meal.version
            ),
            code: "conflict",
            champ: Some("base".to_owned()),
            actuel: Some(*meal),
        }),
    }
}

pub(super) fn bad_field(champ: &str, detail: String) -> HttpResponse {
    HttpResponse::BadRequest().json(EntryRefused {
        detail,
        code: "bad_body",
        champ: Some(champ.to_owned()),
        actuel: None,
    })
}
