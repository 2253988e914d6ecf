//! Joins the modules of a page into one script, and its style sheets into one, so that a page is there after two round trips. Pure.
//!
//! Only what our modules use is understood: `import` and `export` at the beginning of a line, in the forms below. Anything else is an error
//! that names the module, found by a test that joins every page.

use std::{collections::HashMap, fmt::Write};

/// How the line of a page begins that names a style sheet, or its module.
pub const STYLES: &str = "<link rel=\"stylesheet\" href=\"/static/";
pub const SCRIPT: &str = "<script type=\"module\" src=\"/static/";

/// The files below `static/` that a page names in such lines.
pub fn linked<'a>(page: &'a str, tag: &'static str) -> impl Iterator<Item = &'a str> {
    page.lines()
        .filter_map(move |line| line.strip_prefix(tag)?.split('"').next())
}

/// Why a page's modules cannot be joined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unjoined {
    #[error("{0} is imported, and is not there")]
    Missing(String),
    #[error("{0} imports itself, through others")]
    Cycle(String),
    #[error("{module}: this form is not joined: {line}")]
    Form { module: String, line: String },
}

/// The module at `entry` with everything that it imports, each once and before those that import it. `source` reads a file below
/// `static/`.
///
/// # Errors
/// A module is missing, or cannot be joined.
pub fn join(entry: &str, source: &dyn Fn(&str) -> Option<String>) -> Result<String, Unjoined> {
    let mut joining = Joining {
        source,
        numbers: HashMap::new(),
        script: String::new(),
    };
    joining.add(entry)?;
    Ok(joining.script)
}

struct Joining<'a> {
    source: &'a dyn Fn(&str) -> Option<String>,
    /// The number of each module; `None` while its imports are being added.
    numbers: HashMap<String, Option<usize>>,
    script: String,
}

impl Joining<'_> {
    /// Adds a module after its imports, and returns its number.
    fn add(&mut self, path: &str) -> Result<usize, Unjoined> {
        match self.numbers.get(path) {
            Some(Some(number)) => return Ok(*number),
            Some(None) => return Err(Unjoined::Cycle(path.to_owned())),
            None => {}
        }
        self.numbers.insert(path.to_owned(), None);
        let text = (self.source)(path).ok_or_else(|| Unjoined::Missing(path.to_owned()))?;
        let (mut body, mut exports) = (String::new(), Vec::new());
        for statement in statements(&text) {
            let unknown = || Unjoined::Form {
                module: path.to_owned(),
                line: statement.lines().next().unwrap_or_default().to_owned(),
            };
            if let Some(imported) = statement.strip_prefix("import ") {
                let (names, from) = import(imported).ok_or_else(unknown)?;
                let number = self.add(&resolved(path, from))?;
                if !names.is_empty() {
                    let _ = writeln!(body, "const {names} = $m{number};");
                }
            } else if let Some(exported) = statement.strip_prefix("export ") {
                let (rest, names) = export(exported).ok_or_else(unknown)?;
                body.push_str(rest);
                exports.extend(names);
            } else {
                body.push_str(statement);
            }
        }
        if !body.ends_with('\n') {
            body.push('\n');
        }
        let number = self.numbers.values().flatten().count();
        self.numbers.insert(path.to_owned(), Some(number));
        let exports = exports.join(", ");
        let _ = write!(
            self.script,
            "// {path}\nconst $m{number} = (() => {{\n{body}return {{ {exports} }};\n}})();\n"
        );
        Ok(number)
    }
}

/// The text in parts: each import with all its lines, and every other line. Lines of comments are left out, except those of a licence.
fn statements(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let begin = rest.trim_start_matches([' ', '\t']);
        let (part, after) = if begin.starts_with("/*") {
            upto(rest, "*/")
        } else if rest.starts_with("import ") {
            upto(rest, ";\n")
        } else {
            upto(rest, "\n")
        };
        let is_comment = begin.starts_with("/*") || begin.starts_with("//");
        if !is_comment || part.contains("Copyright") {
            parts.push(part);
        }
        rest = after;
    }
    parts
}

/// The text up to the end of the first such mark, and what follows.
fn upto<'a>(text: &'a str, mark: &str) -> (&'a str, &'a str) {
    let end = text.find(mark).map_or(text.len(), |at| at + mark.len());
    text.split_at(end)
}

/// `{ a, b as c } from "…";` or `* as all from "…";` or `name from "…";` or `"…";`, as the names to take out of the module's object, and its path.
fn import(text: &str) -> Option<(String, &str)> {
    let text = text.trim_end().strip_suffix("\";")?;
    let (names, from) = text.rsplit_once('"')?;
    let names = match names.trim().strip_suffix("from") {
        None => String::new(),
        Some(names) => taken(names.trim())?,
    };
    Some((names, from))
}

