//! Tables as CSV.

use crate::{
    common::database::TestDatabase,
    feed::{self, fed},
    support::{Answer, ask, ask_as, json, paris},
};
use actix_web::http::{Method, StatusCode};
use gaveurs::{
    domain::{access::Role, scope::Scope},
    http::caller::Caller,
};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::date};

const DAYS: &str = "depuis=2026-10-01&jusqua=2026-10-31";

fn at(hours: i64) -> Timestamp {
    let begin = date(2026, 10, 1).to_zoned(paris()).unwrap().timestamp();
    begin + SignedDuration::from_hours(hours)
}

fn text(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    String::from_utf8(answer.body.to_vec()).unwrap()
}

/// Two meals of Bretagne and one of Occitanie, whose gaveur has the name of a formula.
async fn three_meals() -> TestDatabase {
    let database = TestDatabase::create().await;
    let mut second = fed("LL2610001", 0, "soir", at(20));
    (second.dose_theorique, second.poids_moyen) = (None, None);
    (second.pret_abattage, second.simule) = (true, true);
    let mut other = fed("MT2610003", 0, "matin", at(50));
    other.gaveur_id = 3;
    let meals = [fed("LL2610001", 0, "matin", at(8)), second, other];
    feed::store(&database, &meals).await;
    let sql = "UPDATE gaveurs_euralis SET nom = '=HYPERLINK(\"http://evil\";\"x\")' WHERE id = 3";
    database.client().await.execute(sql, &[]).await.unwrap();
    database
}

#[actix_web::test]
async fn meals_for_excel_have_units_decimal_commas_and_no_formula() {
    let database = three_meals().await;
    let answer = ask(&database, &format!("/api/exports/repas.csv?{DAYS}")).await;
    assert_eq!(
        answer.headers.get("content-type").unwrap(),
        "text/csv; charset=utf-8"
    );
    assert_eq!(
        answer.headers.get("content-disposition").unwrap(),
        "attachment; filename=\"repas.csv\""
    );
    let text = text(&answer);
    let lines: Vec<_> = text.split("\r\n").collect();
    assert_eq!(lines.len(), 5);
    assert!(lines[0].starts_with("\u{feff}Heure;Lot;Site;Gaveur n°;Gaveur;Jour;Repas;Dose prévue (g);Dose donnée (g);Écart (%);"));
    assert!(
        lines[1].starts_with("01/10/2026 08:00:00;LL2610001;LL;1;Jean Martin;0;matin;400;410;2,5;5000;1000;0,5;21,5;62;non;flux;;"),
        "{}", lines[1]
    );
    assert!(lines[1].ends_with(";;non"));
    // What was not measured is empty, and what is simulated says so.
    assert!(
        lines[2].starts_with("01/10/2026 20:00:00;LL2610001;LL;1;Jean Martin;0;soir;;410;;;1000;"),
        "{}",
        lines[2]
    );
    assert!(lines[2].ends_with(";oui"));
    let guarded = "MT;3;\"'=HYPERLINK(\"\"http://evil\"\";\"\"x\"\")\";0;";
    assert!(lines[3].contains(guarded), "{}", lines[3]);
}

#[actix_web::test]
async fn meals_for_programs_have_points_and_times_of_rfc_3339() {
    let database = three_meals().await;
    let text = text(
        &ask(
            &database,
            &format!("/api/exports/repas.csv?{DAYS}&format=machine&code_lot=LL2610001"),
        )
        .await,
    );
    let lines: Vec<_> = text.split("\r\n").collect();
    assert!(lines[0].starts_with("Heure,Lot,Site,"));
    assert!(lines[1].starts_with("2026-10-01T06:00:00Z,LL2610001,LL,1,Jean Martin,0,matin,400,410,2.5,5000,1000,0.5,21.5,62,false,flux,,"));
    assert_eq!(lines.len(), 4);
}

