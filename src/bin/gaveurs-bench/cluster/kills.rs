//! What screens see when their server is killed, and move to the others.

use super::{member, tab::Tab};
use crate::{load::Load, server::Server};
use futures_util::future::join_all;
use std::{fmt, net::SocketAddr, time::Duration};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

const SCREENS: u64 = 6;
/// Readings a second meanwhile, sent to a server that is not killed.
const RATE: u32 = 500;
/// From a start to the next kill.
const BETWEEN: Duration = Duration::from_secs(2);
/// Beyond those of the other loads.
const FIRST_LOT: u64 = 9_500_000;

pub struct Kills {
    kills: u32,
    acked: u64,
    frames: u64,
    missed: u64,
    repeated: u64,
    lost_place: u64,
    silence: Duration,
}

impl fmt::Display for Kills {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "kill of a server, {} times, {RATE} readings/s",
            self.kills
        )?;
        writeln!(f, "  acked meanwhile  {} readings", self.acked)?;
        writeln!(f, "  frames           {} on {SCREENS} screens", self.frames)?;
        writeln!(f, "  missed           {}", self.missed)?;
        writeln!(f, "  repeated         {}", self.repeated)?;
        writeln!(f, "  places lost      {}", self.lost_place)?;
        writeln!(f, "  longest silence  {:.2} s", self.silence.as_secs_f64())
    }
}

/// Kills the server on which most screens are, and starts another one in its place. Readings go to the first, which lives.
///
/// # Errors
/// A server does not start, or refuses readings.
pub async fn measure(
    servers: &mut Vec<Server>,
    database_url: &str,
    kills: u32,
) -> anyhow::Result<Kills> {
    let addresses = |servers: &[Server]| -> Vec<SocketAddr> {
        servers.iter().rev().map(|server| server.address).collect()
    };
    let (tell, told) = watch::channel(Some(addresses(servers)));
    let mut tabs = Vec::new();
    for number in 0..SCREENS {
        tabs.push(Tab::open(number, servers[1 + number as usize % 2].address).await?);
    }
    let watching = join_all(tabs.into_iter().map(|tab| watch_on(tab, told.clone())));
    let load = Load {
        url: format!("ws://{}/ws/gavage", servers[0].address),
        producers: 4,
        window: 100,
        batch: 1,
        rate: Some(RATE),
        // At least until the last server has started.
        duration: (BETWEEN + Duration::from_secs(1)) * (kills + 1),
        first_lot: FIRST_LOT,
    };
    let killing = async {
        for _ in 0..kills {
            sleep(BETWEEN).await;
            // The longest-lived of the two; the first takes the readings.
            let killed = servers.remove(1);
            tell.send_replace(Some(addresses(servers)));
            killed.kill().await?;
            servers.push(member(database_url).await?);
            tell.send_replace(Some(addresses(servers)));
        }
        anyhow::Ok(())
    };
    let loading = async {
        let (killed, outcome) = futures_util::future::join(killing, load.run()).await;
        // What is under way arrives.
        sleep(Duration::from_secs(1)).await;
        tell.send_replace(None);
        killed.and(outcome)
    };
    let (tabs, outcome) = futures_util::future::join(watching, loading).await;
    let sum = |of: fn(&Tab) -> u64| tabs.iter().map(of).sum();
    Ok(Kills {
        kills,
        acked: outcome?.acked,
        frames: sum(|tab| tab.frames),
        missed: sum(|tab| tab.place.missed),
        repeated: sum(|tab| tab.place.repeated),
        lost_place: sum(|tab| tab.place.lost),
        silence: tabs.iter().map(|tab| tab.silence).max().unwrap_or_default(),
    })
}

/// Until there are no servers any more.
async fn watch_on(mut tab: Tab, told: watch::Receiver<Option<Vec<SocketAddr>>>) -> Tab {
    loop {
        let Some(servers) = told.borrow().clone() else {
            return tab;
        };
        let _ = timeout(Duration::from_secs(1), tab.hear(&servers)).await;
    }
}
