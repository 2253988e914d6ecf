//! What a simulator says of itself: a word with its values, so that each screen says it in its own language.

use crate::domain::words::words;
use std::fmt;

words! {
    pub enum Word {
        LotsBegin = "lots_begin",
        StationsBegin = "stations_begin",
        StationBegins = "station_begins",
        ConsumersBegin = "consumers_begin",
        Connected = "connected",
        Disconnected = "disconnected",
        FirstDay = "first_day",
        LastMeal = "last_meal",
        Postponed = "postponed",
        MealRefused = "meal_refused",
        DamageRefused = "damage_refused",
        Inspects = "inspects",
        Inspected = "inspected",
        SampleRefused = "sample_refused",
        StationLost = "station_lost",
        Rated = "rated",
        RatingFailed = "rating_failed",
        FaultBegins = "fault_begins",
        FaultEnds = "fault_ends",
        Failed = "failed",
        Ended = "ended",
    }
}

impl Word {
    /// The sentence for the log, with the names of its values. Screens have it in `log.<word>` of their texts.
    const fn english(self) -> &'static str {
        match self {
            Word::LotsBegin => {
                "{lots} simulated lots from number {first}, acceleration {acceleration}, seed {seed}"
            }
            Word::StationsBegin => "{count} stations",
            Word::StationBegins => "station {device}",
            Word::ConsumersBegin => "consumers, {profile}",
            Word::Connected => "connected",
            Word::Disconnected => "{reason}; next attempt in {seconds} s",
            Word::FirstDay => "{lot}: fed on its first day",
            Word::LastMeal => "{lot}: the last meal is acked",
            Word::Postponed => "postponed: {reason}",
            Word::MealRefused => "{lot} jour {jour} {moment} is refused: {reason}",
            Word::DamageRefused => "the damaged message is refused: {reason}",
            Word::Inspects => "{device} inspects {lot}",
            Word::Inspected => "{device}: {lot} is inspected",
            Word::SampleRefused => "{device}: a sample is refused: {reason}",
            Word::StationLost => "{device}: {reason}",
            Word::Rated => "{product} is rated",
            Word::RatingFailed => "{reason}",
            Word::FaultBegins => "fault {fault} for {seconds} s",
            Word::FaultEnds => "fault {fault} has ended",
            Word::Failed => "{reason}",
            Word::Ended => {
                "ended: {accepted} accepted, {refused} refused, {reconnections} reconnections"
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saying {
    pub word: Word,
    pub values: Vec<(&'static str, String)>,
}

impl Saying {
    pub fn new(word: Word) -> Self {
        Saying {
            word,
            values: Vec::new(),
        }
    }

    /// With a value that its sentence names.
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.values.push((name, value.to_string()));
        self
    }
}

impl From<Word> for Saying {
    fn from(word: Word) -> Self {
        Saying::new(word)
    }
}

impl fmt::Display for Saying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.word.english();
        while let Some((before, after)) = rest.split_once('{') {
            let (name, behind) = after.split_once('}').unwrap_or((after, ""));
            let value = self.values.iter().find(|(given, _)| *given == name);
            f.write_str(before)?;
            f.write_str(value.map_or("–", |(_, value)| value))?;
            rest = behind;
        }
        f.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saying_reads_as_a_sentence_and_what_a_value_says_is_not_read_again() {
        let saying = Saying::new(Word::Inspected)
            .with("device", "ESP32_LL_01")
            .with("lot", "{device}");
        assert_eq!(saying.to_string(), "ESP32_LL_01: {device} is inspected");
        let lacking = Saying::new(Word::StationsBegin);
        assert_eq!(lacking.to_string(), "– stations");
    }
}
