//! Simulated stations on `/ws/sensors/` of this server.

use super::{
    gavage::{ended, until},
    launching::Launch,
    teller::Teller,
};
use crate::{
    domain::{
        panel::{
            MonitorRun, Simulator, SqalRun,
            saying::{Saying, Word},
            scenario::Step,
        },
        site::Site,
    },
    simulator::{
        feeder::line::Line,
        sqal::{
            ASK_AGAIN, Choice, Station, StationEvent, StationSettings, StationSummary, Stations,
            Watcher,
        },
    },
};
use futures_util::{FutureExt, future::LocalBoxFuture};
use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

/// The station of the older demo chain: it inspects a lot of any site.
const OF_ANY_SITE: &str = "ESP32_DEMO_01";

/// Several stations that claim the lots that wait.
pub(super) fn monitor(run: MonitorRun, launch: Launch) -> LocalBoxFuture<'static, ()> {
    let (teller, stopped) = (launch.teller, launch.stopped);
    let stations = Stations {
        server: format!("http://{}", launch.server),
        count: run.stations,
        pace: run.pace,
        foies_per_lot: run.foies_per_lot,
        seed: run.seed.unwrap_or_else(|| rand::random::<u32>().into()),
        ask_every: run.ask_every,
        key: launch.prepared.key,
        watcher: Some(watcher(teller.clone(), |summary| summary.lots)),
        line: Line::new(launch.faults, Simulator::Monitor),
    };
    async move {
        teller.say(Saying::new(Word::StationsBegin).with("count", stations.count));
        let total = stations.run(until(stopped)).await;
        log::info!("quality stations ended: {total}");
        let all = total.0;
        teller.say(ended(all.acked, all.refused, all.reconnections));
    }
    .boxed_local()
}

/// One station that inspects one lot.
pub(super) fn inspect(run: SqalRun, launch: Launch) -> LocalBoxFuture<'static, ()> {
    let (teller, stopped) = (launch.teller, launch.stopped);
    let settings = StationSettings {
        site: site_of(&run.device_id).as_str(),
        server: format!("http://{}", launch.server),
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
        key: launch.prepared.key,
        line: Line::new(launch.faults, Simulator::Sqal).of_device(&run.device_id),
        device_id: run.device_id,
    };
    let watcher = watcher(teller.clone(), |summary| summary.acked);
    async move {
        teller.say(Saying::new(Word::StationBegins).with("device", &settings.device_id));
        let station = Station::new(settings).watched(watcher);
        let all = station.run(stopped).await;
        teller.say(ended(all.acked, all.refused, all.reconnections));
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
        let of_device = |word| Saying::new(word).with("device", device_id);
        match event {
            StationEvent::Claimed(lot) => teller.say(of_device(Word::Inspects).with("lot", lot)),
            StationEvent::Acked(lot) => teller.step(Step::Inspected, lot),
            StationEvent::Refused(sentence) => {
                teller.warn(of_device(Word::SampleRefused).with("reason", sentence));
            }
            StationEvent::Inspected(lot) => {
                teller.step(Step::Graded, lot);
                teller.say(of_device(Word::Inspected).with("lot", lot));
            }
            StationEvent::Lost(reason) => {
                teller.warn(of_device(Word::StationLost).with("reason", reason));
            }
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
