//! Operations that only TimescaleDB has.

use crate::{common::database::TestDatabase, feed::Fed};
use gaveurs::{
    domain::{horodatage::Horodatage, reading::Reading},
    store::writer::WriterStore,
};
use jiff::tz::TimeZone;
use std::time::Duration;

pub fn reading_of(meal: &Fed) -> Reading {
    Reading {
        code_lot: meal.code_lot.clone(),
        gaveur_id: meal.gaveur_id,
        gaveur_nom: format!("Gaveur {}", meal.gaveur_id),
        site: meal.site().parse().unwrap(),
        genetique: "Mulard".to_owned(),
        jour: meal.jour,
        moment: meal.moment.parse().unwrap(),
        dose_theorique: meal.dose_theorique,
        dose_reelle: meal.dose_reelle,
        poids_moyen: meal.poids_moyen,
        nb_canards_vivants: meal.nb_canards_vivants,
        taux_mortalite: meal.taux_mortalite,
        temperature_stabule: meal.temperature_stabule,
        humidite_stabule: meal.humidite_stabule,
        horodatage: Horodatage::at(meal.time),
        pret_abattage: meal.pret_abattage,
        simule: meal.simule,
        correction: false,
        take_over: Default::default(),
    }
}

pub fn store_of(database: &TestDatabase) -> WriterStore {
    let pool = database.pool().clone();
    WriterStore::new(pool, TimeZone::UTC, Duration::from_secs(10))
}

/// Stores the meals as the server does, in batches of `size`.
pub async fn write(database: &TestDatabase, meals: &[Fed], size: usize) {
    let mut store = store_of(database);
    for batch in meals.chunks(size) {
        let readings: Vec<_> = batch.iter().map(reading_of).collect();
        let readings: Vec<_> = readings.iter().collect();
        store.readings(&readings, None).await.unwrap();
    }
}

/// Runs the background jobs of this procedure now.
pub async fn run_job(database: &TestDatabase, procedure: &str) {
    let client = database.client().await;
    let found = "SELECT job_id FROM timescaledb_information.jobs WHERE proc_name = $1";
    let jobs = client.query(found, &[&procedure]).await.unwrap();
    assert!(!jobs.is_empty(), "there is no job of {procedure}");
    for row in jobs {
        let job: i32 = row.get(0);
        let call = format!("CALL run_job({job})");
        client.batch_execute(&call).await.unwrap();
    }
}

pub async fn count(database: &TestDatabase, query: &str) -> i64 {
    let client = database.client().await;
    client.query_one(query, &[]).await.unwrap().get(0)
}

pub const COMPRESSED_CHUNKS: &str = "SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = 'gavage_data' AND is_compressed";
