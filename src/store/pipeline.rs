//! Statements that are sent one after the other without waiting for each other's answers.

/// Sends the statements in the order in which they stand here, which is the order in which PostgreSQL carries them out, and returns their
/// answers. They must be futures that send their statements when they are first polled, and so may be results of `pipelined!` themselves.
macro_rules! pipelined {
    ($($statement:expr),+ $(,)?) => {
        // Unlike others, this `join!` always begins with the first of its futures.
        futures_util::join!($($statement),+)
    };
}

pub(super) use pipelined;
