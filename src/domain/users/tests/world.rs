//! Users, subscriptions and streams together under random interleavings, reproducible from one integer:
//! `GAVEURS_SEED=<number> cargo test --lib any_interleaving`.

use super::*;
use crate::domain::{
    audience::{Audience, Filter},
    scope::Scope,
    stream::{Epoch, Position, RingBounds, Streams},
    subscriptions::{Listener, Subscriptions},
    tests::play,
};
use bytes::Bytes;
use jiff::Timestamp;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

const SEEDS: u64 = 3_000;
const STEPS: usize = 120;
const USERS: i32 = 3;
const TABS: [&str; 2] = ["a", "b"];

type Client = (i32, &'static str);

struct World {
    random: ChaCha8Rng,
    now: Instant,
    users: Users,
    listeners: Subscriptions<()>,
    streams: Streams,
    next_cid: u64,
    /// Connections whose end the supervisor has not handled yet, in any order.
    sockets: BTreeMap<ConnectionId, Client>,
    /// Deadlines in the mailbox.
    due: Vec<(UserId, Generation)>,
    /// Running clean-ups.
    cleaning: Vec<(UserId, Generation)>,
    /// The running clean-up of each disconnected user.
    away: BTreeMap<UserId, Generation>,
    /// How each grace ended.
    graces: BTreeMap<Generation, Option<&'static str>>,
    /// Users with a row in the registry, and the generation that wrote it.
    rows: BTreeMap<UserId, Generation>,
    /// The connection that each client reads, and what the client has received on any of its connections.
    current: BTreeMap<Client, ConnectionId>,
    seen: BTreeMap<Client, Vec<u64>>,
}

impl World {
    fn new(seed: u64) -> Self {
        let bounds = RingBounds {
            frames: 1_000,
            bytes: 1 << 20,
            total_bytes: 1 << 20,
            age: Duration::from_secs(3_600),
        };
        World {
            random: ChaCha8Rng::seed_from_u64(seed),
            now: Instant::now(),
            users: Users::new(GRACE),
            listeners: Subscriptions::default(),
            streams: Streams::new(Epoch::new("1"), Timestamp::UNIX_EPOCH, bounds),
            next_cid: 0,
            sockets: BTreeMap::new(),
            due: Vec::new(),
            cleaning: Vec::new(),
            away: BTreeMap::new(),
            graces: BTreeMap::new(),
            rows: BTreeMap::new(),
            current: BTreeMap::new(),
            seen: BTreeMap::new(),
        }
    }

    fn step(&mut self) {
        match self.random.random_range(0..100) {
            0..25 => self.connect(),
            25..45 => self.disconnect(),
            45..55 => self.advance(),
            55..70 => self.hear_due(),
            70..80 => self.finish_cleanup(),
            80..84 => drop(self.users.disconnect(self.now, ConnectionId(u64::MAX))),
            _ => self.publish(),
        }
    }

    fn connect(&mut self) {
        let client = (
            self.random.random_range(0..USERS),
            TABS[self.random.random_range(0..TABS.len())],
        );
        self.next_cid += 1;
        let cid = ConnectionId(self.next_cid);
        let identity = who(Some(client.0), Some(client.1));
        let effects = self.users.connect(self.now, cid, identity);
        let refused = effects.contains(&Effect::Refuse { cid });
        self.sockets.insert(cid, client);
        self.apply(effects);
        if refused {
            return;
        }
        self.resume(client);
        self.listeners.subscribe(
            cid,
            Topic::Realtime,
            Listener {
                handle: (),
                scope: Scope::Everything,
                filter: Filter::default(),
            },
        );
        self.current.insert(client, cid);
    }

    fn resume(&mut self, client: Client) {
        let seen = self.seen.entry(client).or_default();
        let position = Position {
            epoch: self.streams.epoch().as_str().to_owned(),
            last_seq: seen.last().copied().unwrap_or(0),
        };
        let missed = self.streams.resume(Topic::Realtime, Some(&position));
        seen.extend(missed.ok().unwrap().map(|published| published.seq));
    }

    /// Ends any open socket, including superseded ones: their ends are handled late and in any order.
    fn disconnect(&mut self) {
        if self.sockets.is_empty() {
            return;
        }
        let index = self.random.random_range(0..self.sockets.len());
        let (&cid, &client) = self.sockets.iter().nth(index).unwrap();
        self.sockets.remove(&cid);
        if self.current.get(&client) == Some(&cid) {
            self.current.remove(&client);
        }
        self.listeners.remove(cid);
        let effects = self.users.disconnect(self.now, cid);
        self.apply(effects);
    }

    fn advance(&mut self) {
        self.now += Duration::from_millis(self.random.random_range(0..6_000));
        self.due.extend(self.users.take_due(self.now));
    }

    fn hear_due(&mut self) {
        if self.due.is_empty() {
            return;
        }
        let index = self.random.random_range(0..self.due.len());
        let (user, generation) = self.due.swap_remove(index);
        let effect = self.users.cleanup_due(user, generation);
        self.apply(effect);
    }

    fn finish_cleanup(&mut self) {
        if self.cleaning.is_empty() {
            return;
        }
        let index = self.random.random_range(0..self.cleaning.len());
        let (user, generation) = self.cleaning.swap_remove(index);
        self.away.retain(|_, cleaning| *cleaning != generation);
        let well = self.random.random_bool(0.8);
        if well && self.rows.get(&user).is_some_and(|row| *row < generation) {
            self.rows.remove(&user);
        }
        self.users.cleanup_done(&user, generation, well);
    }

    fn publish(&mut self) {
        let (topic, time) = (Topic::Realtime, Timestamp::UNIX_EPOCH);
        let published = self
            .streams
            .publish(topic, Audience::Sites(None), self.now, time, |_| {
                Bytes::new()
            });
        for (cid, _) in self.listeners.listeners(Topic::Realtime) {
            // Frames to a socket that is no longer read reach nobody.
            if let Some((client, _)) = self.current.iter().find(|(_, current)| **current == cid) {
                self.seen.entry(*client).or_default().push(published.seq);
            }
        }
    }

    fn apply(&mut self, effects: impl IntoIterator<Item = Effect>) {
        for effect in effects {
            match effect {
                Effect::Supersede { cid } => drop(self.listeners.remove(cid)),
                Effect::Refuse { .. } => {}
                Effect::WentElsewhere { .. } => unreachable!("there is one process"),
                Effect::Register { user, generation } => {
                    self.away.remove(&user);
                    self.rows.insert(user, generation);
                }
                Effect::GraceStarted { generation, .. } => self.begin(generation),
                Effect::GraceCancelled { generation, .. } => self.end(generation, "cancelled"),
                Effect::GraceAborted { generation, .. } => self.end(generation, "aborted"),
                Effect::CleanUp { user, generation } => {
                    self.end(generation, "executing");
                    self.away.insert(user.clone(), generation);
                    self.cleaning.push((user, generation));
                }
            }
        }
    }

    fn begin(&mut self, generation: Generation) {
        assert_eq!(self.graces.insert(generation, None), None);
    }

    fn end(&mut self, generation: Generation, how: &'static str) {
        let grace = self.graces.get_mut(&generation).expect("it has begun");
        assert_eq!(grace.replace(how), None, "a grace has one end");
    }

    fn check(&self) {
        let counts = self.users.counts();
        assert_eq!(counts.opened, counts.closed + counts.open);
        let ended = counts.detach_cancelled + counts.detach_executed + counts.detach_aborted;
        assert_eq!(counts.detach_started, ended + counts.in_grace);
        let of = |how| self.graces.values().filter(|end| **end == how).count() as u64;
        assert_eq!(counts.in_grace, of(None));
        assert_eq!(counts.detach_cancelled, of(Some("cancelled")));
        assert_eq!(counts.detach_executed, of(Some("executing")));
        assert_eq!(counts.detach_aborted, of(Some("aborted")));
        self.check_users();
        self.check_clients();
    }

    fn check_users(&self) {
        let mut deadlines = 0;
        for (user, presence) in &self.users.presences {
            let identities = self.users.connections.values();
            let open = identities
                .filter(|who| who.user.as_ref() == Some(user))
                .count();
            match presence {
                Presence::Online { connections } => {
                    assert!(*connections > 0 && *connections == open);
                    assert!(self.rows.contains_key(user), "a user online has a row");
                }
                Presence::Grace {
                    generation,
                    deadline,
                    ..
                } => {
                    assert_eq!(open, 0);
                    let queued = (*deadline, *generation, user.clone());
                    let on_the_way = self.due.contains(&(user.clone(), *generation));
                    assert!(self.users.deadlines.contains(&queued) != on_the_way);
                    deadlines += usize::from(!on_the_way);
                }
                Presence::Cleaning { generation } => {
                    assert_eq!(open, 0);
                    assert!(self.cleaning.contains(&(user.clone(), *generation)));
                }
            }
        }
        assert_eq!(self.users.deadlines.len(), deadlines);
        for (user, cleaning) in &self.away {
            let presence = self.users.presences.get(user);
            assert!(
                matches!(presence, Some(Presence::Cleaning { generation }) if generation == cleaning),
                "only its own outcome ends a clean-up"
            );
        }
        let holders = self.users.tabs.holders();
        for (cid, who) in &self.users.connections {
            let tab = who.tab.clone().map(|tab| (who.user.clone(), tab));
            assert!(tab.is_none_or(|tab| holders[&tab] == *cid));
        }
        for ((user, tab), cid) in &holders {
            let who = &self.users.connections[cid];
            assert_eq!((&who.user, who.tab.as_ref()), (user, Some(tab)));
        }
    }

    fn check_clients(&self) {
        for (client, seen) in &self.seen {
            let expected: Vec<_> = (1..=seen.last().copied().unwrap_or(0)).collect();
            assert_eq!(
                *seen, expected,
                "{client:?} missed nothing and saw nothing twice"
            );
            if self.current.contains_key(client) {
                assert_eq!(seen.len() as u64, self.streams.last_seq(Topic::Realtime));
            }
        }
    }

    /// All clients leave for good.
    fn end_all(&mut self) {
        while !self.sockets.is_empty() {
            self.disconnect();
        }
        self.now += GRACE * 2;
        self.due.extend(self.users.take_due(self.now));
        while !self.due.is_empty() || !self.cleaning.is_empty() {
            self.hear_due();
            self.finish_cleanup();
        }
        self.check();
        assert!(self.users.presences.is_empty() && self.users.tabs.holders().is_empty());
        assert_eq!(self.listeners.connections(), 0);
        assert_eq!(self.users.next_deadline(), None);
    }
}

#[test]
fn any_interleaving_keeps_the_books_and_misses_nothing() {
    play(0..SEEDS, |seed| {
        let mut world = World::new(seed);
        for _ in 0..STEPS {
            world.step();
            world.check();
        }
        world.end_all();
    });
}
