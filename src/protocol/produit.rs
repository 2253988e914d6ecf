//! Products: the bodies of requests about labels and recalls.

use super::lenient::{self, BadMessage, Object};
use crate::domain::consumer::labelling::MOST_LABELS;
use jiff::civil::Date;

/// Labels that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedLabels {
    pub code_lot: String,
    pub nombre: i32,
    pub date_limite: Option<Date>,
    pub conditionnement: Option<String>,
    /// Empty if nobody is named.
    pub par: String,
}

/// # Errors
/// What of the body cannot be used.
pub fn labels(text: &str) -> Result<AskedLabels, BadMessage> {
    lenient::check(text)?;
    let fields = Object::read(text).ok_or_else(|| lenient::not_an_object(text))?;
    let date_limite = fields
        .raw("date_limite")
        .map(|_| fields.word("date_limite"));
    Ok(AskedLabels {
        code_lot: fields.key("code_lot", 100)?,
        nombre: fields.integer("nombre", 1..=MOST_LABELS)?,
        date_limite: date_limite.transpose()?,
        conditionnement: fields.optional_free_text("conditionnement", 100)?,
        par: fields.optional_free_text("par", 100)?.unwrap_or_default(),
    })
}

/// Why a product is recalled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedRecall {
    pub motif: String,
    /// Empty if nobody is named.
    pub par: String,
}

/// # Errors
/// What of the body cannot be used.
pub fn recall(text: &str) -> Result<AskedRecall, BadMessage> {
    lenient::check(text)?;
    let fields = Object::read(text).ok_or_else(|| lenient::not_an_object(text))?;
    Ok(AskedRecall {
        motif: fields.free_text("motif", 500)?,
        par: fields.optional_free_text("par", 100)?.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn labels_are_asked_for_by_number_and_a_number_out_of_range_names_its_field() {
        let asked = labels(
            r#"{"code_lot":"LL2611001","nombre":"12","date_limite":"2027-01-31","par":" Anne "}"#,
        );
        let expected = AskedLabels {
            code_lot: "LL2611001".to_owned(),
            nombre: 12,
            date_limite: Some(date(2027, 1, 31)),
            conditionnement: None,
            par: "Anne".to_owned(),
        };
        assert_eq!(asked.unwrap(), expected);
        for (body, field) in [
            (r#"{"code_lot":"LL2611001","nombre":0}"#, "nombre"),
            (r#"{"code_lot":"LL2611001","nombre":5001}"#, "nombre"),
            (r#"{"nombre":1}"#, "code_lot"),
            (
                r#"{"code_lot":"LL2611001","nombre":1,"date_limite":"bientôt"}"#,
                "date_limite",
            ),
        ] {
            assert_eq!(labels(body).unwrap_err().field(), Some(field), "{body}");
        }
    }

    #[test]
    fn a_recall_says_why() {
        assert_eq!(recall("{}").unwrap_err().field(), Some("motif"));
        assert_eq!(recall(r#"{"motif":"étiquette"}"#).unwrap().par, "");
    }
}
