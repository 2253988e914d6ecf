mod world;

use super::*;
use crate::domain::{identity::TabId, stream::Topic};

pub(super) fn who(user: i32, sid: &str) -> Identity {
    Identity {
        user: Some(UserId::from(user)),
        tab: Some(tab(sid)),
    }
}

fn tab(sid: &str) -> Tab {
    Tab {
        sid: TabId::new(sid).unwrap(),
        topic: Topic::Realtime,
    }
}

const HERE: ProcessKey = ProcessKey(1);
const THERE: ProcessKey = ProcessKey(2);

fn cid(number: u64) -> ConnectionId {
    ConnectionId(number)
}

fn arrived(number: u64) -> Step {
    Step::Arrived {
        cid: cid(number),
        who: who(7, "a"),
        since: None,
        wanted: None,
    }
}

fn left(number: u64) -> Step {
    Step::Left { cid: cid(number) }
}

fn filter(gaveur_id: i32) -> Filter {
    Filter {
        gaveur_id: Some(gaveur_id),
        ..Filter::default()
    }
}

fn here() -> Presence {
    Presence::new(HERE, Held::default())
}

impl Presence {
    fn tell(&mut self, position: i64, process: ProcessKey, steps: Vec<Step>) -> Vec<Effect> {
        self.fold(position, Placed { process, steps })
    }
}

fn settled(number: u64, filter: Filter) -> Effect {
    Effect::Settled {
        cid: cid(number),
        filter,
    }
}

#[test]
fn a_tab_that_arrives_elsewhere_leaves_its_earlier_connection_and_takes_its_filter_along() {
    let mut presence = here();
    let settles = presence.tell(1, HERE, vec![arrived(1)]);
    assert_eq!(settles, [settled(1, Filter::default())]);
    let filtered = Step::Filtered {
        cid: cid(1),
        filter: filter(3),
    };
    presence.tell(2, HERE, vec![filtered]);
    let elsewhere = Effect::Elsewhere {
        user: UserId::from(7),
        tab: Some(tab("a")),
    };
    assert_eq!(
        presence.tell(3, THERE, vec![arrived(1)]),
        [Effect::Supersede { cid: cid(1) }, elsewhere]
    );
    assert_eq!(
        presence.filter_of(&UserId::from(7), &tab("a")),
        Some(&filter(3))
    );
    assert_eq!(presence.tell(4, HERE, vec![left(1)]), []);
    assert!(presence.is_elsewhere(&UserId::from(7)));
}

#[test]
fn a_filter_is_there_for_a_tab_that_returns_to_any_process_until_its_user_is_cleaned_up() {
    let mut presence = here();
    let filtered = Step::Filtered {
        cid: cid(1),
        filter: filter(3),
    };
    presence.tell(1, THERE, vec![arrived(1), filtered, left(1)]);
    let user = UserId::from(7);
    assert_eq!(presence.filter_of(&user, &tab("a")), Some(&filter(3)));
    assert_eq!(
        presence.tell(2, HERE, vec![arrived(1)]),
        [settled(1, filter(3))]
    );
    presence.tell(3, HERE, vec![left(1)]);
    let step = presence.clean_up(user.clone());
    assert_eq!(presence.tell(4, HERE, vec![step]), []);
    assert_eq!(presence.filter_of(&user, &tab("a")), None);
    assert_eq!(presence.held(), Held::default());
}

#[test]
fn the_process_that_was_left_last_keeps_the_grace_though_each_thought_the_user_was_at_the_other() {
    let mut presence = here();
    presence.tell(1, HERE, vec![arrived(1)]);
    let mut other = who(7, "b");
    other.tab = None;
    let arrives = Step::Arrived {
        cid: cid(1),
        who: other,
        since: None,
        wanted: None,
    };
    presence.tell(2, THERE, vec![arrives]);
    assert_eq!(presence.tell(3, THERE, vec![left(1)]), []);
    let user = UserId::from(7);
    assert_eq!(
        presence.tell(4, HERE, vec![left(1)]),
        [Effect::Keep { user: user.clone() }]
    );
    // The clean-up of a process that does not keep him changes nothing.
    let step = Step::CleanedUp { user };
    assert_eq!(presence.tell(5, THERE, vec![step]), []);
    assert_ne!(presence.held(), Held::default());
}

