//! The pages of the farmers.

use super::*;

#[actix_web::test]
async fn the_farmers_pages_find_the_types_that_they_declare() {
    let database = world().await;
    for path in [
        "/api/lots",
        "/api/lots/gaveur/1",
        "/api/lots/LL2601001",
        "/api/lots/LL2601002",
    ] {
        assert_fields(&database, path, "", &LOT).await;
    }
    let days = [
        ("lot_id", Number),
        ("date_gavage", Text),
        ("jour_gavage", Number),
        ("dose_matin", Number),
        ("dose_soir", Number),
        ("dose_totale_jour", Number),
        ("heure_gavage_matin", Text),
        ("heure_gavage_soir", Text),
        ("nb_canards_peses", Number),
        ("poids_echantillon", List),
        ("poids_moyen_mesure", Number),
        ("suit_courbe_theorique", Flag),
        ("alerte_generee", Flag),
        ("prediction_activee", Flag),
        ("created_at", Text),
    ];
    assert_fields(&database, "/api/lots/LL2601001/historique", "", &days).await;
    for (at, fields) in [
        (
            "",
            vec![
                ("lot_id", Number),
                ("has_sqal_data", Flag),
                ("nb_echantillons", Number),
            ],
        ),
        (
            "/grades",
            vec![
                ("majoritaire", Text),
                ("repartition", Object),
                ("pourcent_a_plus_a", Number),
            ],
        ),
        (
            "/poids_foie",
            vec![
                ("moyen_g", Number),
                ("min_g", Number),
                ("max_g", Number),
                ("ecart_type_g", Number),
            ],
        ),
        (
            "/conformite",
            vec![("nb_conformes", Number), ("pourcent_conformes", Number)],
        ),
        (
            "/dates",
            vec![("premiere_mesure", Text), ("derniere_mesure", Text)],
        ),
    ] {
        assert_fields(&database, "/api/lots/LL2601002/qualite", at, &fields).await;
    }
    let counts = [
        ("critiques_actives", Number),
        ("importantes_actives", Number),
        ("info_actives", Number),
        ("alertes_24h", Number),
        ("sms_envoyes", Number),
    ];
    assert_fields(&database, "/api/alertes/dashboard/1", "", &counts).await;
    let farmers = [
        ("canard_id", Number),
        ("sms_envoye", Flag),
        ("valeur_mesuree", Number),
        ("valeur_seuil", Number),
    ];
    for path in ["/api/alertes/gaveur/1", "/api/alertes/lot/LL2601001"] {
        assert_fields(&database, path, "", &[&ALERT[..], &farmers].concat()).await;
    }
    let card = [("id", Number), ("nom", Text), ("nb_lots_total", Number)];
    assert_fields(&database, "/api/gaveurs/1", "", &card).await;
}

#[actix_web::test]
async fn the_curves_of_the_farmers_home_have_the_types_that_it_declares() {
    let database = world().await;
    let plan = [
        ("id", Number),
        ("lot_id", Number),
        ("gaveur_id", Number),
        ("site_code", Text),
        ("courbe_theorique", List),
        ("courbe_active", List),
        ("duree_gavage_jours", Number),
        ("statut", Text),
        ("created_at", Text),
    ];
    assert_fields(&database, "/api/courbes/theorique/lot/LL2601001", "", &plan).await;
    let days = [
        ("jour_gavage", Number),
        ("date_gavage", Text),
        ("dose_reelle_g", Number),
        ("dose_theorique_g", Number),
        ("ecart_g", Number),
        ("ecart_pct", Number),
        ("alerte_ecart", Flag),
        ("created_at", Text),
    ];
    assert_fields(&database, "/api/courbes/reelle/lot/LL2601001", "", &days).await;
    let overview = "/api/courbes/dashboard/lot/LL2601001";
    assert_fields(&database, overview, "/courbe_reelle", &days).await;
    let statistics = [
        ("nb_jours_saisis", Number),
        ("ecart_moyen_pct", Number),
        ("ecart_max_pct", Number),
        ("nb_alertes", Number),
    ];
    assert_fields(&database, overview, "/statistiques", &statistics).await;
    let ahead = [
        ("courbe_predictive", List),
        ("dernier_jour_reel", Number),
        ("a_des_ecarts", Flag),
        ("algorithme", Text),
    ];
    assert_fields(
        &database,
        "/api/courbes/predictive/lot/LL2601001",
        "",
        &ahead,
    )
    .await;
    let suggested = json(&database, "/api/ml/suggestions/lot/LL2601001/jour/2").await;
    assert_eq!(suggested["data"]["dose_matin"], 400.0);
    assert_eq!(
        suggested["data"]["dose_soir"],
        Value::Null,
        "not planned yet"
    );
    let unplanned = ask(&database, "/api/ml/suggestions/lot/LL2601001/jour/9").await;
    assert_eq!(unplanned.status, StatusCode::NOT_FOUND);
    let advice = json(&database, "/api/ml/recommandations/lot/LL2601001").await;
    assert_eq!(advice["data"]["recommandations"], Value::Array(Vec::new()));
    let corrections = json(
        &database,
        "/api/courbes/corrections/gaveur/1?pending_only=true",
    )
    .await;
    assert_eq!(corrections, Value::Array(Vec::new()));
}
