//! Which feeds the supervisor waits for, and for how long.

use crate::{
    common::readings::{meal, with},
    core::Core,
    probe::{Heard, probe},
    stage::stored,
};
use actix::Addr;
use gaveurs::{
    actors::supervisor::Supervisor,
    messages::{app_to_supervisor::WatchFeeds, supervisor_to_writer::RaiseSilence},
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, advance};

const BETWEEN_MEALS: Duration = Duration::from_secs(30);
/// Two meals and an eighth.
const PATIENCE: Duration = Duration::from_millis(67_500);

async fn watching() -> (Addr<Supervisor>, Heard<RaiseSilence>) {
    let supervisor = Core::start().supervisor;
    let (raise, raised) = probe();
    let feeds = Vec::new();
    supervisor.send(WatchFeeds { feeds, raise }).await.unwrap();
    (supervisor, raised)
}

async fn tell(supervisor: &Addr<Supervisor>, message: Value) {
    supervisor.send(stored(&[message])).await.unwrap();
}

/// Meals of a lot up to the fourth, one every half minute.
async fn feed(supervisor: &Addr<Supervisor>) {
    for number in 0..4 {
        tell(supervisor, meal("LL2611001", 1, number)).await;
        advance(BETWEEN_MEALS).await;
    }
}

fn last(number: i32, dose: f64) -> Value {
    let fields = json!({"pret_abattage": true, "dose_reelle": dose});
    with(meal("LL2611001", 1, number), fields)
}

#[actix_web::test]
async fn a_feed_is_silent_two_of_its_own_meals_after_the_last_one_and_is_named_once() {
    let (supervisor, mut raised) = watching().await;
    feed(&supervisor).await;
    let fed = Instant::now() - BETWEEN_MEALS;
    let silent = raised.next().await;
    assert_eq!(silent.lots.len(), 1);
    let waited = fed.elapsed();
    assert!(
        (PATIENCE..PATIENCE + Duration::from_secs(1)).contains(&waited),
        "{waited:?}"
    );
    advance(Duration::from_secs(30 * 86_400)).await;
    assert!(raised.so_far().await.is_empty());
}

#[actix_web::test]
async fn nobody_waits_for_a_lot_that_has_ended_also_when_another_word_of_it_comes_late() {
    let (supervisor, mut raised) = watching().await;
    feed(&supervisor).await;
    tell(&supervisor, last(4, 400.0)).await;
    advance(BETWEEN_MEALS).await;
    tell(&supervisor, last(4, 390.0)).await;
    advance(Duration::from_secs(30 * 86_400)).await;
    assert!(raised.so_far().await.is_empty());
}
