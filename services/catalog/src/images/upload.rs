use bytes::Bytes;
use souk_contracts::catalog::{Error, Image};
use souk_types::{Cx, Fault, limits};

use super::codec;
use crate::{
    core::Core,
    domain::fields::{Findings, Presence},
    store::{
        self,
        image_files::{ImageFile, ImageKind},
    },
};

/// Takes an uploaded picture.
pub(crate) async fn add_image(core: &Core, cx: &Cx, bytes: Vec<u8>, mut alt: String) -> Result<Image, Error> {
    let mut findings = Findings::default();
    findings.line(&mut alt, Presence::Optional, || "alt".to_owned());
    if bytes.len() > limits::IMAGE_BYTES_MAX {
        findings.add("bytes", format!("is larger than {} bytes", limits::IMAGE_BYTES_MAX));
    }
    findings.into_result()?;
    let file = match keep(core, cx, bytes).await? {
        Ok(file) => file,
        Err(reason) => return Err(Fault::invalid("bytes", reason).into()),
    };
    let row = file.clone();
    core.store.write::<_, Fault>(cx, move |tx| store::image_files::add(tx, &row)).await?;
    Ok(Image { hash: file.hash, width: file.width, height: file.height, alt, drawn: false })
}

/// Checks a picture and writes its file; the inner error is what is wrong with it.
pub(super) async fn keep(core: &Core, cx: &Cx, bytes: Vec<u8>) -> Result<Result<ImageFile, String>, Fault> {
    let bytes = Bytes::from(bytes);
    let picture = bytes.clone();
    // All of it is decoded, for a picture that breaks off half way has a good head too.
    let look = move || {
        let seen = codec::decode(&picture).map(|decoded| (decoded.width(), decoded.height()));
        Ok(seen.map(|(width, height)| (blake3::hash(&picture).to_hex()[..32].to_owned(), width, height)))
    };
    let (hash, width, height) = match core.pictures.decode(cx, look).await? {
        Ok(seen) => seen,
        Err(reason) => return Ok(Err(reason)),
    };
    core.pictures.files.put_original(&hash, bytes).await?;
    Ok(Ok(ImageFile { hash, kind: ImageKind::Stored, source: String::new(), content: None, width, height }))
}
