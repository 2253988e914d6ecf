//! Advice: written by the writer, read for callers. What a request has done is told by the steps that bear its number, so that a transaction that
//! is repeated because its end was unknown tells the same.

use super::{
    Params, StoreError, audit, curves, query_on,
    rows::{FromRow, all, each, from_row, read},
    view::{Scoped, View, scoped},
};
use crate::domain::{
    access::Role,
    advice::{
        Advice, CurveAction, EXPIRES_AFTER, Proposal, VERSION,
        evidence::Evidence,
        steps::{Asked, NotMoved, State},
        wording,
    },
    alert::wording::Language,
    audit::{Action, Author},
    curve::{
        Curve, SourceCourbe,
        planning::{Planned, Planning},
    },
    lot::LotId,
    site::Site,
};
use deadpool_postgres::Object;
use jiff::Timestamp;
use tokio_postgres::{Row, types::Json};

const INSERT: &str = include_str!("../../sql/queries/recommandations/insert.sql");
const LOCK: &str = include_str!("../../sql/queries/recommandations/lock.sql");
const STEP: &str = include_str!("../../sql/queries/recommandations/step.sql");
const NOTE_CURVE: &str = include_str!("../../sql/queries/recommandations/note_curve.sql");
const EXPIRE: &str = include_str!("../../sql/queries/recommandations/expire.sql");
const INSERT_STEP: &str = include_str!("../../sql/queries/recommandations_etapes/insert.sql");
const SELECT_MADE_BY: &str =
    include_str!("../../sql/queries/recommandations_etapes/select_made_by.sql");
const LIST: Scoped = scoped!("recommandations/list");
const LIST_STEPS: Scoped = scoped!("recommandations_etapes/list");

from_row! {
    Advice {
        id, rule = "regle", version, state = "etat", gaveur_id, gaveur_nom, site = "site_code", code_lot_source, code_lot_cible, texte, texte_en,
        evidence: evidence, action: action, courbe_version, cree_le, expire_le, envoyee_le, par, maj_le, commentaire, simule,
    }
}

fn evidence(row: &Row) -> Result<Evidence, StoreError> {
    let Json(evidence) = read(row, "preuve")?;
    Ok(evidence)
}

fn action(row: &Row) -> Result<Option<CurveAction>, StoreError> {
    let action: Option<Json<CurveAction>> = read(row, "action")?;
    Ok(action.map(|Json(action)| action))
}

/// A step that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct AdviceStep {
    pub etat: State,
    pub par: Option<String>,
    pub role: Option<String>,
    pub le: Timestamp,
    pub commentaire: Option<String>,
}

from_row! { AdviceStep { etat, par, role, le, commentaire } }

/// Which advice is listed; the default is all of it.
#[derive(Debug, Default)]
pub struct AdviceFilter {
    pub states: Option<Vec<State>>,
    pub gaveur_id: Option<i32>,
    pub site: Option<Site>,
    pub lot_id: Option<LotId>,
    pub id: Option<i64>,
}

/// At most `limit`, the newest first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn list(
    view: &View,
    filter: &AdviceFilter,
    limit: i64,
) -> Result<Vec<Advice>, StoreError> {
    let params: Params<'_> = &[
        &filter.states,
        &filter.gaveur_id,
        &filter.site,
        &filter.lot_id,
        &filter.id,
        &limit,
    ];
    view.query(&LIST, params).await
}

/// The steps of a piece of advice, the first first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn steps(view: &View, id: i64) -> Result<Vec<AdviceStep>, StoreError> {
    view.query(&LIST_STEPS, &[&id]).await
}

/// Stores what was not proposed before, in the transaction that `client` has open. Returns the new ones.
pub(super) async fn raise(
    client: &Object,
    proposals: &[Proposal],
    request: i64,
) -> Result<Vec<Advice>, StoreError> {
    for proposal in proposals {
        let say = |language| {
            wording::texte(
                proposal.rule,
                &proposal.code_lot,
                &proposal.evidence,
                proposal.action.as_ref(),
                language,
            )
        };
        let (french, english) = (say(Language::Fr), say(Language::En));
        let action = proposal.action.as_ref().map(Json);
        let params: Params<'_> = &[
            &proposal.rule,
            &VERSION,
            &proposal.lot_id,
            &french,
            &english,
            &Json(&proposal.evidence),
            &action,
            &proposal.cree_le,
            &(proposal.cree_le + EXPIRES_AFTER),
        ];
        let inserted = query_on(client, INSERT, params).await?;
        for id in each::<i64>(&inserted, "id")? {
            note(client, id, State::Proposee, &Made::by_the_server(request)).await?;
        }
    }
    made_by(client, request).await
}

