//! Random callers and publications, interleaved at random: nobody gets a frame of another, and everybody gets all of his own, in order.

use crate::{
    common::turn::Turn,
    core::Core,
    ears::{Ear, Session},
    owners::{GAVEURS, Owned, audience, is_own, is_wanted, owned, scope, site, some_frame, topic},
    probe::probe,
};
use actix::{Actor, Addr};
use gaveurs::{
    actors::supervisor::Supervisor,
    domain::{
        access::{Policy, Role},
        audience::Filter,
        grant::Grant,
        identity::{Identity, Tab, TabId},
        key::Key,
        keyring::{KeyState, Keyring, StoredKey},
        scope::Scope,
        stream::{Position, Topic},
        subscriptions::ConnectionId,
    },
    messages::{
        app_to_supervisor::KeysChanged,
        session_to_supervisor::{Listening, Resume, SessionClosed, SessionOpened, SetFilter},
        writer_to_supervisor::{Committed, Publication, ToPublish},
    },
    telemetry::metrics::Metrics,
    websocket::Ending,
};
use jiff::Timestamp;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::{cell::RefCell, collections::HashMap, rc::Rc, sync::Arc, time::Duration};
use tokio::time::sleep;

/// How many deliveries are checked, unless the variable says otherwise.
const USUAL: u64 = 1_000_000;
const VARIABLE: &str = "GAVEURS_SCOPED_DELIVERIES";
const LOTS: usize = 40;
const TABS: usize = 160;
const STEPS: usize = 40;
const BATCH: usize = 60;

/// A connection as the test expects it.
struct Expected {
    cid: u64,
    key: Arc<str>,
    scope: Scope,
    filter: Filter,
    ear: Rc<RefCell<Ear>>,
    seqs: Vec<u64>,
}

/// A browser tab, connected or not, and the last frame of its topic that was published when it left.
struct Page {
    topic: Topic,
    left_at: u64,
    open: Option<Expected>,
}

