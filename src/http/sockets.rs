//! The WebSocket endpoints: they answer the handshake and start a session.

use super::{
    caller::Caller,
    client::{Query, client_key},
    connection_limiter::ConnectionLimiter,
    error::ApiError,
    socket,
    upgrade::{Agreement, Offer},
};
use crate::{
    actors::session::{
        Connection, Endpoint, Gavage, Ingest, SampleIngest, Screen, Sensors, Session, SessionLinks,
    },
    domain::{
        access::Policy,
        connection_limits::LimitReached,
        identity::{Identity, UserId},
        proxies::Proxies,
        rate::Rate,
        reasons::RefusalReason,
        stream::Topic,
        subscriptions::ConnectionId,
    },
    telemetry::health::Health,
    websocket::Limits,
};
use actix_web::{HttpRequest, HttpResponse, web};
use actix_web_actors::ws;
use jiff::Timestamp;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// What a new session receives.
#[derive(Clone)]
pub struct SocketState {
    pub links: SessionLinks,
    pub ingest: Ingest,
    pub sample_ingest: SampleIngest,
    pub gavage_limits: Limits,
    pub sensor_limits: Limits,
    pub screen_limits: Limits,
    pub health: Health,
    /// Whether other servers take the sockets that this one refuses.
    pub is_one_of_several: bool,
    /// Id of the next connection.
    pub next_cid: Arc<AtomicU64>,
    /// Limits the number of connections.
    pub limiter: ConnectionLimiter,
    /// How many messages a screen may send.
    pub screen_rate: Option<Rate>,
    pub proxies: Proxies,
}

type State = web::Data<SocketState>;

pub fn configure(cfg: &mut web::ServiceConfig) {
    socket(cfg, "/ws/gavage", Policy::Feed, gavage);
    socket(cfg, "/ws/sensors", Policy::Samples, sensors);
    socket(cfg, "/ws/realtime", Policy::Wall, realtime);
    socket(cfg, "/ws/gaveur/{gaveur_id}", Policy::Gaveur, gaveur);
    socket(cfg, "/ws/notifications", Policy::Alerts, notifications);
}

async fn gavage(
    request: HttpRequest,
    state: State,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let writing = caller.writing.clone();
    let endpoint = Gavage::new(state.ingest.clone(), state.gavage_limits, writing);
    upgrade(&request, &state, Guest::producer(caller), endpoint)
}

async fn sensors(
    request: HttpRequest,
    state: State,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let ingest = state.sample_ingest.clone();
    let endpoint = Sensors::new(ingest, state.sensor_limits, caller.writing.clone());
    upgrade(&request, &state, Guest::producer(caller), endpoint)
}

async fn realtime(
    request: HttpRequest,
    state: State,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let query = Query::of(&request)?;
    let user = user(&caller, query.uid.as_deref());
    show(&request, &state, Topic::Realtime, user, query, caller)
}

async fn notifications(
    request: HttpRequest,
    state: State,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let query = Query::of(&request)?;
    let user = user(&caller, query.uid.as_deref());
    show(&request, &state, Topic::Notifications, user, query, caller)
}

async fn gaveur(
    request: HttpRequest,
    id: web::Path<String>,
    state: State,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let id: i32 = id.parse().map_err(|_| {
        ApiError::BadParameter(format!(
            "a gaveur is named by a whole number, not by {:?}",
            id.as_str()
        ))
    })?;
    let query = Query::of(&request)?;
    let user = match caller.key {
        None => Some(id.into()),
        Some(_) => user(&caller, Some(&id.to_string())),
    };
    show(&request, &state, Topic::Gaveur(id), user, query, caller)
}

/// The holder of a key or a token names only browsers of his own.
fn user(caller: &Caller, uid: Option<&str>) -> Option<UserId> {
    match (&caller.key, uid) {
        (None, uid) => uid.and_then(UserId::new),
        (Some(key), None) => UserId::new(key),
        (Some(key), Some(uid)) => UserId::new(&format!("{key}/{uid}")),
    }
}

fn show(
    request: &HttpRequest,
    state: &SocketState,
    topic: Topic,
    user: Option<UserId>,
    query: Query,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let tab = query.tab(topic);
    let resume = tab.as_ref().map(|_| query.resume());
    let person = caller.person();
    let endpoint = Screen::new(topic, caller.scope, state.screen_limits, resume);
    let guest = Guest {
        who: Identity { user, tab },
        person,
        key: caller.key,
        until: caller.until,
        rate: state.screen_rate,
    };
    upgrade(request, state, guest, endpoint)
}

/// Who opens a connection, and how many messages he may send.
pub(super) struct Guest {
    who: Identity,
    person: Option<Arc<str>>,
    key: Option<Arc<str>>,
    until: Option<Timestamp>,
    rate: Option<Rate>,
}

impl Guest {
    fn producer(caller: Caller) -> Self {
        Guest {
            who: Identity::default(),
            person: caller.person(),
            key: caller.key,
            until: caller.until,
            rate: None,
        }
    }

    /// Somebody who reads and has nothing to say.
    pub(super) fn reader(caller: Caller, rate: Option<Rate>) -> Self {
        Guest {
            rate,
            ..Guest::producer(caller)
        }
    }
}

pub(super) fn upgrade(
    request: &HttpRequest,
    state: &SocketState,
    guest: Guest,
    endpoint: impl Endpoint,
) -> Result<HttpResponse, ApiError> {
    let Guest {
        who,
        person,
        key,
        until,
        rate,
    } = guest;
    if state.health.is_stopping() {
        return Err(ApiError::Stopping);
    }
    // A load balancer that does not ask for health learns it so.
    if state.is_one_of_several && state.health.lags() {
        state.links.metrics.session_stats.open().turned_away += 1;
        return Err(ApiError::Behind);
    }
    let client = client_key(request, &who, person, &state.proxies);
    let rate = rate.filter(|_| client.address.is_some());
    let permit = state.limiter.acquire(client).map_err(|limit| {
        state.links.metrics.session_stats.open().turned_away += 1;
        if limit == LimitReached::Person {
            state.links.metrics.refused(RefusalReason::TooManySockets);
        }
        ApiError::TooManyConnections(limit)
    })?;
    let mut response =
        ws::handshake(request).map_err(|error| ApiError::Handshake(error.to_string()))?;
    let offer = Offer::take(request).ok_or_else(|| {
        ApiError::Handshake(
            "it must ask for the upgrade to websocket alone, without a body".to_owned(),
        )
    })?;
    let connection = Connection {
        cid: ConnectionId(state.next_cid.fetch_add(1, Ordering::Relaxed)),
        who,
        key,
        until,
        rate,
        socket: Some(offer.socket.clone()),
    };
    let arriving = offer.socket.arriving(offer.early);
    let outgoing = Session::start(connection, endpoint, arriving, state.links.clone());
    let mut response = response.finish();
    Agreement { outgoing, permit }.seal(&mut response);
    Ok(response)
}
