//! Errors of the API and their status codes: `{"detail": "<one readable sentence>", "code": "<its word>"}`.

use super::pages;
use crate::{
    domain::{
        connection_limits::LimitReached, host::ForeignHost, origin::ForeignPage, panel::NotDone,
    },
    store::StoreError,
};
use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use serde::Serialize;
use std::time::Duration;
use utoipa::{IntoResponses, ToSchema};

/// Why a request fails.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// A path or query parameter is invalid; the sentence names it.
    #[error("{0}")]
    BadParameter(String),
    /// A value of a POST is invalid; the sentence names it.
    #[error("{0}")]
    BadBody(String),
    /// The caller presents no valid credentials.
    #[error("{0}")]
    Unauthorized(String),
    /// The caller may not use this route, or not with this address.
    #[error("this is {0}")]
    Forbidden(String),
    /// A token cannot be verified, because the provider has not answered yet.
    #[error("the identity provider does not answer, try again in a moment")]
    NoIdentityProvider,
    /// A page of a foreign origin wants to write, or to open a socket.
    #[error(transparent)]
    ForeignPage(#[from] ForeignPage),
    /// The request names another server.
    #[error(transparent)]
    ForeignHost(#[from] ForeignHost),
    #[error("{0}")]
    NotFound(String),
    #[error("this address does not answer to {method}")]
    MethodNotAllowed { method: String, allow: &'static str },
    /// Another request was first.
    #[error("{0}")]
    Conflict(String),
    /// It was there, and is gone for good.
    #[error("{0}")]
    Gone(String),
    /// An address that presents no credentials asks too often; it may again after this time.
    #[error("too many requests from this address, try again in {} s", .0.as_secs().max(1))]
    TooOften(Duration),
    #[error("the body of the request must have at most {0} bytes")]
    TooLarge(usize),
    /// A simulator was not started or stopped.
    #[error(transparent)]
    Simulator(#[from] NotDone),
    /// The request is not a valid WebSocket handshake.
    #[error("the WebSocket handshake cannot be answered: {0}")]
    Handshake(String),
    /// An address has presented bad credentials too often.
    #[error(
        "this address presents keys or tokens that are not valid, again and again: correct what is configured there"
    )]
    TooManyFailures,
    /// The holder of a key or a login asks too often.
    #[error("too many requests with this key or login, try again in a moment")]
    TooManyRequests,
    /// A limit on connections was reached: the same request may succeed later.
    #[error("{0}, try again in a moment")]
    TooManyConnections(LimitReached),
    #[error("the server is stopping, try again in a moment")]
    Stopping,
    /// Other servers know more of what was stored.
    #[error("this server is behind the others, try again in a moment")]
    Behind,
    /// So many HTTP connections are open that only quick requests are answered.
    #[error("the server is busy, try again in a moment")]
    Busy,
    #[error("the body of the request did not come within {} s", .0.as_secs_f32())]
    SlowBody(Duration),
    /// The database is unavailable: the same request may succeed later.
    #[error("the database is not available, try again in a moment")]
    Unavailable,
    #[error("the server could not answer; the reason is in its log")]
    Internal,
}

/// Body of every error.
#[derive(Serialize, ToSchema)]
pub struct ErrorBody {
    /// One readable sentence.
    pub detail: String,
    /// The kind of error, by which a screen chooses its words: `bad_parameter`, `not_found`, `unavailable`, …
    pub code: &'static str,
}

/// The errors of every request for data, for the API description.
#[derive(IntoResponses)]
pub enum ReadFailure {
    /// A path or query parameter is invalid or unknown; `detail` names it.
    #[response(status = 400)]
    BadParameter(ErrorBody),
    /// The holder of a key or a login asks too often, or an address presents bad ones again and again; `Retry-After` says when to come back.
    #[response(status = 429)]
    TooManyRequests(ErrorBody),
    /// The database is unavailable: the same request may succeed later.
    #[response(status = 503)]
    Unavailable(ErrorBody),
}

impl ApiError {
    /// The word for it on the wire. The texts of the screens are in `error.<code>` of their messages.
    const fn code(&self) -> &'static str {
        match self {
            ApiError::BadParameter(_) => "bad_parameter",
            ApiError::BadBody(_) => "bad_body",
            ApiError::Unauthorized(_) => "unauthorized",
            ApiError::Forbidden(_) => "forbidden",
            ApiError::NoIdentityProvider => "no_identity_provider",
            ApiError::ForeignPage(_) => "foreign_page",
            ApiError::ForeignHost(_) => "foreign_host",
            ApiError::NotFound(_) => "not_found",
            ApiError::MethodNotAllowed { .. } => "method_not_allowed",
            ApiError::Conflict(_) => "conflict",
            ApiError::Gone(_) => "gone",
            ApiError::TooOften(_) => "too_often",
            ApiError::TooLarge(_) => "too_large",
            ApiError::Simulator(NotDone::Running(_)) => "simulator_running",
            ApiError::Simulator(NotDone::NotRunning(_)) => "simulator_stopped",
            ApiError::Simulator(NotDone::RealData) => "real_data",
            ApiError::Simulator(NotDone::NoDatabase) => "unavailable",
            ApiError::Simulator(NotDone::Stopping) => "stopping",
            ApiError::Simulator(NotDone::NoFault(_)) => "no_fault",
            ApiError::Simulator(NotDone::NoTarget(_)) => "no_target",
            ApiError::Simulator(NotDone::TooManyFaults(_)) => "too_many_faults",
            ApiError::Simulator(NotDone::FaultRunning(_)) => "fault_running",
            ApiError::Simulator(NotDone::DatabaseNotOurs) => "database_not_ours",
            ApiError::Handshake(_) => "handshake",
            ApiError::TooManyFailures => "too_many_failures",
            ApiError::TooManyRequests => "too_many_requests",
            ApiError::TooManyConnections(_) => "too_many_connections",
            ApiError::Stopping => "stopping",
            ApiError::Behind => "behind",
            ApiError::Busy => "busy",
            ApiError::SlowBody(_) => "slow_body",
            ApiError::Unavailable => "unavailable",
            ApiError::Internal => "internal",
        }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        match self {
            ApiError::BadParameter(_) => StatusCode::BAD_REQUEST,
            ApiError::BadBody(_) => StatusCode::UNPROCESSABLE_ENTITY,
            ApiError::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            ApiError::Forbidden(_) | ApiError::ForeignPage(_) => StatusCode::FORBIDDEN,
            ApiError::ForeignHost(_) => StatusCode::MISDIRECTED_REQUEST,
            ApiError::NotFound(_) => StatusCode::NOT_FOUND,
            ApiError::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            ApiError::Gone(_) => StatusCode::GONE,
            ApiError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            ApiError::Conflict(_)
            | ApiError::Simulator(
                NotDone::Running(_)
                | NotDone::RealData
                | NotDone::TooManyFaults(_)
                | NotDone::FaultRunning(_)
                | NotDone::DatabaseNotOurs,
            ) => StatusCode::CONFLICT,
            ApiError::Simulator(
                NotDone::NotRunning(_) | NotDone::NoFault(_) | NotDone::NoTarget(_),
            ) => StatusCode::NOT_FOUND,
            ApiError::Handshake(_) => StatusCode::BAD_REQUEST,
            ApiError::TooManyConnections(LimitReached::Handshakes | LimitReached::Person)
            | ApiError::TooManyFailures
            | ApiError::TooManyRequests
            | ApiError::TooOften(_) => StatusCode::TOO_MANY_REQUESTS,
            ApiError::Unavailable
            | ApiError::Simulator(NotDone::NoDatabase | NotDone::Stopping)
            | ApiError::NoIdentityProvider
            | ApiError::TooManyConnections(_)
            | ApiError::Stopping
            | ApiError::Behind
            | ApiError::Busy => StatusCode::SERVICE_UNAVAILABLE,
            ApiError::SlowBody(_) => StatusCode::REQUEST_TIMEOUT,
            ApiError::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match self {
            ApiError::MethodNotAllowed { allow, .. } => {
                response.insert_header((header::ALLOW, *allow));
            }
            ApiError::Unauthorized(_) => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"gaveurs\""));
            }
            _ if [
                StatusCode::SERVICE_UNAVAILABLE,
                StatusCode::TOO_MANY_REQUESTS,
            ]
            .contains(&self.status_code()) =>
            {
                let seconds = match self {
                    ApiError::TooManyFailures => "60".to_owned(),
                    ApiError::TooManyRequests => "1".to_owned(),
                    ApiError::TooOften(after) => after.as_secs().max(1).to_string(),
                    _ => "5".to_owned(),
                };
                response.insert_header((header::RETRY_AFTER, seconds));
            }
            _ => {}
        }
        response.json(ErrorBody {
            detail: self.to_string(),
            code: self.code(),
        })
    }
}

