//! Bad input, with and without a trailing slash in the path: an `error` frame names the field, nothing is stored, and the connection
//! stays open.

use crate::common::{
    readings::{meal, with},
    server::TestServer,
};
use serde_json::{Value, json};

/// Texts, and a word that the error must contain.
type Cases = Vec<(String, String)>;

/// Every field with values of every wrong type.
fn wrong_types() -> Cases {
    let texts = [
        "code_lot",
        "gaveur_nom",
        "site",
        "genetique",
        "moment",
        "timestamp",
    ];
    let numbers = [
        "gaveur_id",
        "jour",
        "dose_theorique",
        "dose_reelle",
        "poids_moyen",
        "nb_canards_vivants",
        "taux_mortalite",
        "temperature_stabule",
        "humidite_stabule",
    ];
    let never = [
        json!(true),
        json!([]),
        json!([1]),
        json!({}),
        json!({"valeur": 1}),
        json!(""),
    ];
    let mut cases = Cases::new();
    let mut add = |field: &str, value: Value| {
        cases.push((
            with(meal("LL2611001", 1, 0), json!({field: value})).to_string(),
            format!("`{field}`"),
        ));
    };
    for field in texts {
        never.iter().for_each(|value| add(field, value.clone()));
        add(field, json!(12));
        add(field, json!("   "));
        if !["gaveur_nom", "genetique"].contains(&field) {
            add(field, json!("a\u{0}b"));
        }
        add(field, json!("x".repeat(300)));
        add(field, Value::Null);
    }
    for field in numbers {
        never.iter().for_each(|value| add(field, value.clone()));
        // For other fields this text means "not measured".
        if ["gaveur_id", "jour", "dose_reelle"].contains(&field) {
            add(field, json!("NaN"));
        }
        for text in ["beaucoup", "inf", "1e999", "0x10", "1,5", "12 g", "\u{0}"] {
            add(field, json!(text));
        }
        add(field, json!(1e300));
        add(field, json!(-1e300));
        add(field, json!(u64::MAX));
    }
    for flag in ["pret_abattage", "simule"] {
        for value in [json!("oui"), json!(1), json!([]), json!({})] {
            add(flag, value);
        }
    }
    cases
}

fn out_of_range() -> Cases {
    let wrong = [
        ("gaveur_id", json!(-1)),
        ("gaveur_id", json!(1.5)),
        ("gaveur_id", json!(2_147_483_648_u32)),
        ("jour", json!(-2)),
        ("jour", json!(0.5)),
        ("jour", json!(1_000_000)),
        ("dose_theorique", json!(-0.02)),
        ("dose_reelle", json!(-0.01)),
        ("dose_reelle", Value::Null),
        ("poids_moyen", json!(-1)),
        ("nb_canards_vivants", json!(-1)),
        ("nb_canards_vivants", json!(12.5)),
        ("taux_mortalite", json!(-0.1)),
        ("taux_mortalite", json!(100.1)),
        ("humidite_stabule", json!(-1)),
        ("humidite_stabule", json!(101)),
        ("temperature_stabule", json!(1000)),
        ("site", json!("XX")),
        ("moment", json!("midi")),
        ("timestamp", json!("hier")),
        ("timestamp", json!("2026-02-30T08:00:00")),
        ("timestamp", json!("0000-00-00T00:00:00")),
        ("timestamp", json!("9999-12-31T23:59:59Z")),
        ("timestamp", json!("1764000000")),
        ("timestamp", json!("2026-01-01T25:00:00Z")),
    ];
    let case = |(field, value): (&str, Value)| {
        (
            with(meal("LL2611001", 1, 0), json!({field: value})).to_string(),
            format!("`{field}`"),
        )
    };
    wrong.into_iter().map(case).collect()
}

fn missing() -> Cases {
    let whole = meal("LL2611001", 1, 0);
    let fields = whole.as_object().unwrap();
    let without = |field: &String| {
        let mut fields = fields.clone();
        fields.remove(field);
        (
            Value::Object(fields).to_string(),
            format!("`{field}` is missing"),
        )
    };
    fields.keys().map(without).collect()
}

/// Bare `NaN` and `Infinity`, as Python's encoder writes them.
fn not_finite() -> Cases {
    let mut cases = Cases::new();
    for (token, field, digits) in [
        ("NaN", "poids_moyen", "5000.5"),
        ("Infinity", "dose_reelle", "402.5"),
        ("-Infinity", "temperature_stabule", "21.5"),
        ("NaN", "humidite_stabule", "60.0"),
    ] {
        let text = meal("LL2611001", 1, 0).to_string();
        let text = text.replace(
            &format!("\"{field}\":{digits}"),
            &format!("\"{field}\": {token}"),
        );
        cases.push((text.clone(), format!("`{field}`")));
        cases.push((format!("[{text}]"), format!("`{field}`")));
    }
    cases
}

