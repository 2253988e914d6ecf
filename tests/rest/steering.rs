//! The figures of a period, compared with what a feed amounts to in the slow and obvious way.

use crate::{
    common::database::TestDatabase,
    feed::{self, Fed, fed},
    support::{assert_holds, json, paris},
};
use jiff::{SignedDuration, Timestamp, civil::date};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json as value};
use std::collections::BTreeMap;

/// A finished lot of two meals, and its livers: mass and grade.
struct Lot {
    meals: [Fed; 2],
    livers: Vec<(f64, &'static str)>,
}

impl Lot {
    fn last(&self) -> &Fed {
        &self.meals[1]
    }

    fn ended_in(&self, month: i8) -> bool {
        self.last().time.to_zoned(paris()).month() == month && !self.last().simule
    }

    fn ducks(&self) -> f64 {
        f64::from(self.last().nb_canards_vivants.unwrap())
    }

    fn maize(&self) -> f64 {
        self.meals.iter().map(|meal| meal.dose_reelle).sum()
    }

    fn liver(&self) -> f64 {
        self.livers.iter().map(|(mass, _)| mass).sum::<f64>() / self.livers.len() as f64
    }
}

const GRADES: [&str; 5] = ["A+", "A", "B", "C", "REJECT"];

/// Lots of five gaveurs that ended in September and October 2026, some simulated.
fn lots(seed: u64) -> Vec<Lot> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let begin = date(2026, 9, 2).to_zoned(paris()).unwrap().timestamp();
    (0..48)
        .map(|number| {
            let gaveur_id = rng.random_range(1..6);
            let site = ["LL", "LS", "MT", "LL", "LS"][gaveur_id as usize - 1];
            let code = format!("{site}2610{number:03}");
            let hours = rng.random_range(0..59 * 24);
            let evening = begin + SignedDuration::from_hours(hours);
            let ducks = rng.random_range(400..1_800);
            let mortality = f64::from(rng.random_range(0..80)) / 16.0;
            let simule = number % 8 == 7;
            let meal = |moment, time, rng: &mut ChaCha8Rng| {
                let mut meal = fed(&code, 0, moment, time);
                meal.gaveur_id = gaveur_id;
                meal.dose_theorique = rng.random_bool(0.9).then_some(4_000.0);
                meal.dose_reelle = f64::from(rng.random_range(3_400..4_600));
                meal.nb_canards_vivants = Some(ducks);
                meal.taux_mortalite = Some(mortality);
                meal.pret_abattage = moment == "soir";
                meal.simule = simule;
                meal
            };
            let morning = meal("matin", evening - SignedDuration::from_hours(11), &mut rng);
            let evening = meal("soir", evening, &mut rng);
            let livers = rng.random_range(6..16);
            let liver = |rng: &mut ChaCha8Rng| {
                let mass = f64::from(rng.random_range(1_600..2_600)) / 4.0;
                (mass, GRADES[rng.random_range(0..5)])
            };
            Lot {
                meals: [morning, evening],
                livers: (0..livers).map(|_| liver(&mut rng)).collect(),
            }
        })
        .collect()
}

async fn store(database: &TestDatabase, lots: &[Lot]) {
    let client = database.client().await;
    for lot in lots {
        feed::store(database, &lot.meals).await;
        let code = &lot.last().code_lot;
        for (number, (mass, grade)) in lot.livers.iter().enumerate() {
            let sql = "INSERT INTO sensor_samples (time, sample_id, device_id, site_code, lot_id, code_lot, final_grade, masse_foie_g,
                    nb_defauts, defauts, sellable, qr_allowed, simule)
                SELECT dernier_releve + INTERVAL '3 hours', code_lot || $2::text, 'ESP32_LL_01', site_code, id, code_lot, $3, $4, 0, '[]', true, true, simule
                FROM lots_gavage WHERE code_lot = $1";
            client
                .execute(sql, &[code, &format!("-{number}"), grade, mass])
                .await
                .unwrap();
        }
    }
}

