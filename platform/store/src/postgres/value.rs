//! Values on the wire: parameters adapt to the type that the server infers, columns are read by their type.

use std::error::Error;

use bytes::{BufMut as _, BytesMut};
use serde_json::Value;
use souk_types::Fault;
use tokio_postgres::{
    Row,
    types::{Format, FromSql, IsNull, ToSql, Type, to_sql_checked},
};

use crate::{Cell, Param};

type BoxError = Box<dyn Error + Sync + Send>;

impl ToSql for Param<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, BoxError> {
        match self {
            Param::Null => return Ok(IsNull::Yes),
            Param::Integer(number) => put_integer(*number, ty, out)?,
            Param::Real(number) => put_real(*number, ty, out)?,
            Param::Boolean(yes) if *ty == Type::BOOL => out.put_u8(u8::from(*yes)),
            Param::Boolean(yes) => put_integer(i64::from(*yes), ty, out)?,
            Param::Text(text) => put_text(text, ty, out)?,
            Param::Bytes(bytes) if *ty == Type::BYTEA => out.put_slice(bytes),
            Param::Bytes(_) => return Err(mismatch("bytes", ty)),
            Param::TooLarge => return Err("a number is too large for BIGINT".into()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, ty: &Type) -> Format {
        if *ty == Type::NUMERIC { Format::Text } else { Format::Binary }
    }

    to_sql_checked!();
}

#[expect(clippy::cast_precision_loss, reason = "SQLite rounds in the same way")]
fn put_integer(number: i64, ty: &Type, out: &mut BytesMut) -> Result<(), BoxError> {
    match *ty {
        Type::INT8 => out.put_i64(number),
        Type::INT4 => out.put_i32(number.try_into()?),
        Type::INT2 => out.put_i16(number.try_into()?),
        Type::FLOAT8 => out.put_f64(number as f64),
        Type::FLOAT4 => out.put_f32(number as f32),
        Type::BOOL if number == 0 || number == 1 => out.put_u8(u8::from(number == 1)),
        Type::NUMERIC => out.put_slice(number.to_string().as_bytes()),
        _ => return Err(mismatch("an integer", ty)),
    }
    Ok(())
}

#[expect(clippy::cast_possible_truncation, reason = "a narrower column asks for it")]
fn put_real(number: f64, ty: &Type, out: &mut BytesMut) -> Result<(), BoxError> {
    match *ty {
        Type::FLOAT8 => out.put_f64(number),
        Type::FLOAT4 => out.put_f32(number as f32),
        Type::NUMERIC => out.put_slice(number.to_string().as_bytes()),
        _ => return Err(mismatch("a real number", ty)),
    }
    Ok(())
}

fn put_text(text: &str, ty: &Type, out: &mut BytesMut) -> Result<(), BoxError> {
    match *ty {
        Type::TEXT_ARRAY => return put_list(text, ty, out, as_text),
        Type::INT8_ARRAY => return put_list(text, ty, out, as_integer),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN | Type::JSON => {}
        // The version byte of the binary form.
        Type::JSONB => out.put_u8(1),
        _ => return Err(mismatch("text", ty)),
    }
    out.put_slice(text.as_bytes());
    Ok(())
}

/// Items of a JSON array, as SQLite's `json_each` tells them.
fn put_list<T: ToSql>(
    text: &str,
    ty: &Type,
    out: &mut BytesMut,
    item: fn(Value) -> Result<Option<T>, BoxError>,
) -> Result<(), BoxError> {
    let items: Vec<Value> = serde_json::from_str(text)?;
    let items = items.into_iter().map(item).collect::<Result<Vec<_>, _>>()?;
    items.to_sql(ty, out).map(drop)
}

#[expect(clippy::unnecessary_wraps, reason = "not every item is an integer")]
fn as_text(item: Value) -> Result<Option<String>, BoxError> {
    Ok(match item {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    })
}

fn as_integer(item: Value) -> Result<Option<i64>, BoxError> {
    Ok(match item {
        Value::Null => None,
        Value::String(text) => Some(text.parse()?),
        other => Some(other.as_i64().ok_or("an item of a list is no integer")?),
    })
}

fn mismatch(what: &str, ty: &Type) -> BoxError {
    format!("the statement wants {ty} and was given {what}; a CAST around the parameter names its type").into()
}

/// Reads a column.
pub(crate) fn cell(row: &Row, index: usize) -> Result<Cell<'_>, Fault> {
    row.try_get(index)
        .map(|Column(cell)| cell)
        .map_err(|error| Fault::internal(format!("column {index}: {}", super::error::text(&error))))
}