fn taken(names: &str) -> Option<String> {
    if let Some(all) = names.strip_prefix("* as ") {
        return is_name(all).then(|| all.to_owned());
    }
    match names.strip_prefix('{') {
        Some(list) => {
            let list = list.strip_suffix('}')?;
            Some(format!("{{{}}}", list.replace(" as ", ": ")))
        }
        None => is_name(names).then(|| format!("{{ default: {names} }}")),
    }
}

/// The statement without `export`, and the properties of the module's object that it adds.
fn export(text: &str) -> Option<(&str, Vec<String>)> {
    if let Some(list) = text.strip_prefix('{') {
        let list = list.trim_end().strip_suffix("};")?;
        let property = |item: &str| match item.trim().split_once(" as ") {
            Some((name, outside)) => format!("{outside}: {name}"),
            None => item.trim().to_owned(),
        };
        return Some(("", list.split(',').map(property).collect()));
    }
    let kinds = ["async function ", "function ", "class ", "const "];
    let named = kinds.iter().find_map(|kind| text.strip_prefix(kind))?;
    let end = named.find(|c: char| !is_part_of_name(c))?;
    let name = &named[..end];
    is_name(name).then(|| (text, vec![name.to_owned()]))
}

fn is_part_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$')
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_part_of_name)
}

/// The path below `static/` that a module at `importer` means by `./x.js` or `../x.js`.
fn resolved(importer: &str, from: &str) -> String {
    let mut folders: Vec<&str> = importer.split('/').collect();
    folders.pop();
    for part in from.split('/') {
        match part {
            "." => {}
            ".." => drop(folders.pop()),
            part => folders.push(part),
        }
    }
    folders.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(modules: &[(&str, &str)]) -> Result<String, Unjoined> {
        let source = |path: &str| {
            let found = modules.iter().find(|(name, _)| *name == path);
            found.map(|(_, text)| (*text).to_owned())
        };
        join("js/page.js", &source)
    }

    #[test]
    fn each_module_is_there_once_before_those_that_import_it_and_gives_what_it_exports() {
        let script = joined(&[
            (
                "js/page.js",
                "import { a } from \"./a.js\";\nimport Chart from \"../vendor/b.js\";\nimport * as all from \"./c.js\";\nuse(a, Chart);\n",
            ),
            (
                "js/a.js",
                "/*\nexport const no = 0;\n*/\nimport {\n  c as d,\n} from \"./c.js\";\n  // no\n\nexport const a = d + 1;\n",
            ),
            ("vendor/b.js", "function b() {}\nexport { b as default };\n"),
            (
                "js/c.js",
                "export function c() {}\nexport class E {}\nexport async function f() {}\n",
            ),
        ]);
        let expected = "// js/c.js\nconst $m0 = (() => {\nfunction c() {}\nclass E {}\nasync function f() {}\nreturn { c, E, f };\n})();\n\
            // js/a.js\nconst $m1 = (() => {\n\nconst {\n  c: d,\n} = $m0;\n\nconst a = d + 1;\nreturn { a };\n})();\n\
            // vendor/b.js\nconst $m2 = (() => {\nfunction b() {}\nreturn { default: b };\n})();\n\
            // js/page.js\nconst $m3 = (() => {\nconst { a } = $m1;\nconst { default: Chart } = $m2;\nconst all = $m0;\nuse(a, Chart);\nreturn {  };\n})();\n";
        assert_eq!(script.unwrap(), expected);
    }

    #[test]
    fn what_cannot_be_joined_is_named() {
        for line in [
            "export let a = 1;",
            "export default 1;",
            "export * from \"./a.js\";",
            "import a from './a.js';",
        ] {
            let refused = joined(&[("js/page.js", &format!("{line}\n")), ("js/a.js", "")]);
            let expected = Unjoined::Form {
                module: "js/page.js".to_owned(),
                line: line.to_owned(),
            };
            assert_eq!(refused, Err(expected));
        }
        let missing = joined(&[("js/page.js", "import \"./a.js\";\n")]);
        assert_eq!(missing, Err(Unjoined::Missing("js/a.js".to_owned())));
        let cycle = [
            ("js/page.js", "import { a } from \"./a.js\";\n"),
            ("js/a.js", "import { b } from \"./page.js\";\n"),
        ];
        assert_eq!(
            joined(&cycle),
            Err(Unjoined::Cycle("js/page.js".to_owned()))
        );
    }
}
