//! Finds the machine's `initdb` and `postgres`.

use std::cmp::Reverse;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::ClusterError;

/// The oldest major version whose `initdb` knows every option used here.
const MINIMUM: u32 = 14;

/// Folders with one sub-folder per version: the folder, the sub-folder's prefix, and the path that follows the version.
const VERSIONED: [(&str, &str, &str); 3] = [
    ("usr/lib/postgresql", "", "bin"),
    ("usr", "pgsql-", "bin"),
    ("usr/libexec", "postgresql", ""),
];

const UNVERSIONED: [&str; 2] = ["usr/lib/postgresql/bin", "usr/local/pgsql/bin"];

/// A directory that holds `initdb` and `postgres` of one major version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    pub dir: PathBuf,
    pub major: u32,
}

impl Binaries {
    pub fn initdb(&self) -> PathBuf {
        self.dir.join("initdb")
    }

    pub fn postgres(&self) -> PathBuf {
        self.dir.join("postgres")
    }
}

/// Uses the explicit directory if one is given, otherwise the highest version on the machine. An existing cluster needs exactly the
/// version that created it.
pub(super) fn find(
    explicit: Option<&Path>,
    cluster: &Path,
    made_by: Option<u32>,
) -> Result<Binaries, ClusterError> {
    let candidates = match explicit {
        Some(dir) => vec![dir.canonicalize().unwrap_or_else(|_| dir.to_path_buf())],
        None => usual_places(
            Path::new("/"),
            env::var_os("PATH").as_deref().unwrap_or_default(),
        ),
    };
    let usable: Vec<Binaries> = candidates
        .iter()
        .filter_map(|dir| inspect(dir, version_of))
        .collect();
    choose(usable, made_by).ok_or_else(|| nothing_usable(explicit, &candidates, cluster, made_by))
}

fn choose(usable: Vec<Binaries>, made_by: Option<u32>) -> Option<Binaries> {
    usable
        .into_iter()
        .find(|found| made_by.is_none_or(|major| found.major == major))
}

fn nothing_usable(
    explicit: Option<&Path>,
    candidates: &[PathBuf],
    cluster: &Path,
    made_by: Option<u32>,
) -> ClusterError {
    let looked_in = looked_in(candidates);
    match (explicit, made_by) {
        (_, Some(made_by)) => ClusterError::OtherVersion {
            cluster: cluster.to_path_buf(),
            made_by,
            looked_in,
        },
        (Some(dir), None) => ClusterError::NotABinaryDirectory {
            minimum: MINIMUM,
            dir: dir.to_path_buf(),
        },
        (None, None) => ClusterError::NoBinaries {
            minimum: MINIMUM,
            looked_in,
        },
    }
}

fn looked_in(candidates: &[PathBuf]) -> String {
    let places: Vec<String> = candidates
        .iter()
        .map(|dir| dir.display().to_string())
        .collect();
    if places.is_empty() {
        return "/usr/lib/postgresql and the PATH".to_owned();
    }
    places.join(", ")
}

/// Candidate directories below `root`, best first: versioned folders from the highest version down, then fixed ones, then `PATH`.
fn usual_places(root: &Path, path_variable: &OsStr) -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = VERSIONED
        .iter()
        .flat_map(|(parent, prefix, below)| by_version(&root.join(parent), prefix, below))
        .collect();
    places.extend(UNVERSIONED.iter().map(|place| root.join(place)));
    places.extend(env::split_paths(path_variable).filter(|dir| dir.is_absolute()));
    places
}

fn by_version(parent: &Path, prefix: &str, below: &str) -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry
                .file_name()
                .to_str()?
                .strip_prefix(prefix)?
                .parse()
                .ok()?;
            Some((version, entry.path().join(below)))
        })
        .collect();
    found.sort_by_key(|(version, _)| Reverse(*version));
    found.into_iter().map(|(_, dir)| dir).collect()
}

fn inspect(dir: &Path, version_of: impl Fn(&Path) -> Option<u32>) -> Option<Binaries> {
    let dir = dir.to_path_buf();
    let mut found = Binaries { dir, major: 0 };
    if !found.initdb().is_file() || !found.postgres().is_file() {
        return None;
    }
    found.major = version_of(&found.postgres())?;
    (found.major >= MINIMUM).then_some(found)
}

