//! The JSON of every frame that the server sends. Times are RFC 3339, UTC, with `Z` and milliseconds.

use crate::domain::{
    backlog::Gap,
    moment::Moment,
    reading::Reading,
    rounding::{one_decimal, two_decimals},
    site::Site,
    wall::{SiteStats, WallLot},
};
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// An input that is quoted back in an `error` frame is cut at this many bytes.
const QUOTED_INPUT_BYTES: usize = 1024;

/// A time as it goes over the wire.
#[derive(Debug, Clone, Copy)]
pub struct At(pub Timestamp);

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The fields of a reading as screens get them: those of the message that brought it, in its order.
#[derive(Debug, Serialize)]
pub struct ReadingData<'a> {
    code_lot: &'a str,
    gaveur_id: i32,
    gaveur_nom: &'a str,
    site: Site,
    genetique: &'a str,
    jour: i32,
    moment: Moment,
    dose_theorique: Option<f64>,
    dose_reelle: f64,
    poids_moyen: Option<f64>,
    nb_canards_vivants: Option<i32>,
    taux_mortalite: Option<f64>,
    temperature_stabule: Option<f64>,
    humidite_stabule: Option<f64>,
    timestamp: &'a str,
    pret_abattage: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    simule: bool,
}

impl<'a> From<&'a Reading> for ReadingData<'a> {
    fn from(reading: &'a Reading) -> Self {
        ReadingData {
            code_lot: &reading.code_lot,
            gaveur_id: reading.gaveur_id,
            gaveur_nom: &reading.gaveur_nom,
            site: reading.site,
            genetique: &reading.genetique,
            jour: reading.jour,
            moment: reading.moment,
            dose_theorique: reading.dose_theorique,
            dose_reelle: reading.dose_reelle,
            poids_moyen: reading.poids_moyen,
            nb_canards_vivants: reading.nb_canards_vivants,
            taux_mortalite: reading.taux_mortalite,
            temperature_stabule: reading.temperature_stabule,
            humidite_stabule: reading.humidite_stabule,
            timestamp: &reading.horodatage.texte,
            pret_abattage: reading.pret_abattage,
            simule: reading.simule,
        }
    }
}

/// One frame is one JSON object; `type` comes first.
pub(super) fn encode(frame: &impl Serialize) -> Bytes {
    // Serialising our own frame types cannot fail: their keys are strings and their numbers are finite.
    serde_json::to_vec(frame)
        .map(Bytes::from)
        .unwrap_or_default()
}

/// JSON of the fields of a reading, shared by every frame that carries it.
pub fn reading_data(reading: &Reading) -> Bytes {
    encode(&ReadingData::from(reading))
}

/// A data frame that still lacks its place in the stream: the last brace is open for `seq`.
pub fn data_frame(kind: &str, data: &[u8], now: Timestamp) -> Bytes {
    let head = format!("{{\"type\":\"{kind}\",\"data\":");
    let tail = format!(",\"timestamp\":\"{}\"", At(now));
    [head.as_bytes(), data, tail.as_bytes()].concat().into()
}

pub fn site_stats(sites: &[SiteStats], now: Timestamp) -> Bytes {
    let sites: Vec<_> = sites.iter().map(SiteStatsData::from).collect();
    let sites = encode(&sites);
    let tail = format!(",\"timestamp\":\"{}\"", At(now));
    [
        b"{\"type\":\"site_stats\",\"sites\":",
        sites.as_ref(),
        tail.as_bytes(),
    ]
    .concat()
    .into()
}

/// Nothing newer than this was stored (`stale`), or, without a moment, what is stored is shown as it comes (`fresh`).
pub fn staleness(since: Option<Timestamp>, now: Timestamp) -> Bytes {
    #[derive(Serialize)]
    struct Frame {
        r#type: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        since: Option<At>,
        timestamp: At,
    }
    encode(&Frame {
        r#type: if since.is_some() { "stale" } else { "fresh" },
        since: since.map(At),
        timestamp: At(now),
    })
}

/// What closes a data frame: its place in its stream.
pub fn seq_tail(seq: u64) -> String {
    format!(",\"seq\":{seq}}}")
}

#[derive(Serialize)]
struct SiteStatsData {
    site_code: Site,
    nom: &'static str,
    region: &'static str,
    lots: usize,
    canards_vivants: Option<i64>,
    poids_moyen: Option<f64>,
    taux_mortalite: Option<f64>,
    dernier_releve: Option<At>,
    simule: bool,
}

impl From<&SiteStats> for SiteStatsData {
    fn from(stats: &SiteStats) -> Self {
        SiteStatsData {
            site_code: stats.site,
            nom: stats.site.nom(),
            region: stats.site.region(),
            lots: stats.lots,
            canards_vivants: stats.canards_vivants,
            poids_moyen: stats.poids_moyen.map(one_decimal),
            taux_mortalite: stats.taux_mortalite.map(two_decimals),
            dernier_releve: stats.dernier_releve.map(At),
            simule: stats.simule,
        }
    }
}

/// The state of the wall when a screen arrives; what follows are deltas from `seq` on.
pub fn snapshot(
    lots: &[WallLot],
    sites: &[SiteStats],
    epoch: &str,
    seq: u64,
    now: Timestamp,
) -> Bytes {
    let mut json = format!("{{\"type\":\"snapshot\",\"timestamp\":\"{}\",\"epoch\":\"{epoch}\",\"seq\":{seq},\"lots\":[", At(now)).into_bytes();
    for (index, lot) in lots.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        // The lot's data is an object: its closing brace makes room for the time of arrival.
        json.extend_from_slice(lot.data.strip_suffix(b"}").unwrap_or(&lot.data));
        json.extend_from_slice(format!(",\"recu_le\":\"{}\"}}", At(lot.recu_le)).as_bytes());
    }
    let sites: Vec<_> = sites.iter().map(SiteStatsData::from).collect();
    json.extend_from_slice(b"],\"sites\":");
    json.extend_from_slice(&encode(&sites));
    json.push(b'}');
    json.into()
}

