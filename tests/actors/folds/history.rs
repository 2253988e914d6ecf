//! Journals, and what the database holds at each of their positions.

use crate::{
    common::readings::{meal, with},
    owners::some_frame,
    stage,
};
use gaveurs::{
    domain::{
        audience::{Audience, Filter},
        identity::{Identity, Tab, TabId, UserId},
        lot::{LotId, Statut},
        presence::{Placed, ProcessKey, Step},
        stream::Topic,
        subscriptions::ConnectionId,
        transition::Transition,
        wall::{ClosedLot, EarlierEcarts, FedToTheEnd, PlannedEnd, WallLot},
    },
    messages::{
        app_to_supervisor::RememberLots,
        writer_to_supervisor::{Publication, ToPublish},
    },
};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

const LOTS: usize = 4;
pub const GAVEURS: [i32; 2] = [7, 8];
/// What a transaction does.
#[derive(Debug, Clone)]
pub enum Deed {
    /// Each lot gets its next meal, or its last one again with another dose.
    Feed(Vec<(usize, bool, u16)>),
    /// The lot ends, or what follows its end; then another life of its code begins.
    EndStep(usize),
    /// The front of the lot is deleted, and with it the lot.
    Delete(usize),
    /// An earlier meal is corrected.
    Correct(usize, i32, u16),
    Plan(usize, i32),
    /// A user arrives at a process, or leaves it.
    Move {
        process: i64,
        user: u8,
        tab: bool,
    },
    Filter {
        process: i64,
        site: bool,
    },
    /// A process is found dead by the first one.
    Bury(i64),
}

pub fn deed() -> impl Strategy<Value = Deed> {
    let lot = 0..LOTS;
    prop_oneof![
        6 => prop::collection::vec((lot.clone(), any::<bool>(), 300..500_u16), 1..4).prop_map(Deed::Feed),
        2 => lot.clone().prop_map(Deed::EndStep),
        1 => lot.clone().prop_map(Deed::Delete),
        1 => (lot.clone(), 1..10, 300..500_u16).prop_map(|(lot, back, dose)| Deed::Correct(lot, back, dose)),
        1 => (lot, 1..20).prop_map(|(lot, day)| Deed::Plan(lot, day)),
        3 => (0..3_i64, 0..3_u8, any::<bool>()).prop_map(|(process, user, tab)| Deed::Move { process, user, tab }),
        1 => (0..3_i64, any::<bool>()).prop_map(|(process, site)| Deed::Filter { process, site }),
        1 => (1..3_i64).prop_map(Deed::Bury),
    ]
}

/// One life of a code.
struct Lot {
    id: LotId,
    /// How many meals it has.
    meals: i32,
    front: WallLot,
    statut: Statut,
}

/// What the database holds, of which a process begins.
#[derive(Clone, Default)]
pub struct Stored {
    lots: BTreeMap<LotId, WallLot>,
    closed: Vec<ClosedLot>,
    plans: BTreeMap<LotId, PlannedEnd>,
    ended: Vec<FedToTheEnd>,
}

impl Stored {
    pub fn wall(&self) -> RememberLots {
        let lots = self.lots.values();
        let on_wall = lots.filter(|lot| !matches!(lot.statut, Statut::Clos | Statut::Annule));
        RememberLots {
            lots: on_wall.cloned().collect(),
            closed: self.closed.clone(),
            plans: self.plans.values().copied().collect(),
            ended: self.ended.clone(),
        }
    }

    fn keep(&mut self, mut lot: WallLot) {
        if let Some(known) = self.lots.get(&lot.lot_id) {
            let latest = lot.ecarts.places().last().copied().flatten();
            lot.ecarts = known.ecarts.advanced_to(lot.position);
            lot.ecarts.note(lot.position, latest);
        }
        self.lots.insert(lot.lot_id, lot);
    }
}

pub struct Entry {
    pub fait_le: Timestamp,
    corps: String,
}

impl Entry {
    pub fn to_publish(&self) -> ToPublish {
        ToPublish::from_entry(&self.corps).unwrap()
    }
}

/// Plays the deeds, and keeps the journal and what was stored at each position.
#[derive(Default)]
pub struct History {
    living: HashMap<usize, Lot>,
    lives: HashMap<usize, i32>,
    last_id: i64,
    connections: HashMap<i64, Vec<u64>>,
    last_cid: u64,
    pub entries: Vec<Entry>,
    pub stored: Vec<Stored>,
}

