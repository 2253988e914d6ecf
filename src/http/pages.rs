//! The screens, embedded in the binary (a development build reads them from the folder).

use super::{
    error::ApiError,
    get,
    lots::known_lot,
    shell::{PageContext, Pieces, compose},
    state::ApiState,
};
use crate::{domain::access::Policy, store::view::View};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, EntityTag, IfNoneMatch},
    web,
};
use rust_embed::RustEmbed;
use std::{
    borrow::Cow,
    hash::{DefaultHasher, Hash, Hasher},
};

const HTML: &str = "text/html; charset=utf-8";

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

pub fn configure(cfg: &mut web::ServiceConfig) {
    get(cfg, "/", Policy::Wall, wall);
    get(cfg, "/sqal", Policy::Quality, quality_stations);
    get(cfg, "/alertes", Policy::Alerts, alert_centre);
    get(cfg, "/gaveur/{gaveur_id}", Policy::Gaveur, gaveur);
    get(cfg, "/lot/{lot}", Policy::Lots, lot);
    get(cfg, "/static/{path:.*}", Policy::Open, asset);
}

type State = web::Data<ApiState>;

async fn wall(request: HttpRequest, state: State) -> Result<HttpResponse, ApiError> {
    page(&request, &state, "wall", "/")
}

pub(super) async fn login(request: HttpRequest, state: State) -> Result<HttpResponse, ApiError> {
    page(&request, &state, "login", "/auth/login")
}

async fn quality_stations(request: HttpRequest, state: State) -> Result<HttpResponse, ApiError> {
    page(&request, &state, "sqal", "/sqal")
}

async fn alert_centre(request: HttpRequest, state: State) -> Result<HttpResponse, ApiError> {
    page(&request, &state, "alertes", "/alertes")
}

async fn gaveur(
    request: HttpRequest,
    state: State,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    match id.parse::<i32>() {
        Ok(_) => page(&request, &state, "gaveur", "/gaveur"),
        Err(_) => Err(ApiError::NotFound(format!(
            "no gaveur is named {:?}: a gaveur has a whole number",
            id.as_str()
        ))),
    }
}

/// The page itself says that there is no such lot, and what one may do about it.
async fn lot(
    request: HttpRequest,
    state: State,
    view: View,
    code: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    match known_lot(&view, &code).await {
        Err(ApiError::NotFound(_) | ApiError::BadParameter(_)) => {
            let whole = whole_page(&request, &state, "lot", "/lot")?;
            Ok(HttpResponse::NotFound().content_type(HTML).body(whole))
        }
        // Without the database the page is shown too, and asks again.
        _ => page(&request, &state, "lot", "/lot"),
    }
}

fn page(
    request: &HttpRequest,
    state: &ApiState,
    name: &str,
    path: &str,
) -> Result<HttpResponse, ApiError> {
    let whole = whole_page(request, state, name, path)?;
    Ok(answer(request, HTML, whole.into_bytes().into()))
}

fn whole_page(
    request: &HttpRequest,
    state: &ApiState,
    name: &str,
    path: &str,
) -> Result<String, ApiError> {
    let piece = |path: &str| embedded(request, path).map(|file| text(file.data));
    let (shell, page) = (piece("shell.html")?, piece(&format!("pages/{name}.html"))?);
    let (alerts, open) = (piece("parts/alerts.html")?, piece("parts/open.html")?);
    let provider = piece("parts/provider.html")?;
    let pieces = Pieces {
        shell: &shell,
        page: &page,
        alerts: &alerts,
        open: &open,
        provider: &provider,
    };
    let context = PageContext {
        path,
        zone: state.zone.iana_name().unwrap_or("UTC"),
        is_open: state.is_open,
        has_provider: state.has_provider,
    };
    Ok(compose(&pieces, &context))
}

/// Serves files, but not the fragments of pages.
async fn asset(request: HttpRequest, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    if path.ends_with(".html") {
        return Err(not_here(&request));
    }
    let file = embedded(&request, &path)?;
    Ok(answer(&request, file.metadata.mimetype(), file.data))
}

fn embedded(request: &HttpRequest, path: &str) -> Result<rust_embed::EmbeddedFile, ApiError> {
    Static::get(path).ok_or_else(|| not_here(request))
}

fn not_here(request: &HttpRequest) -> ApiError {
    ApiError::NotFound(format!("nothing is served at {}", request.path()))
}

fn text(data: Cow<'static, [u8]>) -> String {
    String::from_utf8_lossy(&data).into_owned()
}

fn answer(request: &HttpRequest, content_type: &str, body: Cow<'static, [u8]>) -> HttpResponse {
    let tag = EntityTag::new_strong(fingerprint(&body));
    let held = already_there(request, &tag);
    let mut response = if held {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header(header::ETag(tag))
        // A page that is open for months must get its new version at the next reload.
        .insert_header((header::CACHE_CONTROL, "no-cache"));
    if held {
        response.finish()
    } else {
        response.content_type(content_type).body(body.into_owned())
    }
}

/// Distinguishes versions of a file; it need not be hard to forge.
fn fingerprint(body: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    format!("{:016x}-{:x}", hasher.finish(), body.len())
}

fn already_there(request: &HttpRequest, tag: &EntityTag) -> bool {
    use actix_web::http::header::Header;
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        _ => false,
    }
}
