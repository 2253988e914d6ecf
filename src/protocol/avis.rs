//! Ratings: what clients send as JSON, and the form of the page behind a label.

use super::lenient::{self, BadField, BadMessage, Object};
use crate::domain::{
    consumer::rating::{Aspect, Context, LONGEST_COMMENT, Rating},
    text,
};
use std::{collections::HashMap, ops::RangeInclusive};

const STARS: RangeInclusive<i32> = 1..=5;

/// A rating as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct SentRating {
    pub qr_code: String,
    pub product_id: Option<String>,
    pub rating: Rating,
}

/// Of a program. What we do not keep (photos, age, region, device) is not looked at.
///
/// # Errors
/// What of the body cannot be used.
pub fn rating(text: &str) -> Result<SentRating, BadMessage> {
    lenient::check(text)?;
    let fields = Object::read(text).ok_or_else(|| lenient::not_an_object(text))?;
    let detailed = fields.within("detailed_ratings")?.unwrap_or_default();
    let mut aspects = [None; Aspect::ALL.len()];
    for (aspect, stars) in Aspect::ALL.into_iter().zip(&mut aspects) {
        *stars = detailed.optional_integer(aspect.as_str(), STARS)?;
    }
    let is_there = |name| fields.raw(name).is_some();
    let context = is_there("consumption_context")
        .then(|| fields.word::<Context>("consumption_context"))
        .transpose()?;
    let consumed_on = is_there("consumption_date")
        .then(|| day(&fields, "consumption_date"))
        .transpose()?;
    Ok(SentRating {
        qr_code: fields.key("qr_code", 200)?,
        product_id: fields.optional_key("product_id", 100)?,
        rating: Rating {
            overall: fields.integer("overall_rating", STARS)?,
            aspects,
            comment: fields.optional_free_text("comment", LONGEST_COMMENT)?,
            context,
            consumed_on,
            would_recommend: fields.flag("would_recommend")?,
            repurchase_intent: fields.optional_integer("repurchase_intent", STARS)?,
        },
    })
}

/// A day, or the day of a time.
fn day(fields: &Object<'_>, name: &'static str) -> Result<jiff::civil::Date, BadField> {
    let text = fields.text(name, 40)?;
    let day = text.get(..10).unwrap_or(&text);
    day.parse()
        .map_err(|_| fields.bad(name, "must be a day as in 2026-11-29"))
}

/// Of the page: a form without scripts sends every field as text, and those that nobody touched empty.
///
/// # Errors
/// The name of a field that a form of ours does not send so.
pub fn form(body: &[u8]) -> Result<Rating, &'static str> {
    let fields: HashMap<String, String> = form_urlencoded::parse(body).into_owned().collect();
    let given = |name: &str| {
        let value = fields.get(name).map(|value| value.trim());
        value.filter(|value| !value.is_empty())
    };
    let stars = |name: &'static str| {
        let number = given(name).map(|text| text.parse().ok().filter(|n| STARS.contains(n)));
        number.map(|number| number.ok_or(name)).transpose()
    };
    let mut aspects = [None; Aspect::ALL.len()];
    for (aspect, value) in Aspect::ALL.into_iter().zip(&mut aspects) {
        *value = stars(aspect.as_str())?;
    }
    let context = given("context").map(|word| word.parse().map_err(|_| "context"));
    let recommend = match given("recommend") {
        None => None,
        Some("oui") => Some(true),
        Some("non") => Some(false),
        Some(_) => return Err("recommend"),
    };
    let comment = given("comment").map(|comment| text::free(comment).into_owned());
    if comment
        .as_ref()
        .is_some_and(|comment| comment.chars().count() > LONGEST_COMMENT)
    {
        return Err("comment");
    }
    Ok(Rating {
        overall: stars("note")?.ok_or("note")?,
        aspects,
        comment: comment.filter(|comment| !comment.is_empty()),
        context: context.transpose()?,
        consumed_on: None,
        would_recommend: recommend,
        repurchase_intent: None,
    })
}

/// The receipt in a form that deletes a rating.
pub fn receipt(body: &[u8]) -> Option<String> {
    let mut fields = form_urlencoded::parse(body);
    fields
        .find(|(name, _)| name == "recu")
        .map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn what_the_older_simulator_sends_is_read_and_what_we_do_not_keep_is_left_out() {
        let sent = rating(
            r#"{"qr_code":"7ZZ","product_id":"FG_1","overall_rating":4,
            "detailed_ratings":{"texture":5,"flavor":4,"color":null},"comment":" Très\nbon ","consumption_context":"special_event",
            "consumption_date":"2026-11-28T19:30:00","consumer_age_range":"30-45","would_recommend":true,"repurchase_intent":5,
            "photo_urls":[],"device_type":"android"}"#,
        );
        let expected = SentRating {
            qr_code: "7ZZ".to_owned(),
            product_id: Some("FG_1".to_owned()),
            rating: Rating {
                overall: 4,
                aspects: [Some(5), Some(4), None, None, None],
                comment: Some("Très bon".to_owned()),
                context: Some(Context::SpecialEvent),
                consumed_on: Some(date(2026, 11, 28)),
                would_recommend: Some(true),
                repurchase_intent: Some(5),
            },
        };
        assert_eq!(sent.unwrap(), expected);
    }

    #[test]
    fn a_field_that_cannot_be_used_is_named() {
        for (body, field) in [
            (r#"{"qr_code":"7ZZ"}"#, "overall_rating"),
            (r#"{"overall_rating":3}"#, "qr_code"),
            (r#"{"qr_code":"7ZZ","overall_rating":6}"#, "overall_rating"),
            (
                r#"{"qr_code":"7ZZ","overall_rating":4.5}"#,
                "overall_rating",
            ),
            (
                r#"{"qr_code":"7ZZ","overall_rating":4,"consumption_context":"train"}"#,
                "consumption_context",
            ),
            (
                r#"{"qr_code":"7ZZ","overall_rating":4,"detailed_ratings":{"color":0}}"#,
                "detailed_ratings.color",
            ),
        ] {
            assert_eq!(rating(body).unwrap_err().field(), Some(field), "{body}");
        }
        let long = "a".repeat(1_001);
        let body = format!(r#"{{"qr_code":"7ZZ","overall_rating":4,"comment":"{long}"}}"#);
        assert_eq!(rating(&body).unwrap_err().field(), Some("comment"));
    }

    #[test]
    fn a_form_of_which_only_a_star_was_touched_is_a_rating() {
        let sent = form(b"note=4&texture=&context=&recommend=&comment=");
        let expected = Rating {
            overall: 4,
            ..Rating::default()
        };
        assert_eq!(sent, Ok(expected));
        let sent = form(
            "note=2&flavor=1&context=gift&recommend=non&comment=Trop+gras+%E2%80%8B!".as_bytes(),
        );
        let sent = sent.unwrap();
        assert_eq!(sent.aspects[1], Some(1));
        assert_eq!(sent.comment.as_deref(), Some("Trop gras !"));
        assert_eq!(sent.would_recommend, Some(false));
        for (body, field) in [
            ("", "note"),
            ("note=0", "note"),
            ("note=3&aroma=6", "aroma"),
            ("note=3&context=train", "context"),
        ] {
            assert_eq!(form(body.as_bytes()), Err(field), "{body}");
        }
    }
}
