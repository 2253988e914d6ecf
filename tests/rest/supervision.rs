//! Supervision over random feeds, compared with figures computed in memory.

use crate::{
    common::database::TestDatabase,
    feed::{self, fed, hours_ago, raise_alert},
    naive_sums::{date, merge, world},
    support::{ask, assert_holds, json},
};
use actix_web::http::StatusCode;
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use serde_json::{Value, json as value};

/// Runs all queries within one calendar day.
async fn ask_all(database: &TestDatabase, paths: &[String]) -> (Date, Vec<Value>) {
    loop {
        let today = date(Timestamp::now());
        let mut answers = Vec::new();
        for path in paths {
            answers.push(json(database, path).await);
        }
        if date(Timestamp::now()) == today {
            return (today, answers);
        }
    }
}

#[actix_web::test]
async fn the_figures_of_sites_over_a_random_feed_are_what_a_naive_computation_says() {
    let database = TestDatabase::create().await;
    for seed in 300..304 {
        database.empty().await;
        let world = world(&database, seed).await;
        for periode in [1, 4, 30] {
            let query = format!("periode={periode}");
            let paths = [
                format!("/api/euralis/dashboard/charts/production?{query}"),
                format!("/api/euralis/dashboard/charts/itm?{query}"),
                format!("/api/euralis/sites/compare?metrique=itm&{query}"),
                format!("/api/euralis/sites/compare?metrique=mortalite&{query}"),
                format!("/api/euralis/sites/compare?metrique=production&{query}"),
                format!("/api/euralis/sites/LL/stats?{query}"),
                format!("/api/euralis/sites/LS/stats?{query}"),
                format!("/api/euralis/sites/mt/stats?{query}"),
            ];
            let (today, answers) = ask_all(&database, &paths).await;
            let from = today - (periode - 1).days();
            let expected = [
                world.production(from, today),
                world.itm_chart(from),
                world.compared("itm", from),
                world.compared("mortalite", from),
                world.compared("production", from),
                world.site_stats("LL", from),
                world.site_stats("LS", from),
                world.site_stats("MT", from),
            ];
            for ((path, answer), expected) in paths.iter().zip(&answers).zip(&expected) {
                assert_holds(answer, expected, &format!("seed {seed}, {path}"));
            }
        }
        for site in ["LL", "LS", "MT"] {
            let answer = json(&database, &format!("/api/euralis/sites/{site}")).await;
            assert_holds(&answer, &world.site(site), &format!("seed {seed}"));
        }
    }
}

#[actix_web::test]
async fn the_key_figures_of_a_random_feed_are_what_a_naive_computation_says() {
    let database = TestDatabase::create().await;
    for seed in 310..314 {
        database.empty().await;
        let world = world(&database, seed).await;
        let paths = ["/api/euralis/dashboard/kpis".to_owned()];
        let (today, answers) = ask_all(&database, &paths).await;
        let from = today - 29.days();
        assert_holds(&answers[0], &world.kpis(from), &format!("seed {seed}"));
        let begin: Timestamp = answers[0]["depuis"].as_str().unwrap().parse().unwrap();
        assert_eq!(date(begin), from);
        assert_eq!(date(begin - SignedDuration::from_secs(1)), from - 1.day());
    }
}

#[actix_web::test]
async fn the_performances_of_a_random_feed_are_what_a_naive_computation_says() {
    let database = TestDatabase::create().await;
    for seed in 320..324 {
        database.empty().await;
        let world = world(&database, seed).await;
        let mut paths = vec!["/api/euralis/gaveurs/performances?periode=12".to_owned()];
        paths.extend((1..4).map(|id| format!("/api/euralis/gaveurs/{id}/analytics?periode=12")));
        let (today, answers) = ask_all(&database, &paths).await;
        let from = today - 11.days();
        let listed = answers[0].as_array().unwrap();
        assert_eq!(listed.len(), 5);
        for performance in listed {
            let gaveur_id = performance["gaveur_id"].as_i64().unwrap() as i32;
            let expected = world.performance(gaveur_id, from);
            assert_holds(performance, &expected, &format!("seed {seed}"));
        }
        let itms = listed
            .iter()
            .map(|one| one["itm"].as_f64().unwrap_or(f64::MAX));
        assert!(itms.is_sorted(), "the best is not first: {listed:?}");
        for (gaveur_id, analytics) in (1..4).zip(&answers[1..]) {
            assert_holds(
                analytics,
                &world.performance(gaveur_id, from),
                &format!("seed {seed}"),
            );
            let yields = world.yields(gaveur_id, from);
            let told = analytics["rendements"].as_array().unwrap();
            assert_eq!(told.len(), yields.len());
            for one in told {
                assert_eq!(
                    one,
                    &yields[one["code_lot"].as_str().unwrap()],
                    "seed {seed}"
                );
            }
        }
    }
}

