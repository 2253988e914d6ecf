//! Every scoped statement returns exactly the rows that it would return if the rows outside the scope were not stored.

use crate::{
    common::database::Kind,
    filled::{DAYS, arguments, filled},
    questions::{EVERYTHING, QUESTIONS, Question},
};
use std::{collections::BTreeSet, fs, path::Path};
use tokio_postgres::{Client, SimpleQueryMessage};

/// Gaveurs on their own sites, one also on another; lots that changed hands; rows without a site, a lot or a gaveur.
const MIX: &str = "
    SET session_replication_role = replica;
    UPDATE lots_gavage SET gaveur_id = CASE site_code WHEN 'MT' THEN 3 WHEN 'LL' THEN (ARRAY[1, 4])[1 + id % 2] ELSE (ARRAY[2, 1])[1 + id % 2] END;
    UPDATE gavage_data SET gaveur_id = (SELECT gaveur_id FROM lots_gavage WHERE id = lot_id);
    UPDATE alertes SET gaveur_id = (SELECT gaveur_id FROM lots_gavage WHERE id = lot_id);
    UPDATE recommandations SET gaveur_id = (SELECT gaveur_id FROM lots_gavage WHERE id = lot_source_id);
    UPDATE repas_versions SET gaveur_id = (SELECT gaveur_id FROM lots_gavage WHERE id = lot_id);
    UPDATE lots_gavage SET statut = 'clos' WHERE pret_abattage AND id % 5 = 1;
    UPDATE consumer_feedbacks SET gaveur_id = (SELECT gaveur_id FROM lots_gavage WHERE id = lot_id);
    UPDATE consumer_products SET gaveur_id = (SELECT gaveur_id FROM lots_gavage WHERE id = lot_id);
    UPDATE gavage_data SET gaveur_id = 1 WHERE jour < 3 AND lot_id IN (SELECT id FROM lots_gavage WHERE gaveur_id = 4 AND id % 4 = 1);
    UPDATE sqal_pending_lots SET statut = 'inspecting', prise_par = 'ESP32_LL_01', prise_le = now() WHERE lot_id % 7 = 0;
    INSERT INTO alertes (device_id, site_code, type, source, severite, levee_le) VALUES
        ('ESP32_LL_01', 'LL', 'oxydation', 'sqal', 'critical', now()), ('ESP32_XX_01', NULL, 'oxydation', 'sqal', 'critical', now());
    INSERT INTO sqal_devices (device_id, derniere_activite, dernier_echantillon) VALUES ('ESP32_XX_01', now(), now());
    INSERT INTO sensor_samples (time, sample_id, device_id, final_grade, nb_defauts, defauts, sellable, qr_allowed, simule)
        VALUES (now(), 'X-1', 'ESP32_XX_01', 'C', 0, '[]', true, true, true);
    INSERT INTO sensor_samples (time, sample_id, device_id, site_code, final_grade, nb_defauts, defauts, sellable, qr_allowed, simule)
        SELECT now() - INTERVAL '10 s', 'Y-' || code, 'ESP32_' || code || '_01', code, 'B', 0, '[]', true, true, true FROM sites_euralis;
    INSERT INTO sensor_matrices (time, sample_id, device_id, fusion) SELECT time, sample_id, device_id, '{}' FROM sensor_samples;
    SET session_replication_role = origin";

/// Deletes the rows outside a scope, which is given by conditions: $row, $sample, $device, $gaveur and $site.
const TAKE_AWAY: &str = "
    SET LOCAL session_replication_role = replica;
    DELETE FROM lots_gavage WHERE ($row) IS NOT TRUE;
    DELETE FROM gavage_data WHERE ($row) IS NOT TRUE;
    DELETE FROM repas WHERE NOT EXISTS (SELECT FROM gavage_data WHERE (gavage_data.lot_id, gavage_data.jour, gavage_data.moment) = (repas.lot_id, repas.jour, repas.moment));
    DELETE FROM alertes WHERE ($row) IS NOT TRUE;
    DELETE FROM recommandations WHERE ($row) IS NOT TRUE;
    DELETE FROM recommandations_etapes WHERE recommandation_id NOT IN (SELECT id FROM recommandations);
    DELETE FROM repas_versions WHERE ($row) IS NOT TRUE;
    DELETE FROM repas_saisis WHERE lot_id NOT IN (SELECT id FROM lots_gavage);
    DELETE FROM courbes WHERE lot_id NOT IN (SELECT id FROM lots_gavage);
    DELETE FROM corrections WHERE lot_id NOT IN (SELECT id FROM lots_gavage);
    DELETE FROM lots_evenements WHERE lot_id NOT IN (SELECT id FROM lots_gavage);
    DELETE FROM consumer_products WHERE ($row) IS NOT TRUE;
    DELETE FROM consumer_feedbacks WHERE ($row) IS NOT TRUE;
    DELETE FROM sensor_samples WHERE ($sample) IS NOT TRUE;
    DELETE FROM sensor_matrices WHERE sample_id NOT IN (SELECT sample_id FROM sensor_samples);
    DELETE FROM sqal_pending_lots WHERE lot_id NOT IN (SELECT id FROM lots_gavage);
    DELETE FROM sqal_devices WHERE ($device) IS NOT TRUE;
    DELETE FROM gaveurs_euralis WHERE ($gaveur) IS NOT TRUE;
    DELETE FROM sites_euralis WHERE ($site) IS NOT TRUE";

