mod world;

use super::{tabs::TAKEOVER_WINDOW, *};
use crate::domain::{
    identity::{Tab, TabId},
    stream::Topic,
};

const GRACE: Duration = Duration::from_secs(5);

pub(super) fn who(user: Option<i32>, sid: Option<&str>) -> Identity {
    Identity {
        user: user.map(UserId::from),
        tab: sid.map(|sid| Tab {
            sid: TabId::new(sid).unwrap(),
            topic: Topic::Realtime,
        }),
    }
}

fn cid(number: u64) -> ConnectionId {
    ConnectionId(number)
}

fn generation(effects: &[Effect]) -> Generation {
    match effects {
        [Effect::GraceStarted { generation, .. } | Effect::Register { generation, .. }] => {
            *generation
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_quick_return_cancels_the_clean_up() {
    let (mut users, now) = (Users::new(GRACE), Instant::now());
    users.connect(now, cid(1), who(Some(7), None));
    let left = generation(&users.disconnect(now, cid(1)));
    let back = users.connect(now + GRACE / 2, cid(2), who(Some(7), None));
    let user = UserId::from(7);
    let cancelled = Effect::GraceCancelled {
        user: user.clone(),
        generation: left,
    };
    assert_eq!(back, [cancelled]);
    assert_eq!(users.take_due(now + GRACE * 2), []);
    assert_eq!(users.cleanup_due(user, left), None);
    assert_eq!(users.counts().cleanup_due_stale, 1);
}

#[test]
fn a_deadline_already_taken_loses_against_a_return_that_is_heard_first() {
    let (mut users, now) = (Users::new(GRACE), Instant::now());
    users.connect(now, cid(1), who(Some(7), None));
    users.disconnect(now, cid(1));
    let due = users.take_due(now + GRACE);
    users.connect(now + GRACE, cid(2), who(Some(7), None));
    let (user, left) = due.into_iter().next().unwrap();
    assert_eq!(users.cleanup_due(user, left), None);
    assert_eq!(users.counts().detach_cancelled, 1);
}

#[test]
fn a_second_absence_has_its_own_grace() {
    let (mut users, now) = (Users::new(GRACE), Instant::now());
    let second = now + GRACE / 2;
    users.connect(now, cid(1), who(Some(7), None));
    users.disconnect(now, cid(1));
    users.connect(second, cid(2), who(Some(7), None));
    users.disconnect(second, cid(2));
    assert_eq!(users.take_due(now + GRACE), []);
    assert_eq!(users.take_due(second + GRACE).len(), 1);
}

#[test]
fn one_of_two_tabs_closing_changes_nothing_for_the_user() {
    let (mut users, now) = (Users::new(GRACE), Instant::now());
    users.connect(now, cid(1), who(Some(7), Some("a")));
    assert_eq!(users.connect(now, cid(2), who(Some(7), Some("b"))), []);
    assert_eq!(users.disconnect(now, cid(1)), []);
    assert_eq!(users.next_deadline(), None);
    generation(&users.disconnect(now, cid(2)));
}

#[test]
fn the_old_connection_of_a_tab_is_superseded_and_its_late_end_is_a_counted_no_op() {
    let (mut users, now) = (Users::new(GRACE), Instant::now());
    users.connect(now, cid(1), who(Some(7), Some("a")));
    let effects = users.connect(now, cid(2), who(Some(7), Some("a")));
    assert_eq!(effects, [Effect::Supersede { cid: cid(1) }]);
    assert_eq!(users.disconnect(now, cid(1)), []);
    let counts = users.counts();
    assert_eq!((counts.open, counts.stale_disconnect), (1, 1));
    assert_eq!((counts.opened, counts.closed, counts.superseded), (2, 1, 1));
}

#[test]
fn a_tab_listening_to_two_topics_does_not_supersede_itself() {
    let (mut users, now) = (Users::new(GRACE), Instant::now());
    users.connect(now, cid(1), who(Some(7), Some("a")));
    let mut other = who(Some(7), Some("a"));
    other.tab.as_mut().unwrap().topic = Topic::Gaveur(7);
    assert_eq!(users.connect(now, cid(2), other), []);
}

#[test]
fn the_sixth_takeover_within_ten_seconds_is_refused_and_the_one_before_stays() {
    let (mut users, now) = (Users::new(GRACE), Instant::now());
    let tab = || who(Some(7), Some("a"));
    for number in 1..=6 {
        users.connect(now, cid(number), tab());
    }
    let refused = users.connect(now + TAKEOVER_WINDOW / 2, cid(7), tab());
    assert_eq!(refused, [Effect::Refuse { cid: cid(7) }]);
    assert_eq!(users.disconnect(now, cid(7)), []);
    let later = users.connect(now + TAKEOVER_WINDOW, cid(8), tab());
    assert_eq!(later, [Effect::Supersede { cid: cid(6) }]);
}

#[test]
fn a_return_during_the_clean_up_ends_online_whatever_its_outcome() {
    for well in [true, false] {
        let (mut users, now) = (Users::new(GRACE), Instant::now());
        let user = UserId::from(7);
        users.connect(now, cid(1), who(Some(7), None));
        let left = generation(&users.disconnect(now, cid(1)));
        let cleaning = users.cleanup_due(user.clone(), left);
        assert!(matches!(cleaning, Some(Effect::CleanUp { .. })));
        let back = users.connect(now, cid(2), who(Some(7), None));
        assert!(generation(&back) > left, "registered anew");
        users.cleanup_done(&user, left, well);
        assert_eq!(users.counts().cleaning, 0);
        generation(&users.disconnect(now, cid(2)));
    }
}

#[test]
fn closing_aborts_every_grace_and_begins_no_other() {
    let (mut users, now) = (Users::new(GRACE), Instant::now());
    for number in 1..=3 {
        users.connect(now, cid(number as u64), who(Some(number), None));
    }
    users.disconnect(now, cid(1));
    users.disconnect(now, cid(2));
    // Its deadline is already in the mailbox when the stop is announced.
    assert_eq!(users.take_due(now + GRACE).len(), 2);
    assert_eq!(users.close().len(), 2);
    assert_eq!(users.disconnect(now, cid(3)), []);
    let counts = users.counts();
    assert_eq!(
        (counts.detach_aborted, counts.in_grace, counts.open),
        (2, 0, 0)
    );
}
