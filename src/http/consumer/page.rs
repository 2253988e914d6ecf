//! `/c/{code}`: the page behind a label, for whoever scans it with a telephone. It works without scripts, cookies or any other server.

use super::{
    Holder,
    feedback::{LARGEST, erased, store},
    page_parts::{self, Part},
    page_words::Words,
    story,
};
use crate::{
    domain::{access::Policy, consumer::rating::NotRated},
    http::{
        assets, body,
        error::ApiError,
        state::{ApiState, Commands},
    },
    protocol::avis,
    store::view::Reader,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, ContentType},
    },
    web,
};
use serde::Deserialize;

pub fn configure(cfg: &mut web::ServiceConfig) {
    // On labels the address is in capitals.
    for path in ["/c/{code}", "/C/{code}"] {
        super::super::get(cfg, path, Policy::Consumer, product);
    }
    super::super::post(cfg, "/c/{code}/avis", Policy::Consumer, rate);
    super::super::get(cfg, "/c/{code}/merci", Policy::Consumer, thanks);
    super::super::post(cfg, "/c/{code}/effacer", Policy::Consumer, erase);
}

type State = web::Data<ApiState>;

async fn product(
    request: HttpRequest,
    state: State,
    reader: web::Data<Reader>,
    path: web::Path<String>,
) -> HttpResponse {
    let words = words(&request);
    match story(&state, &reader, &request, &path).await {
        Ok(story) if story.retire_le.is_some() => {
            let notice = page_parts::notice(words.recalled, words.recalled_why);
            answer(StatusCode::GONE, words, notice)
        }
        Ok(story) => answer(
            StatusCode::OK,
            words,
            page_parts::product(words, &story, &state.zone),
        ),
        Err(error) => failure(words, &error),
    }
}

async fn rate(
    request: HttpRequest,
    state: State,
    reader: web::Data<Reader>,
    commands: web::Data<Commands>,
    path: web::Path<String>,
    payload: web::Payload,
) -> HttpResponse {
    let words = words(&request);
    let rated = async {
        let body = body::at_most(payload, LARGEST).await?;
        let holder = Holder::of(&state.consumers, &reader, &request, &path).await?;
        let Ok(rating) = avis::form(&body) else {
            let notice = page_parts::notice(words.unusable, words.unusable_why);
            let notice = notice + &page_parts::back(words, &holder.product.qr_code);
            return Ok(answer(StatusCode::BAD_REQUEST, words, notice));
        };
        let code = &holder.product.qr_code;
        Ok(match store(&state, &commands, &holder, rating).await? {
            Ok((_, receipt)) => see_other(&format!("/c/{code}/merci?recu={}", receipt.as_str())),
            Err(NotRated::Again(from)) => {
                let from = words.day_of(from, &state.zone);
                let notice = page_parts::rated_already(words, &from);
                let notice = notice + &page_parts::back(words, code);
                answer(StatusCode::CONFLICT, words, notice)
            }
            Err(NotRated::Retired) => {
                let notice = page_parts::notice(words.recalled, words.recalled_why);
                answer(StatusCode::GONE, words, notice)
            }
            Err(NotRated::Unknown) => failure(words, &super::unknown(code)),
        })
    };
    rated.await.unwrap_or_else(|error| failure(words, &error))
}

#[derive(Debug, Deserialize)]
struct ThanksQuery {
    recu: Option<String>,
    /// A rating was erased, or there was none.
    efface: Option<bool>,
}

async fn thanks(
    request: HttpRequest,
    path: web::Path<String>,
    query: web::Query<ThanksQuery>,
) -> HttpResponse {
    let words = words(&request);
    let said = match (query.efface, &query.recu) {
        (Some(true), _) => page_parts::notice(words.erased, ""),
        (Some(false), _) => page_parts::notice(words.not_erased, ""),
        (None, receipt) => page_parts::thanks(words, &path, receipt.as_deref()),
    };
    let whole = said + &page_parts::back(words, &path);
    answer(StatusCode::OK, words, whole)
}

async fn erase(
    request: HttpRequest,
    state: State,
    commands: web::Data<Commands>,
    path: web::Path<String>,
    payload: web::Payload,
) -> HttpResponse {
    let words = words(&request);
    let erased = async {
        let body = body::at_most(payload, LARGEST).await?;
        let receipt = avis::receipt(&body).unwrap_or_default();
        let was_there = erased(&state, &commands, &request, &receipt).await?;
        let code = page_parts::in_address(&path);
        Ok(see_other(&format!("/c/{code}/merci?efface={was_there}")))
    };
    erased.await.unwrap_or_else(|error| failure(words, &error))
}

fn words(request: &HttpRequest) -> &'static Words {
    let header = request.headers().get(header::ACCEPT_LANGUAGE);
    Words::of(
        header
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default(),
    )
}

fn see_other(to: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, to.to_owned()))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

/// What a person can do about an error.
fn failure(words: &Words, error: &ApiError) -> HttpResponse {
    use actix_web::ResponseError as _;
    let status = error.status_code();
    let (title, why) = match status {
        StatusCode::NOT_FOUND => (words.unknown, words.unknown_why),
        StatusCode::TOO_MANY_REQUESTS => (words.too_often, words.too_often_why),
        StatusCode::PAYLOAD_TOO_LARGE => (words.unusable, words.unusable_why),
        _ => (words.away, words.away_why),
    };
    let mut response = answer(status, words, page_parts::notice(title, why));
    let after = error.error_response();
    if let Some(seconds) = after.headers().get(header::RETRY_AFTER) {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.clone());
    }
    response
}

fn answer(status: StatusCode, words: &Words, main: Part) -> HttpResponse {
    let Some(template) = assets::text("public/produit.html") else {
        return HttpResponse::InternalServerError().finish();
    };
    let folder = format!("/static/{}/", assets::version());
    let whole = template
        .replace("{lang}", words.lang)
        .replace("{title}", words.product)
        .replace("/static/", &folder)
        .replace("{main}", &main);
    HttpResponse::build(status)
        .insert_header(ContentType::html())
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::VARY, "Accept-Language"))
        .insert_header(("x-robots-tag", "noindex"))
        .body(whole)
}
