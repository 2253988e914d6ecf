//! `/ws/gavage`: receives readings and sends acks.

use super::{Endpoint, IngestQuota, Listening, Session, admission::Admission};
use crate::{
    domain::{
        access::Policy, grant::WriteScope, last_words::Speaker, producers::Producer,
        reading::Reading, reasons::ErrorReason, site::Site,
    },
    messages::{
        session_to_writer::{Answering, StoreReadings},
        writer_to_session::{ReadingsAcked, ReadingsRefused},
    },
    protocol::{
        frames::{ServerFrame, reading_data},
        gavage::{GavageMessage, parse},
        input::InputRules,
    },
    telemetry::zones::ZoneWatch,
    websocket::Limits,
};
use actix::{AsyncContext, Context, Handler, Recipient};
use jiff::Timestamp;
use std::sync::Arc;

/// The link to the writer, with the quota of its queue.
#[derive(Clone)]
pub struct Ingest {
    pub store: Recipient<StoreReadings>,
    pub quota: IngestQuota,
    pub rules: InputRules,
    pub zones: ZoneWatch,
}

/// The endpoint of a producer of readings.
pub struct Gavage {
    ingest: Arc<Ingest>,
    answering: Option<Arc<Answering>>,
    limits: Limits,
    writing: WriteScope,
    /// The gaveurs whose messages were received in this turn, in their order, and how many of each.
    heard: Vec<Heard>,
}

struct Heard {
    gaveur_id: i32,
    site: Site,
    messages: u64,
}

impl Gavage {
    pub fn new(ingest: Ingest, limits: Limits, writing: WriteScope) -> Self {
        Gavage {
            ingest: Arc::new(ingest),
            answering: None,
            limits,
            writing,
            heard: Vec::new(),
        }
    }
}

impl Endpoint for Gavage {
    fn name(&self) -> &'static str {
        "gavage"
    }

    fn policy(&self) -> Policy {
        Policy::Feed
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn open(session: &mut Session<Self>, _: &mut Context<Session<Self>>) -> Option<Listening> {
        session.greet_producer("Connecté au flux gavage");
        None
    }

    fn text(session: &mut Session<Self>, text: String, ctx: &mut Context<Session<Self>>) {
        let now = Timestamp::now();
        match parse(&text, &session.endpoint.ingest.rules, now) {
            Ok(message) => {
                if let Err(sentence) = session.admits(&message) {
                    return session.refuse(ErrorReason::Forbidden, &sentence, &text, None);
                }
                session.watch_zones(&message, now);
                session.note_producers(&message);
                session.bad_messages = 0;
                session.store(message, text, ctx);
            }
            Err(fault) => {
                session.refuse(fault.reason(), &fault.to_string(), &text, None);
                session.note_bad(ctx);
            }
        }
    }

    fn turn_ended(session: &mut Session<Self>) {
        let heard = &mut session.endpoint.heard;
        if heard.is_empty() {
            return;
        }
        let (mut producers, now) = (session.links.metrics.producers.open(), Timestamp::now());
        for Heard {
            gaveur_id,
            site,
            messages,
        } in heard.drain(..)
        {
            producers.note(Producer::Gaveur(gaveur_id), Some(site), messages, now);
        }
    }
}

impl Session<Gavage> {
    /// A message is admitted whole or not at all.
    fn admits(&self, message: &GavageMessage) -> Result<(), String> {
        let writing = &self.endpoint.writing;
        let mut readings = message.readings().iter();
        readings.try_for_each(|reading| writing.admits_meal(reading.site, reading.gaveur_id))
    }

    fn watch_zones(&self, message: &GavageMessage, now: Timestamp) {
        let Ingest { rules, zones, .. } = &*self.endpoint.ingest;
        for reading in message.readings() {
            if reading.horodatage.is_naive() {
                let producer = format!("gaveur {}", reading.gaveur_id);
                zones.note(&producer, reading.horodatage.instant, now, &rules.zone);
            }
        }
    }

    /// Readings of one gaveur in a row are one message of his. All sessions share the list of producers, so it is told once a turn.
    fn note_producers(&mut self, message: &GavageMessage) {
        let heard = &mut self.endpoint.heard;
        let mut before = None;
        for reading in message.readings() {
            let (gaveur_id, site) = (reading.gaveur_id, reading.site);
            if before.replace(gaveur_id) == Some(gaveur_id) {
                continue;
            }
            match heard.last_mut() {
                Some(last) if (last.gaveur_id, last.site) == (gaveur_id, site) => {
                    last.messages += 1
                }
                _ => heard.push(Heard {
                    gaveur_id,
                    site,
                    messages: 1,
                }),
            }
        }
    }

    fn store(&mut self, message: GavageMessage, text: String, ctx: &mut Context<Self>) {
        let left = self.note_presence();
        let (cid, last_there, socket) = (self.cid, self.last_there, self.socket.clone());
        let (ingest, sender) = (self.endpoint.ingest.clone(), self.answering(ctx));
        let to = ingest.clone();
        let writing = &self.endpoint.writing;
        let (take_over, is_simulated) = (writing.take_over(), writing.is_simulated);
        self.admit(&ingest.quota, text, ctx, move |share, admission| {
            let has_left_since = || socket.is_some_and(|socket| socket.has_left());
            let left_after = match admission {
                Admission::AtOnce => left,
                Admission::Later => has_left_since().then_some(last_there),
            };
            let is_batch = matches!(message, GavageMessage::Batch(_));
            let mut readings = message.into_readings();
            for reading in &mut readings {
                reading.take_over = take_over;
                reading.simule |= is_simulated;
            }
            to.store.do_send(StoreReadings {
                speaker: Speaker { cid, left_after },
                is_batch,
                readings,
                share,
                sender,
            });
        });
    }

    fn answering(&mut self, ctx: &Context<Self>) -> Arc<Answering> {
        let answering = self.endpoint.answering.get_or_insert_with(|| {
            let (acked, refused) = (ctx.address().recipient(), ctx.address().recipient());
            Arc::new(Answering { acked, refused })
        });
        answering.clone()
    }
}

impl Handler<ReadingsAcked> for Session<Gavage> {
    type Result = ();

    fn handle(&mut self, acked: ReadingsAcked, ctx: &mut Self::Context) {
        let now = Timestamp::now();
        let ack = match (acked.readings.as_slice(), acked.is_batch) {
            ([reading], false) => ServerFrame::reading_ack(reading, now),
            (readings, _) => ServerFrame::batch_ack(readings.len(), now),
        };
        if self.reply(&ack) {
            self.links.metrics.acks.inc();
        }
        self.answered(ctx);
    }
}

impl Handler<ReadingsRefused> for Session<Gavage> {
    type Result = ();

    fn handle(&mut self, refused: ReadingsRefused, ctx: &mut Self::Context) {
        let input = refused.readings.first().map(quoted).unwrap_or_default();
        self.refuse(ErrorReason::Database, &refused.sentence, &input, None);
        self.answered(ctx);
    }
}

fn quoted(reading: &Reading) -> String {
    String::from_utf8_lossy(&reading_data(reading)).into_owned()
}
