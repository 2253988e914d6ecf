//! Alerts: written in the transaction that raises them, listed, acknowledged.

use super::{
    Params, StoreError,
    audit::Deed,
    columns::{Column, column, params},
    journal::Ending,
    pipeline::pipelined,
    query_on,
    rows::{self, FromRow, from_row, read},
    view::{Scoped, View, scoped},
};
use crate::domain::{
    alert::{
        Acknowledging, Alert, AlertEvent, Change, Episode, Severity, Source, WITHDRAWN_WITHIN,
    },
    doubt::Mark,
    feed_deadlines::SilentLot,
    lot::LotId,
    reading::MealPosition,
    site::Site,
};
use deadpool_postgres::Object;
use futures_util::future::OptionFuture;
use jiff::Timestamp;
use tokio_postgres::{Statement, types::ToSql};

const INSERT: &str = include_str!("../../sql/queries/alertes/insert.sql");
const UPDATE: &str = include_str!("../../sql/queries/alertes/update.sql");
const INSERT_SILENCE: &str = include_str!("../../sql/queries/alertes/insert_silence.sql");
const ACKNOWLEDGE: &str = include_str!("../../sql/queries/alertes/acknowledge.sql");
const WITHDRAW: &str = include_str!("../../sql/queries/alertes/withdraw.sql");
const CLOSE_OF_LOTS: &str = include_str!("../../sql/queries/alertes/close_of_lots.sql");
const SELECT_MARKED: &str = include_str!("../../sql/queries/alertes/select_marked.sql");
const LIST: Scoped = scoped!("alertes/list");
const FIND: Scoped = scoped!("alertes/find");
const COUNT_OF_QUALITY: Scoped = scoped!("alertes/count_of_quality");
const COUNT_OF_GAVEUR: Scoped = scoped!("alertes/count_of_gaveur");

/// Changes of alerts, ready to be written within a transaction.
pub(super) struct AlertWrites {
    insert: Statement,
    update: Statement,
    opened: Option<Vec<Column>>,
    changed: Option<Vec<Column>>,
}

impl AlertWrites {
    pub async fn prepare(
        client: &Object,
        changes: &[(Episode, Vec<Change>)],
        mark: Mark,
    ) -> Result<Self, StoreError> {
        let (opened, changed): (Vec<_>, Vec<_>) = changes
            .iter()
            .partition(|(episode, _)| episode.id.is_none());
        let opened: Vec<&Episode> = opened.into_iter().map(|(episode, _)| episode).collect();
        Ok(AlertWrites {
            insert: client.prepare_cached(INSERT).await?,
            update: client.prepare_cached(UPDATE).await?,
            opened: (!opened.is_empty()).then(|| opened_columns(&opened, mark)),
            changed: (!changed.is_empty()).then(|| changed_columns(&changed, mark)),
        })
    }

    /// Writes the changes and returns the events to publish. May be one of several statements of [`pipelined`].
    pub async fn run(&self, client: &Object) -> Result<Vec<AlertEvent>, StoreError> {
        let (changed, opened) = (self.changed.as_deref(), self.opened.as_deref());
        let (changed, opened) = (changed.map(params), opened.map(params));
        // Only one episode of a kind may be open, so updates (which close) go before inserts.
        let (updated, inserted) = pipelined!(
            OptionFuture::from(
                changed
                    .as_ref()
                    .map(|params| client.query(&self.update, params))
            ),
            OptionFuture::from(
                opened
                    .as_ref()
                    .map(|params| client.query(&self.insert, params))
            ),
        );
        let updated = updated.transpose()?.unwrap_or_default();
        let inserted = inserted.transpose()?.unwrap_or_default();
        let mut events: Vec<AlertEvent> = rows::all(&updated)?;
        events.extend(rows::all::<Alert>(&inserted)?.into_iter().flat_map(raised));
        Ok(events)
    }
}

from_row! { AlertEvent { change, alert: Alert::from_row } }

/// An alert that was closed before it was stored gives two events.
fn raised(alert: Alert) -> impl Iterator<Item = AlertEvent> {
    let event = |change, alert| AlertEvent { change, alert };
    let closed = alert
        .fermee_le
        .map(|_| event(Change::Closed, alert.clone()));
    let as_raised = Alert {
        fermee_le: None,
        ..alert
    };
    [event(Change::Raised, as_raised)].into_iter().chain(closed)
}

