use std::time::{Duration, Instant};

use souk_contracts::{
    ProductId,
    catalog::{ImageSource, ProductsChanged},
};
use souk_jobs::Outcome;
use souk_store::Tx;
use souk_types::{Cx, Fault};

use super::{fetch::FetchError, upload};
use crate::{
    core::Core,
    domain::product::{Picture, PictureState, StoredProduct},
    products::url_hash,
    store::{self, image_files::ImageFile},
};

/// Tries to fetch a product's pictures before those that failed get a placeholder for good.
const ATTEMPTS_MAX: u32 = 4;
/// How long one run goes on before it gives way to other products.
const RUN_MAX: Duration = Duration::from_secs(60);

/// Fetches the pictures of a product that are still to be fetched. `attempt` counts from 1.
pub(crate) async fn refresh(core: &Core, id: ProductId, attempt: u32) -> Result<Outcome, Fault> {
    let cx = core.own();
    let Some(product) = core.store.read::<_, Fault>(&cx, move |tx| store::products::by_id(tx, id)).await? else {
        return Ok(Outcome::Done);
    };
    let started = Instant::now();
    let mut for_now = None;
    let pending = product.document.pictures.iter().filter(|picture| picture.state == PictureState::Pending);
    for url in pending.filter_map(address) {
        if started.elapsed() > RUN_MAX {
            return Ok(Outcome::Again(Duration::ZERO));
        }
        let cx = core.step(&core.own());
        let verdict = match fetch(core, &cx, url).await? {
            Ok(file) => Verdict::Fetched(file),
            Err(FetchError::ForNow(reason)) if attempt < ATTEMPTS_MAX => {
                for_now = Some(format!("{url}: {reason}"));
                continue;
            }
            Err(FetchError::ForNow(reason) | FetchError::ForGood(reason)) => Verdict::Failed(reason),
        };
        settle(core, id, url, verdict).await?;
    }
    // An error makes the queue try again after a while.
    for_now.map_or(Ok(Outcome::Done), |reason| Err(Fault::unavailable(reason)))
}

fn address(picture: &Picture) -> Option<&str> {
    match &picture.source {
        ImageSource::Url(url) => Some(url),
        ImageSource::Stored(_) | ImageSource::Drawing(_) => None,
    }
}

#[derive(Clone)]
enum Verdict {
    Fetched(ImageFile),
    Failed(String),
}

async fn fetch(core: &Core, cx: &Cx, url: &str) -> Result<Result<ImageFile, FetchError>, Fault> {
    let hash = url_hash(url);
    let known = core.store.read::<_, Fault>(cx, move |tx| {
        let content = store::image_files::by_hash(tx, &hash)?.and_then(|remote| remote.content);
        content.map_or(Ok(None), |content| store::image_files::by_hash(tx, &content))
    });
    if let Some(file) = known.await? {
        return Ok(Ok(file));
    }
    let bytes = match core.pictures.fetcher.fetch(url.to_owned()).await {
        Ok(bytes) => bytes,
        Err(error) => return Ok(Err(error)),
    };
    Ok(upload::keep(core, &core.step(cx), bytes).await?.map_err(|reason| FetchError::ForGood(format!("it {reason}"))))
}

async fn settle(core: &Core, id: ProductId, url: &str, verdict: Verdict) -> Result<(), Fault> {
    if let Verdict::Failed(reason) = &verdict {
        tracing::warn!(product = %id, url, reason, "a picture could not be fetched: a placeholder stands in");
    }
    let url = url.to_owned();
    core.store.write(&core.own(), move |tx| write(tx, id, &url, &verdict)).await
}

/// Writes down what a picture turned out to be. The product's version stays: nothing that staff edit has changed.
fn write(tx: &mut Tx<'_>, id: ProductId, url: &str, verdict: &Verdict) -> Result<(), Fault> {
    let hash = url_hash(url);
    match verdict {
        Verdict::Fetched(file) => {
            store::image_files::add(tx, file)?;
            store::image_files::fetched(tx, &hash, file)?;
        }
        Verdict::Failed(reason) => store::image_files::failed(tx, &hash, reason)?,
    }
    let Some(old) = store::products::by_ids_to_change(tx, &[id])?.pop() else { return Ok(()) };
    let mut product = StoredProduct { updated_at: tx.now(), ..old.clone() };
    for picture in product.document.pictures.iter_mut().filter(|picture| picture.hash == hash) {
        match verdict {
            Verdict::Fetched(file) => {
                picture.hash.clone_from(&file.hash);
                (picture.width, picture.height, picture.state) = (file.width, file.height, PictureState::Ready);
            }
            Verdict::Failed(_) => picture.state = PictureState::Failed,
        }
    }
    if product.document == old.document {
        return Ok(());
    }
    store::products::replace(tx, &product, old.version)?;
    tx.emit(&ProductsChanged { products: vec![id] }).map(drop)
}
