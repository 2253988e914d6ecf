use super::{Violation, decoder::Incoming};
use bytes::Bytes;

/// An incoming data message, in one or several frames.
#[derive(Debug)]
pub(super) struct Message {
    text: bool,
    bytes: Vec<u8>,
    /// Length of the prefix already known to be valid UTF-8 (text only).
    valid: usize,
}

impl Message {
    pub fn new(text: bool) -> Self {
        Self {
            text,
            bytes: Vec::new(),
            valid: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Appends masked bytes; `mask` must start at the key byte for the first of them. The buffer doubles up to `ceiling`, so that memory
    /// grows with the received bytes and not with the announced length.
    pub fn append(&mut self, masked: &[u8], mask: [u8; 4], ceiling: usize) {
        let needed = self.bytes.len() + masked.len();
        if needed > self.bytes.capacity() {
            let target = needed.max(ceiling.min(self.bytes.capacity() * 2));
            self.bytes.reserve_exact(target - self.bytes.len());
        }
        append_unmasked(&mut self.bytes, masked, mask);
    }

    /// Fails as soon as the bytes cannot become valid text. The cost is linear in the bytes added since the last check.
    ///
    /// # Errors
    /// The text is not valid UTF-8.
    pub fn check_prefix(&mut self) -> Result<(), Violation> {
        if !self.text {
            return Ok(());
        }
        match std::str::from_utf8(&self.bytes[self.valid..]) {
            Ok(_) => self.valid = self.bytes.len(),
            Err(error) if error.error_len().is_none() => self.valid += error.valid_up_to(),
            Err(_) => return Err(Violation::InvalidUtf8),
        }
        Ok(())
    }

    /// # Errors
    /// The text is not valid UTF-8.
    pub fn finish(self) -> Result<Incoming, Violation> {
        if !self.text {
            return Ok(Incoming::Binary(Bytes::from(self.bytes)));
        }
        String::from_utf8(self.bytes)
            .map(Incoming::Text)
            .map_err(|_| Violation::InvalidUtf8)
    }
}

/// Appends `masked` to `buffer`, XORed with the key (RFC 6455 §5.3), eight bytes at a time.
pub(super) fn append_unmasked(buffer: &mut Vec<u8>, masked: &[u8], mask: [u8; 4]) {
    let start = buffer.len();
    buffer.extend_from_slice(masked);
    let [a, b, c, d] = mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, rest) = buffer[start..].as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(mask.into_iter().cycle()) {
        *byte ^= key;
    }
}
