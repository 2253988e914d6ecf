//! What the older page of the farmers sends in the morning and in the evening.

use crate::common::{
    http,
    readings::{meal, with},
    server::TestServer,
};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde_json::{Value, json};

const LOT: &str = "LL2611001";

/// A server whose lot was fed the day before yesterday, and the date of yesterday.
async fn fed() -> (TestServer, String, i64) {
    let server = TestServer::start().await;
    let zone = TimeZone::get("Europe/Paris").unwrap();
    let today = Timestamp::now().to_zoned(zone).date();
    let begun = today.saturating_sub(2.days());
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    let first = json!({"timestamp": format!("{begun}T08:00:00"), "taux_mortalite": 0.0});
    assert_eq!(
        producer.ask(with(meal(LOT, 1, 0), first)).await["type"],
        "ack"
    );
    producer.close().await;
    let lot = server.get(&format!("/api/lots/{LOT}")).await["id"].as_i64();
    (
        server,
        today.saturating_sub(1.days()).to_string(),
        lot.unwrap(),
    )
}

fn page(lot: i64, date: &str, fields: Value) -> Value {
    let body = json!({
        "lot_id": lot, "date_gavage": date, "dose_matin": 0, "dose_soir": 0, "heure_gavage_matin": "08:15",
        "heure_gavage_soir": "18:30", "nb_canards_peses": 10, "poids_echantillon": [4900.5, 5100, 4987], "temperature_stabule": 21.5,
        "humidite_stabule": 60, "suit_courbe_theorique": true, "mortalite_jour": 0,
    });
    with(body, fields)
}

async fn send(server: &TestServer, body: Value) -> (u16, Value) {
    let answer = http::post(&server.url("/api/lots/gavage"), body).await;
    let status = answer.status().as_u16();
    (status, serde_json::from_str(answer.body()).unwrap())
}

#[actix_web::test]
async fn the_evening_of_a_day_is_stored_beside_its_morning_and_nothing_of_either_is_lost() {
    let (server, date, lot) = fed().await;
    let morning = json!({"dose_matin": 400, "mortalite_jour": 2, "temperature_stabule": 23, "remarques": "calme"});
    let (status, answer) = send(&server, page(lot, &date, morning)).await;
    assert_eq!(status, 201, "{answer}");
    assert_eq!(
        [
            &answer["jour"],
            &answer["poids_retenu"],
            &answer["alerte_generee"],
            &answer["ecart_courbe_theorique"]
        ],
        [&json!(1), &json!(false), &json!(false), &json!(0.0)]
    );
    // The page sends the morning again with the evening, and the dead ducks of the whole day.
    let evening = json!({"dose_matin": 400, "dose_soir": 415, "mortalite_jour": 3});
    let (status, answer) = send(&server, page(lot, &date, evening)).await;
    assert_eq!(status, 201, "{answer}");
    let effects: Vec<_> = answer["repas"]
        .as_array()
        .unwrap()
        .iter()
        .map(|meal| &meal["effet"])
        .collect();
    assert_eq!(effects, ["inchange", "nouveau"]);
    assert_eq!(answer["gavage_id"], answer["repas"][1]["id"]);
    let meals = "SELECT moment, dose_reelle AS dose, nb_canards_vivants AS alive, temperature_stabule AS celsius, poids_moyen AS grams,
        to_char(time AT TIME ZONE 'Europe/Paris', 'HH24:MI') AS at FROM gavage_data WHERE jour = 1 ORDER BY moment";
    assert_eq!(
        server.rows(meals).await,
        [
            json!({"moment": "matin", "dose": 400, "alive": 998, "celsius": 23, "grams": null, "at": "08:15"}),
            json!({"moment": "soir", "dose": 415, "alive": 997, "celsius": 21.5, "grams": null, "at": "18:30"}),
        ]
    );
    assert_eq!(server.count("SELECT count(*) FROM audit").await, 2);
    server.finish().await;
}

#[actix_web::test]
async fn a_date_that_is_stored_is_corrected_and_its_earlier_doses_are_kept() {
    let (server, date, lot) = fed().await;
    let both = json!({"dose_matin": 400, "dose_soir": 410});
    assert_eq!(send(&server, page(lot, &date, both)).await.0, 201);
    let corrected =
        json!({"dose_matin": 405, "dose_soir": 410, "pesee": true, "raison_ecart": "chaleur"});
    let (status, answer) = send(&server, page(lot, &date, corrected)).await;
    assert_eq!(
        (status, &answer["poids_retenu"]),
        (200, &json!(true)),
        "{answer}"
    );
    let weight = answer["repas"][1]["poids_moyen_g"].as_f64().unwrap();
    assert!((weight - 4995.83).abs() < 0.01, "{weight}");
    let earlier = "SELECT dose_reelle FROM repas_versions ORDER BY id";
    assert_eq!(
        server.rows(earlier).await.len(),
        2,
        "the dose of the morning, the weight of the evening"
    );
    server.finish().await;
}

#[actix_web::test]
async fn a_day_that_cannot_be_stored_is_a_400_that_names_the_field_and_none_of_its_meals_is_there()
{
    let (server, date, lot) = fed().await;
    for (fields, status, field) in [
        (json!({}), 400, "dose_matin"),
        (json!({"dose_matin": 400, "dose_soir": 700}), 400, "dose_g"),
        (
            json!({"dose_soir": 400, "mortalite_jour": 1_001}),
            400,
            "morts",
        ),
        (
            json!({"dose_soir": 400, "date_gavage": "2020-01-01"}),
            400,
            "date_gavage",
        ),
        (json!({"repas_saute": ["soir"]}), 400, "raison_ecart"),
    ] {
        let (answered, answer) = send(&server, page(lot, &date, fields)).await;
        assert_eq!(
            (answered, &answer["champ"]),
            (status, &json!(field)),
            "{answer}"
        );
    }
    let unknown = page(lot + 1, &date, json!({"dose_soir": 400}));
    assert_eq!(send(&server, unknown).await.0, 404);
    assert_eq!(server.count("SELECT count(*) FROM gavage_data").await, 1);
    let ended = server.database.client().await;
    ended
        .execute("UPDATE lots_gavage SET statut = 'abattu'", &[])
        .await
        .unwrap();
    drop(ended);
    let (status, answer) = send(&server, page(lot, &date, json!({"dose_soir": 400}))).await;
    assert_eq!(status, 409, "{answer}");
    let reason = json!({"dose_soir": 400, "motif": "oubli"});
    assert_eq!(send(&server, page(lot, &date, reason)).await.0, 201);
    server.finish().await;
}
