use crate::{
    common::{client::Client, database::TestDatabase},
    process::{Process, data_dir, reachable_directory},
};
use jiff::{ToSpan, Zoned};
use std::{collections::BTreeSet, net::SocketAddr};

const LOTS: usize = 4;
/// One meal of each lot per second; no lot ends within the first quarter of a minute.
const ACCELERATION: &str = "43200";

/// Runs a demo until it has shown every lot, and returns their codes.
async fn codes_of_a_demo(database: &[&str]) -> BTreeSet<String> {
    let lots = LOTS.to_string();
    let flags = [
        "--bind",
        "127.0.0.1:0",
        "--lots",
        &lots,
        "--acceleration",
        ACCELERATION,
    ];
    let mut demo = Process::start(&[&["demo"], &flags[..], database].concat());
    let page = demo.says("Open http://").await;
    let address: SocketAddr = page.split(' ').next().unwrap().parse().unwrap();
    let mut screen = Client::connect(address, "/ws/realtime/").await;
    let mut codes = BTreeSet::new();
    while codes.len() < LOTS {
        let frame = screen.next_of("gavage_realtime").await;
        assert_eq!(frame["data"]["simule"], true, "{frame}");
        codes.insert(frame["data"]["code_lot"].as_str().unwrap().to_owned());
    }
    demo.terminate();
    assert_eq!(u16::from(screen.ended().await.unwrap().code), 1012);
    let ended = demo.ended().await;
    assert_eq!(ended.code, Some(0), "{:#?}", ended.said);
    let summary = ended
        .said
        .iter()
        .find(|line| line.contains("simulation ended"));
    let summary = summary.expect("the demo says what became of its readings");
    assert!(summary.contains(" 0 refused, 0 unanswered"), "{summary}");
    codes
}

/// The `YYMM` after the site in the codes of a month.
fn month(months_on: i32) -> String {
    let month = Zoned::now().date().first_of_month();
    let month = month.checked_add(months_on.months()).unwrap();
    month.strftime("%y%m").to_string()
}

fn all_of_month(codes: &BTreeSet<String>, months_on: i32) -> bool {
    codes.iter().all(|code| code[2..6] == month(months_on))
}

fn sequences(codes: &BTreeSet<String>) -> BTreeSet<u32> {
    codes
        .iter()
        .map(|code| code[6..].parse().unwrap())
        .collect()
}

#[tokio::test]
async fn a_demo_on_a_fresh_directory_shows_simulated_lots_and_the_next_one_shows_others() {
    let directory = reachable_directory();
    let data_dir = data_dir(&directory);
    let database = ["--data-dir", &data_dir];
    let first = codes_of_a_demo(&database).await;
    let second = codes_of_a_demo(&database).await;
    assert!(all_of_month(&first, 0) && all_of_month(&second, 0));
    assert_eq!(sequences(&first), (1..=4).collect());
    assert_eq!(sequences(&second), (5..=8).collect());
}

#[tokio::test]
async fn a_demo_goes_on_behind_one_that_used_up_the_codes_of_its_month() {
    let database = TestDatabase::create().await;
    for (month, number) in [(month(0), 999), (month(1), 41)] {
        let insert = "INSERT INTO lots_gavage (code_lot, gaveur_id, site_code, genetique, debut_lot, jour_actuel, moment_actuel, \
                      premier_gaveur_id, premier_releve, premiere_place, dernier_releve) \
                      VALUES ($1, 1, 'LL', 'Mulard', current_date, 0, 'matin', 1, now(), 0, now())";
        let code = format!("LL{month}{number:03}");
        database
            .client()
            .await
            .execute(insert, &[&code])
            .await
            .unwrap();
    }
    let codes = codes_of_a_demo(&["--database-url", &database.url()]).await;
    assert!(all_of_month(&codes, 1), "{codes:?}");
    assert_eq!(sequences(&codes), (42..=45).collect());
}
