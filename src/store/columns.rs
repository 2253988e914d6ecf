//! Array parameters for `unnest`: one column of many items each.

use tokio_postgres::types::ToSql;

pub type Column = Box<dyn ToSql + Sync + Send>;

pub fn params(columns: &[Column]) -> Vec<&(dyn ToSql + Sync)> {
    columns
        .iter()
        .map(|column| column.as_ref() as &(dyn ToSql + Sync))
        .collect()
}

/// An array parameter with one field of every item.
pub fn column<'a, T, V>(items: &'a [T], field: impl Fn(&'a T) -> V) -> Column
where
    V: ToSql + Sync + Send + 'static,
    Vec<V>: ToSql,
{
    Box::new(items.iter().map(field).collect::<Vec<V>>())
}
