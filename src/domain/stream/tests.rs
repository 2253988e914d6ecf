use super::*;
use proptest::prelude::*;

const BOUNDS: RingBounds = RingBounds {
    frames: 8,
    bytes: 100,
    total_bytes: 150,
    age: Duration::from_secs(60),
};

fn streams() -> Streams {
    Streams::new(Epoch::new("7"), Timestamp::UNIX_EPOCH, BOUNDS)
}

fn publish(streams: &mut Streams, topic: Topic, at: Instant, size: usize) -> u64 {
    let frame = Bytes::from(vec![0; size]);
    let time = Timestamp::UNIX_EPOCH + Duration::from_secs(1);
    streams
        .publish(topic, Audience::Sites(None), at, time, |_| frame)
        .seq
}

fn publish_one(streams: &mut Streams, at: Instant) {
    publish(streams, Topic::Realtime, at, 10);
}

fn position(last_seq: u64) -> Position {
    Position {
        epoch: Epoch::new("7").as_str().to_owned(),
        last_seq,
    }
}

fn resume(streams: &Streams, topic: Topic, last_seq: u64) -> Result<Vec<u64>, Unrecovered> {
    let missed = streams.resume(topic, Some(&position(last_seq)))?;
    Ok(missed.map(|published| published.seq).collect())
}

#[test]
fn exactly_the_missed_frames_come_back() {
    let mut streams = streams();
    let now = Instant::now();
    (0..5).for_each(|_| publish_one(&mut streams, now));
    assert_eq!(resume(&streams, Topic::Realtime, 2), Ok(vec![3, 4, 5]));
    assert_eq!(
        resume(&streams, Topic::Realtime, 0),
        Ok(vec![1, 2, 3, 4, 5])
    );
    assert_eq!(resume(&streams, Topic::Realtime, 5), Ok(vec![]));
    assert_eq!(resume(&streams, Topic::Gaveur(1), 0), Ok(vec![]));
}

#[test]
fn every_gap_that_cannot_be_filled_has_its_reason() {
    let mut streams = streams();
    let now = Instant::now();
    (0..20).for_each(|_| publish_one(&mut streams, now));
    let why = |position: Option<&Position>| streams.resume(Topic::Realtime, position).err();
    let foreign = Position {
        epoch: "other".to_owned(),
        last_seq: 19,
    };
    assert_eq!(why(None), Some(Unrecovered::NoPosition));
    assert_eq!(why(Some(&foreign)), Some(Unrecovered::UnknownEpoch));
    assert_eq!(why(Some(&position(21))), Some(Unrecovered::FuturePosition));
    assert_eq!(why(Some(&position(11))), Some(Unrecovered::GapTooLong));
    assert_eq!(why(Some(&position(12))), None);
    assert_eq!(
        why(Some(&position(u64::MAX))),
        Some(Unrecovered::FuturePosition)
    );
}

#[test]
fn old_frames_are_dropped_although_their_topic_is_quiet() {
    let mut streams = streams();
    let start = Instant::now();
    publish(&mut streams, Topic::Gaveur(1), start, 10);
    publish(&mut streams, Topic::Realtime, start + BOUNDS.age * 2, 10);
    assert_eq!(
        resume(&streams, Topic::Gaveur(1), 0),
        Err(Unrecovered::GapTooLong)
    );
    assert_eq!(streams.kept_bytes(), 10);
}

#[test]
fn a_gap_too_long_says_from_when_history_is_needed() {
    let mut streams = streams();
    let now = Instant::now();
    (0..100).for_each(|_| publish_one(&mut streams, now));
    let since = |last_seq| streams.missed_since(Topic::Realtime, Some(&position(last_seq)));
    let published = |second| Timestamp::from_second(second).unwrap();
    assert_eq!(since(0), Some(published(0) - STORED_BEFORE));
    assert_eq!(since(70), Some(published(1) - STORED_BEFORE));
    assert_eq!(streams.missed_since(Topic::Realtime, None), None);
}

