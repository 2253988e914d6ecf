//! The screens.

use super::{
    assets, auth,
    caller::Caller,
    error::ApiError,
    get,
    lots::known_lot,
    panel,
    shell::{self, PageContext, Pieces, compose},
    state::ApiState,
};
use crate::{
    domain::access::{HeaderLink, Policy},
    messages::http_to_supervisor::ShowWall,
    store::view::View,
};
use actix::Recipient;
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, EntityTag, IfNoneMatch},
    web,
};
use std::{
    borrow::Cow,
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};
use tokio::time::timeout;

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

pub fn configure(cfg: &mut web::ServiceConfig) {
    get(cfg, "/", HeaderLink::Wall.policy(), wall);
    get(cfg, "/sqal", HeaderLink::Quality.policy(), quality_stations);
    get(
        cfg,
        "/sqal/{device_id}",
        HeaderLink::Quality.policy(),
        station,
    );
    get(cfg, "/alertes", HeaderLink::Alerts.policy(), alert_centre);
    get(cfg, "/pilotage", HeaderLink::Steering.policy(), steering);
    get(cfg, "/boucle", HeaderLink::Loop.policy(), the_loop);
    get(cfg, "/lots/nouveau", Policy::Supervision, planning);
    get(cfg, "/etat", HeaderLink::Status.policy(), server_status);
    get(cfg, "/controle", HeaderLink::Panel.policy(), control_panel);
    get(cfg, "/gaveur/{gaveur_id}", HeaderLink::Own.policy(), gaveur);
    get(cfg, "/saisie", Policy::Account, entry);
    get(cfg, "/sw.js", Policy::Open, service_worker);
    get(cfg, "/lot/{lot}", Policy::Lots, lot);
    get(cfg, "/static/{path:.*}", Policy::Open, asset);
}

type State = web::Data<ApiState>;

/// How long the page of the wall waits for its first frames; without them it waits for its socket.
const FIRST_FRAMES_WITHIN: Duration = Duration::from_millis(500);

/// The wall with its lots in it, which a screen shows a round trip earlier than what comes over its socket. Nothing keeps it: it is data.
async fn wall(
    request: HttpRequest,
    state: State,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let whole = whole_page(&request, &state, "wall", Some(HeaderLink::Wall))?;
    let frames = match request.app_data::<web::Data<Recipient<ShowWall>>>() {
        Some(wall) => {
            let asked = wall.send(ShowWall {
                scope: caller.scope,
            });
            timeout(FIRST_FRAMES_WITHIN, asked).await
        }
        None => Ok(Ok(Vec::new())),
    };
    let frames = frames.ok().and_then(Result::ok).unwrap_or_default();
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    let body = shell::with_first_frames(&whole, &frames);
    Ok(response.content_type(HTML).body(body))
}

pub(super) async fn login(request: HttpRequest, state: State) -> Result<HttpResponse, ApiError> {
    page(&request, &state, "login", None)
}

async fn quality_stations(request: HttpRequest, state: State) -> Result<HttpResponse, ApiError> {
    page(&request, &state, "sqal", Some(HeaderLink::Quality))
}

async fn station(request: HttpRequest, state: State) -> Result<HttpResponse, ApiError> {
    page(&request, &state, "station", Some(HeaderLink::Quality))
}

async fn alert_centre(request: HttpRequest, state: State) -> Result<HttpResponse, ApiError> {
    page(&request, &state, "alertes", Some(HeaderLink::Alerts))
}

async fn server_status(request: HttpRequest, state: State) -> Result<HttpResponse, ApiError> {
    page(&request, &state, "etat", Some(HeaderLink::Status))
}

async fn control_panel(request: HttpRequest, state: State) -> Result<HttpResponse, ApiError> {
    if panel::is_there(&request) {
        return page(&request, &state, "controle", Some(HeaderLink::Panel));
    }
    missing(&request).ok_or_else(|| not_here(&request))
}

async fn the_loop(request: HttpRequest, state: State) -> Result<HttpResponse, ApiError> {
    page(&request, &state, "boucle", Some(HeaderLink::Loop))
}

async fn steering(request: HttpRequest, state: State) -> Result<HttpResponse, ApiError> {
    page(&request, &state, "pilotage", Some(HeaderLink::Steering))
}

async fn planning(request: HttpRequest, state: State) -> Result<HttpResponse, ApiError> {
    page(&request, &state, "planifier", Some(HeaderLink::Steering))
}

async fn gaveur(
    request: HttpRequest,
    state: State,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    match id.parse::<i32>() {
        Ok(_) => page(&request, &state, "gaveur", Some(HeaderLink::Own)),
        Err(_) => missing(&request).ok_or_else(|| {
            ApiError::NotFound(format!(
                "no gaveur is named {:?}: a gaveur has a whole number",
                id.as_str()
            ))
        }),
    }
}

