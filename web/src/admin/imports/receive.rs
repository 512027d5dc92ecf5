//! Takes a file in, piece by piece: never more of it in memory than one piece.

use std::{io, time::Duration};

use axum::extract::multipart::Field;
use bytes::Bytes;
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use http::StatusCode;
use souk_files::{Files, NotKept, Received};
use souk_types::{ErrorKind, Fault, limits::IMPORT_BYTES_MAX};
use tokio::time::timeout;

use super::super::{forms::Refusal, multipart::broken};
use crate::{error::Failure, format::size};

/// How long the next piece may take to come.
const PIECE_WAIT: Duration = Duration::from_secs(60);

/// Why a file was not taken in. Nothing of it is kept.
#[derive(Debug)]
pub enum Trouble {
    /// It has more bytes than allowed.
    TooLarge,
    /// It has no bytes.
    Empty,
    /// There is no room for it.
    DiskFull(io::Error),
    /// The folder or the disk fails.
    Disk(io::Error),
    /// Where files are kept cannot be reached.
    Away(Fault),
    /// It stopped coming.
    Broken(Failure),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::DiskFull(error)
            }
            _ => Self::Disk(error),
        }
    }
}

impl From<NotKept> for Trouble {
    fn from(trouble: NotKept) -> Self {
        match trouble {
            NotKept::Disk(error) => error.into(),
            NotKept::Away(fault) => Self::Away(fault),
        }
    }
}

impl Trouble {
    /// What to say in the form.
    ///
    /// # Errors
    /// The failure, when the form is not the place to say it.
    pub fn refusal(self) -> Result<Refusal, Failure> {
        let (status, text) = match self {
            Self::TooLarge => {
                let most = size(IMPORT_BYTES_MAX);
                let text = format!("The file has more than {most}. Nothing of it was kept; split it and try again.");
                (StatusCode::PAYLOAD_TOO_LARGE, text)
            }
            Self::Empty => (StatusCode::UNPROCESSABLE_ENTITY, "The file is empty.".to_owned()),
            Self::DiskFull(error) => {
                tracing::error!(%error, "an uploaded import file does not fit on the disk");
                let text = "The server’s disk is full. Nothing of the file was kept; make room and upload it again.";
                (StatusCode::INSUFFICIENT_STORAGE, text.to_owned())
            }
            Self::Away(fault) if fault.kind == ErrorKind::Unavailable => {
                tracing::error!(%fault, "an uploaded import file cannot be kept");
                let text = "Files cannot be kept right now. Nothing of it was kept; try again in a while.";
                (StatusCode::SERVICE_UNAVAILABLE, text.to_owned())
            }
            Self::Away(fault) => return Err(fault.into()),
            Self::Disk(error) => return Err(souk_types::Fault::internal(format!("import folder: {error}")).into()),
            Self::Broken(failure) => return Err(failure),
        };
        Ok(Refusal { status, ..Refusal::field("file", text) })
    }
}

/// Writes the pieces to a file of this name among those to be imported.
///
/// # Errors
/// A [`Trouble`]; the file is removed.
pub async fn receive(
    imports: &Files,
    name: &str,
    pieces: &mut (impl Stream<Item = Result<Bytes, Failure>> + Unpin),
    bytes_max: u64,
) -> Result<Received, Trouble> {
    let mut incoming = imports.incoming(name).await?;
    let mut bytes: u64 = 0;
    while let Some(piece) = next(pieces).await.map_err(Trouble::Broken)? {
        bytes += piece.len() as u64;
        if bytes > bytes_max {
            return Err(Trouble::TooLarge);
        }
        incoming.write(&piece).await?;
    }
    if bytes == 0 {
        return Err(Trouble::Empty);
    }
    Ok(incoming.finish().await?)
}

/// The pieces of a form's field.
pub fn pieces<'f>(field: &'f mut Field<'_>) -> impl Stream<Item = Result<Bytes, Failure>> + Unpin + 'f {
    field.map_err(|error| broken(&error))
}

/// The next piece.
///
/// # Errors
/// It does not come, or cannot be read.
pub async fn next(pieces: &mut (impl Stream<Item = Result<Bytes, Failure>> + Unpin)) -> Result<Option<Bytes>, Failure> {
    match timeout(PIECE_WAIT, pieces.next()).await {
        Ok(piece) => piece.transpose(),
        Err(_) => Err(Failure::new(
            StatusCode::REQUEST_TIMEOUT,
            "upload_stalled",
            "The upload stopped coming in. Nothing of the file was kept; try again.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_said_in_the_form() {
        let refusal = Trouble::from(io::Error::from(io::ErrorKind::StorageFull)).refusal().unwrap();
        assert_eq!(refusal.status, StatusCode::INSUFFICIENT_STORAGE);
        assert!(refusal.errors["file"].contains("disk is full"));
        assert!(Trouble::from(io::Error::from(io::ErrorKind::PermissionDenied)).refusal().is_err());
    }

    #[test]
    fn files_that_can_be_kept_nowhere_are_said_in_the_form() {
        let fault = Fault { public: "files cannot be kept".to_owned(), ..Fault::unavailable("refused") };
        let refusal = Trouble::from(NotKept::Away(fault)).refusal().unwrap();
        assert_eq!(refusal.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(refusal.errors["file"].contains("Nothing of it was kept"));
    }
}
