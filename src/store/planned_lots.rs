//! Lots that are planned before their first meal.

use super::{
    Params, StoreError, audit, curves, life_cycle, query_on,
    rows::{all, each, from_row, one, read},
    view::{Scoped, View, scoped},
};
use crate::domain::{
    audit::{Action, Author},
    curve::planning::NotPlanned,
    lot::LotId,
    lot_plan::{LotPlan, USUAL_DAYS, code},
    saisie::Refus,
    site::Site,
    transition::Transition,
};
use deadpool_postgres::Object;
use jiff::civil::Date;

const FIND: &str = include_str!("../../sql/queries/lots_gavage/find_planned.sql");
const LOCK_GAVEUR: &str = include_str!("../../sql/queries/gaveurs_euralis/lock.sql");
const COUNT: &str = include_str!("../../sql/queries/lots_gavage/count_in_window.sql");
const IS_TAKEN: &str = include_str!("../../sql/queries/lots_gavage/is_taken.sql");
const LAST_OF_END: &str = include_str!("../../sql/queries/lots_gavage/last_of_end.sql");
const INSERT: &str = include_str!("../../sql/queries/lots_gavage/plan.sql");
const LIST_CAPACITY: Scoped = scoped!("gaveurs_euralis/list_capacity");

/// A lot that was planned.
#[derive(Debug)]
pub struct PlannedLot {
    pub id: LotId,
    /// What is to be published of it.
    pub transitions: Vec<Transition>,
}

/// Plans a lot, unless its gaveur has `most` others then, in the transaction that `client` has open.
pub(super) async fn plan(
    client: &Object,
    plan: &LotPlan,
    most: i64,
    author: &Author,
) -> Result<Result<PlannedLot, Refus>, StoreError> {
    let site: Vec<Site> = each(
        &query_on(client, LOCK_GAVEUR, &[&plan.gaveur_id]).await?,
        "site_code",
    )?;
    if site != [plan.site] {
        let problem = format!("must be the number of a gaveur of {}", plan.site);
        return Ok(Err(Refus::champ("gaveur_id", problem)));
    }
    let own = query_on(client, FIND, &[&plan.gaveur_id, &author.request]).await?;
    if let Some(id) = each::<LotId>(&own, "id")?.pop() {
        // Whoever repeats a transaction in doubt tells of the lots that it changed.
        let transitions = Vec::new();
        return Ok(Ok(PlannedLot { id, transitions }));
    }
    let draft = match plan.draft() {
        Ok(draft) => draft,
        Err(refus) => return Ok(Err(refus)),
    };
    let window: Params<'_> = &[
        &plan.gaveur_id,
        &plan.debut,
        &plan.fin,
        &USUAL_DAYS,
        &plan.simule,
    ];
    let others: i64 = read(&one(query_on(client, COUNT, window).await?)?, 0)?;
    if others >= most {
        return Ok(Err(Refus::Etat(format!(
            "gaveur {} has {others} lots between {} and {}, and can feed {most} at a time",
            plan.gaveur_id, plan.debut, plan.fin
        ))));
    }
    let code_lot = match free_code(client, plan).await? {
        Ok(code_lot) => code_lot,
        Err(refus) => return Ok(Err(refus)),
    };
    life_cycle::say_who(client, &plan.par, author, "").await?;
    let values: Params<'_> = &[
        &code_lot,
        &plan.site,
        &plan.gaveur_id,
        &plan.genetique,
        &plan.souche,
        &plan.nombre_canards,
        &plan.debut,
        &plan.fin,
        &plan.poids_initial_g,
        &plan.objectif_mais_g,
        &plan.simule,
        &author.request,
        &plan.par,
    ];
    let transitions: Vec<Transition> = all(&query_on(client, INSERT, values).await?)?;
    let id = transitions.first().map_or(0, |one| one.lot_id);
    audit::append(client, author, Action::PlanLot, &code_lot).await?;
    if let Some(draft) = draft {
        let drafted = curves::plan(client, id, &code_lot, &draft, author).await?;
        if let Err(NotPlanned::Curve(fault)) = drafted {
            let refus = Refus::champ("objectif_quantite_mais", fault.problem);
            return Ok(Err(refus));
        }
    }
    Ok(Ok(PlannedLot { id, transitions }))
}

/// The wanted code, or the next one of the planned end.
async fn free_code(client: &Object, plan: &LotPlan) -> Result<Result<String, Refus>, StoreError> {
    let Some(wanted) = &plan.code_lot else {
        let prefix = plan.code_prefix();
        let last: i32 = read(&one(query_on(client, LAST_OF_END, &[&prefix]).await?)?, 0)?;
        return Ok(code(&prefix, last + 1));
    };
    let is_taken: bool = read(&one(query_on(client, IS_TAKEN, &[wanted]).await?)?, 0)?;
    Ok(if is_taken {
        let sentence =
            format!("the code {wanted} is taken: without `code_lot` a free one is proposed");
        Err(Refus::Etat(sentence))
    } else {
        Ok(wanted.clone())
    })
}

/// How many lots a gaveur feeds, or is to feed, at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Capacity {
    pub gaveur_id: i32,
    pub nom: String,
    pub site: Site,
    pub lots: i64,
}

from_row! { Capacity { gaveur_id, nom, site = "site_code", lots } }

/// Of each gaveur, from the first to the last of these days.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn capacity(
    view: &View,
    (first, last): (Date, Date),
    site: Option<Site>,
) -> Result<Vec<Capacity>, StoreError> {
    view.query(&LIST_CAPACITY, &[&first, &last, &USUAL_DAYS, &site])
        .await
}
