//! The lots of a batch while its readings are applied.

use super::{BatchMeal, Effects, Known, Lacking, Row};
use crate::domain::{
    alert::{AlertKind, Episode, Episodes, Subject, Verdict, judge_meal, rules::OF_A_MEAL},
    lives::{self, Assignment, AtPosition},
    lot::{LotId, LotState, Statut},
    reading::{Assigned, LifeMeal, MealPosition, Meals, Reading},
    transition::Transition,
};
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet, HashMap};

struct Life {
    lot: LotState,
    /// Its state before the batch; `None` for a new lot.
    before: Option<Statut>,
    /// `None` until they are needed.
    meals: Option<Meals>,
    episodes: Episodes,
    has_readings: bool,
}

impl Life {
    /// If the lot's state was manually set behind its meals, it is recomputed.
    fn new(mut lot: LotState, meals: Option<Meals>, open: Vec<Episode>, zone: &TimeZone) -> Self {
        let before = Some(lot.statut);
        let last = meals.as_ref().and_then(|meals| meals.keys().next_back());
        if let Some(meals) = meals.as_ref()
            && last.copied() > lot.position()
        {
            lot.recompute(meals, zone);
        }
        Life {
            lot,
            before,
            meals,
            episodes: Episodes::new(open),
            has_readings: false,
        }
    }

    /// Judges the reading for alerts. A reading with a doubtful time only shows that the feed works.
    fn judge(&mut self, assigned: Assigned<'_>) {
        if assigned.reading.horodatage.douteux {
            return self.note_arrival(assigned);
        }
        let subject = Subject::from(assigned);
        for kind in OF_A_MEAL {
            let verdict = judge_meal(kind, assigned.reading, &self.lot.pesees);
            self.note(kind, verdict, &subject, assigned.reading);
        }
    }

    /// A meal behind the front only ends the alert of a silent feed.
    fn note_arrival(&mut self, assigned: Assigned<'_>) {
        let subject = Subject::from(assigned);
        self.note(
            AlertKind::FluxMuet,
            Verdict::Normal,
            &subject,
            assigned.reading,
        );
    }

    fn note(&mut self, kind: AlertKind, verdict: Verdict, subject: &Subject, reading: &Reading) {
        let at = reading.horodatage.instant;
        self.episodes.apply(kind, verdict, subject, at);
    }

    /// Applies a correction of a meal that is not beyond the front, or a late meal.
    fn correct(&mut self, assigned: Assigned<'_>, zone: &TimeZone) {
        let (reading, meals) = (assigned.reading, self.meals.get_or_insert_default());
        let position = reading.position();
        let is_front = Some(position) == self.lot.position();
        let mut meal = reading.clone();
        if let Some(stored) = meals.get(&position) {
            // It stays stored under its first time, if that is believed.
            let (filed, new) = (&stored.horodatage, &mut meal.horodatage);
            if !filed.douteux || new.douteux {
                (new.instant, new.douteux) = (filed.instant, filed.douteux);
            }
        }
        meals.insert(position, meal);
        if reach(meals, &self.lot) {
            self.lot.recompute(meals, zone);
        }
        if is_front {
            self.judge(assigned);
        } else {
            self.note_arrival(assigned);
        }
    }
}

/// A believed time that replaces a doubtful one is new content.
fn is_repeat(reading: &Reading, stored: &Reading) -> bool {
    let dates = stored.horodatage.douteux && !reading.horodatage.douteux;
    !reading.corrects(stored) && !dates
}

/// True if the meals include the front; otherwise the state cannot be recomputed from them.
fn reach(meals: &Meals, lot: &LotState) -> bool {
    let last = meals.keys().next_back().copied();
    last.is_some() && last >= lot.position()
}

/// The positions of a meal of the batch in the effects.
struct Slot {
    meal: usize,
    row: Option<usize>,
}

pub(super) struct Batch<'a, 'z, Ids> {
    ids: Ids,
    zone: &'z TimeZone,
    only_newest: bool,
    /// The meals of slaughtered lots may change.
    pub is_settled_open: bool,
    lives: BTreeMap<LotId, Life>,
    /// Lives of each code, in the order of their first meals.
    of_code: HashMap<String, Vec<LotId>>,
    slots: HashMap<LifeMeal, Slot>,
    newcomers: BTreeMap<i32, &'a Reading>,
    /// Lots whose meals must be read first.
    lacking: BTreeSet<LotId>,
    effects: Effects<'a>,
}