#[test]
fn whoever_finds_a_process_dead_keeps_the_graces_of_its_users_and_of_those_who_had_left_it() {
    let mut presence = here();
    presence.tell(1, THERE, vec![arrived(1)]);
    let arrives = Step::Arrived {
        cid: cid(2),
        who: who(8, "b"),
        since: None,
        wanted: None,
    };
    presence.tell(2, THERE, vec![arrives, left(2)]);
    let gone = Step::Gone { process: THERE };
    let keeps = [8, 7].map(|user| Effect::Keep {
        user: UserId::from(user),
    });
    assert_eq!(presence.tell(3, HERE, vec![gone.clone()]), keeps);
    assert_eq!(presence.tell(4, HERE, vec![gone]), []);
    assert_eq!(presence.connections(), 0);
}

#[test]
fn a_process_that_was_wrongly_taken_for_dead_puts_its_tabs_back_and_those_that_moved_on_stay_moved()
{
    let mut presence = here();
    presence.tell(1, HERE, vec![arrived(1)]);
    let gone = Step::Gone { process: HERE };
    let effects = presence.tell(2, THERE, vec![gone]);
    let [
        Effect::PutBack {
            arrived: of,
            keeps_graces: false,
        },
    ] = effects.as_slice()
    else {
        panic!("{effects:?}");
    };
    let since = of.get(&cid(1)).copied();
    assert!(since.is_some());
    presence.tell(3, THERE, vec![arrived(9)]);
    let again = Step::Arrived {
        cid: cid(1),
        who: who(7, "a"),
        since,
        wanted: None,
    };
    assert_eq!(
        presence.tell(4, HERE, vec![again]),
        [Effect::Supersede { cid: cid(1) }]
    );
}

/// What settles when this connection is placed again with the filter that it has.
fn put_back(presence: &mut Presence, position: i64, wanted: i32) -> Vec<Effect> {
    let again = Step::Arrived {
        cid: cid(1),
        who: who(7, "a"),
        since: None,
        wanted: Some(filter(wanted)),
    };
    presence.tell(position, HERE, vec![again])
}

#[test]
fn a_filter_that_nobody_knows_any_more_comes_back_with_the_tab_that_has_it() {
    let mut presence = here();
    let gone = Step::Gone { process: HERE };
    presence.tell(1, HERE, vec![arrived(1)]);
    presence.tell(2, THERE, vec![gone]);
    let user = UserId::from(7);
    let cleaned_up = presence.tell(3, THERE, vec![Step::CleanedUp { user: user.clone() }]);
    assert_eq!(cleaned_up, [Effect::Forgotten { user: user.clone() }]);
    assert_eq!(put_back(&mut presence, 4, 3), [settled(1, filter(3))]);
    assert_eq!(presence.filter_of(&user, &tab("a")), Some(&filter(3)));
}

#[test]
fn a_filter_that_the_tab_has_set_elsewhere_is_not_undone_by_a_connection_that_is_placed_again() {
    let mut presence = here();
    let filtered = Step::Filtered {
        cid: cid(9),
        filter: filter(3),
    };
    presence.tell(1, THERE, vec![arrived(9), filtered, left(9)]);
    assert_eq!(put_back(&mut presence, 2, 4), [settled(1, filter(3))]);
}

#[test]
fn a_step_is_read_as_it_was_written() {
    let order = Order {
        position: 3,
        index: 1,
    };
    let mut wanted = filter(3);
    wanted.device_id = Some("ESP32_LL_01".to_owned());
    let placed = Placed {
        process: ProcessKey(i64::MIN),
        steps: vec![
            arrived(1),
            Step::Arrived {
                cid: cid(2),
                who: Identity {
                    user: UserId::new("é \"x\""),
                    tab: None,
                },
                since: Some(order),
                wanted: Some(filter(4)),
            },
            Step::Filtered {
                cid: cid(1),
                filter: wanted,
            },
            left(1),
            Step::CleanedUp {
                user: UserId::from(7),
            },
            Step::Gone { process: THERE },
        ],
    };
    let text = serde_json::to_string(&placed).unwrap();
    assert_eq!(serde_json::from_str::<Placed>(&text).unwrap(), placed);
    let mut presence = here();
    presence.fold(1, placed);
    let text = serde_json::to_string(&presence.held()).unwrap();
    let held: Held = serde_json::from_str(&text).unwrap();
    assert_eq!(held, presence.held());
    assert_eq!(Presence::new(HERE, held.clone()).held(), held);
}
