//! What farmers and supervisors write down of a lot: its meals, its steps, its plans.

use super::WriterStore;
use crate::{
    domain::{
        audit::Author,
        curve::{
            correction::{Answering, CorrectionId, NotAnswered},
            planning::{NotPlanned, Planning},
        },
        life_cycle::Asked,
        lot_plan::LotPlan,
        saisie::{Deletion, EnteredLot, Refus, Saisie},
    },
    store::{
        StoreError, corrections,
        curves::{self, PlannedCurve},
        life_cycle::{self, Stepped},
        planned_lots::{self, PlannedLot},
        readings::{EntryOutcome, RETRIES, StoredDeletion},
    },
};

impl WriterStore {
    /// Stores meals that somebody wrote down.
    ///
    /// # Errors
    /// Nothing was stored, or the outcome is unknown.
    pub async fn enter(
        &mut self,
        lot: &EnteredLot,
        saisie: &Saisie,
        author: &Author,
    ) -> Result<EntryOutcome, StoreError> {
        let mark = self.next_mark();
        let memory = &mut self.readings;
        self.held
            .transact(None, async |client, ending| {
                memory
                    .enter(client, mark, lot, saisie, author, ending)
                    .await
            })
            .await
    }

    /// Takes a meal out of its lot.
    ///
    /// # Errors
    /// Nothing was changed, or the outcome is unknown.
    pub async fn delete(
        &mut self,
        lot: &EnteredLot,
        deletion: &Deletion,
        author: &Author,
    ) -> Result<Result<StoredDeletion, Refus>, StoreError> {
        let mark = self.next_mark();
        let memory = &mut self.readings;
        self.held
            .transact(None, async |client, ending| {
                memory
                    .delete(client, mark, lot, deletion, author, ending)
                    .await
            })
            .await
    }

    /// Makes a step of a lot's life cycle.
    ///
    /// # Errors
    /// Nothing was changed, or the outcome is unknown.
    pub async fn step(
        &mut self,
        lot: &EnteredLot,
        asked: &Asked,
        author: &Author,
    ) -> Result<Result<Stepped, Refus>, StoreError> {
        let mark = self.next_mark();
        self.readings.forget(&lot.code_lot);
        let step = async |client: &_| life_cycle::step(client, mark, lot, asked, author).await;
        self.held.change(step).await
    }

    /// Plans a lot, unless its gaveur has `most` others then.
    ///
    /// # Errors
    /// Nothing was stored, or the outcome is unknown.
    pub async fn plan_lot(
        &mut self,
        plan: &LotPlan,
        most: i64,
        author: &Author,
    ) -> Result<Result<PlannedLot, Refus>, StoreError> {
        self.next_mark();
        let work = async |client: &_| planned_lots::plan(client, plan, most, author).await;
        let mut retries = 0;
        let planned = loop {
            let planned = self.held.change(work).await;
            // Another server has taken the code.
            let is_taken = planned
                .as_ref()
                .is_err_and(StoreError::is_a_wrong_assumption);
            if !is_taken || retries == RETRIES {
                break planned?;
            }
            retries += 1;
        };
        if let Some(transition) = planned
            .as_ref()
            .ok()
            .and_then(|lot| lot.transitions.first())
        {
            self.readings.forget(&transition.code_lot);
        }
        Ok(planned)
    }

    /// Plans a curve, or decides about one.
    ///
    /// # Errors
    /// Nothing was stored, or the outcome is unknown.
    pub async fn plan(
        &mut self,
        lot: &EnteredLot,
        planning: &Planning,
        author: &Author,
    ) -> Result<Result<PlannedCurve, NotPlanned>, StoreError> {
        let plan =
            async |client: &_| curves::plan(client, lot.id, &lot.code_lot, planning, author).await;
        self.held.change(plan).await
    }

    /// Stores a farmer's answer to a proposed dose.
    ///
    /// # Errors
    /// Nothing was stored, or the outcome is unknown.
    pub async fn answer_correction(
        &mut self,
        id: CorrectionId,
        answering: &Answering,
        par: &str,
        author: &Author,
    ) -> Result<Result<(), NotAnswered>, StoreError> {
        let answer =
            async |client: &_| corrections::answer(client, id, answering, par, author).await;
        self.held.change(answer).await
    }
}