/// An alert of this kind at this hour of October, acknowledged after so many minutes.
async fn raise(database: &TestDatabase, severite: &str, hour: i64, minutes: Option<i64>) {
    let sql = "INSERT INTO alertes (lot_id, code_lot, gaveur_id, site_code, type, severite, mesure, seuil, levee_le, fermee_le, acquittee_le, acquittee_par)
        VALUES ($3, 'LL2610000', 1, 'LL', 'ecart_dose', $1, 12, 10, $2, $2::timestamptz + INTERVAL '1 hour',
            $2::timestamptz + $4::double precision * INTERVAL '1 minute', CASE WHEN $4 IS NOT NULL THEN 'Anne' END)";
    let begin = date(2026, 10, 1).to_zoned(paris()).unwrap().timestamp();
    let at = begin + SignedDuration::from_hours(hour);
    let minutes = minutes.map(|minutes| minutes as f64);
    let client = database.client().await;
    client
        .execute(sql, &[&severite, &at, &hour, &minutes])
        .await
        .unwrap();
}

fn near(answer: &Value, expected: f64, tolerance: f64, what: &str) {
    let answer = answer
        .as_f64()
        .unwrap_or_else(|| panic!("{what}: {answer}"));
    assert!(
        (answer - expected).abs() <= tolerance,
        "{what}: {answer}, not {expected}"
    );
}

#[actix_web::test]
async fn the_figures_of_a_month_are_those_of_the_feed() {
    let database = TestDatabase::create().await;
    for seed in [1, 2] {
        database.empty().await;
        let all = lots(seed);
        store(&database, &all).await;
        for (number, minutes) in [Some(4), Some(10), None, Some(1), Some(90), Some(7)]
            .into_iter()
            .enumerate()
        {
            raise(&database, "critical", number as i64, minutes).await;
        }
        raise(&database, "warning", 700, Some(3)).await;
        // Of November.
        raise(&database, "critical", 31 * 24 + 2, Some(3)).await;
        let answer = json(&database, "/api/pilotage?periode=2026-10").await;
        assert_eq!(
            answer["periode"],
            value!({"code": "2026-10", "du": "2026-10-01", "au": "2026-10-31"})
        );
        assert_eq!(answer["comparaison"]["code"], "2026-09");
        expect_month(&answer["figures"], &all, 10);
        expect_month(&answer["figures_comparees"], &all, 9);
        let alerts = &answer["figures"]["alertes"];
        let critical = value!({"type": "ecart_dose", "severite": "critical", "levees": 6, "acquittees": 5,
            "acquittement_median": 7.0, "acquittement_p90": 58.0, "duree_mediane": 60.0});
        let warning = value!({"severite": "warning", "levees": 1, "acquittees": 1, "acquittement_median": null, "duree_mediane": null});
        assert_holds(alerts, &value!([critical, warning]), "alerts");
        expect_gaveurs(&answer["gaveurs"], &all);
        expect_deviations(&answer["ecarts"], &all);
        assert_eq!(answer["fins"]["jours"], value!([]));
    }
}

