//! Decodes bytes into complete messages; no I/O and no clock.

use super::{
    Violation,
    header::{Header, MAX_HEADER, parse},
    input::Input,
    message::{Message, append_unmasked},
};
use actix_http::ws::{CloseCode, CloseReason, OpCode};
use bytes::Bytes;

/// Limits of payload sizes, bytes. A larger payload is refused with 1009 before it is buffered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest payload of one frame.
    pub max_frame: usize,
    /// Longest message, the sum of its fragments.
    pub max_message: usize,
}

/// A complete message or control frame from the peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    Text(String),
    Binary(Bytes),
    Ping(Bytes),
    Pong(Bytes),
    /// The last message: nothing is decoded after it. `None` if the peer gave no code (1005).
    Close(Option<CloseReason>),
}

/// Decodes the client's side of one connection. [`push`](Self::push) bytes as they arrive, then call [`next`](Self::next) until it
/// returns `None`: by then it has consumed everything pushed, and holds at most an unfinished header, control frame and message.
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    input: Input,
    header: Vec<u8>,
    frame: Option<Frame>,
    message: Option<Message>,
    control: Vec<u8>,
    end: Option<Result<(), Violation>>,
}

/// The frame whose payload is being read.
#[derive(Debug)]
struct Frame {
    header: Header,
    remaining: usize,
}

impl Decoder {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            input: Input::default(),
            header: Vec::new(),
            frame: None,
            message: None,
            control: Vec::new(),
            end: None,
        }
    }

    /// Adds bytes from the wire. After a Close or a violation they are discarded.
    pub fn push(&mut self, bytes: Bytes) {
        if self.end.is_none() {
            self.input.push(bytes);
        }
    }

    /// The next complete message, or `None` if more bytes are needed. After a violation every call returns the same violation; after a
    /// Close every call returns `None`.
    ///
    /// # Errors
    /// The peer broke RFC 6455 or a limit; the connection must be closed.
    #[allow(clippy::should_implement_trait)] // fallible and resumable: an Iterator would promise less
    pub fn next(&mut self) -> Result<Option<Incoming>, Violation> {
        if let Some(end) = self.end {
            return end.map(|()| None);
        }
        let next = self.advance();
        match &next {
            Ok(Some(Incoming::Close(_))) => self.finish(Ok(())),
            Err(violation) => self.finish(Err(*violation)),
            Ok(_) => {}
        }
        next
    }

    /// Memory held for this peer, in bytes: unread input, and what is allocated for an unfinished header, control frame and message.
    pub fn buffered(&self) -> usize {
        let message = self.message.as_ref().map_or(0, Message::capacity);
        self.input.len() + self.header.capacity() + self.control.capacity() + message
    }

    fn finish(&mut self, end: Result<(), Violation>) {
        *self = Self {
            end: Some(end),
            ..Self::new(self.limits)
        };
    }

    fn advance(&mut self) -> Result<Option<Incoming>, Violation> {
        loop {
            if self.frame.is_none() && !self.read_header()? {
                return Ok(None);
            }
            let Some(header) = self.read_payload()? else {
                return Ok(None);
            };
            if let Some(incoming) = self.complete(header)? {
                return Ok(Some(incoming));
            }
        }
    }

    /// Reads the header; true once it is complete. It is buffered separately because it may arrive in pieces.
    fn read_header(&mut self) -> Result<bool, Violation> {
        loop {
            let held = self.header.len();
            let chunk = self.input.front();
            self.header.extend(chunk.iter().take(MAX_HEADER - held));
            let taken = self.header.len() - held;
            if let Some((header, used)) = parse(&self.header)? {
                self.input.skip(used - held);
                self.header.clear();
                self.begin(header)?;
                return Ok(true);
            }
            if taken == 0 {
                return Ok(false);
            }
            self.input.skip(taken);
        }
    }

    fn begin(&mut self, header: Header) -> Result<(), Violation> {
        match (header.opcode, &self.message) {
            (OpCode::Continue, None) => return Err(Violation::UnexpectedContinuation),
            (OpCode::Text | OpCode::Binary, Some(_)) => return Err(Violation::InterruptedMessage),
            _ => {}
        }
        let remaining = self.admit(&header)?;
        match header.opcode {
            OpCode::Text | OpCode::Binary => {
                self.message = Some(Message::new(header.opcode == OpCode::Text))
            }
            _ => {}
        }
        self.frame = Some(Frame { header, remaining });
        Ok(())
    }

    /// The announced length, if the limits allow it.
    fn admit(&self, header: &Header) -> Result<usize, Violation> {
        let Limits {
            max_frame,
            max_message,
        } = self.limits;
        let too_big = Violation::FrameTooBig {
            announced: header.length,
            limit: max_frame,
        };
        let length = usize::try_from(header.length).map_err(|_| too_big)?;
        if header.is_control() {
            return Ok(length);
        }
        if length > max_frame {
            return Err(too_big);
        }
        let held = self.message.as_ref().map_or(0, Message::len);
        if length > max_message.saturating_sub(held) {
            return Err(Violation::MessageTooBig { limit: max_message });
        }
        Ok(length)
    }

    /// Reads the available payload of the current frame; returns the frame's header once it is complete.
    fn read_payload(&mut self) -> Result<Option<Header>, Violation> {
        let Some(frame) = &mut self.frame else {
            return Ok(None);
        };
        while frame.remaining > 0 {
            let Some(piece) = self.input.take(frame.remaining) else {
                break;
            };
            let mask = frame.mask_at_position();
            match &mut self.message {
                Some(message) if !frame.header.is_control() => {
                    let ceiling = frame.ceiling(message.len(), self.limits.max_message);
                    message.append(&piece, mask, ceiling);
                }
                _ => append_unmasked(&mut self.control, &piece, mask),
            }
            frame.remaining -= piece.len();
        }
        let (header, complete) = (frame.header, frame.remaining == 0);
        if complete {
            self.frame = None;
        }
        self.check_text(&header, complete)?;
        Ok(complete.then_some(header))
    }

    /// Checks incomplete text as it arrives, so that invalid text is refused at its first bad byte.
    fn check_text(&mut self, header: &Header, complete: bool) -> Result<(), Violation> {
        match &mut self.message {
            Some(message) if !(header.is_control() || complete && header.fin) => {
                message.check_prefix()
            }
            _ => Ok(()),
        }
    }

    fn complete(&mut self, header: Header) -> Result<Option<Incoming>, Violation> {
        if header.is_control() {
            let payload = Bytes::from(std::mem::take(&mut self.control));
            return control(header.opcode, payload).map(Some);
        }
        match self.message.take_if(|_| header.fin) {
            Some(message) => message.finish().map(Some),
            None => Ok(None),
        }
    }
}

