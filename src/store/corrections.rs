//! Doses proposed after a meal that was far off the plan, and what farmers answer: written by the writer, read for callers.

use super::{
    Params, StoreError, audit, query_on,
    rows::{FromRow as _, all, from_row, read},
    view::{Scoped, View, scoped},
};
use crate::domain::{
    audit::{Action, Author},
    curve::{
        Curve,
        correction::{Answered, Answering, Correction, CorrectionId, Followed, NotAnswered},
    },
    lot::LotId,
    moment::Moment,
    reading::MealPosition,
    saisie::after,
    site::Site,
};
use deadpool_postgres::Object;
use jiff::Timestamp;
use tokio_postgres::Row;

const FOLLOWED: &str = include_str!("../../sql/queries/corrections/list_followed.sql");
const LOCK: &str = include_str!("../../sql/queries/corrections/lock.sql");
const INSERT: &str = include_str!("../../sql/queries/corrections/insert.sql");
const LIST_FOLLOWED: Scoped = scoped!("corrections/list_followed");
const LIST_ANSWERED: Scoped = scoped!("corrections/list_answered");

/// Whose proposals are listed.
#[derive(Debug, Clone, Copy)]
pub enum Whose {
    Gaveur(i32),
    Lot(LotId),
}

/// A proposal, and the answer if there is one.
#[derive(Debug, Clone, PartialEq)]
pub struct LotCorrection {
    pub lot_id: LotId,
    pub code_lot: String,
    pub gaveur_id: i32,
    pub site: Site,
    pub simule: bool,
    pub correction: Correction,
    /// When the meal was stored, or the answer.
    pub le: Timestamp,
    pub reponse: Option<Reply>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    pub acceptee: bool,
    /// g per duck; `None` if he refused without saying one.
    pub dose_finale_g: Option<f64>,
    pub par: String,
}

struct FollowedLot {
    lot_id: LotId,
    code_lot: String,
    gaveur_id: i32,
    site: Site,
    simule: bool,
    followed: Followed,
    dit_le: Timestamp,
    is_answered: bool,
}

from_row! {
    FollowedLot {
        lot_id, code_lot, gaveur_id, site = "site_code", simule, followed: Followed::from_row, dit_le, is_answered,
    }
}
from_row! { Followed { plan: Curve::from_row, front: position, donnee_g, is_refused } }
from_row! { Reply { acceptee, dose_finale_g, par } }
from_row! {
    LotCorrection {
        lot_id, code_lot, gaveur_id, site = "site_code", simule, correction: Correction::from_row, le, reponse: reply,
    }
}
from_row! {
    Correction { repas: position, prevue_g, donnee_g, suivant: next, prevue_suivante_g, proposee_g }
}

fn position(row: &Row) -> Result<MealPosition, StoreError> {
    Ok((read(row, "jour")?, read(row, "moment")?))
}

fn next(row: &Row) -> Result<MealPosition, StoreError> {
    position(row).map(after)
}

fn reply(row: &Row) -> Result<Option<Reply>, StoreError> {
    Reply::from_row(row).map(Some)
}

impl FollowedLot {
    /// The proposal that waits for an answer.
    fn open(self) -> Option<LotCorrection> {
        let correction = self.followed.correction().filter(|_| !self.is_answered)?;
        Some(LotCorrection {
            lot_id: self.lot_id,
            code_lot: self.code_lot,
            gaveur_id: self.gaveur_id,
            site: self.site,
            simule: self.simule,
            correction,
            le: self.dit_le,
            reponse: None,
        })
    }
}

/// The proposals that wait for an answer.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn open(view: &View, whose: Whose, limit: i64) -> Result<Vec<LotCorrection>, StoreError> {
    let (gaveur, lot) = whose.filter();
    let followed: Vec<FollowedLot> = view.query(&LIST_FOLLOWED, &[&gaveur, &lot, &limit]).await?;
    Ok(followed.into_iter().filter_map(FollowedLot::open).collect())
}

/// What was answered, the newest first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn answered(
    view: &View,
    whose: Whose,
    limit: i64,
) -> Result<Vec<LotCorrection>, StoreError> {
    let (gaveur, lot) = whose.filter();
    view.query(&LIST_ANSWERED, &[&gaveur, &lot, &limit]).await
}

impl Whose {
    fn filter(self) -> (Option<i32>, Option<LotId>) {
        match self {
            Whose::Gaveur(id) => (Some(id), None),
            Whose::Lot(id) => (None, Some(id)),
        }
    }
}

struct Earlier {
    acceptee: Option<bool>,
    requete: Option<i64>,
}

from_row! { Earlier { acceptee, requete } }

/// Stores the answer, in the transaction that `client` has open.
pub(super) async fn answer(
    client: &Object,
    id: CorrectionId,
    answering: &Answering,
    par: &str,
    author: &Author,
) -> Result<Result<(), NotAnswered>, StoreError> {
    let CorrectionId {
        lot_id,
        repas: (jour, moment),
    } = id;
    let locked: Vec<Earlier> = all(&query_on(client, LOCK, &[&lot_id, &jour, &moment]).await?)?;
    let Some(earlier) = locked.first() else {
        return Ok(Err(NotAnswered::Nothing));
    };
    if earlier.requete == Some(author.request) {
        return Ok(Ok(()));
    }
    let followed = followed(client, lot_id).await?;
    let lot = followed.as_ref().map(|lot| &lot.followed);
    let answered = match answering.answer(id.repas, lot, earlier.acceptee) {
        Ok(answered) => answered,
        Err(refused) => return Ok(Err(refused)),
    };
    insert(client, id, &answered, par, author).await?;
    let word = if answered.acceptee {
        "acceptee"
    } else {
        "refusee"
    };
    let code = followed.map_or_else(String::new, |lot| lot.code_lot);
    let object = format!("{code} {jour} {moment} {word}");
    audit::append(client, author, Action::AnswerCorrection, &object).await?;
    Ok(Ok(()))
}

async fn followed(client: &Object, lot_id: LotId) -> Result<Option<FollowedLot>, StoreError> {
    let everything: Params<'_> = &[
        &None::<Vec<Site>>,
        &None::<i32>,
        &None::<i32>,
        &Some(lot_id),
        &1_i64,
    ];
    let lots: Vec<FollowedLot> = all(&query_on(client, FOLLOWED, everything).await?)?;
    Ok(lots.into_iter().next())
}

async fn insert(
    client: &Object,
    id: CorrectionId,
    answered: &Answered,
    par: &str,
    author: &Author,
) -> Result<(), StoreError> {
    let (jour, moment): (i32, Moment) = id.repas;
    let correction = &answered.correction;
    let params: Params<'_> = &[
        &id.lot_id,
        &jour,
        &moment,
        &correction.prevue_g,
        &correction.donnee_g,
        &correction.prevue_suivante_g,
        &correction.proposee_g,
        &answered.acceptee,
        &answered.dose_finale_g,
        &par,
        &author.role,
        &author.request,
    ];
    query_on(client, INSERT, params).await.map(drop)
}
