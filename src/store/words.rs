//! Our words as texts of the database: columns are read as enums, and enums are passed as parameters. A word that our own constraints exclude
//! is reported, not guessed.

use crate::domain::{
    access::Role,
    advice::{Rule, steps::State},
    alert::{AlertKind, Change, Severity, Source},
    audit::Action,
    consumer::rating::Context,
    control::Stage,
    curve::{EtatCourbe, SourceCourbe},
    lot::Statut,
    moment::Moment,
    quality::{Doubt, Grade},
    saisie::Origine,
    site::Site,
};
use bytes::BytesMut;
use std::error::Error;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

macro_rules! stored_as_text {
    ($($Word:ty),+) => {$(
        impl<'a> FromSql<'a> for $Word {
            fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
                let text = <&str>::from_sql(ty, raw)?;
                text.parse::<Self>()
                    .map_err(|problem| format!("{text:?} {problem}").into())
            }

            fn accepts(ty: &Type) -> bool {
                <&str as FromSql>::accepts(ty)
            }
        }

        impl ToSql for $Word {
            fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
                self.as_str().to_sql(ty, out)
            }

            fn accepts(ty: &Type) -> bool {
                <&str as ToSql>::accepts(ty)
            }

            to_sql_checked!();
        }
    )+};
}

stored_as_text!(
    Action,
    EtatCourbe,
    SourceCourbe,
    AlertKind,
    Change,
    Context,
    Doubt,
    Grade,
    Moment,
    Origine,
    Role,
    Rule,
    Severity,
    Site,
    Source,
    Stage,
    State,
    Statut
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_word_that_is_unknown_is_reported_with_the_known_ones() {
        let unknown = Site::from_sql(&Type::TEXT, b"XX").expect_err("no site");
        let sentence = unknown.to_string();
        assert_eq!(sentence, "\"XX\" must be one of LL, LS, MT");
        let read = Site::from_sql(&Type::TEXT, b"LS").expect("a site");
        assert_eq!(read, Site::Ls);
    }
}
