//! All changes of lots, alerts and the queue of quality control, over one connection.

mod in_doubt;
mod journalling;
mod written_down;

use super::{
    Pool, StoreError, advice, alerts,
    audit::Deed,
    held::HeldConnection,
    journal::Telling,
    pending_lots::{self, Controlled},
    products, ratings,
    readings::{Readings, StoredReadings},
    samples::{Samples, StoredSamples},
};
use crate::domain::{
    advice::{
        Advice, Proposal,
        steps::{Asked as AdviceAsked, NotMoved},
    },
    alert::{Acknowledging, Alert, AlertEvent},
    audit::{Action, Author},
    consumer::{
        labelling::ProductChange,
        rating::{NewRating, NotRated, Rated},
    },
    control::Claimer,
    doubt::{Doubts, Mark},
    feed_deadlines::SilentLot,
    quality::sample::{DeviceReport, IncomingSample},
    reading::Reading,
};
pub use in_doubt::Overdue;
use jiff::{Timestamp, tz::TimeZone};
use journalling::JournalHead;
pub use journalling::Told;
use std::time::Duration;
use tokio::time::Instant;

/// Commits each call completely or not at all. After an error that is not about the data the call may be repeated, even if it is unknown
/// whether it was committed: that is harmless.
pub struct WriterStore {
    held: HeldConnection,
    /// Limits one transaction.
    deadline: Duration,
    /// Name of the zone of calendar days.
    zone: String,
    readings: Readings,
    samples: Samples,
    doubts: Doubts,
    /// When the outcome of a transaction was unknown first, since all were known last.
    in_doubt_since: Option<Instant>,
    /// Mark of the last transaction.
    mark: Mark,
    /// Number of readings, next to be written, that may have been committed without being published.
    unannounced: usize,
    journal: Option<JournalHead>,
}

impl WriterStore {
    /// `deadline` limits one transaction.
    pub fn new(pool: Pool, zone: TimeZone, deadline: Duration) -> Self {
        let zone_name = zone.iana_name().unwrap_or("UTC").to_owned();
        WriterStore {
            held: HeldConnection::new(pool, deadline),
            deadline,
            readings: Readings::new(zone),
            samples: Samples::new(zone_name.clone()),
            zone: zone_name,
            doubts: Doubts::default(),
            in_doubt_since: None,
            mark: 0,
            unannounced: 0,
            journal: None,
        }
    }

    /// `telling` says what the journal keeps of readings that raise and end no alerts.
    ///
    /// # Errors
    /// One that [`is_about_the_data`](StoreError::is_about_the_data) if at least one reading cannot be stored.
    pub async fn readings(
        &mut self,
        readings: &[&Reading],
        telling: Option<Telling<'_>>,
    ) -> Result<StoredReadings, StoreError> {
        let mark = self.next_mark();
        let has_untold = self.unannounced > 0;
        let memory = &mut self.readings;
        let written = self
            .held
            .transact(telling, async |client, ending| {
                memory
                    .write(client, mark, readings, has_untold, ending)
                    .await
            })
            .await;
        if written
            .as_ref()
            .is_err_and(|error| !error.is_about_the_data())
        {
            self.readings.forget_all();
            // What a transaction in doubt has committed is told by the journal.
            if self.journal.is_none() {
                self.unannounced = self.unannounced.max(readings.len());
            }
        }
        let mut stored = written?;
        if self.unannounced > 0 {
            // They may be repeats of readings that were committed but not published.
            self.unannounced = self.unannounced.saturating_sub(readings.len());
            stored.changed.extend(stored.lots.iter().map(|lot| lot.id));
        }
        Ok(stored)
    }

    /// Labels products of a lot, or recalls one. The inner error is a sentence about the state of the lot.
    ///
    /// # Errors
    /// Nothing was changed, or the outcome is unknown.
    pub async fn change_products(
        &mut self,
        change: &ProductChange,
        par: &str,
        author: &Author,
    ) -> Result<Result<(), String>, StoreError> {
        let zone = &self.zone;
        let work = async |client: &_| products::change(client, zone, change, par, author).await;
        self.held.change(work).await
    }

    /// Stores a rating.
    ///
    /// # Errors
    /// Nothing was stored, or the outcome is unknown.
    pub async fn rate(
        &mut self,
        rating: &NewRating,
    ) -> Result<Result<Rated, NotRated>, StoreError> {
        let rate = async |client: &_| ratings::rate(client, rating).await;
        self.held.change(rate).await
    }

