//! The station wall: how it shows a sample.

use crate::{
    browser::Browser,
    common::server::TestServer,
    feed::with,
    french::{MISSING, grams, number},
    samples::{CHANNELS, distance, reflectance, sample, scan, station},
};
use serde_json::{Value, json};

pub const STATION: &str = "[data-device=ESP32_LL_01]";
const NNBSP: char = '\u{202f}';

pub async fn opened(server: &TestServer) -> Option<Browser> {
    let browser = Browser::start().await?;
    browser.open(&server.url("/sqal")).await;
    browser.until_connected().await;
    Some(browser)
}

/// Waits until parts of the station show these texts.
pub async fn until_station_shows<const N: usize>(browser: &Browser, expected: [(&str, &str); N]) {
    for (part, text) in expected {
        browser.until_text(&format!("{STATION} {part}"), text).await;
    }
}

/// Lightness of the 64 cells of a painted map, row by row.
async fn lightness(browser: &Browser, map: &str) -> Vec<f64> {
    let script = format!(
        "const canvas = document.querySelector('{STATION} [data-map={map}] canvas[data-part=canvas]');
         const {{ data }} = canvas.getContext('2d').getImageData(0, 0, 8, 8);
         return Array.from({{ length: 64 }}, (_, i) => 0.2126 * data[4 * i] + 0.7152 * data[4 * i + 1] + 0.0722 * data[4 * i + 2]);"
    );
    serde_json::from_value(browser.run(&script).await).unwrap()
}

/// The figures in one of the two expandable tables.
async fn figures(browser: &Browser, table: usize) -> Vec<String> {
    let cells = format!(
        "Array.from(document.querySelectorAll('{STATION} .values table')[{table}].querySelectorAll('td'), (cell) => cell.textContent).filter(Boolean)"
    );
    serde_json::from_value(browser.eval(&cells).await).unwrap()
}

fn all_cells(cell: fn(usize, usize) -> usize) -> Vec<String> {
    (0..64).map(|i| cell(i / 8, i % 8).to_string()).collect()
}

#[actix_web::test]
async fn a_station_shows_both_maps_of_its_latest_sample_cell_by_cell() {
    let server = TestServer::start().await;
    let Some(browser) = opened(&server).await else {
        return;
    };
    let mut device = station(&server).await;
    scan(&mut device, sample("S-1", "ESP32_LL_01", 0.81)).await;
    until_station_shows(&browser, [("[data-figure=sample_id]", "S-1")]).await;

    // Short distances and strong reflections are light.
    let near_first = lightness(&browser, "height").await;
    let light_last = lightness(&browser, "reflectance").await;
    assert!(near_first.is_sorted_by(|a, b| a >= b), "{near_first:?}");
    assert!(light_last.is_sorted(), "{light_last:?}");
    for map in [&near_first, &light_last] {
        assert!((map[0] - map[63]).abs() > 60.0, "{map:?}");
    }
    let ends = [("low", "40", "proche"), ("high", "120", "loin")];
    for (end, value, word) in ends {
        let part = format!("[data-map=height] [data-part={end}]");
        until_station_shows(&browser, [(&part, &format!("{value}{NNBSP}mm {word}"))]).await;
    }
    let label =
        format!("document.querySelector('{STATION} [data-map=height] [role=img]').ariaLabel");
    let expected = format!(
        "Carte des distances, ESP32_LL_01 : de 40{NNBSP}mm à 103{NNBSP}mm, moyenne 72{NNBSP}mm, point le plus proche ligne 1, colonne 1"
    );
    browser.until(&label, expected).await;

    browser.click(&format!("{STATION} summary")).await;
    browser
        .until_true(&format!(
            "document.querySelectorAll('{STATION} .values table').length === 2"
        ))
        .await;
    assert_eq!(figures(&browser, 0).await, all_cells(distance));
    assert_eq!(figures(&browser, 1).await, all_cells(reflectance));
    browser
        .hover(&format!("{STATION} [data-map=reflectance] .map-field"))
        .await;
    let readout = format!("{STATION} [data-map=reflectance] [data-part=readout]");
    // The pointer is at the corner shared by four cells, or slightly beside it.
    let text = browser.text(&readout).await;
    let in_the_middle = [(3, 3), (3, 4), (4, 3), (4, 4)].map(|(row, column)| {
        let value = reflectance(row, column);
        format!("Ligne {}, colonne {} : {value}", row + 1, column + 1)
    });
    assert!(in_the_middle.contains(&text), "{text}");
    device.close().await;
    browser.finish().await;
}

#[actix_web::test]
async fn ten_spectral_bars_stand_in_the_measure_of_their_counts() {
    let server = TestServer::start().await;
    let Some(browser) = opened(&server).await else {
        return;
    };
    let mut device = station(&server).await;
    scan(&mut device, sample("S-1", "ESP32_LL_01", 0.81)).await;
    until_station_shows(&browser, [("[data-figure=sample_id]", "S-1")]).await;
    let bars = format!("document.querySelectorAll('{STATION} .spectrum li').length");
    browser.until(&bars, 10).await;
    for (key, name, count) in CHANNELS {
        let bar = format!("[data-channel={key}]");
        let shown = [
            (format!("{bar} .spectrum-name"), name.to_owned()),
            (
                format!("{bar} .spectrum-value"),
                number(f64::from(count), 0),
            ),
        ];
        for (part, text) in shown {
            until_station_shows(&browser, [(&part, &text)]).await;
        }
        let share = format!(
            "((track) => track.firstElementChild.getBoundingClientRect().width / track.getBoundingClientRect().width)
             (document.querySelector('{STATION} {bar} .spectrum-track'))"
        );
        let wanted = f64::from(count) / 5_000.0;
        browser
            .until_true(&format!("Math.abs({share} - {wanted}) < 0.01"))
            .await;
    }
    device.close().await;
    browser.finish().await;
}

