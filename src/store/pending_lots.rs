//! Lots in the queue of quality control, and who has claimed them.

use super::{
    StoreError, alerts,
    audit::{self, Deed},
    journal::Ending,
    lot_quality::ControlledLot,
    pipeline::pipelined,
    products, query_on,
    rows::{self, each, read},
    view::{Scoped, View, scoped},
};
use crate::domain::{
    alert::AlertEvent,
    control::{Claimer, Granted, Stage},
    doubt::Mark,
    lot::LotId,
    transition::Transition,
};
use deadpool_postgres::Object;
use jiff::Timestamp;
use tokio_postgres::{Row, types::ToSql};

const LIST: Scoped = scoped!("sqal_pending_lots/list");
const FIND_TO_CLAIM: &str = include_str!("../../sql/queries/sqal_pending_lots/find_to_claim.sql");
const FIND_TO_FINISH: &str = include_str!("../../sql/queries/sqal_pending_lots/find_to_finish.sql");
const CLAIM: &str = include_str!("../../sql/queries/sqal_pending_lots/claim.sql");
const SELECT_CLAIM: &str = include_str!("../../sql/queries/sqal_pending_lots/select_claim.sql");
const SELECT_LEFT: &str =
    include_str!("../../sql/queries/sqal_pending_lots/select_left_by_station.sql");
const FINISH: &str = include_str!("../../sql/queries/sqal_pending_lots/finish.sql");
const ENTER_CONTROL: &str = include_str!("../../sql/queries/lots_gavage/enter_control.sql");
const CLOSE: &str = include_str!("../../sql/queries/lots_gavage/close.sql");
const FREEZE: &str = include_str!("../../sql/queries/lots_histoires/freeze.sql");
const LOCK_FOR_CONTROL: &str = include_str!("../../sql/queries/lots_gavage/lock_for_control.sql");

/// At most `limit` lots in a state, or in any; the longest-waiting first, or the newest first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn list(
    view: &View,
    statut: Option<Stage>,
    limit: i64,
    newest_first: bool,
) -> Result<Vec<ControlledLot>, StoreError> {
    view.query(&LIST, &[&statut, &limit, &newest_first]).await
}

/// The result of a request, and what is to be published of it.
#[derive(Debug)]
pub struct Controlled {
    pub granted: Granted,
    pub transitions: Vec<Transition>,
    pub alerts: Vec<AlertEvent>,
}

impl Controlled {
    fn nothing(granted: Granted) -> Self {
        Controlled {
            granted,
            transitions: Vec::new(),
            alerts: Vec::new(),
        }
    }
}

/// Commits what the work does, and the record of it, if the work grants what was asked for; otherwise changes nothing.
pub(super) async fn on_record(
    client: &Object,
    deed: &Deed<'_>,
    ending: &Ending<'_>,
    work: impl AsyncFnOnce(&Object) -> Result<Controlled, StoreError>,
) -> Result<Controlled, StoreError> {
    let append = client.prepare_cached(audit::APPEND).await?;
    let (begun, answer) = pipelined!(client.batch_execute("BEGIN"), work(client));
    let answer = begun.map_err(StoreError::from).and(answer);
    let is_granted = |controlled: &Controlled| matches!(controlled.granted, Granted::Done(_));
    if !answer.as_ref().is_ok_and(is_granted) {
        client.batch_execute("ROLLBACK").await?;
        return answer;
    }
    let params = deed.params();
    // After a failed record PostgreSQL turns the COMMIT into a ROLLBACK.
    let (recorded, committed) = pipelined!(client.query(&append, &params), ending.commit(client),);
    recorded?;
    committed?;
    answer
}

