//! What PostgreSQL tells those who listen for entries of the journal.

use crate::common::server::until;
use std::{cell::RefCell, rc::Rc};
use tokio_postgres::{AsyncMessage, Client, NoTls};

const END: &str = "the end";

pub struct Notifications {
    client: Client,
    told: Rc<RefCell<Vec<String>>>,
}

impl Notifications {
    pub async fn listen(database_url: &str) -> Self {
        let connecting = tokio_postgres::connect(database_url, NoTls);
        let (client, mut connection) = connecting.await.unwrap();
        let told = Rc::<RefCell<Vec<String>>>::default();
        let telling = told.clone();
        tokio::task::spawn_local(async move {
            let next = |cx: &mut std::task::Context<'_>| connection.poll_message(cx);
            let mut messages = futures_util::stream::poll_fn(next);
            while let Some(Ok(message)) = futures_util::StreamExt::next(&mut messages).await {
                if let AsyncMessage::Notification(one) = message {
                    telling.borrow_mut().push(one.payload().to_owned());
                }
            }
        });
        client
            .batch_execute("LISTEN gaveurs_journal")
            .await
            .unwrap();
        Notifications { client, told }
    }

    /// Everything that was told until now.
    pub async fn until_now(self) -> Vec<String> {
        let end = format!("NOTIFY gaveurs_journal, '{END}'");
        self.client.batch_execute(&end).await.unwrap();
        until("it was told until now", async || {
            self.told.borrow().iter().any(|told| told == END)
        })
        .await;
        self.told
            .take()
            .into_iter()
            .filter(|told| told != END)
            .collect()
    }
}
