//! Needs sessions that run at the same time.

use crate::common::database::TestDatabase;
use gaveurs::store::migrate::migrate;

#[actix_web::test]
async fn of_several_servers_that_start_at_once_one_migrates_and_the_others_wait() {
    let database = TestDatabase::create_bare().await;
    let runs = (0..4).map(|_| migrate(database.pool()));
    let reports = futures_util::future::try_join_all(runs).await.unwrap();
    let migrated = reports
        .iter()
        .filter(|report| !report.migrations.is_empty());
    assert_eq!(migrated.count(), 1, "{reports:?}");
}