fn expect_month(figures: &Value, all: &[Lot], month: i8) {
    let lots: Vec<_> = all.iter().filter(|lot| lot.ended_in(month)).collect();
    assert!(lots.len() > 5);
    assert_eq!(figures["simule"], false);
    let production = &figures["production"];
    let estimated: Vec<_> = lots.iter().filter(|lot| lot.livers.len() >= 10).collect();
    assert_eq!(production["lots"], lots.len());
    assert_eq!(production["lots_estimes"], estimated.len());
    let kg: f64 = estimated
        .iter()
        .map(|lot| lot.ducks() * lot.liver() / 1000.0)
        .sum();
    near(&production["foie_estime_kg"], kg, 0.051, "estimated");
    let livers: Vec<_> = lots.iter().flat_map(|lot| &lot.livers).collect();
    assert_eq!(production["foies_mesures"], livers.len());
    let grams: f64 = livers.iter().map(|(mass, _)| mass).sum();
    near(
        &production["foie_mesure_kg"],
        grams / 1000.0,
        0.0051,
        "measured",
    );

    let maize: f64 = lots.iter().map(|lot| lot.ducks() * lot.maize()).sum();
    let liver: f64 = lots.iter().map(|lot| lot.ducks() * lot.liver()).sum();
    near(&figures["itm"]["valeur"], maize / liver, 0.0051, "itm");
    assert_eq!(figures["itm"]["n"], lots.len());
    let ducks: f64 = lots.iter().map(|lot| lot.ducks()).sum();
    let dead: f64 = lots
        .iter()
        .map(|lot| lot.ducks() * lot.last().taux_mortalite.unwrap())
        .sum();
    near(
        &figures["mortalite"]["valeur"],
        dead / ducks,
        0.0051,
        "mortality",
    );

    let meals = all.iter().flat_map(|lot| &lot.meals);
    let meals = meals.filter(|meal| !meal.simule && meal.time.to_zoned(paris()).month() == month);
    let planned: Vec<f64> = meals
        .clone()
        .filter(|meal| meal.dose_theorique.is_some())
        .map(|meal| meal.dose_reelle / 40.0 - 100.0)
        .collect();
    let conformity = &figures["conformite"];
    assert_eq!(conformity["repas"], meals.count());
    assert_eq!(conformity["avec_plan"], planned.len());
    let share = |holds: &dyn Fn(f64) -> bool| {
        let counted = planned.iter().filter(|off| holds(**off)).count();
        counted as f64 / planned.len() as f64 * 100.0
    };
    near(
        &conformity["part_5"],
        share(&|off| (-5.0..=5.0).contains(&off)),
        0.051,
        "±5 %",
    );
    near(
        &conformity["part_10"],
        share(&|off| (-10.0..=10.0).contains(&off)),
        0.051,
        "±10 %",
    );
    near(
        &conformity["part_dessous"],
        share(&|off| off < -5.0),
        0.051,
        "below",
    );
    near(
        &conformity["part_dessus"],
        share(&|off| off > 5.0),
        0.051,
        "above",
    );

    for site in figures["grades"].as_array().unwrap() {
        let code = site["site_code"].as_str().unwrap();
        let own: Vec<_> = lots
            .iter()
            .filter(|lot| lot.last().site() == code)
            .flat_map(|lot| &lot.livers)
            .collect();
        assert_eq!(site["n"], own.len());
        for grade in GRADES {
            let counted = own.iter().filter(|(_, of)| *of == grade).count();
            assert_eq!(site["grades"][grade], counted, "{code} {grade}");
        }
    }
}

/// Over the half year up to the end of October: all real lots.
fn expect_gaveurs(panel: &Value, all: &[Lot]) {
    let mut own: BTreeMap<i32, Vec<&Lot>> = BTreeMap::new();
    for lot in all.iter().filter(|lot| !lot.last().simule) {
        own.entry(lot.last().gaveur_id).or_default().push(lot);
    }
    let lines = panel["gaveurs"].as_array().unwrap();
    assert_eq!(lines.len(), own.len());
    let itm = |lots: &[&Lot]| {
        let maize: f64 = lots.iter().map(|lot| lot.ducks() * lot.maize()).sum();
        maize
            / lots
                .iter()
                .map(|lot| lot.ducks() * lot.liver())
                .sum::<f64>()
    };
    let mut shrunk = Vec::new();
    for line in lines {
        let id = line["gaveur_id"].as_i64().unwrap() as i32;
        let lots = &own[&id];
        let of_site: Vec<_> = all
            .iter()
            .filter(|lot| !lot.last().simule && lot.last().site() == lots[0].last().site())
            .collect();
        let (mean, site) = (itm(lots), itm(&of_site));
        let n = lots.len() as f64;
        near(&line["itm"], mean, 0.0051, "itm of a gaveur");
        near(
            &line["itm_ajuste"],
            site + n / (n + 1.8) * (mean - site),
            0.0051,
            "shrunk",
        );
        assert_eq!(
            (&line["lots"], &line["lots_itm"]),
            (&value!(lots.len()), &value!(lots.len()))
        );
        assert_eq!(line["rang"].is_null(), lots.len() < 5);
        if lots.len() >= 5 {
            shrunk.push((
                line["rang"].as_u64().unwrap(),
                line["itm_ajuste"].as_f64().unwrap(),
            ));
        }
    }
    let ranks: Vec<_> = shrunk.iter().map(|(rank, _)| *rank).collect();
    assert_eq!(ranks, (1..=shrunk.len() as u64).collect::<Vec<_>>());
    assert!(shrunk.is_sorted_by(|a, b| a.1 <= b.1));
}

