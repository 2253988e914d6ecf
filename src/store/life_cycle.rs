//! Steps of lots that people make, and what is known of every step.

use super::{
    Params, StoreError, alerts, audit, query_on,
    readings::{KEEP_TOTALS, QUEUE_FOR_CONTROL},
    rows::{all, from_row},
    view::{Scoped, View, scoped},
};
use crate::domain::{
    alert::AlertEvent,
    audit::{Action, Author},
    doubt::Mark,
    life_cycle::{self, Asked},
    lot::{LotId, Statut},
    saisie::{EnteredLot, Refus},
    transition::Transition,
};
use deadpool_postgres::Object;
use jiff::Timestamp;

const LOCK_LOT: &str = include_str!("../../sql/queries/lots_evenements/lock_lot.sql");
const SAY_WHO: &str = include_str!("../../sql/queries/lots_evenements/say_who.sql");
const STEP: &str = include_str!("../../sql/queries/lots_evenements/step.sql");
const LEAVE_QUEUE: &str = include_str!("../../sql/queries/sqal_pending_lots/leave.sql");
const INSERT_SLAUGHTER: &str = include_str!("../../sql/queries/abattages/insert.sql");
const LIST_BY_LOT: Scoped = scoped!("lots_evenements/list_by_lot");

struct Locked {
    statut: Statut,
    nb_canards_initial: Option<i32>,
    is_done: bool,
}

from_row! { Locked { statut, nb_canards_initial, is_done } }

/// A step of a lot.
#[derive(Debug, Clone, PartialEq)]
pub struct LotEvent {
    pub de: Option<Statut>,
    pub vers: Statut,
    pub par: Option<String>,
    pub role: Option<String>,
    pub motif: Option<String>,
    pub le: Timestamp,
}

from_row! { LotEvent { de, vers, par, role, motif, le } }

/// The steps of a lot, oldest first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn list(view: &View, lot_id: LotId) -> Result<Vec<LotEvent>, StoreError> {
    view.query(&LIST_BY_LOT, &[&lot_id]).await
}

/// A step that was made, and what is to be published of it.
#[derive(Debug, Default)]
pub struct Stepped {
    pub transitions: Vec<Transition>,
    pub alerts: Vec<AlertEvent>,
}

/// Makes the step, in the transaction that `client` has open.
pub(super) async fn step(
    client: &Object,
    mark: Mark,
    lot: &EnteredLot,
    asked: &Asked,
    author: &Author,
) -> Result<Result<Stepped, Refus>, StoreError> {
    let locked: Vec<Locked> = all(&query_on(client, LOCK_LOT, &[&lot.id, &author.request]).await?)?;
    let Some(locked) = locked.into_iter().next() else {
        let gone = format!("the lot {} is not there any more", lot.code_lot);
        return Ok(Err(Refus::Etat(gone)));
    };
    if locked.is_done {
        // Whoever repeats a transaction in doubt tells of the lots that it changed.
        return Ok(Ok(Stepped::default()));
    }
    if let Err(refus) = life_cycle::step(asked, locked.statut, locked.nb_canards_initial) {
        return Ok(Err(refus));
    }
    let motif = asked.motif.as_deref().unwrap_or_default();
    say_who(client, &asked.par, author, motif).await?;
    if asked.vers == Statut::EnGavage && query_on(client, LEAVE_QUEUE, &[&lot.id]).await?.is_empty()
    {
        let sentence = format!("quality control has claimed the lot {}", lot.code_lot);
        return Ok(Err(Refus::Etat(sentence)));
    }
    let step: Params<'_> = &[&lot.id, &asked.vers, &asked.par, &asked.ducks];
    let stepped = query_on(client, STEP, step).await?;
    let ids = [lot.id];
    let mut events = Vec::new();
    match asked.vers {
        Statut::PretAbattage => {
            query_on(client, KEEP_TOTALS, &[&&ids[..]]).await?;
            query_on(client, QUEUE_FOR_CONTROL, &[&&ids[..]]).await?;
        }
        Statut::Annule => {
            events = alerts::close_of_lots(client, mark, &ids, Timestamp::now()).await?;
        }
        _ => {}
    }
    if let Some(slaughter) = &asked.slaughter {
        let figures: Params<'_> = &[
            &lot.id,
            &slaughter.date,
            &slaughter.accroches,
            &slaughter.poids_foie_moyen_g,
            &slaughter.ecart_type_foie_g,
        ];
        query_on(client, INSERT_SLAUGHTER, figures).await?;
    }
    let object = format!("{} {}", lot.code_lot, asked.vers);
    audit::append(client, author, Action::StepLot, &object).await?;
    Ok(Ok(Stepped {
        transitions: all(&stepped)?,
        alerts: events,
    }))
}

/// Who asks for the steps of the transaction that `client` has open, and why.
pub(super) async fn say_who(
    client: &Object,
    par: &str,
    author: &Author,
    motif: &str,
) -> Result<(), StoreError> {
    let who: Params<'_> = &[
        &par,
        &author.role.as_str(),
        &motif,
        &author.request.to_string(),
    ];
    query_on(client, SAY_WHO, who).await.map(drop)
}
