use actix_http::ws::OpCode;
use thiserror::Error;

/// How a peer broke RFC 6455 or our limits. Each violation closes the connection with [`Violation::close_code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Violation {
    #[error("reserved bits are set although no extension was negotiated")]
    ReservedBits,
    #[error("opcode {0} is not defined")]
    UnknownOpcode(u8),
    #[error("a client frame must be masked")]
    Unmasked,
    #[error("a control frame is fragmented")]
    FragmentedControl,
    #[error("a control frame carries more than 125 bytes")]
    ControlTooLong,
    #[error("the frame length is not in its shortest form")]
    NonMinimalLength,
    #[error("the frame length has its most significant bit set")]
    InvalidLength,
    #[error("a continuation frame without a message to continue")]
    UnexpectedContinuation,
    #[error("a new message began before the previous one was complete")]
    InterruptedMessage,
    #[error("a close payload of one byte")]
    ClosePayload,
    #[error("close code {0} may not be sent")]
    InvalidCloseCode(u16),
    #[error("text is not valid UTF-8")]
    InvalidUtf8,
    #[error("a frame of {announced} bytes exceeds the limit of {limit}")]
    FrameTooBig { announced: u64, limit: usize },
    #[error("a message exceeds the limit of {limit} bytes")]
    MessageTooBig { limit: usize },
}

impl Violation {
    /// The close code that answers this violation (RFC 6455 §7.4.1): 1002, 1007 or 1009.
    pub fn close_code(self) -> u16 {
        match self {
            Self::InvalidUtf8 => 1007,
            Self::FrameTooBig { .. } | Self::MessageTooBig { .. } => 1009,
            _ => 1002,
        }
    }
}

/// The known opcode in the low four bits of a frame's first byte.
pub(super) fn opcode(bits: u8) -> Result<OpCode, Violation> {
    match OpCode::from(bits) {
        OpCode::Bad => Err(Violation::UnknownOpcode(bits)),
        known => Ok(known),
    }
}