#[actix_web::test]
async fn each_table_has_the_rows_of_the_days_and_the_site() {
    let database = three_meals().await;
    let client = database.client().await;
    for sql in [
        "INSERT INTO sensor_samples (time, sample_id, device_id, site_code, lot_id, code_lot, final_score, final_grade, masse_foie_g, nb_defauts, defauts,
            sellable, qr_allowed, simule)
        SELECT dernier_releve + INTERVAL '1 day', 'S-1', 'ESP32_LL_01', 'LL', id, code_lot, 0.85, 'A+', 512.5, 2, '[]', true, true, false
        FROM lots_gavage WHERE code_lot = 'LL2610001'",
        "INSERT INTO alertes (lot_id, code_lot, gaveur_id, site_code, type, severite, mesure, seuil, jour, moment, levee_le, acquittee_le, acquittee_par)
        SELECT id, code_lot, 1, 'LL', 'mortalite', 'warning', 3.25, 3, 0, 'soir', dernier_releve, dernier_releve + INTERVAL '90 s', '+Anne'
        FROM lots_gavage WHERE code_lot = 'LL2610001'",
    ] {
        client.execute(sql, &[]).await.unwrap();
    }
    for (table, begin) in [
        (
            "lots",
            "LL2610001;LL;1;Jean Martin;Mulard;02/01/2026;01/10/2026 20:00:00;pret_abattage;0;1000;1000;0,5;5000;820;1;1;0;0;0;0;512,5;;1,6;A;oui",
        ),
        (
            "foies",
            "02/10/2026 20:00:00;S-1;ESP32_LL_01;LL;LL2610001;0,85;A+;;;512,5;;2;;;;oui;oui;non",
        ),
        (
            "alertes",
            "01/10/2026 20:00:00;mortalite;warning;LL2610001;LL;1;Jean Martin;;0;soir;3,25;3;;01/10/2026 20:01:30;'+Anne;1,5;non",
        ),
    ] {
        let path = format!("/api/exports/{table}.csv?{DAYS}&site=LL");
        let text = text(&ask(&database, &path).await);
        let lines: Vec<_> = text.split("\r\n").collect();
        assert_eq!(lines.len(), 3, "{table}: {text}");
        assert_eq!(lines[1], begin, "{table}");
        assert_eq!(lines[0].matches(';').count(), lines[1].matches(';').count());
        let none = format!("/api/exports/{table}.csv?depuis=2026-11-01&jusqua=2026-11-02&site=LL");
        assert_eq!(
            self::text(&ask(&database, &none).await)
                .split("\r\n")
                .count(),
            2
        );
    }
    let gaveurs = text(&ask(&database, &format!("/api/exports/gaveurs.csv?{DAYS}")).await);
    let lines: Vec<_> = gaveurs.split("\r\n").collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        lines[1],
        "1;Jean Martin;LL;1;1;1000;0,5;1,6;1,6;0,44;2,76;trop peu de lots (1/5);oui"
    );
}

#[actix_web::test]
async fn the_calendar_of_ends_follows_the_plan_of_a_lot_and_else_what_is_usual() {
    let database = TestDatabase::create().await;
    let now = Timestamp::now();
    let lots = ["LL2610001", "LL2610002", "MT2610003"].map(|code| fed(code, 0, "matin", now));
    feed::store(&database, &lots).await;
    let today = now.to_zoned(paris()).date();
    let client = database.client().await;
    let begun =
        "UPDATE lots_gavage SET debut_lot = $1, nb_canards_actuel = 1000, statut = 'en_gavage'";
    client.execute(begun, &[&today]).await.unwrap();
    let planned = "INSERT INTO courbes (lot_id, version, etat, premier_repas, points_g, source, cree_par, decide_par, requete)
        SELECT id, 1, 'validee', 0, array_fill(300::double precision, ARRAY[26]), 'manuelle', 'Anne', 'Anne', 1
        FROM lots_gavage WHERE code_lot = 'LL2610002'";
    client.execute(planned, &[]).await.unwrap();
    let day = |days: i64| (today + days.days()).strftime("%d/%m/%Y").to_string();
    let answer = ask(&database, "/api/exports/fins.csv?site=LL").await;
    let expected = format!(
        "\u{feff}Jour;Site;Lots;Canards;Simulé\r\n{};LL;1;1000;non\r\n{};LL;1;1000;non\r\n",
        day(9),
        day(12)
    );
    assert_eq!(text(&answer), expected);
    let all = text(&ask(&database, "/api/exports/fins.csv?format=machine").await);
    assert_eq!(all.lines().count(), 4, "{all}");
    let shown = json(&database, "/api/pilotage").await;
    assert_eq!(shown["fins"]["jours"].as_array().unwrap().len(), 3);
}

