//! Assigns a reading to a life of its code, and decides when a life begins. See docs/decisions/0007-identity-of-a-reading.md.

use super::{
    lot::{Fed, LotId, LotState},
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
    if let Some(fed) = life.fed.filter(|fed| may_begin(reading, fed)) {
        let (last_day, _) = fed.front;
        if life.statut.has_ended() && last_day >= FED_TO_THE_END {
            return Assignment::Begins;
        }
        if reading.position() <= fed.front {
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
fn may_begin(reading: &Reading, fed: &Fed) -> bool {
    !reading.correction
        && reading.jour <= FIRST_DAYS
        && reading.horodatage.instant > fed.dernier_releve
}

/// The genetics of a planned lot are not in the words of its stream.
fn is_of_other_ducks(reading: &Reading, meal: &Reading, life: &LotState) -> bool {
    let counts = reading.nb_canards_vivants.zip(meal.nb_canards_vivants);
    let is_planned = life.nb_canards_annonces.is_some();
    counts.is_some_and(|(now, before)| now != before)
        || (!is_planned && reading.genetique != life.genetique)
}

fn within(reading: &Reading, life: &LotState) -> Assignment {
    let Reading {
        code_lot,
        jour,
        gaveur_id,
        ..
    } = reading;
    if let Some((last_day, _)) = life.position()
        && *jour > last_day + FARTHEST
    {
        return Assignment::Refused(format!(
            "field `jour`: day {jour} is more than {FARTHEST} days beyond the last meal of the lot {code_lot}, on its day {last_day}"
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

/// A life that has had a meal.
#[derive(Clone, Copy)]
struct Begun<'a> {
    life: &'a LotState,
    fed: Fed,
}

impl<'a> Begun<'a> {
    fn of(life: &'a LotState) -> Option<Self> {
        life.fed.map(|fed| Begun { life, fed })
    }
}

/// Finds the life that a reading belongs to. On the first days it must be one of the same gaveur, because another gaveur who begins with
/// the same code feeds other ducks. On later days another gaveur may have taken the lot over. Real ducks and simulated ones are never one
/// lot.
fn life_of<'a>(reading: &Reading, lives: &[&'a LotState]) -> Option<&'a LotState> {
    let alike = lives.iter().copied();
    let mut alike = alike.filter(|life| life.simule == reading.simule);
    let begun: Vec<_> = alike.clone().filter_map(Begun::of).collect();
    let in_his_hands: Vec<_> = begun
        .iter()
        .copied()
        .filter(|begun| is_fed_by(reading, begun.life))
        .collect();
    let may_be_taken_over = reading.jour > FIRST_DAYS || reading.correction;
    let found = match at_its_time(reading, &in_his_hands) {
        None if may_be_taken_over => at_its_time(reading, &begun),
        found => found,
    };
    // A doubtful time does not begin a new life while the current one is fed.
    let is_fed = |begun: &&Begun<'_>| reading.horodatage.douteux && !begun.life.statut.has_ended();
    let current = || in_his_hands.last().filter(is_fed).copied();
    if let Some(begun) = found.or_else(current) {
        return Some(begun.life);
    }
    let is_expected = |life: &&LotState| {
        life.fed.is_none()
            && !life.statut.has_ended()
            && !reading.correction
            && (may_be_taken_over || is_fed_by(reading, life))
    };
    alike.rfind(is_expected)
}

fn is_fed_by(reading: &Reading, life: &LotState) -> bool {
    let hands = [life.gaveur_id, life.premier_gaveur_id];
    reading.site == life.site && hands.contains(&reading.gaveur_id)
}

/// The newest life that began at or before the reading, or one of which the reading can be an earlier, late first meal.
fn at_its_time<'a>(reading: &Reading, lives: &[Begun<'a>]) -> Option<Begun<'a>> {
    let at = reading.horodatage.instant;
    let begun = lives.iter().rposition(|life| life.fed.premier_releve <= at);
    let next = match begun {
        Some(index) => lives.get(index + 1),
        None => lives.first(),
    };
    let next = next.filter(|life| comes_shortly_before(reading, &life.fed));
    let begun = begun.map(|index| lives[index]);
    match (begun, next) {
        (Some(life), Some(next)) => {
            let fills = meal_rank(reading.position()) <= next.fed.premiere_place;
            Some(if at > life.fed.dernier_releve && fills {
                *next
            } else {
                life
            })
        }
        (begun, next) => begun.or(next.copied()),
    }
}

fn comes_shortly_before(reading: &Reading, fed: &Fed) -> bool {
    let meals = (fed.premiere_place - meal_rank(reading.position())).max(0);
    let earlier = fed
        .premier_releve
        .duration_since(reading.horodatage.instant);
    earlier <= BETWEEN_MEALS * meals + A_DAY
}

/// True if the reading can only belong to this life, the newest of its code, and is beyond its front. Then the other lives need not be
/// looked up.
pub fn is_plainly_next(reading: &Reading, newest: &LotState) -> bool {
    let Some(fed) = newest.fed else {
        return false;
    };
    let (last_day, _) = fed.front;
    reading.position() > fed.front
        && reading.horodatage.instant >= fed.premier_releve
        && is_fed_by(reading, newest)
        && newest.simule == reading.simule
        && !newest.statut.has_ended()
        && reading.jour <= last_day + FARTHEST
}

/// Sort key: lives in the order of their first meals; those that wait for it come last.
pub fn order(life: &LotState) -> (Timestamp, i32) {
    let begins = life.fed.map(|fed| fed.premier_releve);
    (begins.unwrap_or(Timestamp::MAX), life.vie)
}
