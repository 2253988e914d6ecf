//! Checks the code against the tables of docs/ARCHITECTURE.md: which part may import which, and which words may occur only in certain
//! parts; and that nobody builds crates that he has not asked for.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const IMPORTS: &str = "| folder | holds | may use |";
const NAMES: &str = "| word in the code | only in |";

/// A file below `src`, without comments.
struct Source {
    path: PathBuf,
    /// The names of its modules from the crate's root, e.g. `http`, `shell`.
    modules: Vec<String>,
    code: String,
}

impl Source {
    /// The folder or file directly below `src` that it belongs to.
    fn part(&self) -> &str {
        &self.modules[0]
    }

    fn is_test(&self) -> bool {
        self.modules.iter().any(|module| module == "tests")
    }
}

fn sources() -> Vec<Source> {
    let src = Path::new(ROOT).join("src");
    let mut sources = Vec::new();
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the folder is read") {
            let path = entry.expect("the entry is read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(read(&src, path));
            }
        }
    }
    assert!(sources.len() > 100, "only {} files found", sources.len());
    sources
}

fn read(src: &Path, path: PathBuf) -> Source {
    let within = path.strip_prefix(src).expect("below src");
    let names = within.with_extension("");
    let names = names.iter().map(|name| name.to_string_lossy().into_owned());
    let text = fs::read_to_string(&path).expect("the file is text");
    Source {
        modules: names.filter(|name| name != "mod").collect(),
        code: without_comments(&text),
        path,
    }
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().map(|line| match line.find("//") {
        // But not the slashes of an address such as http://.
        Some(at) if !line[..at].ends_with(':') => &line[..at],
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The parts of the crate that a file imports with `crate::…`, as one name or several in braces.
fn imports(source: &Source) -> BTreeSet<String> {
    // A program is a crate of its own.
    let is_program = ["main", "bin"].contains(&source.part());
    let start = if is_program { "gaveurs::" } else { "crate::" };
    let behind = source.code.split(start).skip(1);
    let mut parts: BTreeSet<_> = behind.flat_map(first_names).collect();
    if !is_program && leaves_its_part(source) {
        parts.insert("super::… out of its folder".to_owned());
    }
    parts.remove(source.part());
    parts
}

fn first_names(path: &str) -> Vec<String> {
    let Some(group) = path.strip_prefix('{') else {
        return Vec::from([name(path)]);
    };
    let mut names = Vec::from([name(group)]);
    let mut depth = 1;
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => names.push(name(&group[at + 1..])),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn name(text: &str) -> String {
    let text = text.trim_start();
    let end = text.find(|letter: char| !letter.is_ascii_lowercase() && letter != '_');
    text[..end.unwrap_or(text.len())].to_owned()
}

/// True if a chain of `super::` reaches the crate's root. A module inside the file needs one `super` more.
fn leaves_its_part(source: &Source) -> bool {
    let inline = source.code.lines().any(|line| {
        let line = line.trim_start();
        line.starts_with("mod ") && line.ends_with('{')
    });
    let reaches_root = source.modules.len() + usize::from(inline);
    source.code.contains(&"super::".repeat(reaches_root))
}

/// The cells of the rows below this header in docs/ARCHITECTURE.md.
fn table(header: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(Path::new(ROOT).join("docs/ARCHITECTURE.md"));
    let text = text.expect("docs/ARCHITECTURE.md is read");
    let rows = text.lines().skip_while(|line| *line != header).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let cells = |row: &str| {
        let cells = row.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    };
    let rows: Vec<_> = rows.map(cells).collect();
    assert!(
        !rows.is_empty(),
        "docs/ARCHITECTURE.md has no table {header:?}"
    );
    rows
}

/// The texts between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn words(cell: &str) -> BTreeSet<String> {
    let words = cell.split([',', ' ']).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// For each part of the crate the parts that it may use; `None` means all.
fn allowed() -> BTreeMap<String, Option<BTreeSet<String>>> {
    let mut allowed = BTreeMap::new();
    for row in table(IMPORTS) {
        let uses = match row[2].as_str() {
            "everything" => None,
            "nothing of ours" => Some(BTreeSet::new()),
            uses => Some(words(uses)),
        };
        for path in quoted(&row[0]) {
            assert!(
                Path::new(ROOT).join(path).exists(),
                "{path} is in the table and not there"
            );
            let part = path.trim_start_matches("src/").split('/').next();
            let part = part.unwrap_or_default().trim_end_matches(".rs").to_owned();
            allowed.insert(part, uses.clone());
        }
    }
    allowed
}

#[test]
fn every_part_imports_only_what_the_table_of_the_architecture_lets_it_use() {
    let allowed = allowed();
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut faults = Vec::new();
    for source in sources() {
        if source.part() == "lib" {
            continue;
        }
        let Some(uses) = allowed.get(source.part()) else {
            faults.push(format!("src/{} is not in the table", source.part()));
            continue;
        };
        let imports = imports(&source);
        if let Some(uses) = uses {
            let path = source.path.display();
            let wrong = imports.difference(uses);
            faults.extend(wrong.map(|import| format!("{path} may not use {import}")));
        }
        used.entry(source.part().to_owned())
            .or_default()
            .extend(imports);
    }
    for (part, uses) in &allowed {
        let really = used.get(part).cloned().unwrap_or_default();
        let unused = uses.iter().flatten().filter(|word| !really.contains(*word));
        faults.extend(
            unused.map(|word| format!("the table lets {part} use {word}, which it does not")),
        );
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn what_only_one_place_may_name_is_named_nowhere_else() {
    let mut faults = Vec::new();
    let sources = sources();
    for row in table(NAMES) {
        let places = words(&row[1]);
        for word in quoted(&row[0]) {
            let naming = sources
                .iter()
                .filter(|source| !source.is_test() && names(&source.code, word));
            let parts: BTreeSet<_> = naming.map(|source| source.part().to_owned()).collect();
            let wrong: Vec<_> = parts.difference(&places).collect();
            if !wrong.is_empty() {
                faults.push(format!("{word} is named in {wrong:?}"));
            }
            if parts.is_empty() {
                faults.push(format!("{word} is named nowhere: the table is out of date"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// True if the word occurs, but not only as the end of a longer one.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
    })
}

#[test]
fn domain_rules_have_neither_clock_nor_input_nor_output() {
    // Values of tokio's clock are allowed; reading the clock or waiting is not.
    let outside = [
        "Instant::now(",
        "Timestamp::now(",
        "Zoned::now(",
        "SystemTime",
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "tokio::spawn",
        "tokio::net",
        "tokio::fs",
        "sleep(",
        ".await",
    ];
    let mut faults = Vec::new();
    for source in sources() {
        if source.part() != "domain" || source.is_test() {
            continue;
        }
        // Unit tests are at the end of the file.
        let rules = source.code.split("#[cfg(test)]").next().unwrap_or_default();
        let found = outside.iter().filter(|word| rules.contains(**word));
        faults.extend(found.map(|word| format!("{} has {word}", source.path.display())));
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The crates of a program that is built with these flags.
fn crates(flags: &[&str]) -> BTreeSet<String> {
    let mut tree = Command::new(env!("CARGO"));
    tree.current_dir(ROOT)
        .args(["tree", "--locked", "--offline", "--edges", "normal,build"])
        .args(["--prefix", "none", "--format", "{p}"])
        .args(flags);
    let tree = tree.output().expect("cargo runs");
    let complaint = String::from_utf8_lossy(&tree.stderr);
    assert!(tree.status.success(), "{complaint}");
    let tree = String::from_utf8_lossy(&tree.stdout);
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    let names: BTreeSet<_> = names.map(str::to_owned).collect();
    assert!(names.contains("actix"), "{names:?}");
    names
}

#[test]
fn crates_that_only_nats_needs_are_built_only_if_they_are_asked_for() {
    let with_nats = crates(&["--features", "nats"]);
    let added: Vec<_> = with_nats.difference(&crates(&[])).cloned().collect();
    let of_nats = "async-nats pin-project pin-project-internal serde_repr tokio-stream";
    assert_eq!(added.join(" "), of_nats);
}

#[test]
fn the_scanner_reads_single_names_groups_and_chains_of_super() {
    let source = |modules: &[&str], code: &str| Source {
        path: PathBuf::new(),
        modules: modules.iter().map(|name| (*name).to_owned()).collect(),
        code: without_comments(code),
    };
    let of = |modules: &[&str], code: &str| -> Vec<String> {
        imports(&source(modules, code)).into_iter().collect()
    };
    let file = ["http", "lots"];
    assert_eq!(
        of(&file, "use crate::store::lots; // crate::actors"),
        ["store"]
    );
    let group =
        "use crate::{\n  domain::{lot::SimulatedLot, site},\n  http::get,\n  store::Pool,\n};";
    assert_eq!(of(&file, group), ["domain", "store"]);
    assert_eq!(
        of(&file, "fn f() { crate::telemetry::now() }"),
        ["telemetry"]
    );
    assert!(of(&file, "use super::get;").is_empty());
    assert_eq!(of(&file, "use super::super::store;").len(), 1);
    assert!(of(&file, "mod tests {\nuse super::super::get;\n}").is_empty());
}