impl History {
    pub fn of(deeds: &[Deed]) -> Self {
        let mut history = History {
            stored: vec![Stored::default()],
            ..History::default()
        };
        for deed in deeds {
            let mut stored = history.stored.last().unwrap().clone();
            let mut to_publish = history.carry_out(deed, &mut stored);
            if to_publish.presence.is_none() && to_publish.publications.is_empty() {
                // Whatever changes the wall is also told.
                to_publish.publications.push(news());
            }
            history.stored.push(stored);
            history.entries.push(Entry {
                fait_le: Timestamp::now(),
                corps: to_publish.to_entry().unwrap(),
            });
        }
        history
    }

    fn carry_out(&mut self, deed: &Deed, stored: &mut Stored) -> ToPublish {
        match deed {
            Deed::Feed(meals) => self.feed(meals, stored),
            Deed::EndStep(lot) => self.end_step(*lot, stored),
            Deed::Delete(lot) => self.delete(*lot, stored),
            Deed::Correct(lot, back, dose) => self.correct(*lot, *back, *dose, stored),
            Deed::Plan(lot, day) => self.plan(*lot, *day, stored),
            Deed::Move { process, user, tab } => self.move_user(*process, *user, *tab),
            Deed::Filter { process, site } => self.filter(*process, *site),
            Deed::Bury(process) => {
                self.connections.remove(process);
                let process = ProcessKey(*process);
                placed(0, Step::Gone { process })
            }
        }
    }

    fn feed(&mut self, meals: &[(usize, bool, u16)], stored: &mut Stored) -> ToPublish {
        let mut told = ToPublish::default();
        for (lot, again, dose) in meals {
            let is_in_batch = told.lots.iter().any(|known| known.code_lot == code(*lot));
            if !is_in_batch {
                let one = self.feed_one(*lot, *again, *dose, stored);
                told.publications.extend(one.publications);
                told.transitions.extend(one.transitions);
                told.lots.extend(one.lots);
            }
        }
        told
    }

    fn feed_one(&mut self, lot: usize, again: bool, dose: u16, stored: &mut Stored) -> ToPublish {
        let number = match self.living.get(&lot) {
            Some(living) if again => living.meals - 1,
            living => living.map_or(0, |living| living.meals),
        };
        let gaveur = GAVEURS[lot % GAVEURS.len()];
        let message = with(
            meal(&code(lot), gaveur, number),
            json!({"dose_reelle": f64::from(dose)}),
        );
        let mut told = stage::stored(&[message]).to_publish;
        let begins = !self.living.contains_key(&lot);
        let id = self.living.get(&lot).map(|living| living.id);
        let id = id.unwrap_or_else(|| {
            self.last_id += 1;
            *self.lives.entry(lot).or_default() += 1;
            self.last_id
        });
        let told_lot = &mut told.lots[0];
        told_lot.lot_id = id;
        told_lot.begun.1 = self.lives[&lot];
        stored.keep(told_lot.clone());
        if let Some(plan) = stored.plans.get(&id) {
            stored.lots.get_mut(&id).unwrap().dernier_jour_prevu = Some(plan.dernier_jour);
        }
        let living = Lot {
            id,
            meals: number + 1,
            front: told_lot.clone(),
            statut: Statut::EnGavage,
        };
        told.transitions = if begins {
            vec![step(lot, &living, None, Statut::EnGavage)]
        } else {
            Vec::new()
        };
        self.living.insert(lot, living);
        told
    }

    fn end_step(&mut self, lot: usize, stored: &mut Stored) -> ToPublish {
        let Some(living) = self.living.get_mut(&lot) else {
            return ToPublish::default();
        };
        let vers = match living.statut {
            Statut::EnGavage => Statut::PretAbattage,
            Statut::PretAbattage => Statut::Abattu,
            _ => Statut::Clos,
        };
        let transition = step(lot, living, Some(living.statut), vers);
        let before = std::mem::replace(&mut living.statut, vers);
        let id = living.id;
        stored.lots.get_mut(&id).unwrap().statut = vers;
        stored.plans.remove(&id);
        if before == Statut::EnGavage {
            stored.ended.push(FedToTheEnd {
                site: living.front.site,
                jour: living.front.position.0,
                simule: living.front.simule,
            });
        }
        if vers == Statut::Clos {
            let (site, le) = (living.front.site, Timestamp::now());
            let lot_id = id;
            stored.closed.push(ClosedLot { lot_id, site, le });
            self.living.remove(&lot);
        }
        ToPublish {
            transitions: vec![transition],
            ..ToPublish::default()
        }
    }

