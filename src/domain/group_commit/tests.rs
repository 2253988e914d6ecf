use super::*;
use proptest::prelude::*;

/// An entry with a kind, a size, and whether it can be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Thing {
    number: usize,
    kind: u8,
    size: usize,
    is_bad: bool,
}

impl Entry for Thing {
    fn size(&self) -> usize {
        self.size
    }

    fn unwritten(&self) -> Unwritten {
        Unwritten {
            readings: self.size,
            samples: 1,
        }
    }

    fn joins(&self, first: &Self) -> bool {
        // Entries of kind 0 form batches alone.
        self.kind == first.kind && (self.kind > 0 || self == first)
    }
}

const PATIENCE: Duration = Duration::from_secs(10);
const FAST: Duration = Duration::from_millis(2);

fn group(size: usize) -> GroupCommit<Thing> {
    GroupCommit::new(Bounds {
        size,
        patience: PATIENCE,
    })
}

fn thing(number: usize, size: usize) -> Thing {
    Thing {
        number,
        kind: 1,
        size,
        is_bad: false,
    }
}

fn of_sizes(batch: usize, sizes: &[usize]) -> GroupCommit<Thing> {
    let mut group = group(batch);
    for (number, size) in sizes.iter().enumerate() {
        group.push(thing(number, *size));
    }
    group
}

fn numbers(batch: &[Thing]) -> Vec<usize> {
    batch.iter().map(|thing| thing.number).collect()
}

/// Sizes of the batches until the queue is empty.
fn batches(group: &mut GroupCommit<Thing>) -> Vec<Vec<usize>> {
    let mut gone = Vec::new();
    while let Some(batch) = group.next_batch() {
        gone.push(batch.iter().map(|thing| thing.size).collect());
        group.committed(&batch, FAST);
    }
    gone
}

#[test]
fn a_batch_takes_whole_entries_and_one_that_is_too_large_goes_alone() {
    let mut group = of_sizes(10, &[4, 6, 1, 25, 2]);
    assert_eq!(
        batches(&mut group),
        [vec![4, 6], vec![1], vec![25], vec![2]]
    );
    assert!(group.is_empty());
}

#[test]
fn one_batch_at_a_time_of_one_kind_in_the_order_of_arrival() {
    let mut group = group(10);
    for (number, kind) in [1, 1, 2, 0, 0, 1].into_iter().enumerate() {
        group.push(Thing {
            kind,
            ..thing(number, 1)
        });
    }
    let mut gone = Vec::new();
    while let Some(batch) = group.next_batch() {
        assert_eq!(group.next_batch(), None, "another one is in flight");
        gone.push(numbers(&batch));
        group.committed(&batch, FAST);
    }
    assert_eq!(gone, [vec![0, 1], vec![2], vec![3], vec![4], vec![5]]);
}

#[test]
fn what_is_gathered_goes_as_one_batch_when_the_time_is_over_or_the_batch_is_full() {
    let mut group = of_sizes(3, &[1]);
    group.gather();
    group.push(thing(1, 1));
    assert_eq!(group.next_batch(), None);
    group.gathered();
    let batch = group.next_batch().unwrap();
    assert_eq!(numbers(&batch), [0, 1]);
    group.committed(&batch, FAST);
    group.gather();
    group.push(thing(2, 2));
    assert!(!group.is_due());
    group.push(thing(3, 1));
    assert_eq!(numbers(&group.next_batch().unwrap()), [2, 3]);
}

#[test]
fn a_bad_entry_is_found_and_only_it_is_refused() {
    let mut group = of_sizes(10, &[1; 5]);
    let (mut committed, mut refused) = (Vec::new(), Vec::new());
    while let Some(batch) = group.next_batch() {
        let is_bad = batch.iter().any(|thing| thing.number == 2);
        if !is_bad {
            group.committed(&batch, FAST);
            committed.push(numbers(&batch));
            continue;
        }
        match group.failed(batch, Failure::Refused) {
            Step::Refuse(thing) => refused.push(thing.number),
            step => assert_eq!(step, Step::GoOn),
        }
    }
    assert_eq!(
        (committed, refused),
        (vec![vec![0, 1], vec![3, 4]], vec![2])
    );
}

#[test]
fn waits_grow_up_to_half_a_second_and_begin_anew_once_the_database_was_there() {
    let mut group = of_sizes(10, &[1]);
    let mut fail = |failure| {
        let batch = group.next_batch().unwrap();
        let step = group.failed(batch, failure);
        assert!(!group.is_due(), "it pauses");
        group.resume();
        step
    };
    for millis in [100, 200, 400, 500, 500] {
        assert_eq!(
            fail(Failure::Away),
            Step::Wait(Duration::from_millis(millis))
        );
    }
    let batch = group.next_batch().unwrap();
    group.committed(&batch, FAST);
    group.push(thing(1, 1));
    let batch = group.next_batch().unwrap();
    assert_eq!(group.failed(batch, Failure::Away), Step::Wait(FIRST_WAIT));
}

#[test]
fn what_was_hindered_goes_again_at_once_and_not_for_ever() {
    let mut group = of_sizes(10, &[1, 1]);
    let steps: Vec<_> = (0..MOST_HINDERED)
        .map(|_| {
            let batch = group.next_batch().unwrap();
            assert_eq!(numbers(&batch), [0, 1]);
            // Entries that arrive meanwhile do not make the next attempt larger.
            group.push(thing(9, 1));
            group.failed(batch, Failure::Hindered)
        })
        .collect();
    let (last, before) = steps.split_last().unwrap();
    assert!(before.iter().all(|step| *step == Step::GoOn));
    assert_eq!(last, &Step::Wait(FIRST_WAIT));
}

