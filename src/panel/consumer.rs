//! Simulated consumers, who rate products of this server over HTTP.

use super::{gavage::until, preparing::Prepared, teller::Teller};
use crate::{
    domain::panel::ConsumerRun,
    simulator::consumer::{Consumers, Event},
};
use futures_util::{FutureExt, future::LocalBoxFuture};
use std::net::SocketAddr;
use tokio::sync::watch;

pub(super) fn rate(
    run: ConsumerRun,
    prepared: Prepared,
    server: SocketAddr,
    teller: Teller,
    stopped: watch::Receiver<bool>,
) -> LocalBoxFuture<'static, ()> {
    let consumers = Consumers {
        server: format!("http://{server}"),
        pace: run.interval,
        count: run.ratings,
        lot: run.lot,
        profile: run.profile,
        seed: run.seed.unwrap_or_else(|| rand::random::<u32>().into()),
        key: prepared.key,
    };
    async move {
        teller.say(format!("consumers, {}", consumers.profile));
        let summary = consumers
            .run(until(stopped), |event, summary| {
                teller.count(summary.rated, summary.refused + summary.away);
                match event {
                    Event::Rated(product) => teller.say(format!("{product} is rated")),
                    Event::Refused(sentence) | Event::Away(sentence) => teller.warn(sentence),
                }
            })
            .await;
        log::info!("consumers ended: {summary}");
        teller.say(format!("ended: {summary}"));
    }
    .boxed_local()
}
