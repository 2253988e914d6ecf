//! Limits HTTP connections. Beyond the limit a small reserve answers only quick requests, so that health is always answered. A WebSocket
//! counts here until its handshake is answered.

use super::{
    connection_limiter::{ConnectionLimiter, ConnectionPermit},
    error::ApiError,
};
use crate::domain::{
    connection_limits::{ClientKey, ConnectionLimits},
    proxies::Proxies,
};
use actix_web::{
    Error,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{ConnectionType, StatusCode},
    middleware::Next,
    web,
};
use std::{cell::Cell, net::IpAddr, rc::Rc, sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep_until, timeout},
};

/// Connections beyond the limit that get answers to quick requests only.
pub const RESERVE: usize = 64;
/// How long a connection waits for a permit, also one of the reserve.
const PATIENCE: Duration = Duration::from_secs(5);
/// Time limit of the head of a request.
const HEAD: Duration = Duration::from_secs(5);
/// How long a client may take to read a response, if it reads at all.
const READING: Duration = Duration::from_secs(60);
/// How long a client whose body was too slow or too long may take to read the error.
const FAREWELL: Duration = Duration::from_secs(2);
/// Maximum size of a body, bytes.
const LONGEST_BODY: usize = 64 * 1024;
/// Path prefixes of requests that are answered without waiting.
const QUICK: [&str; 3] = ["/health", "/metrics", "/ws"];

#[derive(Debug, Clone, Copy)]
pub struct HttpLimits {
    pub connections: usize,
    /// How long a connection may stay open without a request.
    pub keep_alive: Duration,
    /// Time limit of the body of a request.
    pub body_timeout: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        HttpLimits {
            connections: 1_024,
            keep_alive: Duration::from_secs(75),
            body_timeout: Duration::from_secs(10),
        }
    }
}

/// The permits of all workers; clones share them.
#[derive(Debug, Clone)]
pub struct HttpConnections {
    permits: Arc<Semaphore>,
    reserve: Arc<Semaphore>,
    /// At most half of them for one client.
    shares: ConnectionLimiter,
    proxies: Proxies,
    pub(super) limits: HttpLimits,
}

/// The permit of one connection, returned when dropped, and the state of the connection.
#[derive(Debug)]
pub struct HttpConnection {
    _permit: OwnedSemaphorePermit,
    _share: ConnectionPermit,
    in_reserve: bool,
    limits: HttpLimits,
    /// When the connection is ended unless something happens; `None` while a request is being handled.
    overdue: Cell<Option<Instant>>,
}

impl Default for HttpConnections {
    fn default() -> Self {
        Self::new(HttpLimits::default(), Proxies::default())
    }
}

impl HttpConnections {
    pub fn new(limits: HttpLimits, proxies: Proxies) -> Self {
        let shares = ConnectionLimits {
            in_all: usize::MAX,
            per_address: (limits.connections / 2).max(1),
            per_user: usize::MAX,
            per_person: usize::MAX,
            handshakes: None,
        };
        HttpConnections {
            permits: Arc::new(Semaphore::new(limits.connections)),
            reserve: Arc::new(Semaphore::new(RESERVE)),
            shares: ConnectionLimiter::new(shares),
            proxies,
            limits,
        }
    }

    /// Gets a permit, if necessary from the reserve; `None` if none becomes free in time, or the peer has its share.
    pub(super) async fn enter(&self, peer: Option<IpAddr>) -> Option<Rc<HttpConnection>> {
        let client = ClientKey {
            address: peer.and_then(|peer| self.proxies.client(peer, &[])),
            ..ClientKey::default()
        };
        let share = self.shares.acquire(client).ok()?;
        let permit = self.permits.clone().try_acquire_owned().ok();
        let in_reserve = permit.is_none();
        let permit = match permit {
            Some(permit) => permit,
            None => {
                let reserve = self.reserve.clone().acquire_owned();
                timeout(PATIENCE, reserve).await.ok()?.ok()?
            }
        };
        let limits = self.limits;
        Some(Rc::new(HttpConnection {
            _permit: permit,
            _share: share,
            in_reserve,
            limits,
            overdue: Cell::new(Some(Instant::now() + HEAD + limits.body_timeout)),
        }))
    }
}

impl HttpConnection {
    /// Completes when the connection has been without a request, or with an incomplete one, for too long. The HTTP layer has no time
    /// limit for the head of a second request, nor for a body that nobody reads.
    pub(super) async fn overdue(&self) {
        loop {
            let now = Instant::now();
            match self.overdue.get() {
                Some(overdue) if overdue <= now => return,
                // Checks again soon, because the time may have been moved earlier.
                Some(overdue) => sleep_until(overdue.min(now + FAREWELL)).await,
                None => sleep_until(now + FAREWELL).await,
            }
        }
    }

    fn begin(&self) {
        self.overdue.set(None);
    }

    fn end(&self) {
        let between = READING + self.limits.keep_alive + HEAD;
        self.overdue.set(Some(Instant::now() + between));
    }