/// The cause is only logged, because it may contain SQL, names of tables, or the address of the database.
impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        if error.is_unavailable() {
            log::warn!("request not answered: {error}");
            return ApiError::Unavailable;
        }
        log::error!("request not answered: {error}");
        ApiError::Internal
    }
}

/// The response for an unknown path: a page for a person, an error for a program.
///
/// # Errors
/// There is nothing at this path.
pub async fn unknown_route(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    if let Some(page) = pages::missing(&request) {
        return Ok(page);
    }
    let sentence = format!("nothing is served at {}", request.path());
    Err(ApiError::NotFound(sentence))
}

/// The response for a known path with a wrong method.
///
/// # Errors
/// Always: the method is not supported.
pub async fn wrong_method(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    Err(not_allowed(&request, "GET, HEAD"))
}

/// The same for a path that supports only POST.
///
/// # Errors
/// Always: only POST is supported.
pub async fn not_a_post(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    Err(not_allowed(&request, "POST"))
}

/// The same for a path that supports only DELETE.
///
/// # Errors
/// Always: only DELETE is supported.
pub async fn not_a_delete(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    Err(not_allowed(&request, "DELETE"))
}

/// The same for a path that supports both.
///
/// # Errors
/// Always: only GET and POST are supported.
pub async fn neither_get_nor_post(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    Err(not_allowed(&request, "GET, HEAD, POST"))
}

fn not_allowed(request: &HttpRequest, allow: &'static str) -> ApiError {
    let method = request.method().to_string();
    ApiError::MethodNotAllowed { method, allow }
}
