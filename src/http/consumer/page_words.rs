//! The words of the page behind a label, in French and English.

use crate::domain::{
    consumer::rating::{Aspect, Context},
    quality::Grade,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// The words of one language.
pub struct Words {
    pub lang: &'static str,
    pub product: &'static str,
    pub simulated: &'static str,
    pub site: &'static str,
    pub meals: &'static str,
    pub on: &'static str,
    pub from: &'static str,
    pub to: &'static str,
    pub ducks: &'static str,
    pub temperature: &'static str,
    pub control: &'static str,
    pub livers: &'static str,
    pub graded: &'static str,
    pub by_sample: &'static str,
    pub made_on: &'static str,
    pub best_before: &'static str,
    pub lot: &'static str,
    pub number: &'static str,
    pub facts: &'static str,
    pub stored: &'static str,
    /// One, and any other number.
    pub rating: &'static str,
    pub ratings: &'static str,
    pub no_mean: &'static str,
    pub rate: &'static str,
    pub stars: [&'static str; 5],
    pub more: &'static str,
    pub aspects: [&'static str; Aspect::ALL.len()],
    pub context: &'static str,
    pub contexts: [&'static str; Context::ALL.len()],
    pub recommend: &'static str,
    pub yes: &'static str,
    pub no: &'static str,
    pub comment: &'static str,
    pub comment_use: &'static str,
    pub send: &'static str,
    pub privacy: &'static str,
    pub rated_already: &'static str,
    pub again_from: &'static str,
    pub thanks: &'static str,
    pub thanks_why: &'static str,
    pub receipt: &'static str,
    pub erase: &'static str,
    pub erased: &'static str,
    pub not_erased: &'static str,
    pub back: &'static str,
    pub recalled: &'static str,
    pub recalled_why: &'static str,
    pub unknown: &'static str,
    pub unknown_why: &'static str,
    pub too_often: &'static str,
    pub too_often_why: &'static str,
    pub unusable: &'static str,
    pub unusable_why: &'static str,
    pub away: &'static str,
    pub away_why: &'static str,
}

pub const FRENCH: Words = Words {
    lang: "fr",
    product: "Foie gras de canard",
    simulated: "simulé",
    site: "Site",
    meals: "repas relevés",
    on: "le",
    from: "du",
    to: "au",
    ducks: "Canards du lot",
    temperature: "Température moyenne du bâtiment",
    control: "Contrôle du lot",
    livers: "foies contrôlés, dont",
    graded: "classés A+, A ou B",
    by_sample: "Contrôle par échantillonnage",
    made_on: "Produit le",
    best_before: "À consommer avant le",
    lot: "Lot",
    number: "Produit",
    facts: "Ce que nous savons de ce lot",
    stored: "Ces données sont celles qui ont été enregistrées pour le lot. Ce qui n’a pas été mesuré est marqué « – ».",
    rating: "avis sur ce lot",
    ratings: "avis sur ce lot",
    no_mean: "La moyenne s’affiche à partir de 5 avis.",
    rate: "Votre avis",
    stars: [
        "1 étoile",
        "2 étoiles",
        "3 étoiles",
        "4 étoiles",
        "5 étoiles",
    ],
    more: "En dire plus (facultatif)",
    aspects: ["Texture", "Goût", "Couleur", "Arôme", "Fraîcheur"],
    context: "Où l’avez-vous mangé ?",
    contexts: ["À la maison", "Au restaurant", "Pour une fête", "En cadeau"],
    recommend: "Le conseilleriez-vous ?",
    yes: "Oui",
    no: "Non",
    comment: "Commentaire",
    comment_use: "Lu par la coopérative, jamais publié.",
    send: "Envoyer",
    privacy: "Sans compte ni cookie. Votre adresse n’est pas enregistrée : une empreinte, effacée après 30 jours, évite qu’un produit soit noté deux fois.",
    rated_already: "Ce produit a déjà été noté depuis votre réseau.",
    again_from: "Un nouvel avis sera possible à partir du",
    thanks: "Merci pour votre avis",
    thanks_why: "Il est transmis à la coopérative et au producteur, sans rien qui dise qui vous êtes.",
    receipt: "Votre reçu, pour effacer cet avis plus tard :",
    erase: "Effacer mon avis",
    erased: "Votre avis est effacé.",
    not_erased: "Il n’y a pas d’avis avec ce reçu : il a déjà été effacé.",
    back: "Revenir au produit",
    recalled: "Produit rappelé",
    recalled_why: "Ne consommez pas ce produit. Rapportez-le là où vous l’avez acheté, où il vous sera remboursé.",
    unknown: "Code inconnu",
    unknown_why: "Aucun produit n’a ce code. Scannez l’étiquette à nouveau, ou recopiez les 26 caractères qui y sont imprimés.",
    too_often: "Trop de demandes",
    too_often_why: "Trop de demandes viennent de votre réseau. Réessayez dans quelques minutes.",
    unusable: "Il manque votre note",
    unusable_why: "Touchez une à cinq étoiles, puis Envoyer. Un commentaire a 1 000 caractères au plus.",
    away: "Indisponible pour le moment",
    away_why: "Nous ne pouvons pas répondre maintenant. Réessayez dans un moment.",
};

pub const ENGLISH: Words = Words {
    lang: "en",
    product: "Duck foie gras",
    simulated: "simulated",
    site: "Site",
    meals: "recorded meals",
    on: "on",
    from: "from",
    to: "to",
    ducks: "Ducks of the lot",
    temperature: "Mean temperature of the building",
    control: "Control of the lot",
    livers: "livers controlled,",
    graded: "of them graded A+, A or B",
    by_sample: "Control by sample",
    made_on: "Produced on",
    best_before: "Best before",
    lot: "Lot",
    number: "Product",
    facts: "What we know of this lot",
    stored: "These are the data that were stored for the lot. What was not measured is marked “–”.",
    rating: "rating of this lot",
    ratings: "ratings of this lot",
    no_mean: "The mean is shown from 5 ratings on.",
    rate: "Your rating",
    stars: ["1 star", "2 stars", "3 stars", "4 stars", "5 stars"],
    more: "Say more (optional)",
    aspects: ["Texture", "Flavour", "Colour", "Aroma", "Freshness"],
    context: "Where did you eat it?",
    contexts: [
        "At home",
        "In a restaurant",
        "On a special occasion",
        "As a present",
    ],
    recommend: "Would you recommend it?",
    yes: "Yes",
    no: "No",
    comment: "Comment",
    comment_use: "Read by the cooperative, never published.",
    send: "Send",
    privacy: "No account, no cookie. Your address is not stored: a fingerprint, deleted after 30 days, keeps a product from being rated twice.",
    rated_already: "This product was already rated from your network.",
    again_from: "It can be rated again from",
    thanks: "Thank you for your rating",
    thanks_why: "It goes to the cooperative and to the producer, without anything that says who you are.",
    receipt: "Your receipt, to erase this rating later:",
    erase: "Erase my rating",
    erased: "Your rating is erased.",
    not_erased: "There is no rating with this receipt: it was erased already.",
    back: "Back to the product",
    recalled: "Product recalled",
    recalled_why: "Do not eat this product. Bring it back to where you bought it, where you will get your money back.",
    unknown: "Unknown code",
    unknown_why: "No product has this code. Scan the label again, or type the 26 characters that are printed on it.",
    too_often: "Too many requests",
    too_often_why: "Too many requests come from your network. Try again in a few minutes.",
    unusable: "Your stars are missing",
    unusable_why: "Touch one to five stars, then Send. A comment has 1,000 characters at most.",
    away: "Not available at the moment",
    away_why: "We cannot answer now. Try again in a moment.",
};

impl Words {
    /// English where a browser prefers it to French; French otherwise.
    pub fn of(accept_language: &str) -> &'static Words {
        let mut best = (&FRENCH, 0.0);
        for range in accept_language.split(',') {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
            let quality = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse().ok());
            let quality: f64 = quality.unwrap_or(1.0);
            let words = match tag.split('-').next() {
                Some("fr") => &FRENCH,
                Some("en") => &ENGLISH,
                _ => continue,
            };
            if quality > best.1 {
                best = (words, quality);
            }
        }
        best.0
    }

    fn is_french(&self) -> bool {
        self.lang == FRENCH.lang
    }

    pub fn day(&self, day: Date) -> String {
        let form = if self.is_french() {
            "%d/%m/%Y"
        } else {
            "%-d %B %Y"
        };
        day.strftime(form).to_string()
    }

    pub fn day_of(&self, time: Timestamp, zone: &TimeZone) -> String {
        self.day(time.to_zoned(zone.clone()).date())
    }

    /// One decimal.
    pub fn number(&self, number: f64) -> String {
        let text = format!("{number:.1}");
        if self.is_french() {
            text.replace('.', ",")
        } else {
            text
        }
    }

    pub fn grade(&self, grade: Grade) -> &'static str {
        match (grade, self.is_french()) {
            (Grade::APlus, true) => "Qualité exceptionnelle (A+)",
            (Grade::APlus, false) => "Exceptional quality (A+)",
            (Grade::A, true) => "Très bonne qualité (A)",
            (Grade::A, false) => "Very good quality (A)",
            (Grade::B, true) => "Bonne qualité (B)",
            (Grade::B, false) => "Good quality (B)",
            (Grade::C, true) => "Qualité correcte (C)",
            (Grade::C, false) => "Fair quality (C)",
            (Grade::Reject, true) => "Refusé au contrôle",
            (Grade::Reject, false) => "Rejected",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_french_unless_a_browser_prefers_english() {
        for (header, lang) in [
            ("", "fr"),
            ("de, ja;q=0.9", "fr"),
            ("en-GB,en;q=0.9", "en"),
            ("en;q=0.5, fr-FR;q=0.8", "fr"),
            ("fr;q=0.2, en;q=0.7", "en"),
            ("de-DE, en;q=0.3", "en"),
            ("*;q=nonsense", "fr"),
        ] {
            assert_eq!(Words::of(header).lang, lang, "{header}");
        }
    }

    #[test]
    fn numbers_and_days_are_written_as_in_the_language() {
        let day = jiff::civil::date(2026, 11, 9);
        assert_eq!(FRENCH.day(day), "09/11/2026");
        assert_eq!(ENGLISH.day(day), "9 November 2026");
        assert_eq!(FRENCH.number(4.25), "4,2");
        assert_eq!(ENGLISH.number(21.0), "21.0");
    }
}
