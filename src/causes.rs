//! Formats an error and its causes on one line.

use std::{error::Error, fmt::Write};

/// The text of an error and of each of its causes, without causes that the text before already contains: some errors print their causes
/// themselves, others do not.
pub fn once(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            // Writing to a String cannot fail.
            let _ = write!(text, ": {cause_text}");
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[derive(Debug, thiserror::Error)]
    #[error("the file cannot be read: {0}")]
    struct Named(#[source] io::Error);

    #[derive(Debug, thiserror::Error)]
    #[error("nothing works")]
    struct Unnamed(#[source] Named);

    #[test]
    fn a_cause_that_was_named_already_is_not_named_again() {
        let error = Unnamed(Named(io::Error::other("no such disk")));
        assert_eq!(
            once(&error),
            "nothing works: the file cannot be read: no such disk"
        );
    }
}
