//! `/ws/sensors/`: receives samples of quality stations and sends acks.

use super::{Endpoint, IngestQuota, Listening, Session};
use crate::{
    domain::{
        access::Policy,
        grant::WriteScope,
        producers::Producer,
        quality::sample::{DeviceReport, IncomingSample},
        reasons::ErrorReason,
    },
    messages::{
        session_to_matrix_writer::{DeviceReported, StoreSample},
        writer_to_session::{SampleAcked, SampleRefused},
    },
    protocol::{
        frames::{At, ServerFrame},
        input::InputRules,
        lenient::BadMessage,
        sensors::{SensorMessage, parse, update},
    },
    telemetry::zones::ZoneWatch,
    websocket::{CloseCode, Ending, Limits},
};
use actix::{ActorFutureExt, AsyncContext, Context, Handler, Recipient, WrapFuture};
use jiff::Timestamp;
use tokio::task::spawn_blocking;

/// Frames of at least this size, bytes, are parsed outside the worker thread, because they would delay its other sessions.
const LARGE: usize = 8 * 1024;

/// The link to the matrix writer, with the quota of its queue.
#[derive(Clone)]
pub struct SampleIngest {
    pub store: Recipient<StoreSample>,
    pub reported: Recipient<DeviceReported>,
    pub quota: IngestQuota,
    pub rules: InputRules,
    pub zones: ZoneWatch,
}

/// The endpoint of a quality station.
pub struct Sensors {
    ingest: SampleIngest,
    limits: Limits,
    writing: WriteScope,
}

impl Sensors {
    pub fn new(ingest: SampleIngest, limits: Limits, writing: WriteScope) -> Self {
        Sensors {
            ingest,
            limits,
            writing,
        }
    }
}

impl Endpoint for Sensors {
    fn name(&self) -> &'static str {
        "sensors"
    }

    fn policy(&self) -> Policy {
        Policy::Samples
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn open(session: &mut Session<Self>, _: &mut Context<Session<Self>>) -> Option<Listening> {
        session.greet_producer("Connecté au flux des capteurs");
        None
    }

    fn text(session: &mut Session<Self>, text: String, ctx: &mut Context<Session<Self>>) {
        let (rules, now) = (session.endpoint.ingest.rules.clone(), Timestamp::now());
        if text.len() < LARGE {
            return session.handle_message(parse(&text, &rules, now), text, ctx);
        }
        session.inbound.close();
        let parsing = spawn_blocking(move || (parse(&text, &rules, now), text)).into_actor(session);
        ctx.spawn(parsing.map(|parsed, session, ctx| {
            session.inbound.open();
            match parsed {
                Ok((message, text)) => session.handle_message(message, text, ctx),
                Err(error) => {
                    log::error!("a message of a station could not be read: {error}");
                    session.end(Ending::WeClosed(CloseCode::Error.into()), ctx);
                }
            }
        }));
    }
}

impl Session<Sensors> {
    fn handle_message(
        &mut self,
        message: Result<SensorMessage, BadMessage>,
        text: String,
        ctx: &mut Context<Self>,
    ) {
        if let Ok(message) = &message
            && let Err(sentence) = self.admits(message)
        {
            return self.refuse(ErrorReason::Forbidden, &sentence, &text, None);
        }
        if let Ok(message) = &message {
            self.note_producer(message);
        }
        match message {
            Ok(SensorMessage::Sample(incoming)) => self.store(incoming, text, ctx),
            Ok(SensorMessage::Hello(report)) => {
                self.reply(&ServerFrame::HelloAck {
                    timestamp: At::now(),
                    message: &format!("Bienvenue, {}", report.device_id),
                });
                self.report(report);
            }
            Ok(SensorMessage::Heartbeat(report)) => {
                report.into_iter().for_each(|it| self.report(it));
            }
            Ok(SensorMessage::Ping) => {
                self.reply(&ServerFrame::Pong {
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

    fn note_producer(&self, message: &SensorMessage) {
        let (device_id, site) = match message {
            SensorMessage::Sample(incoming) => (&incoming.sample.device_id, incoming.sample.site),
            SensorMessage::Hello(report) | SensorMessage::Heartbeat(Some(report)) => {
                (&report.device_id, report.site)
            }
            SensorMessage::Heartbeat(None) | SensorMessage::Ping => return,
        };
        let producers = &self.links.metrics.producers;
        let now = Timestamp::now();
        producers
            .open()
            .note(Producer::Station(device_id.clone()), site, 1, now);
    }

    fn store(&mut self, mut incoming: Box<IncomingSample>, text: String, ctx: &mut Context<Self>) {
        incoming.sample.simule |= self.endpoint.writing.is_simulated;
        let ingest = &self.endpoint.ingest;
        if let Some(read) = incoming.naive_time {
            let producer = format!("station {}", incoming.sample.device_id);
            let zone = &ingest.rules.zone;
            ingest.zones.note(&producer, read, Timestamp::now(), zone);
        }
        let (quota, store) = (ingest.quota.clone(), ingest.store.clone());
        let (acked, refused) = (ctx.address().recipient(), ctx.address().recipient());
        self.admit(&quota, text, ctx, move |share, _| {
            store.do_send(StoreSample {
                incoming,
                share,
                acked,
                refused,
            });
        });
    }

    fn admits(&self, message: &SensorMessage) -> Result<(), String> {
        let writing = &self.endpoint.writing;
        match message {
            SensorMessage::Sample(incoming) => {
                let sample = &incoming.sample;
                writing.admits_sample(&sample.device_id, sample.site)
            }
            SensorMessage::Hello(report) | SensorMessage::Heartbeat(Some(report)) => {
                writing.admits_report(&report.device_id, report.site)
            }
            SensorMessage::Heartbeat(None) | SensorMessage::Ping => Ok(()),
        }
    }

    fn report(&self, report: DeviceReport) {
        self.endpoint
            .ingest
            .reported
            .do_send(DeviceReported { report });
    }
}

impl Handler<SampleAcked> for Session<Sensors> {
    type Result = ();

    fn handle(&mut self, acked: SampleAcked, ctx: &mut Self::Context) {
        if self.reply(&update::ack(&acked.sample, Timestamp::now())) {
            self.links.metrics.acks.inc();
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
