use crate::{
    common::{
        client::Client,
        proxy::{Line, Proxy},
        server::{TestServer, until},
    },
    sessions_support::{counter, counters, reason, store, until_counter},
};

async fn close_code(screen: &mut Client) -> Option<u16> {
    screen.ended().await.map(|frame| frame.code.into())
}

#[actix_web::test]
async fn a_tab_that_connects_again_supersedes_its_old_connection() {
    let server = TestServer::start_with(&["--grace", "50ms"]).await;
    let mut old = server.connect("/ws/gaveur/7?sid=a").await;
    let mut new = server.connect("/ws/gaveur/7?sid=a").await;
    assert_eq!(close_code(&mut old).await, Some(4409));
    until_counter(&server, "stale_disconnect_total", 1).await;
    let counters = counters(&server).await;
    assert_eq!(
        (&counters["superseded_total"], &counters["open"]),
        (&1.into(), &1.into())
    );
    assert_eq!(counters["detach_started_total"], 0);
    let mut producer = server.connect("/ws/gavage").await;
    store(&mut producer, "LL2611001", 7, 0).await;
    new.next_of("gavage").await;
    assert!(new.so_far("gavage").await.is_empty());
    new.close().await;
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_tab_taken_over_too_often_refuses_the_newcomer_and_keeps_the_one_it_has() {
    let server = TestServer::start_with(&["--grace", "50ms"]).await;
    let mut holder = server.connect("/ws/realtime/?uid=u&sid=a").await;
    for _ in 0..5 {
        let next = server.connect("/ws/realtime/?uid=u&sid=a").await;
        assert_eq!(close_code(&mut holder).await, Some(4409));
        holder = next;
    }
    let mut newcomer = server.connect("/ws/realtime/?uid=u&sid=a").await;
    assert_eq!(close_code(&mut newcomer).await, Some(1008));
    assert_eq!(counter(&server, "rejected_total").await, 1);
    holder.so_far("gavage_realtime").await;
    holder.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_half_open_connection_does_not_harm_the_one_that_follows() {
    let server = TestServer::start_with(&["--grace", "50ms"]).await;
    let proxy = Proxy::start(server.address()).await;
    let lost = Client::connect(proxy.address, "/ws/gaveur/7?sid=a").await;
    until_counter(&server, "open", 1).await;
    proxy.set(Line::Stalled);
    let mut back = server.connect("/ws/gaveur/7?sid=a").await;
    until("the old one is gone", async || {
        server.census().await.sessions == 1
    })
    .await;
    let mut producer = server.connect("/ws/gavage").await;
    store(&mut producer, "LL2611001", 7, 0).await;
    back.next_of("gavage").await;
    assert_eq!(counter(&server, "detach_started_total").await, 0);
    back.close().await;
    producer.close().await;
    lost.vanish();
    server.finish().await;
}

#[actix_web::test]
async fn a_peer_behind_a_network_that_went_silent_is_closed_after_the_heartbeat_timeout() {
    let flags = [
        "--heartbeat-interval",
        "50ms",
        "--heartbeat-timeout",
        "300ms",
        "--grace",
        "50ms",
    ];
    let server = TestServer::start_with(&flags).await;
    let proxy = Proxy::start(server.address()).await;
    let lost = Client::connect(proxy.address, "/ws/gaveur/7").await;
    until_counter(&server, "open", 1).await;
    proxy.set(Line::Stalled);
    until_counter(&server, "cleanup_ok_total", 1).await;
    assert_eq!(reason(&server, "ping_timeout").await, 1);
    lost.vanish();
    server.finish().await;
}
