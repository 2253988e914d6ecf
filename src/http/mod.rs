//! HTTP: the only part with status codes.

pub mod caller;
pub mod caller_limits;
pub mod connection_limiter;
pub mod connections;
pub mod consumer;
pub mod error;
pub mod headers;
pub mod login;
pub mod origin;
pub mod panel;
pub mod serving;
pub mod sockets;
pub mod state;
pub mod upgrade;

mod acknowledgements;
mod alerts;
mod assets;
mod auth;
mod body;
mod bundle;
mod client;
mod compared_sites;
mod courbes;
mod credentials;
mod dashboard;
mod deletions;
mod entry_sheet;
mod etapes;
mod exports;
mod gaveurs;
mod history;
mod logout;
mod lot_sheet;
mod lots;
mod old_screens;
mod openapi;
mod operations;
mod pages;
mod params;
mod password_login;
mod pending_lots;
mod pilotage;
mod planned_lots;
mod queries;
mod recent_meals;
mod recommandations;
mod saisies;
mod shell;
mod sites;
mod sqal;
mod sqal_figures;
mod station;
mod status;
mod supervised_lots;
mod weekly_report;
mod ws_metrics;

use crate::domain::access::Policy;
use actix_web::{
    Error, FromRequest, Handler, Resource, Responder, ResponseError, Route,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    guard::{self, Guard},
    http::Method,
    middleware::{Compress, Next, from_fn},
    web,
};
use error::ApiError;

/// Mounts every route, and the responses for unknown ones.
pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.app_data(params::query_config());
    history::configure(cfg);
    weekly_report::configure(cfg);
    // Before the lots, one of which could be called so.
    old_screens::entry::configure(cfg);
    lots::configure(cfg);
    planned_lots::configure(cfg);
    entry_sheet::configure(cfg);
    courbes::configure(cfg);
    etapes::configure(cfg);
    recommandations::configure(cfg);
    lot_sheet::configure(cfg);
    sites::configure(cfg);
    compared_sites::configure(cfg);
    dashboard::configure(cfg);
    gaveurs::configure(cfg);
    pilotage::configure(cfg);
    exports::configure(cfg);
    consumer::configure(cfg);
    supervised_lots::configure(cfg);
    recent_meals::configure(cfg);
    alerts::configure(cfg);
    acknowledgements::configure(cfg);
    auth::configure(cfg);
    login::configure(cfg);
    logout::configure(cfg);
    password_login::configure(cfg);
    sqal::configure(cfg);
    station::configure(cfg);
    pending_lots::configure(cfg);
    old_screens::advice::configure(cfg);
    old_screens::corrections::configure(cfg);
    old_screens::curves::configure(cfg);
    old_screens::planned::configure(cfg);
    old_screens::forecasts::configure(cfg);
    old_screens::gaveurs::configure(cfg);
    old_screens::stations::configure(cfg);
    openapi::configure(cfg);
    operations::configure(cfg);
    status::configure(cfg);
    ws_metrics::configure(cfg);
    panel::configure(cfg);
    pages::configure(cfg);
    cfg.default_service(web::to(error::unknown_route));
}

/// Serves GET on `path`, with and without a trailing slash, to callers that the policy admits; any other method is a 405. Under `/api/` a
/// parameter that is not in the description of the address is a 400.
fn get<F, Args>(cfg: &mut web::ServiceConfig, path: &str, policy: Policy, handler: F)
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let route = web::route().guard(get_or_head()).to(handler);
    let resource = resource(path, route).default_service(web::to(error::wrong_method));
    let known = openapi::query_parameters(path);
    let enter = from_fn(move |request, next| enter(policy, known, request, next));
    cfg.service(resource.wrap(enter).wrap(Compress::default()));
}

/// Serves POST in the same way.
fn post<F, Args>(cfg: &mut web::ServiceConfig, path: &str, policy: Policy, handler: F)
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let resource = resource(path, web::post().to(handler));
    let resource = resource.default_service(web::to(error::not_a_post));
    let enter = from_fn(move |request, next| enter(policy, None, request, next));
    cfg.service(resource.wrap(enter));
}

/// Serves DELETE in the same way.
fn delete<F, Args>(cfg: &mut web::ServiceConfig, path: &str, policy: Policy, handler: F)
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let resource = resource(path, web::delete().to(handler));
    let resource = resource.default_service(web::to(error::not_a_delete));
    let enter = from_fn(move |request, next| enter(policy, None, request, next));
    cfg.service(resource.wrap(enter));
}

/// Serves GET and POST on one path, each with its own policy.
fn get_and_post<G, GetArgs, P, PostArgs>(
    cfg: &mut web::ServiceConfig,
    path: &str,
    (get_policy, get_handler): (Policy, G),
    (post_policy, post_handler): (Policy, P),
) where
    G: Handler<GetArgs>,
    GetArgs: FromRequest + 'static,
    G::Output: Responder + 'static,
    P: Handler<PostArgs>,
    PostArgs: FromRequest + 'static,
    P::Output: Responder + 'static,
{
    let route = web::route().guard(get_or_head()).to(get_handler);
    let resource = resource(path, route).route(web::post().to(post_handler));
    let resource = resource.default_service(web::to(error::neither_get_nor_post));
    let known = openapi::query_parameters(path);
    let enter = from_fn(move |request: ServiceRequest, next| {
        let (policy, known) = match *request.method() {
            Method::POST => (post_policy, None),
            _ => (get_policy, known),
        };
        enter(policy, known, request, next)
    });
    cfg.service(resource.wrap(enter).wrap(Compress::default()));
}

/// The same as GET for a WebSocket, whose bytes nobody may touch.
fn socket<F, Args>(cfg: &mut web::ServiceConfig, path: &str, policy: Policy, handler: F)
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let route = web::route().guard(get_or_head()).to(handler);
    let resource = resource(path, route).default_service(web::to(error::wrong_method));
    let enter = from_fn(move |request, next| enter(policy, None, request, next));
    cfg.service(resource.wrap(enter));
}

/// A path with parameters leaves fixed addresses to their own routes: `/sites/compare` is no site, whatever the order of mounting.
fn resource(path: &str, route: Route) -> Resource {
    let bare = path.trim_end_matches('/');
    let has_parameters = bare.contains('{');
    web::resource([bare.to_owned(), format!("{bare}/")])
        .guard(guard::fn_guard(move |request| {
            !(has_parameters && openapi::is_address(request.head().uri.path()))
        }))
        .route(route)
}

/// Runs before every handler: checks the policy, then the query parameters.
async fn enter(
    policy: Policy,
    known: Option<&[String]>,
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let admitted = match caller::admit(policy, &request).await {
        Ok(()) => known.map_or(Ok(()), |known| queries::admit(&mut request, known)),
        Err(error) => Err(error),
    };
    match admitted {
        Ok(()) => next.call(request).await,
        // A person is led to the login page.
        Err(ApiError::Unauthorized(_)) if auth::asks_for_page(request.request()) => {
            let login = auth::login_address(request.uri());
            Ok(request.into_response(login))
        }
        Err(ApiError::Forbidden(sentence)) if auth::asks_for_page(request.request()) => {
            let home = auth::home_instead(request.request());
            let refusal = || ApiError::Forbidden(sentence).error_response();
            Ok(request.into_response(home.unwrap_or_else(refusal)))
        }
        Err(error) => Ok(request.into_response(error.error_response())),
    }
}

fn get_or_head() -> impl Guard {
    guard::Any(guard::Get()).or(guard::Head())
}