#[actix_web::test]
async fn score_grade_and_what_may_be_done_with_the_foie_are_told_and_a_disagreement_too() {
    let server = TestServer::start().await;
    let Some(browser) = opened(&server).await else {
        return;
    };
    let mut device = station(&server).await;
    scan(&mut device, sample("S-1", "ESP32_LL_01", 0.81)).await;
    let expected = [
        (".station-place", "LL · Ligne 3"),
        ("[data-part=grade-word]", "Grade A"),
        ("[data-figure=final_score]", "0,81 / 1"),
        ("[data-part=use]", "vendable · QR autorisé"),
        ("[data-figure=masse_foie_g]", &grams(520.85, 0)),
        ("[data-figure=tof_score]", "0,81 / 1"),
        ("[data-figure=spectral_score]", "0,81 / 1"),
        ("[data-figure=freshness_index]", "0,88 / 1"),
        ("[data-figure=oxidation_index]", "0,21 / 1"),
        ("[data-part=claim-text]", ""),
    ];
    until_station_shows(&browser, expected).await;
    let badges = "['disagree', 'verify', 'simulated'].filter((part) => document.querySelector(`[data-device=ESP32_LL_01] [data-part=${part}]`).checkVisibility()).join()";
    assert_eq!(browser.eval(badges).await, "");

    // The station claims a better grade than its score gives, and one of its sensors rejects the foie.
    let mut claimed = with(sample("S-2", "ESP32_LL_01", 0.61), &json!({"simule": true}));
    claimed["fusion"]["final_grade"] = json!("A");
    claimed["vl53l8ch"]["grade"] = json!("REJET - Qualité insuffisante");
    claimed["vl53l8ch"]["volume_mm3"] = Value::Null;
    claimed["as7341"]["oxidation_index"] = Value::Null;
    scan(&mut device, claimed).await;
    let expected = [
        ("[data-part=grade-word]", "Grade B"),
        ("[data-part=use]", "vendable · QR autorisé"),
        (
            "[data-part=verify-text]",
            "le capteur de relief rejette le foie",
        ),
        (
            "[data-part=claim-text]",
            "La station annonçait Grade A (0,61 / 1)",
        ),
        ("[data-figure=masse_foie_g]", MISSING),
        ("[data-figure=oxidation_index]", MISSING),
        ("[data-part=lot]", MISSING),
    ];
    until_station_shows(&browser, expected).await;
    browser.until(badges, "disagree,verify,simulated").await;
    device.close().await;
    browser.finish().await;
}

#[actix_web::test]
async fn defects_are_listed_in_words_and_marked_on_both_maps() {
    let server = TestServer::start().await;
    let Some(browser) = opened(&server).await else {
        return;
    };
    let mut device = station(&server).await;
    let mut spoilt = sample("S-1", "ESP32_LL_01", 0.7);
    spoilt["fusion"]["combined_defects"] = json!([
        {"type": "hematome", "severity": 0.3, "pos": [1, 6]},
        {"type": "foreign_body", "description": "plume"},
    ]);
    spoilt["vl53l8ch"]["defects"] = spoilt["fusion"]["combined_defects"].clone();
    scan(&mut device, spoilt).await;
    let list = format!(
        "Array.from(document.querySelectorAll('{STATION} .defects li'), (one) => one.textContent)"
    );
    let words = json!([
        "1. hématome · ligne 2, colonne 7 · gravité 0,30 / 1",
        "2. corps étranger · plume · sans position",
    ]);
    browser.until(&list, words).await;
    until_station_shows(&browser, [("[data-figure=nb_defauts]", "2")]).await;
    for map in ["height", "reflectance"] {
        // The centre of the mark, in cells from the corner of its map.
        let at = format!(
            "Array.from(document.querySelectorAll('{STATION} [data-map={map}] .map-marks span'), (mark) => {{
                const [one, all] = [mark, mark.parentElement].map((element) => element.getBoundingClientRect());
                const cell = (from, size, start, whole) => Math.floor((from + size / 2 - start) / whole * 8);
                return [mark.textContent, cell(one.y, one.height, all.y, all.height), cell(one.x, one.width, all.x, all.width)];
            }})"
        );
        browser.until(&at, json!([["1", 1, 6]])).await;
    }
    scan(&mut device, sample("S-2", "ESP32_LL_01", 0.7)).await;
    browser.until(&list, json!(["Aucun défaut"])).await;
    let marks = format!("document.querySelectorAll('{STATION} .map-marks span').length");
    browser.until(&marks, 0).await;
    device.close().await;
    browser.finish().await;
}
