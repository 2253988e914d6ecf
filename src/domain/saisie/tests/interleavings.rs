//! Entries, their retries, corrections and a stream, in any order, against a replay that knows only what was said last.

use super::*;
use proptest::{collection::vec, prelude::*};

const PLACES: i32 = 9;

#[derive(Debug, Clone)]
enum Step {
    Enter {
        place: i32,
        dose: i32,
        morts: i32,
    },
    /// An earlier entry arrives once more.
    Retry(usize),
    /// The key of an earlier entry comes with something else.
    Reuse(usize),
    Stream {
        place: i32,
        dose: i32,
        alive: i32,
    },
    /// A supervisor deletes a meal, or finds none.
    Delete(i32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..PLACES, 380..420, 0..6)
            .prop_map(|(place, dose, morts)| Step::Enter { place, dose, morts }),
        2 => (0..20usize).prop_map(Step::Retry),
        1 => (0..20usize).prop_map(Step::Reuse),
        2 => (0..PLACES, 380..420, 900..1_000)
            .prop_map(|(place, dose, alive)| Step::Stream { place, dose, alive }),
        2 => (0..PLACES).prop_map(Step::Delete),
    ]
}

/// What was said last of a meal.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Said {
    Dead(i32),
    Alive(i32),
}

/// Independent of the code: who is alive at each place, from what was said last.
fn replay(initial: i32, said: &BTreeMap<i32, (i32, Said)>) -> BTreeMap<i32, i32> {
    let mut counts = BTreeMap::new();
    for place in said.keys() {
        let before: Vec<_> = said.range(..=place).collect();
        let counted = before
            .iter()
            .rposition(|(_, (_, said))| matches!(said, Said::Alive(_)));
        let mut count = match counted.map(|index| before[index].1.1) {
            Some(Said::Alive(alive)) => alive,
            _ => initial,
        };
        for (_, (_, said)) in &before[counted.map_or(0, |index| index + 1)..] {
            if let Said::Dead(dead) = said {
                count -= dead;
            }
        }
        counts.insert(*place, count);
    }
    counts
}

proptest! {
    #[test]
    fn whatever_the_order_the_last_word_on_each_meal_stands_and_the_heads_add_up(
        is_planned in any::<bool>(),
        steps in vec(step(), 1..40),
    ) {
        let mut book = if is_planned { Book::planned() } else { Book::new() };
        let first = (!is_planned).then_some((0, (400, Said::Alive(INITIAL))));
        let mut said: BTreeMap<_, _> = first.into_iter().collect();
        let mut versions: BTreeMap<i32, i32> = said.keys().map(|place| (*place, 1)).collect();
        let mut sent: Vec<Saisie> = Vec::new();
        for step in steps {
            match step {
                Step::Enter { place, dose, morts } => {
                    let meal = WrittenMeal { dose_g: f64::from(dose), ..dead(place, morts) };
                    let saisie = entry(&format!("key {}", sent.len()), vec![meal]);
                    let initial = book.lot.nb_canards_initial.unwrap();
                    let (repeat, entered) = book.enter(&saisie).unwrap();
                    let entered = entered.unwrap();
                    prop_assert_eq!(repeat, Repeat::New);
                    sent.push(saisie);
                    said.insert(place, (dose, Said::Dead(morts)));
                    // A stream's identical meal keeps its origin, and so its own count.
                    if entered.told[0].origine == Origine::Flux {
                        said.insert(place, (dose, Said::Alive(book.alive(place).unwrap())));
                    }
                    let is_new = entered.told[0].effet == Effet::Nouveau;
                    prop_assert_eq!(is_new, !versions.contains_key(&place));
                    versions.insert(place, entered.told[0].version);
                    for meal in &entered.recounted {
                        *versions.get_mut(&meal_rank(meal.position())).unwrap() += 1;
                    }
                    for (place, alive) in replay(initial, &said) {
                        prop_assert_eq!(book.alive(place), Some(alive), "place {}", place);
                    }
                    let front = missing::position_of(*said.keys().next_back().unwrap());
                    prop_assert_eq!(book.lot.position(), Some(front));
                    prop_assert_eq!(book.lot.nb_canards_actuel, book.meals[&front].nb_canards_vivants);
                }
                Step::Retry(_) | Step::Reuse(_) if sent.is_empty() => {}
                Step::Retry(index) => {
                    let before = book.meals.clone();
                    let again = &sent[index % sent.len()];
                    prop_assert_eq!(book.enter(again).unwrap().0, Repeat::Again);
                    prop_assert_eq!(&book.meals, &before);
                }
                Step::Reuse(index) => {
                    let before = book.meals.clone();
                    let mut other = sent[index % sent.len()].clone();
                    other.corps.push('!');
                    prop_assert_eq!(book.enter(&other).unwrap().0, Repeat::Other);
                    prop_assert_eq!(&book.meals, &before);
                }
                Step::Delete(place) => {
                    let initial = book.lot.nb_canards_initial;
                    let deleted = book.delete(missing::position_of(place));
                    let is_there = said.remove(&place).is_some();
                    prop_assert_eq!(deleted.is_ok(), is_there);
                    if !is_there {
                        continue;
                    }
                    versions.remove(&place);
                    for meal in deleted.unwrap() {
                        *versions.get_mut(&meal_rank(meal.position())).unwrap() += 1;
                    }
                    for (place, alive) in replay(initial.unwrap(), &said) {
                        prop_assert_eq!(book.alive(place), Some(alive), "place {}", place);
                    }
                    let front = said.keys().next_back().map(|place| missing::position_of(*place));
                    prop_assert_eq!(book.lot.position(), front);
                    if front.is_none() {
                        prop_assert_eq!(book.lot.statut, Statut::EnPreparation);
                    }
                }
                Step::Stream { place, dose, alive } => {
                    let version = versions.get(&place).copied().unwrap_or(0);
                    book.stream(&streamed(place, f64::from(dose), alive));
                    let stored = book.noted[&missing::position_of(place)].version;
                    prop_assert!([version, version + 1].contains(&stored));
                    versions.insert(place, stored);
                    // The same as what was entered changes nothing, and is still an entry.
                    if stored != version {
                        said.insert(place, (dose, Said::Alive(alive)));
                    }
                }
            }
            for (place, (dose, _)) in &said {
                let meal = &book.meals[&missing::position_of(*place)];
                prop_assert_eq!(meal.dose_reelle, f64::from(*dose));
            }
        }
    }
}
