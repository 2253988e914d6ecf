//! What the journal keeps of a transaction.

use crate::{common::readings::meal, stage::stored};
use gaveurs::{domain::stream::Topic, messages::writer_to_supervisor::ToPublish};
use proptest::prelude::*;
use serde_json::{Value, json};

proptest! {
    #[test]
    fn an_entry_is_read_as_it_was_written(
        doses in prop::collection::vec((0.1..900.0_f64, prop::option::of(0.1..900.0_f64), "[\\PC\"\\\\]{0,8}"), 1..5)
    ) {
        let meals: Vec<Value> = (0..).zip(doses).map(|(number, (given, planned, name))| {
            let mut meal = meal("LL2611001", 7, number);
            meal["dose_reelle"] = json!(given);
            meal["dose_theorique"] = json!(planned);
            meal["gaveur_nom"] = json!(format!("Anne {name}"));
            meal
        }).collect();
        let told = stored(&meals).to_publish;
        prop_assert_eq!(told.publications.len(), meals.len());
        let entry = told.to_entry().unwrap();
        prop_assert_eq!(ToPublish::from_entry(&entry), Ok(told));
    }
}

#[test]
fn an_entry_of_a_later_version_is_refused_with_a_sentence_whatever_it_holds() {
    let entry = json!({"version": 3, "told": ["something", "else"]}).to_string();
    let refused = ToPublish::from_entry(&entry).unwrap_err();
    assert_eq!(refused, "an entry of version 3 is newer than this program");
}

#[test]
fn an_entry_of_the_first_version_is_read_whose_frames_are_within() {
    let told = stored(&[meal("LL2611001", 7, 0)]).to_publish;
    let entry = told.to_entry().unwrap();
    let (head, frame) = entry.split_once('\n').unwrap();
    let mut first: Value = serde_json::from_str(head).unwrap();
    first["version"] = json!(1);
    let whole: Value = serde_json::from_str(&format!("{frame}}}")).unwrap();
    first["told"]["publications"][0]["frame"] = whole.clone();
    let read = ToPublish::from_entry(&first.to_string()).unwrap();
    let read = read.publications[0]
        .frame
        .close(Topic::Realtime, 7, |parts| parts.concat());
    let read: Value = serde_json::from_slice(&read).unwrap();
    assert_eq!((&read["data"], &read["seq"]), (&whole["data"], &json!(7)));
}

#[test]
fn an_entry_that_was_cut_is_refused() {
    let told = stored(&[meal("LL2611001", 7, 0)]).to_publish;
    let entry = told.to_entry().unwrap();
    let (head, _) = entry.split_once('\n').unwrap();
    assert_eq!(
        ToPublish::from_entry(head),
        Err("a frame is missing".to_owned())
    );
}
