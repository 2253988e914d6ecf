use encoding_rs::WINDOWS_1252;
use gaveurs::simulator::replay::{
    export::{Export, ExportedLot},
    report::{Consequence, Report},
};
use std::path::PathBuf;

/// Seventeen invented lots that contain every difficulty seen in real files.
pub const TRAPS: &[u8] = include_bytes!("../data/export_with_traps.csv");

fn traps() -> Export {
    Export::read(TRAPS).unwrap()
}

fn lot<'a>(export: &'a Export, code_lot: &str) -> &'a ExportedLot {
    export
        .lots
        .iter()
        .find(|lot| lot.code_lot == code_lot)
        .unwrap()
}

fn findings(report: &Report) -> Vec<String> {
    report.findings.iter().map(ToString::to_string).collect()
}

/// The same table as another program would have written it.
struct Variant {
    separator: u8,
    decimal_comma: bool,
    french_dates: bool,
    cp1252: bool,
}

impl Variant {
    fn of(&self, original: &[u8]) -> Vec<u8> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(b';')
            .flexible(true)
            .has_headers(false)
            .from_reader(original);
        let mut writer = csv::WriterBuilder::new()
            .delimiter(self.separator)
            .flexible(true)
            .from_writer(Vec::new());
        for record in reader.records() {
            writer
                .write_record(record.unwrap().iter().map(|cell| self.cell(cell)))
                .unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        if self.cp1252 {
            WINDOWS_1252.encode(&text).0.into_owned()
        } else {
            text.into_bytes()
        }
    }

    fn cell(&self, cell: &str) -> String {
        if let (true, Some(date)) = (self.french_dates, cell.parse::<jiff::civil::Date>().ok()) {
            return date.strftime("%d/%m/%Y").to_string();
        }
        if self.decimal_comma && cell.parse::<f64>().is_ok() {
            cell.replace('.', ",")
        } else {
            cell.to_owned()
        }
    }
}

fn variants() -> Vec<Variant> {
    let mut variants = Vec::new();
    for separator in [b';', b',', b'\t'] {
        for bits in 0..8 {
            let (decimal_comma, french_dates, cp1252) = (bits & 1 > 0, bits & 2 > 0, bits & 4 > 0);
            variants.push(Variant {
                separator,
                decimal_comma,
                french_dates,
                cp1252,
            });
        }
    }
    variants
}

#[test]
fn every_trap_is_reported_with_its_line_its_meal_and_its_reason() {
    let export = traps();
    assert_eq!(
        findings(&export.report),
        [
            "line 4, meal 7: dose 770 g outside 0–600 g (two meals typed in one cell?)",
            "line 5, meal 4: dose 606 g outside 0–600 g (two meals typed in one cell?)",
            "line 6, meal 19: dose of 1 g: placeholder at the end of the lot",
            "line 7, meal 19: given dose not measured (\"0.0\") in the middle of the lot",
            "line 8, meal 5: planned dose missing, meal sent without it",
            "line 8, meal 6: planned dose missing, meal sent without it",
            "line 9, meal 9: given dose not measured (\"-0.01\") in the middle of the lot",
            "line 10: start date \"mars 2023\" is unreadable (YYYY-MM-DD or DD/MM/YYYY, from 2000 to 2099)",
            "line 11: lot LL3307701 is on line 2 already",
            "line 12: lot code \"XX3307701\" names no known site (LL, LS or MT at its start)",
            "line 14, meal 10: dose 5165 g outside 0–600 g (two meals typed in one cell?)",
            "line 14, meal 21: planned dose 660 g outside 0–600 g, meal sent without it",
            "line 14, meal 1: head count \"nan\" is unusable, meal sent without it",
            "line 15: no usable meal",
            "line 16: gaveur \"GAVEUR\" has no usable number",
            "line 17: 17 columns instead of 63 (up to line 17)",
            "line 18, meal 1: given dose not measured (\"0.0\") in the middle of the lot",
            "line 18, meal 3: given dose \"240+260\" is unreadable",
            "line 18, meal 5: dose -12 g outside 0–600 g",
            "line 18, meal 17: dose of 1 g: placeholder at the end of the lot",
            "line 18, meal 18: dose of 1 g: placeholder at the end of the lot",
            "line 18, meal 1: head count 650 not sent: meal 1, at which it was counted, is unusable",
        ]
    );
}