#[test]
fn a_clock_that_was_set_back_does_not_hide_what_was_missed() {
    let mut streams = streams();
    let now = Instant::now();
    let hour = 3_600;
    let mut at = |second: i64| {
        let time = Timestamp::from_second(second).unwrap();
        let encode = |_| Bytes::from_static(b"x");
        streams.publish(Topic::Realtime, Audience::Sites(None), now, time, encode);
    };
    (0..10).for_each(|number| at(5 * hour + number));
    // The wall clock is an hour earlier here.
    (0..200).for_each(|number| at(4 * hour + number));
    let since = |last_seq| streams.missed_since(Topic::Realtime, Some(&position(last_seq)));
    let latest = Timestamp::from_second(4 * hour).unwrap() - STORED_BEFORE;
    for position in [1, 5, 10, 11] {
        assert!(since(position).unwrap() <= latest, "{position}");
    }
    assert!(since(150).unwrap() > latest);
}

#[test]
fn streams_to_which_nobody_listens_are_forgotten_and_no_position_is_given_twice() {
    let mut streams = streams();
    let now = Instant::now();
    for gaveur in 0..100 {
        (0..=gaveur).for_each(|_| {
            publish(&mut streams, Topic::Gaveur(gaveur), now, 10);
        });
    }
    publish_one(&mut streams, now);
    let later = now + BOUNDS.age * 2;
    streams.drop_old(later);
    streams.forget_quiet(10, |topic| topic == Topic::Gaveur(3));
    assert_eq!(streams.by_topic.len(), 10 + 2);
    assert!(streams.by_topic.contains_key(&Topic::Gaveur(3)));
    assert!(streams.by_topic.contains_key(&Topic::Realtime));
    // A client that had all frames of a forgotten stream must be sent to the history.
    let forgotten = (0..100).find(|gaveur| !streams.by_topic.contains_key(&Topic::Gaveur(*gaveur)));
    let topic = Topic::Gaveur(forgotten.unwrap());
    let seen = forgotten.unwrap() as u64 + 1;
    assert_eq!(resume(&streams, topic, seen), Err(Unrecovered::GapTooLong));
    let next = publish(&mut streams, topic, later, 10);
    assert!(next > seen);
    assert_eq!(resume(&streams, topic, next - 1), Ok(vec![next]));
    assert_eq!(resume(&streams, topic, seen), Err(Unrecovered::GapTooLong));
}

proptest! {
    /// Compares with a model that keeps everything.
    #[test]
    fn what_is_replayed_is_complete_and_what_is_kept_is_bounded(steps in prop::collection::vec((0..4i32, 1..60usize, 0..20u64), 1..200)) {
        let mut streams = streams();
        let mut now = Instant::now();
        let mut last = HashMap::new();
        for (gaveur, size, seconds) in steps {
            now += Duration::from_secs(seconds);
            let topic = Topic::Gaveur(gaveur);
            let seq = publish(&mut streams, topic, now, size);
            prop_assert_eq!(seq, last.get(&topic).copied().unwrap_or(0) + 1);
            last.insert(topic, seq);
            let kept: usize = streams.by_topic.values().map(|stream| stream.ring.len()).sum();
            let bytes: usize = streams.by_topic.values().map(|stream| stream.bytes).sum();
            prop_assert_eq!((kept, bytes), (streams.kept, streams.bytes));
            prop_assert!(streams.bytes <= BOUNDS.total_bytes);
            prop_assert!(streams.order.len() <= 2 * kept + 64);
            for (topic, last) in &last {
                let stream = &streams.by_topic[topic];
                prop_assert!(stream.ring.len() <= BOUNDS.frames && stream.bytes <= BOUNDS.bytes);
                prop_assert!(stream.ring.iter().all(|kept| now.duration_since(kept.at) <= BOUNDS.age));
                for from in 0..=*last {
                    match resume(&streams, *topic, from) {
                        Ok(missed) => prop_assert_eq!(missed, (from + 1..=*last).collect::<Vec<_>>()),
                        Err(reason) => prop_assert_eq!(reason, Unrecovered::GapTooLong),
                    }
                }
            }
        }
    }

    /// Compares with a model that remembers every stream.
    #[test]
    fn a_position_is_recovered_truly_or_not_at_all_whatever_was_forgotten(
        steps in prop::collection::vec((0..6i32, 0..100u64, any::<bool>()), 1..200)
    ) {
        let mut streams = streams();
        let mut now = Instant::now();
        let mut published: HashMap<i32, Vec<u64>> = HashMap::new();
        for (gaveur, seconds, forget) in steps {
            now += Duration::from_secs(seconds);
            let seq = publish(&mut streams, Topic::Gaveur(gaveur), now, 1);
            published.entry(gaveur).or_default().push(seq);
            if forget {
                streams.forget_quiet(1, |_| false);
            }
            for (gaveur, all) in &published {
                prop_assert!(all.is_sorted_by(|one, next| one < next));
                for seen in all {
                    if let Ok(missed) = resume(&streams, Topic::Gaveur(*gaveur), *seen) {
                        let expected: Vec<_> = all.iter().copied().filter(|seq| seq > seen).collect();
                        prop_assert_eq!(missed, expected);
                    }
                }
            }
        }
    }
}