#[actix_web::test]
async fn an_export_of_many_pages_has_each_row_once_and_in_order() {
    let database = three_meals().await;
    let client = database.client().await;
    // Pages end between meals of the same time.
    let sql = "WITH meal AS (
            INSERT INTO repas (lot_id, jour, moment, time) SELECT id, n, 'matin', $1::timestamptz + (n / 7) * INTERVAL '1 minute'
            FROM lots_gavage, generate_series(10, 1260) n WHERE code_lot = 'MT2610003' RETURNING id, lot_id, jour, time
        )
        INSERT INTO gavage_data (time, id, lot_id, code_lot, gaveur_id, site_code, jour, moment, dose_reelle, horodatage, pret_abattage, simule)
        SELECT time, id, lot_id, 'MT2610003', 3, 'MT', jour, 'matin', 400, '', false, false FROM meal";
    client.execute(sql, &[&at(60)]).await.unwrap();
    let path = format!("/api/exports/repas.csv?{DAYS}&site=MT&format=machine");
    let text = text(&ask(&database, &path).await);
    let rows = text.split("\r\n").skip(1).filter(|line| !line.is_empty());
    let times: Vec<_> = rows
        .clone()
        .map(|line| line.split(',').next().unwrap())
        .collect();
    assert!(times.is_sorted());
    // The name of the gaveur has commas in no row but in quotes.
    let jours = rows.map(|line| {
        line.rsplit("\",")
            .next()
            .unwrap()
            .split(',')
            .next()
            .unwrap()
    });
    let mut jours: Vec<i32> = jours.filter_map(|jour| jour.parse().ok()).collect();
    jours.sort_unstable();
    let expected: Vec<_> = std::iter::once(0).chain(10..=1260).collect();
    assert_eq!((times.len(), jours), (expected.len(), expected));
}

#[actix_web::test]
async fn a_farmer_exports_his_own_rows_only_and_no_table_of_gaveurs() {
    let database = three_meals().await;
    let farmer = Caller {
        role: Role::Gaveur,
        scope: Scope::Gaveur(3),
        ..Caller::anyone()
    };
    for (table, rows) in [("repas", 1), ("lots", 1), ("foies", 0), ("alertes", 0)] {
        let path = format!("/api/exports/{table}.csv?{DAYS}");
        let answer = ask_as(database.pool(), &farmer, Method::GET, &path).await;
        let text = text(&answer);
        assert_eq!(text.split("\r\n").count(), rows + 2, "{table}: {text}");
        assert!(!text.contains("LL2610001"), "{table}");
    }
    for table in ["gaveurs", "fins"] {
        let path = format!("/api/exports/{table}.csv");
        let refused = ask_as(database.pool(), &farmer, Method::GET, &path).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{table}");
    }
}

#[actix_web::test]
async fn days_that_cannot_be_exported_are_refused_with_the_reason() {
    let database = TestDatabase::create().await;
    for (query, detail) in [
        (
            "depuis=2025-10-01&jusqua=2026-10-02",
            "depuis and jusqua must be at most 366 days apart",
        ),
        (
            "depuis=2026-10-02&jusqua=2026-10-01",
            "depuis must not be after jusqua",
        ),
        ("depuis=01/10/2026", "depuis must be a day as in 2026-11-29"),
        ("jusqua=demain", "jusqua must be a day as in 2026-11-29"),
        ("format=xlsx", "format must be one of excel, machine"),
        ("site=XX", "site must be one of"),
    ] {
        let answer = ask(&database, &format!("/api/exports/repas.csv?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(answer.detail().starts_with(detail), "{}", answer.detail());
    }
    let whole_year = "/api/exports/repas.csv?depuis=2025-10-01&jusqua=2026-10-01";
    assert_eq!(ask(&database, whole_year).await.status, StatusCode::OK);
    let unknown = ask(&database, "/api/exports/canards.csv").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(unknown.detail().contains("lots, repas, foies, alertes"));
}
