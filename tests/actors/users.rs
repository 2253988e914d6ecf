//! Graces and clean-ups of a real supervisor: hours of them under a paused clock.

use crate::{
    core::{Core, GRACE},
    probe::probe,
};
use gaveurs::{
    domain::{
        access::Policy,
        identity::{Identity, UserId},
        subscriptions::ConnectionId,
        users::Counts,
    },
    messages::{
        app_to_supervisor::{CloseAllSessions, CountSessions},
        registrar_to_supervisor::UserCleared,
        session_to_supervisor::{SessionClosed, SessionOpened},
        supervisor_to_registrar::ClearUser,
    },
    websocket::Ending,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rustix::time::{ClockId, clock_gettime};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::{Instant, sleep};

impl Core {
    /// A connection of the user opens.
    async fn open(&self, cid: u64, user: i32) {
        let opened = SessionOpened {
            cid: ConnectionId(cid),
            endpoint: "realtime",
            who: Identity {
                user: Some(UserId::from(user)),
                tab: None,
            },
            key: None,
            policy: Policy::Wall,
            close: probe().0,
            listens: None,
        };
        self.supervisor.send(opened).await.unwrap();
    }

    async fn end(&self, cid: u64) {
        self.supervisor.send(closed(cid)).await.unwrap();
    }

    fn counts(&self) -> Counts {
        let counts = self.stats.open().counts;
        assert_eq!(counts.opened, counts.closed + counts.open);
        let ended = counts.detach_cancelled + counts.detach_executed + counts.detach_aborted;
        assert_eq!(counts.detach_started, ended + counts.in_grace);
        counts
    }

    /// The registrar reports that a clean-up is done.
    fn answer(&self, clear: ClearUser, error: Option<&str>) {
        let cleared = clear.cleared.expect("the user is cleaned up");
        cleared.do_send(UserCleared {
            user: clear.user,
            generation: clear.generation,
            error: error.map(str::to_owned),
        });
    }
}

fn closed(cid: u64) -> SessionClosed {
    SessionClosed {
        cid: ConnectionId(cid),
        ending: Ending::Lost,
        lasted: Duration::ZERO,
    }
}

#[actix_web::test]
async fn a_clean_up_begins_when_the_grace_is_over_and_not_before() {
    let mut core = Core::start();
    core.open(1, 7).await;
    assert_eq!(core.registered.next().await.user, UserId::from(7));
    core.end(1).await;
    let left = Instant::now();
    let clear = core.cleared.next().await;
    assert!((GRACE..GRACE + Duration::from_millis(5)).contains(&left.elapsed()));
    assert_eq!(core.counts().cleaning, 1);
    core.answer(clear, None);
    sleep(Duration::from_millis(1)).await;
    let counts = core.counts();
    assert_eq!((counts.cleaning, counts.cleanup_ok), (0, 1));
}

#[actix_web::test]
async fn a_user_who_returns_during_the_clean_up_is_registered_anew_and_stays_whatever_its_outcome()
{
    let mut core = Core::start();
    core.open(1, 7).await;
    let first = core.registered.next().await.generation;
    core.end(1).await;
    let clear = core.cleared.next().await;
    core.open(2, 7).await;
    let second = core.registered.next().await.generation;
    assert!(first < clear.generation && clear.generation < second);
    core.answer(clear, Some("the database is away"));
    sleep(GRACE * 2).await;
    let counts = core.counts();
    assert_eq!(
        (counts.open, counts.cleaning, counts.cleanup_err),
        (1, 0, 1)
    );
    assert!(core.cleared.so_far().await.is_empty());
}

#[actix_web::test]
async fn a_return_that_is_in_the_mailbox_when_the_grace_ends_wins() {
    let mut core = Core::start();
    core.open(1, 7).await;
    core.end(1).await;
    // The timer fires at the same instant, before or after the return.
    sleep(GRACE).await;
    core.open(2, 7).await;
    sleep(GRACE).await;
    let counts = core.counts();
    assert_eq!(counts.open, 1);
    assert_eq!(counts.detach_cancelled + counts.detach_executed, 1);
    assert_eq!(
        core.cleared.so_far().await.len() as u64,
        counts.detach_executed
    );
}

#[actix_web::test]
async fn an_hour_of_graces_each_ends_once_and_on_time() {
    let mut core = Core::start();
    for minute in 0..60 {
        for user in 0..20 {
            let cid = minute * 20 + user + 1;
            core.open(cid, user as i32).await;
            core.end(cid).await;
        }
        let left = Instant::now();
        for _ in 0..20 {
            let clear = core.cleared.next().await;
            assert!(left.elapsed() < GRACE + Duration::from_millis(5));
            core.answer(clear, None);
        }
        sleep(Duration::from_secs(55)).await;
    }
    let counts = core.counts();
    assert_eq!((counts.detach_executed, counts.cleanup_ok), (1_200, 1_200));
}

/// 200 users disconnect and reconnect at random for a day.
#[actix_web::test]
async fn after_a_day_of_comings_and_goings_nothing_is_left_over() {
    let mut core = Core::start();
    let mut random = ChaCha8Rng::seed_from_u64(24);
    let mut online: BTreeMap<i32, u64> = BTreeMap::new();
    let begun = Instant::now();
    let mut cid = 0;
    while begun.elapsed() < Duration::from_secs(24 * 3_600) {
        let user = random.random_range(0..200);
        match online.remove(&user) {
            Some(open) => core.end(open).await,
            None => {
                cid += 1;
                core.open(cid, user).await;
                online.insert(user, cid);
            }
        }
        for clear in core.cleared.so_far().await {
            let error = random.random_bool(0.1).then_some("the database is away");
            core.answer(clear, error);
        }
        core.counts();
        sleep(Duration::from_millis(random.random_range(0..8_000))).await;
    }
    assert!(cid > 8_000, "{cid} connections in a day");
    for open in online.into_values() {
        core.end(open).await;
    }
    sleep(GRACE * 2).await;
    for clear in core.cleared.so_far().await {
        core.answer(clear, None);
    }
    sleep(Duration::from_millis(1)).await;
    let counts = core.counts();
    assert_eq!((counts.open, counts.in_grace, counts.cleaning), (0, 0, 0));
    assert_eq!(
        counts.cleanup_ok + counts.cleanup_err,
        counts.detach_executed
    );
    assert!(counts.detach_cancelled > 0 && counts.cleanup_err > 0);
    assert_eq!(core.stats.open().disconnects.top().tracked, 200);
}

/// What this thread, which runs every actor of the test, has worked so far.
fn processor_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap()
}

