//! Core NATS tells the servers of a cluster at once of each other's entries. Nothing that it brings is believed: it only wakes the follower.

use super::follower::{FIRST_WAIT, LAST_WAIT};
use crate::{
    domain::reasons::DropReason,
    settings::{Login, NatsServers},
    store::journal::Wake,
    telemetry::metrics::Metrics,
};
use async_nats::{Client, ConnectOptions, Event, Subscriber};
use futures_util::{
    StreamExt,
    future::{join, ready},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// A server that has left two pings unanswered when the third is due is away.
const PING: Duration = Duration::from_secs(1);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// News that wait to be heard: the last of them says as much as all.
const MOST_NEWS: usize = 256;

pub(super) struct Nats {
    pub servers: NatsServers,
    /// The epoch of the journal, which no two databases have in common: nobody is woken for another one's entries.
    pub epoch: String,
    /// Position of the last entry of this process.
    pub written: watch::Receiver<i64>,
    /// Position up to which the journal is published.
    pub published: watch::Receiver<i64>,
    pub wake: Wake,
    pub metrics: Metrics,
}

impl Nats {
    /// Runs as long as its client.
    pub async fn run(self) {
        let subject = format!("gaveurs.journal.{}", self.epoch);
        let (line, is_there) = Line::new(self.metrics.clone(), self.wake.clone());
        match connect(&self.servers, line.clone(), &subject).await {
            Ok((client, news)) => {
                let announcing = announce(client, &subject, self.written.clone(), is_there);
                join(self.hear(news), announcing).await;
                line.goes_away("its client has ended");
            }
            Err(error) => line.goes_away(&error.to_string()),
        }
    }

    async fn hear(&self, mut news: Subscriber) {
        while let Some(message) = news.next().await {
            let position = str::from_utf8(&message.payload).ok();
            let position = position.and_then(|position| position.parse::<i64>().ok());
            // What is known, or no position, is not worth a look: the next one comes within a second.
            if position.is_some_and(|position| position > *self.published.borrow()) {
                self.metrics.transport_wakes.inc();
                self.wake.up();
            }
        }
    }
}

/// Returns at once: servers that are away are tried for ever.
async fn connect(
    servers: &NatsServers,
    line: Arc<Line>,
    subject: &str,
) -> Result<(Client, Subscriber), async_nats::Error> {
    let options = ConnectOptions::new()
        .name("gaveurs")
        .no_echo()
        // Only those that were named are told the login.
        .ignore_discovered_servers()
        .retry_on_initial_connect()
        .require_tls(servers.tls)
        .ping_interval(PING)
        .connection_timeout(CONNECT_TIMEOUT)
        .reconnect_delay_callback(wait_before)
        .subscription_capacity(MOST_NEWS)
        .event_callback(move |event| {
            line.note(event);
            ready(())
        });
    let options = match servers.login.clone() {
        Some(Login::Password { user, password }) => options.user_and_password(user, password),
        Some(Login::Token(token)) => options.token(token),
        None => options,
    };
    let client = options.connect(servers.addresses.as_slice()).await?;
    let news = client.subscribe(subject.to_owned()).await?;
    Ok((client, news))
}

/// Before this attempt, counted from 1.
fn wait_before(attempt: usize) -> Duration {
    let doubled = u32::try_from(attempt.saturating_sub(2)).unwrap_or(u32::MAX);
    match attempt {
        0 | 1 => Duration::ZERO,
        _ => FIRST_WAIT
            .saturating_mul(2_u32.saturating_pow(doubled))
            .min(LAST_WAIT),
    }
}

/// Tells the others of the last entry. While NATS is away nothing waits for it: when it is back it is told of the last one.
async fn announce(
    client: Client,
    subject: &str,
    mut written: watch::Receiver<i64>,
    mut is_there: watch::Receiver<bool>,
) {
    loop {
        let changed = tokio::select! {
            changed = written.changed() => changed,
            changed = is_there.changed() => changed,
        };
        if changed.is_err() {
            return;
        }
        let position = *written.borrow_and_update();
        if *is_there.borrow_and_update() {
            let told = client.publish(subject.to_owned(), position.to_string().into());
            if let Err(error) = told.await {
                log::debug!("NATS was not told of an entry: {error}");
            }
        }
    }
}

/// Whether NATS is there, as far as is known.
struct Line {
    is_there: watch::Sender<bool>,
    /// What NATS has refused last.
    refused: Mutex<String>,
    metrics: Metrics,
    wake: Wake,
}

impl Line {
    fn new(metrics: Metrics, wake: Wake) -> (Arc<Self>, watch::Receiver<bool>) {
        let (tell, is_there) = watch::channel(false);
        let line = Line {
            is_there: tell,
            refused: Mutex::default(),
            metrics,
            wake,
        };
        (Arc::new(line), is_there)
    }

    fn note(&self, event: Event) {
        match event {
            Event::Connected => self.comes(),
            Event::Disconnected => self.goes_away("the connection has ended"),
            Event::ClientError(error) => self.goes_away(&sentence(&error)),
            Event::ServerError(error) => self.is_refused(sentence(&error)),
            Event::SlowConsumer(_) => self.metrics.dropped(DropReason::NewsFull, 1),
            Event::LameDuckMode | Event::Draining | Event::Closed => {}
        }
    }

    fn comes(&self) {
        let was_away = self.metrics.transport_away.set(0) > 0;
        log::info!("NATS is {}", if was_away { "back" } else { "there" });
        self.is_there.send_replace(true);
        // What others have stored meanwhile.
        self.wake.up();
    }

    /// Says so once, however many attempts to reach it follow.
    fn goes_away(&self, reason: &str) {
        self.is_there.send_replace(false);
        if self.metrics.transport_away.set(1) == 0 {
            self.metrics.transport_outages.inc();
            log::warn!(
                "NATS is away ({reason}): what other servers store is shown up to a second late until it is back"
            );
        }
    }

    /// It may say the same for each message.
    fn is_refused(&self, error: String) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if *refused != error {
            log::warn!("NATS refuses something: {error}");
            *refused = error;
        }
    }
}

/// Of an error of the client, which says whose it is first.
fn sentence(error: &impl ToString) -> String {
    error.to_string().replacen("nats: ", "", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_to_reach_nats_come_at_first_quickly_and_then_once_a_second() {
        let waits = [1, 2, 3, 4, 10, usize::MAX].map(|attempt| wait_before(attempt).as_millis());
        assert_eq!(waits, [0, 50, 100, 200, 1_000, 1_000]);
    }

    #[tokio::test]
    async fn an_outage_is_counted_once_and_its_end_wakes_whoever_reads_the_journal() {
        let (metrics, wake) = (Metrics::new(), Wake::default());
        let (line, is_there) = Line::new(metrics.clone(), wake.clone());
        let away = || metrics.transport_away.get();
        let failed = || Event::ClientError(async_nats::ClientError::Other("refused".to_owned()));
        for event in [failed(), failed(), Event::Connected] {
            line.note(event);
        }
        assert_eq!((away(), *is_there.borrow()), (0, true));
        assert!(wake.wait(Duration::ZERO).await);
        for event in [Event::Disconnected, failed(), failed()] {
            line.note(event);
        }
        assert_eq!((away(), *is_there.borrow()), (1, false));
        assert_eq!(metrics.transport_outages.get(), 2);
        assert!(!wake.wait(Duration::ZERO).await);
    }
}
