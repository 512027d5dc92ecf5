//! Rows in Postgres's binary form of COPY, and the digest of a table.
//!
//! The form stands in the documentation of COPY: a head, then for each row the count of fields, and for each field its
//! length (-1 for NULL) and its bytes; then -1 in place of a count.

use std::borrow::Cow;

use bytes::{BufMut as _, Bytes, BytesMut};
use rusqlite::types::ValueRef;
use souk_types::{ErrorKind, Fault};
use tokio_postgres::types::{IsNull, ToSql as _, Type};

use crate::Param;

/// The signature, no flags, no extension.
const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const TRAILER: i16 = -1;
const NULL: i32 = -1;
/// A chunk is sent when it has so many bytes.
const CHUNK_BYTES: usize = 256 * 1024;
/// Chunks that wait between reader and writer.
pub(super) const CHUNKS_MAX: usize = 4;

/// A column and its type on Postgres.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) ty: Type,
}

/// Rows that are ready to be sent.
pub(super) struct Chunk {
    pub(super) rows: u64,
    pub(super) bytes: Bytes,
}

/// What tells the rows of a table from others, in whatever order they come: their count, and the sum of a hash of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Digest {
    pub(super) rows: u64,
    sum: u128,
}

impl Digest {
    pub(super) fn add(&mut self, row: &blake3::Hash) {
        let mut half = [0; 16];
        half.copy_from_slice(&row.as_bytes()[..16]);
        self.rows += 1;
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(half));
    }

    pub(super) fn hex(&self) -> String {
        format!("{:032x}", self.sum)
    }

    pub(super) fn parse(rows: i64, hex: &str) -> Option<Self> {
        Some(Self { rows: u64::try_from(rows).ok()?, sum: u128::from_str_radix(hex, 16).ok()? })
    }
}

/// The hash of a row whose fields are read one by one; the same as of the row as it was sent.
pub(super) struct RowHash(blake3::Hasher);

impl RowHash {
    pub(super) fn new(fields: usize) -> Self {
        let mut hash = blake3::Hasher::new();
        hash.update(&i16::try_from(fields).unwrap_or(TRAILER).to_be_bytes());
        Self(hash)
    }

    pub(super) fn field(&mut self, bytes: Option<&[u8]>) {
        let length = bytes.map_or(NULL, |bytes| i32::try_from(bytes.len()).unwrap_or(NULL));
        self.0.update(&length.to_be_bytes());
        self.0.update(bytes.unwrap_or_default());
    }

    pub(super) fn end(&self) -> blake3::Hash {
        self.0.finalize()
    }
}

/// Makes chunks of rows.
pub(super) struct Encoder {
    buffer: BytesMut,
    rows: u64,
    pub(super) digest: Digest,
}

impl Encoder {
    pub(super) fn new() -> Self {
        Self { buffer: BytesMut::from(HEAD), rows: 0, digest: Digest::default() }
    }

    /// Adds a row; gives a chunk when one is full.
    pub(super) fn row(&mut self, row: &rusqlite::Row<'_>, columns: &[Column]) -> Result<Option<Chunk>, Fault> {
        let from = self.buffer.len();
        self.buffer.put_i16(i16::try_from(columns.len()).map_err(Fault::internal)?);
        for (index, column) in columns.iter().enumerate() {
            let value = row.get_ref(index).map_err(Fault::internal)?;
            self.field(value, &column.ty).map_err(|why| unfit(&column.name, &why))?;
        }
        self.digest.add(&blake3::hash(&self.buffer[from..]));
        self.rows += 1;
        Ok((self.buffer.len() >= CHUNK_BYTES).then(|| self.chunk()))
    }

    /// What is left, and the end of it all.
    pub(super) fn end(mut self) -> (Chunk, Digest) {
        self.buffer.put_i16(TRAILER);
        (self.chunk(), self.digest)
    }

    fn chunk(&mut self) -> Chunk {
        Chunk { rows: std::mem::take(&mut self.rows), bytes: self.buffer.split().freeze() }
    }

    fn field(&mut self, value: ValueRef<'_>, ty: &Type) -> Result<(), String> {
        let param = match value {
            ValueRef::Null => Param::Null,
            ValueRef::Integer(number) => Param::Integer(number),
            ValueRef::Real(number) => Param::Real(number),
            ValueRef::Text(bytes) if bytes.contains(&0) => return Err("a text holds a NUL character".to_owned()),
            ValueRef::Text(bytes) => {
                Param::Text(Cow::Borrowed(std::str::from_utf8(bytes).map_err(|error| error.to_string())?))
            }
            ValueRef::Blob(bytes) => Param::Bytes(Cow::Borrowed(bytes)),
        };
        let at = self.buffer.len();
        self.buffer.put_i32(NULL);
        if let IsNull::No = param.to_sql(ty, &mut self.buffer).map_err(|error| error.to_string())? {
            let length = i32::try_from(self.buffer.len() - at - 4).map_err(|error| error.to_string())?;
            self.buffer[at..at + 4].copy_from_slice(&length.to_be_bytes());
        }
        Ok(())
    }
}

fn unfit(column: &str, why: &str) -> Fault {
    Fault::new(ErrorKind::Invalid, format!("column {column}: {why}, which Postgres cannot keep"))
}
