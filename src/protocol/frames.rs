//! The wire contract: every frame that the server sends ([`ServerFrame`]) and every frame that it accepts from screens ([`ClientFrame`]).
//! Messages of producers and stations are parsed in `gavage.rs` and `sensors.rs`.
//!
//! Times are RFC 3339 in UTC, with `Z` and milliseconds. The order of the fields is the order of the keys in the JSON.

mod client;
mod data;
mod encoded;
mod ratings;

pub use client::ClientFrame;
pub use data::{
    At, DeletedMealData, LotData, PlanData, Quoted, ReadingData, SiteStatsData, TransitionData,
    reading_data,
};
pub use encoded::OpenFrame;
pub use ratings::{RatingData, RatingOfLot};

use super::{
    alerts::{AlertData, AlertPayload, AlerteData},
    recommandation::AdviceData,
    sensors::update::{IsoTime, SampleData, TofData},
};
use crate::domain::{backlog::Gap, moment::Moment, quality::Grade, reading::Reading};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

/// One frame is one JSON object; `type` is its first key.
///
/// Frames of a stream (readings, samples, alerts, site figures) have `seq` as their last key. They are encoded as an [`OpenFrame`] before
/// their `seq` is known.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame<'a> {
    /// Welcome.
    ConnectionEstablished {
        timestamp: At,
        message: &'a str,
        /// For supervision: number of connected screens, including this one.
        #[serde(skip_serializing_if = "Option::is_none")]
        active_connections: Option<usize>,
    },
    /// Sent to a screen that has been silent for long.
    Ping {
        timestamp: At,
    },
    /// A sign of life for tabs, which say so when it does not come: after this many milliseconds follows the next.
    Beat {
        timestamp: At,
        every_ms: u64,
    },
    /// The key or the login of this screen ends soon; then the connection closes with 4401.
    AuthExpiring {
        expires_at: At,
        timestamp: At,
    },
    /// Answer to the `auth` of a screen: its new token is in force.
    AuthAck {
        expires_at: Option<At>,
        timestamp: At,
    },
    /// Answer to the `heartbeat` of a screen.
    HeartbeatAck {
        timestamp: At,
    },
    /// Echoes the filters as they were sent.
    SubscribeAck {
        timestamp: At,
        filters: &'a RawValue,
    },
    UnsubscribeAck {
        timestamp: At,
    },

    /// First frame to a tab that asked to resume: `replayed` frames from `from` on follow, then the stream continues after `to`.
    Resume {
        recovered: bool,
        epoch: &'a str,
        from: u64,
        to: u64,
        replayed: usize,
        /// Why the position could not be resumed from.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'static str>,
        /// Everything that was missed is in the history from this time on.
        #[serde(skip_serializing_if = "Option::is_none")]
        missed_since: Option<At>,
        timestamp: At,
    },
    /// Frames were left out for a slow screen; the newest value of each lot follows.
    Gap {
        from: u64,
        to: u64,
        skipped: u64,
        timestamp: At,
    },
    /// The database is unavailable: nothing newer than `since` was stored.
    Stale {
        since: At,
        timestamp: At,
    },
    /// The database is available again.
    Fresh {
        timestamp: At,
    },
    /// The state of the wall for a new screen; the frames after it are changes, from `seq` on.
    Snapshot {
        timestamp: At,
        epoch: &'a str,
        seq: u64,
        lots: Vec<LotData<'a>>,
        sites: &'a [SiteStatsData],
        /// Which of several frames of one snapshot this is, from 1 on.
        #[serde(flatten, skip_serializing_if = "Option::is_none")]
        part: Option<Part>,
    },

    /// A reading. To the gaveur who gave it its type is `gavage` (see [`OpenFrame::close`]).
    GavageRealtime {
        data: ReadingData<'a>,
        timestamp: At,
    },
    /// A lot has moved in its life cycle.
    Lot {
        data: TransitionData<'a>,
        timestamp: At,
    },
    /// A plan of a lot on the wall was validated, or a lot with a plan has come.
    Plan {
        data: PlanData<'a>,
        timestamp: At,
    },
    /// A consumer has rated a product, for supervision.
    ConsumerFeedback {
        data: RatingData<'a>,
        timestamp: At,
    },
    /// The same for the gaveur of the lot.
    Avis {
        data: RatingOfLot<'a>,
        timestamp: At,
    },
    /// A meal was deleted. The lot's front follows as a reading, if that was it.
    RepasSupprime {
        data: DeletedMealData<'a>,
        timestamp: At,
    },
    /// Figures of the sites.
    SiteStats {
        sites: &'a [SiteStatsData],
        timestamp: At,
    },
    /// A sample, for supervision. The station's JSON blocks are passed through unchanged.
    SensorUpdate {
        timestamp: IsoTime,
        sample_id: &'a str,
        device_id: &'a str,
        vl53l8ch: Option<TofData<'a>>,
        as7341: Option<&'a RawValue>,
        fusion: &'a RawValue,
        /// Judged by our rule.
        sample: Box<SampleData<'a>>,
    },
    /// A change of an alert, for supervision.
    Alert {
        timestamp: At,
        event: &'static str,
        data: Box<AlertData>,
        payload: AlertPayload,
        message: String,
    },
    /// The same for the gaveur of the lot.
    Alerte {
        timestamp: At,
        event: &'static str,
        data: Box<AlerteData>,
        /// `low`, `medium`, `high` or `critical`.
        priority: &'static str,
    },

    /// A piece of advice has moved to another state: for supervision, and for the gaveur once it was sent to him.
    Recommandation {
        timestamp: At,
        data: Box<AdviceData>,
        priority: &'static str,
    },

    /// The reading is committed.
    #[serde(rename = "ack")]
    ReadingAck {
        code_lot: &'a str,
        jour: i32,
        moment: Moment,
        timestamp: At,
        status: Status,
        poids_moyen: Option<f64>,
        taux_mortalite: Option<f64>,
    },
    /// Every reading of the array is committed.
    #[serde(rename = "ack")]
    BatchAck {
        count: usize,
        timestamp: At,
        status: Status,
    },
    /// The sample is committed. `fusion` is the same as in the screens' frame; the final grade follows our rule.
    #[serde(rename = "ack")]
    SampleAck {
        sample_id: &'a str,
        timestamp: At,
        status: Status,
        fusion_score: Option<f64>,
        fusion_grade: Option<Grade>,
        final_grade: Option<Grade>,
    },
    /// The input was refused; nothing of it was stored.
    Error {
        timestamp: At,
        /// One sentence.
        error: &'a str,
        /// The input.
        data: Quoted<'a>,
        /// Set if the same input may succeed later.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<u64>,
    },
    /// Answer to a station's hello.
    HelloAck {
        timestamp: At,
        message: &'a str,
    },
    /// Answer to a station's `ping` message.
    Pong {
        timestamp: At,
    },

    /// A flat notification, in which `type` is the severity and is not the first key. Screens show each id once.
    #[serde(untagged)]
    Notification {
        id: String,
        /// `info`, `warning` or `error`.
        r#type: &'static str,
        title: &'static str,
        message: String,
        timestamp: At,
    },
}

