//! Assembles a page from the head and header that all pages share and its own content. Pure.

use bytes::Bytes;

const HEAD: &str = "<!-- head of the page -->\n";
const BODY: &str = "<!-- body of the page -->\n";
const OPEN: &str = "<!-- note of an open server -->\n";
const PROVIDER: &str = "<!-- login at the identity provider -->\n";
const ALERTS: &str = "<!-- dialog and row of alerts -->\n";
/// In a page's file, the part above this line belongs in the head.
const BEGIN_OF_BODY: &str = "<body>\n";

/// The contents of the files.
pub struct Pieces<'a> {
    pub shell: &'a str,
    pub page: &'a str,
    /// The fragment for pages that list alerts.
    pub alerts: &'a str,
    /// The fragment for a server that is open to all.
    pub open: &'a str,
    /// The fragment for a server with an identity provider.
    pub provider: &'a str,
}

/// Values that differ by server or by path.
pub struct PageContext<'a> {
    /// The path to which the header's link to this page leads.
    pub path: &'a str,
    /// IANA name of the time zone of local times.
    pub zone: &'a str,
    /// Everybody who reaches the server may use it.
    pub is_open: bool,
    /// People can log in at an identity provider.
    pub has_provider: bool,
}

/// Returns the whole page.
pub fn compose(pieces: &Pieces<'_>, context: &PageContext<'_>) -> String {
    let (head, body) = pieces
        .page
        .split_once(BEGIN_OF_BODY)
        .unwrap_or((pieces.page, ""));
    let link = format!("href=\"{}\"", context.path);
    let open = if context.is_open { pieces.open } else { "" };
    let provider = if context.has_provider {
        pieces.provider
    } else {
        ""
    };
    pieces
        .shell
        .replace(OPEN, open)
        .replace("{zone}", &escaped(context.zone))
        .replace(&link, &format!("{link} aria-current=\"page\""))
        .replace(HEAD, head)
        .replace(BODY, body)
        .replace(PROVIDER, provider)
        .replace(ALERTS, pieces.alerts)
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

/// Escapes a text for an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIECES: Pieces<'_> = Pieces {
        shell: "<meta content=\"{zone}\">\n<!-- head of the page -->\n<a href=\"/\"><a href=\"/sqal\">\n<!-- note of an open server -->\n\
                <!-- body of the page -->\n",
        page: "<title>T</title>\n<body>\n<main>\n<!-- dialog and row of alerts -->\n",
        alerts: "<dialog>\n",
        open: "<p>open</p>\n",
        provider: "<a>provider</a>\n",
    };

    fn composed(path: &str, zone: &str) -> String {
        let is_open = false;
        let context = PageContext {
            path,
            zone,
            is_open,
            has_provider: false,
        };
        compose(&PIECES, &context)
    }

    #[test]
    fn a_server_that_is_open_to_all_says_so_above_the_page() {
        let context = PageContext {
            path: "/",
            zone: "UTC",
            is_open: true,
            has_provider: false,
        };
        let page = compose(&PIECES, &context);
        assert!(page.contains("<p>open</p>\n<main>"), "{page}");
        assert!(!composed("/", "UTC").contains("open"));
    }

    #[test]
    fn head_body_and_the_parts_of_alerts_stand_where_they_belong_and_the_page_is_marked_in_the_header()
     {
        assert_eq!(
            composed("/sqal", "Asia/Tokyo"),
            "<meta content=\"Asia/Tokyo\">\n<title>T</title>\n<a href=\"/\"><a href=\"/sqal\" aria-current=\"page\">\n<main>\n<dialog>\n"
        );
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
    fn a_page_that_no_link_leads_to_marks_none() {
        assert!(!composed("/gaveur", "UTC").contains("aria-current"));
    }

    #[test]
    fn the_name_of_a_zone_cannot_leave_its_attribute() {
        let page = composed("/", "a\"><script>&");
        assert!(page.starts_with("<meta content=\"a&quot;>&lt;script>&amp;\">\n"));
    }
}
