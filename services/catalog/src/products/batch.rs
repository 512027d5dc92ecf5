use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use souk_contracts::{
    ProductId,
    catalog::{
        CategoriesChanged, DeclaredStock, Error, ImageDraft, ImageSource, ProductDraft, ProductsChanged, StockDeclared,
    },
};
use souk_store::Tx;
use souk_types::Fault;

use super::{
    pictures::{self, Resolver},
    rules,
};
use crate::{
    categories::Placer,
    domain::{
        compose, extra,
        fingerprint::fingerprint,
        product::{Picture, StoredProduct},
        tree::Tree,
    },
    jobs, store,
};

/// Products that are written in one transaction, and ids or SKUs in one event.
pub(crate) const BATCH_MAX: usize = 500;

/// One product to write. The caller has settled which product it is and which slug it has.
pub(super) struct Change<'a> {
    pub(super) id: ProductId,
    pub(super) old: Option<StoredProduct>,
    pub(super) slug: String,
    pub(super) draft: Cow<'a, ProductDraft>,
    pub(super) extra: Option<String>,
    /// Leave the product alone when nothing is new.
    pub(super) only_if_new: bool,
}

/// What became of one change.
pub(super) enum Outcome {
    Written(Box<Written>),
    Unchanged(ProductId),
    Refused(Error),
}

pub(super) struct Written {
    pub(super) product: StoredProduct,
    pub(super) old: Option<StoredProduct>,
    stock: Vec<DeclaredStock>,
}

/// What a batch did.
pub(super) struct Batch {
    pub(super) outcomes: Vec<Outcome>,
    pub(super) categories_added: bool,
}

/// Writes products, each by itself: one that is refused leaves the others alone. No product may be there twice.
pub(super) fn write(tx: &mut Tx<'_>, tree: &Tree, changes: Vec<Change<'_>>) -> Result<Batch, Fault> {
    let skus = changes.iter().flat_map(|change| change.draft.variants.iter().map(|variant| variant.sku.as_str()));
    let mut decider = Decider {
        owners: store::skus::owners(tx, skus)?,
        resolver: Resolver::load(tx, &changes)?,
        placer: Placer::new(tree),
        freed: Vec::new(),
    };
    let outcomes: Vec<Outcome> =
        changes.into_iter().map(|change| decider.decide(tx, change)).collect::<Result<_, Fault>>()?;
    let written = || outcomes.iter().filter_map(Outcome::written);
    store::skus::remove(tx, &decider.freed)?;
    for written in written() {
        save(tx, written)?;
    }
    rules::apply(tx, decider.placer.tree(), &written().map(|written| &written.product).collect::<Vec<_>>())?;
    announce(tx, written())?;
    let categories_added = decider.placer.has_added();
    if categories_added {
        tx.emit(&CategoriesChanged {})?;
    }
    Ok(Batch { outcomes, categories_added })
}

impl Outcome {
    fn written(&self) -> Option<&Written> {
        match self {
            Self::Written(written) => Some(written),
            Self::Unchanged(_) | Self::Refused(_) => None,
        }
    }
}

/// Settles what each change does, knowing what those before it do.
struct Decider<'a> {
    owners: HashMap<String, ProductId>,
    resolver: Resolver,
    placer: Placer<'a>,
    freed: Vec<String>,
}

