//! Enums of which each value is one word: on the wire, in the database, as a label of metrics. This is the only table of an enum's words.

/// The text is none of these words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {}", .0.join(", "))]
pub struct UnknownWord(pub &'static [&'static str]);

/// Defines an enum with its words, and writes and reads them: `as_str`, `Display`, `FromStr`, serde. `src/store/words.rs` does the same for the
/// database. A word is read without the space around it, and of an enum `in any case` also in other letters:
///
/// ```text
/// words! {
///     /// A meal of the day; morning sorts first.
///     pub enum Moment in any case {
///         Matin = "matin",
///         Soir = "soir",
///     }
/// }
/// ```
macro_rules! words {
    (
        $(#[$of_enum:meta])*
        $vis:vis enum $Enum:ident $(in $any:ident case)? {
            $($(#[$of_variant:meta])* $Variant:ident = $word:literal),+ $(,)?
        }
    ) => {
        $(#[$of_enum])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $Enum {
            $($(#[$of_variant])* $Variant),+
        }

        impl $Enum {
            const WORDS: &'static [&'static str] = &[$($word),+];
            pub const ALL: [Self; Self::WORDS.len()] = [$(Self::$Variant),+];

            pub const fn as_str(self) -> &'static str {
                Self::WORDS[self as usize]
            }
        }

        impl std::fmt::Display for $Enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $Enum {
            type Err = $crate::domain::words::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let text = text.trim();
                let is_meant = |one: &Self| words!(@same one.as_str(), text $(, $any)?);
                let unknown = $crate::domain::words::UnknownWord(Self::WORDS);
                Self::ALL.into_iter().find(is_meant).ok_or(unknown)
            }
        }

        impl serde::Serialize for $Enum {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $Enum {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
    (@same $word:expr, $text:expr) => {
        $word == $text
    };
    (@same $word:expr, $text:expr, any) => {
        $word.eq_ignore_ascii_case($text)
    };
}
pub(crate) use words;

#[cfg(test)]
mod tests {
    use crate::domain::{
        access::Role,
        advice::{
            Rule,
            evidence::{Limit, Measure},
            steps::State,
        },
        alert::{AlertKind, Change, Severity, Source},
        audience::Only,
        audit::Action,
        consumer::{
            profile::Profile,
            rating::{Aspect, Context},
        },
        control::Stage,
        curve::{Decision, EtatCourbe, SourceCourbe},
        lot::Statut,
        moment::Moment,
        quality::{Doubt, Grade, QualityRule},
        reasons::{DropReason, ErrorReason, RefusalReason},
        saisie::{Effet, Niveau, Origine},
        site::Site,
        stream::Unrecovered,
    };
    use std::{fmt::Debug, str::FromStr};

    fn assert_read<T: Copy + Debug + PartialEq + FromStr>(all: &[T], word: fn(T) -> &'static str)
    where
        T::Err: Debug,
    {
        for one in all {
            let read: T = word(*one).parse().expect("a word of the table");
            assert_eq!(read, *one);
        }
        assert!("autre".parse::<T>().is_err());
    }

    #[test]
    fn every_word_is_read_as_it_is_written_and_no_other_is() {
        assert_read(&Action::ALL, Action::as_str);
        assert_read(&Aspect::ALL, Aspect::as_str);
        assert_read(&Context::ALL, Context::as_str);
        assert_read(&Profile::ALL, Profile::as_str);
        assert_read(&Role::ALL, Role::as_str);
        assert_read(&Rule::ALL, Rule::as_str);
        assert_read(&State::ALL, State::as_str);
        assert_read(&Measure::ALL, Measure::as_str);
        assert_read(&Limit::ALL, Limit::as_str);
        assert_read(&AlertKind::ALL, AlertKind::as_str);
        assert_read(&Change::ALL, Change::as_str);
        assert_read(&Severity::ALL, Severity::as_str);
        assert_read(&Source::ALL, Source::as_str);
        assert_read(&Only::ALL, Only::as_str);
        assert_read(&Stage::ALL, Stage::as_str);
        assert_read(&Statut::ALL, Statut::as_str);
        assert_read(&Moment::ALL, Moment::as_str);
        assert_read(&Doubt::ALL, Doubt::as_str);
        assert_read(&Grade::ALL, Grade::as_str);
        assert_read(&QualityRule::ALL, QualityRule::as_str);
        assert_read(&DropReason::ALL, DropReason::as_str);
        assert_read(&ErrorReason::ALL, ErrorReason::as_str);
        assert_read(&RefusalReason::ALL, RefusalReason::as_str);
        assert_read(&Decision::ALL, Decision::as_str);
        assert_read(&EtatCourbe::ALL, EtatCourbe::as_str);
        assert_read(&SourceCourbe::ALL, SourceCourbe::as_str);
        assert_read(&Effet::ALL, Effet::as_str);
        assert_read(&Niveau::ALL, Niveau::as_str);
        assert_read(&Origine::ALL, Origine::as_str);
        assert_read(&Site::ALL, Site::as_str);
        assert_read(&Unrecovered::ALL, Unrecovered::as_str);
    }

    #[test]
    fn sites_and_moments_are_read_in_any_case_and_grades_are_not() {
        assert_eq!(" ll ".parse(), Ok(Site::Ll));
        assert_eq!("MATIN".parse(), Ok(Moment::Matin));
        assert!("reject".parse::<Grade>().is_err());
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_known_ones() {
        let unknown = "XX".parse::<Site>().expect_err("no site");
        assert_eq!(unknown.to_string(), "must be one of LL, LS, MT");
    }
}
