use souk_store::{Row, Tx, json_list, params, sql};
use souk_types::{Fault, text_enum};

text_enum! {
    /// Where a picture's hash leads.
    pub(crate) enum ImageKind {
        /// To a file.
        Stored = "stored",
        /// To a drawing's description.
        Drawing = "drawing",
        /// To an address that has been fetched or is to be.
        Remote = "remote",
    }
}

/// Where a picture's hash leads.
#[derive(Debug, Clone)]
pub(crate) struct ImageFile {
    pub(crate) hash: String,
    pub(crate) kind: ImageKind,
    /// The description of a drawing, or an address; else empty.
    pub(crate) source: String,
    /// The hash of the file that an address led to.
    pub(crate) content: Option<String>,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

fn image_file(row: &Row<'_>) -> Result<ImageFile, Fault> {
    Ok(ImageFile {
        hash: row.get(0)?,
        kind: row.parse(1)?,
        source: row.get(2)?,
        content: row.get(3)?,
        width: row.get(4)?,
        height: row.get(5)?,
    })
}

pub(crate) fn by_hash(tx: &mut Tx<'_>, hash: &str) -> Result<Option<ImageFile>, Fault> {
    let sql = sql!("SELECT hash, kind, source, content, width, height FROM image_files WHERE hash = ?1");
    tx.query_opt(sql, params![hash], image_file)
}

pub(crate) fn by_hashes(tx: &mut Tx<'_>, hashes: &[String]) -> Result<Vec<ImageFile>, Fault> {
    if hashes.is_empty() {
        return Ok(Vec::new());
    }
    let sql = sql!("SELECT hash, kind, source, content, width, height FROM image_files WHERE hash IN {each:?1}");
    tx.query(sql, params![json_list(hashes)], image_file)
}

/// Notes where a hash leads, unless that is known.
pub(crate) fn add(tx: &mut Tx<'_>, file: &ImageFile) -> Result<(), Fault> {
    let sql = sql!(
        "INSERT INTO image_files (hash, kind, source, content, width, height, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (hash) DO NOTHING"
    );
    tx.exec(sql, params![file.hash, file.kind.as_str(), file.source, file.content, file.width, file.height, tx.now()])
        .map(drop)
}

/// Notes what an address led to.
pub(crate) fn fetched(tx: &mut Tx<'_>, hash: &str, file: &ImageFile) -> Result<(), Fault> {
    let sql = sql!("UPDATE image_files SET content = ?2, width = ?3, height = ?4, failure = NULL WHERE hash = ?1");
    tx.exec(sql, params![hash, file.hash, file.width, file.height]).map(drop)
}

/// Notes why an address led to nothing.
pub(crate) fn failed(tx: &mut Tx<'_>, hash: &str, failure: &str) -> Result<(), Fault> {
    tx.exec(sql!("UPDATE image_files SET failure = ?2 WHERE hash = ?1"), params![hash, failure]).map(drop)
}
