//! The HTTP server: workers, routes, socket options.

use crate::{
    domain::simulated_networks::SimulatedNetworks,
    http::{
        self,
        caller::Authentication,
        connections::{HttpConnections, HttpLimits},
        login::Logins,
        origin::Names,
        panel::Panel,
        sockets::SocketState,
        state::{ApiState, Commands},
    },
    messages::http_to_supervisor::ShowWall,
    settings::ServerArgs,
    store::view::Reader,
    telemetry::{metrics::Metrics, status::Status},
};
use actix::Recipient;
use actix_web::{App, middleware::from_fn, web};
use socket2::SockRef;
use std::net::{SocketAddr, TcpListener};

/// How many connections may wait in the kernel until they are accepted; its own limit (`net.core.somaxconn`) holds too. Of the usual 128 the next ones
/// of a crowd that arrives at once would be ignored, and come again a second later, or three.
const WAITING: i32 = 4_096;

/// What every worker receives.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) sockets: SocketState,
    pub(super) authentication: Authentication,
    pub(super) simulated: SimulatedNetworks,
    pub(super) reader: Reader,
    pub(super) api: ApiState,
    pub(super) logins: Option<Logins>,
    pub(super) commands: Commands,
    pub(super) panel: Option<Panel>,
    pub(super) wall: Recipient<ShowWall>,
    pub(super) metrics: Metrics,
    pub(super) status: Status,
}

/// From now on connections wait here to be accepted.
///
/// # Errors
/// The address is in use, or not of this machine.
pub(super) fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    SockRef::from(&listener).listen(WAITING)?;
    Ok(listener)
}

/// Serves HTTP and WebSockets on the listener.
///
/// # Errors
/// The listener cannot be used.
pub(super) fn listen(
    listener: TcpListener,
    settings: &ServerArgs,
    limits: HttpLimits,
    shared: Shared,
) -> anyhow::Result<actix_web::dev::Server> {
    let names = Names::new(
        &settings.cors_origins,
        &settings.hosts,
        shared.metrics.clone(),
    );
    let options = settings.limits.socket();
    let connections = HttpConnections::new(limits, shared.sockets.proxies.clone());
    let server = http::serving::serve(listener, workers(), options, connections, move || {
        let (names, cors) = (names.clone(), names.cors());
        App::new()
            .app_data(web::Data::new(shared.sockets.clone()))
            .app_data(web::Data::new(shared.authentication.clone()))
            .app_data(web::Data::new(shared.simulated.clone()))
            .app_data(web::Data::new(shared.reader.clone()))
            .app_data(web::Data::new(shared.api.clone()))
            .app_data(web::Data::new(shared.logins.clone()))
            .app_data(web::Data::new(shared.commands.clone()))
            .app_data(web::Data::new(shared.panel.clone()))
            .app_data(web::Data::new(shared.wall.clone()))
            .app_data(web::Data::new(shared.sockets.health.clone()))
            .app_data(web::Data::new(shared.metrics.clone()))
            .app_data(web::Data::new(shared.status.clone()))
            .wrap(cors)
            .wrap(from_fn(move |request, next| {
                http::origin::guard(names.clone(), request, next)
            }))
            .wrap(from_fn(http::connections::guard))
            .wrap(from_fn(http::headers::add))
            .configure(http::sockets::configure)
            .configure(http::configure)
    });
    Ok(server?)
}

fn workers() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}
