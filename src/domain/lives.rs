//! Assigns a reading to a life of its code, and decides when a life begins. See docs/decisions/0007-identity-of-a-reading.md.

use super::{
    lot::{LotId, LotState},
    reading::{Reading, TakeOver},
    weighings::meal_rank,
};
use jiff::{SignedDuration, Timestamp};

/// Last day of a lot: no feeding is longer.
pub const LAST_JOUR: i32 = 30;

/// A reading more than this many days beyond the front of its lot is taken for a typing error. Shorter gaps are normal, after an
/// interrupted feed.
const FARTHEST: i32 = 16;

/// How long before the first known meal an earlier meal may be dated: this much per meal in between, plus a day.
const BETWEEN_MEALS: SignedDuration = SignedDuration::from_hours(12);
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// A lot that ended on this day or later was fed to its end; readings that begin again belong to another lot.
const FED_TO_THE_END: i32 = 5;

/// Last day of a lot on which a life may begin although another one exists.
const FIRST_DAYS: i32 = 1;

/// Decision about a reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assignment {
    /// It is a meal of this life.
    In(LotId),
    /// It is the first known reading of a new life.
    Begins,
    /// It depends on the meal that this life has at the same position.
    DependsOnMealOf(LotId),
    Refused(String),
}

/// What a life has stored at the position of a reading.
#[derive(Debug, Clone, Copy)]
pub enum AtPosition<'a> {
    Unknown,
    Nothing,
    Meal(&'a Reading),
}

/// Assigns a reading to one of all `lives` of its code, which are in the order of their first meals.
pub fn assign<'a>(
    reading: &Reading,
    lives: &[&LotState],
    stored: impl FnOnce(&LotState) -> AtPosition<'a>,
) -> Assignment {
    let Some(life) = life_of(reading, lives) else {
        if !reading.correction {
            return Assignment::Begins;
        }
        let code_lot = &reading.code_lot;
        return Assignment::Refused(format!(
            "there is no meal of the lot {code_lot} that this could correct"
        ));
    };
    if may_begin(reading, life) {
        if life.statut.has_ended() && life.jour_actuel >= FED_TO_THE_END {
            return Assignment::Begins;
        }
        if reading.position() <= life.position() {
            match stored(life) {
                AtPosition::Unknown => return Assignment::DependsOnMealOf(life.id),
                AtPosition::Meal(meal) if is_of_other_ducks(reading, meal, life) => {
                    return Assignment::Begins;
                }
                _ => {}
            }
        }
    }
    within(reading, life)
}

/// True for a reading of the first days that is later than all meals of the life.
fn may_begin(reading: &Reading, life: &LotState) -> bool {
    !reading.correction
        && reading.jour <= FIRST_DAYS
        && reading.horodatage.instant > life.dernier_releve
}

fn is_of_other_ducks(reading: &Reading, meal: &Reading, life: &LotState) -> bool {
    let counts = reading.nb_canards_vivants.zip(meal.nb_canards_vivants);
    counts.is_some_and(|(now, before)| now != before) || reading.genetique != life.genetique
}

fn within(reading: &Reading, life: &LotState) -> Assignment {
    let Reading {
        code_lot,
        jour,
        gaveur_id,
        ..
    } = reading;
    if *jour > life.jour_actuel + FARTHEST {
        return Assignment::Refused(format!(
            "field `jour`: day {jour} is more than {FARTHEST} days beyond the last meal of the lot {code_lot}, on its day {}",
            life.jour_actuel
        ));
    }
    if life.statut.has_ended() && !is_fed_by(reading, life) {
        return Assignment::Refused(format!(
            "the lot {code_lot} has ended ({}) and was not fed by gaveur {gaveur_id} at {}; a new lot begins on day 0",
            life.statut, reading.site
        ));
    }
    let may_continue = match reading.take_over {
        TakeOver::OfAnySite => true,
        TakeOver::OfItsSite => reading.site == life.site,
        TakeOver::No => is_fed_by(reading, life),
    };
    if !may_continue {
        return Assignment::Refused(format!(
            "field `code_lot`: the lot {code_lot} belongs to somebody else, and this key may not take it over"
        ));
    }
    Assignment::In(life.id)
}

/// Finds the life that a reading belongs to. On the first days it must be one of the same gaveur, because another gaveur who begins with
/// the same code feeds other ducks. On later days another gaveur may have taken the lot over.
fn life_of<'a>(reading: &Reading, lives: &[&'a LotState]) -> Option<&'a LotState> {
    let in_his_hands: Vec<_> = lives
        .iter()
        .copied()
        .filter(|life| is_fed_by(reading, life))
        .collect();
    let found = match at_its_time(reading, &in_his_hands) {
        None if reading.jour > FIRST_DAYS || reading.correction => at_its_time(reading, lives),
        found => found,
    };
    // A doubtful time does not begin a new life while the current one is fed.
    let is_fed = |life: &&&LotState| reading.horodatage.douteux && !life.statut.has_ended();
    found.or_else(|| in_his_hands.last().filter(is_fed).copied())
}

fn is_fed_by(reading: &Reading, life: &LotState) -> bool {
    let hands = [life.gaveur_id, life.premier_gaveur_id];
    reading.site == life.site && hands.contains(&reading.gaveur_id)
}

/// The newest life that began at or before the reading, or one of which the reading can be an earlier, late first meal.
fn at_its_time<'a>(reading: &Reading, lives: &[&'a LotState]) -> Option<&'a LotState> {
    let at = reading.horodatage.instant;
    let begun = lives.iter().rposition(|life| life.premier_releve <= at);
    let next = match begun {
        Some(index) => lives.get(index + 1),
        None => lives.first(),
    };
    let next = next.filter(|life| comes_shortly_before(reading, life));
    let begun = begun.map(|index| lives[index]);
    match (begun, next) {
        (Some(life), Some(next)) => {
            let fills = meal_rank(reading.position()) <= next.premiere_place;
            Some(if at > life.dernier_releve && fills {
                *next
            } else {
                life
            })
        }
        (begun, next) => begun.or(next.copied()),
    }
}

fn comes_shortly_before(reading: &Reading, life: &LotState) -> bool {
    let meals = (life.premiere_place - meal_rank(reading.position())).max(0);
    let earlier = life
        .premier_releve
        .duration_since(reading.horodatage.instant);
    earlier <= BETWEEN_MEALS * meals + A_DAY
}

/// True if the reading can only belong to this life, the newest of its code, and is beyond its front. Then the other lives need not be
/// looked up.
pub fn is_plainly_next(reading: &Reading, newest: &LotState) -> bool {
    reading.position() > newest.position()
        && reading.horodatage.instant >= newest.premier_releve
        && is_fed_by(reading, newest)
        && !newest.statut.has_ended()
        && reading.jour <= newest.jour_actuel + FARTHEST
}

/// Sort key: lives in the order of their first meals.
pub fn order(life: &LotState) -> (Timestamp, i32) {
    (life.premier_releve, life.vie)
}
