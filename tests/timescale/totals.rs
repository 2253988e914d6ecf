//! The totals of finished lots that the writer keeps, compared with the lots' meals, on both databases.

use crate::{
    common::database::{Kind, TestDatabase},
    feed::{Fed, fed, hours_ago},
    jobs::{COMPRESSED_CHUNKS, count, run_job, write},
    scans::{self, Scan},
    support::json,
};
use gaveurs::{
    domain::scope::Scope,
    store::{
        itm::{self, ItmFilter},
        view::Reader,
    },
};
use jiff::Timestamp;
use serde_json::json as value;
use std::collections::BTreeMap;

const LOT: &str = "LL2601001";
const BOTH: [Kind; 2] = [Kind::PostgreSql, Kind::TimescaleDb];
const KEPT: &str = "SELECT count(*) FROM lots_gavage WHERE bilan_fait";

/// All lots but the first end with their most advanced meals.
pub fn finished(mut meals: Vec<Fed>) -> Vec<Fed> {
    let mut fronts: BTreeMap<String, usize> = BTreeMap::new();
    for (place, meal) in meals.iter().enumerate() {
        let front = fronts.entry(meal.code_lot.clone()).or_insert(place);
        if meal.position() > meals[*front].position() {
            *front = place;
        }
    }
    for place in fronts.into_values().skip(1) {
        meals[place].pret_abattage = true;
    }
    meals
}