/// A place among the frames of one snapshot.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Part {
    pub part: usize,
    pub parts: usize,
}

/// What happened to acknowledged input.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Saved,
}

impl<'a> ServerFrame<'a> {
    /// `stale`, or `fresh` if `since` is `None`.
    pub fn staleness(since: Option<Timestamp>, now: Timestamp) -> Self {
        let timestamp = At(now);
        match since {
            Some(since) => ServerFrame::Stale {
                since: At(since),
                timestamp,
            },
            None => ServerFrame::Fresh { timestamp },
        }
    }

    pub fn gap(gap: Gap, now: Timestamp) -> Self {
        ServerFrame::Gap {
            from: gap.from,
            to: gap.to,
            skipped: gap.skipped,
            timestamp: At(now),
        }
    }

    pub fn reading_ack(reading: &'a Reading, now: Timestamp) -> Self {
        ServerFrame::ReadingAck {
            code_lot: &reading.code_lot,
            jour: reading.jour,
            moment: reading.moment,
            timestamp: At(now),
            status: Status::Saved,
            poids_moyen: reading.poids_moyen,
            taux_mortalite: reading.taux_mortalite,
        }
    }

    pub fn batch_ack(count: usize, now: Timestamp) -> Self {
        ServerFrame::BatchAck {
            count,
            timestamp: At(now),
            status: Status::Saved,
        }
    }

    /// An `error` frame that quotes the input or its beginning.
    pub fn error(
        sentence: &'a str,
        input: &'a str,
        retry_after_ms: Option<u64>,
        now: Timestamp,
    ) -> Self {
        ServerFrame::Error {
            timestamp: At(now),
            error: sentence,
            data: Quoted::of(input),
            retry_after_ms,
        }
    }
}

#[cfg(test)]
mod tests;