#[test]
fn every_meal_column_of_a_usable_line_is_a_meal_a_finding_or_behind_the_end() {
    let export = traps();
    let left_out = |finding: &&gaveurs::simulator::replay::report::Finding| {
        finding.problem.consequence() == Consequence::MealLeftOut
    };
    let left_out = export.report.findings.iter().filter(left_out).count();
    // The lot of line 15 has no meal: its 24 columns count as after the end, too.
    assert_eq!(
        export.meal_count() + left_out + export.report.after_the_end,
        (export.lots.len() + 1) * 24
    );
    assert_eq!((export.lots.len(), export.meal_count()), (11, 210));
}

#[test]
fn the_meals_that_remain_are_those_of_the_file() {
    let export = traps();
    let doses = |code: &str| -> Vec<_> {
        lot(&export, code)
            .meals
            .iter()
            .map(|meal| (meal.repas, meal.planned, meal.given))
            .collect()
    };
    assert_eq!(
        doses("LL3307701")[..2],
        [(1, Some(210.0), 206.0), (2, Some(230.0), 233.0)]
    );
    assert_eq!(
        doses("MT3907701")[5..7],
        [(6, Some(310.0), 306.0), (8, Some(350.0), 351.0)]
    );
    assert_eq!(doses("LS3307803")[4], (5, None, 290.0));
    assert_eq!(doses("LS3307805").last(), Some(&(21, None, 576.0)));
    assert_eq!(doses("LL3307704").last().unwrap().0, 16);
}

#[test]
fn the_strain_is_the_domains_word_only_where_it_says_so() {
    let export = traps();
    for (code, genetique) in [
        ("LL3307701", "Mulard"),
        ("MT3907702", "Barbarie"),
        ("LS3307802", "Pékin"),
        ("LS3307803", "Mixte"),
        ("LS3307801", "PX11 - M2"),
        ("LL3307703", "non renseignée"),
    ] {
        assert_eq!(lot(&export, code).genetique, genetique);
    }
}

#[test]
fn each_way_of_writing_the_table_gives_the_same_lots_and_findings() {
    let original = traps();
    for variant in variants() {
        let written = Export::read(&variant.of(TRAPS)).unwrap();
        assert_eq!(written.lots, original.lots);
        assert_eq!(written.report.totals(), original.report.totals());
        assert_eq!(written.separator, char::from(variant.separator));
    }
}

#[test]
fn a_cell_with_a_forgotten_quote_is_reported_with_the_lines_that_it_swallows() {
    let text = String::from_utf8(TRAPS.to_vec())
        .unwrap()
        .replace("LS3307801;", "LS3307801;\"");
    let export = Export::read(text.as_bytes()).unwrap();
    let last = findings(&export.report).pop().unwrap();
    assert!(
        last.starts_with("line 3: ") && last.contains("up to line"),
        "{last}"
    );
}

#[test]
fn a_line_repeats_a_lot_only_when_the_earlier_line_was_used() {
    let header = "CodeLot;dStart;Gaveur;Souche;Nb_MEG;feedTarget_1;feedCornReal_1";
    let text =
        format!("{header}\r\nLL1;2024-01-05;G 1;S;9;;0\r\nLL1;2024-01-05;G 1;S;9;200;201\r\n");
    let export = Export::read(text.as_bytes()).unwrap();
    assert_eq!(findings(&export.report), ["line 2: no usable meal"]);
    assert_eq!(lot(&export, "LL1").line, 3);
}

