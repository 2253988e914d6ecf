use bytes::{Buf, Bytes};
use std::collections::VecDeque;

/// Chunks from the wire, in order.
#[derive(Debug, Default)]
pub(super) struct Input {
    chunks: VecDeque<Bytes>,
    length: usize,
}

impl Input {
    pub fn len(&self) -> usize {
        self.length
    }

    pub fn push(&mut self, chunk: Bytes) {
        if !chunk.is_empty() {
            self.length += chunk.len();
            self.chunks.push_back(chunk);
        }
    }

    pub fn front(&self) -> &[u8] {
        self.chunks.front().map_or(&[], |chunk| chunk)
    }

    /// Removes `count` bytes, which must all be in the first chunk.
    pub fn skip(&mut self, count: usize) {
        if let Some(chunk) = self.chunks.front_mut() {
            chunk.advance(count);
            self.length -= count;
            if chunk.is_empty() {
                self.chunks.pop_front();
            }
        }
    }

    /// Up to `most` bytes, from one chunk only.
    pub fn take(&mut self, most: usize) -> Option<Bytes> {
        let mut chunk = self.chunks.pop_front()?;
        let piece = chunk.split_to(most.min(chunk.len()));
        self.length -= piece.len();
        if !chunk.is_empty() {
            self.chunks.push_front(chunk);
        }
        Some(piece)
    }
}
