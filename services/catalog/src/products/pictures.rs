use std::collections::HashMap;

use souk_contracts::catalog::{ImageDraft, ImageSource};
use souk_store::Tx;
use souk_types::{Fault, FieldError};

use super::batch::Change;
use crate::{
    domain::product::{Picture, PictureState},
    images::SQUARE_PX,
    store::{
        self,
        image_files::{ImageFile, ImageKind},
    },
};

/// The hash by which a drawing is known: of its description, for it is never stored.
fn drawing_hash(description: &str) -> String {
    named_hash("drawing:v1:", description)
}

/// The hash by which a picture is known until it has been fetched.
pub(crate) fn url_hash(url: &str) -> String {
    named_hash("url:v1:", url)
}

fn named_hash(name: &str, text: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(name.as_bytes()).update(text.as_bytes());
    hasher.finalize().to_hex()[..32].to_owned()
}

/// Turns the pictures of drafts into pictures of products.
pub(super) struct Resolver {
    files: HashMap<String, ImageFile>,
}

impl Resolver {
    /// Looks up all that the changes name and that their products do not know yet.
    pub(super) fn load(tx: &mut Tx<'_>, changes: &[Change<'_>]) -> Result<Self, Fault> {
        let mut hashes = Vec::new();
        for change in changes {
            for image in change.draft.images.iter().filter(|image| known(change, image).is_none()) {
                match &image.source {
                    ImageSource::Url(url) => hashes.push(url_hash(url)),
                    ImageSource::Stored(hash) => hashes.push(hash.clone()),
                    ImageSource::Drawing(_) => {}
                }
            }
        }
        let files = store::image_files::by_hashes(tx, &hashes)?;
        Ok(Self { files: files.into_iter().map(|file| (file.hash.clone(), file)).collect() })
    }

    /// The pictures of one change, or which of them do not exist.
    pub(super) fn resolve(&self, change: &Change<'_>) -> Result<Vec<Picture>, Fault> {
        let mut wrong = Vec::new();
        let mut pictures = Vec::with_capacity(change.draft.images.len());
        for (index, image) in change.draft.images.iter().enumerate() {
            match self.picture(change, image) {
                Some(picture) => pictures.push(Picture { alt: image.alt.clone(), ..picture }),
                None => wrong.push(FieldError::new(format!("images[{index}].source"), "no such picture is stored")),
            }
        }
        if wrong.is_empty() { Ok(pictures) } else { Err(Fault::invalid_fields(wrong)) }
    }

    fn picture(&self, change: &Change<'_>, image: &ImageDraft) -> Option<Picture> {
        if let Some(picture) = known(change, image) {
            return Some(picture.clone());
        }
        match &image.source {
            ImageSource::Drawing(description) => Some(drawn(description)),
            ImageSource::Url(url) => Some(self.remote(url)),
            ImageSource::Stored(hash) => {
                let file = self.files.get(hash)?;
                Some(match file.kind {
                    ImageKind::Drawing => drawn(&file.source),
                    ImageKind::Remote => self.remote(&file.source),
                    ImageKind::Stored => ready(image.source.clone(), hash, file),
                })
            }
        }
    }

    fn remote(&self, url: &str) -> Picture {
        let (source, hash) = (ImageSource::Url(url.to_owned()), url_hash(url));
        match self.files.get(&hash) {
            Some(ImageFile { content: Some(content), .. }) => ready(source, content, &self.files[&hash]),
            _ => square(source, hash, PictureState::Pending),
        }
    }
}

/// The picture that the product has of this source already. One that could not be fetched gets another try.
fn known<'a>(change: &'a Change<'_>, image: &ImageDraft) -> Option<&'a Picture> {
    let old = change.old.as_ref()?;
    let same = |picture: &&Picture| match &image.source {
        ImageSource::Stored(hash) => picture.hash == *hash,
        source @ (ImageSource::Url(_) | ImageSource::Drawing(_)) => {
            picture.source == *source && picture.state != PictureState::Failed
        }
    };
    old.document.pictures.iter().find(same)
}

fn drawn(description: &str) -> Picture {
    let hash = drawing_hash(description);
    square(ImageSource::Drawing(description.to_owned()), hash, PictureState::Ready)
}

fn square(source: ImageSource, hash: String, state: PictureState) -> Picture {
    Picture { source, hash, width: SQUARE_PX, height: SQUARE_PX, alt: String::new(), state }
}

fn ready(source: ImageSource, hash: &str, file: &ImageFile) -> Picture {
    let hash = hash.to_owned();
    Picture { source, hash, width: file.width, height: file.height, alt: String::new(), state: PictureState::Ready }
}

/// Notes where the hashes of new pictures lead.
pub(super) fn note(tx: &mut Tx<'_>, old: &[Picture], new: &[Picture]) -> Result<(), Fault> {
    for picture in new.iter().filter(|picture| !old.iter().any(|other| other.hash == picture.hash)) {
        let (kind, source) = match &picture.source {
            ImageSource::Drawing(description) => (ImageKind::Drawing, description),
            ImageSource::Url(url) if picture.state == PictureState::Pending => (ImageKind::Remote, url),
            ImageSource::Url(_) | ImageSource::Stored(_) => continue,
        };
        let (hash, source) = (picture.hash.clone(), source.clone());
        let file = ImageFile { hash, kind, source, content: None, width: SQUARE_PX, height: SQUARE_PX };
        store::image_files::add(tx, &file)?;
    }
    Ok(())
}
