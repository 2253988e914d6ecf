//! Publishes what was committed to the subscribers.

use super::Supervisor;
use crate::{
    domain::{
        audience::Audience,
        reasons::DropReason,
        stream::{Published, Topic},
        wall::{SiteStats, WallLot},
    },
    messages::{
        app_to_supervisor::RememberLots,
        supervisor_to_session::Deliver,
        writer_to_supervisor::{Committed, Publication},
    },
    protocol::frames::{At, LotData, OpenFrame, ServerFrame, SiteStatsData},
    telemetry::metrics,
    websocket::{Ending, encoder},
};
use actix::{AsyncContext, Context, Handler, Message, dev::SendError};
use bytes::Bytes;
use jiff::Timestamp;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::time::Instant;

/// The sites' figures are published at most this often.
pub const SITE_STATS_INTERVAL: Duration = Duration::from_secs(1);
/// How many streams of gaveurs without subscribers are remembered.
const MOST_QUIET_STREAMS: usize = 4_096;
/// Maximum number of lots per frame of a snapshot.
const LOTS_PER_SNAPSHOT_FRAME: usize = 200;

impl Supervisor {
    pub(super) fn publish(&mut self, publications: Vec<Publication>) {
        let now = (Instant::now(), Timestamp::now());
        let mut by_topic: HashMap<Topic, Vec<Arc<Published>>> = HashMap::new();
        for publication in publications {
            let encode = |seq| encoder::text(&publication.frame.close(seq));
            let topic = publication.topic;
            let published = self
                .streams
                .publish(topic, publication.audience, now, encode);
            by_topic.entry(topic).or_default().push(published);
        }
        for (topic, published) in by_topic {
            self.deliver(topic, published.into());
        }
    }

    /// Subscribers whose filter matches every frame share one list.
    fn deliver(&mut self, topic: Topic, everything: Arc<[Arc<Published>]>) {
        let mut delivered = 0;
        let mut behind = Vec::new();
        let metrics = &self.links.metrics;
        for (cid, listener) in self.listeners.listeners(topic) {
            let wanted = || everything.iter().filter(|p| listener.wants(&p.audience));
            let count = wanted().count();
            let frames = match count {
                0 => continue,
                all if all == everything.len() => everything.clone(),
                _ => wanted().cloned().collect(),
            };
            match listener.handle.deliver.try_send(Deliver { frames }) {
                Ok(()) => delivered += count as u64,
                // Its SessionClosed message is on its way.
                Err(SendError::Closed(_)) => metrics.dropped(DropReason::SessionGone, count as u64),
                Err(SendError::Full(_)) => behind.push((cid, count as u64)),
            }
        }
        let label = metrics::Topic {
            topic: topic.label(),
        };
        metrics.deliveries.get_or_create(&label).inc_by(delivered);
        for (cid, missed) in behind {
            self.links
                .metrics
                .dropped(DropReason::SessionMailboxFull, missed);
            self.close(cid, Ending::SlowConsumer);
        }
    }

    pub(super) fn snapshot(&mut self) -> Arc<[Bytes]> {
        let seq = self.streams.last_seq(Topic::Realtime);
        match &self.snapshot {
            Some((at, frames)) if *at == seq => frames.clone(),
            _ => {
                let frames = self.encode_snapshot(seq, Timestamp::now());
                self.snapshot.insert((seq, frames)).1.clone()
            }
        }
    }

    /// The lots in one or several frames, followed by a frame with the site figures, which older screens know.
    fn encode_snapshot(&self, seq: u64, now: Timestamp) -> Arc<[Bytes]> {
        let (lots, sites) = (self.wall.lots(), figures(&self.wall.site_stats()));
        let parts: Vec<_> = match lots.is_empty() {
            true => vec![&lots[..]],
            false => lots.chunks(LOTS_PER_SNAPSHOT_FRAME).collect(),
        };
        let epoch = self.streams.epoch().as_str();
        let snapshots = parts.into_iter().map(|lots| ServerFrame::Snapshot {
            timestamp: At(now),
            epoch,
            seq,
            lots: lots.iter().map(LotData::from).collect(),
            sites: &sites,
        });
        let frames = snapshots.chain([site_stats(&sites, now)]);
        frames.map(|frame| encoder::text(&frame.encode())).collect()
    }
}

fn figures(sites: &[SiteStats]) -> Vec<SiteStatsData> {
    sites.iter().map(SiteStatsData::from).collect()
}

fn site_stats(sites: &[SiteStatsData], now: Timestamp) -> ServerFrame<'_> {
    ServerFrame::SiteStats {
        sites,
        timestamp: At(now),
    }
}

/// Message to itself: publish the site figures if they have changed.
#[derive(Message)]
#[rtype(result = "()")]
pub struct SiteStatsDue;

impl Handler<SiteStatsDue> for Supervisor {
    type Result = ();

    fn handle(&mut self, _: SiteStatsDue, ctx: &mut Context<Self>) {
        let now = Timestamp::now();
        let crowded_out = self.wall.make_room(now);
        self.feed_timer.forget(&crowded_out);
        let metrics = &self.links.metrics;
        metrics.dropped(DropReason::WallFull, crowded_out.len() as u64);
        if let Some(sites) = self.wall.changed_site_stats() {
            self.publish(vec![Publication {
                topic: Topic::Realtime,
                audience: Audience::Sites,
                frame: OpenFrame::from(&site_stats(&figures(&sites), now)),
            }]);
        }
        self.streams.drop_old(Instant::now());
        let listeners = &self.listeners;
        self.streams
            .forget_quiet(MOST_QUIET_STREAMS, |topic| listeners.is_listened_to(topic));
        ctx.notify_later(SiteStatsDue, SITE_STATS_INTERVAL);
    }
}

impl Handler<Committed> for Supervisor {
    type Result = ();

    fn handle(&mut self, Committed { news, .. }: Committed, ctx: &mut Context<Self>) {
        for lot in &news.lots {
            if let Some(earlier_life) = self.wall.apply(lot.clone()) {
                self.feed_timer.forget(&[earlier_life]);
            }
        }
        let is_shown = |lot: &&WallLot| self.wall.shows(lot);
        let shown: Vec<_> = news.lots.iter().filter(is_shown).collect();
        self.feed_timer.note(&shown, ctx);
        self.publish(news.publications);
    }
}

impl Handler<RememberLots> for Supervisor {
    type Result = ();

    fn handle(&mut self, remembered: RememberLots, _: &mut Context<Self>) {
        remembered.lots.into_iter().for_each(|lot| {
            self.wall.apply(lot);
        });
        self.snapshot = None;
    }
}