#[test]
fn the_number_of_a_gaveur_is_the_one_outside_brackets_or_is_reported() {
    for (name, number) in [
        ("GAVEUR 007", Some(7)),
        ("GAVEUR 007 (bâtiment 2)", Some(7)),
        ("12", Some(12)),
        ("M. Petit [site 3] 41 (2 salles)", Some(41)),
        ("GAVEUR (7)", Some(7)),
        ("bâtiment 2 (GAVEUR 007)", Some(7)),
        ("GAVEUR 7, Bât. n° 2", Some(7)),
        ("Élevage d’Anne (bâtiment 2)", None),
        ("GAVEUR 7 bis 2", None),
        ("GAVEUR 1 072", None),
        ("GAVEUR (7) (8)", None),
        ("GAVEUR", None),
        ("GAVEUR 99999999999", None),
    ] {
        let header = "CodeLot;dStart;Gaveur;Souche;Nb_MEG;feedTarget_1;feedCornReal_1";
        let text = format!("{header}\nLL1;2024-01-05;{name};S;9;200;201\n");
        let export = Export::read(text.as_bytes()).unwrap();
        assert_eq!(export.lots.first().map(|lot| lot.gaveur), number, "{name}");
        if number.is_none() {
            let report = format!("line 2: gaveur {name:?} has no usable number");
            assert!(findings(&export.report)[0].starts_with(&report));
        }
    }
}

#[test]
fn a_file_that_is_no_export_is_refused_with_what_it_lacks() {
    for text in [
        "",
        "bonjour",
        "CodeLot;dStart\nLL1;2024-01-01",
        "{\"a\": 1}",
    ] {
        let refusal = Export::read(text.as_bytes()).unwrap_err().to_string();
        assert!(
            refusal.contains("it lacks") && refusal.contains("feedCornReal_1"),
            "{refusal}"
        );
    }
}

/// The cooperative's real file. It may be available beside the project, but is never part of it.
pub fn real_export() -> Option<Vec<u8>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/lots-2024.csv");
    match std::fs::read(&path) {
        Ok(bytes) => Some(bytes),
        Err(error) if std::env::var_os("GAVEURS_REQUIRE_SHARED").is_some_and(|it| it == "1") => {
            panic!("GAVEURS_REQUIRE_SHARED=1 and {}: {error}", path.display())
        }
        Err(_) => {
            eprintln!("skipped: {} is not here", path.display());
            None
        }
    }
}

#[test]
fn the_real_export_has_75_lots_and_the_same_meals_in_every_variant() {
    let Some(bytes) = real_export() else { return };
    let original = Export::read(&bytes).unwrap();
    assert_eq!((original.lots.len(), original.meal_count()), (75, 1_508));
    for variant in variants() {
        let written = Export::read(&variant.of(&bytes)).unwrap();
        assert_eq!(written.lots, original.lots);
        assert_eq!(written.report.totals(), original.report.totals());
    }
}

#[test]
fn a_lot_code_with_something_invisible_is_reported_and_a_name_is_sent_without_it() {
    let text = "CodeLot;dStart;Gaveur;Souche;Nb_MEG;feedTarget_1;feedCornReal_1\n\
                LL330\u{ad}7801;2023-03-08;GAVEUR 102;Mulard;1040;210;211\n\
                 LL3307802 ;2023-03-08;GAV\u{200b}EUR\u{202e} 102;Mul\u{ad}ard;1040;210;211\n";
    let export = Export::read(text.as_bytes()).unwrap();
    let found = findings(&export.report);
    assert_eq!(found.len(), 1, "{found:?}");
    let sentence = "must not hold control or format characters (U+00AD)";
    assert!(
        found[0].starts_with("line 2: ") && found[0].ends_with(sentence),
        "{found:?}"
    );
    let lot = lot(&export, "LL3307802");
    assert_eq!(
        (lot.gaveur_nom.as_str(), lot.genetique.as_str()),
        ("GAVEUR 102", "Mulard")
    );
}
