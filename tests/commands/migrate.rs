use crate::process::{Ended, Process, data_dir, reachable_directory};

async fn migrate(data_dir: &str) -> Ended {
    let ended = Process::start(&["migrate", "--data-dir", data_dir])
        .ended()
        .await;
    assert_eq!(ended.code, Some(0), "{:#?}", ended.said);
    ended
}

#[tokio::test]
async fn migrate_says_what_it_did_and_then_that_the_schema_is_up_to_date() {
    let directory = reachable_directory();
    let data_dir = data_dir(&directory);
    let first = migrate(&data_dir).await.stdout;
    assert!(
        first.starts_with("applied V1__lots\n") && !first.contains("up to date"),
        "{first}"
    );
    let second = migrate(&data_dir).await.stdout;
    assert!(
        second.starts_with("the schema is up to date\n") && !second.contains("V1__lots"),
        "{second}"
    );
}
