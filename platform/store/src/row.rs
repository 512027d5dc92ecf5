use std::{any::type_name, str::FromStr};

use serde::de::DeserializeOwned;
use souk_types::{Currency, Fault, Id, IdKind, Timestamp};

use crate::postgres;

/// A value of one column, as the engine gave it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// SQL NULL.
    Null,
    /// BIGINT, BOOLEAN as 0 or 1, and sums of integers.
    Integer(i64),
    /// DOUBLE PRECISION, and averages.
    Real(f64),
    /// TEXT.
    Text(&'a str),
    /// BYTEA.
    Bytes(&'a [u8]),
}

/// What a column can be read as.
pub trait FromCell: Sized {
    /// The value; `None` when the cell holds something else.
    fn from_cell(cell: Cell<'_>) -> Option<Self>;
}

/// One row of a result.
pub struct Row<'a>(Source<'a>);

enum Source<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl<'a> Row<'a> {
    pub(crate) fn sqlite(row: &'a rusqlite::Row<'a>) -> Self {
        Self(Source::Sqlite(row))
    }

    pub(crate) fn postgres(row: &'a tokio_postgres::Row) -> Self {
        Self(Source::Postgres(row))
    }

    /// Reads a column, counted from 0.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](souk_types::ErrorKind::Internal) when it holds something else or is not there.
    pub fn get<T: FromCell>(&self, index: usize) -> Result<T, Fault> {
        let cell = self.cell(index)?;
        T::from_cell(cell)
            .ok_or_else(|| Fault::internal(format!("column {index} holds {cell:?}, which is no {}", type_name::<T>())))
    }

    /// Reads a TEXT column and parses it.
    pub fn parse<T: FromStr>(&self, index: usize) -> Result<T, Fault> {
        self.parse_opt(index)?
            .ok_or_else(|| Fault::internal(format!("column {index} is NULL, which is no {}", type_name::<T>())))
    }

    /// Reads a TEXT column that may be NULL and parses it.
    pub fn parse_opt<T: FromStr>(&self, index: usize) -> Result<Option<T>, Fault> {
        self.text(index)?
            .map(|text| {
                text.parse().map_err(|_| {
                    Fault::internal(format!("column {index} holds {text:?}, which is no {}", type_name::<T>()))
                })
            })
            .transpose()
    }

    /// Reads a TEXT column that holds JSON.
    pub fn json<T: DeserializeOwned>(&self, index: usize) -> Result<T, Fault> {
        let text = self.text(index)?.ok_or_else(|| Fault::internal(format!("column {index} is NULL, not JSON")))?;
        serde_json::from_str(text)
            .map_err(|error| Fault::internal(format!("column {index} is no {}: {error}", type_name::<T>())))
    }

    fn text(&self, index: usize) -> Result<Option<&str>, Fault> {
        match self.cell(index)? {
            Cell::Text(text) => Ok(Some(text)),
            Cell::Null => Ok(None),
            cell @ (Cell::Integer(_) | Cell::Real(_) | Cell::Bytes(_)) => {
                Err(Fault::internal(format!("column {index} holds {cell:?}, not text")))
            }
        }
    }

    fn cell(&self, index: usize) -> Result<Cell<'_>, Fault> {
        match self.0 {
            Source::Sqlite(row) => {
                use rusqlite::types::ValueRef;
                let value = row.get_ref(index).map_err(|error| Fault::internal(format!("column {index}: {error}")))?;
                Ok(match value {
                    ValueRef::Null => Cell::Null,
                    ValueRef::Integer(number) => Cell::Integer(number),
                    ValueRef::Real(number) => Cell::Real(number),
                    ValueRef::Text(bytes) => Cell::Text(
                        std::str::from_utf8(bytes)
                            .map_err(|error| Fault::internal(format!("column {index}: {error}")))?,
                    ),
                    ValueRef::Blob(bytes) => Cell::Bytes(bytes),
                })
            }
            Source::Postgres(row) => postgres::cell(row, index),
        }
    }
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl FromCell for $type {
            fn from_cell(cell: Cell<'_>) -> Option<Self> {
                match cell {
                    Cell::Integer(number) => number.try_into().ok(),
                    Cell::Null | Cell::Real(_) | Cell::Text(_) | Cell::Bytes(_) => None,
                }
            }
        }
    )*};
}
integers!(i64, i32, i16, u64, u32, u16, u8, usize);

impl FromCell for f64 {
    #[expect(clippy::cast_precision_loss, reason = "a whole average or sum of reals; beyond 2^53 it is rounded")]
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Real(number) => Some(number),
            Cell::Integer(number) => Some(number as f64),
            Cell::Null | Cell::Text(_) | Cell::Bytes(_) => None,
        }
    }
}

impl FromCell for bool {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Integer(0) => Some(false),
            Cell::Integer(1) => Some(true),
            Cell::Null | Cell::Integer(_) | Cell::Real(_) | Cell::Text(_) | Cell::Bytes(_) => None,
        }
    }
}

impl FromCell for String {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Text(text) => Some(text.to_owned()),
            Cell::Null | Cell::Integer(_) | Cell::Real(_) | Cell::Bytes(_) => None,
        }
    }
}

impl FromCell for Vec<u8> {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Bytes(bytes) => Some(bytes.to_vec()),
            Cell::Null | Cell::Integer(_) | Cell::Real(_) | Cell::Text(_) => None,
        }
    }
}

impl FromCell for Timestamp {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        i64::from_cell(cell).map(Self::from_micros)
    }
}

impl FromCell for Currency {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        parsed(cell)
    }
}

impl<K: IdKind> FromCell for Id<K> {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        parsed(cell)
    }
}

impl<T: FromCell> FromCell for Option<T> {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Null => Some(None),
            Cell::Integer(_) | Cell::Real(_) | Cell::Text(_) | Cell::Bytes(_) => T::from_cell(cell).map(Some),
        }
    }
}

fn parsed<T: FromStr>(cell: Cell<'_>) -> Option<T> {
    match cell {
        Cell::Text(text) => text.parse().ok(),
        Cell::Null | Cell::Integer(_) | Cell::Real(_) | Cell::Bytes(_) => None,
    }
}
