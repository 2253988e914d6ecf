use super::violation::{Violation, opcode};
use actix_http::ws::OpCode;

/// Two bytes, up to eight of extended length, four of masking key.
pub(super) const MAX_HEADER: usize = 14;
/// Longest payload of a control frame (RFC 6455 §5.5).
pub(super) const MAX_CONTROL: usize = 125;

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;
const LENGTH_16: u8 = 126;
const LENGTH_64: u8 = 127;

/// The header of one client frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub fin: bool,
    pub opcode: OpCode,
    pub length: u64,
    pub mask: [u8; 4],
}

impl Header {
    pub fn is_control(&self) -> bool {
        is_control(self.opcode)
    }
}

fn is_control(opcode: OpCode) -> bool {
    matches!(opcode, OpCode::Close | OpCode::Ping | OpCode::Pong)
}

/// Parses a header at the start of `bytes`: the header and its size, or `None` while bytes are missing.
///
/// Each error is reported at the first byte that shows it, even if the header is incomplete.
pub(super) fn parse(bytes: &[u8]) -> Result<Option<(Header, usize)>, Violation> {
    let Some(&first) = bytes.first() else {
        return Ok(None);
    };
    let (fin, opcode) = parse_first(first)?;
    let Some(&second) = bytes.get(1) else {
        return Ok(None);
    };
    check_second(second, opcode)?;
    let Some((length, key_at)) = parse_length(second & !MASKED, &bytes[2..])? else {
        return Ok(None);
    };
    let Some(mask) = bytes[2..][key_at..].first_chunk::<4>() else {
        return Ok(None);
    };
    let header = Header {
        fin,
        opcode,
        length,
        mask: *mask,
    };
    Ok(Some((header, 2 + key_at + 4)))
}

fn parse_first(byte: u8) -> Result<(bool, OpCode), Violation> {
    if byte & RESERVED != 0 {
        return Err(Violation::ReservedBits);
    }
    let opcode = opcode(byte & 0x0F)?;
    let fin = byte & FIN != 0;
    if is_control(opcode) && !fin {
        return Err(Violation::FragmentedControl);
    }
    Ok((fin, opcode))
}

fn check_second(byte: u8, opcode: OpCode) -> Result<(), Violation> {
    if byte & MASKED == 0 {
        return Err(Violation::Unmasked);
    }
    if is_control(opcode) && usize::from(byte & !MASKED) > MAX_CONTROL {
        return Err(Violation::ControlTooLong);
    }
    Ok(())
}

/// The payload length, and how many bytes of extended length it takes.
fn parse_length(short: u8, extended: &[u8]) -> Result<Option<(u64, usize)>, Violation> {
    let (length, used, shortest) = match short {
        LENGTH_16 => match extended.first_chunk::<2>() {
            Some(bytes) => (
                u64::from(u16::from_be_bytes(*bytes)),
                2,
                u64::from(LENGTH_16),
            ),
            None => return Ok(None),
        },
        LENGTH_64 => match extended.first_chunk::<8>() {
            Some(bytes) => (u64::from_be_bytes(*bytes), 8, u64::from(u16::MAX) + 1),
            None => return Ok(None),
        },
        short => (u64::from(short), 0, 0),
    };
    if length > i64::MAX as u64 {
        return Err(Violation::InvalidLength);
    }
    if length < shortest {
        return Err(Violation::NonMinimalLength);
    }
    Ok(Some((length, used)))
}
