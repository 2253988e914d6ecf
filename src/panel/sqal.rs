//! Simulated stations on `/ws/sensors/` of this server.

use super::{gavage::until, preparing::Prepared, teller::Teller};
use crate::{
    domain::{
        panel::{MonitorRun, SqalRun, scenario::Step},
        site::Site,
    },
    simulator::sqal::{
        ASK_AGAIN, Choice, Station, StationEvent, StationSettings, StationSummary, Stations,
        Watcher,
    },
};
use futures_util::{FutureExt, future::LocalBoxFuture};
use std::{cell::RefCell, collections::BTreeMap, net::SocketAddr, rc::Rc};
use tokio::sync::watch;

/// The station of the older demo chain: it inspects a lot of any site.
const OF_ANY_SITE: &str = "ESP32_DEMO_01";

/// Several stations that claim the lots that wait.
pub(super) fn monitor(
    run: MonitorRun,
    prepared: Prepared,
    server: SocketAddr,
    teller: Teller,
    stopped: watch::Receiver<bool>,
) -> LocalBoxFuture<'static, ()> {
    let stations = Stations {
        server: format!("http://{server}"),
        count: run.stations,
        pace: run.pace,
        foies_per_lot: run.foies_per_lot,
        seed: run.seed.unwrap_or_else(|| rand::random::<u32>().into()),
        ask_every: run.ask_every,
        key: prepared.key,
        watcher: Some(watcher(teller.clone(), |summary| summary.lots)),
    };
    async move {
        teller.say(format!("{} stations", stations.count));
        let total = stations.run(until(stopped)).await;
        log::info!("quality stations ended: {total}");
        teller.say(format!("ended: {total}"));
    }
    .boxed_local()
}

/// One station that inspects one lot.
pub(super) fn inspect(
    run: SqalRun,
    prepared: Prepared,
    server: SocketAddr,
    teller: Teller,
    stopped: watch::Receiver<bool>,
) -> LocalBoxFuture<'static, ()> {
    let settings = StationSettings {
        site: site_of(&run.device_id).as_str(),
        server: format!("http://{server}"),
        pace: run.interval,
        foies_per_lot: run.samples,
        seed: rand::random::<u32>().into(),
        ask_every: ASK_AGAIN,
        choice: match run.device_id.as_str() {
            OF_ANY_SITE => Choice::AnySite,
            _ => Choice::OwnSite,
        },
        wanted: run.lot,
        most_lots: Some(1),
        key: prepared.key,
        device_id: run.device_id,
    };
    let watcher = watcher(teller.clone(), |summary| summary.acked);
    async move {
        teller.say(format!("station {}", settings.device_id));
        let station = Station::new(settings).watched(watcher);
        let summary = station.run(stopped).await;
        teller.say(format!("ended: {} samples acked", summary.acked));
    }
    .boxed_local()
}

/// The site in the name of a station, such as `ESP32_LL_01`.
fn site_of(device_id: &str) -> Site {
    let named = device_id.split('_').find_map(|part| part.parse().ok());
    named.unwrap_or(Site::Ll)
}

/// Counts what all stations do; `messages` says what of it counts.
fn watcher(teller: Teller, messages: fn(&StationSummary) -> u64) -> Watcher {
    let all: RefCell<BTreeMap<String, StationSummary>> = RefCell::default();
    Rc::new(move |device_id, event, summary| {
        let mut all = all.borrow_mut();
        all.insert(device_id.to_owned(), *summary);
        let errors = |one: &StationSummary| one.refused + one.reconnections;
        teller.count(
            all.values().map(messages).sum(),
            all.values().map(errors).sum(),
        );
        match event {
            StationEvent::Claimed(lot) => teller.say(format!("{device_id} inspects {lot}")),
            StationEvent::Acked(lot) => teller.step(Step::Inspected, lot),
            StationEvent::Refused(sentence) => {
                teller.warn(format!("{device_id}: a sample is refused: {sentence}"));
            }
            StationEvent::Inspected(lot) => {
                teller.step(Step::Graded, lot);
                teller.say(format!("{device_id}: {lot} is inspected"));
            }
            StationEvent::Lost(reason) => teller.warn(format!("{device_id}: {reason}")),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_site_of_a_station_stands_in_its_name() {
        assert_eq!(site_of("ESP32_MT_03"), Site::Mt);
        assert_eq!(site_of("ESP32_DEMO_01"), Site::Ll);
    }
}
