//! A supervisor on a clock that stands still, and what it is told.

use crate::probe::{Heard, probe};
use actix::{Actor, Addr, Recipient};
use gaveurs::{
    actors::{
        deathwatch::Deathwatch,
        publication,
        supervisor::{Neighbours, Supervisor, SupervisorSettings},
    },
    domain::{
        identity::Identity,
        lot::LotState,
        stream::{Epoch, Published, RingBounds, Topic},
        subscriptions::ConnectionId,
    },
    messages::{
        app_to_supervisor::{Census, CountSessions},
        session_to_supervisor::{Listening, SessionOpened},
        supervisor_to_session::{CloseSession, Deliver},
        writer_to_supervisor::ReadingsStored,
    },
    protocol::gavage,
    telemetry::{health::Health, metrics::Metrics, sessions::SessionBooks},
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc::unbounded_channel;

pub fn supervisor(metrics: &Metrics) -> Addr<Supervisor> {
    tokio::time::pause();
    let (deaths, _) = unbounded_channel();
    let watch = Deathwatch::new("supervisor", Health::default(), deaths);
    let settings = SupervisorSettings {
        grace: Duration::from_secs(5),
        ring: RingBounds {
            frames: 100,
            bytes: 1 << 20,
            total_bytes: 1 << 20,
            age: Duration::from_secs(60),
        },
    };
    let neighbours = Neighbours {
        register: probe().0,
        clear: probe().0,
        books: SessionBooks::default(),
        metrics: metrics.clone(),
    };
    Supervisor::new(Epoch::new(1), settings, neighbours, watch).start()
}

/// A listener on a topic, and the way it is told to close.
pub fn opened(
    cid: u64,
    topic: Topic,
    deliver: Recipient<Deliver>,
) -> (SessionOpened, Heard<CloseSession>) {
    let (close, closing) = probe();
    let listens = Some(Listening {
        topic,
        resume: None,
        begin: probe().0,
        deliver,
    });
    (
        SessionOpened {
            cid: ConnectionId(cid),
            endpoint: topic.label(),
            who: Identity::default(),
            close,
            listens,
        },
        closing,
    )
}

pub async fn listener(
    supervisor: &Addr<Supervisor>,
    cid: u64,
    topic: Topic,
) -> (Heard<Deliver>, Heard<CloseSession>) {
    let (deliver, delivered) = probe();
    let (opened, closing) = opened(cid, topic, deliver);
    supervisor.send(opened).await.unwrap();
    (delivered, closing)
}

pub fn stored(messages: &[Value]) -> ReadingsStored {
    let text = json!(messages).to_string();
    let readings = gavage::parse(&text, &TimeZone::UTC)
        .unwrap()
        .into_readings();
    let lots: Vec<_> = readings
        .iter()
        .map(|reading| LotState::first_seen(reading, &TimeZone::UTC))
        .collect();
    publication::of_batch(
        &readings.iter().collect::<Vec<_>>(),
        &lots,
        Timestamp::now(),
    )
}

/// The JSON of the text frames.
pub fn texts(delivered: &[Deliver]) -> Vec<Value> {
    let frames = delivered.iter().flat_map(|delivery| delivery.frames.iter());
    let json = |published: &Arc<Published>| {
        let begin = published
            .frame
            .iter()
            .position(|byte| *byte == b'{')
            .unwrap();
        serde_json::from_slice(&published.frame[begin..]).unwrap()
    };
    frames.map(json).collect()
}

pub async fn census(supervisor: &Addr<Supervisor>) -> (usize, usize, usize) {
    let Census {
        sessions,
        listeners,
        topics,
        ..
    } = supervisor.send(CountSessions).await.unwrap();
    (sessions, listeners, topics)
}
