//! Where a tab is in its stream, and what it missed or got twice when it moved.

/// Nothing is known yet.
#[derive(Debug, Default)]
pub struct Place {
    epoch: String,
    position: u64,
    pub missed: u64,
    pub repeated: u64,
    /// How often the tab was told that it could not be told what it had missed.
    pub lost: u64,
}

impl Place {
    /// What a tab that comes back adds to its address, behind other parameters; empty the first time.
    pub fn query(&self) -> String {
        let Place {
            epoch, position, ..
        } = self;
        match epoch.is_empty() {
            true => String::new(),
            false => format!("&epoch={epoch}&last_seq={position}"),
        }
    }

    /// The frame with which a stream begins.
    pub fn resume(&mut self, recovered: bool, epoch: String, to: u64) {
        if !recovered {
            self.lost += u64::from(!self.epoch.is_empty());
            self.position = to;
        }
        self.epoch = epoch;
    }

    /// A numbered frame.
    pub fn number(&mut self, seq: u64) {
        if seq <= self.position {
            self.repeated += 1;
        } else {
            self.missed += seq - self.position - 1;
            self.position = seq;
        }
    }
}
