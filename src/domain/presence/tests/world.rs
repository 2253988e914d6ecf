//! Processes that come and go, and their clients, under random interleavings, reproducible from one integer:
//! `GAVEURS_SEED=<number> cargo test --lib processes_agree`.

mod process;

use super::*;
use crate::domain::tests::play;
use process::Process;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::{collections::BTreeSet, time::Duration};
use tokio::time::Instant;

const SEEDS: u64 = 300;
const STEPS: usize = 150;
const GRACE: Duration = Duration::from_secs(5);
const TABS: [&str; 2] = ["a", "b"];

type Client = (i32, &'static str);

struct World {
    random: ChaCha8Rng,
    now: Instant,
    journal: Vec<Placed>,
    processes: Vec<Process>,
    /// Dead, and nobody has noticed.
    unburied: Vec<ProcessKey>,
    checkpoint: (usize, Held),
    last_key: i64,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world = World {
            random: ChaCha8Rng::seed_from_u64(seed),
            now: Instant::now(),
            journal: Vec::new(),
            processes: Vec::new(),
            unburied: Vec::new(),
            checkpoint: (0, Held::default()),
            last_key: 0,
        };
        for _ in 0..3 {
            world.start();
        }
        world
    }

    fn start(&mut self) {
        self.last_key += 1;
        let process = Process::new(ProcessKey(self.last_key), self.checkpoint.clone());
        self.processes.push(process);
    }

    fn any(&mut self) -> usize {
        self.random.random_range(0..self.processes.len())
    }

    fn step(&mut self) {
        let (at, now) = (self.any(), self.now);
        match self.random.random_range(0..100) {
            0..20 => self.connect(at),
            20..35 => {
                if let Some(cid) = self.socket(at) {
                    self.processes[at].disconnect(now, cid);
                }
            }
            35..45 => {
                let cid = self.processes[at].closing.keys().next().copied();
                if let Some(cid) = cid {
                    self.processes[at].disconnect(now, cid);
                }
            }
            45..52 => {
                if let Some(cid) = self.socket(at) {
                    let filter = filter(self.random.random_range(0..100));
                    self.processes[at].set_filter(cid, filter);
                }
            }
            52..68 => {
                let most = self.random.random_range(1..4);
                self.processes[at].place(most, &mut self.journal);
            }
            68..84 => self.processes[at].read(now, &self.journal),
            84..88 => {
                self.now += Duration::from_millis(self.random.random_range(0..6_000));
                self.processes[at].graces_end(self.now);
            }
            88..91 => self.kill(at),
            91..94 => self.bury(at),
            94..96 => self.take_for_dead(at),
            96..97 => self.begin_anew(at),
            _ => {
                let process = &self.processes[at];
                if process.read > self.checkpoint.0 {
                    self.checkpoint = (process.read, process.presence.held());
                }
            }
        }
    }

    fn connect(&mut self, at: usize) {
        let user = self.random.random_range(0..3);
        let client = (user, TABS[self.random.random_range(0..TABS.len())]);
        let process = &mut self.processes[at];
        let known = process
            .presence
            .filter_of(&UserId::from(user), &tab(client.1));
        let filter = known.cloned().unwrap_or_default();
        process.connect(self.now, client, filter);
    }

    fn socket(&mut self, at: usize) -> Option<ConnectionId> {
        let sockets = &self.processes[at].sockets;
        if sockets.is_empty() {
            return None;
        }
        let index = self.random.random_range(0..sockets.len());
        sockets.keys().nth(index).copied()
    }

    fn kill(&mut self, at: usize) {
        let dead = self.processes.swap_remove(at);
        self.unburied.push(dead.key);
        self.start();
    }

    fn bury(&mut self, by: usize) {
        let process = self.processes[by].key;
        let dead: Vec<_> = self.unburied.drain(..).collect();
        let steps = dead.into_iter().map(|process| Step::Gone { process });
        let steps: Vec<_> = steps.collect();
        if !steps.is_empty() {
            self.journal.push(Placed { process, steps });
        }
    }

    /// A process that lives.
    fn take_for_dead(&mut self, at: usize) {
        let by = self.any();
        if by != at {
            let process = self.processes[at].key;
            let steps = vec![Step::Gone { process }];
            let process = self.processes[by].key;
            self.journal.push(Placed { process, steps });
        }
    }

    /// Too many steps waited.
    fn begin_anew(&mut self, at: usize) {
        let process = self.processes[at].key;
        self.processes[at].unplaced = [Step::Gone { process }].into();
        self.processes[at].has_begun_anew = true;
    }

    /// Everything that is under way arrives.
    fn settle(&mut self) {
        self.bury(0);
        loop {
            let mut is_quiet = true;
            for process in &mut self.processes {
                while let Some(cid) = process.closing.keys().next().copied() {
                    process.disconnect(self.now, cid);
                }
                process.place(usize::MAX, &mut self.journal);
            }
            for process in &mut self.processes {
                while process.read < self.journal.len() {
                    is_quiet = false;
                    process.read(self.now, &self.journal);
                }
            }
            if is_quiet && self.processes.iter().all(|one| one.unplaced.is_empty()) {
                return;
            }
        }
    }

    fn check(&self) {
        let held = self.processes[0].presence.held();
        for process in &self.processes {
            assert_eq!(process.presence.held(), held, "{:?}", process.key);
            assert!(process.presence.cleaning.is_empty());
        }
        let mut late = Process::new(ProcessKey(0), self.checkpoint.clone());
        let mut from_the_start = Process::new(ProcessKey(0), (0, Held::default()));
        for process in [&mut late, &mut from_the_start] {
            while process.read < self.journal.len() {
                process.read(self.now, &self.journal);
            }
            assert_eq!(process.presence.held(), held);
        }
        self.check_sockets(&held);
        self.check_users(&held);
    }

    /// The journal knows every socket, one for each tab, and what it wants.
    fn check_sockets(&self, held: &Held) {
        let mut seen = BTreeSet::new();
        for process in &self.processes {
            for (cid, (client, filter)) in &process.sockets {
                assert!(seen.insert(*client), "{client:?} has two connections");
                let place = Place {
                    process: process.key,
                    cid: *cid,
                };
                let known = held.connections.iter().find(|(of, _)| *of == place);
                let (_, connection) = known.expect("an open connection is known");
                assert!(!connection.is_superseded);
                assert_eq!(connection.filter, *filter);
            }
        }
        assert_eq!(held.connections.len(), seen.len());
    }

    /// Who is connected is in no grace, and of who is not, one process keeps the grace.
    fn check_users(&self, held: &Held) {
        for number in 0..3 {
            let user = UserId::from(number);
            let of = |process: &Process| {
                let mut sockets = process.sockets.values();
                sockets.any(|((of, _), _)| *of == number)
            };
            let away = held.away.iter().filter(|(of, _)| *of == user);
            let away: Vec<_> = away.map(|(_, keeper)| *keeper).collect();
            let keepers = self.processes.iter().filter(|process| {
                let is_known = away.contains(&process.key) || !process.has_begun_anew;
                process.users.knows(&user) && !of(process) && is_known
            });
            let keepers: Vec<_> = keepers.map(|process| process.key).collect();
            assert_eq!(keepers, away, "graces of {user}");
            let is_online = self.processes.iter().any(of);
            assert!(!is_online || away.is_empty());
            for process in &self.processes {
                if of(process) {
                    assert!(process.rows.contains(&user), "a user online has a row");
                } else if !process.users.knows(&user) {
                    assert!(!process.rows.contains(&user), "a user elsewhere has none");
                }
            }
        }
    }

    fn end_all(&mut self) {
        for process in &mut self.processes {
            while let Some(cid) = process.sockets.keys().next().copied() {
                process.disconnect(self.now, cid);
            }
        }
        self.settle();
        self.now += GRACE * 2;
        for process in &mut self.processes {
            process.graces_end(self.now);
        }
        self.settle();
        self.check();
        assert_eq!(self.processes[0].presence.held(), Held::default());
    }
}

#[test]
fn processes_agree_on_who_is_where_whatever_dies_and_is_late() {
    play(0..SEEDS, |seed| {
        let mut world = World::new(seed);
        for round in 1..=STEPS {
            world.step();
            if round % 50 == 0 {
                world.settle();
                world.check();
            }
        }
        world.end_all();
    });
}
