//! Counters and histograms, served as Prometheus text.

use super::{process, sessions::SessionStats, status::ProducerWatch};
use crate::domain::{
    oidc::renewal::Renewal,
    reasons::{DropReason, ErrorReason, RefusalReason},
    stream::Topic as StreamTopic,
    unwritten::Unwritten,
};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};
use std::sync::{Arc, atomic::AtomicU64};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Reason {
    pub reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Outcome {
    pub outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Endpoint {
    pub endpoint: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Topic {
    pub topic: &'static str,
}

/// Every metric of the process; clones share them.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    /// Readings committed, repeats and corrections included.
    pub readings_stored: Counter,
    /// Samples of quality stations committed, without repeats.
    pub samples_stored: Counter,
    /// Ack frames sent to a session.
    pub acks: Counter,
    /// Messages answered with an `error` frame.
    pub errors: Family<Reason, Counter>,
    /// Readings per transaction.
    pub batch_size: Histogram,
    /// From the start of a transaction to the answer to its commit, s.
    pub commit_seconds: Histogram,
    /// Attempts to write a batch that failed because the database was unavailable.
    pub write_retries: Counter,
    waiting_readings: Gauge,
    waiting_samples: Gauge,
    /// 1 while no source finds the database unavailable.
    pub database_up: Gauge,
    /// Other processes that serve the same database.
    pub other_servers: Gauge,
    /// Position up to which the journal is published.
    pub journal_position: Gauge,
    /// Age of what was read last of other processes, s.
    pub journal_lag: Gauge<f64, AtomicU64>,
    /// How many of their entries were read at once last.
    pub journal_lag_entries: Gauge,
    /// Times that an own entry had to wait for those before it.
    pub journal_gaps: Counter,
    /// Times that the connection to the journal was opened anew.
    pub journal_reconnects: Counter,
    /// 1 while the transport of the news of other processes' entries is away.
    pub transport_away: Gauge,
    /// Times that it went away.
    pub transport_outages: Counter,
    /// News by which it woke this process.
    pub transport_wakes: Counter,
    /// Who was last heard when.
    pub producers: ProducerWatch,
    pub sessions: Family<Endpoint, Gauge>,
    /// Who is here, who may come back, and who left and why.
    pub session_stats: SessionStats,
    /// Frames handed to the queue of a listener.
    pub deliveries: Family<Topic, Counter>,
    /// Frames and messages that were dropped.
    pub drops: Family<Reason, Counter>,
    /// Requests that were refused because of who sends them.
    pub refusals: Family<Reason, Counter>,
    /// What became of the renewals of logins.
    login_renewals: Family<Outcome, Counter>,
    resident_memory: Gauge,
    open_files: Gauge,
}

impl Metrics {
    pub fn new() -> Self {
        let mut root = Registry::default();
        let resident_memory = Gauge::default();
        root.register_with_unit(
            "process_resident_memory",
            "Resident memory of the process",
            Unit::Bytes,
            resident_memory.clone(),
        );
        let open_files = Gauge::default();
        root.register(
            "process_open_fds",
            "Files and sockets that the process has open",
            open_files.clone(),
        );
        let registry = root.sub_registry_with_prefix("gaveurs");
        let readings_stored = Counter::default();
        let samples_stored = Counter::default();
        let acks = Counter::default();
        let errors = Family::default();
        let batch_size =
            Histogram::new([1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0]);
        let commit_seconds = Histogram::new([
            0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0,
        ]);
        let write_retries = Counter::default();
        let waiting_readings = Gauge::default();
        let waiting_samples = Gauge::default();
        let database_up = Gauge::default();
        let other_servers = Gauge::default();
        let journal_position = Gauge::default();
        let journal_lag = Gauge::<f64, AtomicU64>::default();
        let journal_lag_entries = Gauge::default();
        let journal_gaps = Counter::default();
        let journal_reconnects = Counter::default();
        let transport_away = Gauge::default();
        let transport_outages = Counter::default();
        let transport_wakes = Counter::default();
        let sessions = Family::default();
        let session_stats = SessionStats::default();
        let deliveries = Family::default();
        let drops = Family::default();
        let refusals = Family::default();
        let login_renewals = Family::default();
        registry.register(
            "readings_stored",
            "Readings committed",
            readings_stored.clone(),
        );
        registry.register(
            "samples_stored",
            "Samples of quality stations committed",
            samples_stored.clone(),
        );
        registry.register("acks", "Ack frames sent", acks.clone());
        registry.register("errors", "Error frames sent, by reason", errors.clone());
        registry.register("batch_size", "Readings per transaction", batch_size.clone());
        registry.register_with_unit(
            "commit",
            "Duration of a transaction",
            Unit::Seconds,
            commit_seconds.clone(),
        );
        registry.register(
            "write_retries",
            "Batches put back because the database was away",
            write_retries.clone(),
        );
        registry.register(
            "waiting_readings",
            "Readings received and not written yet",
            waiting_readings.clone(),
        );
        registry.register(
            "waiting_samples",
            "Samples received and not written yet",
            waiting_samples.clone(),
        );
        registry.register(
            "database_up",
            "1 while the database is available",
            database_up.clone(),
        );
        registry.register(
            "other_servers",
            "Other servers that use the same database",
            other_servers.clone(),
        );
        registry.register(
            "journal_position",
            "Position up to which the journal is published",
            journal_position.clone(),
        );
        registry.register_with_unit(
            "journal_lag",
            "Age of the oldest entry of other servers that was read last; 0 once all are published",
            Unit::Seconds,
            journal_lag.clone(),
        );
        registry.register(
            "journal_lag_entries",
            "Entries of other servers that were read at once last; 0 once all are published",
            journal_lag_entries.clone(),
        );
        registry.register(
            "journal_gaps",
            "Times that entries had to be read because a later one was there before them",
            journal_gaps.clone(),
        );
        registry.register(
            "journal_reconnects",
            "Times that the connection to the journal was opened anew",
            journal_reconnects.clone(),
        );
        registry.register(
            "transport_away",
            "1 while NATS is away: what other servers store is seen up to a second late",
            transport_away.clone(),
        );
        registry.register(
            "transport_outages",
            "Times that NATS went away",
            transport_outages.clone(),
        );
        registry.register(
            "transport_wakes",
            "News of other servers' entries that NATS brought before they were read",
            transport_wakes.clone(),
        );
        registry.register(
            "sessions",
            "Open WebSocket sessions, by endpoint",
            sessions.clone(),
        );
        registry.register_collector(Box::new(session_stats.clone()));
        registry.register(
            "deliveries",
            "Frames queued for a listener, by topic",
            deliveries.clone(),
        );
        registry.register("drops", "Frames dropped, by reason", drops.clone());
        registry.register(
            "refusals",
            "Requests refused because of who sends them, by reason",
            refusals.clone(),
        );
        registry.register(
            "login_renewals",
            "Attempts to renew a login at the identity provider, by outcome",
            login_renewals.clone(),
        );
        let metrics = Metrics {
            registry: Arc::new(root),
            readings_stored,
            samples_stored,
            acks,
            errors,
            batch_size,
            commit_seconds,
            write_retries,
            waiting_readings,
            waiting_samples,
            database_up,
            other_servers,
            journal_position,
            journal_lag,
            journal_lag_entries,
            journal_gaps,
            journal_reconnects,
            transport_away,
            transport_outages,
            transport_wakes,
            producers: ProducerWatch::default(),
            sessions,
            session_stats,
            deliveries,
            drops,
            refusals,
            login_renewals,
            resident_memory,
            open_files,
        };
        metrics.begin_at_zero();
        metrics
    }

    /// A counter that appears with its first event would hide this event from `increase()`.
    fn begin_at_zero(&self) {
        for reason in DropReason::ALL {
            self.dropped(reason, 0);
        }
        for reason in ErrorReason::ALL.map(ErrorReason::as_str) {
            self.errors.get_or_create(&Reason { reason }).inc_by(0);
        }
        for reason in RefusalReason::ALL.map(RefusalReason::as_str) {
            self.refusals.get_or_create(&Reason { reason }).inc_by(0);
        }
    }

    pub fn error(&self, reason: ErrorReason) {
        let reason = reason.as_str();
        self.errors.get_or_create(&Reason { reason }).inc();
    }

    pub fn dropped(&self, reason: DropReason, frames: u64) {
        let reason = reason.as_str();
        self.drops.get_or_create(&Reason { reason }).inc_by(frames);
    }

    pub fn refused(&self, reason: RefusalReason) {
        let reason = reason.as_str();
        self.refusals.get_or_create(&Reason { reason }).inc();
    }

    pub fn login_renewed(&self, outcome: Renewal) {
        let outcome = outcome.as_str();
        let label = Outcome { outcome };
        self.login_renewals.get_or_create(&label).inc();
    }

    /// Something waits to be written.
    pub fn waits(&self, more: Unwritten) {
        self.waiting_readings.inc_by(more.readings as i64);
        self.waiting_samples.inc_by(more.samples as i64);
    }

    /// It was written, or refused.
    pub fn waits_no_more(&self, less: Unwritten) {
        self.waiting_readings.dec_by(less.readings as i64);
        self.waiting_samples.dec_by(less.samples as i64);
    }

    pub fn waiting(&self) -> Unwritten {
        let count = |gauge: &Gauge| gauge.get().max(0) as usize;
        Unwritten {
            readings: count(&self.waiting_readings),
            samples: count(&self.waiting_samples),
        }
    }

    pub fn errors_of(&self, reason: ErrorReason) -> u64 {
        let reason = reason.as_str();
        self.errors.get_or_create(&Reason { reason }).get()
    }

    pub fn drops_of(&self, reason: DropReason) -> u64 {
        let reason = reason.as_str();
        self.drops.get_or_create(&Reason { reason }).get()
    }

    /// Open sessions of an endpoint.
    pub fn open_sessions(&self, endpoint: &'static str) -> u64 {
        let open = self.sessions.get_or_create(&Endpoint { endpoint }).get();
        u64::try_from(open).unwrap_or(0)
    }

    /// Frames queued for the listeners of all topics.
    pub fn all_deliveries(&self) -> u64 {
        let of = |topic| self.deliveries.get_or_create(&Topic { topic }).get();
        StreamTopic::LABELS.into_iter().map(of).sum()
    }

    /// OpenMetrics text, which Prometheus reads.
    pub fn text(&self) -> String {
        if let Some(bytes) = process::resident_bytes() {
            self.resident_memory.set(bytes.cast_signed());
        }
        if let Some(files) = process::open_files() {
            self.open_files.set(files.cast_signed());
        }
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}
