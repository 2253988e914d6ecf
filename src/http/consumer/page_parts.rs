//! The parts of the page behind a label, as markup. Pure.

use super::page_words::Words;
use crate::{
    domain::consumer::rating::{Aspect, Context},
    http::shell::escaped,
    store::stories::Story,
};
use jiff::tz::TimeZone;
use std::fmt::Write as _;

/// Markup, in which every text is escaped.
pub type Part = String;

const UNKNOWN: &str = "–";

pub fn notice(title: &str, why: &str) -> Part {
    format!("<h1>{title}</h1>\n<p class=\"why\">{why}</p>\n")
}

pub fn back(words: &Words, code: &str) -> Part {
    format!(
        "<p><a href=\"/c/{}\">{}</a></p>\n",
        in_address(code),
        words.back
    )
}

/// A code as a part of an address.
pub fn in_address(code: &str) -> String {
    form_urlencoded::byte_serialize(code.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

pub fn rated_already(words: &Words, from: &str) -> Part {
    format!(
        "<p class=\"said\">{} {} {from}.</p>\n",
        words.rated_already, words.again_from
    )
}

pub fn thanks(words: &Words, code: &str, receipt: Option<&str>) -> Part {
    let mut part = notice(words.thanks, words.thanks_why);
    if let Some(receipt) = receipt {
        // Writing to a String cannot fail.
        let _ = write!(
            part,
            "<form method=\"post\" action=\"/c/{}/effacer\">\n<p>{} <code>{receipt}</code></p>\n\
             <input type=\"hidden\" name=\"recu\" value=\"{receipt}\">\n<button class=\"quiet\">{}</button>\n</form>\n",
            in_address(code),
            words.receipt,
            words.erase,
            receipt = escaped(receipt),
        );
    }
    part
}

/// The whole page of a product that is on the market.
pub fn product(words: &Words, story: &Story, zone: &TimeZone) -> Part {
    let mut part = head(words, story);
    part.push_str(&facts(words, story, zone));
    part.push_str(&mean(words, story));
    match story.note_jusqua {
        Some(until) => part.push_str(&rated_already(words, &words.day_of(until, zone))),
        None => part.push_str(&form(words, &story.qr_code)),
    }
    part
}

fn head(words: &Words, story: &Story) -> Part {
    let quality = match (story.grade, story.share_a_b()) {
        (Some(grade), _) => words.grade(grade).to_owned(),
        (None, _) => words.by_sample.to_owned(),
    };
    let simulated = if story.simule {
        format!(" <span class=\"simulated\">{}</span>", words.simulated)
    } else {
        String::new()
    };
    format!(
        "<header>\n<p class=\"region\">{}{simulated}</p>\n<h1>{}</h1>\n<p class=\"grade\">{quality}</p>\n</header>\n",
        story.site.region(),
        words.product
    )
}

fn facts(words: &Words, story: &Story, zone: &TimeZone) -> Part {
    let or_unknown = |text: Option<String>| text.unwrap_or_else(|| UNKNOWN.to_owned());
    let days = story.premier_releve.zip(story.dernier_releve);
    let meals = days.map(|(first, last)| {
        let (first, last) = (words.day_of(first, zone), words.day_of(last, zone));
        let days = match first == last {
            true => format!("{} {first}", words.on),
            false => format!("{} {first} {} {last}", words.from, words.to),
        };
        format!("{} {}, {days}", story.repas, words.meals)
    });
    let control = story.share_a_b().map(|share| {
        format!(
            "{} {} {:.0} % {}",
            story.foies,
            words.livers,
            100.0 * share,
            words.graded
        )
    });
    let rows = [
        (words.site, Some(story.site.nom().to_owned())),
        ("Gavage", meals),
        (
            words.ducks,
            story.nb_canards_initial.map(|ducks| ducks.to_string()),
        ),
        (
            words.temperature,
            story
                .temperature_c
                .map(|degrees| format!("{} °C", words.number(degrees))),
        ),
        (words.control, control),
        (words.made_on, Some(words.day(story.produit_le))),
        (
            words.best_before,
            story.date_limite.map(|day| words.day(day)),
        ),
        (words.lot, Some(escaped(&story.code_lot))),
        // It is longer than its line.
        (
            words.number,
            Some(escaped(&story.product_id).replace('_', "_<wbr>")),
        ),
    ];
    let mut part = format!("<section>\n<h2>{}</h2>\n<dl>\n", words.facts);
    for (name, value) in rows {
        let _ = writeln!(part, "<dt>{name}</dt><dd>{}</dd>", or_unknown(value));
    }
    let _ = write!(
        part,
        "</dl>\n<p class=\"note\">{}</p>\n</section>\n",
        words.stored
    );
    part
}

fn mean(words: &Words, story: &Story) -> Part {
    let ratings = match story.avis {
        1 => words.rating,
        _ => words.ratings,
    };
    let said = match story.mean() {
        Some(mean) => format!(
            "<strong>{} / 5</strong> · {} {}",
            words.number(mean),
            story.avis,
            ratings
        ),
        None => format!("{} {ratings}. {}", story.avis, words.no_mean),
    };
    format!("<p class=\"mean\">{said}</p>\n")
}

fn form(words: &Words, code: &str) -> Part {
    let mut part = format!(
        "<form method=\"post\" action=\"/c/{}/avis\">\n<fieldset class=\"stars\">\n<legend>{}</legend>\n",
        in_address(code),
        words.rate
    );
    for (star, name) in (1..).zip(words.stars) {
        let _ = writeln!(
            part,
            "<label title=\"{name}\"><input type=\"radio\" name=\"note\" value=\"{star}\" required aria-label=\"{name}\"><span aria-hidden=\"true\">★</span></label>"
        );
    }
    let _ = write!(
        part,
        "</fieldset>\n<details>\n<summary>{}</summary>\n",
        words.more
    );
    for (aspect, name) in Aspect::ALL.into_iter().zip(words.aspects) {
        let choices = (1..=5).map(|star| (star.to_string(), star.to_string()));
        part.push_str(&choice(name, aspect.as_str(), choices));
    }
    let contexts = Context::ALL.into_iter().zip(words.contexts);
    let contexts = contexts.map(|(context, name)| (context.to_string(), name.to_owned()));
    part.push_str(&choice(words.context, "context", contexts));
    let answers = [("oui", words.yes), ("non", words.no)];
    let answers = answers.map(|(word, name)| (word.to_owned(), name.to_owned()));
    part.push_str(&choice(words.recommend, "recommend", answers));
    let _ = write!(
        part,
        "<label>{}<textarea name=\"comment\" rows=\"3\" maxlength=\"1000\"></textarea><small>{}</small></label>\n</details>\n\
         <button>{}</button>\n<p class=\"note\">{}</p>\n</form>\n",
        words.comment, words.comment_use, words.send, words.privacy
    );
    part
}

fn choice(label: &str, name: &str, choices: impl IntoIterator<Item = (String, String)>) -> Part {
    let mut part =
        format!("<label>{label}<select name=\"{name}\"><option value=\"\">{UNKNOWN}</option>");
    for (value, text) in choices {
        let _ = write!(part, "<option value=\"{value}\">{text}</option>");
    }
    part.push_str("</select></label>\n");
    part
}
