//! A QR code as an image: one path, so that a sheet of hundreds stays small.

use qrcode::{Color, EcLevel, QrCode, types::QrError};
use std::fmt::Write as _;

/// Modules of white around the code that readers need.
pub const QUIET_ZONE: i32 = 4;

/// The SVG of a text, with so many modules of white around it. Level M: a label may get dirty.
///
/// # Errors
/// The text is too long for any code.
pub fn svg(text: &str, margin: i32) -> Result<String, QrError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
    let width = code.width();
    let colors = code.to_colors();
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|one, next| one == next) {
            if run[0] == Color::Dark {
                // Writing to a String cannot fail.
                let _ = write!(path, "M{x} {y}h{}v1h-{}z", run.len(), run.len());
            }
            x += run.len();
        }
    }
    let whole = width as i32 + 2 * margin;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-{margin} -{margin} {whole} {whole}\" role=\"img\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M-{margin} -{margin}h{whole}v{whole}h-{whole}z\"/>\
         <path d=\"{path}\"/></svg>"
    ))
}

/// What a label tells a telephone: scheme and host in capitals, as the code is, so that the denser alphanumeric mode holds it.
pub fn payload(public_url: &str, code: &str) -> String {
    let base = public_url.trim_end_matches('/');
    let authority = base.find("://").map_or(0, |at| at + 3);
    let end = base[authority..]
        .find('/')
        .map_or(base.len(), |at| authority + at);
    format!("{}{}/C/{code}", base[..end].to_uppercase(), &base[end..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use qrcode::Version;

    const CODE: &str = "7ZZZZZABCDEFGHJKMNPQRSTVWX";

    #[test]
    fn the_address_of_a_product_fits_into_a_code_of_29_modules() {
        let address = payload("https://gavage.euralis.fr/", CODE);
        assert_eq!(address, format!("HTTPS://GAVAGE.EURALIS.FR/C/{CODE}"));
        assert_eq!(address.len(), 54);
        let code = QrCode::with_error_correction_level(&address, EcLevel::M).unwrap();
        assert_eq!(code.version(), Version::Normal(3));
        let below = payload("http://a.example/gavage", CODE);
        assert_eq!(below, format!("HTTP://A.EXAMPLE/gavage/C/{CODE}"));
    }

    /// The modules as a reader of the image would see them.
    fn drawn(svg: &str, width: usize) -> Vec<bool> {
        let path = svg.split("<path d=\"").nth(1).unwrap();
        let path = path.split('"').next().unwrap();
        let mut modules = vec![false; width * width];
        for run in path.split('M').skip(1) {
            let numbers: Vec<usize> = run
                .split(|c: char| !c.is_ascii_digit())
                .filter_map(|n| n.parse().ok())
                .collect();
            let [x, y, length] = numbers[..3] else {
                panic!("{run}")
            };
            modules[y * width + x..y * width + x + length].fill(true);
        }
        modules
    }

    #[test]
    fn the_image_shows_each_module_of_the_code_and_the_margin_that_is_asked_for() {
        let text = payload("http://192.0.2.7:8000", CODE);
        let code = QrCode::with_error_correction_level(&text, EcLevel::M).unwrap();
        let expected: Vec<_> = code
            .to_colors()
            .iter()
            .map(|color| *color == Color::Dark)
            .collect();
        let image = svg(&text, 2).unwrap();
        assert_eq!(drawn(&image, code.width()), expected);
        let whole = code.width() + 4;
        assert!(image.contains(&format!("viewBox=\"-2 -2 {whole} {whole}\"")));
        assert!(svg(&text, 0).unwrap().contains("viewBox=\"-0 -0 "));
        assert!(svg(&"A".repeat(5_000), 4).is_err());
    }
}
