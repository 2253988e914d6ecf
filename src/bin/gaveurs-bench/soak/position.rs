//! The position of a screen in a numbered stream. Pure.

/// How a frame's number compares with the expected one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeqCheck {
    Next,
    /// This many frames before it are missing without a `gap` frame.
    After(u64),
    Repeated,
}

#[derive(Debug, Default)]
pub struct Position {
    pub epoch: String,
    /// The last frame received, or counted as received.
    pub seq: u64,
    /// Frames up to here may be missing: a `gap` frame announced it.
    gap_to: u64,
    /// Frames up to here are replayed.
    replayed_to: u64,
}

impl Position {
    /// Handles a `resume` frame; a stream that was not recovered continues after `to`.
    pub fn resume(&mut self, recovered: bool, epoch: &str, to: u64) {
        if !recovered {
            self.seq = to;
        }
        epoch.clone_into(&mut self.epoch);
        (self.gap_to, self.replayed_to) = (0, to);
    }

    pub fn gap(&mut self, to: u64) {
        self.gap_to = self.gap_to.max(to);
    }

    pub fn is_replayed(&self, seq: u64) -> bool {
        seq <= self.replayed_to
    }

    pub fn frame(&mut self, seq: u64) -> SeqCheck {
        let check = if seq <= self.seq {
            SeqCheck::Repeated
        } else {
            match seq.saturating_sub(self.seq.max(self.gap_to) + 1) {
                0 => SeqCheck::Next,
                missed => SeqCheck::After(missed),
            }
        };
        self.seq = self.seq.max(seq);
        check
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_that_are_missed_or_repeated_are_told_apart_from_those_that_were_left_out_with_a_word()
    {
        let mut position = Position::default();
        position.resume(false, "e", 10);
        assert_eq!(position.frame(11), SeqCheck::Next);
        assert_eq!(position.frame(14), SeqCheck::After(2));
        assert_eq!(position.frame(14), SeqCheck::Repeated);
        position.gap(20);
        assert_eq!(position.frame(18), SeqCheck::Next);
        assert_eq!(position.frame(21), SeqCheck::Next);
        assert_eq!(position.frame(23), SeqCheck::After(1));
    }

    #[test]
    fn a_screen_that_comes_back_goes_on_where_it_was() {
        let mut position = Position::default();
        position.resume(false, "e", 5);
        position.frame(6);
        position.resume(true, "e", 8);
        assert!(position.is_replayed(8) && !position.is_replayed(9));
        assert_eq!(position.frame(7), SeqCheck::Next);
        assert_eq!(position.frame(9), SeqCheck::After(1));
    }
}
