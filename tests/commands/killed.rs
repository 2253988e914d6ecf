use crate::{
    common::{client::Client, database::TestDatabase, server::until},
    process::Process,
};

async fn registered(database: &TestDatabase) -> Vec<serde_json::Value> {
    database
        .rows("SELECT user_id, pid FROM ws_registry ORDER BY user_id")
        .await
}

#[actix_web::test]
async fn what_a_killed_server_left_in_the_registry_is_cleared_by_the_next_and_not_by_one_beside_it()
{
    let database = TestDatabase::create_bare().await;
    let url = database.url();
    let serve = ["serve", "--bind", "127.0.0.1:0", "--database-url", &url];
    let mut killed = Process::start(&serve);
    let lost = Client::connect(killed.address().await, "/ws/gaveur/7").await;
    until("the first is registered", async || {
        registered(&database).await.len() == 1
    })
    .await;

    let mut beside = Process::start(&serve);
    let here = Client::connect(beside.address().await, "/ws/gaveur/8").await;
    until("both are registered", async || {
        registered(&database).await.len() == 2
    })
    .await;

    killed.kill();
    killed.ended().await;
    drop(lost);
    let mut next = Process::start(&serve);
    next.address().await;
    until("the dead one is cleared", async || {
        registered(&database).await.len() == 1
    })
    .await;
    assert_eq!(registered(&database).await[0]["user_id"], "8");

    here.close().await;
    beside.terminate();
    next.terminate();
    assert_eq!(beside.ended().await.code, Some(0));
    assert_eq!(next.ended().await.code, Some(0));
    assert!(registered(&database).await.is_empty());
}