struct Scope {
    params: [&'static str; 2],
    /// $row, $sample, $device, $gaveur and $site.
    his: [&'static str; 5],
}

const OF_HIS_LOTS: &str = "lot_id IN (SELECT id FROM lots_gavage)";

#[rustfmt::skip]
const SCOPES: [Scope; 5] = [
    Scope { params: ["ARRAY['LL']", "NULL"], his: ["site_code = 'LL'", "site_code = 'LL'", "site_code = 'LL'", "site_code = 'LL'", "code = 'LL'"] },
    Scope { params: ["ARRAY['LL', 'LS']", "NULL"], his: ["site_code <> 'MT'", "site_code <> 'MT'", "site_code <> 'MT'", "site_code <> 'MT'", "code <> 'MT'"] },
    Scope { params: ["NULL", "1"], his: ["gaveur_id = 1", OF_HIS_LOTS, "false", "id = 1", "false"] },
    Scope { params: ["NULL", "4"], his: ["gaveur_id = 4", OF_HIS_LOTS, "false", "id = 4", "false"] },
    NOTHING,
];
const NOTHING: Scope = Scope {
    params: ["ARRAY[]::text[]", "NULL"],
    his: ["false"; 5],
};

impl Scope {
    fn take_away(&self) -> String {
        let names = ["$row", "$sample", "$device", "$gaveur", "$site"];
        let pairs = names.into_iter().zip(self.his);
        pairs.fold(TAKE_AWAY.to_owned(), |sql, (name, his)| {
            sql.replace(name, his)
        })
    }

    fn is_farmer(&self) -> bool {
        self.params[0] == "NULL"
    }
}

/// Figures of stations and sites have no gaveur, so a farmer does not see them, although his lots are part of them.
fn is_of_stations_or_sites(question: &Question) -> bool {
    [
        "sensor_samples/",
        "sqal_station_heure/",
        "gavage_site_heure/",
    ]
    .iter()
    .any(|table| question.name.starts_with(table))
}

/// The rows as texts, sorted.
async fn ask(client: &Client, question: &Question, scope: [&str; 2]) -> Vec<Vec<Option<String>>> {
    let prepare = format!("PREPARE question AS {}", question.sql);
    client.batch_execute(&prepare).await.unwrap();
    let arguments = arguments(client, question, &scope).await;
    let answer = client
        .simple_query(&format!("EXECUTE question {arguments}"))
        .await;
    client.batch_execute("DEALLOCATE question").await.unwrap();
    let rows = answer
        .unwrap()
        .into_iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
    let texts = rows.map(|row| {
        (0..row.len())
            .map(|n| row.get(n).map(str::to_owned))
            .collect()
    });
    let mut texts: Vec<_> = texts.collect();
    texts.sort();
    texts
}

#[actix_web::test]
async fn every_statement_returns_to_a_caller_what_it_would_return_if_nothing_else_were_stored() {
    let database = filled(Kind::PostgreSql, DAYS).await;
    let client = database.superuser().await;
    client.batch_execute(MIX).await.unwrap();
    // In one transaction, in which `now()` stands still.
    client.batch_execute("BEGIN").await.unwrap();
    let mut limited = BTreeSet::new();
    let mut shown = BTreeSet::new();
    for scope in &SCOPES {
        let mut scoped = Vec::new();
        for question in &QUESTIONS {
            let answer = ask(&client, question, scope.params).await;
            if answer != ask(&client, question, EVERYTHING).await {
                limited.insert(question.name);
            }
            if answer != ask(&client, question, NOTHING.params).await {
                shown.insert(question.name);
            }
            scoped.push(answer);
        }
        client.batch_execute("SAVEPOINT everything").await.unwrap();
        client.batch_execute(&scope.take_away()).await.unwrap();
        for (question, scoped) in QUESTIONS.iter().zip(scoped) {
            let alone = if scope.is_farmer() && is_of_stations_or_sites(question) {
                NOTHING.params
            } else {
                EVERYTHING
            };
            let alone = ask(&client, question, alone).await;
            assert_eq!(
                scoped, alone,
                "{} {:?} {:?}",
                question.name, question.params, scope.params
            );
        }
        client
            .batch_execute("ROLLBACK TO everything")
            .await
            .unwrap();
    }
    // Each statement left something out for some scope, and returned something.
    let all: BTreeSet<_> = QUESTIONS.iter().map(|question| question.name).collect();
    assert_eq!(limited, all);
    assert_eq!(shown, all);
}

#[test]
fn every_scoped_statement_is_tested_here() {
    let queries = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql/queries");
    let mut scoped = BTreeSet::new();
    for table in fs::read_dir(&queries).unwrap() {
        for file in fs::read_dir(table.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if fs::read_to_string(&path)
                .unwrap()
                .contains("$1::text[] IS NULL OR")
            {
                let name = path.strip_prefix(&queries).unwrap().with_extension("");
                scoped.insert(name.to_str().unwrap().to_owned());
            }
        }
    }
    let asked: BTreeSet<_> = QUESTIONS
        .iter()
        .map(|question| question.name.to_owned())
        .collect();
    assert_eq!(scoped, asked);
}
