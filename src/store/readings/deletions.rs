//! Takes a meal out of its lot, in one transaction with everything that follows from it.

use super::{
    super::{
        StoreError, audit,
        journal::Ending,
        life_cycle, query_on,
        rows::{one, read},
    },
    Readings, StoredReadings,
    entries::{Notes, as_shown, refused},
    questions,
    writes::{self, Precondition, Telling},
};
use crate::domain::{
    audit::{Action, Author},
    doubt::Mark,
    effects::{self, BatchMeal},
    reading::{MealPosition, Reading},
    saisie::{
        self, AlertOfMeal, Deleted, DeletedMeal, Deletion, EnteredLot, LotRecord, Origine, Refus,
    },
};
use deadpool_postgres::Object;
use std::collections::{BTreeMap, HashSet};

const DELETE: &str = include_str!("../../../sql/queries/gavage_data/delete.sql");
const IS_RECORDED: &str = include_str!("../../../sql/queries/audit/is_recorded.sql");

/// A meal that was deleted, and what is to be published of it.
#[derive(Debug)]
pub struct StoredDeletion {
    pub answer: Deleted,
    pub meal: DeletedMeal,
    /// The lot has another front now, or none.
    pub was_front: bool,
    /// The meals that screens must learn of: those with other head counts, and the new front.
    pub readings: Vec<Reading>,
    pub stored: StoredReadings,
    /// Of every meal that is left.
    pub ecarts: Vec<(MealPosition, Option<f64>)>,
}

impl Readings {
    /// Deletes the meal and stores what follows from that, or does nothing.
    pub async fn delete(
        &mut self,
        client: &Object,
        mark: Mark,
        lot: &EnteredLot,
        deletion: &Deletion,
        author: &Author,
        ending: &Ending<'_>,
    ) -> Result<Result<StoredDeletion, Refus>, StoreError> {
        self.cache.forget(&lot.code_lot);
        let deleted = self
            .take_out(client, mark, lot, deletion, author, ending)
            .await;
        let is_open = match &deleted {
            Ok(deleted) => deleted.is_err(),
            Err(error) => !error.spoils_connection(),
        };
        if is_open {
            client.batch_execute("ROLLBACK").await?;
        }
        deleted
    }

    async fn take_out(
        &mut self,
        client: &Object,
        mark: Mark,
        lot: &EnteredLot,
        deletion: &Deletion,
        author: &Author,
        ending: &Ending<'_>,
    ) -> Result<Result<StoredDeletion, Refus>, StoreError> {
        let mut known = questions::begin(client, &[&lot.code_lot], &mut self.ids).await?;
        let Some(state) = known.lots.get(&lot.id).cloned() else {
            let gone = format!("the lot {} is not there any more", lot.code_lot);
            return Ok(Err(Refus::Etat(gone)));
        };
        questions::learn_meals(client, &[lot.id], &mut known).await?;
        let mut meals = known.meals.get(&lot.id).cloned().unwrap_or_default();
        let position = deletion.position();
        let meal = DeletedMeal::new(&state, deletion);
        let recorded = query_on(client, IS_RECORDED, &[&author.request]).await?;
        if read(&one(recorded)?, 0)? {
            // This request has committed it without learning of that: it is to be published now.
            client.batch_execute("ROLLBACK").await?;
            let front = meals.values().next_back();
            let readings: Vec<_> = front
                .map(|meal| as_shown(meal, &state, lot))
                .into_iter()
                .collect();
            let stored = StoredReadings {
                meals: (0..readings.len())
                    .map(|index| BatchMeal {
                        index,
                        lot_id: lot.id,
                    })
                    .collect(),
                changed: HashSet::from([lot.id]),
                lots: vec![state],
                ..StoredReadings::default()
            };
            return Ok(Ok(StoredDeletion {
                answer: Deleted::new(&meal, &[], Vec::new()),
                meal,
                was_front: true,
                readings,
                stored,
                ecarts: ecarts(meals.values()),
            }));
        }
        let notes =
            Notes::from_rows(&query_on(client, super::entries::LIST_NOTED, &[&lot.id]).await?)?;
        let record = LotRecord {
            lot: &state,
            gaveur_nom: &lot.gaveur_nom,
            meals: &meals,
            noted: &notes.noted,
            past_versions: &notes.past,
            plan: &BTreeMap::new(),
        };
        let recounted = match saisie::delete(position, record) {
            Ok(recounted) => recounted,
            Err(refus) => return Ok(Err(refus)),
        };
        let was_front = state.position() == Some(position);
        meals.remove(&position);
        let alerted = known.open_episodes.keys().copied().collect();
        let effects = effects::apply_deletion(lot.id, position, &recounted, known, &self.zone);
        let effects = effects.map_err(refused)?;
        let answer = Deleted::new(&meal, &recounted, AlertOfMeal::of(&effects.episodes));
        life_cycle::say_who(client, &deletion.par, author, &deletion.motif).await?;
        let (jour, moment) = position;
        query_on(client, DELETE, &[&lot.id, &jour, &moment]).await?;
        let object = format!("{} J{jour} {moment}", lot.code_lot);
        audit::append(client, author, Action::DeleteMeal, &object).await?;
        let telling = Telling {
            auteur: Some(deletion.par.clone()),
            origine: Origine::Saisie,
            further: Vec::new(),
        };
        let precondition = Precondition::held();
        let committed =
            writes::write_and_commit(client, &precondition, &effects, mark, telling, ending)
                .await?;
        let mut readings: Vec<Reading> = recounted
            .iter()
            .map(|meal| as_shown(meal, &state, lot))
            .collect();
        let mut stored = self.stored(effects, alerted, committed);
        let front = meals.values().next_back().filter(|_| was_front);
        let is_told = |front: &Reading| {
            readings
                .iter()
                .any(|one| one.position() == front.position())
        };
        if let Some(front) = front.filter(|front| !is_told(front)) {
            stored.meals.push(BatchMeal {
                index: readings.len(),
                lot_id: lot.id,
            });
            readings.push(as_shown(front, &state, lot));
        }
        Ok(Ok(StoredDeletion {
            answer,
            meal,
            was_front,
            readings,
            stored,
            ecarts: ecarts(meals.values()),
        }))
    }
}

fn ecarts<'a>(meals: impl Iterator<Item = &'a Reading>) -> Vec<(MealPosition, Option<f64>)> {
    meals
        .map(|meal| (meal.position(), meal.ecart_dose()))
        .collect()
}