struct Column<'a>(Cell<'a>);

impl<'a> FromSql<'a> for Column<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, BoxError> {
        Ok(Self(match *ty {
            Type::INT8 => Cell::Integer(i64::from_be_bytes(raw.try_into()?)),
            Type::INT4 => Cell::Integer(i32::from_be_bytes(raw.try_into()?).into()),
            Type::INT2 => Cell::Integer(i16::from_be_bytes(raw.try_into()?).into()),
            Type::BOOL => Cell::Integer(i64::from(raw != [0])),
            Type::FLOAT8 => Cell::Real(f64::from_be_bytes(raw.try_into()?)),
            Type::FLOAT4 => Cell::Real(f32::from_be_bytes(raw.try_into()?).into()),
            Type::NUMERIC => numeric(raw).ok_or("a NUMERIC that is out of range or no number")?,
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN | Type::JSON => {
                Cell::Text(std::str::from_utf8(raw)?)
            }
            Type::JSONB => Cell::Text(std::str::from_utf8(raw.get(1..).unwrap_or_default())?),
            Type::BYTEA => Cell::Bytes(raw),
            Type::VOID => Cell::Null,
            _ => return Err(format!("columns of type {ty} cannot be read").into()),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, BoxError> {
        Ok(Self(Cell::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Reads a NUMERIC, which is what sums and averages of BIGINT are: as an integer when it is whole.
///
/// The wire form (`numeric_send` in Postgres) is the count of digits, the weight of the first one, the sign, the
/// display scale, and then the digits to base 10,000; all 16 bits wide.
#[expect(clippy::cast_precision_loss, reason = "an average is a real number")]
fn numeric(raw: &[u8]) -> Option<Cell<'static>> {
    const BASE: i128 = 10_000;
    let word = |index: usize| Some(i16::from_be_bytes(raw.get(index * 2..index * 2 + 2)?.try_into().ok()?));
    let (count, weight, sign) = (usize::try_from(word(0)?).ok()?, word(1)?, word(2)?);
    let negative = match sign {
        0 => false,
        0x4000 => true,
        // Not a number, or infinite.
        _ => return None,
    };
    let mut whole: i128 = 0;
    let mut fraction = 0.0;
    let mut power = i32::from(weight);
    for index in 0..count {
        let digit = i128::from(word(4 + index)?);
        if power >= 0 {
            whole = whole.checked_mul(BASE)?.checked_add(digit)?;
        } else {
            fraction += digit as f64 * (BASE as f64).powi(power);
        }
        power -= 1;
    }
    // Trailing zeros are not sent.
    for _ in 0..=power {
        whole = whole.checked_mul(BASE)?;
    }
    let sign = if negative { -1 } else { 1 };
    Some(match i64::try_from(whole * sign) {
        Ok(integer) if fraction == 0.0 => Cell::Integer(integer),
        _ => Cell::Real((whole as f64 + fraction) * sign as f64),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(words: &[i16]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn a_whole_numeric_is_an_integer() {
        assert_eq!(numeric(&wire(&[0, 0, 0, 0])), Some(Cell::Integer(0)));
        assert_eq!(numeric(&wire(&[2, 1, 0, 0, 12, 3456])), Some(Cell::Integer(123_456)));
        assert_eq!(numeric(&wire(&[1, 2, 0x4000, 0, 5])), Some(Cell::Integer(-500_000_000)));
    }

    #[test]
    fn a_numeric_with_a_fraction_is_real() {
        assert_eq!(numeric(&wire(&[2, 0, 0, 1, 2, 5000])), Some(Cell::Real(2.5)));
        assert_eq!(numeric(&wire(&[1, -1, 0x4000, 2, 2500])), Some(Cell::Real(-0.25)));
    }

    #[test]
    fn not_a_number_is_refused() {
        assert_eq!(numeric(&wire(&[0, 0, -0x4000, 0])), None);
    }
}
