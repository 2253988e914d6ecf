//! Stores what a person writes down of meals, in one transaction with everything that follows from it.

use super::{
    super::{
        StoreError, audit,
        columns::{Column, column},
        curves,
        journal::Ending,
        query_on,
        rows::{all, from_row, read},
    },
    Readings, StoredReadings, questions,
    writes::{self, Precondition, Telling, Write},
};
use crate::domain::{
    audit::{Action, Author},
    doubt::Mark,
    effects::{self, BatchMeal, Known, Lacking},
    lot::LotState,
    moment::Moment,
    reading::{MealPosition, Meals, Reading},
    saisie::{
        self, Answer, Earlier, Entered, EnteredLot, LotRecord, Noted, Origine, Refus, Remarks,
        Repeat, Saisie,
    },
};
use deadpool_postgres::Object;
use std::collections::{BTreeMap, HashSet};
use tokio_postgres::Row;

const FIND: &str = include_str!("../../../sql/queries/saisies/find.sql");
const INSERT: &str = include_str!("../../../sql/queries/saisies/insert.sql");
const INSERT_MEALS: &str = include_str!("../../../sql/queries/repas_saisis/insert.sql");
pub(super) const LIST_NOTED: &str =
    include_str!("../../../sql/queries/repas_saisis/list_noted.sql");

/// What became of an entry.
#[derive(Debug)]
pub enum EntryOutcome {
    Refused(Refus),
    /// It was stored before, and nothing is to be published.
    Again(Answer),
    Stored(Box<StoredEntry>),
}

/// An entry that was stored, and what is to be published of it.
#[derive(Debug)]
pub struct StoredEntry {
    pub answer: Answer,
    pub readings: Vec<Reading>,
    pub stored: StoredReadings,
}

from_row! { Earlier { corps, requete, reponse } }
from_row! { Remarks { cause_mortalite, raison_ecart, remarques, problemes_sante } }

/// What is noted of the meals of a lot, and the versions of those that are not stored any more.
#[derive(Default)]
pub(super) struct Notes {
    pub noted: BTreeMap<MealPosition, Noted>,
    pub past: BTreeMap<MealPosition, i32>,
}

impl Notes {
    pub fn from_rows(rows: &[Row]) -> Result<Self, StoreError> {
        let mut notes = Notes::default();
        for row in rows {
            let moment: Moment = read(row, "moment")?;
            let (position, past): (MealPosition, i32) =
                ((read(row, "jour")?, moment), read(row, "past")?);
            let origine: Option<Origine> = read(row, "origine")?;
            let Some(origine) = origine else {
                notes.past.insert(position, past);
                continue;
            };
            let noted = Noted {
                origine,
                auteur: read(row, "auteur")?,
                gaveur_nom: read(row, "gaveur_nom")?,
                version: past + 1,
                morts: read(row, "morts")?,
                remarks: super::super::rows::FromRow::from_row(row)?,
            };
            notes.noted.insert(position, noted);
        }
        Ok(notes)
    }
}

impl Readings {
    /// Stores the entry and what follows from it, or nothing.
    pub async fn enter(
        &mut self,
        client: &Object,
        mark: Mark,
        lot: &EnteredLot,
        saisie: &Saisie,
        author: &Author,
        ending: &Ending<'_>,
    ) -> Result<EntryOutcome, StoreError> {
        self.cache.forget(&lot.code_lot);
        let mut known = questions::begin(client, &[&lot.code_lot], &mut self.ids).await?;
        let decided = self.decide(client, &mut known, lot, saisie, author).await;
        let (state, entered) = match decided {
            Ok(Decided::Store(state, entered)) => (state, entered),
            Ok(Decided::Nothing(outcome)) => {
                client.batch_execute("ROLLBACK").await?;
                return Ok(outcome);
            }
            Err(error) => {
                if !error.spoils_connection() {
                    client.batch_execute("ROLLBACK").await?;
                }
                return Err(error);
            }
        };
        let alerted = known.open_episodes.keys().copied().collect();
        let readings = entered.readings();
        let applied = effects::apply_within(
            lot.id,
            &readings,
            known,
            &self.zone,
            saisie.may_change_settled,
        );
        let effects = match applied {
            Ok(effects) => effects,
            Err(lacking) => {
                client.batch_execute("ROLLBACK").await?;
                return Err(refused(lacking));
            }
        };
        let answer = Answer::new(&saisie.cle, &state, &entered, &effects.episodes);
        let object = object(lot, &answer);
        audit::append(client, author, Action::EnterMeal, &object).await?;
        let telling = Telling {
            auteur: Some(saisie.auteur.clone()),
            origine: Origine::Saisie,
            further: further(lot, saisie, author, &entered, &answer)?,
        };
        let precondition = Precondition::held();
        let committed =
            writes::write_and_commit(client, &precondition, &effects, mark, telling, ending)
                .await?;
        let readings: Vec<Reading> = readings.iter().copied().cloned().collect();
        let stored = self.stored(effects, alerted, committed);
        Ok(EntryOutcome::Stored(Box::new(StoredEntry {
            answer,
            readings,
            stored,
        })))
    }

