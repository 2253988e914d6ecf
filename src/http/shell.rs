//! Assembles a page from the head and header that all pages share and its own content. Pure.

use crate::domain::access::{HeaderLink, Role};
use bytes::Bytes;

const HEAD: &str = "<!-- head of the page -->\n";
const BODY: &str = "<!-- body of the page -->\n";
const OPEN: &str = "<!-- note of an open server -->\n";
const ACCOUNT: &str = "<!-- who is logged in -->\n";
const PROVIDER: &str = "<!-- login at the identity provider -->\n";
const ALERTS: &str = "<!-- dialog and row of alerts -->\n";
const ADVICE: &str = "<!-- card of advice -->\n";
const MAP: &str = "<!-- map of a foie -->\n";
/// In a page's file, the part above this line belongs in the head.
const BEGIN_OF_BODY: &str = "<body>\n";

/// The contents of the files.
pub struct Pieces<'a> {
    pub shell: &'a str,
    pub page: &'a str,
    /// The fragment for pages that list alerts.
    pub alerts: &'a str,
    /// The fragment for pages that list advice.
    pub advice: &'a str,
    /// The fragment for pages that draw what the sensors saw.
    pub map: &'a str,
    /// The fragment for a server that is open to all.
    pub open: &'a str,
    /// The fragment for a caller who is known.
    pub account: &'a str,
    /// The fragment for a server with an identity provider.
    pub provider: &'a str,
}

/// Values that differ by server or by path.
pub struct PageContext<'a> {
    /// The page of the header that this one is, or is below; a login has no place there.
    pub place: Option<HeaderLink>,
    /// The path that was asked for.
    pub path: &'a str,
    /// Whoever reads the page; the number is a farmer's own.
    pub role: Role,
    pub own: Option<i32>,
    /// IANA name of the time zone of local times.
    pub zone: &'a str,
    /// Everybody who reaches the server may use it.
    pub is_open: bool,
    /// People can log in at an identity provider.
    pub has_provider: bool,
    /// The server has a control panel.
    pub has_panel: bool,
    /// The name of the caller, if he is known.
    pub name: Option<&'a str>,
}

/// Returns the whole page.
pub fn compose(pieces: &Pieces<'_>, context: &PageContext<'_>) -> String {
    let (head, body) = pieces
        .page
        .split_once(BEGIN_OF_BODY)
        .unwrap_or((pieces.page, ""));
    let open = if context.is_open { pieces.open } else { "" };
    let provider = if context.has_provider {
        pieces.provider
    } else {
        ""
    };
    let account = context.name.map(|name| {
        let name = escaped(name);
        pieces.account.replace("{name}", &name)
    });
    with_links(pieces.shell, context)
        .replace("{zone}", &escaped(context.zone))
        .replace(OPEN, open)
        .replace(ACCOUNT, &account.unwrap_or_default())
        .replace(HEAD, head)
        .replace(BODY, body)
        .replace(PROVIDER, provider)
        .replace(ALERTS, pieces.alerts)
        .replace(ADVICE, pieces.advice)
        .replace(MAP, pieces.map)
}

/// Leaves in the header the links of the reader's role, one a line, and marks where he is.
fn with_links(shell: &str, context: &PageContext<'_>) -> String {
    // What has no link of its own is reached from the page of his daily work.
    let of_reader = |it: HeaderLink| {
        if it.is_shown_to(context.role) {
            it
        } else {
            HeaderLink::home(context.role)
        }
    };
    let place = context.place.map(of_reader);
    let lines = shell.split_inclusive('\n').filter_map(|line| {
        let link_of = |it: &HeaderLink| line.contains(&format!("<a href=\"{it}\""));
        let Some(leads_to) = HeaderLink::ALL.into_iter().find(link_of) else {
            return Some(line.to_owned());
        };
        let path = leads_to.path(context.own);
        let is_itself = context.path.trim_end_matches('/') == path.trim_end_matches('/');
        let mark = match (Some(leads_to) == place, is_itself) {
            (false, _) => "",
            (true, true) => " aria-current=\"page\"",
            (true, false) => " aria-current=\"true\"",
        };
        let link = format!("href=\"{path}\"{mark}");
        let line = line.replace(&format!("href=\"{leads_to}\""), &link);
        let is_there = leads_to != HeaderLink::Panel || context.has_panel;
        (is_there && leads_to.is_shown_to(context.role)).then_some(line)
    });
    lines.collect()
}

/// The page with the first frames of its stream as data, which no browser runs. A text in them cannot end the element: `<` is escaped.
pub fn with_first_frames(page: &str, frames: &[Bytes]) -> String {
    if frames.is_empty() {
        return page.to_owned();
    }
    let frames: Vec<_> = frames
        .iter()
        .map(|frame| String::from_utf8_lossy(frame))
        .collect();
    let frames = frames.join(",").replace('<', "\\u003c");
    let element = format!(
        "<script type=\"application/json\" data-part=\"first-frames\">[{frames}]</script>\n</body>"
    );
    page.replacen("</body>", &element, 1)
}

