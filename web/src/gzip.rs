//! Compresses what is served many times, once.

use std::io::{self, Read as _, Write as _};

use bytes::Bytes;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};

/// For what somebody waits for: half the time of the usual level, for a tenth more bytes.
pub const SOON: Compression = Compression::new(3);
/// For what is sent as long as the program runs.
pub const SMALL: Compression = Compression::best();

/// The bytes, gzipped.
pub fn gzip(plain: &[u8], level: Compression) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4), level);
    let written = encoder.write_all(plain).and_then(|()| encoder.finish());
    written.expect("a vector takes whatever is written to it").into()
}

/// What was gzipped, of which is known how long it is.
///
/// # Errors
/// When it is not gzip.
pub fn gunzip(zipped: &[u8], bytes: usize) -> io::Result<Bytes> {
    let mut plain = Vec::with_capacity(bytes);
    GzDecoder::new(zipped).read_to_end(&mut plain)?;
    Ok(plain.into())
}
