use crate::websocket::close::*;

#[test]
fn every_ending_has_its_word() {
    let cases = [
        (Ending::PeerClosed(Some(1000)), 1000, "normal_closure"),
        (Ending::PeerClosed(Some(1001)), 1001, "going_away"),
        (Ending::WeClosed(1002), 1002, "protocol_error"),
        (Ending::PeerClosed(Some(1003)), 1003, "unsupported_data"),
        (Ending::PeerClosed(None), 1005, "no_status"),
        (Ending::Lost, 1006, "abnormal_closure"),
        (Ending::PingTimeout, 1006, "ping_timeout"),
        (Ending::WeClosed(1007), 1007, "invalid_payload"),
        (Ending::WeClosed(1008), 1008, "policy_violation"),
        (Ending::WeClosed(1009), 1009, "message_too_big"),
        (Ending::PeerClosed(Some(1010)), 1010, "code_1010"),
        (Ending::PeerClosed(Some(1011)), 1011, "server_error"),
        (Ending::ServerShutdown, 1012, "server_shutdown"),
        (Ending::PeerClosed(Some(1012)), 1012, "code_1012"),
        (Ending::WeClosed(1013), 1013, "overloaded"),
        (Ending::PeerClosed(Some(1013)), 1013, "code_1013"),
        (Ending::PeerClosed(Some(1014)), 1014, "code_1014"),
        (Ending::PeerClosed(Some(3000)), 3000, "code_3xxx"),
        (Ending::PeerClosed(Some(3999)), 3999, "code_3xxx"),
        (Ending::PeerClosed(Some(4000)), 4000, "code_4xxx"),
        (Ending::PeerClosed(Some(4409)), 4409, "code_4xxx"),
        (Ending::PeerClosed(Some(4999)), 4999, "code_4xxx"),
        (Ending::AccessExpired, 4401, "access_expired"),
        (Ending::AccessRevoked, 4403, "access_revoked"),
        (Ending::SlowConsumer, 4408, "slow_consumer"),
        (Ending::Superseded, 4409, "superseded"),
    ];
    for (ending, code, name) in cases {
        assert_eq!(classify(ending), (code, name), "{ending:?}");
    }
    for row in TABLE {
        assert!(
            cases.iter().any(|case| case.2 == row.name),
            "{} is not reached",
            row.name
        );
    }
}

#[test]
fn every_code_that_a_peer_may_send_has_a_row() {
    for code in (0..=u16::MAX).filter(|&code| may_be_sent(code)) {
        let (_, name) = classify(Ending::PeerClosed(Some(code)));
        assert_ne!(name, "code_other", "{code}");
    }
}

#[test]
fn nothing_is_sent_to_a_peer_that_is_gone() {
    assert_eq!(Ending::Lost.code_to_send(), None);
    assert_eq!(Ending::PingTimeout.code_to_send(), None);
    assert_eq!(Ending::PeerClosed(None).code_to_send(), Some(1005));
    assert_eq!(Ending::Superseded.code_to_send(), Some(4409));
}

#[test]
fn the_published_page_is_the_table() {
    let published = include_str!("../../../docs/close-codes.md");
    assert_eq!(
        published,
        markdown(),
        "docs/close-codes.md must be:\n{}",
        markdown()
    );
}