    /// Erases the rating of a receipt; false if there is none.
    ///
    /// # Errors
    /// Nothing was erased, or the outcome is unknown.
    pub async fn erase(&mut self, receipt: &[u8]) -> Result<bool, StoreError> {
        self.held
            .run(async |client| ratings::erase(client, receipt).await)
            .await
    }

    /// Stores proposals that were not made before, and returns them.
    ///
    /// # Errors
    /// Nothing was stored, or the outcome is unknown.
    pub async fn raise_advice(
        &mut self,
        proposals: &[Proposal],
        request: i64,
    ) -> Result<Vec<Advice>, StoreError> {
        let raise = async |client: &_| advice::raise(client, proposals, request).await;
        self.held.change(raise).await
    }

    /// Ends the advice that nobody has answered in time, or whose lot has begun, and returns it.
    ///
    /// # Errors
    /// Nothing was changed, or the outcome is unknown.
    pub async fn expire_advice(&mut self, request: i64) -> Result<Vec<Advice>, StoreError> {
        let expire = async |client: &_| advice::expire(client, request).await;
        self.held.change(expire).await
    }

    /// Moves a piece of advice, and returns it after each state that it came into.
    ///
    /// # Errors
    /// Nothing was changed, or the outcome is unknown.
    pub async fn step_advice(
        &mut self,
        id: i64,
        asked: &AdviceAsked,
        par: &str,
        author: &Author,
    ) -> Result<Result<Vec<Advice>, NotMoved>, StoreError> {
        let step = async |client: &_| advice::step(client, id, asked, par, author).await;
        self.held.change(step).await
    }

    /// Stores the scores of samples whose matrices are stored, and reports about stations.
    ///
    /// # Errors
    /// One that [`is_about_the_data`](StoreError::is_about_the_data) if at least one of them cannot be stored.
    pub async fn samples(
        &mut self,
        incoming: &[&IncomingSample],
        device_reports: &[&DeviceReport],
    ) -> Result<StoredSamples, StoreError> {
        let mark = self.next_mark();
        let memory = &mut self.samples;
        self.held
            .transact(None, async |client, ending| {
                memory
                    .write(client, mark, incoming, device_reports, ending)
                    .await
            })
            .await
    }

    /// # Errors
    /// The call may be repeated.
    pub async fn raise_silence(
        &mut self,
        lots: &[SilentLot],
        now: Timestamp,
    ) -> Result<Vec<AlertEvent>, StoreError> {
        let mark = self.next_mark();
        self.held
            .transact(None, async |client, ending| {
                alerts::raise_silence(client, mark, lots, now, ending).await
            })
            .await
    }

    /// # Errors
    /// Nothing was claimed, or the outcome is unknown.
    pub async fn claim(
        &mut self,
        lot: &str,
        claimer: &Claimer,
        author: &Author,
    ) -> Result<Controlled, StoreError> {
        let mark = self.next_mark();
        self.readings.forget(lot);
        let deed = Deed::new(author, Action::Claim, lot);
        let claim = async |client: &_| pending_lots::claim(client, mark, lot, claimer).await;
        self.held
            .transact(None, async |client, ending| {
                pending_lots::on_record(client, &deed, ending, claim).await
            })
            .await
    }

    /// # Errors
    /// Nothing was ended, or the outcome is unknown.
    pub async fn finish(&mut self, lot: &str, author: &Author) -> Result<Controlled, StoreError> {
        let mark = self.next_mark();
        self.readings.forget(lot);
        let deed = Deed::new(author, Action::Finish, lot);
        let by = author.known_name();
        let finish = async |client: &_| pending_lots::finish(client, mark, lot, by).await;
        self.held
            .transact(None, async |client, ending| {
                pending_lots::on_record(client, &deed, ending, finish).await
            })
            .await
    }

    /// Returns the alert, if it exists, and its new events.
    ///
    /// # Errors
    /// Nothing was changed, or the outcome is unknown.
    pub async fn acknowledge(
        &mut self,
        id: i64,
        par: &str,
        what: &Acknowledging,
        author: &Author,
    ) -> Result<(Option<Alert>, Vec<AlertEvent>), StoreError> {
        let mark = self.next_mark();
        let object = id.to_string();
        let (action, note) = match what {
            Acknowledging::Take { commentaire } => (Action::Acknowledge, commentaire.as_deref()),
            Acknowledging::Withdraw => (Action::Withdraw, None),
        };
        let deed = Deed::new(author, action, &object).noting(note);
        self.held
            .transact(None, async |client, ending| {
                alerts::acknowledge(client, mark, id, par, what, &deed, ending).await
            })
            .await
    }

    fn next_mark(&mut self) -> Mark {
        self.mark = rand::random();
        self.mark
    }
}
