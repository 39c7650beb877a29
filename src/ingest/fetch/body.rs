//! The body of an answer: received and unpacked under limits that are counted while it comes.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};
use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use tokio::time::{Instant, timeout_at};

use super::Caps;
use super::fault::{Stop, size};

/// The most codings that one body may be wrapped in.
const CODINGS_MAX: usize = 2;
/// How much is unpacked at a time, in bytes.
const STEP_BYTES: usize = 64 * 1024;
/// Steps after which other tasks get their turn.
const STEPS_PER_TURN: usize = 16;
/// The base-2 logarithm of the largest zstd window taken, in bytes: what RFC 9659 allows on the web.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// A way in which a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

type Packed = Box<dyn BufRead + Send>;

/// How the body is packed by `Content-Encoding`, in the order in which it was done.
pub(super) fn codings(headers: &HeaderMap) -> Result<Vec<Coding>, Stop> {
    let mut codings = Vec::new();
    for value in headers.get_all(CONTENT_ENCODING) {
        for name in value.as_bytes().split(|byte| *byte == b',') {
            match name.trim_ascii().to_ascii_lowercase().as_slice() {
                b"" | b"identity" => {}
                b"gzip" | b"x-gzip" => codings.push(Coding::Gzip),
                b"deflate" => codings.push(Coding::Deflate),
                b"br" => codings.push(Coding::Brotli),
                b"zstd" => codings.push(Coding::Zstd),
                _ => {
                    return Err(Stop::Failed(
                        Some(200),
                        "the answer is packed in a way that nobody asked for".into(),
                    ));
                }
            }
            if codings.len() > CODINGS_MAX {
                return Err(Stop::Failed(
                    Some(200),
                    format!("the answer is packed more than {CODINGS_MAX} times"),
                ));
            }
        }
    }
    Ok(codings)
}

/// Reads the body as sent.
pub(super) async fn receive(mut response: reqwest::Response, caps: Caps, deadline: Instant) -> Result<Vec<u8>, Stop> {
    let too_long = || Stop::Refused(format!("the answer is longer than {}", size(caps.wire_bytes)));
    let declared = response.content_length().unwrap_or(0);
    if !caps.cut && declared > caps.wire_bytes as u64 {
        return Err(too_long());
    }
    let mut wire = Vec::new();
    loop {
        let chunk = timeout_at(deadline, response.chunk())
            .await
            .map_err(|_| Stop::Refused("no whole answer within the time allowed".into()))??;
        let Some(chunk) = chunk else { return Ok(wire) };
        let room = caps.wire_bytes - wire.len();
        if let Some(fits) = chunk.get(..room).filter(|fits| fits.len() < chunk.len()) {
            if !caps.cut {
                return Err(too_long());
            }
            wire.extend_from_slice(fits);
            return Ok(wire);
        }
        wire.extend_from_slice(&chunk);
    }
}

/// Unpacks a body. One that says nothing of gzip and is gzip is unpacked too, and one that says gzip or zstd and is not is
/// taken as it is: both are common, and neither can be mistaken.
pub(super) async fn unpack(wire: Vec<u8>, codings: &[Coding], caps: Caps) -> Result<Vec<u8>, Stop> {
    let cut = caps.cut && wire.len() >= caps.wire_bytes;
    if codings.is_empty() && !wire.starts_with(&GZIP_MAGIC) {
        return within(wire, caps);
    }
    let mut packed: Packed = Box::new(Cursor::new(wire));
    for coding in codings.iter().rev() {
        packed = open(*coding, packed).map_err(broken)?;
    }
    packed = open(Coding::Gzip, packed).map_err(broken)?;
    let mut bytes = Vec::new();
    let mut step = vec![0; STEP_BYTES];
    for turn in 1_usize.. {
        let read = match packed.read(&mut step) {
            // Of a body that was cut on purpose, what could be unpacked is enough.
            Err(_) if cut => 0,
            read => read.map_err(broken)?,
        };
        if read == 0 {
            break;
        }
        let room = caps.bytes.saturating_sub(bytes.len());
        bytes
            .try_reserve(read.min(room))
            .map_err(|_| Stop::Refused("no memory for the answer".into()))?;
        bytes.extend(step.get(..read.min(room)).unwrap_or_default());
        if read > room {
            if caps.cut {
                break;
            }
            return Err(too_large(caps));
        }
        if turn % STEPS_PER_TURN == 0 {
            tokio::task::yield_now().await;
        }
    }
    Ok(bytes)
}

fn within(mut bytes: Vec<u8>, caps: Caps) -> Result<Vec<u8>, Stop> {
    if bytes.len() > caps.bytes && !caps.cut {
        return Err(too_large(caps));
    }
    bytes.truncate(caps.bytes);
    Ok(bytes)
}

fn too_large(caps: Caps) -> Stop {
    Stop::Refused(format!("the answer is larger than {} when unpacked", size(caps.bytes)))
}

#[expect(clippy::needless_pass_by_value, reason = "a function for map_err")]
fn broken(error: io::Error) -> Stop {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Stop::Failed(Some(200), "the packed answer ended before it was whole".into()),
        _ => Stop::Failed(Some(200), "the packed answer is damaged".into()),
    }
}

fn open(coding: Coding, mut packed: Packed) -> io::Result<Packed> {
    let head = packed.fill_buf()?;
    if head.is_empty() {
        return Ok(packed);
    }
    Ok(match coding {
        Coding::Gzip if head.starts_with(&GZIP_MAGIC) => buffered(Members::new(packed)),
        Coding::Zstd if head.starts_with(&ZSTD_MAGIC) => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(packed)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
            buffered(decoder)
        }
        Coding::Gzip | Coding::Zstd => packed,
        // The standard means zlib's container; some servers send the bare stream.
        Coding::Deflate if is_zlib(head) => buffered(ZlibDecoder::new(packed)),
        Coding::Deflate => buffered(DeflateDecoder::new(packed)),
        Coding::Brotli => buffered(brotli_decompressor::Decompressor::new(packed, STEP_BYTES)),
    })
}

fn buffered(reader: impl Read + Send + 'static) -> Packed {
    Box::new(BufReader::with_capacity(STEP_BYTES, reader))
}

fn is_zlib(head: &[u8]) -> bool {
    match *head {
        [first, second, ..] => first & 0x0f == 8 && u16::from_be_bytes([first, second]) % 31 == 0,
        _ => false,
    }
}

/// The members of a gzip file, one after the other (RFC 1952). What follows the last and is no member is left alone, as
/// gzip itself does.
struct Members {
    /// `None` after the last.
    current: Option<GzDecoder<Packed>>,
}

impl Members {
    fn new(packed: Packed) -> Self {
        Self {
            current: Some(GzDecoder::new(packed)),
        }
    }
}

impl Read for Members {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        // Every turn uses up at least the header of a member.
        while let Some(mut member) = self.current.take() {
            let read = member.read(out)?;
            if read > 0 {
                self.current = Some(member);
                return Ok(read);
            }
            let mut rest = member.into_inner();
            let head = rest.fill_buf()?;
            // One byte may be all that the buffer holds of the next magic number.
            if head.starts_with(&GZIP_MAGIC) || head == [0x1f] {
                self.current = Some(GzDecoder::new(rest));
            }
        }
        Ok(0)
    }
}
