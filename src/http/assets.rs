//! The files of the screens, embedded in the binary (a development build reads them from the folder), and what is made of them at the
//! start: one script and one style sheet for each page, under an address that changes with their content.

use super::bundle;
use rust_embed::{EmbeddedFile, RustEmbed};
use std::{
    borrow::Cow,
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::LazyLock,
};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

/// A file as it is in the folder.
pub fn file(path: &str) -> Option<EmbeddedFile> {
    Static::get(path)
}

pub fn text(path: &str) -> Option<String> {
    file(path).map(|file| String::from_utf8_lossy(&file.data).into_owned())
}

/// Where all files of this version are: `v-` and a fingerprint of every one of them. A file that is asked for under it never changes.
pub fn version() -> String {
    static OF_THE_BINARY: LazyLock<String> = LazyLock::new(fingerprint_of_all);
    if cfg!(debug_assertions) {
        return fingerprint_of_all();
    }
    OF_THE_BINARY.clone()
}

fn fingerprint_of_all() -> String {
    let mut hasher = DefaultHasher::new();
    let mut names: Vec<_> = Static::iter().collect();
    names.sort();
    for name in names {
        name.hash(&mut hasher);
        file(&name).map(|file| file.data).hash(&mut hasher);
    }
    format!("v-{:016x}", hasher.finish())
}

/// A file that is made of others: `pages/wall.js` is the page's module with all that it imports, `pages/wall.css` the style sheets of the
/// shell and of the page. `None` if there is no such page.
pub fn made(path: &str) -> Option<Cow<'static, [u8]>> {
    static OF_THE_BINARY: LazyLock<HashMap<String, Vec<u8>>> = LazyLock::new(make_all);
    if cfg!(debug_assertions) {
        return make(path).map(Cow::Owned);
    }
    OF_THE_BINARY.get(path).map(|made| Cow::Borrowed(&made[..]))
}

fn make_all() -> HashMap<String, Vec<u8>> {
    let names = Static::iter().filter(|name| name.starts_with("pages/"));
    let stems = names.filter_map(|name| name.strip_suffix(".html").map(str::to_owned));
    let paths = stems.flat_map(|stem| [format!("{stem}.js"), format!("{stem}.css")]);
    paths
        .filter_map(|path| make(&path).map(|made| (path, made)))
        .collect()
}

fn make(path: &str) -> Option<Vec<u8>> {
    let (name, kind) = path.strip_prefix("pages/")?.rsplit_once('.')?;
    let page = text(&format!("pages/{name}.html"))?;
    match kind {
        "js" => Some(script(&page).into_bytes()),
        "css" => Some(styles(&(text("shell.html")? + &page)).into_bytes()),
        _ => None,
    }
}

fn script(page: &str) -> String {
    let entries = bundle::linked(page, bundle::SCRIPT);
    let joined = entries.map(|entry| bundle::join(entry, &text));
    let joined: Result<Vec<_>, _> = joined.collect();
    joined.map_or_else(
        |problem| {
            log::error!("a page cannot be shown: {problem}");
            format!("throw new Error({:?});\n", problem.to_string())
        },
        |scripts| scripts.concat(),
    )
}

fn styles(pages: &str) -> String {
    let sheets = bundle::linked(pages, bundle::STYLES);
    sheets.filter_map(text).collect()
}

/// The page with one script and one style sheet, and every file under the address of this version.
pub fn light(page: &str, name: &str) -> String {
    let folder = format!("\"/static/{}/", version());
    let mut out = String::with_capacity(page.len());
    let mut has_styles = false;
    for line in page.lines() {
        let is_of = |tag: &str| line.starts_with(tag);
        let replacing = if is_of(bundle::STYLES) {
            (!std::mem::replace(&mut has_styles, true))
                .then(|| format!("<link rel=\"stylesheet\" href={folder}pages/{name}.css\">"))
        } else if is_of(bundle::SCRIPT) {
            Some(format!(
                "<script type=\"module\" src={folder}pages/{name}.js\"></script>"
            ))
        } else {
            Some(line.replace("\"/static/", &folder))
        };
        if let Some(line) = replacing {
            out.push_str(&line);
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_modules_of_every_page_can_be_joined() {
        let pages: Vec<_> = Static::iter()
            .filter(|name| name.starts_with("pages/"))
            .collect();
        assert!(pages.len() >= 5, "{pages:?}");
        for page in pages {
            let page = text(&page).unwrap();
            let entries: Vec<_> = bundle::linked(&page, bundle::SCRIPT).collect();
            assert_eq!(entries.len(), 1, "{page}");
            bundle::join(entries[0], &text).unwrap();
        }
    }

    #[test]
    fn a_page_has_one_script_and_one_style_sheet_of_its_version() {
        let page = "<script src=\"/static/js/early.js\"></script>\n<link rel=\"stylesheet\" href=\"/static/css/a.css\">\n\
                    <link rel=\"stylesheet\" href=\"/static/css/b.css\">\n<script type=\"module\" src=\"/static/js/wall.js\"></script>\n";
        let version = version();
        assert_eq!(
            light(page, "wall"),
            format!(
                "<script src=\"/static/{version}/js/early.js\"></script>\n\
                 <link rel=\"stylesheet\" href=\"/static/{version}/pages/wall.css\">\n\
                 <script type=\"module\" src=\"/static/{version}/pages/wall.js\"></script>\n"
            )
        );
        let styles = String::from_utf8(made("pages/wall.css").unwrap().into_owned()).unwrap();
        assert!(styles.contains("--header-height") && styles.contains(".app-header"));
        let script = String::from_utf8(made("pages/wall.js").unwrap().into_owned()).unwrap();
        assert!(script.contains("// js/wall.js\n") && !script.contains("\nimport "));
        assert!(made("pages/nothing.js").is_none());
    }
}
