use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use souk_contracts::{
    ProductId,
    catalog::{Error, ProductDraft, Upserted},
};
use souk_store::Tx;
use souk_types::{Cx, Fault};

use super::{
    BATCH_MAX,
    batch::{self, Change, Outcome},
};
use crate::{
    core::Core,
    domain::{check, fingerprint::fingerprint, product::StoredProduct, tree::Tree},
    store::{self, products::Digest},
};

/// A checked draft, ready to be written under its slug.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) draft: ProductDraft,
    /// What an import keeps aside; the outer `None` leaves what the product has.
    pub(crate) extra: Option<Option<String>>,
    fingerprint: Vec<u8>,
}

impl Prepared {
    pub(crate) fn new(
        draft: ProductDraft,
        extra: Option<Option<String>>,
        currency: souk_types::Currency,
    ) -> Result<Self, Fault> {
        let mut draft = check::check(draft, currency)?.draft;
        check::fill_skus(&mut draft);
        Ok(Self { fingerprint: fingerprint(&draft), draft, extra })
    }

    /// Says whether writing this over a product would change nothing.
    fn is_present(&self, digest: &Digest) -> bool {
        self.fingerprint == digest.fingerprint && self.extra.as_ref().is_none_or(|extra| *extra == digest.extra)
    }
}

/// What writing a batch of drafts did.
pub(crate) struct Applied {
    pub(crate) outcomes: Vec<Upserted>,
    pub(crate) categories_added: bool,
}

/// Adds or replaces products by slug, present or former. Changes nothing of a product that is the same already.
pub(crate) fn apply(tx: &mut Tx<'_>, tree: &Tree, drafts: &[&Prepared]) -> Result<Applied, Fault> {
    let mut outcomes: Vec<Option<Upserted>> = drafts.iter().map(|_| None).collect();
    let mut waiting: Vec<usize> = (0..drafts.len()).collect();
    let mut categories_added = false;
    // A product that is there twice is written twice, the second time over the first.
    while !waiting.is_empty() {
        let mut seen = HashSet::new();
        let (round, later): (Vec<usize>, Vec<usize>) =
            waiting.into_iter().partition(|index| seen.insert(drafts[*index].draft.slug.as_str()));
        let owners = store::slugs::owners(tx, round.iter().map(|index| drafts[*index].draft.slug.as_str()))?;
        let mut once = HashSet::new();
        let (round, twice): (Vec<usize>, Vec<usize>) = round
            .into_iter()
            .partition(|index| owners.get(&drafts[*index].draft.slug).is_none_or(|owner| once.insert(*owner)));
        categories_added |= apply_round(tx, tree, drafts, &round, &owners, &mut outcomes)?;
        waiting = twice.into_iter().chain(later).collect();
    }
    Ok(Applied { outcomes: outcomes.into_iter().flatten().collect(), categories_added })
}

fn apply_round(
    tx: &mut Tx<'_>,
    tree: &Tree,
    drafts: &[&Prepared],
    round: &[usize],
    owners: &HashMap<String, ProductId>,
    outcomes: &mut [Option<Upserted>],
) -> Result<bool, Fault> {
    let ids: Vec<ProductId> = owners.values().copied().collect();
    let digests = if ids.is_empty() { Vec::new() } else { store::products::digests(tx, &ids)? };
    let digests: HashMap<ProductId, Digest> = digests.into_iter().map(|digest| (digest.id, digest)).collect();
    let present = |index: &usize| {
        let digest = digests.get(owners.get(&drafts[*index].draft.slug)?)?;
        drafts[*index].is_present(digest).then_some(digest.id)
    };
    let mut to_write = Vec::with_capacity(round.len());
    for index in round {
        match present(index) {
            Some(id) => outcomes[*index] = Some(Upserted::Unchanged(id)),
            None => to_write.push(*index),
        }
    }
    if to_write.is_empty() {
        return Ok(false);
    }
    let mut old = load(tx, to_write.iter().filter_map(|index| owners.get(&drafts[*index].draft.slug)))?;
    let change = |index: &usize| {
        let prepared = drafts[*index];
        let old = owners.get(&prepared.draft.slug).and_then(|id| old.remove(id));
        let kept = || old.as_ref().and_then(|old| old.extra.clone());
        Change {
            id: old.as_ref().map_or_else(|| ProductId::generate(tx.env()), |old| old.id),
            slug: old.as_ref().map_or_else(|| prepared.draft.slug.clone(), |old| old.slug.clone()),
            extra: prepared.extra.clone().unwrap_or_else(kept),
            draft: Cow::Borrowed(&prepared.draft),
            only_if_new: true,
            old,
        }
    };
    let changes = to_write.iter().map(change).collect();
    let batch = batch::write(tx, tree, changes)?;
    for (index, outcome) in to_write.into_iter().zip(batch.outcomes) {
        outcomes[index] = Some(match outcome {
            Outcome::Written(written) if written.old.is_none() => Upserted::Created(written.product.id),
            Outcome::Written(written) => Upserted::Updated(written.product.id),
            Outcome::Unchanged(id) => Upserted::Unchanged(id),
            Outcome::Refused(error) => Upserted::Refused(error),
        });
    }
    Ok(batch.categories_added)
}

fn load<'a>(
    tx: &mut Tx<'_>,
    ids: impl Iterator<Item = &'a ProductId>,
) -> Result<HashMap<ProductId, StoredProduct>, Fault> {
    let ids: Vec<ProductId> = ids.copied().collect();
    let found = if ids.is_empty() { Vec::new() } else { store::products::by_ids_to_change(tx, &ids)? };
    Ok(found.into_iter().map(|product| (product.id, product)).collect())
}

/// Adds or replaces many products, each by itself.
pub(crate) async fn upsert(core: &Core, cx: &Cx, drafts: Vec<ProductDraft>) -> Result<Vec<Upserted>, Error> {
    if drafts.len() > BATCH_MAX {
        return Err(Fault::invalid("drafts", format!("at most {BATCH_MAX} at once")).into());
    }
    let currency = core.currency;
    let prepare = move || drafts.into_iter().map(|draft| Prepared::new(draft, None, currency)).collect();
    let prepared: Arc<Vec<Result<Prepared, Fault>>> =
        Arc::new(tokio::task::spawn_blocking(prepare).await.map_err(Fault::internal)?);
    let tree = core.tree(cx).await?;
    let shared = Arc::clone(&prepared);
    let applied = core
        .write(cx, move |tx| {
            let good: Vec<&Prepared> = shared.iter().filter_map(|prepared| prepared.as_ref().ok()).collect();
            Ok(apply(tx, &tree, &good)?)
        })
        .await?;
    if applied.categories_added {
        core.forget_tree().await;
    }
    let mut outcomes = applied.outcomes.into_iter();
    let outcome = |prepared: &Result<Prepared, Fault>| match prepared {
        Ok(_) => outcomes.next(),
        Err(fault) => Some(Upserted::Refused(fault.clone().into())),
    };
    Ok(prepared.iter().filter_map(outcome).collect())
}
