use crate::websocket::encoder::*;

#[test]
fn lengths_are_written_in_their_shortest_form() {
    for (length, header) in [
        (0, vec![0x81, 0]),
        (125, vec![0x81, 125]),
        (126, vec![0x81, 126, 0, 126]),
        (65_535, vec![0x81, 126, 0xFF, 0xFF]),
        (65_536, vec![0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
    ] {
        let frame = text(&vec![b'x'; length]);
        assert_eq!(frame[..header.len()], header, "{length}");
        assert_eq!(frame.len(), header.len() + length);
    }
}

#[test]
fn control_payloads_stay_within_125_bytes() {
    assert_eq!(ping(b"now")[..], [0x89, 3, b'n', b'o', b'w']);
    assert_eq!(pong(&[7; 300]).len(), 2 + 125);
}

#[test]
fn a_close_carries_its_code_and_a_reason_cut_between_characters() {
    assert_eq!(close(1000, "ok")[..], [0x88, 4, 0x03, 0xE8, b'o', b'k']);
    let long = close(4408, &"é".repeat(100));
    assert_eq!(long[1], 2 + 122);
    assert!(std::str::from_utf8(&long[4..]).is_ok());
}

#[test]
fn a_close_whose_code_may_not_travel_is_empty() {
    assert_eq!(close(1005, "")[..], [0x88, 0]);
    assert_eq!(close(1006, "ping_timeout")[..], [0x88, 0]);
}
