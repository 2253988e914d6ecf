//! The supervisor's state and what it publishes.

use crate::{
    common::readings::{meal, with},
    probe::{deaf, probe},
    stage::{census, listener, opened, stored, supervisor, texts},
};
use gaveurs::{
    domain::{
        access::Policy, identity::Identity, lot::Statut, scope::Scope, site::Site, stream::Topic,
        subscriptions::ConnectionId, transition::Transition,
    },
    messages::{
        app_to_supervisor::CloseAllSessions,
        http_to_supervisor::ShowWall,
        session_to_supervisor::{SessionClosed, SessionOpened, SetFilter},
        supervisor_to_session::{ConfirmFilter, Deliver},
        writer_to_supervisor::{Committed, ToPublish},
    },
    telemetry::metrics::{Metrics, Reason},
    websocket::Ending,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[actix_web::test]
async fn the_figures_of_the_sites_are_published_at_most_once_a_second_and_only_when_they_changed() {
    let supervisor = supervisor(&Metrics::new());
    let (mut delivered, _closing) = listener(&supervisor, 1, Topic::Realtime).await;
    let mut published = Vec::new();
    for number in 0..50 {
        supervisor
            .send(stored(&[meal("LL2611001", 1, number)]))
            .await
            .unwrap();
        sleep(Duration::from_millis(100)).await;
        let stats = texts(&delivered.so_far().await)
            .into_iter()
            .filter(|frame| frame["type"] == "site_stats");
        published.extend(stats.map(|_| Instant::now()));
    }
    assert!(
        (4..=6).contains(&published.len()),
        "{} in five seconds",
        published.len()
    );
    let gaps = published.windows(2).map(|pair| pair[1] - pair[0]);
    // A frame may be received up to a tenth of a second late.
    assert!(gaps.min().unwrap() >= Duration::from_millis(890));
    sleep(Duration::from_secs(2)).await;
    delivered.so_far().await;
    sleep(Duration::from_secs(600)).await;
    assert!(delivered.so_far().await.is_empty(), "nothing changed");
}

#[actix_web::test]
async fn each_topic_numbers_its_frames_from_one_without_a_gap() {
    let supervisor = supervisor(&Metrics::new());
    let (mut wall, _a) = listener(&supervisor, 1, Topic::Realtime).await;
    let (mut jean, _b) = listener(&supervisor, 2, Topic::Gaveur(1)).await;
    let (mut luc, _c) = listener(&supervisor, 3, Topic::Gaveur(5)).await;
    for number in 0..6 {
        let gaveur = if number % 3 == 0 { 5 } else { 1 };
        supervisor
            .send(stored(&[meal("LL2611001", gaveur, number)]))
            .await
            .unwrap();
    }
    let seqs = |delivered: Vec<Deliver>| -> Vec<_> {
        texts(&delivered)
            .iter()
            .map(|frame| frame["seq"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(seqs(wall.so_far().await), [1, 2, 3, 4, 5, 6]);
    assert_eq!(seqs(jean.so_far().await), [1, 2, 3, 4]);
    assert_eq!(seqs(luc.so_far().await), [1, 2]);
}

#[actix_web::test]
async fn a_frame_is_encoded_once_and_its_bytes_are_shared() {
    let supervisor = supervisor(&Metrics::new());
    let (mut one, _a) = listener(&supervisor, 1, Topic::Realtime).await;
    let (mut two, _b) = listener(&supervisor, 2, Topic::Realtime).await;
    supervisor
        .send(stored(&[meal("LL2611001", 1, 0)]))
        .await
        .unwrap();
    let (one, two) = (one.next().await, two.next().await);
    assert_eq!(one.frames[0].frame.as_ptr(), two.frames[0].frame.as_ptr());
}

#[actix_web::test]
async fn sessions_listeners_and_topics_come_and_go_and_a_late_farewell_changes_nothing() {
    let supervisor = supervisor(&Metrics::new());
    let mut kept = Vec::new();
    for (cid, topic) in [
        (1, Topic::Realtime),
        (2, Topic::Realtime),
        (3, Topic::Gaveur(1)),
    ] {
        kept.push(listener(&supervisor, cid, topic).await);
    }
    let (close, _closing) = probe();
    let producer = SessionOpened {
        cid: ConnectionId(4),
        endpoint: "gavage",
        who: Identity::default(),
        key: None,
        policy: Policy::Wall,
        close,
        listens: None,
    };
    supervisor.send(producer).await.unwrap();
    assert_eq!(census(&supervisor).await, (4, 3, 2));
    for (cid, left) in [
        (3, (3, 2, 1)),
        (3, (3, 2, 1)),
        (99, (3, 2, 1)),
        (1, (2, 1, 1)),
        (4, (1, 1, 1)),
        (2, (0, 0, 0)),
    ] {
        supervisor
            .send(SessionClosed {
                cid: ConnectionId(cid),
                ending: Ending::Lost,
                lasted: Duration::ZERO,
            })
            .await
            .unwrap();
        assert_eq!(census(&supervisor).await, left);
    }
}

#[actix_web::test]
async fn a_filter_is_confirmed_behind_the_last_frame_under_the_old_one() {
    let supervisor = supervisor(&Metrics::new());
    let (mut delivered, _closing) = listener(&supervisor, 1, Topic::Realtime).await;
    let (confirm, mut confirmed) = probe::<ConfirmFilter>();
    let filter = gaveurs::protocol::filters::parse(r#"{"site_code": "LS"}"#).unwrap();
    supervisor.do_send(stored(&[meal("LL2611001", 1, 0)]));
    supervisor.do_send(SetFilter {
        cid: ConnectionId(1),
        filter,
        echo: None,
        confirm,
    });
    supervisor.do_send(stored(&[meal("LL2611001", 1, 1), meal("LS2611001", 2, 0)]));
    confirmed.next().await;
    let shown: Vec<_> = texts(&delivered.so_far().await)
        .iter()
        .map(|frame| frame["data"]["code_lot"].clone())
        .collect();
    assert_eq!(shown, ["LL2611001", "LS2611001"]);
}

#[actix_web::test]
async fn a_listener_whose_mailbox_is_full_is_counted_and_told_to_close_and_nobody_else_suffers() {
    let metrics = Metrics::new();
    let supervisor = supervisor(&metrics);
    let (stuck, mut closing) = opened(1, Topic::Realtime, deaf(2));
    supervisor.send(stuck).await.unwrap();
    let (mut well, mut well_closing) = listener(&supervisor, 2, Topic::Realtime).await;
    for number in 0..6 {
        supervisor
            .send(stored(&[meal("LL2611001", 1, number)]))
            .await
            .unwrap();
    }
    assert_eq!(closing.next().await.ending, Ending::SlowConsumer);
    let reason = Reason {
        reason: "session_mailbox_full",
    };
    assert_eq!(
        metrics.drops.get_or_create(&reason).get(),
        1,
        "it is no listener any more"
    );
    assert_eq!(census(&supervisor).await, (2, 1, 1));
    assert_eq!(texts(&well.so_far().await).len(), 6);
    assert!(well_closing.so_far().await.is_empty());
}

#[actix_web::test]
async fn when_the_server_stops_every_session_is_told_and_so_is_one_that_comes_late() {
    let supervisor = supervisor(&Metrics::new());
    let (_delivered, mut early) = listener(&supervisor, 1, Topic::Realtime).await;
    assert_eq!(supervisor.send(CloseAllSessions).await.unwrap(), 1);
    let (_delivered, mut late) = listener(&supervisor, 2, Topic::Gaveur(1)).await;
    for closing in [&mut early, &mut late] {
        assert_eq!(closing.next().await.ending, Ending::ServerShutdown);
    }
}

#[actix_web::test]
async fn figures_are_weighted_by_head_count_over_the_lots_being_fed() {
    let supervisor = supervisor(&Metrics::new());
    let (mut delivered, _closing) = listener(&supervisor, 1, Topic::Realtime).await;
    let lot = |code: &str, heads: i32, weight: Value, ready: bool| {
        with(
            meal(code, 1, 0),
            json!({"nb_canards_vivants": heads, "poids_moyen": weight, "pret_abattage": ready}),
        )
    };
    let messages = [
        lot("MT2611001", 300, json!(5000), false),
        lot("MT2611002", 100, json!(6000), false),
        lot("MT2611003", 999, Value::Null, false),
        lot("MT2611004", 999, json!(9000), true),
    ];
    supervisor.send(stored(&messages)).await.unwrap();
    sleep(Duration::from_secs(2)).await;
    let frames = texts(&delivered.so_far().await);
    let site = &frames
        .iter()
        .find(|frame| frame["type"] == "site_stats")
        .unwrap()["sites"][2];
    assert_eq!(
        (
            &site["lots"],
            &site["canards_vivants"],
            &site["poids_moyen"]
        ),
        (&json!(3), &json!(1399), &json!(5250.0))
    );
}

#[actix_web::test]
async fn a_lot_that_another_process_has_closed_yesterday_is_not_counted_today_however_late_it_is_known()
 {
    let supervisor = supervisor(&Metrics::new());
    let closed = |lot_id, by_another| Committed {
        to_publish: ToPublish {
            transitions: vec![Transition {
                lot_id,
                code_lot: format!("LL26110{lot_id:02}"),
                site: Site::Ll,
                gaveur_id: 7,
                de: Some(Statut::ControleQualite),
                vers: Statut::Clos,
                par: None,
                simule: false,
            }],
            ..ToPublish::default()
        },
        position: Some(lot_id),
        by_another,
        credit: None,
    };
    let yesterday = Timestamp::now() - SignedDuration::from_hours(24);
    for committed in [closed(1, Some(yesterday)), closed(2, None)] {
        supervisor.send(committed).await.unwrap();
    }
    let scope = Scope::Everything;
    let wall = supervisor.send(ShowWall { scope }).await.unwrap();
    let snapshot: Value = serde_json::from_slice(&wall[0]).unwrap();
    let sites = snapshot["sites"].as_array().unwrap();
    let closed = sites.iter().map(|site| &site["clos_aujourdhui"]);
    assert_eq!(closed.collect::<Vec<_>>(), [1, 0, 0]);
}
