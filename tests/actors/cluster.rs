//! What a supervisor of a cluster does when it was taken for dead.

use crate::{
    common::readings::meal,
    core::Core,
    probe::{Heard, probe},
    stage::{opened, stored, texts},
};
use actix::Addr;
use gaveurs::{
    actors::supervisor::Supervisor,
    domain::{
        audience::Filter,
        identity::{Identity, Tab, TabId, UserId},
        presence::{Placed, ProcessKey, Step},
        stream::{Epoch, Topic},
        subscriptions::ConnectionId,
    },
    messages::{
        app_to_supervisor::{ContinueStreams, JoinCluster},
        supervisor_to_registrar::PlaceStep,
        supervisor_to_session::Deliver,
        writer_to_supervisor::{Committed, ToPublish},
    },
};
use jiff::Timestamp;

const HERE: ProcessKey = ProcessKey(1);
const THERE: ProcessKey = ProcessKey(2);
const CID: ConnectionId = ConnectionId(1);

/// A process of a cluster with one screen.
struct Stage {
    supervisor: Addr<Supervisor>,
    placed: Heard<PlaceStep>,
    delivered: Heard<Deliver>,
    position: i64,
}

fn who() -> Identity {
    Identity {
        user: UserId::new("hops"),
        tab: Some(Tab {
            sid: TabId::new("a").unwrap(),
            topic: Topic::Realtime,
        }),
    }
}

fn arrived(cid: u64) -> Step {
    Step::Arrived {
        cid: ConnectionId(cid),
        who: who(),
        since: None,
        wanted: None,
    }
}

impl Stage {
    async fn set() -> Self {
        let supervisor = Core::start().supervisor;
        let (place, placed) = probe();
        let cluster = JoinCluster {
            process: HERE,
            place,
        };
        let streams = ContinueStreams {
            epoch: Epoch::new("1"),
            since: Timestamp::now(),
            reached: None,
            cluster: Some(cluster),
        };
        supervisor.send(streams).await.unwrap();
        let (deliver, delivered) = probe();
        let (mut opened, _) = opened(CID.0, Topic::Realtime, deliver);
        opened.who = who();
        supervisor.send(opened).await.unwrap();
        Stage {
            supervisor,
            placed,
            delivered,
            position: 0,
        }
    }

    /// The journal holds this next.
    async fn read(&mut self, process: ProcessKey, steps: Vec<Step>) {
        self.position += 1;
        let to_publish = ToPublish {
            presence: Some(Placed { process, steps }),
            ..ToPublish::default()
        };
        self.tell(to_publish).await;
    }

    async fn tell(&self, to_publish: ToPublish) {
        let committed = Committed {
            to_publish,
            position: Some(self.position),
            by_another: None,
            credit: None,
        };
        self.supervisor.send(committed).await.unwrap();
    }

    /// The journal holds what this process has placed.
    async fn read_own(&mut self) -> Vec<Step> {
        let placed = self.placed.so_far().await;
        let steps: Vec<_> = placed.into_iter().map(|PlaceStep(step)| step).collect();
        self.read(HERE, steps.clone()).await;
        steps
    }

    /// The gaveurs of whom the screen is shown something.
    async fn shown(&mut self) -> Vec<i64> {
        self.position += 1;
        let meals = [meal("LL2611003", 3, 0), meal("LL2611004", 4, 0)];
        self.tell(stored(&meals).to_publish).await;
        let frames = texts(&self.delivered.so_far().await);
        let gaveurs = frames
            .iter()
            .map(|frame| frame["data"]["gaveur_id"].as_i64());
        gaveurs.flatten().collect()
    }
}

#[actix_web::test]
async fn a_server_that_was_taken_for_dead_does_not_undo_a_filter_that_it_had_not_heard_of() {
    let mut stage = Stage::set().await;
    let only_three = Filter {
        gaveur_id: Some(3),
        ..Filter::default()
    };
    let filtered = Step::Filtered {
        cid: ConnectionId(9),
        filter: only_three,
    };
    // The tab was elsewhere, which is read here only now.
    stage.read(THERE, vec![arrived(9), filtered]).await;
    let gone = Step::Gone { process: HERE };
    stage.read(THERE, vec![gone]).await;
    stage.read_own().await;
    assert_eq!(stage.shown().await, [3]);
}
