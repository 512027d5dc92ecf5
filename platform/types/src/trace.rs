//! Which trace something belongs to, and from where in it something goes on elsewhere.
//!
//! Within a process `tracing` knows which span is in which. What leaves it (a call to another process, an event, a job)
//! takes a [`TraceParent`] along. Spans are kept by [`Spans`] when they are exported; else all of this costs one look at
//! an empty place.

use std::{fmt, num::NonZeroU64, str::FromStr, sync::OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use tracing::Span;

use crate::Env;

/// A W3C trace id (128 bits, 32 hexadecimal digits in `traceparent`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId(u128);

impl TraceId {
    /// Draws a new one.
    pub fn generate(env: &Env) -> Self {
        Self(env.random_u128())
    }

    /// Wraps 128 bits.
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// The 128 bits.
    pub const fn to_bits(self) -> u128 {
        self.0
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for TraceId {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Self)
    }
}

impl Serialize for TraceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TraceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A span as the parent of what goes on elsewhere, in the form of the header `traceparent` (W3C Trace Context).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    /// The trace.
    pub trace: TraceId,
    /// The span in it.
    pub span: NonZeroU64,
    /// Whether the trace is recorded.
    pub sampled: bool,
}

impl TraceParent {
    /// The span that the caller is in; `None` when no spans are kept.
    pub fn here() -> Option<Self> {
        KEPT_BY.get()?.parent(&Span::current())
    }

    /// A span of this process; `None` when no spans are kept.
    pub fn of(span: &Span) -> Option<Self> {
        KEPT_BY.get()?.parent(span)
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{:016x}-{:02x}", self.trace, self.span, u8::from(self.sampled))
    }
}

/// The text is no `traceparent`. W3C asks to do then as if there were none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no traceparent")]
pub struct NoTraceParent;

impl FromStr for TraceParent {
    type Err = NoTraceParent;

    fn from_str(text: &str) -> Result<Self, NoTraceParent> {
        fn hex(part: Option<&str>, digits: usize) -> Result<u128, NoTraceParent> {
            let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            let part = part.filter(|part| part.len() == digits && part.bytes().all(is_digit)).ok_or(NoTraceParent)?;
            u128::from_str_radix(part, 16).map_err(|_| NoTraceParent)
        }
        let mut parts = text.split('-');
        let version = hex(parts.next(), 2)?;
        let (trace, span, flags) = (hex(parts.next(), 32)?, hex(parts.next(), 16)?, hex(parts.next(), 2)?);
        // A later version may have more at its end; this one may not.
        if version == 0xff || trace == 0 || (version == 0 && parts.next().is_some()) {
            return Err(NoTraceParent);
        }
        let span = u64::try_from(span).ok().and_then(NonZeroU64::new).ok_or(NoTraceParent)?;
        Ok(Self { trace: TraceId(trace), span, sampled: flags & 1 == 1 })
    }
}

/// Keeps spans, to export them.
pub trait Spans: Send + Sync + 'static {
    /// The span as others name it; `None` for one that is not kept.
    fn parent(&self, span: &Span) -> Option<TraceParent>;

    /// Makes a span, before anything else is done with it, the child of one elsewhere.
    fn adopt(&self, span: &Span, parent: TraceParent);

    /// Gives a span the name that only its work found out.
    fn rename(&self, span: &Span, name: String);
}

static KEPT_BY: OnceLock<Box<dyn Spans>> = OnceLock::new();

/// Has spans kept from now on, once in a process; false when they are already.
pub fn keep_spans(spans: Box<dyn Spans>) -> bool {
    KEPT_BY.set(spans).is_ok()
}

/// Makes a new span go on from where a call, an event or a job came from, unless it is within a span of this process.
pub fn go_on(span: &Span, from: Option<TraceParent>) {
    let Some((spans, from)) = KEPT_BY.get().zip(from) else { return };
    if spans.parent(&Span::current()).is_none() {
        spans.adopt(span, from);
    }
}

/// Gives a span the name that only its work found out.
pub fn rename(span: &Span, name: impl FnOnce() -> String) {
    if let Some(spans) = KEPT_BY.get() {
        spans.rename(span, name());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_is_read_as_it_was_written() {
        for text in [
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-000000000000000000000000000000bc-0000000000000001-00",
        ] {
            assert_eq!(text.parse::<TraceParent>().unwrap().to_string(), text);
        }
        let later = "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03-what-will-be".parse::<TraceParent>();
        assert!(later.unwrap().sampled);
    }

    #[test]
    fn what_is_no_traceparent_counts_as_none() {
        for text in [
            "",
            "00",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert_eq!(text.parse::<TraceParent>(), Err(NoTraceParent), "{text}");
        }
    }
}