    fn end_soon(&self) {
        self.overdue.set(Some(Instant::now() + FAREWELL));
    }
}

/// Reads the body of a request before its handler runs, within limits of time and size. On a connection of the reserve it answers only
/// quick requests.
///
/// # Errors
/// The error of the application.
pub async fn guard(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let connection = request.conn_data::<Option<Rc<HttpConnection>>>();
    let Some(connection) = connection.cloned().flatten() else {
        return next
            .call(request)
            .await
            .map(ServiceResponse::map_into_boxed_body);
    };
    connection.begin();
    if connection.in_reserve && !is_quick(request.path()) {
        connection.end_soon();
        return Ok(last(request.error_response(ApiError::Busy)));
    }
    if let Err(refusal) = read_body(&mut request, connection.limits.body_timeout).await {
        connection.end_soon();
        return Ok(last(request.error_response(refusal)));
    }
    let response = next.call(request).await;
    connection.end();
    let response = response?.map_into_boxed_body();
    // A WebSocket leaves the reserve by itself.
    let stays = response.status() != StatusCode::SWITCHING_PROTOCOLS;
    Ok(if connection.in_reserve && stays {
        last(response)
    } else {
        response
    })
}

fn is_quick(path: &str) -> bool {
    let within = |quick: &str| {
        let rest = path.strip_prefix(quick);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    QUICK.into_iter().any(within)
}

/// Closes the connection after this response.
fn last(mut response: ServiceResponse) -> ServiceResponse {
    let head = response.response_mut().head_mut();
    head.set_connection_type(ConnectionType::Close);
    response
}

async fn read_body(request: &mut ServiceRequest, within: Duration) -> Result<(), ApiError> {
    let unreadable =
        |problem: String| ApiError::BadParameter(format!("the request cannot be read: {problem}"));
    let payload = request.extract::<web::Payload>().await;
    let payload = payload.map_err(|error| unreadable(error.to_string()))?;
    let body = timeout(within, payload.to_bytes_limited(LONGEST_BODY)).await;
    let body = body
        .map_err(|_| ApiError::SlowBody(within))?
        .map_err(|_| unreadable(format!("its body has more than {LONGEST_BODY} bytes")))?
        .map_err(|error| unreadable(error.to_string()))?;
    request.set_payload(body.into());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: HttpLimits = HttpLimits {
        connections: 1,
        keep_alive: Duration::from_secs(70),
        body_timeout: Duration::from_secs(7),
    };

    #[tokio::test(start_paused = true)]
    async fn beyond_the_limit_there_is_a_reserve_and_beyond_that_nothing() {
        let connections = HttpConnections::new(LIMITS, Proxies::default());
        let first = connections.enter(None).await.unwrap();
        assert!(!first.in_reserve);
        let mut reserved = Vec::new();
        for _ in 0..RESERVE {
            reserved.push(connections.enter(None).await.unwrap());
        }
        assert!(reserved.iter().all(|connection| connection.in_reserve));
        let begun = Instant::now();
        assert!(connections.enter(None).await.is_none());
        assert_eq!(begun.elapsed(), PATIENCE);
        drop(first);
        assert!(!connections.enter(None).await.unwrap().in_reserve);
    }

    #[tokio::test(start_paused = true)]
    async fn one_client_gets_at_most_half_of_the_connections_and_none_of_the_reserve() {
        let limits = HttpLimits {
            connections: 4,
            ..LIMITS
        };
        let connections = HttpConnections::new(limits, Proxies::default());
        let greedy = Some([192, 0, 2, 1].into());
        let first = connections.enter(greedy).await.unwrap();
        let _second = connections.enter(greedy).await.unwrap();
        assert!(connections.enter(greedy).await.is_none());
        let other = connections.enter(Some([192, 0, 2, 2].into())).await;
        assert!(!other.unwrap().in_reserve);
        drop(first);
        assert!(connections.enter(greedy).await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn half_a_request_is_waited_for_no_longer_than_its_parts_may_take() {
        let connections = HttpConnections::new(LIMITS, Proxies::default());
        let connection = connections.enter(None).await.unwrap();
        let begun = Instant::now();
        connection.overdue().await;
        assert_eq!(begun.elapsed(), HEAD + LIMITS.body_timeout);

        connection.begin();
        let worked_on = timeout(Duration::from_secs(3_600), connection.overdue()).await;
        assert!(
            worked_on.is_err(),
            "a request is worked on as long as it takes"
        );
        connection.end();
        let begun = Instant::now();
        connection.overdue().await;
        assert_eq!(begun.elapsed(), READING + LIMITS.keep_alive + HEAD);
    }

    #[test]
    fn quick_is_what_waits_for_nobody() {
        for path in [
            "/health",
            "/health/",
            "/health/live",
            "/metrics",
            "/ws/gavage",
        ] {
            assert!(is_quick(path), "{path}");
        }
        for path in ["/", "/healthy", "/api/lots/", "/ws-metrics"] {
            assert!(!is_quick(path), "{path}");
        }
    }
}
