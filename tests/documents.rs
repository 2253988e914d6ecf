//! Checks the form of the documents and that what they mention exists.

use gaveurs::{
    domain::reasons::{DropReason, ErrorReason, RefusalReason},
    telemetry::sessions::SessionStats,
};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// Characters of a line that is still read without scrolling.
const LONGEST_LINE: usize = 160;
/// Lines of a glossary that is still read from the first to the last.
const LONGEST_GLOSSARY: usize = 40;

fn root() -> &'static Path {
    Path::new(ROOT)
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is read") {
            let path = entry.expect("the entry is read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn documents() -> Vec<PathBuf> {
    let top = fs::read_dir(root()).expect("the project is read");
    let top = top.map(|entry| entry.expect("the entry is read").path());
    let top = top.filter(|path| path.extension().is_some_and(|end| end == "md"));
    top.chain(files("docs", "md")).collect()
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).expect("the file is text")
}

fn decisions() -> Vec<PathBuf> {
    let all = files("docs/decisions", "md");
    let pages = all.into_iter().filter(|path| !path.ends_with("README.md"));
    pages.collect()
}

fn file_name(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .expect("a name")
}

#[test]
fn no_line_of_a_document_is_longer_than_a_reader_sees() {
    let mut long = Vec::new();
    for document in documents() {
        for (number, line) in text(&document).lines().enumerate() {
            if line.chars().count() >= LONGEST_LINE {
                long.push(format!("{}:{}", document.display(), number + 1));
            }
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn the_glossary_is_short_enough_to_be_read_whole() {
    let lines = text(&root().join("docs/GLOSSARY.md")).lines().count();
    assert!(lines <= LONGEST_GLOSSARY, "{lines} lines");
}

#[test]
fn every_decision_has_its_number_as_a_title_and_a_line_in_the_index() {
    let index = text(&root().join("docs/decisions/README.md"));
    for decision in decisions() {
        let name = file_name(&decision);
        let (number, _) = name.split_once('-').expect("a number and words");
        let content = text(&decision);
        let title = content.lines().next().unwrap_or_default();
        let words = title.strip_prefix(&format!("# {number}: "));
        let words = words.unwrap_or_else(|| panic!("{name} begins with {title:?}"));
        assert!(
            words.starts_with(|letter: char| !letter.is_whitespace()),
            "{name}"
        );
        let line = format!("* [{number}]({name}): ");
        assert_eq!(index.matches(&line).count(), 1, "{line} in the index");
    }
    assert_eq!(
        index.matches("\n* [").count(),
        decisions().len(),
        "the index names what is not there"
    );
}

#[test]
fn every_decision_that_is_referred_to_exists() {
    let known: BTreeSet<_> = decisions()
        .iter()
        .map(|path| file_name(path)[..4].to_owned())
        .collect();
    let mut missing = Vec::new();
    let sources = ["src", "tests", "benches"]
        .into_iter()
        .filter(|folder| root().join(folder).exists());
    let sources = sources.flat_map(|folder| files(folder, "rs"));
    for path in documents().into_iter().chain(sources) {
        let content = text(&path);
        let behind = ["decision ", "decisions ", "decisions/"]
            .into_iter()
            .flat_map(|word| content.split(word).skip(1));
        let numbers = behind.filter_map(|rest| rest.get(..4));
        let numbers = numbers.filter(|number| number.chars().all(|digit| digit.is_ascii_digit()));
        let lost = numbers.filter(|number| !known.contains(*number));
        missing.extend(lost.map(|number| format!("{number} in {}", path.display())));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn what_a_document_links_to_is_there() {
    let mut broken = Vec::new();
    for document in documents() {
        let content = text(&document);
        let targets = content
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://") && !target.starts_with('#')) {
            let file = target.split('#').next().unwrap_or_default();
            let folder = document.parent().expect("a folder");
            if !folder.join(file).exists() {
                broken.push(format!("{target} in {}", document.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn files_that_contributing_and_the_readme_send_to_exist() {
    let mut missing = Vec::new();
    for document in ["README.md", "CONTRIBUTING.md", "docs/ARCHITECTURE.md"] {
        let content = text(&root().join(document));
        let named = content.split('`').skip(1).step_by(2);
        let folders = [
            "src/",
            "tests/",
            "docs/",
            "examples/",
            "static/",
            "sql/",
            ".ci/",
        ];
        let paths = named.filter(|word| folders.iter().any(|folder| word.starts_with(folder)));
        for path in paths.filter(|path| !path.contains(['<', '*', ' ', '{', '…'])) {
            if !root().join(path).exists() {
                missing.push(format!("{path} in {document}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn the_metrics_page_explains_each_reason_once_and_no_other() {
    let page = text(&root().join("docs/metrics.md"));
    let explained = |table: &str| -> Vec<String> {
        let rows = page.split(&format!("| {table} | ")).nth(1);
        let rows = rows.expect("the table").lines().skip(2);
        let rows = rows.map_while(|row| row.strip_prefix("| `"));
        rows.filter_map(|row| Some(row.split_once('`')?.0.to_owned()))
            .collect()
    };
    assert_eq!(explained("drop"), DropReason::ALL.map(DropReason::as_str));
    assert_eq!(
        explained("error"),
        ErrorReason::ALL.map(ErrorReason::as_str)
    );
    assert_eq!(
        explained("refusal"),
        RefusalReason::ALL.map(RefusalReason::as_str)
    );
    let stats = SessionStats::default();
    let gauges = stats.open().gauges().map(|figure| figure.name.to_owned());
    let totals = stats.open().totals();
    let totals = totals.map(|figure| format!("{}_total", figure.name));
    let figures: Vec<_> = gauges.into_iter().chain(totals).collect();
    assert_eq!(explained("session"), figures);
}
