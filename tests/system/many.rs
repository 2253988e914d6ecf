//! Many callers at once, over real sockets. Variables of the environment make them as many as there could ever be:
//! `GAVEURS_FARMERS`, `GAVEURS_FARMER_TABS` and `GAVEURS_FARMER_MEALS`.

use crate::common::{
    client::Client,
    raw::{CLOSE, TEXT, connect, frame},
    readings::{meal, with},
    server::{TestServer, operator, until},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use futures_util::{StreamExt, stream};
use gaveurs::{
    domain::{access::Role, grant::Grant, key::Key},
    store::keys,
};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, time::Instant};
use ureq::http::Request;

/// How many connections are opened at a time.
const AT_ONCE: usize = 64;
/// Meals that are sent before the screens are looked at, so that none falls behind.
const ROUND: i32 = 20;
/// The meals of a farmer that raise an alert; the others end it.
const HOT: [i32; 2] = [0, 10];

fn count(variable: &str, usual: i32) -> i32 {
    std::env::var(variable).map_or(usual, |text| text.parse().unwrap())
}

async fn guarded(flags: &[&str]) -> TestServer {
    // Screens are looked at one after the other, and answer no Ping meanwhile.
    let always = ["--auth", "on", "--heartbeat-timeout", "1h"];
    TestServer::start_with(&[&always, flags].concat()).await
}

/// The keys of all farmers, which the server knows when it knows the last.
async fn farmers(server: &TestServer, count: i32) -> Vec<Key> {
    let mut made = Vec::new();
    for gaveur_id in 1..=count {
        let key = Key::generate(&mut rand::rng());
        let grant = Grant {
            gaveur_id: Some(gaveur_id),
            ..Grant::new(Role::Gaveur)
        };
        let pool = server.app().pool();
        let created = keys::create(pool, &key, "essai", &grant, None, &operator()).await;
        created.unwrap();
        made.push(key);
    }
    let last = made.last().unwrap();
    until("the keys are known", async || {
        let request = Request::get(server.url("/auth/me"));
        let request = request.header("authorization", format!("Bearer {}", last.reveal()));
        let answer = crate::common::http::send(request.body(()).unwrap()).await;
        answer.unwrap().status() == 200
    })
    .await;
    made
}

/// Opens screens, some at a time; they come in any order, each with its number.
async fn open(server: &TestServer, paths: Vec<(i32, String)>) -> Vec<(i32, Client)> {
    let address = server.address();
    let opening = paths.into_iter().map(async |(number, path)| {
        let client = Client::connect(address, &path).await;
        (number, client)
    });
    stream::iter(opening)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await
}

fn lot(gaveur_id: i32) -> String {
    format!("LL{gaveur_id:05}")
}

fn meal_of(gaveur_id: i32, number: i32) -> Value {
    let meal = meal(&lot(gaveur_id), gaveur_id, number);
    if HOT.contains(&number) {
        return with(meal, json!({"temperature_stabule": 39.0}));
    }
    meal
}

fn which(meal: &Value) -> [Value; 4] {
    ["gaveur_id", "code_lot", "jour", "moment"].map(|field| meal[field].clone())
}

#[actix_web::test]
async fn every_farmer_gets_each_of_his_meals_in_order_and_nothing_of_another() {
    let (gaveurs, tabs) = (
        count("GAVEURS_FARMERS", 12),
        count("GAVEURS_FARMER_TABS", 2),
    );
    let meals = count("GAVEURS_FARMER_MEALS", 30);
    let server = guarded(&[]).await;
    let keys = farmers(&server, gaveurs).await;
    let mut paths = Vec::new();
    let mut notified = Vec::new();
    for (gaveur_id, key) in (1..).zip(&keys) {
        let key = key.reveal();
        paths.extend((0..tabs).map(|tab| {
            let path = format!("/ws/gaveur/{gaveur_id}?sid=tab-{tab}&key={key}");
            (gaveur_id, path)
        }));
        notified.push((gaveur_id, format!("/ws/notifications/?key={key}")));
    }
    let mut screens = open(&server, paths).await;
    let mut notified = open(&server, notified).await;
    let simulator = server.key(&Grant::new(Role::Simulateur), None).await;
    let path = format!("/ws/gavage?key={}", simulator.reveal());
    let mut producer = server.connect(&path).await;
    producer.next().await;
    let (begun, mut deliveries) = (Instant::now(), 0);
    for first in (0..meals).step_by(ROUND as usize) {
        let round = first..meals.min(first + ROUND);
        for gaveur_id in 1..=gaveurs {
            let sent: Vec<_> = round.clone().map(|n| meal_of(gaveur_id, n)).collect();
            assert_eq!(producer.ask(json!(sent)).await["type"], "ack");
        }
        for (gaveur_id, screen) in &mut screens {
            let shown = screen.published("gavage").await;
            let shown: Vec<_> = shown.iter().map(|frame| which(&frame["data"])).collect();
            let own: Vec<_> = round
                .clone()
                .map(|n| which(&meal_of(*gaveur_id, n)))
                .collect();
            assert_eq!(shown, own);
            deliveries += shown.len();
        }
    }
    // Anything of another would stand before, or between, the two of his own.
    for (gaveur_id, screen) in &mut notified {
        for _ in HOT {
            let told = screen.next_of("error").await["message"].to_string();
            assert!(told.contains(&lot(*gaveur_id)), "{gaveur_id}: {told}");
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!("{gaveurs} farmers got {deliveries} meals in {seconds:.1} s, each his own");
    drop((screens, notified));
    server.stop().await;
}

#[actix_web::test]
async fn of_84_producers_that_show_a_key_send_a_meal_and_leave_at_once_none_is_lost() {
    let server = guarded(&[]).await;
    let key = server.key(&Grant::new(Role::Simulateur), None).await;
    let basic = BASE64_STANDARD.encode(format!("simulateur:{}", key.reveal()));
    let basic = format!("Basic {basic}");
    for number in 0..84 {
        let meal = meal("LL2611001", 1, number).to_string();
        if number % 2 == 0 {
            let shown = ("authorization", basic.as_str());
            let mut client = Client::with_header(server.address(), "/ws/gavage", shown).await;
            client.send(meal).await;
            client.close().await;
        } else {
            let path = format!("/ws/gavage?key={}", key.reveal());
            let mut stream = connect(server.address(), &path).await;
            let wire = [
                frame(TEXT, meal.as_bytes()),
                frame(CLOSE, &1000u16.to_be_bytes()),
            ];
            stream.write_all(&wire.concat()).await.unwrap();
        }
    }
    until("all are stored", async || {
        server.count("SELECT count(*) FROM gavage_data").await == 84
    })
    .await;
    server.stop().await;
}