/// Every finished lot has a total, and it equals the sum of its meals.
pub async fn assert_as_the_meals_say(database: &TestDatabase) {
    let wrong = "SELECT lot.code_lot, lot.bilan_fait, lot.mais_g_par_canard, mais.g_par_canard
        FROM lots_gavage lot LEFT JOIN lot_mais mais ON mais.lot_id = lot.id
        WHERE lot.bilan_fait <> lot.pret_abattage OR (lot.bilan_fait AND lot.mais_g_par_canard IS DISTINCT FROM mais.g_par_canard)";
    let wrong = database.rows(wrong).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Four days that ended this many days ago, 400 g a meal, 3,200 g in total.
fn lot(days: i64) -> Vec<Fed> {
    let meals = (0..8).map(|n: i64| {
        let moment = if n % 2 == 0 { "matin" } else { "soir" };
        let mut meal = fed(
            LOT,
            n as i32 / 2,
            moment,
            hours_ago(days * 24 + 12 * (7 - n)),
        );
        meal.dose_reelle = 400.0;
        meal.pret_abattage = n == 7;
        meal
    });
    meals.collect()
}

/// One liver of 500 g.
async fn weigh(database: &TestDatabase, days: i64) {
    let scan = Scan {
        sample_id: "S-1".to_owned(),
        device_id: "ESP32_LL_01".to_owned(),
        site: Some("LL".to_owned()),
        code_lot: Some(LOT.to_owned()),
        time: hours_ago(days * 24),
        score: Some(0.5),
        grade: Some("C"),
        masse_g: Some(500.0),
        simule: false,
    };
    scans::store(database, &[scan]).await;
}

async fn listed(database: &TestDatabase) -> Option<f64> {
    let view = Reader::new(database.pool().clone()).seen_by(&Scope::Everything);
    let lots = itm::list(&view, Timestamp::UNIX_EPOCH, ItmFilter::default());
    lots.await.unwrap().first().map(|lot| lot.itm)
}

/// The list of lots and the lot itself show this value.
async fn assert_itm(database: &TestDatabase, itm: Option<f64>, when: &str) {
    assert_eq!(listed(database).await, itm, "{when}");
    let quality = json(database, &format!("/api/lots/{LOT}/qualite")).await;
    assert_eq!(quality["itm"], value!(itm), "{when}");
    let queue = json(database, "/api/sqal/pending-lots").await;
    assert_eq!(queue[0]["itm"], value!(itm), "{when}");
}

#[actix_web::test]
async fn a_late_correction_of_a_finished_lot_shows_at_once() {
    for kind in BOTH {
        let database = TestDatabase::create_on(kind).await;
        let meals = lot(20);
        write(&database, &meals, 3).await;
        weigh(&database, 20).await;
        assert_eq!(count(&database, KEPT).await, 1);
        assert_itm(&database, Some(6.4), "as fed").await;
        if kind == Kind::TimescaleDb {
            run_job(&database, "refresh_stale_buckets").await;
            run_job(&database, "policy_compression").await;
            assert!(count(&database, COMPRESSED_CHUNKS).await >= 1);
        }
        let mut corrected = meals[2].clone();
        corrected.dose_reelle = 450.0;
        write(&database, &[corrected], 1).await;
        assert_as_the_meals_say(&database).await;
        assert_itm(&database, Some(6.5), "corrected").await;
    }
}

#[actix_web::test]
async fn the_meal_that_was_missing_makes_the_itm_of_a_finished_lot_known() {
    for kind in BOTH {
        let database = TestDatabase::create_on(kind).await;
        let mut meals = lot(1);
        let late = meals.remove(3);
        write(&database, &meals, 7).await;
        weigh(&database, 1).await;
        assert_eq!(count(&database, KEPT).await, 1);
        assert_itm(&database, None, "a meal is missing").await;
        write(&database, &[late], 1).await;
        assert_itm(&database, Some(6.4), "it has come").await;
    }
}

#[actix_web::test]
async fn a_replay_of_a_finished_lot_gives_it_the_total_of_the_meals_that_came_last() {
    for kind in BOTH {
        let database = TestDatabase::create_on(kind).await;
        let mut meals = lot(1);
        write(&database, &meals, 8).await;
        weigh(&database, 1).await;
        write(&database, &meals, 2).await;
        assert_itm(&database, Some(6.4), "the same again").await;

        for meal in &mut meals {
            meal.dose_reelle = 410.0;
        }
        write(&database, &meals, 2).await;
        assert_as_the_meals_say(&database).await;
        assert_itm(&database, Some(6.56), "with other doses").await;
    }
}

#[actix_web::test]
async fn a_lot_that_has_livers_before_it_is_finished_is_listed_too() {
    for kind in BOTH {
        let database = TestDatabase::create_on(kind).await;
        let meals = lot(1);
        write(&database, &meals[..6], 6).await;
        weigh(&database, 1).await;
        assert_eq!(count(&database, KEPT).await, 0);
        assert_eq!(listed(&database).await, Some(4.8));
        write(&database, &meals[6..], 1).await;
        assert_eq!(count(&database, KEPT).await, 1);
        assert_itm(&database, Some(6.4), "finished").await;
    }
}

#[actix_web::test]
async fn a_meal_changed_or_deleted_by_hand_shows_at_once() {
    for kind in BOTH {
        let database = TestDatabase::create_on(kind).await;
        write(&database, &lot(1), 8).await;
        weigh(&database, 1).await;
        let by_hand = async |sql: &str| {
            let client = database.client().await;
            client.batch_execute(sql).await.unwrap();
        };
        by_hand("UPDATE gavage_data SET dose_reelle = 500 WHERE jour = 1 AND moment = 'soir'")
            .await;
        assert_eq!(count(&database, KEPT).await, 0);
        assert_itm(&database, Some(6.6), "changed").await;
        by_hand("DELETE FROM gavage_data WHERE jour = 1 AND moment = 'soir'").await;
        assert_itm(&database, None, "deleted").await;
        write(&database, &lot(1)[3..4], 1).await;
        assert_eq!(count(&database, KEPT).await, 1);
        assert_itm(&database, Some(6.4), "told again").await;
    }
}

#[actix_web::test]
async fn the_total_of_a_lot_outlives_its_readings() {
    let database = TestDatabase::create_on(Kind::TimescaleDb).await;
    write(&database, &lot(3 * 365), 8).await;
    weigh(&database, 3 * 365).await;
    run_job(&database, "refresh_stale_buckets").await;
    run_job(&database, "policy_retention").await;
    assert_eq!(
        count(&database, "SELECT count(*) FROM gavage_data").await,
        0
    );
    assert_itm(&database, Some(6.4), "readings dropped").await;
}

#[actix_web::test]
async fn a_lot_changes_in_place_with_every_meal() {
    for kind in BOTH {
        let database = TestDatabase::create_on(kind).await;
        write(&database, &lot(1)[..4], 4).await;
        let mut client = database.client().await;
        let transaction = client.transaction().await.unwrap();
        let next_meal = "UPDATE lots_gavage SET jour_actuel = 2, moment_actuel = 'matin', poids_moyen_actuel = 5100,
            dernier_releve = now(), updated_at = now()";
        transaction.execute(next_meal, &[]).await.unwrap();
        let in_place = "SELECT pg_stat_get_xact_tuples_hot_updated('lots_gavage'::regclass)";
        let row = transaction.query_one(in_place, &[]).await.unwrap();
        transaction.rollback().await.unwrap();
        assert_eq!(row.get::<_, i64>(0), 1, "{kind:?}");
    }
}
