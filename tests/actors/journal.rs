//! What the journal keeps of a transaction.

use crate::{common::readings::meal, stage::stored};
use gaveurs::messages::writer_to_supervisor::ToPublish;
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
        prop_assert_eq!(told.publications.len(), 2 * meals.len());
        let entry = told.to_entry().unwrap();
        prop_assert_eq!(ToPublish::from_entry(&entry), Ok(told));
    }
}

#[test]
fn an_entry_of_a_later_version_is_refused_with_a_sentence_whatever_it_holds() {
    let entry = json!({"version": 2, "told": ["something", "else"]}).to_string();
    let refused = ToPublish::from_entry(&entry).unwrap_err();
    assert_eq!(refused, "an entry of version 2 is newer than this program");
}
