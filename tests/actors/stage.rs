//! A supervisor under a paused clock, and the messages sent to it.

use crate::{
    core::Core,
    probe::{Heard, probe},
};
use actix::{Addr, Recipient};
use gaveurs::{
    actors::{publication, supervisor::Supervisor},
    domain::{
        access::Policy,
        effects::BatchMeal,
        identity::Identity,
        lot::LotState,
        scope::Scope,
        stream::{Published, Topic},
        subscriptions::ConnectionId,
    },
    messages::{
        app_to_supervisor::{Census, CountSessions},
        session_to_supervisor::{Listening, SessionOpened},
        supervisor_to_session::{CloseSession, Deliver},
        writer_to_supervisor::Committed,
    },
    protocol::{gavage, input::InputRules},
    store::readings::StoredReadings,
    telemetry::metrics::Metrics,
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use std::sync::Arc;

pub fn supervisor(metrics: &Metrics) -> Addr<Supervisor> {
    Core::start_with(metrics).supervisor
}

/// A subscriber of a topic, and the channel on which it is told to close.
pub fn opened(
    cid: u64,
    topic: Topic,
    deliver: Recipient<Deliver>,
) -> (SessionOpened, Heard<CloseSession>) {
    let (close, closing) = probe();
    let listens = Some(Listening {
        topic,
        scope: Scope::Everything,
        resume: None,
        begin: probe().0,
        deliver,
        show: probe().0,
    });
    (
        SessionOpened {
            cid: ConnectionId(cid),
            endpoint: topic.label(),
            who: Identity::default(),
            key: None,
            policy: Policy::Wall,
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

pub fn stored(messages: &[Value]) -> Committed {
    let text = json!(messages).to_string();
    let readings = gavage::parse(&text, &InputRules::usual(TimeZone::UTC), Timestamp::now())
        .unwrap()
        .into_readings();
    let lots: Vec<_> = readings
        .iter()
        .zip(1..)
        .map(|(reading, id)| LotState::first_seen(id, 1, reading, &TimeZone::UTC))
        .collect();
    let meals = lots.iter().enumerate();
    let meals = meals.map(|(index, lot): (_, &LotState)| BatchMeal {
        index,
        lot_id: lot.id,
    });
    let meals = meals.collect();
    let to_publish = publication::of_batch(
        &readings.iter().collect::<Vec<_>>(),
        &StoredReadings {
            changed: lots.iter().map(|lot| lot.id).collect(),
            lots,
            meals,
            ..StoredReadings::default()
        },
        Timestamp::now(),
    );
    Committed {
        to_publish,
        position: None,
        by_another: None,
        credit: None,
    }
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