/// Escapes a text for an attribute or between tags.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIECES: Pieces<'_> = Pieces {
        shell: "<meta content=\"{zone}\">\n<!-- head of the page -->\n<a href=\"/gaveur/{own}\">\n<a href=\"/\">\n<a href=\"/sqal\">\n\
                <!-- note of an open server -->\n<!-- who is logged in -->\n<!-- body of the page -->\n",
        page: "<title>T</title>\n<body>\n<main>\n<!-- dialog and row of alerts -->\n<!-- card of advice -->\n<!-- map of a foie -->\n",
        alerts: "<dialog>\n",
        advice: "<li>\n",
        map: "<canvas>\n",
        open: "<p>open</p>\n",
        account: "<p>{name}</p>\n",
        provider: "<a>provider</a>\n",
    };

    const SQAL: PageContext<'_> = PageContext {
        place: Some(HeaderLink::Quality),
        path: "/sqal",
        role: Role::Superviseur,
        own: None,
        zone: "Asia/Tokyo",
        is_open: false,
        has_provider: false,
        has_panel: false,
        name: None,
    };

    #[test]
    fn a_server_that_is_open_to_all_says_so_above_the_page() {
        let is_open = true;
        let page = compose(&PIECES, &PageContext { is_open, ..SQAL });
        assert!(page.contains("<p>open</p>\n<main>"), "{page}");
        assert!(!compose(&PIECES, &SQAL).contains("open"));
    }

    #[test]
    fn who_is_logged_in_stands_above_the_page_whatever_his_name_is() {
        let name = Some("<b>{zone}</b> & <!-- body of the page -->");
        let page = compose(&PIECES, &PageContext { name, ..SQAL });
        let name = "<p>&lt;b>{zone}&lt;/b> &amp; &lt;!-- body of the page --></p>\n<main>";
        assert!(page.contains(name), "{page}");
    }

    #[test]
    fn head_body_and_the_parts_that_pages_share_stand_where_they_belong_and_the_page_is_marked_in_the_header()
     {
        assert_eq!(
            compose(&PIECES, &SQAL),
            "<meta content=\"Asia/Tokyo\">\n<title>T</title>\n<a href=\"/\">\n<a href=\"/sqal\" aria-current=\"page\">\n<main>\n<dialog>\n<li>\n<canvas>\n"
        );
    }

    #[test]
    fn a_page_below_one_of_the_header_marks_that_and_one_without_a_link_the_wall() {
        let path = "/sqal/ESP32_LL_01";
        let page = compose(&PIECES, &PageContext { path, ..SQAL });
        assert!(page.contains("<a href=\"/sqal\" aria-current=\"true\">"));
        let (place, path) = (Some(HeaderLink::Own), "/gaveur/7");
        let context = PageContext {
            place,
            path,
            ..SQAL
        };
        let page = compose(&PIECES, &context);
        assert!(page.contains("<a href=\"/\" aria-current=\"true\">"));
        assert!(!page.contains("/gaveur"));
    }

    #[test]
    fn a_login_has_no_place_in_the_header() {
        let (place, path) = (None, "/auth/login");
        let context = PageContext {
            place,
            path,
            ..SQAL
        };
        assert!(!compose(&PIECES, &context).contains("aria-current"));
    }

    #[test]
    fn a_farmer_is_led_to_his_own_page_alone() {
        let context = PageContext {
            place: Some(HeaderLink::Own),
            path: "/gaveur/7/",
            role: Role::Gaveur,
            own: Some(7),
            ..SQAL
        };
        let page = compose(&PIECES, &context);
        assert!(page.contains("<a href=\"/gaveur/7\" aria-current=\"page\">"));
        assert_eq!(page.matches("<a ").count(), 1, "{page}");
    }

    #[test]
    fn the_first_frames_stand_at_the_end_and_no_text_in_them_ends_their_element() {
        let frames = [
            Bytes::from_static(b"{\"a\":\"</script><b>\"}"),
            Bytes::from_static(b"{}"),
        ];
        let page = with_first_frames("<main>\n</body>\n", &frames);
        assert_eq!(
            page,
            "<main>\n<script type=\"application/json\" data-part=\"first-frames\">[{\"a\":\"\\u003c/script>\\u003cb>\"},{}]</script>\n</body>\n"
        );
        assert_eq!(with_first_frames("</body>", &[]), "</body>");
    }

    #[test]
    fn the_name_of_a_zone_cannot_leave_its_attribute() {
        let zone = "a\"><script>&";
        let page = compose(&PIECES, &PageContext { zone, ..SQAL });
        assert!(page.starts_with("<meta content=\"a&quot;>&lt;script>&amp;\">\n"));
    }
}