impl<'a, 'z, Ids: Iterator<Item = LotId>> Batch<'a, 'z, Ids> {
    pub fn new(known: Known, ids: Ids, zone: &'z TimeZone) -> Self {
        let Known {
            lots,
            mut meals,
            mut open_episodes,
            only_newest,
        } = known;
        let mut of_code: HashMap<String, Vec<LotId>> = HashMap::with_capacity(lots.len());
        let mut lives = BTreeMap::new();
        for (id, lot) in lots {
            match of_code.get_mut(&lot.code_lot) {
                Some(ids) => ids.push(id),
                None => drop(of_code.insert(lot.code_lot.clone(), vec![id])),
            }
            let open = open_episodes.remove(&id).unwrap_or_default();
            lives.insert(id, Life::new(lot, meals.remove(&id), open, zone));
        }
        let mut batch = Batch {
            ids,
            zone,
            only_newest,
            is_settled_open: false,
            lives,
            of_code,
            slots: HashMap::new(),
            newcomers: BTreeMap::new(),
            lacking: BTreeSet::new(),
            effects: Effects::default(),
        };
        for ids in batch.of_code.values_mut() {
            sort(ids, &batch.lives);
        }
        batch
    }

    pub fn apply(&mut self, index: usize, reading: &'a Reading) -> Result<(), Lacking> {
        match self.assign(reading)? {
            Assignment::In(lot_id) => self.apply_to_life(index, Assigned { lot_id, reading }),
            Assignment::Begins => self.begin(index, reading),
            Assignment::DependsOnMealOf(lot_id) => {
                self.lacking.insert(lot_id);
                Ok(())
            }
            Assignment::Refused(sentence) => Err(Lacking::Refused(sentence)),
        }
    }

    fn assign(&self, reading: &Reading) -> Result<Assignment, Lacking> {
        let ids = self.of_code.get(&reading.code_lot);
        let newest = ids.and_then(|ids| self.lives.get(ids.last()?));
        if let Some(Life { lot, .. }) = newest
            && lives::is_plainly_next(reading, lot)
        {
            return Ok(Assignment::In(lot.id));
        }
        if self.only_newest {
            return Err(Lacking::Lives);
        }
        let lives = ids.into_iter().flatten();
        let lives: Vec<&LotState> = lives.map(|id| &self.lives[id].lot).collect();
        let stored = |life: &LotState| match &self.lives[&life.id].meals {
            None => AtPosition::Unknown,
            Some(meals) => meals
                .get(&reading.position())
                .map_or(AtPosition::Nothing, AtPosition::Meal),
        };
        Ok(lives::assign(reading, &lives, stored))
    }

    fn begin(&mut self, index: usize, reading: &'a Reading) -> Result<(), Lacking> {
        let lot_id = self.ids.next().ok_or(Lacking::Ids)?;
        let assigned = Assigned { lot_id, reading };
        let of_code = self.of_code.entry(reading.code_lot.clone()).or_default();
        let vies = of_code.iter().map(|id| self.lives[id].lot.vie);
        let lot = LotState::first_seen(lot_id, vies.max().unwrap_or(0) + 1, reading, self.zone);
        let meals = Meals::from([(reading.position(), reading.clone())]);
        let mut life = Life::new(lot, Some(meals), Vec::new(), self.zone);
        life.before = None;
        life.judge(assigned);
        self.lives.insert(lot_id, life);
        of_code.push(lot_id);
        sort(of_code, &self.lives);
        self.effects.begun.insert(lot_id);
        self.newcomers.entry(reading.gaveur_id).or_insert(reading);
        self.note(index, assigned, Some(true));
        Ok(())
    }

    pub fn apply_to_life(&mut self, index: usize, assigned: Assigned<'a>) -> Result<(), Lacking> {
        let Assigned { lot_id, reading } = assigned;
        let Some(life) = self.lives.get_mut(&lot_id) else {
            return Err(Lacking::Lives);
        };
        let position = reading.position();
        let is_ahead = Some(position) > life.lot.position();
        if !is_ahead {
            let Some(meals) = &life.meals else {
                self.lacking.insert(lot_id);
                return Ok(());
            };
            let stored = meals.get(&position);
            if stored.is_some_and(|stored| is_repeat(reading, stored)) {
                self.note(index, assigned, None);
                return Ok(());
            }
        }
        if life.lot.statut.is_settled() && !self.is_settled_open {
            return Err(Lacking::Refused(settled(&life.lot)));
        }
        if reading.gaveur_id != life.lot.gaveur_id {
            self.newcomers.entry(reading.gaveur_id).or_insert(reading);
        }
        if is_ahead {
            life.lot.advance(reading, self.zone);
            if let Some(meals) = &mut life.meals {
                meals.insert(position, reading.clone());
            }
            life.judge(assigned);
        } else {
            life.correct(assigned, self.zone);
        }
        self.note(index, assigned, Some(is_ahead));
        Ok(())
    }

