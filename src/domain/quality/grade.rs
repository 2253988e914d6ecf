//! Grades of a foie, and the station labels that name them.

use super::super::words::words;

words! {
    /// Grade of a foie, best first.
    pub enum Grade {
        APlus = "A+",
        A = "A",
        B = "B",
        C = "C",
        Reject = "REJECT",
    }
}

impl Grade {
    /// The grade of a final score (0–1).
    pub fn of_score(score: f64) -> Self {
        match score {
            s if s >= 0.85 => Grade::APlus,
            s if s >= 0.75 => Grade::A,
            s if s >= 0.60 => Grade::B,
            s if s >= 0.45 => Grade::C,
            _ => Grade::Reject,
        }
    }

    /// The grade that a station's label names. The label is a bare grade, or a sentence such as "REJET - Qualité insuffisante" or "Grade
    /// B - Bonne qualité".
    ///
    /// The word after "Grade" (or "Classe", "Catégorie") decides; otherwise the first word if it is a grade; otherwise a rejection
    /// anywhere; otherwise the first grade in capitals.
    pub fn from_label(label: &str) -> Option<Self> {
        let words: Vec<&str> = label
            .split(|c: char| !(c.is_alphanumeric() || c == '+'))
            .filter(|word| !word.is_empty())
            .collect();
        let announced = words.windows(2).find(|pair| is_announcement(pair[0]));
        announced
            .and_then(|pair| Grade::of_word(pair[1]))
            .or_else(|| words.first().and_then(|word| Grade::of_word(word)))
            .or_else(|| {
                words
                    .iter()
                    .any(|word| is_rejection(word))
                    .then_some(Grade::Reject)
            })
            .or_else(|| words.iter().find_map(|word| word.parse().ok()))
    }

    fn of_word(word: &str) -> Option<Self> {
        if is_rejection(word) {
            return Some(Grade::Reject);
        }
        word.to_uppercase().parse().ok()
    }
}

/// How many samples have each grade.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ByGrade {
    pub a_plus: i64,
    pub a: i64,
    pub b: i64,
    pub c: i64,
    pub reject: i64,
}

impl ByGrade {
    /// In the order of [`Grade::ALL`].
    pub fn best_first(&self) -> [i64; 5] {
        [self.a_plus, self.a, self.b, self.c, self.reject]
    }

    pub fn graded(&self) -> i64 {
        self.best_first().iter().sum()
    }

    /// Part of the graded samples, 0–1; `None` if there are none.
    pub fn share(&self, count: i64) -> Option<f64> {
        let graded = self.graded();
        (graded > 0).then(|| count as f64 / graded as f64)
    }

    /// The grade that most samples got; of equals the better one.
    pub fn most_frequent(&self) -> Option<Grade> {
        let worst_first = Grade::ALL.into_iter().zip(self.best_first()).rev();
        let (grade, count) = worst_first.max_by_key(|(_, count)| *count)?;
        (count > 0).then_some(grade)
    }
}

fn is_announcement(word: &str) -> bool {
    ["grade", "classe", "class", "catégorie", "categorie"].contains(&word.to_lowercase().as_str())
}

/// REJECT, REJECTED, REJET, REJETÉ.
fn is_rejection(word: &str) -> bool {
    let word = word.to_lowercase();
    word.starts_with("reject") || word.starts_with("rejet")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_label_is_read_as_a_sentence_and_not_by_its_letters() {
        for (label, grade) in [
            ("A+", Some(Grade::APlus)),
            (" a ", Some(Grade::A)),
            ("REJECT", Some(Grade::Reject)),
            ("REJET - Qualité insuffisante", Some(Grade::Reject)),
            ("Grade B - Bonne qualité", Some(Grade::B)),
            ("Grade A+ - Excellence", Some(Grade::APlus)),
            ("Grade C - À surveiller", Some(Grade::C)),
            ("grade reject", Some(Grade::Reject)),
            ("GRADE A - non rejeté", Some(Grade::A)),
            ("B - rejet partiel du lobe", Some(Grade::B)),
            ("Qualité supérieure (A+)", Some(Grade::APlus)),
            ("Catégorie: C", Some(Grade::C)),
            ("produit à rejeter", Some(Grade::Reject)),
            ("Acceptable", None),
            ("a voir", Some(Grade::A)),
            ("Bonne qualité a confirmer", None),
            ("Grade", None),
            ("", None),
        ] {
            assert_eq!(Grade::from_label(label), grade, "{label:?}");
        }
    }

    #[test]
    fn the_cut_points_belong_to_the_better_grade() {
        for (score, grade) in [
            (1.0, Grade::APlus),
            (0.85, Grade::APlus),
            (0.8499, Grade::A),
            (0.75, Grade::A),
            (0.60, Grade::B),
            (0.45, Grade::C),
            (0.4499, Grade::Reject),
        ] {
            assert_eq!(Grade::of_score(score), grade, "{score}");
        }
    }

    #[test]
    fn of_grades_that_are_as_frequent_the_better_one_is_named() {
        let most_frequent = |a_plus, a, reject| {
            let counted = ByGrade {
                a_plus,
                a,
                reject,
                ..ByGrade::default()
            };
            counted.most_frequent()
        };
        assert_eq!(most_frequent(2, 2, 1), Some(Grade::APlus));
        assert_eq!(most_frequent(0, 1, 3), Some(Grade::Reject));
        assert_eq!(most_frequent(0, 0, 0), None);
    }

    proptest! {
        #[test]
        fn a_grade_is_found_behind_its_announcement_whatever_follows(index in 0..5usize, tail in "[ A-Za-zéè]{0,20}") {
            let grade = Grade::ALL[index];
            let label = format!("Grade {} - {tail}", grade.as_str());
            prop_assert_eq!(Grade::from_label(&label), Some(grade));
        }
    }
}