impl Frame {
    /// The masking key, rotated so that it starts at the next payload byte.
    fn mask_at_position(&self) -> [u8; 4] {
        let mut mask = self.header.mask;
        // `remaining` counts down from the length, so the position is their difference; only its last two bits matter.
        let position = self.header.length.wrapping_sub(self.remaining as u64) % 4;
        mask.rotate_left(position as usize);
        mask
    }

    /// Upper bound of the message's length; exact in its last frame.
    fn ceiling(&self, held: usize, max_message: usize) -> usize {
        if self.header.fin {
            held + self.remaining
        } else {
            max_message
        }
    }
}

fn control(opcode: OpCode, payload: Bytes) -> Result<Incoming, Violation> {
    match opcode {
        OpCode::Ping => Ok(Incoming::Ping(payload)),
        OpCode::Pong => Ok(Incoming::Pong(payload)),
        _ => close_reason(&payload).map(Incoming::Close),
    }
}

/// Parses a close payload (RFC 6455 §5.5.1, §7.4). The framework's parser does not distinguish a bad code from bad text, which need
/// different close codes.
fn close_reason(payload: &[u8]) -> Result<Option<CloseReason>, Violation> {
    let Some((code, text)) = payload.split_first_chunk::<2>() else {
        return if payload.is_empty() {
            Ok(None)
        } else {
            Err(Violation::ClosePayload)
        };
    };
    let code = u16::from_be_bytes(*code);
    if !super::close::may_be_sent(code) {
        return Err(Violation::InvalidCloseCode(code));
    }
    let text = std::str::from_utf8(text).map_err(|_| Violation::InvalidUtf8)?;
    let description = (!text.is_empty()).then(|| text.to_owned());
    Ok(Some(CloseReason {
        code: CloseCode::from(code),
        description,
    }))
}
