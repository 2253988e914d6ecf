use super::client_frame;
use crate::websocket::*;
use bytes::Bytes;
use proptest::{collection::vec, prelude::*, sample::Index};

const LIMITS: Limits = Limits {
    max_frame: 2048,
    max_message: 4096,
};
/// Unfinished header and control frame, with the spare capacity of their buffers.
const OVERHEAD: usize = 14 + 2 * 125 + 16;

fn message() -> impl Strategy<Value = Incoming> {
    let control = || vec(any::<u8>(), 0..=125).prop_map(Bytes::from);
    prop_oneof![
        4 => any::<String>().prop_map(Incoming::Text),
        2 => vec(any::<u8>(), 0..LIMITS.max_frame).prop_map(|bytes| Incoming::Binary(bytes.into())),
        1 => control().prop_map(Incoming::Ping),
        1 => control().prop_map(Incoming::Pong),
    ]
}

/// Encodes the message as frames, cut at the given positions, with an empty Ping before each continuation if `pings` is set.
fn encode(message: &Incoming, cuts: &[Index], pings: bool) -> (Vec<u8>, usize) {
    let (opcode, payload): (u8, &[u8]) = match message {
        Incoming::Text(text) => (1, text.as_bytes()),
        Incoming::Binary(bytes) => (2, bytes),
        Incoming::Ping(bytes) => return (client_frame(0x89, bytes), 0),
        Incoming::Pong(bytes) => return (client_frame(0x8A, bytes), 0),
        Incoming::Close(_) => unreachable!("not generated"),
    };
    let mut cuts: Vec<usize> = cuts
        .iter()
        .map(|cut| cut.index(payload.len() + 1))
        .collect();
    cuts.sort_unstable();
    let mut wire = Vec::new();
    let (mut start, mut first, mut count) = (0, opcode, 0);
    for cut in cuts {
        wire.extend(client_frame(first, &payload[start..cut]));
        if pings {
            wire.extend(client_frame(0x89, b""));
            count += 1;
        }
        (start, first) = (cut, 0);
    }
    wire.extend(client_frame(0x80 | first, &payload[start..]));
    (wire, count)
}

/// Feeds `wire` in pieces and asserts the memory bound after each.
fn decode(
    wire: &[u8],
    mut pieces: impl Iterator<Item = usize>,
) -> Result<Vec<Incoming>, Violation> {
    let mut decoder = Decoder::new(LIMITS);
    let (mut messages, mut rest) = (Vec::new(), wire);
    while !rest.is_empty() {
        let (piece, after) =
            rest.split_at(pieces.next().unwrap_or(rest.len()).clamp(1, rest.len()));
        decoder.push(Bytes::copy_from_slice(piece));
        while let Some(message) = decoder.next()? {
            messages.push(message);
        }
        assert!(decoder.buffered() <= LIMITS.max_message + OVERHEAD);
        rest = after;
    }
    Ok(messages)
}

proptest! {
    #[test]
    fn any_fragmentation_on_the_wire_gives_the_same_messages(
        conversation in vec((message(), vec(any::<Index>(), 0..4), any::<bool>()), 0..8),
        pieces in vec(1..40_usize, 1..50),
    ) {
        let (mut wire, mut expected) = (Vec::new(), Vec::new());
        for (message, cuts, pings) in &conversation {
            let (bytes, count) = encode(message, cuts, *pings);
            wire.extend(bytes);
            expected.extend(std::iter::repeat_n(Incoming::Ping(Bytes::new()), count));
            expected.push(message.clone());
        }
        prop_assert_eq!(decode(&wire, pieces.into_iter().cycle()), Ok(expected));
    }

    #[test]
    fn random_bytes_never_panic_nor_buffer_beyond_the_bound(
        wire in vec(any::<u8>(), 0..4096),
        pieces in vec(1..200_usize, 1..20),
    ) {
        let _ = decode(&wire, pieces.into_iter().cycle());
    }

    #[test]
    fn damaged_conversations_never_panic_nor_buffer_beyond_the_bound(
        conversation in vec((message(), vec(any::<Index>(), 0..4)), 1..8),
        damage in vec((any::<Index>(), any::<u8>()), 0..4),
        pieces in vec(1..200_usize, 1..20),
    ) {
        let mut wire: Vec<u8> = conversation
            .iter()
            .flat_map(|(message, cuts)| encode(message, cuts, false).0)
            .collect();
        for (place, value) in damage {
            let place = place.index(wire.len());
            wire[place] = value;
        }
        let _ = decode(&wire, pieces.into_iter().cycle());
    }

    #[test]
    fn a_violation_does_not_depend_on_how_the_bytes_arrive(
        wire in vec(any::<u8>(), 0..64),
        pieces in vec(1..8_usize, 1..20),
    ) {
        prop_assert_eq!(decode(&wire, std::iter::empty()).err(), decode(&wire, pieces.into_iter().cycle()).err());
    }
}