/// The supervisor handles all these messages without a pause, so a query that is sent meanwhile waits for their processor time: time on
/// the clock would also count what other programs of the machine take.
#[actix_web::test]
async fn ten_thousand_users_who_drop_at_once_have_their_graces_and_clean_ups_and_hold_nobody_up() {
    const CROWD: u64 = 10_000;
    let mut core = Core::start();
    for cid in 1..=CROWD {
        core.open(cid, cid as i32).await;
    }
    let before = processor_time();
    for cid in 1..=CROWD {
        core.supervisor.do_send(closed(cid));
    }
    let census = core.supervisor.send(CountSessions).await.unwrap();
    assert!(processor_time() - before < Duration::from_secs(1));
    assert_eq!((census.sessions, census.in_grace), (0, CROWD as usize));
    for cid in 1..=CROWD / 2 {
        core.open(CROWD + cid, cid as i32).await;
    }
    sleep(GRACE + Duration::from_millis(5)).await;
    let clear = core.cleared.so_far().await;
    assert_eq!(clear.len() as u64, CROWD / 2);
    clear.into_iter().for_each(|clear| core.answer(clear, None));
    sleep(Duration::from_millis(5)).await;
    let counts = core.counts();
    assert_eq!(
        (counts.detach_cancelled, counts.cleanup_ok),
        (CROWD / 2, CROWD / 2)
    );
    assert_eq!(
        (counts.open, counts.in_grace, counts.cleaning),
        (CROWD / 2, 0, 0)
    );
}

#[actix_web::test]
async fn when_the_server_stops_graces_are_aborted_and_running_clean_ups_end() {
    let mut core = Core::start();
    for user in 0..5 {
        core.open(user + 1, user as i32).await;
        core.end(user + 1).await;
    }
    sleep(GRACE + Duration::from_millis(10)).await;
    let running = core.cleared.so_far().await;
    for user in 5..25 {
        core.open(user + 1, user as i32).await;
        core.end(user + 1).await;
    }
    for user in 25..125 {
        core.open(user + 1, user as i32).await;
    }
    let counts = core.counts();
    assert_eq!(
        (counts.open, counts.in_grace, counts.cleaning),
        (100, 20, 5)
    );
    assert_eq!(core.supervisor.send(CloseAllSessions).await.unwrap(), 100);
    for user in 25..125 {
        core.end(user + 1).await;
    }
    let counts = core.counts();
    assert_eq!(
        (counts.open, counts.in_grace, counts.detach_aborted),
        (0, 0, 20)
    );
    running
        .into_iter()
        .for_each(|clear| core.answer(clear, None));
    sleep(GRACE * 2).await;
    let census = core.supervisor.send(CountSessions).await.unwrap();
    assert_eq!(
        (census.sessions, census.in_grace, census.cleaning),
        (0, 0, 0)
    );
    assert_eq!(core.counts().cleanup_ok, 5);
}
