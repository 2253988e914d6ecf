//! What the simulators said lately.

use super::{Simulator, saying::Saying};
use jiff::Timestamp;
use std::{collections::VecDeque, sync::Arc};

/// Lines that are kept of each simulator.
pub const LINES: usize = 500;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub at: Timestamp,
    pub simulator: Simulator,
    /// It tells of something that should not be.
    pub is_warning: bool,
    pub saying: Saying,
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let level = if self.is_warning { "WARN" } else { "INFO" };
        write!(f, "{:.3} {level} {}", self.at, self.saying)
    }
}

/// The last lines of each simulator.
#[derive(Debug, Default)]
pub struct Log {
    lines: [VecDeque<Arc<Line>>; Simulator::ALL.len()],
}

impl Log {
    pub fn push(&mut self, line: Arc<Line>) {
        let lines = &mut self.lines[line.simulator as usize];
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    /// The last lines of one simulator, oldest first.
    pub fn tail(&self, simulator: Simulator, count: usize) -> Vec<Arc<Line>> {
        let lines = &self.lines[simulator as usize];
        let skipped = lines.len().saturating_sub(count);
        lines.iter().skip(skipped).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::panel::saying::Word;

    #[test]
    fn the_log_keeps_the_last_five_hundred_lines_of_each_simulator() {
        let mut log = Log::default();
        let line = |simulator, number: usize| {
            Arc::new(Line {
                at: Timestamp::UNIX_EPOCH,
                simulator,
                is_warning: false,
                saying: Saying::new(Word::Rated).with("product", number),
            })
        };
        log.push(line(Simulator::Sqal, 0));
        (0..LINES + 7).for_each(|number| log.push(line(Simulator::Gavage, number)));
        let texts = |simulator, count| -> Vec<_> {
            let lines = log.tail(simulator, count);
            lines
                .iter()
                .map(|line| line.saying.values[0].1.clone())
                .collect()
        };
        assert_eq!(texts(Simulator::Sqal, LINES), ["0"]);
        assert_eq!(texts(Simulator::Gavage, 2), ["505", "506"]);
        assert_eq!(texts(Simulator::Gavage, 9_999).first().unwrap(), "7");
    }
}
