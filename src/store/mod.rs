//! The only place that speaks SQL. Statements are files in `sql/queries/<table>/<verb>.sql`.

pub mod error;
pub mod readings;
pub mod rows;
