use crate::common::database::TestDatabase;
use gaveurs::store::migrate::migrate;

#[actix_web::test]
async fn a_second_run_finds_nothing_to_do() {
    let database = TestDatabase::create_bare().await;
    let first = migrate(database.pool()).await.unwrap();
    assert!(
        first.migrations.iter().any(|name| name.contains("lots")),
        "{first:?}"
    );
    let second = migrate(database.pool()).await.unwrap();
    assert!(second.migrations.is_empty(), "{second:?}");
}

#[actix_web::test]
async fn the_lock_is_free_again_after_a_run() {
    let database = TestDatabase::create().await;
    let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let row = database.client().await.query_one(held, &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 0);
}

#[actix_web::test]
async fn the_sites_and_the_first_gaveurs_are_seeded() {
    let database = TestDatabase::create().await;
    let seeded = "SELECT string_agg(id || ' ' || nom || ' ' || site_code || ' ' || email, ', ' ORDER BY id) FROM gaveurs_euralis";
    let row = database
        .client()
        .await
        .query_one(seeded, &[])
        .await
        .unwrap();
    assert_eq!(
        row.get::<_, String>(0),
        "1 Jean Martin LL jean.martin@gaveur.fr, 2 Sophie Dubois LS sophie.dubois@gaveur.fr, 3 Pierre Leroy MT pierre.leroy@gaveur.fr, 4 Marie Petit LL marie.petit@gaveur.fr, 5 Luc Blanc LS luc.blanc@gaveur.fr"
    );
}

#[actix_web::test]
async fn a_session_of_the_pool_speaks_utc_and_gives_up_long_statements() {
    let database = TestDatabase::create_bare().await;
    let settings =
        "SELECT current_setting('timezone') || ' ' || current_setting('statement_timeout')";
    let row = database
        .client()
        .await
        .query_one(settings, &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, String>(0), "UTC 2min");
}

#[actix_web::test]
async fn a_database_of_a_pre_release_schema_is_refused_with_a_sentence_that_says_what_to_do() {
    let database = TestDatabase::create_bare().await;
    // The history table of such a server.
    let old = "CREATE TABLE refinery_schema_history (version integer PRIMARY KEY, name text, applied_on text, checksum text);
        INSERT INTO refinery_schema_history VALUES (1, 'readings', '2026-01-01T00:00:00Z', '1'), (2, 'ws_registry', '2026-01-01T00:00:00Z', '2')";
    database.client().await.batch_execute(old).await.unwrap();
    let refused = migrate(database.pool()).await.unwrap_err().to_string();
    assert!(
        refused.contains("from before the first release")
            && refused.contains("name an empty database in DATABASE_URL"),
        "{refused}"
    );
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    let row = database
        .client()
        .await
        .query_one(tables, &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, i64>(0), 1, "nothing was changed");
}

#[actix_web::test]
async fn a_database_of_a_newer_version_is_refused_with_a_sentence_that_says_so() {
    let database = TestDatabase::create().await;
    let newer = "INSERT INTO refinery_schema_history VALUES (999, 'ducks_that_fly', '2030-01-01T00:00:00Z', '1')";
    database.client().await.batch_execute(newer).await.unwrap();
    let refused = migrate(database.pool()).await.unwrap_err().to_string();
    assert!(
        refused.contains("of a newer version") && refused.contains("V999__ducks_that_fly"),
        "{refused}"
    );
}
