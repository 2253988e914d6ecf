//! Committed batches on their way to the supervisor, one by one: a mailbox that is full could let a later one in before an
//! earlier one.

use std::collections::VecDeque;

/// News that wait for their turn.
pub struct Press<N> {
    waiting: VecDeque<N>,
    /// One is on its way.
    printing: bool,
    most: usize,
}

impl<N> Press<N> {
    /// Beyond `most` that wait nothing further is to be committed.
    pub fn new(most: usize) -> Self {
        Press {
            waiting: VecDeque::new(),
            printing: false,
            most,
        }
    }

    pub fn is_full(&self) -> bool {
        self.waiting.len() >= self.most
    }

    pub fn push(&mut self, news: N) {
        self.waiting.push_back(news);
    }

    /// What may be sent now; until [`sent`](Self::sent) nothing else may.
    pub fn next(&mut self) -> Option<N> {
        if self.printing {
            return None;
        }
        let news = self.waiting.pop_front();
        self.printing = news.is_some();
        news
    }

    /// The supervisor has taken what was sent.
    pub fn sent(&mut self) {
        self.printing = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_go_one_by_one_in_order_and_too_many_are_noticed() {
        let mut press = Press::new(2);
        assert_eq!(press.next(), None);
        (1..=3).for_each(|news| press.push(news));
        assert_eq!((press.next(), press.next()), (Some(1), None));
        assert!(press.is_full());
        press.sent();
        assert_eq!((press.next(), press.is_full()), (Some(2), false));
        press.sent();
        assert_eq!(press.next(), Some(3));
    }
}
