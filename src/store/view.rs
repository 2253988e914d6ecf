//! Reading for a caller: the statement itself limits the rows to the caller's scope.
//!
//! Functions of the store that read for a caller take a [`View`], and a view runs only [`Scoped`] statements. So the compiler notices a
//! forgotten scope.

use super::{
    Params, Pool, StoreError, query_on,
    rows::{self, FromRow},
};
use crate::domain::{scope::Scope, site::Site};
use deadpool_postgres::Client;
use futures_util::future::try_join_all;
use std::{collections::HashMap, hash::Hash};
use tokio_postgres::{Row, types::FromSqlOwned};

/// The pool for reading, which can be used only through the [`View`] of a scope.
#[derive(Clone)]
pub struct Reader {
    pool: Pool,
}

impl Reader {
    pub fn new(pool: Pool) -> Self {
        Reader { pool }
    }

    pub fn seen_by(&self, scope: &Scope) -> View {
        let (sites, gaveur_id) = match scope {
            Scope::Everything => (None, None),
            Scope::Sites(sites) => (Some(sites.iter().copied().collect()), None),
            Scope::Gaveur(id) => (None, Some(*id)),
            Scope::Nothing => (Some(Vec::new()), None),
        };
        View {
            pool: self.pool.clone(),
            sites,
            gaveur_id,
        }
    }

    /// The rows of a statement that shows everybody the same: what the holder of a product's code may read.
    pub(super) async fn query_public<T: FromRow>(
        &self,
        sql: &str,
        params: Params<'_>,
    ) -> Result<Vec<T>, StoreError> {
        rows::all(&super::query(&self.pool, sql, params).await?)
    }
}

/// The database as one caller sees it.
pub struct View {
    pool: Pool,
    /// `None` for all, as in the statements.
    sites: Option<Vec<Site>>,
    gaveur_id: Option<i32>,
}

impl View {
    /// Whether some rows are not visible.
    pub fn is_limited(&self) -> bool {
        self.sites.is_some() || self.gaveur_id.is_some()
    }

    /// The sites whose figures are visible, by code.
    pub fn sites(&self) -> Vec<Site> {
        match (&self.sites, self.gaveur_id) {
            (_, Some(_)) => Vec::new(),
            (Some(sites), None) => sites.clone(),
            (None, None) => Site::ALL.to_vec(),
        }
    }

    pub(super) async fn query<T: FromRow>(
        &self,
        statement: &Scoped,
        params: Params<'_>,
    ) -> Result<Vec<T>, StoreError> {
        let [rows] = self.query_all([(statement, params)]).await?;
        rows::all(&rows)
    }

    /// The first row of a statement, if any.
    pub(super) async fn query_first<T: FromRow>(
        &self,
        statement: &Scoped,
        params: Params<'_>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.query(statement, params).await?.into_iter().next())
    }

    /// The only row of a statement, such as an aggregate without groups.
    pub(super) async fn query_one<T: FromRow>(
        &self,
        statement: &Scoped,
        params: Params<'_>,
    ) -> Result<T, StoreError> {
        let [rows] = self.query_all([(statement, params)]).await?;
        T::from_row(&rows::one(rows)?)
    }

    /// The rows of a statement by one of their columns.
    pub(super) async fn query_by<K, T>(
        &self,
        key: &str,
        statement: &Scoped,
        params: Params<'_>,
    ) -> Result<HashMap<K, T>, StoreError>
    where
        K: FromSqlOwned + Eq + Hash,
        T: FromRow,
    {
        let [rows] = self.query_all([(statement, params)]).await?;
        let keyed = rows
            .iter()
            .map(|row| Ok((rows::read(row, key)?, T::from_row(row)?)));
        keyed.collect()
    }

    /// The rows of several statements, which run together on one connection.
    pub(super) async fn query_all<const N: usize>(
        &self,
        asked: [(&Scoped, Params<'_>); N],
    ) -> Result<[Vec<Row>; N], StoreError> {
        let ask = async |client: &mut Client| {
            let client = &*client;
            let each = asked.iter().map(|(statement, params)| {
                let mut scoped: Vec<_> = vec![&self.sites as _, &self.gaveur_id as _];
                scoped.extend_from_slice(params);
                async move { query_on(client, statement.0, &scoped).await }
            });
            try_join_all(each).await
        };
        let answers = self.pool.lend(ask).await?;
        let too_few = |_| StoreError::Row("a statement has no result".to_owned());
        answers.try_into().map_err(too_few)
    }
}

/// A statement that limits its rows to a scope. `$1` holds the codes of the sites and `$2` the gaveur, each null for all; [`View`] passes them.
/// The statement's own parameters begin with `$3`.
///
/// A statement without these conditions does not compile:
///
/// ```
/// # use gaveurs::store::view::Scoped;
/// const LOTS: Scoped = Scoped::new(
///     "SELECT id FROM lots_gavage
///      WHERE ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)",
/// );
/// ```
///
/// ```compile_fail,E0080
/// # use gaveurs::store::view::Scoped;
/// const LOTS: Scoped = Scoped::new("SELECT id FROM lots_gavage");
/// ```
pub struct Scoped(&'static str);

/// The statement in `sql/queries/<table>/<verb>.sql`.
macro_rules! scoped {
    ($table_and_verb:literal) => {
        Scoped::new(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/sql/queries/",
            $table_and_verb,
            ".sql"
        )))
    };
}
pub(super) use scoped;

impl Scoped {
    /// # Panics
    /// The statement does not limit its rows to a scope.
    pub const fn new(sql: &'static str) -> Self {
        assert!(
            contains(sql, "$1::text[] IS NULL OR"),
            "the statement shows rows of every site: it lacks ($1::text[] IS NULL OR …)"
        );
        assert!(
            contains(sql, "$2::integer IS NULL OR"),
            "the statement shows rows of every gaveur: it lacks ($2::integer IS NULL OR …)"
        );
        Scoped(sql)
    }
}

const fn contains(text: &str, word: &str) -> bool {
    let mut text = text.as_bytes();
    while text.len() >= word.len() {
        if starts_with(text, word.as_bytes()) {
            return true;
        }
        text = text.split_at(1).1;
    }
    false
}

const fn starts_with(text: &[u8], word: &[u8]) -> bool {
    let mut at = 0;
    while at < word.len() {
        if text[at] != word[at] {
            return false;
        }
        at += 1;
    }
    true
}
