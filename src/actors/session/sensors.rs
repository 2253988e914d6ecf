//! `/ws/sensors/`: samples of quality stations in, acks out.

use super::{Endpoint, Listening, Session, admission::Room};
use crate::{
    domain::{
        quality::sample::{Arrival, Sighting},
        reasons::ErrorReason,
    },
    messages::{
        session_to_matrix_writer::{StationSighted, StoreSample},
        writer_to_session::{SampleAcked, SampleRefused},
    },
    protocol::{
        frames::{At, ServerFrame},
        input::InputRules,
        sensors::{BadMessage, SensorMessage, parse, update},
    },
    telemetry::zones::ZoneWatch,
    websocket::{CloseCode, Ending, Limits},
};
use actix::{ActorFutureExt, AsyncContext, Context, Handler, Recipient, WrapFuture};
use jiff::Timestamp;
use tokio::task::spawn_blocking;

/// Frames from this size on are read apart from the worker, whose other sessions they would hold up, bytes.
const LARGE: usize = 8 * 1024;

/// The way of a sample into storage.
#[derive(Clone)]
pub struct SampleIngest {
    pub store: Recipient<StoreSample>,
    pub sighted: Recipient<StationSighted>,
    pub room: Room,
    pub rules: InputRules,
    pub zones: ZoneWatch,
}

/// A quality station.
pub struct Sensors {
    ingest: SampleIngest,
    limits: Limits,
}

impl Sensors {
    pub fn new(ingest: SampleIngest, limits: Limits) -> Self {
        Sensors { ingest, limits }
    }
}

impl Endpoint for Sensors {
    fn name(&self) -> &'static str {
        "sensors"
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn open(session: &mut Session<Self>, _: &mut Context<Session<Self>>) -> Option<Listening> {
        session.answer(&ServerFrame::ConnectionEstablished {
            timestamp: At::now(),
            message: "Connecté au flux des capteurs",
            active_connections: None,
        });
        // Whether a station is there shows in what it sends: many never read their acks.
        if let Some(socket) = &session.socket {
            socket.tolerate_not_reading();
        }
        None
    }

    fn text(session: &mut Session<Self>, text: String, ctx: &mut Context<Session<Self>>) {
        let (rules, now) = (session.endpoint.ingest.rules.clone(), Timestamp::now());
        if text.len() < LARGE {
            return session.hear(parse(&text, &rules, now), text, ctx);
        }
        session.inbound.close();
        let parsing = spawn_blocking(move || (parse(&text, &rules, now), text)).into_actor(session);
        ctx.spawn(parsing.map(|parsed, session, ctx| {
            session.inbound.open();
            match parsed {
                Ok((said, text)) => session.hear(said, text, ctx),
                Err(error) => {
                    log::error!("a message of a station could not be read: {error}");
                    session.end(Ending::WeClosed(CloseCode::Error.into()), ctx);
                }
            }
        }));
    }
}

impl Session<Sensors> {
    fn hear(
        &mut self,
        said: Result<SensorMessage, BadMessage>,
        text: String,
        ctx: &mut Context<Self>,
    ) {
        match said {
            Ok(SensorMessage::Sample(arrival)) => self.take(arrival, text, ctx),
            Ok(SensorMessage::Hello(sighting)) => {
                self.answer(&ServerFrame::HelloAck {
                    timestamp: At::now(),
                    message: &format!("Bienvenue, {}", sighting.device_id),
                });
                self.sighted(sighting);
            }
            Ok(SensorMessage::Heartbeat(sighting)) => {
                sighting.into_iter().for_each(|it| self.sighted(it));
            }
            Ok(SensorMessage::Ping) => {
                self.answer(&ServerFrame::Pong {
                    timestamp: At::now(),
                });
            }
            Err(fault) => {
                self.refuse(fault.reason(), &fault.to_string(), &text, None);
                self.note_bad(ctx);
                return;
            }
        }
        self.bad_messages = 0;
    }

    fn take(&mut self, arrival: Box<Arrival>, text: String, ctx: &mut Context<Self>) {
        let ingest = &self.endpoint.ingest;
        if let Some(read) = arrival.naive_time {
            let producer = format!("station {}", arrival.sample.device_id);
            let zone = &ingest.rules.zone;
            ingest.zones.note(&producer, read, Timestamp::now(), zone);
        }
        let (room, store, addr) = (ingest.room.clone(), ingest.store.clone(), ctx.address());
        let (acked, refused) = (addr.clone().recipient(), addr.clone().recipient());
        self.admit(&room, text, addr, move |room| {
            store.do_send(StoreSample {
                arrival,
                room,
                acked,
                refused,
            });
        });
    }

    fn sighted(&self, sighting: Sighting) {
        self.endpoint
            .ingest
            .sighted
            .do_send(StationSighted { sighting });
    }
}

impl Handler<SampleAcked> for Session<Sensors> {
    type Result = ();

    fn handle(&mut self, acked: SampleAcked, ctx: &mut Self::Context) {
        if self.answer(&update::ack(&acked.sample, Timestamp::now())) {
            self.peers.metrics.acks.inc();
        }
        self.answered(ctx);
    }
}

impl Handler<SampleRefused> for Session<Sensors> {
    type Result = ();

    fn handle(&mut self, refused: SampleRefused, ctx: &mut Self::Context) {
        self.refuse(
            ErrorReason::Database,
            &refused.sentence,
            &refused.sample_id,
            None,
        );
        self.answered(ctx);
    }
}