/// A database that takes this many rows a second, for this many batches; returns the sizes written and the number of timeouts.
fn offered(
    group: &mut GroupCommit<Thing>,
    rows_a_second: f64,
    count: usize,
) -> (Vec<usize>, usize) {
    let (mut taken, mut late) = (Vec::new(), 0);
    for number in 0..count {
        while group.waiting_size < 2_000 {
            group.push(thing(number, 1));
        }
        let batch = group.next_batch().unwrap();
        let took = Duration::from_secs_f64(batch.len() as f64 / rows_a_second);
        let size = batch.len();
        if took < PATIENCE {
            taken.push(size);
            group.committed(&batch, took);
        } else {
            late += 1;
            group.failed(batch, Failure::Late);
            group.resume();
        }
    }
    (taken, late)
}

#[test]
fn a_database_that_is_merely_slow_is_offered_less_and_more_again_when_it_is_fast() {
    let mut group = group(1_000);
    let (taken, late) = offered(&mut group, 50.0, 30);
    assert_eq!(late, 2, "1,000 and 500 rows take ten seconds and more");
    assert!(taken.iter().all(|size| *size == 250), "{taken:?}");
    let (taken, late) = offered(&mut group, 5_000.0, 5);
    assert_eq!((taken, late), (vec![250, 500, 1_000, 1_000, 1_000], 0));
}

#[test]
fn a_database_that_takes_one_row_at_a_time_gets_one() {
    let (taken, late) = offered(&mut group(1_000), 0.15, 40);
    assert_eq!((taken.first(), late), (Some(&1), 9));
}

#[derive(Debug, Clone)]
enum Act {
    Push(u8, usize, bool),
    Begin,
    End(u8),
    Resume,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let push = (0..3u8, 0..7usize, prop::bool::weighted(0.1));
    let act = prop_oneof![
        3 => push.prop_map(|(kind, size, is_bad)| Act::Push(kind, size, is_bad)),
        3 => Just(Act::Begin),
        3 => (0..6u8).prop_map(Act::End),
        1 => Just(Act::Resume),
    ];
    prop::collection::vec(act, 0..200)
}

/// The answer of a database that refuses every batch with a bad entry.
fn failure(batch: &[Thing], mood: u8) -> Option<Failure> {
    let is_bad = batch.iter().any(|thing| thing.is_bad);
    match mood {
        0 => Some(Failure::Hindered),
        1 => Some(Failure::Late),
        2 => Some(Failure::Away),
        _ => is_bad.then_some(Failure::Refused),
    }
}

proptest! {
    #[test]
    fn every_entry_is_answered_once_and_in_its_order_whatever_happens(acts in acts(), size in 1..20usize) {
        let mut group = group(size);
        let (mut pushed, mut flying, mut answered) = (Vec::new(), None::<Vec<Thing>>, Vec::<Thing>::new());
        let settle = |group: &mut GroupCommit<Thing>, batch: Vec<Thing>, mood, answered: &mut Vec<Thing>| {
            let Some(failure) = failure(&batch, mood) else {
                group.committed(&batch, FAST);
                return answered.extend(batch);
            };
            match group.failed(batch, failure) {
                Step::Refuse(thing) => { assert!(thing.is_bad); answered.push(thing); }
                Step::GoOn => assert!(group.is_due()),
                Step::Wait(wait) => assert!(!group.is_due() && wait >= FIRST_WAIT && wait <= LAST_WAIT),
            }
        };
        let check = |batch: &[Thing], limit: usize| {
            assert!(batch.iter().all(|thing| thing.joins(&batch[0])));
            assert!(batch.len() == 1 || size_of(batch) <= limit);
        };
        for act in acts {
            match act {
                Act::Push(kind, size, is_bad) => {
                    let thing = Thing { number: pushed.len(), kind, size, is_bad };
                    pushed.push(thing.clone());
                    group.push(thing);
                }
                Act::Begin => if let Some(batch) = group.next_batch() {
                    prop_assert!(flying.is_none());
                    check(&batch, group.limit);
                    flying = Some(batch);
                },
                Act::End(mood) => if let Some(batch) = flying.take() {
                    settle(&mut group, batch, mood, &mut answered);
                },
                Act::Resume => group.resume(),
            }
            prop_assert!(group.limit >= 1 && group.limit <= size);
            let unwritten = group.unwritten();
            prop_assert_eq!(unwritten.readings + size_of(&answered), size_of(&pushed));
            prop_assert_eq!(unwritten.samples + answered.len(), pushed.len());
            // No entry overtakes an earlier one.
            prop_assert_eq!(answered.as_slice(), &pushed[..answered.len()]);
        }
        group.resume();
        if let Some(batch) = flying.take() {
            settle(&mut group, batch, 5, &mut answered);
        }
        while let Some(batch) = group.next_batch() {
            check(&batch, group.limit);
            settle(&mut group, batch, 5, &mut answered);
        }
        prop_assert_eq!(answered, pushed);
        prop_assert!(group.is_empty() && group.halves.is_empty());
    }
}
