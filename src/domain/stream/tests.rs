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