/// Ends what nobody has answered in time, or whose lot has begun. Returns what ended.
pub(super) async fn expire(client: &Object, request: i64) -> Result<Vec<Advice>, StoreError> {
    query_on(client, EXPIRE, &[&request]).await?;
    made_by(client, request).await
}

struct Locked {
    etat: State,
    code_lot_source: String,
    action: Option<CurveAction>,
    is_done: bool,
    cible: Option<(LotId, String)>,
}

from_row! { Locked { etat, code_lot_source, action: action, is_done, cible: cible } }

fn cible(row: &Row) -> Result<Option<(LotId, String)>, StoreError> {
    let (id, code): (Option<LotId>, Option<String>) =
        (read(row, "cible_id")?, read(row, "cible_code")?);
    Ok(id.zip(code))
}

/// Makes the step, in the transaction that `client` has open. Returns the advice after each state that it came into.
pub(super) async fn step(
    client: &Object,
    id: i64,
    asked: &Asked,
    par: &str,
    author: &Author,
) -> Result<Result<Vec<Advice>, NotMoved>, StoreError> {
    let locked = query_on(client, LOCK, &[&id, &author.request]).await?;
    let Some(row) = locked.first() else {
        return Ok(Err(NotMoved::Unknown));
    };
    let locked = Locked::from_row(row)?;
    if locked.is_done {
        return Ok(Ok(made_by(client, author.request).await?));
    }
    let states = match asked.from(locked.etat) {
        Ok(states) => states,
        Err(refused) => return Ok(Err(NotMoved::State(refused))),
    };
    let made = Made {
        par: Some(par),
        role: Some(author.role),
        commentaire: asked.comment(),
        request: author.request,
    };
    let texte = match asked {
        Asked::Validate { texte, .. } => texte.as_deref(),
        _ => None,
    };
    for state in states {
        query_on(client, STEP, &[&id, state, &texte]).await?;
        note(client, id, *state, &made).await?;
    }
    let action = match asked {
        Asked::Validate { .. } | Asked::Reject { .. } => Some(Action::DecideAdvice),
        Asked::Answer { .. } => Some(Action::AnswerAdvice),
        Asked::Read => None,
    };
    if let Some(action) = action {
        let last = states.last().copied().unwrap_or(locked.etat);
        let object = format!("{id} {last} {}", locked.code_lot_source);
        audit::append(client, author, action, &object).await?;
    }
    if matches!(asked, Asked::Answer { accepted: true, .. }) {
        draft(client, id, &locked, par, author).await?;
    }
    Ok(Ok(made_by(client, author.request).await?))
}

/// Drafts the curve of accepted advice for the farmer's next lot, which a supervisor decides about. Without such a lot, or where the curve does not
/// fit it, nothing.
async fn draft(
    client: &Object,
    id: i64,
    locked: &Locked,
    par: &str,
    author: &Author,
) -> Result<(), StoreError> {
    let Some((action, (lot_id, code_lot))) = locked.action.as_ref().zip(locked.cible.as_ref())
    else {
        return Ok(());
    };
    let planning = Planning {
        par: par.to_owned(),
        commentaire: Some(format!("recommandation {id} acceptée")),
        what: Planned::Propose {
            curve: Curve {
                premier_repas: action.premier_repas,
                points_g: action.points_g.clone(),
            },
            source: SourceCourbe::Recommandation,
            formule: Some(format!(
                "dose_i = dose donnée au lot {} × {:.3}",
                action.lot, action.facteur
            )),
        },
    };
    match curves::plan(client, *lot_id, code_lot, &planning, author).await? {
        Ok(planned) => {
            query_on(client, NOTE_CURVE, &[&id, lot_id, &planned.version]).await?;
        }
        Err(refused) => log::warn!("the curve of advice {id} was not drafted: {refused}"),
    }
    Ok(())
}

/// Who made a step, and what he wrote.
struct Made<'a> {
    par: Option<&'a str>,
    role: Option<Role>,
    commentaire: Option<&'a str>,
    request: i64,
}

impl Made<'_> {
    fn by_the_server(request: i64) -> Self {
        Made {
            par: None,
            role: None,
            commentaire: None,
            request,
        }
    }
}

async fn note(client: &Object, id: i64, state: State, made: &Made<'_>) -> Result<(), StoreError> {
    let params: Params<'_> = &[
        &id,
        &state,
        &made.par,
        &made.role,
        &made.commentaire,
        &made.request,
    ];
    query_on(client, INSERT_STEP, params).await.map(drop)
}

async fn made_by(client: &Object, request: i64) -> Result<Vec<Advice>, StoreError> {
    all(&query_on(client, SELECT_MADE_BY, &[&request]).await?)
}
