//! The limit of open files: every connection uses one.

use crate::http::connections::RESERVE;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files other than clients' connections: the database's, those of threads and of logs.
const OTHERS: usize = 120;

/// Limits of connections by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    pub websockets: usize,
    pub http: usize,
}

/// Raises this process's limit of open files to the maximum that the system allows, and returns it; `None` means no limit. Many systems give
/// 1,024 to a process that does not ask.
pub fn raise_file_limit() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    }
}

/// Raises the limit, and returns how many connections fit: the wanted numbers, or fewer with a warning.
pub fn make_room(wanted: Connections) -> Connections {
    let files = raise_file_limit();
    let files = files.map(|files| usize::try_from(files).unwrap_or(usize::MAX));
    let possible = possible(files, wanted);
    if let Some(files) = files.filter(|_| possible != wanted) {
        log::warn!("{}", warning(files, wanted, possible));
    }
    possible
}

/// `None` files means no limit.
fn possible(files: Option<usize>, wanted: Connections) -> Connections {
    let room = files.map(|files| files.saturating_sub(OTHERS + RESERVE));
    let Some(room) = room.filter(|room| *room < wanted.websockets + wanted.http) else {
        return wanted;
    };
    // HTTP requests are short, WebSockets stay open; so HTTP gets the smaller share.
    let http = wanted.http.min(room / 8).max(1);
    Connections {
        websockets: wanted.websockets.min(room.saturating_sub(http)).max(1),
        http,
    }
}

fn warning(files: usize, wanted: Connections, possible: Connections) -> String {
    let needed = OTHERS + RESERVE + wanted.websockets + wanted.http;
    format!(
        "this process may open {files} files: {} WebSockets are allowed instead of the {} of --max-connections, and {} other \
         connections instead of {}; for all of them raise the limit to {needed} (ulimit -n, or LimitNOFILE= of systemd)",
        possible.websockets, wanted.websockets, possible.http, wanted.http
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: Connections = Connections {
        websockets: 15_000,
        http: 1_024,
    };

    #[test]
    fn what_is_wanted_is_allowed_where_the_files_suffice() {
        assert_eq!(possible(None, WANTED), WANTED);
        assert_eq!(possible(Some(20_000), WANTED), WANTED);
    }

    #[test]
    fn connections_with_their_reserve_fit_the_files_and_the_warning_says_how_many_would_be_needed()
    {
        for files in [256, 1_024, 4_096, 16_000] {
            let possible = possible(Some(files), WANTED);
            assert!(possible.websockets + possible.http + RESERVE + OTHERS <= files);
            assert!(possible.websockets > possible.http);
            let warning = warning(files, WANTED, possible);
            let says = |number: usize| warning.contains(&number.to_string());
            assert!(says(possible.websockets) && says(15_000 + 1_024 + RESERVE + OTHERS));
        }
        let few = possible(Some(100), WANTED);
        assert_eq!((few.websockets, few.http), (1, 1));
    }
}
