//! Simulated consumers, who rate products of this server over HTTP.

use super::{
    gavage::{ended, until},
    launching::Launch,
};
use crate::{
    domain::panel::{
        ConsumerRun,
        saying::{Saying, Word},
    },
    simulator::consumer::{Consumers, Event},
};
use futures_util::{FutureExt, future::LocalBoxFuture};

pub(super) fn rate(run: ConsumerRun, launch: Launch) -> LocalBoxFuture<'static, ()> {
    let Launch {
        prepared,
        server,
        teller,
        stopped,
        ..
    } = launch;
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
        teller.say(Saying::new(Word::ConsumersBegin).with("profile", consumers.profile));
        let summary = consumers
            .run(until(stopped), |event, summary| {
                teller.count(summary.rated, summary.refused + summary.away);
                match event {
                    Event::Rated(product) => {
                        teller.say(Saying::new(Word::Rated).with("product", product));
                    }
                    Event::Refused(sentence) | Event::Away(sentence) => {
                        teller.warn(Saying::new(Word::RatingFailed).with("reason", sentence));
                    }
                }
            })
            .await;
        log::info!("consumers ended: {summary}");
        teller.say(ended(summary.rated, summary.refused, summary.away));
    }
    .boxed_local()
}
