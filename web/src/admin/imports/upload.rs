use axum::{extract::multipart::Field, response::IntoResponse as _};
use http::StatusCode;
use serde::Serialize;
use souk_contracts::{
    ImportId,
    catalog::{FileFormat, NewImport},
};
use souk_files::Received;
use souk_types::limits::IMPORT_BYTES_MAX;

use super::{
    super::{
        desk::Desk,
        forms::Refusal,
        multipart::{Parts, broken},
    },
    PATH,
    receive::{Trouble, next, pieces, receive},
    table::{self, KIND},
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    flash::Notice,
};

/// Bytes of an upload besides the file.
const AROUND_BYTES_MAX: u64 = 64 * 1024;
/// Bytes of a field that is not the file.
const FIELD_BYTES_MAX: usize = 1_024;
/// Fields of an upload.
const FIELDS_MAX: usize = 20;
/// Letters of a file's name that are kept.
const NAME_CHARS_MAX: usize = 200;

/// A file that came in.
struct Upload {
    received: Received,
    file: String,
    name: String,
    format: FileFormat,
}

/// What an upload has brought so far.
#[derive(Default)]
struct Coming {
    form: Form,
    upload: Option<Upload>,
    refusal: Option<Refusal>,
}

#[derive(Serialize)]
struct Started {
    id: ImportId,
    url: String,
}

/// `POST /admin/imports`: multipart `kind`, `file`. Answers programs with 201 and the import's `id` and `url`.
pub async fn upload(mut desk: Desk, parts: Parts) -> Answer {
    let Coming { form, upload, mut refusal } = take_in(&desk, parts).await?;
    desk.begin_calls();
    if refusal.is_none() && !matches!(form.text("kind"), "" | KIND) {
        refusal = Some(Refusal::field("kind", "Choose what the file holds."));
    }
    if let Some(refusal) = refusal {
        return table::refuse(desk, refusal, &form).await;
    }
    let Some(Upload { received, file, name, format }) = upload else {
        return table::refuse(desk, Refusal::field("file", "Choose a file."), &form).await;
    };
    match desk.state.catalog.start_import(&desk.cx, NewImport { file, name, format }).await {
        Ok(id) => {
            received.keep();
            let url = format!("{PATH}/{id}");
            if desk.wants_json() {
                return Ok((StatusCode::CREATED, desk.json(&Started { id, url })).into_response());
            }
            Ok(desk.go(&url, Notice::success("The import has begun.")))
        }
        Err(error) => {
            let place = |field: &str| matches!(field, "file" | "format" | "name").then(|| "file".to_owned());
            let refusal = Refusal::from_service(error.into(), place)?;
            table::refuse(desk, refusal, &form).await
        }
    }
}

async fn take_in(desk: &Desk, parts: Parts) -> Result<Coming, Failure> {
    let Parts { mut multipart, bytes } = parts;
    let mut coming = Coming::default();
    if bytes.is_some_and(|bytes| bytes > IMPORT_BYTES_MAX + AROUND_BYTES_MAX) {
        coming.refusal = Some(Trouble::TooLarge.refusal()?);
        return Ok(coming);
    }
    let mut fields = 0;
    while coming.refusal.is_none()
        && let Some(mut field) = multipart.next_field().await.map_err(|error| broken(&error))?
    {
        fields += 1;
        if fields > FIELDS_MAX {
            return Err(Failure::bad_request("The form has too many fields."));
        }
        match (field.name(), field.file_name()) {
            (Some("file"), Some(given)) if !given.is_empty() && coming.upload.is_none() => {
                let given = given.to_owned();
                match take_file(desk, &given, &mut field).await? {
                    Ok(upload) => coming.upload = Some(upload),
                    Err(refusal) => coming.refusal = Some(refusal),
                }
            }
            (Some(name), None) => {
                let name = name.to_owned();
                coming.form.0.push((name, text(&mut field).await?));
            }
            _ => {}
        }
    }
    Ok(coming)
}

async fn take_file(desk: &Desk, given: &str, field: &mut Field<'_>) -> Result<Result<Upload, Refusal>, Failure> {
    let name = display_name(given);
    let Some((format, ending)) = format_of(&name) else {
        let text = "The name must end in .csv (CSV with a header line) or in .jsonl or .ndjson (JSON Lines).";
        return Ok(Err(Refusal::field("file", text)));
    };
    let file = format!("{}.{ending}", ImportId::generate(&desk.state.env));
    match receive(&desk.state.shop.imports, &file, &mut pieces(field), IMPORT_BYTES_MAX).await {
        Ok(received) => Ok(Ok(Upload { received, file, name, format })),
        Err(trouble) => trouble.refusal().map(Err),
    }
}

async fn text(field: &mut Field<'_>) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let mut pieces = pieces(field);
    while let Some(piece) = next(&mut pieces).await? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > FIELD_BYTES_MAX {
            return Err(Failure::bad_request("A field of the form is too long."));
        }
    }
    String::from_utf8(bytes).map_err(|_| Failure::bad_request("The form is not UTF-8 text."))
}

/// The last part of the name that the browser gives, without what does not belong into a line of text.
fn display_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|letter| !letter.is_control()).take(NAME_CHARS_MAX).collect()
}

fn format_of(name: &str) -> Option<(FileFormat, &'static str)> {
    let (_, ending) = name.rsplit_once('.')?;
    match ending.to_ascii_lowercase().as_str() {
        "csv" => Some((FileFormat::ShopifyCsv, "csv")),
        "jsonl" | "ndjson" => Some((FileFormat::JsonLines, "jsonl")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_the_format() {
        assert_eq!(format_of("Products.CSV"), Some((FileFormat::ShopifyCsv, "csv")));
        assert_eq!(format_of("a.b.ndjson"), Some((FileFormat::JsonLines, "jsonl")));
        assert_eq!(format_of("products.xlsx"), None);
        assert_eq!(format_of("csv"), None);
    }

    #[test]
    fn a_name_has_no_path_and_no_control_letters() {
        assert_eq!(display_name("../../etc/pass\nwd.csv"), "passwd.csv");
        assert_eq!(display_name("C:\\files\\a.csv"), "a.csv");
    }
}
