use std::borrow::Cow;

use souk_types::{Currency, Id, IdKind, Timestamp, TraceId, TraceParent};

/// A value bound to a parameter of a statement. Made by [`params!`](crate::params).
#[derive(Debug, Clone, PartialEq)]
pub enum Param<'a> {
    /// SQL NULL.
    Null,
    /// BIGINT, and narrower integers where Postgres expects them.
    Integer(i64),
    /// DOUBLE PRECISION.
    Real(f64),
    /// BOOLEAN; 0 or 1 on SQLite.
    Boolean(bool),
    /// TEXT.
    Text(Cow<'a, str>),
    /// BYTEA.
    Bytes(Cow<'a, [u8]>),
    /// An unsigned number beyond BIGINT: the statement is refused.
    TooLarge,
}

impl Param<'_> {
    /// The same value, for as long as anybody wants it.
    pub(crate) fn into_owned(self) -> Param<'static> {
        match self {
            Param::Null => Param::Null,
            Param::Integer(number) => Param::Integer(number),
            Param::Real(number) => Param::Real(number),
            Param::Boolean(yes) => Param::Boolean(yes),
            Param::Text(text) => Param::Text(Cow::Owned(text.into_owned())),
            Param::Bytes(bytes) => Param::Bytes(Cow::Owned(bytes.into_owned())),
            Param::TooLarge => Param::TooLarge,
        }
    }
}

/// What can be bound to a parameter.
pub trait ToParam {
    /// The value as a parameter.
    fn to_param(&self) -> Param<'_>;
}

/// Binds values to `?1`, `?2`, … in order: `params![id, &name, note.as_deref()]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$($crate::ToParam::to_param(&$value)),*] as &[$crate::Param<'_>]
    };
}

/// A JSON array of texts, for the `{each:?N}` and `{each_int:?N}` fragments of [`sql!`](crate::sql).
pub fn json_list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    serde_json::Value::from_iter(items.into_iter().map(|item| item.to_string())).to_string()
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl ToParam for $type {
            fn to_param(&self) -> Param<'_> {
                i64::try_from(*self).map_or(Param::TooLarge, Param::Integer)
            }
        }
    )*};
}
integers!(i64, i32, i16, u64, u32, u16, u8, usize);

impl ToParam for f64 {
    fn to_param(&self) -> Param<'_> {
        Param::Real(*self)
    }
}

impl ToParam for bool {
    fn to_param(&self) -> Param<'_> {
        Param::Boolean(*self)
    }
}

impl ToParam for str {
    fn to_param(&self) -> Param<'_> {
        Param::Text(Cow::Borrowed(self))
    }
}

impl ToParam for String {
    fn to_param(&self) -> Param<'_> {
        self.as_str().to_param()
    }
}

impl ToParam for Cow<'_, str> {
    fn to_param(&self) -> Param<'_> {
        Param::Text(Cow::Borrowed(self))
    }
}

impl ToParam for [u8] {
    fn to_param(&self) -> Param<'_> {
        Param::Bytes(Cow::Borrowed(self))
    }
}

impl<const N: usize> ToParam for [u8; N] {
    fn to_param(&self) -> Param<'_> {
        Param::Bytes(Cow::Borrowed(self))
    }
}

impl ToParam for Vec<u8> {
    fn to_param(&self) -> Param<'_> {
        Param::Bytes(Cow::Borrowed(self))
    }
}

impl ToParam for Timestamp {
    fn to_param(&self) -> Param<'_> {
        Param::Integer(self.as_micros())
    }
}

impl ToParam for Currency {
    fn to_param(&self) -> Param<'_> {
        self.as_str().to_param()
    }
}

impl ToParam for TraceId {
    fn to_param(&self) -> Param<'_> {
        Param::Text(Cow::Owned(self.to_string()))
    }
}

impl ToParam for TraceParent {
    fn to_param(&self) -> Param<'_> {
        Param::Text(Cow::Owned(self.to_string()))
    }
}

impl<K: IdKind> ToParam for Id<K> {
    fn to_param(&self) -> Param<'_> {
        Param::Text(Cow::Owned(self.to_string()))
    }
}

impl<T: ToParam> ToParam for Option<T> {
    fn to_param(&self) -> Param<'_> {
        self.as_ref().map_or(Param::Null, ToParam::to_param)
    }
}

impl<T: ToParam + ?Sized> ToParam for &T {
    fn to_param(&self) -> Param<'_> {
        (**self).to_param()
    }
}

impl ToParam for Param<'_> {
    fn to_param(&self) -> Param<'_> {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_beyond_bigint_is_not_wrapped_around() {
        assert_eq!(u64::MAX.to_param(), Param::TooLarge);
        assert_eq!(7_u64.to_param(), Param::Integer(7));
    }

    #[test]
    fn a_list_is_quoted_as_json() {
        assert_eq!(json_list(["a\"b", "c"]), r#"["a\"b","c"]"#);
        assert_eq!(json_list([1, 2]), r#"["1","2"]"#);
        assert_eq!(json_list(Vec::<String>::new()), "[]");
    }
}