    /// Within the transaction, which holds the locks of all lives of the code.
    async fn decide(
        &self,
        client: &Object,
        known: &mut Known,
        lot: &EnteredLot,
        saisie: &Saisie,
        author: &Author,
    ) -> Result<Decided, StoreError> {
        let Some(state) = known.lots.get(&lot.id).cloned() else {
            let gone = format!("the lot {} is not there any more", lot.code_lot);
            return Ok(Decided::Nothing(EntryOutcome::Refused(Refus::Etat(gone))));
        };
        questions::learn_meals(client, &[lot.id], known).await?;
        let meals = known.meals.get(&lot.id).cloned().unwrap_or_default();
        let earlier = query_on(client, FIND, &[&lot.id, &saisie.cle]).await?;
        let earlier: Option<Earlier> = all(&earlier)?.pop();
        let repeat = saisie.compared_with(earlier.as_ref(), author.request);
        let answer = || first_answer(earlier.as_ref());
        let nothing = match repeat {
            Repeat::New => None,
            Repeat::Again => Some(EntryOutcome::Again(Answer {
                rejoue: true,
                ..answer()?
            })),
            Repeat::Unanswered => Some(untold(answer()?, state.clone(), &meals, lot)),
            Repeat::Other => Some(EntryOutcome::Refused(Refus::Etat(
                "this key (`cle`) was used for another entry: a new entry needs a new key"
                    .to_owned(),
            ))),
        };
        if let Some(outcome) = nothing {
            return Ok(Decided::Nothing(outcome));
        }
        let notes = Notes::from_rows(&query_on(client, LIST_NOTED, &[&lot.id]).await?)?;
        let plan = curves::in_force(client, lot.id).await?;
        let record = LotRecord {
            lot: &state,
            gaveur_nom: &lot.gaveur_nom,
            meals: &meals,
            noted: &notes.noted,
            past_versions: &notes.past,
            plan: &plan,
        };
        Ok(match saisie::enter(saisie, record) {
            Ok(entered) => Decided::Store(Box::new(state), entered),
            Err(refus) => Decided::Nothing(EntryOutcome::Refused(refus)),
        })
    }
}

enum Decided {
    Nothing(EntryOutcome),
    Store(Box<LotState>, Entered),
}

fn first_answer(earlier: Option<&Earlier>) -> Result<Answer, StoreError> {
    let stored = earlier.map_or("", |earlier| &earlier.reponse);
    serde_json::from_str(stored).map_err(|error| StoreError::Row(error.to_string()))
}

/// An entry that this request has committed without learning of it: it is to be published now.
fn untold(answer: Answer, state: LotState, meals: &Meals, lot: &EnteredLot) -> EntryOutcome {
    let shown = answer.positions().into_iter().filter_map(|position| {
        let meal = meals.get(&position)?;
        Some(as_shown(meal, &state, lot))
    });
    let readings: Vec<Reading> = shown.collect();
    let lot_id = state.id;
    let meals = (0..readings.len()).map(|index| BatchMeal { index, lot_id });
    let stored = StoredReadings {
        meals: meals.collect(),
        changed: HashSet::from([lot_id]),
        lots: vec![state],
        transitions: Vec::new(),
        alerts: Vec::new(),
    };
    EntryOutcome::Stored(Box::new(StoredEntry {
        answer,
        readings,
        stored,
    }))
}

/// A stored meal with what is stored with its lot.
pub(super) fn as_shown(meal: &Reading, state: &LotState, lot: &EnteredLot) -> Reading {
    Reading {
        code_lot: state.code_lot.clone(),
        gaveur_nom: lot.gaveur_nom.clone(),
        genetique: state.genetique.clone(),
        ..meal.clone()
    }
}

pub(super) fn refused(lacking: Lacking) -> StoreError {
    match lacking {
        Lacking::Refused(sentence) => StoreError::NotTaken(sentence),
        lacking => StoreError::Row(format!(
            "the effects of an entry are not known: {lacking:?}"
        )),
    }
}

/// For the record of who did what.
fn object(lot: &EnteredLot, answer: &Answer) -> String {
    let meals = answer.repas.iter();
    let meals: Vec<_> = meals
        .map(|meal| format!("J{} {}", meal.jour, meal.moment))
        .collect();
    format!("{} {}", lot.code_lot, meals.join(", "))
}

/// The entry itself, beside the meals.
fn further(
    lot: &EnteredLot,
    saisie: &Saisie,
    author: &Author,
    entered: &Entered,
    answer: &Answer,
) -> Result<Vec<Write>, StoreError> {
    let reponse = serde_json::to_string(answer);
    let reponse = reponse.map_err(|error| StoreError::Row(error.to_string()))?;
    let entry: Vec<Column> = vec![
        Box::new(lot.id),
        Box::new(saisie.cle.clone()),
        Box::new(saisie.corps.clone()),
        Box::new(reponse),
        Box::new(author.request),
    ];
    let told = &entered.told;
    let meals: Vec<Column> = vec![
        Box::new(lot.id),
        Box::new(saisie.cle.clone()),
        Box::new(saisie.auteur.clone()),
        Box::new(saisie.appareil.clone()),
        Box::new(saisie.saisi_le),
        Box::new(saisie.recu_le),
        Box::new(saisie.ecart_horloge.as_secs_f64()),
        Box::new(saisie.motif.clone()),
        column(told, |meal| meal.reading.jour),
        column(told, |meal| meal.reading.moment),
        column(told, |meal| meal.morts),
        column(told, |meal| meal.remarks.cause_mortalite.clone()),
        column(told, |meal| meal.nb_peses),
        column(told, |meal| meal.poids_ecart_type_g),
        column(told, |meal| meal.remarks.raison_ecart.clone()),
        column(told, |meal| meal.remarks.remarques.clone()),
        column(told, |meal| meal.remarks.problemes_sante.clone()),
    ];
    Ok(vec![
        Write::new(INSERT, entry),
        Write::new(INSERT_MEALS, meals),
    ])
}
