//! Writes readings and alerts directly into the tables.

use crate::common::database::TestDatabase;
use jiff::{SignedDuration, Timestamp};

#[derive(Debug, Clone)]
pub struct Fed {
    pub code_lot: String,
    pub gaveur_id: i32,
    pub jour: i32,
    pub moment: &'static str,
    pub time: Timestamp,
    pub dose_theorique: Option<f64>,
    pub dose_reelle: f64,
    pub poids_moyen: Option<f64>,
    pub nb_canards_vivants: Option<i32>,
    pub taux_mortalite: Option<f64>,
    pub temperature_stabule: Option<f64>,
    pub humidite_stabule: Option<f64>,
    pub pret_abattage: bool,
    pub simule: bool,
}

/// A plain meal of gaveur 1.
pub fn fed(code_lot: &str, jour: i32, moment: &'static str, time: Timestamp) -> Fed {
    Fed {
        code_lot: code_lot.to_owned(),
        gaveur_id: 1,
        jour,
        moment,
        time,
        dose_theorique: Some(400.0),
        dose_reelle: 410.0,
        poids_moyen: Some(5000.0),
        nb_canards_vivants: Some(1000),
        taux_mortalite: Some(0.5),
        temperature_stabule: Some(21.5),
        humidite_stabule: Some(62.0),
        pret_abattage: false,
        simule: false,
    }
}

/// A time in PostgreSQL's precision (microseconds).
pub fn ago(duration: SignedDuration) -> Timestamp {
    let then = Timestamp::now() - duration;
    Timestamp::from_microsecond(then.as_microsecond()).unwrap()
}

pub fn hours_ago(hours: i64) -> Timestamp {
    ago(SignedDuration::from_hours(hours))
}

impl Fed {
    pub fn site(&self) -> &str {
        &self.code_lot[..2]
    }

    pub fn position(&self) -> (i32, &'static str) {
        (self.jour, self.moment)
    }
}

/// Stores the meals in the order given; returns their ids.
pub async fn store(database: &TestDatabase, meals: &[Fed]) -> Vec<i64> {
    let mut ids = Vec::new();
    for meal in meals {
        store_lot(database, meal).await;
        ids.push(store_meal(database, meal).await);
    }
    ids
}

async fn store_lot(database: &TestDatabase, meal: &Fed) {
    let statut = if meal.pret_abattage {
        "pret_abattage"
    } else {
        "en_gavage"
    };
    let sql = "INSERT INTO lots_gavage AS lot (code_lot, gaveur_id, site_code, genetique, debut_lot, nb_canards_initial,
            nb_canards_actuel, jour_actuel, moment_actuel, poids_moyen_actuel, taux_mortalite, pret_abattage, statut, simule,
            premier_gaveur_id, premier_releve, premiere_place, dernier_releve, updated_at)
        VALUES ($1, $2, $3, 'Mulard', '2026-01-02', $4, $4, $5, $6, $7, $8, $9, $10, $11, $2, $12, 2 * $5 + ($6 = 'soir')::integer, $12, $12)
        ON CONFLICT (code_lot, vie) DO UPDATE SET jour_actuel = excluded.jour_actuel, moment_actuel = excluded.moment_actuel,
            nb_canards_actuel = coalesce(excluded.nb_canards_actuel, lot.nb_canards_actuel),
            poids_moyen_actuel = coalesce(excluded.poids_moyen_actuel, lot.poids_moyen_actuel),
            taux_mortalite = coalesce(excluded.taux_mortalite, lot.taux_mortalite),
            pret_abattage = excluded.pret_abattage, statut = excluded.statut, simule = excluded.simule,
            dernier_releve = excluded.dernier_releve, updated_at = excluded.updated_at
        WHERE (lot.jour_actuel, lot.moment_actuel) < (excluded.jour_actuel, excluded.moment_actuel)";
    let client = database.client().await;
    let statement = client.prepare_cached(sql).await.unwrap();
    client
        .execute(
            &statement,
            &[
                &meal.code_lot,
                &meal.gaveur_id,
                &meal.site(),
                &meal.nb_canards_vivants,
                &meal.jour,
                &meal.moment,
                &meal.poids_moyen,
                &meal.taux_mortalite,
                &meal.pret_abattage,
                &statut,
                &meal.simule,
                &meal.time,
            ],
        )
        .await
        .unwrap();
}

async fn store_meal(database: &TestDatabase, meal: &Fed) -> i64 {
    let sql = "WITH meal AS (
            INSERT INTO repas (lot_id, jour, moment, time) SELECT lot.id, $5, $6, $1 FROM lots_gavage lot WHERE lot.code_lot = $2 RETURNING id, lot_id
        )
        INSERT INTO gavage_data (time, id, lot_id, code_lot, gaveur_id, site_code, jour, moment, dose_theorique, dose_reelle, poids_moyen,
            nb_canards_vivants, taux_mortalite, temperature_stabule, humidite_stabule, horodatage, pret_abattage, simule)
        SELECT $1, id, lot_id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16 FROM meal RETURNING id";
    let client = database.client().await;
    let statement = client.prepare_cached(sql).await.unwrap();
    let row = client
        .query_one(
            &statement,
            &[
                &meal.time,
                &meal.code_lot,
                &meal.gaveur_id,
                &meal.site(),
                &meal.jour,
                &meal.moment,
                &meal.dose_theorique,
                &meal.dose_reelle,
                &meal.poids_moyen,
                &meal.nb_canards_vivants,
                &meal.taux_mortalite,
                &meal.temperature_stabule,
                &meal.humidite_stabule,
                &words_of(meal),
                &meal.pret_abattage,
                &meal.simule,
            ],
        )
        .await
        .unwrap();
    row.get(0)
}

/// The client's text of the time.
pub fn words_of(meal: &Fed) -> String {
    format!("le {}", meal.time)
}

pub async fn raise_alert(database: &TestDatabase, gaveur_id: i32, severite: &str, at: Timestamp) {
    let sql = "INSERT INTO alertes (lot_id, code_lot, gaveur_id, site_code, type, severite, mesure, seuil, jour, moment, levee_le, fermee_le)
        VALUES (1, 'LL2601001', $1, 'LL', 'ecart_dose', $2, 12, 10, 1, 'matin', $3, now())";
    let client = database.client().await;
    client
        .execute(sql, &[&gaveur_id, &severite, &at])
        .await
        .unwrap();
}