fn expect_deviations(panel: &Value, all: &[Lot]) {
    let begin = date(2026, 10, 1).to_zoned(paris()).unwrap().timestamp();
    let fed: Vec<&Lot> = all
        .iter()
        .filter(|lot| !lot.last().simule && lot.last().time >= begin)
        .collect();
    let lines = panel["lots"].as_array().unwrap();
    assert_eq!(lines.len(), fed.len());
    for line in lines {
        let lot = fed
            .iter()
            .find(|lot| line["code_lot"] == lot.last().code_lot)
            .unwrap();
        assert_eq!(line["premier"], 0);
        for (cell, meal) in line["repas"].as_array().unwrap().iter().zip(&lot.meals) {
            match meal.dose_theorique {
                None => assert_eq!(*cell, value!({"etat": "sans_plan", "ecart": null})),
                Some(_) => near(
                    &cell["ecart"],
                    meal.dose_reelle / 40.0 - 100.0,
                    0.051,
                    "écart",
                ),
            }
        }
    }
}

#[actix_web::test]
async fn simulated_lots_make_figures_only_where_there_is_no_real_one() {
    let database = TestDatabase::create().await;
    let simulated: Vec<_> = lots(3)
        .into_iter()
        .filter(|lot| lot.last().simule)
        .collect();
    store(&database, &simulated).await;
    let answer = json(&database, "/api/pilotage?periode=2026-10&compare=aucune").await;
    for panel in ["figures", "gaveurs", "ecarts"] {
        assert_eq!(answer[panel]["simule"], true, "{panel}");
    }
    assert_eq!(answer["comparaison"], Value::Null);
    let lots = answer["figures"]["production"]["lots"].as_u64().unwrap();
    assert!(lots > 0);
    // The ITM of fewer than five lots has no interval.
    assert_eq!(answer["figures"]["itm"]["ic95"].is_null(), lots < 5);
}

#[actix_web::test]
async fn lots_that_are_fed_stand_in_the_calendar_and_on_the_band_of_their_day() {
    let database = TestDatabase::create().await;
    let now = Timestamp::now();
    let hours = |hours| now - SignedDuration::from_hours(hours);
    for number in 0..21 {
        let mut meal = fed(
            &format!("LL2609{number:03}"),
            3,
            "soir",
            hours(24 * 3 + number),
        );
        (meal.pret_abattage, meal.taux_mortalite) = (true, Some(number as f64 / 10.0));
        feed::store(&database, &[meal]).await;
    }
    for (code, rate) in [("LL2611001", 2.05), ("LL2611002", 0.4)] {
        let mut meal = fed(code, 3, "matin", hours(2));
        meal.taux_mortalite = Some(rate);
        feed::store(&database, &[meal]).await;
    }
    let answer = json(&database, "/api/pilotage?site=LL").await;
    let mortality = &answer["mortalite"];
    let expected = value!({"simule": false, "lots_bande": 21, "bande": [{"jour": 3, "n": 21, "p5": 0.1, "p50": 1.0, "p95": 1.9}],
        "lots": [{"code_lot": "LL2611001", "au_dessus": true, "jours": [3], "taux": [2.05]}, {"code_lot": "LL2611002", "au_dessus": false}]});
    assert_holds(mortality, &expected, "mortality");
    // Begun on 2 January, so they are over their time: today.
    let today = now.to_zoned(paris()).date().to_string();
    let expected = value!([{"jour": today, "site_code": "LL", "lots": 2, "canards": 2000}]);
    assert_eq!(answer["fins"]["jours"], expected);
    assert_eq!(
        json(&database, "/api/pilotage?site=MT").await["mortalite"]["bande"],
        value!([])
    );
}