impl Decider<'_> {
    fn decide(&mut self, tx: &mut Tx<'_>, mut change: Change<'_>) -> Result<Outcome, Fault> {
        let taken = |sku: &str| self.owners.get(sku).is_some_and(|owner| *owner != change.id);
        if let Some(variant) = change.draft.variants.iter().find(|variant| taken(&variant.sku)) {
            return Ok(Outcome::Refused(Error::SkuTaken { sku: variant.sku.clone() }));
        }
        let pictures = match self.resolver.resolve(&change) {
            Ok(pictures) => pictures,
            Err(fault) => return Ok(Outcome::Refused(fault.into())),
        };
        name_sources(&mut change.draft, &pictures);
        if change.draft.category.is_empty() {
            extra::drop_type(&mut change.extra);
        }
        let fingerprint = fingerprint(&change.draft);
        let is_same = |old: &StoredProduct| old.fingerprint == fingerprint && old.extra == change.extra;
        if change.only_if_new && change.old.as_ref().is_some_and(is_same) {
            return Ok(Outcome::Unchanged(change.id));
        }
        let category = match self.placer.place(tx, &change.draft.category)? {
            Ok(category) => category,
            Err(refusal) => return Ok(Outcome::Refused(refusal.into())),
        };
        let old = change.old.as_ref().map(|old| &old.document);
        let document = compose::document(&change.draft, old, category, pictures, tx.env());
        let product = StoredProduct {
            id: change.id,
            version: change.old.as_ref().map_or(1, |old| old.version + 1),
            slug: change.slug,
            title: change.draft.title.clone(),
            brand: change.draft.brand.clone(),
            status: change.draft.status,
            created_at: change.old.as_ref().map_or(tx.now(), |old| old.created_at),
            updated_at: tx.now(),
            fingerprint,
            extra: change.extra,
            document,
        };
        let stock = self.take_skus(&product, change.old.as_ref(), &change.draft);
        Ok(Outcome::Written(Box::new(Written { product, old: change.old, stock })))
    }

    /// Moves the product's SKUs; answers the stock of those that are new.
    fn take_skus(
        &mut self,
        product: &StoredProduct,
        old: Option<&StoredProduct>,
        draft: &ProductDraft,
    ) -> Vec<DeclaredStock> {
        let present: HashSet<&str> = product.skus().collect();
        let before: HashSet<&str> = old.iter().flat_map(|old| old.skus()).collect();
        for sku in before.difference(&present) {
            self.owners.remove(*sku);
            self.freed.push((*sku).to_owned());
        }
        self.owners.extend(present.iter().map(|sku| ((*sku).to_owned(), product.id)));
        let fresh = draft.variants.iter().filter(|variant| !before.contains(variant.sku.as_str()));
        fresh.filter_map(|variant| Some(DeclaredStock { sku: variant.sku.clone(), quantity: variant.stock? })).collect()
    }
}

/// Replaces hashes by what they stand for, so that a draft is the same however it names a picture.
fn name_sources(draft: &mut Cow<'_, ProductDraft>, pictures: &[Picture]) {
    let by_hash = |image: &ImageDraft| matches!(image.source, ImageSource::Stored(_));
    if draft.images.iter().any(by_hash) {
        for (image, picture) in draft.to_mut().images.iter_mut().zip(pictures) {
            image.source.clone_from(&picture.source);
        }
    }
}

fn save(tx: &mut Tx<'_>, written: &Written) -> Result<(), Fault> {
    let Written { product, old, .. } = written;
    match old {
        Some(old) => store::products::replace(tx, product, old.version)?,
        None => store::products::insert(tx, product)?,
    }
    if old.as_ref().is_none_or(|old| old.slug != product.slug) {
        if let Some(old) = old {
            store::slugs::retire(tx, &old.slug, product.id)?;
        }
        store::slugs::claim(tx, &product.slug, product.id)?;
    }
    let titled = old.as_ref().map(|old| old.title.as_str());
    store::title_words::put(tx, product.id, &product.title, titled)?;
    put_skus(tx, product, old.as_ref())?;
    let before = old.as_ref().map(|old| old.document.pictures.as_slice()).unwrap_or_default();
    pictures::note(tx, before, &product.document.pictures)?;
    if product.document.has_pending() {
        jobs::fetch_pictures(tx, product.id, product.version)?;
    }
    Ok(())
}

/// Writes the SKUs that are new, or all when they can or cannot be bought from now on.
fn put_skus(tx: &mut Tx<'_>, product: &StoredProduct, old: Option<&StoredProduct>) -> Result<(), Fault> {
    let same = old.filter(|old| old.status == product.status);
    let before: HashSet<&str> = same.iter().flat_map(|old| old.skus()).collect();
    for sku in product.skus().filter(|sku| !before.contains(sku)) {
        store::skus::put(tx, sku, product.id, product.status)?;
    }
    Ok(())
}

fn announce<'a>(tx: &mut Tx<'_>, written: impl Iterator<Item = &'a Written>) -> Result<(), Fault> {
    let mut products = Vec::new();
    let mut stock = Vec::new();
    for written in written {
        products.push(written.product.id);
        stock.extend(written.stock.iter().cloned());
    }
    for products in products.chunks(BATCH_MAX) {
        tx.emit(&ProductsChanged { products: products.to_vec() })?;
    }
    for variants in stock.chunks(BATCH_MAX) {
        tx.emit(&StockDeclared { variants: variants.to_vec() })?;
    }
    Ok(())
}
