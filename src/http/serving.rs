//! The HTTP server: an application on several workers, with the way out of HTTP for WebSockets.

use super::upgrade;
use crate::websocket::SocketOptions;
use actix_http::{HttpService, Request};
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, fn_factory, fn_service, map_config,
};
use actix_web::{
    Error,
    body::MessageBody,
    dev::{AppConfig, Server, ServiceResponse},
    rt::net::TcpStream,
};
use std::{io, net::TcpListener, rc::Rc, time::Duration};

/// Serves an application on `workers` threads until the handle of the server stops it.
///
/// `HttpServer` of actix-web would do the same, but it keeps the socket of a WebSocket for itself.
///
/// # Errors
/// The listener cannot be used.
pub fn serve<F, A, S, B>(
    listener: TcpListener,
    workers: usize,
    options: SocketOptions,
    application: F,
) -> io::Result<Server>
where
    F: Fn() -> A + Send + Clone + 'static,
    A: IntoServiceFactory<S, Request> + 'static,
    S: ServiceFactory<
            Request,
            Config = AppConfig,
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let server = Server::build()
        .workers(workers)
        .disable_signals()
        .shutdown_timeout(1);
    let stopping = server.graceful_shutdown_signal();
    let server = server.listen("http", listener, move || {
        let stopping = stopping.clone();
        let upgrades = application.clone();
        let upgrades = fn_factory(move || {
            let service = upgrades().into_factory().new_service(AppConfig::default());
            async move {
                let service = Rc::new(service.await?);
                let answer = move |asked| upgrade::answer(service.clone(), asked);
                Ok::<_, ()>(fn_service(answer))
            }
        });
        HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .client_disconnect_timeout(Duration::ZERO)
            .on_connect_ext(move |stream: &TcpStream, _| {
                if let Err(error) = options.set_on(stream) {
                    log::debug!("cannot set the options of an accepted socket: {error}");
                }
            })
            .upgrade(upgrades)
            .finish(map_config(application(), |()| AppConfig::default()))
            .tcp()
    })?;
    Ok(server.run())
}
