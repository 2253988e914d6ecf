//! Counts what one server asks PostgreSQL, which is told apart by its role.

use gaveurs::embedded::{Cluster, ROLE};
use tokio_postgres::{Client, NoTls};

const PREPARE: &str = include_str!("../../../../../sql/queries/bench_hop/prepare.sql");
const RESET: &str = include_str!("../../../../../sql/queries/bench_hop/reset.sql");
const ASKED: &str = include_str!("../../../../../sql/queries/bench_hop/asked.sql");
const LAST: &str = include_str!("../../../../../sql/queries/bench_hop/last.sql");
const COUNT_PRESENCE: &str =
    include_str!("../../../../../sql/queries/bench_hop/count_presence.sql");

pub struct Statements {
    admin: Client,
    url: String,
    /// Where the journal was when the count began.
    position: i64,
}

impl Statements {
    /// `None` if this PostgreSQL does not count statements.
    pub async fn of(database: &Cluster, name: &str) -> Option<Self> {
        let (admin, connection) = tokio_postgres::connect(&database.superuser_url(name), NoTls)
            .await
            .ok()?;
        actix_web::rt::spawn(connection);
        let prepared = admin.batch_execute(PREPARE).await;
        prepared
            .inspect_err(|error| log::warn!("statements are not counted: {error}"))
            .ok()?;
        let url = database.url(name);
        Some(Statements {
            admin,
            url: url.replacen(&format!("//{ROLE}@"), "//newcomer@", 1),
            position: 0,
        })
    }

    /// For the server whose statements are counted.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub async fn begin(&mut self) -> anyhow::Result<()> {
        let last = self.admin.query_one(LAST, &[]).await?;
        self.position = last.try_get("position")?;
        self.admin.batch_execute(RESET).await?;
        Ok(())
    }

    /// How many statements the server has asked since the count began, without the reads of the journal that follow what others store.
    pub async fn asked(&self) -> anyhow::Result<i64> {
        let rows = self.admin.query(ASKED, &[]).await?;
        let (mut asked, mut reads) = (0, 0);
        for row in rows {
            let (calls, query): (i64, &str) = (row.try_get("calls")?, row.try_get("query")?);
            log::info!("{calls} times {query}");
            match row.try_get("reads_journal")? {
                true => reads += calls,
                false => asked += calls,
            }
        }
        let since: [&(dyn tokio_postgres::types::ToSql + Sync); 1] = [&self.position];
        let presence = self.admin.query_one(COUNT_PRESENCE, &since).await?;
        let presence: i64 = presence.try_get("entries")?;
        log::info!("{reads} reads of the journal, {presence} entries of tabs and users");
        Ok(asked + reads.min(presence))
    }
}