    /// Takes a meal out of its life. A new front is judged as if it had just come.
    pub fn delete(&mut self, lot_id: LotId, position: MealPosition) -> Result<(), Lacking> {
        let Some(life) = self.lives.get_mut(&lot_id) else {
            return Err(Lacking::Lives);
        };
        let Some(meals) = &mut life.meals else {
            self.lacking.insert(lot_id);
            return Ok(());
        };
        let was_front = life.lot.position() == Some(position);
        let Some(gone) = meals.remove(&position) else {
            return Ok(());
        };
        let at = gone.horodatage.instant;
        if was_front {
            life.episodes.take_back(position, at);
        }
        match meals.values().next_back().cloned() {
            None => {
                life.lot.empty();
                life.episodes.end_all(at);
            }
            Some(front) => {
                life.lot.recompute(meals, self.zone);
                if was_front {
                    let reading = &front;
                    life.judge(Assigned { lot_id, reading });
                }
            }
        }
        life.has_readings = true;
        self.effects.changed.insert(lot_id);
        Ok(())
    }

    /// Records a meal. `is_ahead` is `None` for a repeat, otherwise whether the meal is beyond the front.
    fn note(&mut self, index: usize, assigned: Assigned<'a>, is_ahead: Option<bool>) {
        let Assigned { lot_id, reading } = assigned;
        if let Some(life) = self.lives.get_mut(&lot_id) {
            life.has_readings = true;
        }
        let Effects {
            meals,
            rows,
            changed,
            overtaken,
            ..
        } = &mut self.effects;
        let slot = self.slots.entry(assigned.key()).or_insert_with(|| {
            meals.push(BatchMeal { index, lot_id });
            Slot {
                meal: meals.len() - 1,
                row: None,
            }
        });
        meals[slot.meal].index = index;
        let Some(is_ahead) = is_ahead else {
            return;
        };
        changed.insert(lot_id);
        match slot.row {
            Some(row) => {
                let row = &mut rows[row];
                let reading = std::mem::replace(&mut row.reading, reading);
                row.corrects = true;
                let is_believed = !row.reading.horodatage.douteux;
                if row.is_doubtful && is_believed {
                    (row.filed_at, row.is_doubtful) = (row.reading.horodatage.instant, false);
                }
                overtaken.push(Assigned { lot_id, reading });
            }
            None => {
                slot.row = Some(rows.len());
                rows.push(Row {
                    lot_id,
                    reading,
                    filed_at: reading.horodatage.instant,
                    is_doubtful: reading.horodatage.douteux,
                    is_ahead,
                    corrects: false,
                });
            }
        }
    }

    pub fn into_effects(self) -> Result<Effects<'a>, Lacking> {
        if !self.lacking.is_empty() {
            return Err(Lacking::Meals(self.lacking));
        }
        let mut effects = self.effects;
        for ids in self.of_code.values() {
            let (_, outlived) = ids.split_last().unwrap_or((&0, &[]));
            effects.outlived.extend(outlived);
        }
        for life in self.lives.into_values().filter(|life| life.has_readings) {
            let transition = Transition::by_meals(&life.lot, life.before);
            effects.transitions.extend(transition);
            effects.lots.push(life.lot);
            effects.episodes.extend(life.episodes.into_changes());
        }
        effects.newcomers = self.newcomers.into_values().collect();
        Ok(effects)
    }
}

fn sort(ids: &mut [LotId], lives: &BTreeMap<LotId, Life>) {
    if ids.len() > 1 {
        ids.sort_by_key(|id| lives.get(id).map(|life| lives::order(&life.lot)));
    }
}

fn settled(lot: &LotState) -> String {
    let after = match lot.statut {
        Statut::Annule => "was cancelled",
        _ => "has been slaughtered",
    };
    format!(
        "the lot {} {after} ({}): its meals can be repeated, not changed, and it takes no other meal",
        lot.code_lot,
        lot.statut.as_str()
    )
}
