//! Every statement of REST, with arguments for the filled database.

/// The first two parameters of a statement for a caller who may see everything.
pub const EVERYTHING: [&str; 2] = ["NULL", "NULL"];

/// A statement of the REST API, and its parameters after the scope, as SQL.
pub struct Question {
    pub name: &'static str,
    pub sql: &'static str,
    pub params: &'static [&'static str],
}

macro_rules! question {
    ($file:literal, $($param:literal),* $(,)?) => {
        Question {
            name: $file,
            sql: include_str!(concat!("../../sql/queries/", $file, ".sql")),
            params: &[$($param),*],
        }
    };
}

/// Every statement of a GET, some with more than one set of parameters. Lot 6 ended two years ago.
pub const QUESTIONS: [Question; 92] = [
    question!("gavage_lot_jour/list_days", "1", "10"),
    question!("gavage_lot_jour/list_days", "1", "100"),
    question!("gavage_lot_jour/list_days", "99", "10"),
    question!(
        "gavage_data/sum_up_window",
        "1",
        "now() - INTERVAL '7 days'",
        "now()"
    ),
    question!("gavage_data/list_by_lot", "7"),
    question!("gavage_data/list_by_lot", "700"),
    question!("gavage_lot_jour/list_peers", "7", "100"),
    question!("gavage_lot_jour/list_peers", "300", "100"),
    question!("repas_versions/list_by_lot", "7", "1000"),
    question!("repas_saisis/list_by_lot", "7"),
    question!("courbes/list_by_lot", "7"),
    question!("courbes/list_plans", "1000"),
    question!("courbes/find", "7"),
    question!("corrections/list_followed", "1", "NULL", "50"),
    question!("corrections/list_followed", "NULL", "7", "50"),
    question!("corrections/list_answered", "1", "NULL", "50"),
    question!("corrections/list_answered", "NULL", "7", "50"),
    question!("lots_evenements/list_by_lot", "7"),
    question!(
        "gaveurs_euralis/list_capacity",
        "now()::date",
        "now()::date + 9",
        "10",
        "NULL"
    ),
    question!(
        "lots_gavage/list_compared",
        "7",
        "now() - INTERVAL '180 days'",
        "400",
        "5",
        "18",
        "25",
        "50",
        "75"
    ),
    question!(
        "lots_gavage/list_closed_since",
        "now() - INTERVAL '14 days'",
        "1000"
    ),
    question!(
        "lots_gavage/list_rated_since",
        "now() - INTERVAL '180 days'",
        "now() - INTERVAL '14 days'",
        "1000"
    ),
    question!(
        "recommandations/list",
        "NULL",
        "NULL",
        "NULL",
        "NULL",
        "NULL",
        "200"
    ),
    question!(
        "recommandations/list",
        "ARRAY['envoyee']",
        "NULL",
        "'LS'",
        "NULL",
        "NULL",
        "200"
    ),
    question!(
        "recommandations/list_pairs",
        "now() - INTERVAL '365 days'",
        "2000"
    ),
    question!("recommandations_etapes/list", "7"),
    question!(
        "lot_foies/count_masses",
        "301",
        "ARRAY[300, 500, 700]::double precision[]"
    ),
    question!("consumer_feedbacks/list", "100"),
    question!(
        "consumer_feedbacks/list_comments",
        "301",
        "NULL",
        "NULL",
        "20"
    ),
    question!(
        "consumer_feedbacks/list_between",
        "now() - INTERVAL '30 days'",
        "now()",
        "NULL",
        "NULL",
        "NULL",
        "NULL",
        "500"
    ),
    question!(
        "consumer_lot_jour/sum_up",
        "now() - INTERVAL '30 days'",
        "now()",
        "'lot'"
    ),
    question!("consumer_lot_jour/sum_up", "NULL", "NULL", "'site'"),
    question!("consumer_lot_jour/sum_up", "NULL", "NULL", "'mois'"),
    question!("consumer_lot_jour/list_for_correlation", "120"),
    question!("consumer_products/list", "NULL", "NULL", "100"),
    question!("consumer_products/list", "7", "NULL", "100"),
    question!("consumer_products/list", "NULL", "'LL0000006'", "100"),
    question!("gavage_data/list_recent", "10"),
    question!("gavage_data/list_recent", "500"),
    question!(
        "gavage_site_heure/sum_up_days",
        "SELECT array_agg(date_trunc('day', now()) - (29 - n) * INTERVAL '1 day' ORDER BY n) FROM generate_series(0, 30) n",
        "NULL"
    ),
    question!(
        "gavage_site_heure/sum_up_days",
        "SELECT array_agg(date_trunc('day', now()) - (29 - n) * INTERVAL '1 day' ORDER BY n) FROM generate_series(0, 30) n",
        "'LS'"
    ),
    question!(
        "gavage_site_heure/sum_up_days",
        "SELECT array_agg(date_trunc('day', now()) - (364 - n) * INTERVAL '1 day' ORDER BY n) FROM generate_series(0, 365) n",
        "'LS'"
    ),
    question!(
        "sqal_station_heure/sum_up_days",
        "SELECT array_agg(date_trunc('day', now()) - (29 - n) * INTERVAL '1 day' ORDER BY n) FROM generate_series(0, 30) n",
        "NULL"
    ),
    question!(
        "sqal_station_heure/count_grades",
        "now() - INTERVAL '1 hour'",
        "NULL",
        "NULL"
    ),
    question!(
        "sqal_station_heure/count_grades",
        "now() - INTERVAL '90 days'",
        "'ESP32_LL_01'",
        "NULL"
    ),
    question!(
        "sqal_station_heure/count_grades",
        "now() - INTERVAL '90 days'",
        "NULL",
        "'LL0000006'"
    ),
    question!(
        "sqal_station_heure/list_hours",
        "now() - INTERVAL '24 hours'",
        "NULL",
        "NULL",
        "5000"
    ),
    question!(
        "sqal_station_heure/sum_up_sites",
        "now() - INTERVAL '24 hours'"
    ),
    question!(
        "sqal_station_heure/sum_up",
        "now() - INTERVAL '24 hours'",
        "now() - INTERVAL '1 hour'",
        "now()"
    ),
    question!(
        "sensor_samples/list",
        "NULL",
        "NULL",
        "NULL",
        "50",
        "NULL",
        "NULL"
    ),
    question!(
        "sensor_samples/list",
        "'LL0000006'",
        "NULL",
        "NULL",
        "50",
        "NULL",
        "NULL"
    ),
    question!(
        "sensor_samples/list",
        "NULL",
        "'ESP32_LL_01'",
        "NULL",
        "50",
        "NULL",
        "NULL"
    ),
    question!(
        "sensor_samples/list",
        "NULL",
        "'unknown'",
        "NULL",
        "50",
        "NULL",
        "NULL"
    ),
    question!(
        "sensor_samples/sum_up_station",
        "now() - INTERVAL '7 days'",
        "'ESP32_LL_01'",
        "now() - INTERVAL '5 minutes'"
    ),
    question!("sensor_samples/latest", "NULL"),
    question!("sensor_samples/latest", "'ESP32_LL_01'"),
    question!(
        "sqal_devices/list",
        "now()",
        "NULL",
        "NULL",
        "500",
        "0",
        "NULL"
    ),
    question!("sqal_pending_lots/list", "'pending'", "100", "false"),
    question!("sqal_pending_lots/list", "NULL", "50", "true"),
    question!("lot_foies/get", "7"),
    question!(
        "lot_foies/list_weighed",
        "now() - INTERVAL '30 days'",
        "NULL",
        "NULL"
    ),
    question!(
        "lot_foies/list_weighed",
        "now() - INTERVAL '90 days'",
        "NULL",
        "1"
    ),
    question!("lots_gavage/list", "NULL", "NULL", "NULL", "1000", "0"),
    question!(
        "lots_gavage/list",
        "ARRAY['en_gavage']",
        "NULL",
        "'LS'",
        "100",
        "0"
    ),
    question!("lots_gavage/list", "NULL", "1", "NULL", "1000", "0"),
    question!("lots_gavage/get", "'LL0000006'", "NULL"),
    question!("lots_gavage/sum_up_feeding",),
    question!("lots_gavage/sum_feeding_ducks", "1"),
    question!("sites_euralis/list", "NULL"),
    question!("gaveurs_euralis/list", "NULL"),
    question!("lots_gavage/count_by_gaveur", "NULL"),
    question!(
        "lots_gavage/list_figures",
        "ARRAY[20, 22, 23, 24, 26, 27, 28, 30]"
    ),
    question!(
        "lots_gavage/list_ended",
        "now() - INTERVAL '30 days'",
        "NULL",
        "NULL",
        "NULL"
    ),
    question!(
        "lots_gavage/list_ended",
        "now() - INTERVAL '400 days'",
        "NULL",
        "NULL",
        "now() - INTERVAL '218 days'"
    ),
    question!(
        "gavage_lot_jour/count_conformity",
        "now() - INTERVAL '30 days'",
        "now()",
        "NULL"
    ),
    question!(
        "gavage_lot_jour/count_conformity",
        "now() - INTERVAL '365 days'",
        "now() - INTERVAL '335 days'",
        "NULL"
    ),
    question!(
        "gavage_lot_jour/list_doses",
        "now() - INTERVAL '30 days'",
        "now()",
        "NULL",
        "40"
    ),
    question!(
        "gavage_data/list_mortality",
        "now() - INTERVAL '28 days'",
        "now()",
        "NULL",
        "300",
        "now() - INTERVAL '42 days'"
    ),
    question!(
        "alertes/sum_up_responses",
        "now() - INTERVAL '365 days'",
        "now()",
        "NULL"
    ),
    question!(
        "lots_gavage/list_between",
        "now() - INTERVAL '366 days'",
        "now()",
        "NULL",
        "NULL",
        "NULL",
        "NULL",
        "500"
    ),
    question!(
        "gavage_data/list_between",
        "now() - INTERVAL '366 days'",
        "now()",
        "NULL",
        "NULL",
        "NULL",
        "NULL",
        "500"
    ),
    question!(
        "gavage_data/list_between",
        "now() - INTERVAL '366 days'",
        "now()",
        "NULL",
        "NULL",
        "now() - INTERVAL '100 days'",
        "1",
        "500"
    ),
    question!(
        "gavage_data/list_between",
        "now() - INTERVAL '729 days'",
        "now()",
        "NULL",
        "'LL0000006'",
        "NULL",
        "NULL",
        "500"
    ),
    question!(
        "lot_foies/list_between",
        "now() - INTERVAL '366 days'",
        "now()",
        "NULL",
        "NULL",
        "NULL",
        "NULL",
        "NULL",
        "500"
    ),
    question!(
        "lot_foies/list_between",
        "now() - INTERVAL '729 days'",
        "now()",
        "NULL",
        "'LL0000300'",
        "NULL",
        "NULL",
        "NULL",
        "500"
    ),
    question!(
        "alertes/list_between",
        "now() - INTERVAL '366 days'",
        "now()",
        "NULL",
        "NULL",
        "NULL",
        "NULL",
        "500"
    ),
    question!("lot_foies/measure", "ARRAY[20, 22, 23, 24, 26, 27, 28, 30]"),
    question!("alertes/count_of_quality",),
    question!("alertes/find", "1", "NULL"),
    question!(
        "alertes/list",
        "NULL",
        "NULL",
        "NULL",
        "true",
        "NULL",
        "NULL",
        "NULL",
        "100",
        "NULL",
        "NULL",
        "NULL"
    ),
    question!("alertes/count_of_gaveur", "1"),
    question!(
        "alertes/count_in_window",
        "1",
        "now() - INTERVAL '7 days'",
        "now()"
    ),
];

/// Of a lot that was finished two years ago: what the writer does when it is over, and what a label of it tells.
pub const OF_ONE_LOT: [Question; 3] = [
    question!("lot_mais/keep", "ARRAY[7::bigint]"),
    question!(
        "consumer_products/tell",
        "(SELECT min(product_id) FROM consumer_products WHERE lot_id = 7)",
        "NULL",
        "NULL"
    ),
    question!("lots_histoires/freeze", "7"),
];