fn version_of(postgres: &Path) -> Option<u32> {
    let output = Command::new(postgres).arg("--version").output().ok()?;
    major(&String::from_utf8_lossy(&output.stdout))
}

/// The 15 of `postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)` or of `postgres (PostgreSQL) 15beta2`.
fn major(version_line: &str) -> Option<u32> {
    let version = version_line.split_once("(PostgreSQL) ")?.1;
    let digits = version.find(|c: char| !c.is_ascii_digit());
    version[..digits.unwrap_or(version.len())].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install(root: &Path, dir: &str) -> PathBuf {
        let dir = root.join(dir);
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("initdb"), "").unwrap();
        fs::write(dir.join("postgres"), "").unwrap();
        dir
    }

    #[test]
    fn the_highest_version_comes_first_by_number_not_by_letter() {
        let root = tempfile::tempdir().unwrap();
        let nine = install(root.path(), "usr/lib/postgresql/9/bin");
        let fifteen = install(root.path(), "usr/lib/postgresql/15/bin");
        let seventeen = install(root.path(), "usr/lib/postgresql/17/bin");
        let places = usual_places(root.path(), OsStr::new(""));
        assert_eq!(places[..3], [seventeen, fifteen, nine]);
    }

    #[test]
    fn the_path_comes_after_the_usual_places() {
        let root = tempfile::tempdir().unwrap();
        let fedora = install(root.path(), "usr/pgsql-16/bin");
        let alpine = install(root.path(), "usr/libexec/postgresql15");
        let places = usual_places(root.path(), OsStr::new("/somewhere/bin:not/absolute"));
        assert_eq!(places.first(), Some(&fedora));
        assert_eq!(places.get(1).map(|dir| dir.join("")), Some(alpine.join("")));
        assert_eq!(places.last(), Some(&PathBuf::from("/somewhere/bin")));
    }

    #[test]
    fn a_directory_without_initdb_or_with_an_old_version_is_passed_over() {
        let root = tempfile::tempdir().unwrap();
        let whole = install(root.path(), "whole");
        let server_only = install(root.path(), "server_only");
        fs::remove_file(server_only.join("initdb")).unwrap();
        assert_eq!(inspect(&server_only, |_| Some(15)), None);
        assert_eq!(inspect(&whole, |_| Some(13)), None);
        assert_eq!(inspect(&whole, |_| None), None);
        assert_eq!(
            inspect(&whole, |_| Some(15)).map(|found| found.major),
            Some(15)
        );
    }

    #[test]
    fn an_existing_cluster_gets_the_version_which_made_it() {
        let of = |major| Binaries {
            dir: PathBuf::from("/bin"),
            major,
        };
        assert_eq!(choose(vec![of(17), of(15)], None), Some(of(17)));
        assert_eq!(choose(vec![of(17), of(15)], Some(15)), Some(of(15)));
        assert_eq!(choose(vec![of(17)], Some(15)), None);
    }

    #[test]
    fn missing_binaries_are_told_with_the_places_and_what_to_do() {
        let places = [PathBuf::from("/a/bin"), PathBuf::from("/b/bin")];
        let message = nothing_usable(None, &places, Path::new("/data"), None).to_string();
        assert!(
            message.starts_with(
                "no PostgreSQL binaries of version 14 or later found (looked in /a/bin, /b/bin)"
            ),
            "{message}"
        );
        assert!(
            message.ends_with("install the `postgresql` package or set DATABASE_URL"),
            "{message}"
        );
    }

    #[test]
    fn a_cluster_of_an_absent_version_names_the_package() {
        let message = nothing_usable(None, &[], Path::new("/data/cluster"), Some(13)).to_string();
        assert!(message.contains("install `postgresql-13`"), "{message}");
    }

    #[test]
    fn the_major_version_is_read_from_the_version_line() {
        assert_eq!(
            major("postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)\n"),
            Some(15)
        );
        assert_eq!(major("postgres (PostgreSQL) 18beta2\n"), Some(18));
        assert_eq!(major("postgres (PostgreSQL) 17\n"), Some(17));
        assert_eq!(major("something else 15"), None);
    }
}
