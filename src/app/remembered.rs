//! What was stored before this process started: the wall shows it, and feeds that have fallen silent meanwhile are noticed.

use crate::{
    actors::supervisor::Supervisor,
    domain::{
        lot::Statut,
        scope::Scope,
        wall::{MOST_LOTS, WallLot},
    },
    messages::{
        app_to_supervisor::{RememberLots, RememberedFeed, WatchFeeds},
        supervisor_to_writer::RaiseSilence,
    },
    store::{self, moment::Moment, view::Reader},
};
use actix::{Addr, Recipient};

/// Gives the wall and the feed deadlines the lots that were stored before this process started.
///
/// # Errors
/// They cannot be read.
pub(super) async fn tell(
    moment: &Moment,
    supervisor: &Addr<Supervisor>,
    raise: Recipient<RaiseSilence>,
) -> anyhow::Result<()> {
    let pool = moment.pool();
    let remembered = store::readings::remembered_wall(pool, MOST_LOTS as i64).await?;
    let lots = remembered.iter().map(|known| {
        let mut lot = WallLot::new(&known.lot, known.latest.clone(), known.recu_le);
        for (position, ecart) in &known.ecarts {
            lot.ecarts.note(*position, *ecart);
        }
        lot
    });
    let lots = lots.collect();
    let closed = store::transitions::closed_lately(pool).await?;
    let ended = store::transitions::fed_to_the_end_lately(pool).await?;
    let everything = Reader::new(pool.clone()).seen_by(&Scope::Everything);
    let plans = store::curves::plans(&everything, MOST_LOTS as i64).await?;
    let remember = RememberLots {
        lots,
        closed,
        plans,
        ended,
    };
    supervisor.send(remember).await?;
    let fed = remembered
        .into_iter()
        .filter(|known| known.lot.statut == Statut::EnGavage && !known.latest.horodatage.douteux);
    let feeds = fed.map(|known| RememberedFeed {
        position: known.latest.position(),
        lot_id: known.lot.id,
        arrivals: known.arrivals.into_iter().rev().collect(),
    });
    let feeds = feeds.collect();
    supervisor.send(WatchFeeds { feeds, raise }).await?;
    Ok(())
}
