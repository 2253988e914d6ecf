use super::client_frame;
use crate::websocket::*;
use bytes::Bytes;
use tokio::time::{Duration, Instant};

const KIB: usize = 1024;
const LIMITS: Limits = Limits {
    max_frame: 64 * KIB,
    max_message: 128 * KIB,
};

fn decode(bytes: &[u8]) -> (Vec<Incoming>, Option<Violation>) {
    let mut decoder = Decoder::new(LIMITS);
    decoder.push(Bytes::copy_from_slice(bytes));
    drain(&mut decoder)
}

fn drain(decoder: &mut Decoder) -> (Vec<Incoming>, Option<Violation>) {
    let mut messages = Vec::new();
    loop {
        match decoder.next() {
            Ok(Some(message)) => messages.push(message),
            Ok(None) => return (messages, None),
            Err(violation) => return (messages, Some(violation)),
        }
    }
}

fn refusal(bytes: &[u8]) -> Option<(Violation, u16)> {
    decode(bytes)
        .1
        .map(|violation| (violation, violation.close_code()))
}

fn text(text: &str) -> Incoming {
    Incoming::Text(text.to_owned())
}

#[test]
fn frames_that_break_the_protocol_are_refused_at_the_first_byte_that_shows_it() {
    let cases: [(&[u8], Violation); 11] = [
        (&[0xC1], Violation::ReservedBits),
        (&[0x91], Violation::ReservedBits),
        (&[0x83], Violation::UnknownOpcode(3)),
        (&[0x8F], Violation::UnknownOpcode(15)),
        (&[0x09], Violation::FragmentedControl),
        (&[0x81, 0x05], Violation::Unmasked),
        (&[0x89, 0x80 | 126], Violation::ControlTooLong),
        (&[0x82, 0xFE, 0, 125], Violation::NonMinimalLength),
        (
            &[0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF],
            Violation::NonMinimalLength,
        ),
        (
            &[0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0],
            Violation::InvalidLength,
        ),
        (&[0x80, 0x80, 0, 0, 0, 0], Violation::UnexpectedContinuation),
    ];
    for (bytes, violation) in cases {
        assert_eq!(refusal(bytes), Some((violation, 1002)), "{bytes:X?}");
    }
}

#[test]
fn a_new_message_inside_a_fragmented_one_is_refused() {
    let frames = [client_frame(0x01, b"half"), client_frame(0x81, b"new")].concat();
    assert_eq!(
        refusal(&frames),
        Some((Violation::InterruptedMessage, 1002))
    );
}

#[test]
fn control_frames_between_fragments_are_delivered_at_once() {
    let frames = [
        client_frame(0x01, b"one "),
        client_frame(0x89, b"ping"),
        client_frame(0x00, b"two "),
        client_frame(0x8A, b"pong"),
        client_frame(0x80, b"three"),
    ];
    let ping = Incoming::Ping(Bytes::from_static(b"ping"));
    let pong = Incoming::Pong(Bytes::from_static(b"pong"));
    assert_eq!(
        decode(&frames.concat()),
        (vec![ping, pong, text("one two three")], None)
    );
}

#[test]
fn a_close_ends_the_stream_and_what_follows_is_discarded() {
    let close = client_frame(0x88, b"\x03\xE8bye");
    let (messages, violation) = decode(&[close, client_frame(0x81, b"late")].concat());
    let reason = CloseReason {
        code: CloseCode::Normal,
        description: Some("bye".into()),
    };
    assert_eq!(
        (messages, violation),
        (vec![Incoming::Close(Some(reason))], None)
    );
    assert_eq!(decode(&client_frame(0x88, b"")).0, [Incoming::Close(None)]);
}

#[test]
fn close_payloads_are_checked() {
    let refused = |payload: &[u8]| refusal(&client_frame(0x88, payload));
    assert_eq!(refused(b"\x03"), Some((Violation::ClosePayload, 1002)));
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535_u16] {
        let violation = Violation::InvalidCloseCode(code);
        assert_eq!(refused(&code.to_be_bytes()), Some((violation, 1002)));
    }
    assert_eq!(
        refused(b"\x03\xE8\xFF"),
        Some((Violation::InvalidUtf8, 1007))
    );
}

