//! Open files: every connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files that are not connections of clients: the database's, those of threads, of logs, of HTTP requests under way.
const OTHERS: u64 = 200;

/// Allows this process as many open files as the system lets it have, and warns when that is too few for the connections that
/// are allowed. Many systems give 1,024 to a process that does not ask.
pub fn allow(connections: usize) {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    let files = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    if let Some(warning) = warning(files, connections) {
        log::warn!("{warning}");
    }
}

/// `None` files: as many as one likes.
fn warning(files: Option<u64>, connections: usize) -> Option<String> {
    let most = files?.saturating_sub(OTHERS);
    (most < connections as u64).then(|| {
        format!(
            "this process may open {} files, too few for {connections} connections: raise the limit (ulimit -n, or LimitNOFILE= \
             of systemd), or set --max-connections {most}",
            most + OTHERS
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_files_are_warned_of_with_what_to_do() {
        assert_eq!(warning(None, 1_000_000), None);
        assert_eq!(warning(Some(20_000), 15_000), None);
        let warning = warning(Some(1_024), 15_000).unwrap();
        assert!(warning.contains("--max-connections 824"), "{warning}");
    }
}