/// An address that a farmer can remember: leads everybody to the page of his daily work, which for a farmer begins with his next meal.
async fn entry(caller: Caller) -> HttpResponse {
    let home = HeaderLink::home(caller.role).path(caller.scope.gaveur());
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, home))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

/// The script that shows a farmer's page without a network. It stands at the root, because a browser lets it serve nothing above itself,
/// and names the version of its files, so that a browser finds a new one after each update of the server.
async fn service_worker(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let script = assets::text("sw.js").ok_or_else(|| not_here(&request))?;
    let script = script.replace("{version}", &assets::version());
    Ok(answer(
        &request,
        SCRIPT,
        script.into_bytes().into(),
        REVALIDATED,
    ))
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
            let whole = whole_page(&request, &state, "lot", Some(HeaderLink::Wall))?;
            Ok(HttpResponse::NotFound().content_type(HTML).body(whole))
        }
        // Without the database the page is shown too, and asks again.
        _ => page(&request, &state, "lot", Some(HeaderLink::Wall)),
    }
}

/// The page for a person who asked for one that is not there; `None` if a program asks.
pub(super) fn missing(request: &HttpRequest) -> Option<HttpResponse> {
    let state = request.app_data::<State>()?;
    if !auth::asks_for_page(request) {
        return None;
    }
    let whole = whole_page(request, state, "missing", None).ok()?;
    let mut response = HttpResponse::NotFound();
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    Some(response.content_type(HTML).body(whole))
}

fn page(
    request: &HttpRequest,
    state: &ApiState,
    name: &str,
    place: Option<HeaderLink>,
) -> Result<HttpResponse, ApiError> {
    let whole = whole_page(request, state, name, place)?;
    Ok(answer(
        request,
        HTML,
        whole.into_bytes().into(),
        REVALIDATED,
    ))
}

fn whole_page(
    request: &HttpRequest,
    state: &ApiState,
    name: &str,
    place: Option<HeaderLink>,
) -> Result<String, ApiError> {
    let piece = |path: &str| assets::text(path).ok_or_else(|| not_here(request));
    let (shell, page) = (piece("shell.html")?, piece(&format!("pages/{name}.html"))?);
    let (alerts, advice) = (piece("parts/alerts.html")?, piece("parts/advice.html")?);
    let (map, open) = (piece("parts/map.html")?, piece("parts/open.html")?);
    let (account, provider) = (piece("parts/account.html")?, piece("parts/provider.html")?);
    let pieces = Pieces {
        shell: &shell,
        page: &page,
        alerts: &alerts,
        advice: &advice,
        map: &map,
        open: &open,
        account: &account,
        provider: &provider,
    };
    let reader = Caller::of_page(request);
    let context = PageContext {
        place,
        path: request.path(),
        role: reader.role,
        own: reader.scope.gaveur(),
        zone: state.zone.iana_name().unwrap_or("UTC"),
        is_open: state.is_open,
        has_provider: state.has_provider,
        has_panel: panel::is_there(request),
        name: reader.known_name(),
    };
    Ok(assets::light(&compose(&pieces, &context), name))
}

/// A page that is open for months must get its new version at the next reload.
const REVALIDATED: &str = "no-cache";
/// What is under the address of a version never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Serves files, but not the fragments of pages, under their own address and under that of this version. A page that was loaded before the
/// server was replaced still asks for the files of its version: it gets those of today, which nothing may keep under that address.
async fn asset(request: HttpRequest, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    if path.ends_with(".html") {
        return Err(not_here(&request));
    }
    let folder = path.split_once('/').filter(|(v, _)| v.starts_with("v-"));
    let (keep, path) = match folder {
        Some((version, path)) if version == assets::version() => (FOR_EVER, path),
        Some((_, path)) => (REVALIDATED, path),
        None => (REVALIDATED, path.as_str()),
    };
    if let Some(made) = assets::made(path) {
        let kind = if path.ends_with(".css") {
            "text/css; charset=utf-8"
        } else {
            SCRIPT
        };
        return Ok(answer(&request, kind, made, keep));
    }
    let file = assets::file(path).ok_or_else(|| not_here(&request))?;
    Ok(answer(&request, file.metadata.mimetype(), file.data, keep))
}

fn not_here(request: &HttpRequest) -> ApiError {
    ApiError::NotFound(format!("nothing is served at {}", request.path()))
}

fn answer(
    request: &HttpRequest,
    content_type: &str,
    body: Cow<'static, [u8]>,
    keep: &'static str,
) -> HttpResponse {
    let tag = EntityTag::new_strong(fingerprint(&body));
    let held = already_there(request, &tag);
    let mut response = if held {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header(header::ETag(tag))
        .insert_header((header::CACHE_CONTROL, keep));
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