struct World {
    seed: u64,
    random: ChaCha8Rng,
    supervisor: Addr<Supervisor>,
    lots: Vec<Owned>,
    published: HashMap<Topic, Vec<Owned>>,
    pages: Vec<Page>,
    revoked: KeysChanged,
    next: u64,
    deliveries: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let supervisor = Core::start_with(&Metrics::new()).supervisor;
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let lots = (0..LOTS).map(|_| owned(&mut random)).collect();
        let pages = (0..TABS).map(|_| Page {
            topic: topic(&mut random),
            left_at: 0,
            open: None,
        });
        World {
            seed,
            pages: pages.collect(),
            lots,
            random,
            supervisor,
            published: HashMap::new(),
            revoked: KeysChanged::default(),
            next: 1,
            deliveries: 0,
        }
    }

    async fn step(&mut self) {
        let page = self.random.random_range(0..TABS);
        match self.random.random_range(0..10) {
            0..=2 if self.pages[page].open.is_none() => self.connect(page),
            0 => self.leave(page),
            1 => self.filter(page),
            2 => self.revoke(page).await,
            3 => self.rescope(page).await,
            4 => {
                let lot = self.random.random_range(0..LOTS);
                self.lots[lot] = owned(&mut self.random);
            }
            _ => self.publish().await,
        }
    }

    fn last_seq(&self, topic: Topic) -> u64 {
        self.published.get(&topic).map_or(0, Vec::len) as u64
    }

    /// With a scope and a key of its own: whoever comes back may have other rights.
    fn connect(&mut self, at: usize) {
        let (cid, topic) = (self.next, self.pages[at].topic);
        self.next += 1;
        let (key, scope): (Arc<str>, _) = (format!("key-{cid}").into(), scope(&mut self.random));
        let ear = Rc::new(RefCell::new(Ear::default()));
        let heard = ear.clone();
        let session = Session::create(|ctx| {
            ctx.set_mailbox_capacity(1 << 20);
            Session(heard)
        });
        let resumes = self.random.random_bool(0.7);
        let position = resumes.then(|| Position {
            epoch: "1".to_owned(),
            last_seq: self.pages[at].left_at,
        });
        let opened = SessionOpened {
            cid: ConnectionId(cid),
            endpoint: topic.label(),
            who: Identity {
                user: None,
                tab: TabId::new(&format!("tab-{at}")).map(|sid| Tab { sid, topic }),
            },
            key: Some(key.clone()),
            policy: Policy::Alerts,
            close: session.clone().recipient(),
            listens: Some(Listening {
                topic,
                scope: scope.clone(),
                resume: Some(Resume { position }),
                begin: session.clone().recipient(),
                deliver: session.recipient(),
                show: probe().0,
            }),
        };
        self.supervisor.do_send(opened);
        self.pages[at].open = Some(Expected {
            cid,
            key,
            scope,
            filter: Filter::default(),
            ear,
            seqs: Vec::new(),
        });
        // What was missed is only known when the answer says whether it can be replayed.
        let missed = if resumes {
            self.pages[at].left_at
        } else {
            self.last_seq(topic)
        };
        self.expect_from(at, missed);
    }

    /// Expects the frames after this one that were published before it connected.
    fn expect_from(&mut self, at: usize, after: u64) {
        let page = &mut self.pages[at];
        let Some(open) = &mut page.open else { return };
        let Some(published) = self.published.get(&page.topic) else {
            return;
        };
        let missed = published.iter().zip(1..).skip(after as usize);
        let own = missed.filter(|(frame, _)| is_own(&open.scope, **frame));
        open.seqs.extend(own.map(|(_, seq)| seq));
    }

    fn leave(&mut self, at: usize) {
        let topic = self.pages[at].topic;
        self.pages[at].left_at = self.last_seq(topic);
        if let Some(open) = &self.pages[at].open {
            self.supervisor.do_send(closed(open.cid, Ending::Lost));
        }
        self.look_at(at);
    }

    /// Compares later: the messages to the session may not have been handled yet.
    fn look_at(&mut self, at: usize) {
        if let Some(open) = self.pages[at].open.take() {
            let pages = &mut self.pages;
            pages.push(Page {
                topic: pages[at].topic,
                left_at: 0,
                open: Some(Expected {
                    key: "".into(),
                    ..open
                }),
            });
        }
    }

    fn filter(&mut self, at: usize) {
        let filter = match self.random.random_range(0..3) {
            0 => Filter::default(),
            1 => Filter {
                site_code: Some(site(&mut self.random)),
                ..Filter::default()
            },
            _ => Filter {
                gaveur_id: Some(self.random.random_range(0..GAVEURS)),
                ..Filter::default()
            },
        };
        if let Some(open) = &mut self.pages[at].open {
            open.filter = filter.clone();
            self.supervisor.do_send(SetFilter {
                cid: ConnectionId(open.cid),
                filter,
                echo: None,
                confirm: probe().0,
            });
        }
    }

    async fn revoke(&mut self, at: usize) {
        let Some(open) = &self.pages[at].open else {
            return;
        };
        let (cid, ear) = (open.cid, open.ear.clone());
        let ended = &mut self.revoked.ended;
        ended.insert(open.key.clone(), Ending::AccessRevoked);
        let ended = ended.clone();
        let told = KeysChanged {
            ended,
            ..KeysChanged::default()
        };
        self.supervisor.send(told).await.unwrap();
        self.pages[at].left_at = self.last_seq(self.pages[at].topic);
        self.look_at(at);
        // The session may take its time to end; it gets nothing more.
        self.publish().await;
        sleep(Duration::from_millis(1)).await;
        assert!(ear.borrow().is_closed);
        self.supervisor.do_send(closed(cid, Ending::AccessRevoked));
    }

    /// The provider says something else of a person, whose socket stays open.
    async fn rescope(&mut self, at: usize) {
        let (scope, topic) = (scope(&mut self.random), self.pages[at].topic);
        let Some(open) = &mut self.pages[at].open else {
            return;
        };
        let grant = match &scope {
            Scope::Everything => Grant::new(Role::Admin),
            Scope::Sites(sites) => Grant {
                sites: sites.clone(),
                ..Grant::new(Role::Superviseur)
            },
            // A farmer who names another is closed like one whose key is revoked.
            Scope::Gaveur(own) if topic == Topic::Gaveur(*own) || !is_of_gaveur(topic) => Grant {
                gaveur_id: Some(*own),
                ..Grant::new(Role::Gaveur)
            },
            Scope::Gaveur(_) | Scope::Nothing => return,
        };
        open.scope = scope;
        let known = StoredKey {
            id: open.key.to_string(),
            digest: Key::generate(&mut self.random).digest(),
            name: String::new(),
            grant,
            created_at: Timestamp::UNIX_EPOCH,
            expires_at: None,
            state: KeyState::Valid,
        };
        let told = KeysChanged {
            ended: self.revoked.ended.clone(),
            keyring: Arc::new(Keyring::new(vec![known])),
            ..KeysChanged::default()
        };
        self.supervisor.send(told).await.unwrap();
    }

    async fn publish(&mut self) {
        let mut publications = Vec::new();
        for _ in 0..self.random.random_range(1..=BATCH) {
            let lot = self.random.random_range(0..LOTS);
            let frame = self.lots[lot];
            let audience = audience(&mut self.random, lot, frame);
            let own = frame.gaveur.map(Topic::Gaveur);
            for topic in [Some(Topic::Realtime), Some(Topic::Notifications), own] {
                let Some(topic) = topic else { continue };
                self.expect(topic, frame);
                publications.push(Publication {
                    topic,
                    gaveur: None,
                    audience: audience.clone(),
                    frame: some_frame(),
                });
            }
        }
        let to_publish = ToPublish {
            publications,
            ..ToPublish::default()
        };
        let committed = Committed {
            to_publish,
            position: None,
            by_another: None,
            credit: None,
        };
        self.supervisor.send(committed).await.unwrap();
    }

    fn expect(&mut self, topic: Topic, frame: Owned) {
        let published = self.published.entry(topic).or_default();
        published.push(frame);
        let seq = published.len() as u64;
        let of_topic = self.pages[..TABS]
            .iter_mut()
            .filter(|page| page.topic == topic);
        for open in of_topic.filter_map(|page| page.open.as_mut()) {
            if is_own(&open.scope, frame) && is_wanted(&open.filter, frame) {
                open.seqs.push(seq);
            }
        }
    }

    /// Everybody has got exactly what is his, in order.
    async fn compare(&mut self) {
        sleep(Duration::from_millis(1)).await;
        for page in &mut self.pages {
            let Some(open) = &mut page.open else { continue };
            let mut ear = open.ear.borrow_mut();
            // Of what was missed, the oldest may not be kept any more: then the stream goes on without it.
            if let Some(begun) = ear.begun.take() {
                open.seqs.retain(|seq| *seq > begun);
            }
            let (seed, scope) = (self.seed, &open.scope);
            assert_eq!(
                ear.seqs, open.seqs,
                "seed {seed}: {scope:?} of {:?}",
                page.topic
            );
            self.deliveries += ear.seqs.len() as u64;
            ear.seqs.clear();
            open.seqs.clear();
        }
        self.pages.truncate(TABS);
    }
}

fn is_of_gaveur(topic: Topic) -> bool {
    matches!(topic, Topic::Gaveur(_))
}

fn closed(cid: u64, ending: Ending) -> SessionClosed {
    SessionClosed {
        cid: ConnectionId(cid),
        ending,
        lasted: Duration::ZERO,
    }
}

#[actix_web::test]
async fn nobody_gets_what_is_anothers_and_everybody_gets_all_of_his_own() {
    let _turn = Turn::take().await;
    let wanted = std::env::var(VARIABLE).map_or(USUAL, |text| text.parse().unwrap());
    let mut checked = 0;
    for seed in 0.. {
        let mut world = World::new(seed);
        for at in 0..TABS / 2 {
            world.connect(at);
        }
        for _ in 0..50 {
            for _ in 0..STEPS {
                world.step().await;
            }
            world.compare().await;
        }
        checked += world.deliveries;
        // The next world stops its clock itself.
        tokio::time::resume();
        if checked >= wanted {
            break;
        }
    }
    println!("{checked} deliveries, each to whom it belongs");
}