/// What a run of the streams holds: the position of each topic, and its frames.
type Held = Vec<(Topic, u64, Vec<(u64, Bytes)>)>;

fn held(streams: &Streams) -> Held {
    let of_topic = |(topic, last_seq): (Topic, u64)| {
        let ring = &streams.by_topic[&topic].ring;
        let frames = ring.iter().map(|kept| &kept.published);
        let frames = frames.map(|published| (published.seq, published.frame.clone()));
        (topic, last_seq, frames.collect())
    };
    streams.reached().into_iter().map(of_topic).collect()
}

/// Numbers entries of a journal, each a topic and a content.
fn fold(streams: &mut Streams, entries: &[(u8, u8)], start: Instant) {
    for (topic, content) in entries {
        let topic = [Topic::Realtime, Topic::Gaveur(1), Topic::Gaveur(2)][usize::from(topic % 3)];
        let frame = Bytes::from(vec![*content; 3]);
        streams.publish(
            topic,
            Audience::Sites(None),
            start,
            Timestamp::UNIX_EPOCH,
            |_| frame,
        );
    }
}

proptest! {
    /// Every process dies somewhere in the journal, and the next goes on from a checkpoint that some process has kept before.
    #[test]
    fn processes_that_die_and_go_on_from_any_checkpoint_number_a_journal_as_one_that_lives(
        entries in prop::collection::vec((any::<u8>(), any::<u8>()), 1..60),
        deaths in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..6),
    ) {
        let start = Instant::now();
        let wide = RingBounds { frames: 1_000, bytes: 1_000_000, total_bytes: 1_000_000, ..BOUNDS };
        let fresh = || Streams::new(Epoch::new("7"), Timestamp::UNIX_EPOCH, wide);
        let mut lives_on = fresh();
        fold(&mut lives_on, &entries, start);
        // Checkpoints, each with the number of entries before it.
        let mut checkpoints = vec![(0, Vec::new())];
        for (checkpoint, death) in deaths {
            let (from, reached) = checkpoint.get(&checkpoints).clone();
            let dies_at = from + death.index(entries.len() - from + 1);
            let mut process = fresh();
            process.go_on(reached, Timestamp::UNIX_EPOCH);
            fold(&mut process, &entries[from..dies_at], start);
            checkpoints.push((dies_at, process.reached()));
        }
        for (from, reached) in checkpoints {
            let mut last = fresh();
            last.go_on(reached, Timestamp::UNIX_EPOCH);
            fold(&mut last, &entries[from..], start);
            prop_assert_eq!(last.reached(), lives_on.reached());
            // It holds the same frames under the same positions, as far back as its checkpoint.
            for ((topic, last_seq, frames), (as_topic, as_seq, all)) in held(&last).into_iter().zip(held(&lives_on)) {
                prop_assert_eq!((topic, last_seq), (as_topic, as_seq));
                prop_assert!(all.ends_with(&frames));
                let known = all.len() - frames.len();
                prop_assert!(known <= from, "{} frames are missing after a checkpoint at {}", known, from);
            }
        }
    }
}

#[test]
fn a_position_before_the_checkpoint_from_which_the_streams_went_on_is_missed_since_the_epoch_began()
{
    let mut streams = streams();
    let begun = Timestamp::UNIX_EPOCH + Duration::from_secs(7_200);
    streams.go_on([(Topic::Realtime, 10)], begun);
    assert_eq!(resume(&streams, Topic::Realtime, 10), Ok(vec![]));
    assert_eq!(
        resume(&streams, Topic::Realtime, 9),
        Err(Unrecovered::GapTooLong)
    );
    let since = |last_seq| streams.missed_since(Topic::Realtime, Some(&position(last_seq)));
    let margin = |time: Timestamp| time.checked_sub(STORED_BEFORE).ok();
    assert_eq!(since(9), margin(Timestamp::UNIX_EPOCH));
    assert_eq!(since(10), margin(begun));
}
