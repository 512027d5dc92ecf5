use serde::{Serialize, de::DeserializeOwned};
use souk_types::{Fault, Timestamp};

/// What became of a document.
pub(crate) enum After {
    /// It is as it was.
    Same,
    /// It has other content.
    Content(String),
    /// It is the default again.
    Gone,
}

/// Has somebody decide about a document.
pub(crate) fn decided<T, R, E>(
    before: Option<&str>,
    now: Timestamp,
    decide: &mut impl FnMut(&mut T, Timestamp) -> Result<R, E>,
) -> Result<(After, R), E>
where
    T: Default + Serialize + DeserializeOwned,
    E: From<Fault>,
{
    let mut document: T = parsed(before)?;
    let answer = decide(&mut document, now)?;
    let after = Some(written(&document)?).filter(|after| Some(after.as_str()) != before);
    let after = match after {
        None => After::Same,
        Some(after) if after != written(&T::default())? => After::Content(after),
        Some(_) if before.is_none() => After::Same,
        Some(_) => After::Gone,
    };
    Ok((after, answer))
}

/// A document from its content.
pub(crate) fn parsed<T: Default + DeserializeOwned>(content: Option<&str>) -> Result<T, Fault> {
    content.map_or_else(|| Ok(T::default()), |content| serde_json::from_str(content).map_err(Fault::internal))
}

fn written<T: Serialize>(document: &T) -> Result<String, Fault> {
    serde_json::to_string(document).map_err(Fault::internal)
}