fn not_a_message() -> Cases {
    let whole = meal("LL2611001", 1, 0).to_string();
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let inside = |value: &str| whole.replace("\"Mulard\"", value);
    let plain = [
        String::new(),
        " ".into(),
        "\n".into(),
        "\u{feff}{}".into(),
        "{".into(),
        "}".into(),
        "nul".into(),
        "{'code_lot': 'LL'}".into(),
        "null".into(),
        "true".into(),
        "12".into(),
        "\"bonjour\"".into(),
        "bonjour".into(),
        "{}".into(),
        "[]".into(),
        "[[]]".into(),
        "[1, 2]".into(),
        "[null]".into(),
        format!("[[{whole}]]"),
        format!("[{whole}, [{whole}]]"),
        format!("[{whole}, 3]"),
        format!("{whole},{whole}"),
        format!("{whole}{whole}"),
        whole[..whole.len() - 1].to_owned(),
        whole.replace(':', "="),
        inside("\"\\ud800\""),
        inside("\"\\udc00\\ud800\""),
        inside("\"\\x\""),
        inside("\"a\u{7}b\""),
        inside("1e999"),
        inside("-1e999"),
        inside("01"),
        inside("+1"),
        inside("1."),
        inside("undefined"),
        inside(&nested(200)),
        inside(&"{\"a\":".repeat(300)),
        nested(100),
        nested(400),
        nested(100_000),
        "[".repeat(200_000),
        "{\"a\":".repeat(40_000),
        "9".repeat(200_000),
        "x".repeat(250_000),
        format!("\"{}\"", "é".repeat(120_000)),
        whole.replace("5000.5", "5000.5,\"jour\":\"demain\""),
        inside(&format!("\"{}\"", "M".repeat(250_000))),
    ];
    plain
        .into_iter()
        .map(|text| (text, String::new()))
        .collect()
}

async fn refused(path: &str, cases: &Cases) {
    let server = TestServer::start().await;
    let mut producer = server.connect(path).await;
    producer.next().await;
    for (text, word) in cases {
        let shown: String = text.chars().take(300).collect();
        let answer = producer.ask(text).await;
        let error = answer["error"]
            .as_str()
            .unwrap_or_else(|| panic!("{shown}: {answer}"));
        assert_eq!(answer["type"], "error", "{shown}");
        assert!(
            answer["timestamp"].as_str().unwrap().ends_with('Z'),
            "{answer}"
        );
        assert!(error.contains(word.as_str()), "{shown}: {error}");
        assert!(
            !error.is_empty() && error.len() < 300 && !error.contains('\n'),
            "{shown}: {error}"
        );
        assert!(
            answer.get("data").is_some() && answer.to_string().len() < 4_096,
            "{shown}: {answer}"
        );
    }
    assert_eq!(server.count("SELECT (SELECT count(*) FROM gavage_data) + (SELECT count(*) FROM lots_gavage) + (SELECT count(*) FROM repas)").await, 0);
    assert_eq!(producer.ask(meal("LL2611001", 1, 0)).await["type"], "ack");
    assert_eq!(server.count("SELECT count(*) FROM gavage_data").await, 1);
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn values_of_a_wrong_kind_are_refused_and_their_field_named() {
    refused("/ws/gavage", &wrong_types()).await;
}

#[actix_web::test]
async fn values_out_of_range_are_refused_and_their_field_named() {
    refused("/ws/gavage/", &out_of_range()).await;
}

#[actix_web::test]
async fn missing_fields_are_refused_and_named() {
    refused("/ws/gavage", &missing()).await;
    refused("/ws/gavage/", &missing()).await;
}

#[actix_web::test]
async fn bare_nan_and_infinity_are_refused_and_their_field_named() {
    refused("/ws/gavage", &not_finite()).await;
    refused("/ws/gavage/", &not_finite()).await;
}

#[actix_web::test]
async fn what_is_no_message_at_all_is_refused_and_quoted_as_valid_json() {
    refused("/ws/gavage", &not_a_message()).await;
    refused("/ws/gavage/", &not_a_message()).await;
}

#[actix_web::test]
async fn the_last_of_two_equal_keys_stands() {
    let server = TestServer::start().await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    let text = meal("LL2611001", 1, 0)
        .to_string()
        .replace("\"Mulard\"", "\"Mulard\",\"jour\":7");
    let text = text
        .replacen("{", "{\"jour\":3,", 1)
        .replace("\"jour\":0,", "");
    assert_eq!(producer.ask(text).await["jour"], 7);
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_valid_message_of_a_quarter_of_a_megabyte_is_stored() {
    let server = TestServer::start().await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    let large = with(
        meal("LL2611001", 1, 0),
        json!({"meta": "x".repeat(250_000)}),
    );
    assert_eq!(producer.ask(large).await["type"], "ack");
    let batch: Vec<_> = (0..550).map(|n| meal("LL2611002", 1, n)).collect();
    assert_eq!(producer.ask(json!(batch)).await["count"], 550);
    producer.close().await;
    server.finish().await;
}