fn changed_columns(changed: &[&(Episode, Vec<Change>)], mark: Mark) -> Vec<Column> {
    let closing = |(episode, _): &(Episode, Vec<Change>)| episode.closing;
    let position =
        move |change: &(Episode, Vec<Change>)| closing(change).and_then(|end| end.position);
    vec![
        column(changed, |(episode, _)| episode.id),
        column(changed, |(episode, _)| episode.breach.severity),
        column(changed, |(episode, _)| episode.breach.mesure),
        column(changed, |(episode, _)| episode.breach.seuil),
        column(changed, |change| closing(change).map(|end| end.at)),
        column(changed, |change| position(change).map(|(jour, _)| jour)),
        column(changed, |change| position(change).map(|(_, moment)| moment)),
        column(changed, |(_, changes)| changes.last().copied()),
        column(changed, |(episode, _)| episode.stored_closing),
        Box::new(mark),
    ]
}

fn opened_columns(opened: &[&Episode], mark: Mark) -> Vec<Column> {
    let jour = |position: Option<MealPosition>| position.map(|(jour, _)| jour);
    let moment = |position: Option<MealPosition>| position.map(|(_, moment)| moment);
    let ended_at = |episode: &Episode| episode.closing.and_then(|end| end.position);
    vec![
        column(opened, |episode| episode.subject.lot_id),
        column(opened, |episode| episode.subject.code_lot.clone()),
        column(opened, |episode| episode.subject.gaveur_id),
        column(opened, |episode| episode.subject.site),
        column(opened, |episode| episode.kind),
        column(opened, |episode| episode.kind.source()),
        column(opened, |episode| episode.breach.severity),
        column(opened, |episode| episode.breach.mesure),
        column(opened, |episode| episode.breach.seuil),
        column(opened, |episode| jour(episode.subject.position)),
        column(opened, |episode| moment(episode.subject.position)),
        column(opened, |episode| episode.subject.device_id.clone()),
        column(opened, |episode| episode.subject.sample_id.clone()),
        column(opened, |episode| episode.levee_le),
        column(opened, |episode| episode.closing.map(|end| end.at)),
        column(opened, |episode| jour(ended_at(episode))),
        column(opened, |episode| moment(ended_at(episode))),
        column(opened, |episode| episode.subject.simule),
        Box::new(mark),
    ]
}

/// Raises an alert for each of the lots without a newer meal, unless it has an open one already.
pub(super) async fn raise_silence(
    client: &Object,
    mark: Mark,
    lots: &[SilentLot],
    now: Timestamp,
    ending: &Ending<'_>,
) -> Result<Vec<AlertEvent>, StoreError> {
    ending.begin(client).await?;
    let columns: Vec<Column> = vec![
        column(lots, |lot| lot.lot_id),
        column(lots, |lot| lot.position.0),
        column(lots, |lot| lot.position.1),
        Box::new(now),
        Box::new(mark),
    ];
    let raised_rows = query_on(client, INSERT_SILENCE, &params(&columns)).await?;
    let alerts: Vec<Alert> = rows::all(&raised_rows)?;
    Ok(alerts.into_iter().flat_map(raised).collect())
}

/// Closes the open alerts of these lots.
pub(super) async fn close_of_lots(
    client: &Object,
    mark: Mark,
    lots: &[LotId],
    now: Timestamp,
) -> Result<Vec<AlertEvent>, StoreError> {
    let closed = query_on(client, CLOSE_OF_LOTS, &[&lots, &now, &mark]).await?;
    let alerts: Vec<Alert> = rows::all(&closed)?;
    let event = |alert| AlertEvent {
        change: Change::Closed,
        alert,
    };
    Ok(alerts.into_iter().map(event).collect())
}

