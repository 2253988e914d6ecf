//! The WebSocket endpoints: the handshake is answered here, the rest is the session's.

use super::{error::ApiError, socket};
use crate::{
    actors::session::{
        Connection, Endpoint, Gavage, Ingest, Peers, SampleIngest, Screen, Sensors, Session,
    },
    domain::{stream::Topic, subscriptions::ConnectionId},
    telemetry::health::Health,
    websocket::{Limits, PeerSocket},
};
use actix_web::{HttpRequest, HttpResponse, web};
use actix_web_actors::ws;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::sync::Semaphore;

/// What a new session is given.
#[derive(Clone)]
pub struct SocketState {
    pub peers: Peers,
    pub ingest: Ingest,
    pub sample_ingest: SampleIngest,
    pub gavage_limits: Limits,
    pub sensor_limits: Limits,
    pub screen_limits: Limits,
    pub health: Health,
    /// Number of the next connection.
    pub next_cid: Arc<AtomicU64>,
    /// Room for further connections.
    pub room: Arc<Semaphore>,
}

type State = web::Data<SocketState>;

pub fn configure(cfg: &mut web::ServiceConfig) {
    socket(cfg, "/ws/gavage", gavage);
    socket(cfg, "/ws/sensors", sensors);
    socket(cfg, "/ws/realtime", realtime);
    socket(cfg, "/ws/gaveur/{id}", gaveur);
    socket(cfg, "/ws/notifications", notifications);
}

async fn gavage(
    request: HttpRequest,
    payload: web::Payload,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let endpoint = Gavage::new(state.ingest.clone(), state.gavage_limits);
    upgrade(&request, payload, &state, endpoint)
}

async fn sensors(
    request: HttpRequest,
    payload: web::Payload,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let endpoint = Sensors::new(state.sample_ingest.clone(), state.sensor_limits);
    upgrade(&request, payload, &state, endpoint)
}

async fn realtime(
    request: HttpRequest,
    payload: web::Payload,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let endpoint = Screen::new(Topic::Realtime, state.screen_limits);
    upgrade(&request, payload, &state, endpoint)
}

async fn notifications(
    request: HttpRequest,
    payload: web::Payload,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let endpoint = Screen::new(Topic::Notifications, state.screen_limits);
    upgrade(&request, payload, &state, endpoint)
}

async fn gaveur(
    request: HttpRequest,
    payload: web::Payload,
    id: web::Path<String>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let id = id.parse().map_err(|_| {
        ApiError::BadParameter(format!(
            "a gaveur is named by a whole number, not by {:?}",
            id.as_str()
        ))
    })?;
    let endpoint = Screen::new(Topic::Gaveur(id), state.screen_limits);
    upgrade(&request, payload, &state, endpoint)
}

fn upgrade(
    request: &HttpRequest,
    payload: web::Payload,
    state: &SocketState,
    endpoint: impl Endpoint,
) -> Result<HttpResponse, ApiError> {
    if state.health.is_stopping() {
        return Err(ApiError::Stopping);
    }
    let place = state
        .room
        .clone()
        .try_acquire_owned()
        .map_err(|_| ApiError::TooManyConnections)?;
    let mut response =
        ws::handshake(request).map_err(|error| ApiError::Handshake(error.to_string()))?;
    let cid = ConnectionId(state.next_cid.fetch_add(1, Ordering::Relaxed));
    let socket = request.conn_data::<PeerSocket>().cloned();
    let connection = Connection { cid, socket, place };
    let body = Session::start(connection, endpoint, payload, state.peers.clone());
    Ok(response.streaming(body))
}