    fn delete(&mut self, lot: usize, stored: &mut Stored) -> ToPublish {
        let Some(living) = self.living.remove(&lot) else {
            return ToPublish::default();
        };
        stored.lots.remove(&living.id);
        stored.plans.remove(&living.id);
        ToPublish {
            gone: vec![(code(lot), living.id)],
            ..ToPublish::default()
        }
    }

    fn correct(&mut self, lot: usize, back: i32, dose: u16, stored: &mut Stored) -> ToPublish {
        let living = self.living.get(&lot);
        let Some(living) = living.filter(|living| living.meals > back) else {
            return ToPublish::default();
        };
        let number = living.meals - 1 - back;
        let message = meal(&code(lot), GAVEURS[lot % GAVEURS.len()], number);
        let told = stage::stored(&[message]).to_publish;
        let (position, ecart) = (told.lots[0].position, Some(f64::from(dose) - 400.0));
        let earlier = stored.lots.get_mut(&living.id).unwrap();
        earlier.ecarts.note(position, ecart);
        ToPublish {
            ecarts: vec![EarlierEcarts {
                code_lot: code(lot),
                lot_id: living.id,
                meals: vec![(position, ecart)],
            }],
            publications: told.publications,
            ..ToPublish::default()
        }
    }

    fn plan(&mut self, lot: usize, day: i32, stored: &mut Stored) -> ToPublish {
        let living = self.living.get(&lot);
        let Some(living) = living.filter(|living| living.statut == Statut::EnGavage) else {
            return ToPublish::default();
        };
        let (lot_id, dernier_jour) = (living.id, day);
        let plan = PlannedEnd {
            lot_id,
            dernier_jour,
        };
        stored.plans.insert(lot_id, plan);
        stored.lots.get_mut(&lot_id).unwrap().dernier_jour_prevu = Some(day);
        ToPublish {
            plans: vec![plan],
            ..ToPublish::default()
        }
    }

    fn move_user(&mut self, process: i64, user: u8, tab: bool) -> ToPublish {
        let here = self.connections.entry(process).or_default();
        if here.len() > 2 {
            let cid = ConnectionId(here.remove(0));
            return placed(process, Step::Left { cid });
        }
        self.last_cid += 1;
        here.push(self.last_cid);
        let tab = tab.then(|| Tab {
            sid: TabId::new("onglet").unwrap(),
            topic: Topic::Realtime,
        });
        let user = UserId::new(&format!("u{user}"));
        let (cid, who) = (ConnectionId(self.last_cid), Identity { user, tab });
        placed(
            process,
            Step::Arrived {
                cid,
                who,
                since: None,
                wanted: None,
            },
        )
    }

    fn filter(&mut self, process: i64, site: bool) -> ToPublish {
        let here = self.connections.get(&process).and_then(|here| here.last());
        let Some(cid) = here.copied().map(ConnectionId) else {
            return ToPublish::default();
        };
        let filter = Filter {
            gaveur_id: site.then_some(GAVEURS[0]),
            ..Filter::default()
        };
        placed(process, Step::Filtered { cid, filter })
    }
}

fn news() -> Publication {
    Publication {
        topic: Topic::Realtime,
        gaveur: None,
        audience: Audience::Sites(None),
        frame: some_frame(),
    }
}

fn placed(process: i64, step: Step) -> ToPublish {
    ToPublish {
        presence: Some(Placed {
            process: ProcessKey(process),
            steps: vec![step],
        }),
        ..ToPublish::default()
    }
}

fn code(lot: usize) -> String {
    format!("{}26110{lot:02}", ["LL", "LS"][lot % 2])
}

fn step(lot: usize, living: &Lot, de: Option<Statut>, vers: Statut) -> Transition {
    Transition {
        lot_id: living.id,
        code_lot: code(lot),
        site: living.front.site,
        gaveur_id: GAVEURS[lot % GAVEURS.len()],
        de,
        vers,
        par: None,
        simule: false,
    }
}
