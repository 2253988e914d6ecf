//! Warns of servers that use the database and are not of the same cluster.

use super::Registrar;
use std::collections::BTreeMap;

impl Registrar {
    /// These live now, by their numbers.
    pub(super) fn note_others(&mut self, others: BTreeMap<i32, String>) {
        for (number, address) in &others {
            if !self.others.contains_key(number) {
                log::warn!(
                    "another server, {address}, uses this database: its screens do not see what is stored here, nor those of this server what is \
                     stored there, and a feed that moves between them may fall silent unnoticed. Stop one of the two, unless it is stopping anyway, \
                     or start both with --cluster"
                );
            }
        }
        for (number, address) in &self.others {
            if !others.contains_key(number) {
                log::info!("the other server, {address}, has left this database");
            }
        }
        self.metrics.other_servers.set(others.len() as i64);
        self.others = others;
    }
}
