//! What the log says of foreign pages.

use crate::{
    common::{database::TestDatabase, raw},
    process::Process,
};

#[actix_web::test]
async fn a_foreign_origin_is_logged_once_however_much_its_pages_ask_for_and_with_the_setting_to_change()
 {
    let database = TestDatabase::create_bare().await;
    let url = database.url();
    let serve = ["serve", "--bind", "127.0.0.1:0", "--database-url", &url];
    let mut server = Process::start(&serve);
    let address = server.address().await;
    let origins = ["https://evil.example", "http://autre.example:8080"];
    for origin in [origins, origins].concat() {
        for (method, status) in [("GET", 200), ("POST", 403)] {
            let head = format!(
                "{method} /api/lots HTTP/1.1\r\nHost: localhost\r\nOrigin: {origin}\r\nConnection: close\r\n\
                 Content-Length: 0\r\n\r\n"
            );
            assert_eq!(raw::ask(address, &head).await.status, status, "{origin}");
        }
    }
    server.terminate();
    let ended = server.ended().await;
    for origin in origins {
        let lines = ended.said.iter().filter(|line| line.contains(origin));
        let lines: Vec<_> = lines.collect();
        assert_eq!(lines.len(), 1, "{lines:#?}");
        assert!(
            lines[0].contains(" WARN ") && lines[0].contains("--cors-origins"),
            "{lines:#?}"
        );
    }
}