#[derive(Serialize)]
struct Plain<'a> {
    r#type: &'static str,
    timestamp: At,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_connections: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filters: Option<&'a RawValue>,
}

fn plain<'a>(kind: &'static str, now: Timestamp) -> Plain<'a> {
    Plain {
        r#type: kind,
        timestamp: At(now),
        message: None,
        active_connections: None,
        filters: None,
    }
}

pub fn connection_established(
    message: &str,
    active_connections: Option<usize>,
    now: Timestamp,
) -> Bytes {
    encode(&Plain {
        message: Some(message),
        active_connections,
        ..plain("connection_established", now)
    })
}

pub fn ping(now: Timestamp) -> Bytes {
    encode(&plain("ping", now))
}

pub fn heartbeat_ack(now: Timestamp) -> Bytes {
    encode(&plain("heartbeat_ack", now))
}

/// First frame of a tab that asked to resume: the stream goes on behind `to`, after `replayed` frames from `from` on.
#[derive(Debug, Default)]
pub struct Resume<'a> {
    pub recovered: bool,
    pub epoch: &'a str,
    pub from: u64,
    pub to: u64,
    pub replayed: usize,
    /// Why it was not recovered.
    pub reason: Option<&'static str>,
    /// History has everything that was missed from here on.
    pub missed_since: Option<Timestamp>,
}

pub fn resume(resume: &Resume<'_>, now: Timestamp) -> Bytes {
    #[derive(Serialize)]
    struct Frame<'a> {
        r#type: &'static str,
        recovered: bool,
        epoch: &'a str,
        from: u64,
        to: u64,
        replayed: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        missed_since: Option<At>,
        timestamp: At,
    }
    encode(&Frame {
        r#type: "resume",
        recovered: resume.recovered,
        epoch: resume.epoch,
        from: resume.from,
        to: resume.to,
        replayed: resume.replayed,
        reason: resume.reason,
        missed_since: resume.missed_since.map(At),
        timestamp: At(now),
    })
}

/// Frames were left out for a screen that is too slow: the newest value of each lot follows.
pub fn gap(gap: Gap, now: Timestamp) -> Bytes {
    #[derive(Serialize)]
    struct Frame {
        r#type: &'static str,
        from: u64,
        to: u64,
        skipped: u64,
        timestamp: At,
    }
    encode(&Frame {
        r#type: "gap",
        from: gap.from,
        to: gap.to,
        skipped: gap.skipped,
        timestamp: At(now),
    })
}

/// Echoes the filters as they were sent.
pub fn subscribe_ack(filters: &RawValue, now: Timestamp) -> Bytes {
    encode(&Plain {
        filters: Some(filters),
        ..plain("subscribe_ack", now)
    })
}

pub fn unsubscribe_ack(now: Timestamp) -> Bytes {
    encode(&plain("unsubscribe_ack", now))
}

/// Ack of one reading: it is committed.
pub fn ack(reading: &Reading, now: Timestamp) -> Bytes {
    #[derive(Serialize)]
    struct Ack<'a> {
        r#type: &'static str,
        code_lot: &'a str,
        jour: i32,
        moment: Moment,
        timestamp: At,
        status: &'static str,
        poids_moyen: Option<f64>,
        taux_mortalite: Option<f64>,
    }
    encode(&Ack {
        r#type: "ack",
        code_lot: &reading.code_lot,
        jour: reading.jour,
        moment: reading.moment,
        timestamp: At(now),
        status: "saved",
        poids_moyen: reading.poids_moyen,
        taux_mortalite: reading.taux_mortalite,
    })
}

/// Ack of an array: every one of its readings is committed.
pub fn batch_ack(count: usize, now: Timestamp) -> Bytes {
    #[derive(Serialize)]
    struct BatchAck {
        r#type: &'static str,
        count: usize,
        timestamp: At,
        status: &'static str,
    }
    encode(&BatchAck {
        r#type: "ack",
        count,
        timestamp: At(now),
        status: "saved",
    })
}

/// Nothing of the input was stored; `retry_after_ms` is there when the same input may succeed later.
pub fn error(sentence: &str, input: &str, retry_after_ms: Option<u64>, now: Timestamp) -> Bytes {
    #[derive(Serialize)]
    struct Error<'a> {
        r#type: &'static str,
        timestamp: At,
        error: &'a str,
        data: Quoted<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<u64>,
    }
    encode(&Error {
        r#type: "error",
        timestamp: At(now),
        error: sentence,
        data: quoted(input),
        retry_after_ms,
    })
}

/// The input as JSON where it is short JSON that any client can read (no lone surrogates, no deep nesting, no number beyond
/// a double), else the beginning of its text.
#[derive(Serialize)]
#[serde(untagged)]
enum Quoted<'a> {
    Json(&'a RawValue),
    Text(&'a str),
}

fn quoted(input: &str) -> Quoted<'_> {
    if input.len() > QUOTED_INPUT_BYTES {
        return Quoted::Text(&input[..input.floor_char_boundary(QUOTED_INPUT_BYTES)]);
    }
    let readable =
        serde_json::from_str::<serde_json::Value>(input).and_then(|_| serde_json::from_str(input));
    readable.map_or(Quoted::Text(input), Quoted::Json)
}

#[cfg(test)]
mod tests;
