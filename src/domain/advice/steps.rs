//! The states of a piece of advice, and who moves it from one to another.

use crate::domain::words::words;

words! {
    /// How far a piece of advice is.
    pub enum State {
        Proposee = "proposee",
        Validee = "validee",
        Envoyee = "envoyee",
        Lue = "lue",
        Acceptee = "acceptee",
        Refusee = "refusee",
        Expiree = "expiree",
        Rejetee = "rejetee",
    }
}

impl State {
    /// Somebody may still decide about it.
    pub const OPEN: [State; 3] = [State::Proposee, State::Envoyee, State::Lue];

    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }
}

/// What somebody wants of a piece of advice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// A supervisor sends it, in his own words if he has written some.
    Validate {
        texte: Option<String>,
        commentaire: Option<String>,
    },
    /// A supervisor says why it is not sent.
    Reject { commentaire: String },
    /// It was shown to the farmer.
    Read,
    /// The farmer's answer.
    Answer {
        accepted: bool,
        motif: Option<String>,
    },
}

/// The state does not admit what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}: the advice is {state}")]
pub struct NotInState {
    pub state: State,
    problem: &'static str,
}

/// Why a piece of advice was not moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotMoved {
    Unknown,
    State(NotInState),
}

impl Asked {
    /// What was written with it.
    pub fn comment(&self) -> Option<&str> {
        match self {
            Asked::Validate { commentaire, .. } => commentaire.as_deref(),
            Asked::Reject { commentaire } => Some(commentaire),
            Asked::Read => None,
            Asked::Answer { motif, .. } => motif.as_deref(),
        }
    }

    /// The states that follow, in their order: what a supervisor validates is sent at once.
    ///
    /// # Errors
    /// The state does not admit it.
    pub fn from(&self, state: State) -> Result<&'static [State], NotInState> {
        let (next, problem): (&'static [State], _) = match self {
            Asked::Validate { .. } => (
                &[State::Validee, State::Envoyee],
                "only a proposal can be validated",
            ),
            Asked::Reject { .. } => (&[State::Rejetee], "only a proposal can be rejected"),
            Asked::Read => (
                &[State::Lue],
                "only advice that was sent and not read yet can be read",
            ),
            Asked::Answer { accepted: true, .. } => (
                &[State::Acceptee],
                "only advice that was sent can be answered",
            ),
            Asked::Answer { .. } => (
                &[State::Refusee],
                "only advice that was sent can be answered",
            ),
        };
        let is_possible = match self {
            Asked::Validate { .. } | Asked::Reject { .. } => state == State::Proposee,
            Asked::Read => state == State::Envoyee,
            Asked::Answer { .. } => matches!(state, State::Envoyee | State::Lue),
        };
        is_possible
            .then_some(next)
            .ok_or(NotInState { state, problem })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*, sample::select};
    use std::collections::BTreeSet;

    fn everything() -> Vec<Asked> {
        vec![
            Asked::Validate {
                texte: None,
                commentaire: None,
            },
            Asked::Reject {
                commentaire: "déjà fait".to_owned(),
            },
            Asked::Read,
            Asked::Answer {
                accepted: true,
                motif: None,
            },
            Asked::Answer {
                accepted: false,
                motif: None,
            },
        ]
    }

    /// The table of the contract, written again: every other pair is refused.
    const TABLE: [(&str, usize, &[&str]); 7] = [
        ("proposee", 0, &["validee", "envoyee"]),
        ("proposee", 1, &["rejetee"]),
        ("envoyee", 2, &["lue"]),
        ("envoyee", 3, &["acceptee"]),
        ("lue", 3, &["acceptee"]),
        ("envoyee", 4, &["refusee"]),
        ("lue", 4, &["refusee"]),
    ];

    #[test]
    fn every_step_of_the_table_is_possible_and_no_other() {
        for state in State::ALL {
            for (index, asked) in everything().iter().enumerate() {
                let row = TABLE
                    .iter()
                    .find(|(from, of, _)| *from == state.as_str() && *of == index);
                let found = asked.from(state).ok();
                let words = found.map(|next| next.iter().map(|s| s.as_str()).collect::<Vec<_>>());
                assert_eq!(
                    words,
                    row.map(|(_, _, next)| next.to_vec()),
                    "{state} {asked:?}"
                );
            }
        }
    }

    #[test]
    fn a_refusal_names_the_state() {
        let refused = everything()[3].from(State::Rejetee).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "only advice that was sent can be answered: the advice is rejetee"
        );
    }

    proptest! {
        /// Whatever is asked in whatever order: the farmer never sees what nobody validated, an end is final, and there is one answer.
        #[test]
        fn no_order_of_requests_leads_past_a_supervisor_or_out_of_an_end(wishes in vec(select(everything()), 0..30)) {
            let (mut state, mut passed) = (State::Proposee, vec![State::Proposee]);
            for asked in wishes {
                let was_open = state.is_open();
                if let Ok(next) = asked.from(state) {
                    prop_assert!(was_open);
                    passed.extend(next);
                    state = *next.last().unwrap();
                }
            }
            let distinct: BTreeSet<_> = passed.iter().collect();
            prop_assert_eq!(distinct.len(), passed.len());
            let is_known = passed.iter().any(|s| matches!(s, State::Envoyee | State::Lue | State::Acceptee | State::Refusee));
            prop_assert!(!is_known || passed[1] == State::Validee);
            let ends = passed.iter().filter(|s| matches!(s, State::Acceptee | State::Refusee | State::Rejetee)).count();
            prop_assert!(ends <= 1);
        }
    }
}