/// Acknowledges an alert by name, or takes that back. Returns the alert, if it exists, and the new events.
///
/// One statement, which commits by itself without a journal: the request is recorded if and only if it had something to change.
pub(super) async fn acknowledge(
    client: &Object,
    mark: Mark,
    id: i64,
    par: &str,
    what: &Acknowledging,
    deed: &Deed<'_>,
    ending: &Ending<'_>,
) -> Result<(Option<Alert>, Vec<AlertEvent>), StoreError> {
    ending.begin(client).await?;
    let alert: [&(dyn ToSql + Sync); 3] = [&id, &par, &mark];
    let params = [&alert[..], &deed.params()].concat();
    let within = WITHDRAWN_WITHIN.as_secs_f64();
    let (change, noted) = match what {
        Acknowledging::Take { .. } => (
            Change::Acknowledged,
            query_on(client, ACKNOWLEDGE, &params).await?,
        ),
        Acknowledging::Withdraw => {
            let params = [&params[..], &[&within]].concat();
            (
                Change::Withdrawn,
                query_on(client, WITHDRAW, &params).await?,
            )
        }
    };
    let Some(row) = noted.first() else {
        return Ok((None, Vec::new()));
    };
    let alert = Alert::from_row(row)?;
    let event = read::<bool>(row, "is_new")?.then(|| AlertEvent {
        change,
        alert: alert.clone(),
    });
    Ok((Some(alert), event.into_iter().collect()))
}

/// The events of the transactions with these marks, except alerts that a later transaction has changed.
pub(super) async fn select_marked(
    client: &Object,
    marks: &[Mark],
) -> Result<Vec<AlertEvent>, StoreError> {
    let marked = query_on(client, SELECT_MARKED, &[&marks]).await?;
    let mut events = Vec::new();
    for row in &marked {
        let alert = Alert::from_row(row)?;
        match read(row, "changement")? {
            Change::Raised => events.extend(raised(alert)),
            change => events.push(AlertEvent { change, alert }),
        }
    }
    Ok(events)
}

/// Filters of alerts; `None` means all.
#[derive(Debug, Clone, Default)]
pub struct AlertFilter {
    pub site: Option<Site>,
    pub severity: Option<Severity>,
    /// The code; includes all its lives.
    pub code_lot: Option<String>,
    pub lot_id: Option<LotId>,
    pub ouverte: Option<bool>,
    pub acquittee: Option<bool>,
    pub gaveur_id: Option<i32>,
    pub source: Option<Source>,
    /// Raised at or after the first instant and before the second.
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// At most `limit` alerts, the last raised first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn list(view: &View, filter: &AlertFilter, limit: i64) -> Result<Vec<Alert>, StoreError> {
    let params: Params<'_> = &[
        &filter.site,
        &filter.severity,
        &filter.code_lot,
        &filter.ouverte,
        &filter.acquittee,
        &filter.gaveur_id,
        &filter.source,
        &limit,
        &filter.since,
        &filter.until,
        &filter.lot_id,
    ];
    view.query(&LIST, params).await
}

/// Whether the caller sees this alert, if it is of this source.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn is_visible(view: &View, id: i64, source: Option<Source>) -> Result<bool, StoreError> {
    let found: Found = view.query_one(&FIND, &[&id, &source]).await?;
    Ok(found.is_visible)
}

struct Found {
    is_visible: bool,
}

from_row! { Found { is_visible } }

/// Counts of a gaveur's alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertCounts {
    pub ouvertes: i64,
    /// Open alerts by severity.
    pub critiques: i64,
    pub importantes: i64,
    pub info: i64,
    /// Of all alerts, open or closed.
    pub non_acquittees: i64,
    /// Raised within the last 24 hours, open or closed.
    pub d_un_jour: i64,
}

/// Open alerts of the quality stations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenAlerts {
    pub ouvertes: i64,
    /// Of them the critical ones.
    pub critiques: i64,
}

/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn count_of_quality(view: &View) -> Result<OpenAlerts, StoreError> {
    view.query_one(&COUNT_OF_QUALITY, &[]).await
}

/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn count_of_gaveur(view: &View, gaveur_id: i32) -> Result<AlertCounts, StoreError> {
    view.query_one(&COUNT_OF_GAVEUR, &[&gaveur_id]).await
}

from_row! { OpenAlerts { ouvertes, critiques } }

from_row! { AlertCounts { ouvertes, critiques, importantes, info, non_acquittees, d_un_jour } }
