use std::sync::Arc;

use bytes::Bytes;
use souk_contracts::catalog::{Blob, Error, IMAGE_WIDTHS, ImageFormat, Rendition};
use souk_types::{Cx, Fault};

use super::codec;
use crate::{
    core::Core,
    domain::check::is_image_hash,
    drawing,
    store::{
        self,
        image_files::{ImageFile, ImageKind},
    },
};

/// A picture made ready; `None` when there is none of this hash.
pub(crate) async fn rendition(
    core: &Core,
    cx: &Cx,
    hash: String,
    width: u32,
    format: ImageFormat,
) -> Result<Option<Rendition>, Error> {
    if !IMAGE_WIDTHS.contains(&width) {
        return Err(Fault::invalid("width", format!("must be one of {IMAGE_WIDTHS:?}")).into());
    }
    if !is_image_hash(&hash) {
        return Ok(None);
    }
    let drawn = (hash, 0, ImageFormat::Svg);
    let photo = (drawn.0.clone(), width, format);
    if let Some(hot) = core.pictures.hot.peek_fresh(&photo).or_else(|| core.pictures.hot.peek_fresh(&drawn)) {
        return Ok(Some(Rendition::clone(&hot)));
    }
    let asked = drawn.0.clone();
    let found = core.store.read::<_, Fault>(cx, move |tx| store::image_files::by_hash(tx, &asked)).await?;
    let Some(file) = found else { return Ok(None) };
    let content = match file.kind {
        ImageKind::Drawing => return Ok(Some(draw(core, &drawn, &file.source).await?)),
        ImageKind::Stored => Some(file.hash.clone()),
        ImageKind::Remote => file.content.clone(),
    };
    let made = match content {
        Some(content) if format != ImageFormat::Svg => make(core, cx, (content, width, format)).await?,
        _ => None,
    };
    Ok(Some(made.unwrap_or_else(|| placeholder(&file))))
}

async fn draw(core: &Core, key: &super::RenditionKey, description: &str) -> Result<Rendition, Fault> {
    let description = description.to_owned();
    let seed = key.0.clone();
    let drawn = core.pictures.hot.get(key, move || async move {
        let svg = drawing::svg(&description).unwrap_or_else(|| drawing::placeholder(&seed));
        let bytes = Blob(svg.into_bytes());
        Ok::<_, Fault>(Arc::new(Rendition { bytes, format: ImageFormat::Svg, placeholder: false }))
    });
    Ok(Rendition::clone(&*drawn.await?))
}

fn placeholder(file: &ImageFile) -> Rendition {
    let bytes = Blob(drawing::placeholder(&file.hash).into_bytes());
    Rendition { bytes, format: ImageFormat::Svg, placeholder: true }
}

/// Makes a rendition of a stored picture, by one caller at a time, or takes the one that was made before.
async fn make(core: &Core, cx: &Cx, key: super::RenditionKey) -> Result<Option<Rendition>, Fault> {
    if let Some(hot) = core.pictures.hot.peek_fresh(&key) {
        return Ok(Some(Rendition::clone(&hot)));
    }
    let (hash, width, format) = key.clone();
    let files = &core.pictures.files;
    let bytes = match files.made(&hash, width, format).await? {
        Some(bytes) => bytes,
        None => {
            let Some(original) = files.original(&hash).await? else { return Ok(None) };
            let work = move || {
                let picture = codec::decode(&original).map_err(Fault::internal)?;
                codec::encode(&picture, width, format)
            };
            let bytes = Bytes::from(core.pictures.decode(cx, work).await?);
            files.put_made(&hash, width, format, bytes.clone()).await?;
            bytes
        }
    };
    let rendition = Arc::new(Rendition { bytes: Blob(bytes.into()), format, placeholder: false });
    let kept = Arc::clone(&rendition);
    let kept = core.pictures.hot.get(&key, move || async move { Ok::<_, Fault>(kept) });
    Ok(Some(Rendition::clone(&*kept.await?)))
}
