//! What is written in a thread of its own, as the body of an answer.

use std::io::{Error, Result, Write};

use axum::body::Bytes;
use tokio::sync::mpsc;

use super::Piece;

/// How much leaves at a time, in bytes.
const PIECE: usize = 64 << 10;

/// Writes into a body; waits where whoever reads it is slower. Only for threads that may wait.
pub(super) struct Pipe {
    body: mpsc::Sender<Piece>,
    held: Vec<u8>,
}

impl Pipe {
    pub(super) fn new(body: mpsc::Sender<Piece>) -> Self {
        Self { body, held: Vec::with_capacity(PIECE) }
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        let piece = Bytes::from(std::mem::replace(&mut self.held, Vec::with_capacity(PIECE)));
        self.body.blocking_send(Ok(piece)).map_err(|_| Error::from(std::io::ErrorKind::BrokenPipe))
    }
}