#[actix_web::test]
async fn where_nothing_was_measured_there_is_no_figure_rather_than_zero() {
    let database = TestDatabase::create().await;
    let stats = json(&database, "/api/euralis/sites/LL/stats").await;
    for field in [
        "mais_kg",
        "dose_moyenne_g",
        "ecart_dose",
        "poids_moyen_repas",
        "temperature_moyenne",
        "humidite_moyenne",
        "foie_mesure_kg",
        "masse_moyenne_g",
        "score_moyen",
        "part_rejets",
        "itm",
        "canards_vivants",
        "poids_moyen",
    ] {
        assert_eq!(stats.get(field), Some(&Value::Null), "{field}");
    }
    assert_eq!((&stats["repas"], &stats["foies"]), (&value!(0), &value!(0)));
    let kpis = json(&database, "/api/euralis/dashboard/kpis").await;
    for field in [
        "mais_kg",
        "foie_mesure_kg",
        "itm",
        "canards_vivants",
        "poids_moyen",
        "taux_mortalite",
        "dernier_releve",
    ] {
        assert_eq!(kpis.get(field), Some(&Value::Null), "{field}");
    }
    let chart = json(&database, "/api/euralis/dashboard/charts/production").await;
    let days = chart.as_array().unwrap();
    assert_eq!(days.len(), 90);
    assert!(
        days.iter()
            .all(|day| day["mais_kg"].is_null() && day["foie_mesure_kg"].is_null())
    );
    assert_eq!(
        json(&database, "/api/euralis/dashboard/charts/itm").await,
        value!([])
    );
    for metrique in ["itm", "mortalite", "production"] {
        let sites = json(
            &database,
            &format!("/api/euralis/sites/compare?metrique={metrique}"),
        )
        .await;
        assert!(
            sites
                .as_array()
                .unwrap()
                .iter()
                .all(|site| site["valeur"].is_null())
        );
    }
}

#[actix_web::test]
async fn supervision_says_en_cours_and_the_farmers_en_gavage() {
    let database = TestDatabase::create().await;
    let mut finished = fed("LL2601001", 12, "soir", hours_ago(30));
    finished.pret_abattage = true;
    let meals = [
        finished,
        fed("LL2601002", 3, "matin", hours_ago(2)),
        fed("MT2601003", 2, "soir", hours_ago(1)),
    ];
    feed::store(&database, &meals).await;
    let told = async |path: &str| -> Vec<(String, String)> {
        let lots = json(&database, path).await;
        let lots = lots["lots"].as_array().or(lots.as_array()).unwrap().clone();
        let word = |lot: &Value, field: &str| lot[field].as_str().unwrap().to_owned();
        lots.iter()
            .map(|lot| (word(lot, "code_lot"), word(lot, "statut")))
            .collect()
    };
    let [ready, fed_ll, fed_mt] = [
        ("LL2601001", "pret_abattage"),
        ("LL2601002", "en_cours"),
        ("MT2601003", "en_cours"),
    ]
    .map(|(lot, statut)| (lot.to_owned(), statut.to_owned()));
    assert_eq!(
        told("/api/euralis/lots").await,
        [fed_mt.clone(), fed_ll.clone(), ready.clone()]
    );
    assert_eq!(
        told("/api/euralis/lots?site=LL&limit=1").await,
        std::slice::from_ref(&fed_ll)
    );
    assert_eq!(
        told("/api/euralis/sites/LL/lots").await,
        [fed_ll.clone(), ready.clone()]
    );
    assert_eq!(
        told("/api/euralis/sites/LL/lots?statut=en_cours").await,
        std::slice::from_ref(&fed_ll)
    );
    assert_eq!(told("/api/euralis/gaveurs/1/analytics").await.len(), 3);
    assert_eq!(
        json(&database, "/api/euralis/lots/LL2601002").await["statut"],
        "en_cours"
    );
    assert_eq!(
        json(&database, "/api/lots/LL2601002").await["statut"],
        "en_gavage"
    );
}