#[test]
fn invalid_text_is_refused_in_the_middle_of_its_frame() {
    let frame = client_frame(0x81, b"valid so far \xED\xA0\x80 and much more to come");
    let until_bad_byte = 6 + "valid so far ".len() + 2;
    assert_eq!(refusal(&frame[..until_bad_byte - 1]), None);
    assert_eq!(
        refusal(&frame[..until_bad_byte]),
        Some((Violation::InvalidUtf8, 1007))
    );
}

#[test]
fn a_character_may_be_split_between_fragments_but_not_left_unfinished() {
    let euro = "€".as_bytes();
    let split = [
        client_frame(0x01, &euro[..1]),
        client_frame(0x80, &euro[1..]),
    ]
    .concat();
    assert_eq!(decode(&split).0, [text("€")]);
    let unfinished = [client_frame(0x01, &euro[..2]), client_frame(0x80, b"")].concat();
    assert_eq!(refusal(&unfinished), Some((Violation::InvalidUtf8, 1007)));
}

#[test]
fn a_frame_announced_too_big_is_refused_by_its_header_alone() {
    let mut header = vec![0x82, 0xFF];
    header.extend((1_u64 << 30).to_be_bytes());
    header.extend([1, 2, 3, 4]);
    let violation = Violation::FrameTooBig {
        announced: 1 << 30,
        limit: LIMITS.max_frame,
    };
    assert_eq!(refusal(&header), Some((violation, 1009)));
}

#[test]
fn fragments_are_refused_when_their_sum_is_too_big() {
    let fragment = |first| client_frame(first, &vec![b'x'; LIMITS.max_frame]);
    let within = [fragment(0x02), fragment(0x80)].concat();
    assert_eq!(refusal(&within), None);
    let beyond = [fragment(0x02), fragment(0x00), client_frame(0x80, b"x")].concat();
    let violation = Violation::MessageTooBig {
        limit: LIMITS.max_message,
    };
    assert_eq!(refusal(&beyond), Some((violation, 1009)));
}

#[test]
fn memory_follows_what_has_arrived_and_not_what_was_announced() {
    let frame = client_frame(0x82, &vec![0; LIMITS.max_frame]);
    let mut decoder = Decoder::new(LIMITS);
    for arrived in [100, 1000, 10_000] {
        decoder.push(Bytes::copy_from_slice(&frame[..arrived]));
        let _ = decoder.next();
        assert!(
            decoder.buffered() < 4 * arrived,
            "{} for {arrived}",
            decoder.buffered()
        );
        decoder = Decoder::new(LIMITS);
    }
}

#[test]
fn nothing_is_kept_after_a_violation() {
    let mut decoder = Decoder::new(LIMITS);
    decoder.push(Bytes::from(client_frame(0x02, &[0; 10_000])));
    decoder.push(Bytes::from_static(&[0xFF]));
    assert_eq!(drain(&mut decoder).1, Some(Violation::ReservedBits));
    decoder.push(Bytes::from_static(&[0; 100]));
    assert_eq!(decoder.next(), Err(Violation::ReservedBits));
    assert_eq!(decoder.buffered(), 0);
}

/// Copying or rechecking the whole message for each byte would take 2^42 steps here.
#[test]
fn a_message_dripped_byte_by_byte_costs_time_in_its_length_only() {
    const SIZE: usize = 2 << 20;
    let started = Instant::now();
    let limits = Limits {
        max_frame: SIZE,
        max_message: SIZE,
    };
    let mut decoder = Decoder::new(limits);
    for byte in client_frame(0x81, &vec![b'x'; SIZE]) {
        decoder.push(Bytes::from(vec![byte]));
        if let Some(message) = decoder.next().unwrap() {
            assert_eq!(message, Incoming::Text("x".repeat(SIZE)));
        }
    }
    assert!(decoder.buffered() < 100);
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[test]
fn endless_tiny_fragments_cost_memory_in_their_payload_only() {
    let mut decoder = Decoder::new(LIMITS);
    decoder.push(Bytes::from(client_frame(0x01, b"")));
    for _ in 0..100_000 {
        decoder.push(Bytes::from(client_frame(0x00, b"")));
        assert_eq!(decoder.next(), Ok(None));
    }
    assert!(decoder.buffered() < 100);
    let violation = (0..=LIMITS.max_message).find_map(|_| {
        decoder.push(Bytes::from(client_frame(0x00, b"x")));
        decoder.next().err()
    });
    assert_eq!(violation.map(Violation::close_code), Some(1009));
}