/// Claims the lot with this code or, failing that, this numeric id: of all who ask, one gets it. A station that goes on with another lot
/// is done with the one before.
pub(super) async fn claim(
    client: &Object,
    mark: Mark,
    lot: &str,
    claimer: &Claimer,
) -> Result<Controlled, StoreError> {
    let params: [&(dyn ToSql + Sync); 3] = [&lot, &claimer.name, &numeric(lot)];
    let found = query_on(client, FIND_TO_CLAIM, &params).await?;
    let Some(lot_id) = only_id(&found)? else {
        return Ok(Controlled::nothing(Granted::Unknown));
    };
    // Locks lots before queue entries and alerts, in the same order as everywhere.
    query_on(client, LOCK_FOR_CONTROL, &[&lot_id, &claimer.name]).await?;
    let params: [&(dyn ToSql + Sync); 3] = [&lot_id, &claimer.name, &claimer.is_station];
    let claimed = query_on(client, CLAIM, &params).await?;
    let Some(row) = claimed.first() else {
        let is_his =
            |stage, by: Option<&String>| stage == Stage::Inspecting && by == Some(&claimer.name);
        let granted = as_it_is(client, lot_id, lot, is_his).await?;
        return Ok(Controlled::nothing(granted));
    };
    let entered = query_on(client, ENTER_CONTROL, &[&lot_id, &claimer.name]).await?;
    let mut transitions = rows::all(&entered)?;
    let mut alerts = Vec::new();
    if read(row, "par_station")? {
        let left = query_on(client, SELECT_LEFT, &[&claimer.name, &lot_id]).await?;
        let ended = end(client, mark, &each(&left, "lot_id")?, Some(&claimer.name)).await?;
        transitions.extend(ended.transitions);
        alerts = ended.alerts;
    }
    Ok(Controlled {
        granted: Granted::Done(lot_id),
        transitions,
        alerts,
    })
}

/// Ends the control of the lot with this code or, failing that, this numeric id, with the figures of its samples.
pub(super) async fn finish(
    client: &Object,
    mark: Mark,
    lot: &str,
    by: Option<&str>,
) -> Result<Controlled, StoreError> {
    let found = query_on(client, FIND_TO_FINISH, &[&lot, &numeric(lot)]).await?;
    let Some(lot_id) = only_id(&found)? else {
        return Ok(Controlled::nothing(Granted::Unknown));
    };
    query_on(client, LOCK_FOR_CONTROL, &[&lot_id, &None::<&str>]).await?;
    let ended = end(client, mark, &[lot_id], by).await?;
    let granted = match ended.lots {
        0 => as_it_is(client, lot_id, lot, |stage, _| stage != Stage::Pending).await?,
        _ => Granted::Done(lot_id),
    };
    Ok(Controlled {
        granted,
        transitions: ended.transitions,
        alerts: ended.alerts,
    })
}

fn numeric(code_or_id: &str) -> Option<LotId> {
    code_or_id.parse().ok()
}

fn only_id(found: &[Row]) -> Result<Option<LotId>, StoreError> {
    found.first().map(|row| read(row, "lot_id")).transpose()
}

/// Ended controls.
#[derive(Default)]
struct Ended {
    /// Number of lots that were being inspected.
    lots: usize,
    transitions: Vec<Transition>,
    /// Events of their open alerts.
    alerts: Vec<AlertEvent>,
}

/// Ends these controls.
async fn end(
    client: &Object,
    mark: Mark,
    lots: &[LotId],
    by: Option<&str>,
) -> Result<Ended, StoreError> {
    let ended = query_on(client, FINISH, &[&lots]).await?;
    let lots: Vec<LotId> = each(&ended, "lot_id")?;
    if lots.is_empty() {
        return Ok(Ended::default());
    }
    query_on(client, products::RETIRE_OF_LOTS, &[&lots, &by]).await?;
    let closed = query_on(client, CLOSE, &[&lots, &by]).await?;
    for lot in &lots {
        query_on(client, FREEZE, &[lot]).await?;
    }
    Ok(Ended {
        lots: lots.len(),
        transitions: rows::all(&closed)?,
        alerts: alerts::close_of_lots(client, mark, &lots, Timestamp::now()).await?,
    })
}

/// Explains why nothing changed: the lot is already in this state, or cannot be.
async fn as_it_is(
    client: &Object,
    lot_id: LotId,
    lot: &str,
    as_wished: impl Fn(Stage, Option<&String>) -> bool,
) -> Result<Granted, StoreError> {
    let found = query_on(client, SELECT_CLAIM, &[&lot_id]).await?;
    let Some(row) = found.first() else {
        return Ok(Granted::Unknown);
    };
    let (stage, by): (Stage, Option<String>) = (read(row, "statut")?, read(row, "prise_par")?);
    if as_wished(stage, by.as_ref()) {
        return Ok(Granted::Done(lot_id));
    }
    Ok(Granted::Taken(match (stage, by) {
        (Stage::Inspecting, Some(by)) => format!("the lot {lot} is being inspected by {by}"),
        (Stage::Pending, _) => format!("nobody has claimed the lot {lot} yet"),
        (stage, _) => format!("the control of the lot {lot} is over: {stage}"),
    }))
}
