//! Producers and screens that go on over any number of connections while processes come and go.

use crate::{
    checker::{MEAL, key},
    common::{readings::meal, server::DEADLINE},
    tab::{Tab, Turn},
};
use futures_util::{SinkExt, StreamExt};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeSet, VecDeque},
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};
use tokio::{
    task::{JoinHandle, spawn_local},
    time::{Instant, sleep, timeout},
};
use tokio_tungstenite::{connect_async, tungstenite::Message};

/// Readings that a producer sends before it waits for an ack.
const WINDOW: usize = 10;
/// Pause of a producer between two readings.
const PACE: Duration = Duration::from_millis(30);
/// A peer that answers nothing for so long is left.
const PATIENCE: Duration = Duration::from_millis(1_000);
/// Meals of a lot before the next one begins.
const MEALS_OF_A_LOT: i32 = 28;

/// What all of them share.
#[derive(Default)]
pub struct Course {
    acked: RefCell<BTreeSet<String>>,
    is_over: Cell<bool>,
    /// The frame of the last reading, without its `seq`, once no more come.
    last: RefCell<Option<String>>,
}

pub struct Load {
    course: Rc<Course>,
    producers: Vec<JoinHandle<()>>,
    screens: Vec<JoinHandle<Tab>>,
}

impl Load {
    /// Everybody connects through the balancer.
    pub async fn start(balancer: SocketAddr, producers: usize, screens: usize, seed: u64) -> Self {
        let course = Rc::<Course>::default();
        let mut hopping = Vec::new();
        for number in 0..screens {
            let path = format!("/ws/realtime/?sid=ecran{number}");
            let tab = Tab::open(&path, balancer).await;
            let rng = ChaCha8Rng::seed_from_u64(seed + number as u64);
            hopping.push(spawn_local(hop(tab, balancer, course.clone(), rng)));
        }
        let producing = (0..producers).map(|number| {
            let producer = Producer {
                number,
                next: 0,
                unacked: VecDeque::new(),
                course: course.clone(),
            };
            spawn_local(producer.run(balancer))
        });
        Load {
            producers: producing.collect(),
            screens: hopping,
            course,
        }
    }

    /// Ends the producers when everything that they sent is acked. Returns what was acked.
    pub async fn end_producers(&mut self) -> BTreeSet<String> {
        self.course.is_over.set(true);
        for producer in self.producers.drain(..) {
            producer.await.unwrap();
        }
        self.course.acked.borrow().clone()
    }

    /// The screens as they are when each has seen this frame, or has had enough time for it.
    pub async fn end_screens(self, last: Option<&str>, patience: Duration) -> Vec<Tab> {
        *self.course.last.borrow_mut() = last.map(str::to_owned);
        let until = Instant::now() + patience;
        let mut tabs = Vec::new();
        for screen in self.screens {
            while !screen.is_finished() && Instant::now() < until {
                sleep(Duration::from_millis(5)).await;
            }
            // Whoever has not seen it is told to stop where he is.
            if !screen.is_finished() {
                *self.course.last.borrow_mut() = Some(String::new());
            }
            tabs.push(screen.await.unwrap());
        }
        tabs
    }
}

struct Producer {
    number: usize,
    next: i32,
    unacked: VecDeque<Value>,
    course: Rc<Course>,
}

impl Producer {
    async fn run(mut self, balancer: SocketAddr) {
        while !self.is_done() {
            if self.talk(balancer).await.is_none() {
                sleep(Duration::from_millis(20)).await;
            }
        }
    }

    fn is_done(&self) -> bool {
        self.course.is_over.get() && self.unacked.is_empty()
    }

    /// Uses one connection; `None` if it was lost.
    async fn talk(&mut self, balancer: SocketAddr) -> Option<()> {
        let url = format!("ws://{balancer}/ws/gavage");
        let (mut socket, _) = timeout(PATIENCE, connect_async(url)).await.ok()?.ok()?;
        for meal in &self.unacked {
            socket.send(Message::text(meal.to_string())).await.ok()?;
        }
        let mut heard = Instant::now();
        let mut due = Instant::now();
        while !self.is_done() {
            let may_send = self.unacked.len() < WINDOW && !self.course.is_over.get();
            if may_send && due <= Instant::now() {
                let meal = self.next_meal();
                due = Instant::now() + PACE;
                socket.send(Message::text(meal.to_string())).await.ok()?;
            }
            let Ok(answer) = timeout(PACE, socket.next()).await else {
                if heard.elapsed() > PATIENCE && !self.unacked.is_empty() {
                    return None;
                }
                continue;
            };
            heard = Instant::now();
            if let Message::Text(text) = answer?.ok()? {
                self.hear(&serde_json::from_str(&text).unwrap())?;
            }
        }
        Some(())
    }

    fn next_meal(&mut self) -> Value {
        let lot = format!("LL26{:02}{:03}", self.number, self.next / MEALS_OF_A_LOT);
        let meal = meal(&lot, 7, self.next % MEALS_OF_A_LOT);
        self.next += 1;
        self.unacked.push_back(meal.clone());
        meal
    }

    fn hear(&mut self, answer: &Value) -> Option<()> {
        match answer["type"].as_str()? {
            "ack" => {
                let meal = self.unacked.pop_front().unwrap();
                assert_eq!(answer["jour"], meal["jour"], "acks come in order");
                self.course.acked.borrow_mut().insert(key(&meal));
                Some(())
            }
            // It is to be sent again later.
            "error" => None,
            _ => Some(()),
        }
    }
}

/// Moves to another process every now and then, and when nothing comes.
async fn hop(mut tab: Tab, balancer: SocketAddr, course: Rc<Course>, mut rng: ChaCha8Rng) -> Tab {
    let mut leaves_at = Instant::now();
    loop {
        let last = course.last.borrow().clone();
        if last.is_some_and(|last| last.is_empty() || tab.has_seen_last(MEAL, &last)) {
            tab.leave().await;
            return tab;
        }
        if Instant::now() >= leaves_at {
            leaves_at = Instant::now() + Duration::from_millis(rng.random_range(300..2_500));
            tab.leave().await;
        }
        if !tab.is_connected() && !tab.try_connect(balancer, PATIENCE).await {
            sleep(Duration::from_millis(20)).await;
            continue;
        }
        let patience = leaves_at.duration_since(Instant::now()).min(PATIENCE);
        if tab.hear(patience).await == Turn::Silent {
            leaves_at = Instant::now();
        }
    }
}

/// How long a run may take until everybody has seen everything.
pub const SETTLING: Duration = DEADLINE;