#[actix_web::test]
async fn the_doses_of_a_lot_are_its_feeding_curve() {
    let database = TestDatabase::create().await;
    let mut unplanned = fed("LL2601002", 1, "matin", hours_ago(2));
    unplanned.dose_theorique = None;
    let meals = [
        unplanned,
        fed("LL2601002", 0, "soir", hours_ago(10)),
        fed("LL2601003", 0, "soir", hours_ago(9)),
    ];
    feed::store(&database, &meals).await;
    let doses = json(&database, "/api/euralis/lots/LL2601002/doses").await;
    let expected = value!([
        {"jour": 0, "moment": "soir", "time": meals[1].time.to_string(), "dose_theorique": 400.0, "dose_reelle": 410.0, "ecart_dose": 2.5, "simule": false,
            "jour_gavage": 1, "feed_target": 400.0, "feed_real": 410.0, "corn_variation": 10.0},
        {"jour": 1, "moment": "matin", "time": meals[0].time.to_string(), "dose_theorique": null, "dose_reelle": 410.0, "ecart_dose": null, "simule": false,
            "jour_gavage": 2, "feed_target": null, "feed_real": 410.0, "corn_variation": null},
    ]);
    assert_eq!(doses, expected);
}

#[actix_web::test]
async fn open_alerts_are_counted_for_the_site_the_gaveur_and_all() {
    let database = TestDatabase::create().await;
    feed::store(&database, &[fed("LL2601001", 1, "matin", hours_ago(3))]).await;
    for (severite, hours) in [("critical", 1), ("warning", 2), ("info", 3)] {
        raise_alert(&database, 1, severite, hours_ago(hours)).await;
    }
    let client = database.client().await;
    let open = "UPDATE alertes SET fermee_le = NULL, type = severite WHERE severite <> 'info'";
    client.batch_execute(open).await.unwrap();
    drop(client);
    let counts = value!({"alertes_ouvertes": 2, "alertes_critiques": 1});
    for path in [
        "/api/euralis/dashboard/kpis",
        "/api/euralis/sites/LL",
        "/api/euralis/sites/LL/stats",
    ] {
        assert_holds(&json(&database, path).await, &counts, path);
    }
    let mut others = counts.clone();
    merge(
        &mut others,
        value!({"alertes_ouvertes": 0, "alertes_critiques": 0}),
    );
    assert_holds(
        &json(&database, "/api/euralis/sites/LS").await,
        &others,
        "LS",
    );
    let gaveur = json(&database, "/api/euralis/gaveurs/1/analytics").await;
    assert_eq!(gaveur["alertes_ouvertes"], 2);
}

#[actix_web::test]
async fn what_is_not_there_is_a_404_that_names_it() {
    let database = TestDatabase::create().await;
    for (path, named) in [
        ("/api/euralis/sites/XX", "XX"),
        ("/api/euralis/sites/XX/stats", "XX"),
        ("/api/euralis/sites/XX/lots", "XX"),
        ("/api/euralis/lots/LL9999999", "LL9999999"),
        ("/api/euralis/lots/LL9999999/doses", "LL9999999"),
        ("/api/euralis/gaveurs/99/analytics", "99"),
        ("/api/lots/LL9999999/qualite", "LL9999999"),
    ] {
        let answer = ask(&database, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(
            answer.detail().contains(named),
            "{path}: {}",
            answer.detail()
        );
    }
}
