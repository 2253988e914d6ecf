use super::*;
use crate::domain::site::Site;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn backlog(policy: Policy, frames: usize) -> Backlog {
    let own_bytes = 100;
    Backlog::new(policy, BacklogBounds { frames, own_bytes })
}

fn published(seq: u64, lot: u8) -> Arc<Published> {
    Arc::new(Published {
        seq,
        audience: Audience::Gavage {
            site: Site::ALL[0],
            code_lot: lot.to_string(),
            gaveur_id: 1,
        },
        frame: Bytes::from(seq.to_string()),
    })
}

fn frame(seq: u64) -> Option<Next> {
    Some(Next::Frame(Bytes::from(seq.to_string())))
}

#[test]
fn a_slow_screen_gets_the_newest_value_of_each_lot_behind_word_of_the_gap() {
    let mut backlog = backlog(Policy::Newest, 10);
    for (seq, lot) in [(5, 1), (6, 2), (7, 1), (8, 1)] {
        backlog.push(published(seq, lot)).unwrap();
    }
    let gap = Gap {
        from: 5,
        to: 7,
        skipped: 2,
    };
    assert_eq!(backlog.pop(), Some(Next::Gap(gap)));
    assert_eq!(backlog.pop(), frame(6));
    assert_eq!(backlog.pop(), frame(8));
    assert_eq!(backlog.pop(), None);
}

#[test]
fn where_every_frame_counts_none_is_left_out_and_too_many_are_too_many() {
    let mut backlog = backlog(Policy::Exact, 2);
    assert_eq!(backlog.push(published(1, 1)), Ok(()));
    assert_eq!(backlog.push(published(2, 1)), Ok(()));
    assert_eq!(backlog.push(published(3, 1)), Err(Overflow));
    assert_eq!(backlog.pop(), frame(1));
}

#[test]
fn what_is_replayed_comes_before_what_is_live() {
    let mut backlog = backlog(Policy::Newest, 10);
    backlog.push(published(3, 1)).unwrap();
    backlog.replay(vec![published(1, 1), published(2, 1)]);
    let sent: Vec<_> = std::iter::from_fn(|| backlog.pop()).collect();
    assert_eq!(sent, [frame(1), frame(2), frame(3)].map(Option::unwrap));
}

#[test]
fn an_answer_stands_behind_what_was_published_before_it_and_before_what_came_after() {
    for policy in [Policy::Exact, Policy::Newest] {
        let mut backlog = backlog(policy, 10);
        backlog.push(published(1, 1)).unwrap();
        backlog.push(published(2, 2)).unwrap();
        backlog.push_own(Bytes::from("ack")).unwrap();
        backlog.push(published(3, 3)).unwrap();
        let sent: Vec<_> = std::iter::from_fn(|| backlog.pop()).collect();
        let ack = Next::Frame(Bytes::from("ack"));
        let expected = [frame(1), frame(2), Some(ack), frame(3)];
        assert_eq!(sent, expected.map(Option::unwrap), "{policy:?}");
    }
}

#[test]
fn what_one_screen_alone_waits_for_is_bounded_in_bytes() {
    let mut backlog = backlog(Policy::Newest, 1_000);
    for _ in 0..100 {
        backlog.push_own(Bytes::from("x")).unwrap();
    }
    assert_eq!(backlog.push_own(Bytes::from("x")), Err(Overflow));
    backlog.pop();
    backlog.pop();
    assert_eq!(backlog.push_own(Bytes::from("x")), Ok(()));
}

#[test]
fn a_snapshot_of_any_size_may_wait_in_its_order_and_a_newer_one_takes_the_place_of_what_waits_of_it()
 {
    let mut backlog = backlog(Policy::Newest, 10);
    let snapshot = |name: &str| [1, 2, 3].map(|part| Bytes::from(format!("{name}{part:0>200}")));
    let parts = |name: &str, from: usize| {
        let parts = snapshot(name).into_iter().skip(from);
        parts.map(Next::Frame).collect::<Vec<_>>()
    };
    backlog.push_own(Bytes::from("welcome")).unwrap();
    backlog.push_snapshot(&snapshot("old")).unwrap();
    backlog.push(published(1, 1)).unwrap();
    let mut next =
        |count: usize| -> Vec<_> { std::iter::from_fn(|| backlog.pop()).take(count).collect() };
    let welcome = Next::Frame(Bytes::from("welcome"));
    assert_eq!(next(2), [&[welcome], &parts("old", 0)[..1]].concat());
    backlog.push_snapshot(&snapshot("new")).unwrap();
    assert_eq!(backlog.len(), 4);
    let rest: Vec<_> = std::iter::from_fn(|| backlog.pop()).collect();
    assert_eq!(rest, [&[frame(1).unwrap()][..], &parts("new", 0)].concat());
    assert!(backlog.is_empty());
}

#[test]
fn what_was_left_out_costs_no_place_for_long() {
    let mut backlog = backlog(Policy::Newest, 10);
    backlog.push_own(Bytes::from("x")).unwrap();
    for seq in 1..10_000 {
        backlog.push(published(seq, (seq % 3) as u8)).unwrap();
        assert!(backlog.waiting.len() < 140);
    }
    assert_eq!(backlog.len(), 4);
}

proptest! {
    #[test]
    fn a_position_is_shown_or_lies_in_a_gap_and_none_comes_twice(steps in prop::collection::vec((0..5u8, any::<bool>(), any::<bool>()), 1..100)) {
        let mut backlog = backlog(Policy::Newest, 200);
        let (mut shown, mut gaps, mut skipped) = (Vec::new(), Vec::<Gap>::new(), 0);
        let mut answers = Vec::new();
        let mut take = |next: Next, shown: &mut Vec<u64>| match next {
            Next::Frame(frame) if frame.is_empty() => answers.push(shown.last().copied().unwrap_or(0)),
            Next::Frame(frame) => shown.push(std::str::from_utf8(&frame).unwrap().parse().unwrap()),
            Next::Gap(gap) => { skipped += gap.skipped; gaps.push(gap); }
        };
        let mut asked = Vec::new();
        for (index, (lot, ask, read)) in steps.iter().enumerate() {
            backlog.push(published(index as u64 + 1, *lot)).unwrap();
            if *ask {
                backlog.push_own(Bytes::new()).unwrap();
                asked.push(index as u64 + 1);
            }
            if *read && let Some(next) = backlog.pop() { take(next, &mut shown); }
        }
        while let Some(next) = backlog.pop() { take(next, &mut shown); }
        prop_assert!(shown.is_sorted());
        // What was published before an answer is sent before it or never; what was published after it is sent after it.
        prop_assert_eq!(answers.len(), asked.len());
        for (before, asked) in answers.iter().zip(&asked) {
            let last = shown.iter().rfind(|seq| *seq <= asked);
            prop_assert_eq!(last.copied().unwrap_or(0), *before);
        }
        let seen: BTreeSet<u64> = shown.iter().copied().collect();
        prop_assert_eq!(seen.len() as u64 + skipped, steps.len() as u64);
        for seq in 1..=steps.len() as u64 {
            prop_assert!(seen.contains(&seq) || gaps.iter().any(|gap| (gap.from..=gap.to).contains(&seq)));
        }
    }
}
