//! The current state as a screen gets it that begins.

use super::{
    Supervisor,
    publishing::{figures, site_stats},
};
use crate::{
    domain::{scope::Scope, stream::Topic},
    protocol::frames::{At, LotData, Part, ServerFrame},
    websocket::encoder,
};
use bytes::Bytes;
use jiff::Timestamp;
use std::{collections::HashMap, sync::Arc};

/// Maximum number of lots per frame of a snapshot.
const LOTS_PER_SNAPSHOT_FRAME: usize = 200;

/// The encoded snapshots at one position of the realtime stream, for the next screens at the same position.
#[derive(Default)]
pub(super) struct Snapshots {
    seq: u64,
    by_scope: HashMap<Scope, Arc<[Bytes]>>,
}

impl Supervisor {
    pub(super) fn snapshot(&mut self, scope: &Scope) -> Arc<[Bytes]> {
        let seq = self.streams.last_seq(Topic::Realtime);
        if self.snapshots.seq != seq {
            self.snapshots = Snapshots {
                seq,
                by_scope: HashMap::new(),
            };
        }
        if let Some(frames) = self.snapshots.by_scope.get(scope) {
            return frames.clone();
        }
        let frames = self.encode_snapshot(seq, scope, Timestamp::now());
        let by_scope = &mut self.snapshots.by_scope;
        by_scope.insert(scope.clone(), frames.clone());
        frames
    }

    /// The lots in one or several frames, followed by a frame with the site figures, which older screens know.
    fn encode_snapshot(&self, seq: u64, scope: &Scope, now: Timestamp) -> Arc<[Bytes]> {
        let mut lots = self.wall.lots();
        lots.retain(|lot| scope.sees_site(lot.site));
        let sites = figures(&self.wall.site_stats(self.day_of(now)), scope);
        let parts: Vec<_> = if lots.is_empty() {
            vec![&lots[..]]
        } else {
            lots.chunks(LOTS_PER_SNAPSHOT_FRAME).collect()
        };
        let epoch = self.streams.epoch().as_str();
        let count = parts.len();
        let snapshots = (1..).zip(parts).map(|(part, lots)| ServerFrame::Snapshot {
            timestamp: At(now),
            epoch,
            seq,
            lots: lots.iter().map(LotData::from).collect(),
            sites: &sites,
            part: (count > 1).then_some(Part { part, parts: count }),
        });
        let frames = snapshots.chain([site_stats(&sites, now)]);
        frames.map(|frame| encoder::text(&frame.encode())).collect()
    }
}
