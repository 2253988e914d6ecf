//! Planned curves of lots: written by the writer, read for callers.

use super::{
    StoreError, audit, query_on,
    rows::{all, from_row},
    view::{Scoped, View, scoped},
};
use crate::domain::{
    audit::{Action, Author},
    curve::{
        Curve, EtatCourbe, SourceCourbe,
        planning::{NotPlanned, Planned, Planning, Plans, Step, StoredCurve},
    },
    lot::{LotId, Statut},
    moment::Moment,
    reading::MealPosition,
    wall::PlannedEnd,
};
use deadpool_postgres::Object;
use jiff::Timestamp;
use std::collections::BTreeMap;

const LOCK_LOT: &str = include_str!("../../sql/queries/courbes/lock_lot.sql");
const LIST_OF_LOT: &str = include_str!("../../sql/queries/courbes/list_of_lot.sql");
const INSERT: &str = include_str!("../../sql/queries/courbes/insert.sql");
const REPLACE: &str = include_str!("../../sql/queries/courbes/replace.sql");
const DECIDE: &str = include_str!("../../sql/queries/courbes/decide.sql");
const IN_FORCE: &str = include_str!("../../sql/queries/courbes/in_force.sql");
const LIST_BY_LOT: Scoped = scoped!("courbes/list_by_lot");
const LIST_PLANS: Scoped = scoped!("courbes/list_plans");
const FIND: Scoped = scoped!("courbes/find");

/// How far a lot has been fed.
struct Front {
    jour_actuel: Option<i32>,
    moment_actuel: Option<Moment>,
    statut: Statut,
}

from_row! { Front { jour_actuel, moment_actuel, statut } }
/// The validated curve of a lot.
struct PlanInForce {
    lot_id: LotId,
    curve: Curve,
}

from_row! { PlanInForce { lot_id, curve: Curve::from_row } }
from_row! { Curve { premier_repas, points_g } }
from_row! { StoredCurve { version, etat, curve: Curve::from_row, requete, decide_requete } }

/// A curve with everything that was decided about it.
#[derive(Debug, Clone, PartialEq)]
pub struct LotCurve {
    pub id: i64,
    pub version: i32,
    pub etat: EtatCourbe,
    pub curve: Curve,
    pub source: SourceCourbe,
    pub formule: Option<String>,
    pub cree_par: String,
    pub cree_le: Timestamp,
    pub decide_par: Option<String>,
    pub decide_le: Option<Timestamp>,
    pub commentaire: Option<String>,
}

from_row! {
    LotCurve {
        id, version, etat, curve: Curve::from_row, source, formule, cree_par, cree_le, decide_par, decide_le, commentaire,
    }
}

/// The curves of a lot, oldest version first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn list(view: &View, lot_id: LotId) -> Result<Vec<LotCurve>, StoreError> {
    view.query(&LIST_BY_LOT, &[&lot_id]).await
}

/// Until when the lots whose feeding has not ended are planned to be fed; at most so many, those that were stored last.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn plans(view: &View, limit: i64) -> Result<Vec<PlannedEnd>, StoreError> {
    let plans: Vec<PlanInForce> = view.query(&LIST_PLANS, &[&limit]).await?;
    let plans = plans.into_iter().map(|plan| PlannedEnd {
        lot_id: plan.lot_id,
        dernier_jour: plan.curve.last_day(),
    });
    Ok(plans.collect())
}

/// Which version of which lot a curve is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedCurve {
    pub lot_id: LotId,
    pub version: i32,
}

from_row! { NamedCurve { lot_id, version } }

/// The curve with this id, if there is one.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn find(view: &View, id: i64) -> Result<Option<NamedCurve>, StoreError> {
    view.query_first(&FIND, &[&id]).await
}

/// The planned doses of a lot, in the transaction that `client` has open; empty without a plan.
pub(super) async fn in_force(
    client: &Object,
    lot_id: LotId,
) -> Result<BTreeMap<MealPosition, f64>, StoreError> {
    let plan: Vec<Curve> = all(&query_on(client, IN_FORCE, &[&lot_id]).await?)?;
    Ok(plan.first().map(Curve::doses).unwrap_or_default())
}

/// The result of planning.
#[derive(Debug, Clone, Copy)]
pub struct PlannedCurve {
    pub version: i32,
    /// What holds for the lot now, if this decided about it.
    pub in_force: Option<PlannedEnd>,
}

/// Stores what is asked, in the transaction that `client` has open.
pub(super) async fn plan(
    client: &Object,
    lot_id: LotId,
    code_lot: &str,
    planning: &Planning,
    author: &Author,
) -> Result<Result<PlannedCurve, NotPlanned>, StoreError> {
    let front: Vec<Front> = all(&query_on(client, LOCK_LOT, &[&lot_id]).await?)?;
    let Some(front) = front.into_iter().next() else {
        let gone = format!("the lot {code_lot} is not there any more");
        return Ok(Err(NotPlanned::State(gone)));
    };
    let plans = Plans {
        front: front.jour_actuel.zip(front.moment_actuel),
        statut: front.statut,
        curves: all(&query_on(client, LIST_OF_LOT, &[&lot_id]).await?)?,
    };
    let step = match plans.step(planning, author.request) {
        Ok(step) => step,
        Err(refused) => return Ok(Err(refused)),
    };
    let action = match (step, &planning.what) {
        (
            Step::Insert(version),
            Planned::Propose {
                curve,
                source,
                formule,
            },
        ) => {
            let params: super::Params<'_> = &[
                &lot_id,
                &version,
                &curve.premier_repas,
                &curve.points_g,
                source,
                formule,
                &planning.par,
                &planning.commentaire,
                &author.request,
            ];
            query_on(client, INSERT, params).await?;
            Action::ProposeCurve
        }
        (Step::Decide(version, etat), _) => {
            if etat == EtatCourbe::Validee {
                query_on(client, REPLACE, &[&lot_id, &version]).await?;
            }
            let params: super::Params<'_> = &[
                &lot_id,
                &version,
                &etat,
                &planning.par,
                &planning.commentaire,
                &author.request,
            ];
            query_on(client, DECIDE, params).await?;
            Action::DecideCurve
        }
        _ => return Ok(Ok(planned(client, lot_id, planning, step).await?)),
    };
    let object = format!("{code_lot} version {}", step.version());
    audit::append(client, author, action, &object).await?;
    Ok(Ok(planned(client, lot_id, planning, step).await?))
}

/// A decision is told also when it is repeated: the first time its outcome may have been unknown.
async fn planned(
    client: &Object,
    lot_id: LotId,
    planning: &Planning,
    step: Step,
) -> Result<PlannedCurve, StoreError> {
    let plan: Vec<Curve> = match planning.what {
        Planned::Propose { .. } => Vec::new(),
        Planned::Decide { .. } => all(&query_on(client, IN_FORCE, &[&lot_id]).await?)?,
    };
    let in_force = plan.first().map(|curve| PlannedEnd {
        lot_id,
        dernier_jour: curve.last_day(),
    });
    Ok(PlannedCurve {
        version: step.version(),
        in_force,
    })
}
