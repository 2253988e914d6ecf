//! What the page reads on which a farmer writes his meals down.

use super::*;

#[actix_web::test]
async fn a_farmer_gets_his_lots_with_their_next_and_missing_meals_and_all_that_was_said() {
    let (server, mut producer) = fed(2).await;
    producer.ask(meal("MT2611001", 3, 0)).await;
    let correction = json!({"dose_g": 390, "morts": 2, "remarque": "calme"});
    enter(&server, &entry("second", 1, correction)).await;
    enter(&server, &entry("fourth", 3, json!({"morts": 1}))).await;
    let sheet = server.get("/api/gaveurs/1/saisie").await;
    let lots = sheet["lots"].as_array().unwrap();
    assert_eq!(lots.len(), 1, "{sheet}");
    let lot = &lots[0];
    assert_eq!(lot["lot"]["code_lot"], LOT);
    assert_eq!(lot["manquants"], json!([{"jour": 1, "moment": "matin"}]));
    let next = json!({"jour": 2, "moment": "matin", "dose_g": null, "total_kg": null});
    assert_eq!(lot["prochain"], next, "nobody has planned it");
    let meals = lot["repas"].as_array().unwrap();
    let told: Vec<_> = meals
        .iter()
        .map(|meal| {
            json!([
                meal["origine"],
                meal["version"],
                meal["morts"],
                meal["auteur"]
            ])
        })
        .collect();
    assert_eq!(
        told,
        [
            json!(["flux", 1, null, null]),
            json!(["saisie", 2, 2, "Jeanne"]),
            json!(["saisie", 1, 1, "Jeanne"]),
        ]
    );
    assert_eq!(meals[1]["remarques"], "calme");
    let before = &meals[1]["versions"][0];
    assert_eq!(
        (&before["dose_reelle"], &before["origine"]),
        (&json!(402.5), &json!("flux"))
    );
    // The version that the page has seen is the one that a correction is based on.
    let based = json!({"base": meals[1]["version"], "dose_g": 395});
    assert_eq!(enter(&server, &entry("third", 1, based)).await.0, 200);
    assert_eq!(server.get("/api/gaveurs/2/saisie").await["lots"], json!([]));
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_meal_of_the_first_day_can_be_corrected_as_long_as_its_lot_is_fed() {
    let (server, producer) = fed(32).await;
    let sheet = server.get("/api/gaveurs/1/saisie").await;
    let meals = sheet["lots"][0]["repas"].as_array().unwrap();
    assert_eq!(
        (meals.len(), &meals[0]["jour"], &meals[0]["version"]),
        (32, &json!(0), &json!(1))
    );
    producer.close().await;
    server.finish().await;
}
