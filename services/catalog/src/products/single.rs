use std::borrow::Cow;

use souk_contracts::{
    ProductId,
    catalog::{Error, Product, ProductDraft},
};
use souk_store::Tx;
use souk_types::{Cx, Fault, FieldError};

use super::batch::{self, Batch, Change, Outcome};
use crate::{
    core::{Core, still},
    domain::{
        check::{self, Checked},
        compose,
        product::StoredProduct,
        slug,
    },
    store,
};

/// Numbers that are tried behind a slug before a random one.
const NUMBERS_MAX: u32 = 50;

/// Adds a product.
pub(crate) async fn create(core: &Core, cx: &Cx, draft: ProductDraft) -> Result<Product, Error> {
    let checked = checked(core, draft).await?;
    let tree = core.tree(cx).await?;
    let known = tree.clone();
    let written = core
        .write(cx, move |tx| {
            let mut draft = checked.draft.clone();
            draft.slug = free_slug(tx, &checked)?;
            check::fill_skus(&mut draft);
            let id = ProductId::generate(tx.env());
            let slug = draft.slug.clone();
            let draft = Cow::Owned(draft);
            single(batch::write(
                tx,
                &known,
                vec![Change { id, old: None, slug, draft, extra: None, only_if_new: false }],
            )?)
        })
        .await?;
    finish(core, cx, written).await
}

/// Replaces a product.
pub(crate) async fn update(
    core: &Core,
    cx: &Cx,
    id: ProductId,
    version: i64,
    draft: ProductDraft,
) -> Result<Product, Error> {
    let checked = checked(core, draft).await?;
    let tree = core.tree(cx).await?;
    let known = tree.clone();
    let written = core
        .write(cx, move |tx| {
            let old = store::products::by_ids_to_change(tx, &[id])?.pop();
            let old = old.ok_or_else(|| Fault::not_found("the product"))?;
            still(Some(version), old.version)?;
            let mut draft = checked.draft.clone();
            draft.slug = if checked.slug_given { claimable(tx, draft.slug, id)? } else { old.slug.clone() };
            compose::keep_skus(&mut draft, &old.document);
            check::fill_skus(&mut draft);
            let slug = draft.slug.clone();
            let extra = old.extra.clone();
            let draft = Cow::Owned(draft);
            single(batch::write(
                tx,
                &known,
                vec![Change { id, old: Some(old), slug, draft, extra, only_if_new: false }],
            )?)
        })
        .await?;
    finish(core, cx, written).await
}

async fn checked(core: &Core, draft: ProductDraft) -> Result<Checked, Fault> {
    let currency = core.currency;
    tokio::task::spawn_blocking(move || check::check(draft, currency)).await.map_err(Fault::internal)?
}

fn single(batch: Batch) -> Result<(StoredProduct, bool), Error> {
    match batch.outcomes.into_iter().next() {
        Some(Outcome::Written(written)) => Ok((written.product, batch.categories_added)),
        Some(Outcome::Refused(error)) => Err(error),
        Some(Outcome::Unchanged(_)) | None => Err(Fault::internal("a product was not written").into()),
    }
}

async fn finish(core: &Core, cx: &Cx, (product, categories_added): (StoredProduct, bool)) -> Result<Product, Error> {
    if categories_added {
        core.forget_tree().await;
    }
    Ok(product.into_product(&*core.tree(cx).await?))
}

/// The slug that was asked for, if no other product has it now.
fn claimable(tx: &mut Tx<'_>, slug: String, id: ProductId) -> Result<String, Fault> {
    match store::slugs::owner(tx, &slug)? {
        Some(owner) if owner.is_current && owner.product != id => Err(slug_taken()),
        _ => Ok(slug),
    }
}

/// The slug that was asked for, or the first of `shirt`, `shirt-2`, `shirt-3` … that no product has or had.
fn free_slug(tx: &mut Tx<'_>, checked: &Checked) -> Result<String, Fault> {
    let wanted = &checked.draft.slug;
    let owner = store::slugs::owner(tx, wanted)?;
    match owner {
        None => return Ok(wanted.clone()),
        Some(owner) if checked.slug_given => {
            return if owner.is_current { Err(slug_taken()) } else { Ok(wanted.clone()) };
        }
        Some(_) => {}
    }
    let candidates: Vec<String> = (2..=NUMBERS_MAX).map(|number| slug::numbered(wanted, number)).collect();
    let taken = store::slugs::owners(tx, candidates.iter().map(String::as_str))?;
    let random = || slug::numbered(wanted, u32::from_le_bytes(tx.env().random_bytes()));
    Ok(candidates.into_iter().find(|slug| !taken.contains_key(slug)).unwrap_or_else(random))
}

fn slug_taken() -> Fault {
    Fault {
        fields: vec![FieldError::new("slug", "is already taken")],
        ..Fault::conflict("another product has this slug already")
    }
}
