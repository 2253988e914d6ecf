//! Opens connections, and cancels their statements.

use crate::causes;
use deadpool_postgres::Connect;
use futures_util::{FutureExt, future::BoxFuture, future::poll_fn};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::{runtime::Handle, task::JoinHandle, time::timeout};
use tokio_postgres::{
    AsyncMessage, CancelToken, Client, Config, Connection, Error, NoTls, Notification,
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Opens connections with or without TLS. The end of a connection is not reported here, because its next user gets the error.
pub(super) struct Connecting {
    pub(super) tls: Option<MakeRustlsConnect>,
}

impl Connect for Connecting {
    fn connect(&self, config: &Config) -> BoxFuture<'_, Result<(Client, JoinHandle<()>), Error>> {
        let config = config.clone();
        async move {
            match self.tls.clone() {
                Some(tls) => {
                    let (client, connection) = config.connect(tls).await?;
                    Ok((client, tokio::spawn(connection.map(note_end))))
                }
                None => {
                    let (client, connection) = config.connect(NoTls).await?;
                    Ok((client, tokio::spawn(connection.map(note_end))))
                }
            }
        }
        .boxed()
    }
}

/// Opens a connection that passes on what it is notified of.
pub(super) async fn connect_hearing(
    config: &Config,
    tls: Option<MakeRustlsConnect>,
    heard: impl FnMut(Notification) + Send + 'static,
) -> Result<Client, Error> {
    match tls {
        Some(tls) => {
            let (client, connection) = config.connect(tls).await?;
            tokio::spawn(hear(connection, heard));
            Ok(client)
        }
        None => {
            let (client, connection) = config.connect(NoTls).await?;
            tokio::spawn(hear(connection, heard));
            Ok(client)
        }
    }
}

async fn hear<S, T>(mut connection: Connection<S, T>, mut heard: impl FnMut(Notification))
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        match poll_fn(|cx| connection.poll_message(cx)).await {
            Some(Ok(AsyncMessage::Notification(notification))) => heard(notification),
            Some(Ok(_)) => {}
            Some(Err(error)) => return note_end(Err(error)),
            None => return,
        }
    }
}

fn note_end(end: Result<(), Error>) {
    if let Err(error) = end {
        log::debug!(
            "a connection to the database ended: {}",
            causes::once(&error)
        );
    }
}

/// Asks the database to cancel what an abandoned connection is still running.
#[derive(Clone)]
pub(super) struct Canceller {
    tls: Option<MakeRustlsConnect>,
    patience: Duration,
}

impl Canceller {
    pub(super) fn new(tls: Option<MakeRustlsConnect>, patience: Duration) -> Self {
        Canceller { tls, patience }
    }

    /// Runs in the background, because nobody waits for the result.
    pub(super) fn cancel(&self, token: CancelToken) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let Canceller { tls, patience } = self.clone();
        runtime.spawn(async move {
            let cancelling = async {
                match tls {
                    Some(tls) => token.cancel_query(tls).await,
                    None => token.cancel_query(NoTls).await,
                }
            };
            if let Ok(Err(error)) = timeout(patience, cancelling).await {
                log::debug!("a statement was not cancelled: {}", causes::once(&error));
            }
        });
    }
}
