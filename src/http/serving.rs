//! The HTTP server: an application on several workers, from which upgraded WebSockets can leave the HTTP layer.

use super::{
    connections::{HttpConnection, HttpConnections},
    upgrade,
};
use crate::websocket::SocketOptions;
use actix_http::{HttpService, KeepAlive, Protocol, Request};
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, fn_factory, fn_service, map_config,
};
use actix_web::{
    Error,
    body::MessageBody,
    dev::{AppConfig, Server, ServiceResponse},
    rt::net::TcpStream,
};
use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use std::{cell::Cell, io, net::TcpListener, rc::Rc, time::Duration};

/// Serves an application on `workers` threads until the server's handle stops it.
///
/// `HttpServer` of actix-web would do the same, but does not release the socket of a WebSocket.
///
/// # Errors
/// The listener cannot be used.
pub fn serve<F, A, S, B>(
    listener: TcpListener,
    workers: usize,
    options: SocketOptions,
    connections: HttpConnections,
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
        // Passes the connection from the accepted socket to the service of its requests; actix-http offers no other way.
        let entering = Rc::new(Cell::new(None));
        let entered = entering.clone();
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(KeepAlive::Timeout(connections.limits.keep_alive))
            .client_disconnect_timeout(Duration::ZERO)
            // A client that has closed its side waits for no answer: its work is dropped, and cancelled in the database.
            .h1_allow_half_closed(false)
            .on_connect_ext(move |_: &TcpStream, extensions| {
                extensions.insert::<Option<Rc<HttpConnection>>>(entered.take());
            })
            .upgrade(upgrades)
            .finish(map_config(application(), |()| AppConfig::default()));
        let connections = connections.clone();
        fn_factory(move || {
            let http = http.new_service(());
            let (connections, entering) = (connections.clone(), entering.clone());
            async move {
                let http = Rc::new(http.await?);
                Ok::<_, ()>(fn_service(move |stream: TcpStream| {
                    if let Err(error) = options.set_on(&stream) {
                        log::debug!("cannot set the options of an accepted socket: {error}");
                    }
                    let (http, entering) = (http.clone(), entering.clone());
                    let connections = connections.clone();
                    async move {
                        let peer = stream.peer_addr().ok();
                        let entered = connections.enter(peer.map(|peer| peer.ip())).await;
                        let Some(connection) = entered else {
                            return Ok(());
                        };
                        entering.set(Some(connection.clone()));
                        let served = http.call((stream, Protocol::Http1, peer));
                        let overdue = async {
                            connection.overdue().await;
                            Ok(())
                        };
                        // Each is polled only when it is woken itself: the HTTP layer begins its keep-alive anew whenever it is polled.
                        let ends = [served.boxed_local(), overdue.boxed_local()];
                        let mut ends = FuturesUnordered::from_iter(ends);
                        ends.next().await.unwrap_or(Ok(()))
                    }
                }))
            }
        })
    })?;
    Ok(server.run())
}
