//! `/ws/gavage`: readings in, acks out.

use super::{Endpoint, Listening, Session};
use crate::{
    domain::reading::Reading,
    messages::{
        session_to_writer::StoreReadings,
        writer_to_session::{ReadingsAcked, ReadingsRefused},
    },
    protocol::{
        frames,
        gavage::{GavageMessage, parse},
    },
    websocket::{Limits, Refused},
};
use actix::{Addr, AsyncContext, Context, Handler, Message, Recipient};
use jiff::{Timestamp, tz::TimeZone};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// The way into the writer, with the size of its queue.
#[derive(Clone)]
pub struct Ingest {
    pub store: Recipient<StoreReadings>,
    /// Bytes of frames that may wait to be written, for all producers together.
    pub room: Arc<Semaphore>,
    /// How long a frame may wait for room before its sender is told to come back.
    pub patience: Duration,
    /// Zone of timestamps that have none.
    pub zone: TimeZone,
}

/// A producer of readings.
pub struct Gavage {
    ingest: Ingest,
    limits: Limits,
}

impl Gavage {
    pub fn new(ingest: Ingest, limits: Limits) -> Self {
        Gavage { ingest, limits }
    }
}

impl Endpoint for Gavage {
    fn name(&self) -> &'static str {
        "gavage"
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn open(session: &mut Session<Self>, _: &mut Context<Session<Self>>) -> Option<Listening> {
        let welcome =
            frames::connection_established("Connecté au flux gavage", None, Timestamp::now());
        session.answer(&welcome);
        // Whether a producer is there shows in what it sends: many never read their acks.
        if let Some(socket) = &session.socket {
            socket.tolerate_not_reading();
        }
        None
    }

    fn text(session: &mut Session<Self>, text: String, ctx: &mut Context<Session<Self>>) {
        match parse(&text, &session.endpoint.ingest.zone) {
            Ok(message) => {
                session.bad_messages = 0;
                session.admit(message, text, ctx.address());
            }
            Err(fault) => {
                session.refuse(fault.reason(), &fault.to_string(), &text, None);
                session.note_bad(ctx);
            }
        }
    }
}

impl Session<Gavage> {
    /// Gives the message to the writer if its queue has room; otherwise nothing more is read until it has.
    fn admit(&mut self, message: GavageMessage, text: String, addr: Addr<Self>) {
        let ingest = &self.endpoint.ingest;
        let size = u32::try_from(text.len()).unwrap_or(u32::MAX);
        match ingest.room.clone().try_acquire_many_owned(size) {
            Ok(room) => hand_over(&ingest.store, message, room, &addr),
            Err(_) => {
                self.inbound.close();
                // Not bound to the actor: a producer that leaves without waiting has its message stored all the same.
                actix::spawn(hand_over_later(ingest.clone(), message, text, size, addr));
            }
        }
    }

    /// Queues an answer. A producer that does not read its answers is no reason to stop hearing it.
    fn answer(&self, json: &[u8]) -> bool {
        let said = self.say(json);
        if said == Err(Refused::Full) {
            self.peers.metrics.dropped("answer_queue_full", 1);
        }
        said.is_ok()
    }
}

fn hand_over(
    store: &Recipient<StoreReadings>,
    message: GavageMessage,
    room: OwnedSemaphorePermit,
    addr: &Addr<Session<Gavage>>,
) {
    store.do_send(StoreReadings {
        is_batch: matches!(message, GavageMessage::Batch(_)),
        readings: message.into_readings(),
        room,
        acked: addr.clone().recipient(),
        refused: addr.clone().recipient(),
    });
}

async fn hand_over_later(
    ingest: Ingest,
    message: GavageMessage,
    text: String,
    size: u32,
    addr: Addr<Session<Gavage>>,
) {
    let waited = timeout(
        ingest.patience,
        ingest.room.clone().acquire_many_owned(size),
    )
    .await;
    let refused = match waited {
        Ok(Ok(room)) => {
            hand_over(&ingest.store, message, room, &addr);
            None
        }
        _ => Some(text),
    };
    addr.do_send(WaitOver { refused });
}

/// The wait for room is over; what found none is refused.
#[derive(Message)]
#[rtype(result = "()")]
struct WaitOver {
    refused: Option<String>,
}

impl Handler<WaitOver> for Session<Gavage> {
    type Result = ();

    fn handle(&mut self, over: WaitOver, _: &mut Self::Context) {
        if let Some(text) = over.refused {
            let retry = u64::try_from(self.endpoint.ingest.patience.as_millis()).ok();
            let sentence = "the server cannot store more for now: nothing of this message was stored, send it again later";
            self.refuse("queue_full", sentence, &text, retry);
        }
        self.inbound.open();
    }
}

impl Handler<ReadingsAcked> for Session<Gavage> {
    type Result = ();

    fn handle(&mut self, acked: ReadingsAcked, _: &mut Self::Context) {
        let now = Timestamp::now();
        let ack = match (acked.readings.as_slice(), acked.is_batch) {
            ([reading], false) => frames::ack(reading, now),
            (readings, _) => frames::batch_ack(readings.len(), now),
        };
        if self.answer(&ack) {
            self.peers.metrics.acks.inc();
        }
    }
}

impl Handler<ReadingsRefused> for Session<Gavage> {
    type Result = ();

    fn handle(&mut self, refused: ReadingsRefused, _: &mut Self::Context) {
        let input = refused.readings.first().map(quoted).unwrap_or_default();
        self.refuse("database", &refused.sentence, &input, None);
    }
}

fn quoted(reading: &Reading) -> String {
    String::from_utf8_lossy(&frames::reading_data(reading)).into_owned()
}
