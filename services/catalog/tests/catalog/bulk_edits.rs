//! Changes of many products at once, and how they are undone.

use std::time::Duration;

use souk_contracts::{
    BulkEditId, ProductId,
    catalog::{
        BulkChange, BulkEdit, BulkEditFilter, BulkEditSort, BulkEditState, BulkOutcome, BulkSelection, NewBulkEdit,
        PriceChange, PriceRounding, ProductDraft, ProductFilter, ProductStatus,
    },
};
use souk_jobs::{Job, Outcome};
use souk_types::{ErrorKind, PageRequest, ServiceError as _};

use crate::fixture::{Shop, draft, eur, shops, staff};

/// Adds so many active products.
async fn fill(shop: &Shop, count: usize) -> Vec<ProductDraft> {
    let drafts: Vec<ProductDraft> =
        (0..count).map(|n| draft(&format!("Mug {n}"), &format!("MUG-{n}"), 1_000)).collect();
    for part in drafts.chunks(500) {
        shop.catalog.upsert(&staff(), part.to_vec()).await.unwrap();
    }
    drafts
}

fn all(text: &str) -> BulkSelection {
    BulkSelection::Matching(ProductFilter { text: Some(text.to_owned()), ..ProductFilter::default() })
}

async fn start(shop: &Shop, selection: BulkSelection, change: BulkChange) -> BulkEditId {
    let id = BulkEditId::generate(&shop.env);
    shop.catalog.start_bulk_edit(&staff(), id, NewBulkEdit { selection, change }).await.unwrap();
    id
}

async fn edit(shop: &Shop, id: BulkEditId) -> BulkEdit {
    shop.catalog.bulk_edit(&staff(), id).await.unwrap().unwrap()
}

async fn undo(shop: &Shop, id: BulkEditId) -> BulkEdit {
    shop.catalog.undo_bulk_edit(&staff(), id).await.unwrap();
    shop.run_jobs().await;
    edit(shop, id).await
}

async fn active(shop: &Shop) -> usize {
    let filter = ProductFilter { status: Some(ProductStatus::Active), ..ProductFilter::default() };
    let (mut count, mut page) = (0, PageRequest::first(250));
    loop {
        let found = shop.catalog.list(&staff(), filter.clone(), page.clone()).await.unwrap();
        count += found.items.len();
        let Some(next) = found.next else { return count };
        page.after = Some(next);
    }
}

fn job(id: BulkEditId) -> Job {
    Job { queue: "catalog.bulk_edit".to_owned(), key: id.to_string(), payload: String::new(), attempt: 1 }
}

#[tokio::test(flavor = "multi_thread")]
async fn hundreds_of_products_are_archived_and_published_again_by_undoing() {
    for shop in shops().await {
        fill(&shop, 320).await;
        shop.create(draft("Bowl", "BOWL", 500)).await;
        let preview = shop.catalog.preview_bulk_edit(&staff(), all("mug"), None).await.unwrap();
        assert_eq!((preview.count, preview.more, preview.examples.len()), (320, false, 0));
        let id = start(&shop, all("mug"), BulkChange::Status(ProductStatus::Archived)).await;
        assert_eq!((edit(&shop, id).await.state, edit(&shop, id).await.total), (BulkEditState::Queued, Some(320)));
        shop.run_jobs().await;
        let done = edit(&shop, id).await;
        assert_eq!((done.state, done.changed, done.failed), (BulkEditState::Finished, 320, 0), "{done:?}");
        assert_eq!(active(&shop).await, 1);
        let undone = undo(&shop, id).await;
        assert_eq!((undone.state, undone.restored, undone.kept), (BulkEditState::Undone, 320, 0), "{undone:?}");
        assert_eq!(active(&shop).await, 321);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_is_cut_off_and_run_twice_at_once_changes_each_product_once() {
    for shop in shops().await {
        fill(&shop, 320).await;
        let change = BulkChange::Price(PriceChange { basis_points: 1_000, rounding: PriceRounding::Minor });
        let id = start(&shop, all("mug"), change).await;
        let queue = shop.parts.queues.iter().find(|queue| queue.name == "catalog.bulk_edit").unwrap();
        let (cx, job) = (staff(), job(id));
        // The first run ends wherever it is, as when its process is killed.
        drop(tokio::time::timeout(Duration::from_millis(20), queue.handler.run(&cx, &job)).await);
        let (a, b) = tokio::join!(queue.handler.run(&cx, &job), queue.handler.run(&cx, &job));
        assert_eq!((a.unwrap(), b.unwrap()), (Outcome::Done, Outcome::Done));
        shop.run_jobs().await;
        let done = edit(&shop, id).await;
        assert_eq!((done.state, done.changed), (BulkEditState::Finished, 320), "{done:?}");
        for slug in ["mug-0", "mug-160", "mug-319"] {
            let mug = shop.found(slug).await;
            assert_eq!((mug.variants[0].price, mug.version), (eur(1_100), 2), "{slug}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_are_listed_in_both_orders_and_by_state() {
    for shop in shops().await {
        fill(&shop, 2).await;
        let mut known = Vec::new();
        for number in 0..5 {
            // Two of them at the same moment.
            shop.clock.advance(Duration::from_secs(u64::from(number != 3)));
            let id = start(&shop, all("mug"), BulkChange::AddTag(format!("tag-{number}"))).await;
            if number % 2 == 1 {
                shop.catalog.stop_bulk_edit(&staff(), id).await.unwrap();
            }
            known.push(edit(&shop, id).await);
        }
        known.sort_by_key(|edit| (edit.created_at, edit.id.to_string()));
        let all = async |filter: &BulkEditFilter| {
            let (mut found, mut request) = (Vec::new(), PageRequest::first(2));
            loop {
                let page = shop.catalog.bulk_edits(&staff(), filter.clone(), request.clone()).await.unwrap();
                found.extend(page.items);
                let Some(next) = page.next else { return found };
                request.after = Some(next);
            }
        };
        for (state, count) in [
            (None, 5),
            (Some(BulkEditState::Queued), 3),
            (Some(BulkEditState::Stopped), 2),
            (Some(BulkEditState::Undone), 0),
        ] {
            let mut expected: Vec<_> =
                known.iter().filter(|edit| state.is_none_or(|state| edit.state == state)).cloned().collect();
            assert_eq!(expected.len(), count, "{state:?}");
            assert_eq!(all(&BulkEditFilter { state, sort: Some(BulkEditSort::Oldest) }).await, expected);
            expected.reverse();
            for sort in [None, Some(BulkEditSort::Newest)] {
                assert_eq!(all(&BulkEditFilter { state, sort }).await, expected);
            }
        }
        let first = BulkEditFilter { state: None, sort: Some(BulkEditSort::Oldest) };
        let next = shop.catalog.bulk_edits(&staff(), first, PageRequest::first(2)).await.unwrap().next;
        let on = PageRequest { limit: 2, after: next };
        let refused = shop.catalog.bulk_edits(&staff(), BulkEditFilter::default(), on).await.unwrap_err();
        assert_eq!(refused.fields()[0].field, "after");
        shop.run_jobs().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_is_stopped_changes_nothing_more_and_can_be_undone() {
    for shop in shops().await {
        fill(&shop, 320).await;
        let id = start(&shop, all("mug"), BulkChange::AddTag("sale".to_owned())).await;
        for _ in 0..2 {
            shop.catalog.stop_bulk_edit(&staff(), id).await.unwrap();
        }
        shop.run_jobs().await;
        let stopped = edit(&shop, id).await;
        assert_eq!((stopped.state, stopped.changed), (BulkEditState::Stopped, 0), "{stopped:?}");
        assert!(stopped.finished_at.is_some() && !stopped.state.is_running());

        let id = start(&shop, all("mug"), BulkChange::AddTag("new".to_owned())).await;
        let queue = shop.parts.queues.iter().find(|queue| queue.name == "catalog.bulk_edit").unwrap();
        // The run ends wherever it is, as when its process is killed.
        drop(tokio::time::timeout(Duration::from_millis(20), queue.handler.run(&staff(), &job(id))).await);
        shop.catalog.stop_bulk_edit(&staff(), id).await.unwrap();
        let changed = edit(&shop, id).await.changed;
        shop.run_jobs().await;
        let after = edit(&shop, id).await;
        if after.state == BulkEditState::Stopped {
            assert_eq!(after.changed, changed, "{after:?}");
        }
        let undone = undo(&shop, id).await;
        assert_eq!((undone.state, undone.restored), (BulkEditState::Undone, after.changed), "{undone:?}");
        shop.catalog.stop_bulk_edit(&staff(), id).await.unwrap();
        assert_eq!(edit(&shop, id).await.state, BulkEditState::Undone, "what does not run stays as it is");
        let absent = shop.catalog.stop_bulk_edit(&staff(), BulkEditId::from_bits(1)).await.unwrap_err();
        assert_eq!(absent.kind(), ErrorKind::NotFound);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn undoing_leaves_what_was_changed_since_and_says_so() {
    for shop in shops().await {
        let drafts = fill(&shop, 120).await;
        let id = start(&shop, all("mug"), BulkChange::AddTag("sale".to_owned())).await;
        shop.run_jobs().await;
        let mug = shop.found("mug-7").await;
        let renamed = ProductDraft { title: "Best mug".to_owned(), tags: mug.tags.clone(), ..drafts[7].clone() };
        shop.catalog.update(&staff(), mug.id, mug.version, renamed).await.unwrap();
        let undone = undo(&shop, id).await;
        assert_eq!((undone.restored, undone.kept), (119, 1), "{undone:?}");
        let kept = shop.catalog.bulk_edit_products(&staff(), id, BulkOutcome::Kept, PageRequest::first(10)).await;
        let kept = kept.unwrap().items;
        assert_eq!((kept.len(), kept[0].product, kept[0].reason.as_str()), (1, mug.id, "it was changed since"));
        let mug = shop.found("mug-7").await;
        assert_eq!((mug.title.as_str(), mug.tags), ("Best mug", vec!["sale".to_owned()]));
        assert!(shop.found("mug-8").await.tags.is_empty());
        let again = undo(&shop, id).await;
        assert_eq!((again.restored, again.kept), (119, 1), "undoing twice is undoing once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn products_that_cannot_be_changed_are_named_page_by_page() {
    for shop in shops().await {
        let mut reduced: Vec<ProductId> = Vec::new();
        for n in 0..3 {
            let mut mug = draft(&format!("Mug {n}"), &format!("MUG-{n}"), 1_000);
            mug.variants[0].compare_at = Some(eur(1_050));
            reduced.push(shop.create(mug).await.id);
        }
        let plain = shop.create(draft("Bowl", "BOWL", 1_000)).await;
        let gone = ProductId::generate(&shop.env);
        let chosen: Vec<ProductId> = reduced.iter().copied().chain([plain.id, plain.id, gone]).collect();
        let change = BulkChange::Price(PriceChange { basis_points: 1_000, rounding: PriceRounding::JustBelow });
        let selection = BulkSelection::Chosen(chosen);
        let preview = shop.catalog.preview_bulk_edit(&staff(), selection.clone(), Some(change.clone())).await.unwrap();
        assert_eq!((preview.count, preview.examples.is_empty()), (5, false), "{preview:?}");
        let id = start(&shop, selection, change).await;
        shop.run_jobs().await;
        let done = edit(&shop, id).await;
        assert_eq!((done.changed, done.failed, done.total), (1, 4, Some(5)), "{done:?}");
        assert_eq!(shop.found("bowl").await.variants[0].price, eur(1_099));
        let mut page = PageRequest::first(3);
        let first = shop.catalog.bulk_edit_products(&staff(), id, BulkOutcome::Failed, page.clone()).await.unwrap();
        page.after.clone_from(&first.next);
        let second = shop.catalog.bulk_edit_products(&staff(), id, BulkOutcome::Failed, page).await.unwrap();
        let reasons: Vec<String> = first.items.into_iter().chain(second.items).map(|item| item.reason).collect();
        assert_eq!((reasons.len(), second.next), (4, None));
        assert_eq!(reasons.iter().filter(|reason| reason.contains("cost before")).count(), 3, "{reasons:?}");
        assert_eq!(reasons.iter().filter(|reason| reason.contains("no such product")).count(), 1, "{reasons:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_is_one_edit_and_what_is_wrong_is_refused() {
    for shop in shops().await {
        let mug = shop.create(draft("Mug", "MUG", 1_000)).await;
        let id = BulkEditId::generate(&shop.env);
        let new = |brand: &str| NewBulkEdit {
            selection: BulkSelection::Chosen(vec![mug.id]),
            change: BulkChange::Brand(brand.to_owned()),
        };
        shop.catalog.start_bulk_edit(&staff(), id, new(" Acme ")).await.unwrap();
        shop.run_jobs().await;
        shop.catalog.start_bulk_edit(&staff(), id, new("Acme")).await.unwrap();
        shop.run_jobs().await;
        let other = shop.catalog.start_bulk_edit(&staff(), id, new("Other")).await.unwrap_err();
        assert_eq!(other.kind(), ErrorKind::Conflict);
        let mug = shop.found("mug").await;
        assert_eq!((mug.brand.as_str(), mug.version), ("Acme", 2));
        let none = shop.catalog.preview_bulk_edit(&staff(), BulkSelection::Chosen(Vec::new()), None).await.unwrap_err();
        assert_eq!(none.kind(), ErrorKind::Invalid);
        let tag = Some(BulkChange::AddTag("a,b".to_owned()));
        let comma = shop.catalog.preview_bulk_edit(&staff(), all("mug"), tag).await.unwrap_err();
        assert_eq!(comma.kind(), ErrorKind::Invalid);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn old_edits_are_forgotten() {
    for shop in shops().await {
        fill(&shop, 3).await;
        let id = start(&shop, all("mug"), BulkChange::Brand("Acme".to_owned())).await;
        shop.run_jobs().await;
        let sweep = &shop.parts.periodics[0].sweep;
        sweep.run(&staff()).await.unwrap();
        assert_eq!(edit(&shop, id).await.changed, 3);
        shop.clock.advance(Duration::from_secs(31 * 24 * 60 * 60));
        let late = shop.catalog.undo_bulk_edit(&staff(), id).await.unwrap_err();
        assert_eq!(late.kind(), ErrorKind::Conflict);
        sweep.run(&staff()).await.unwrap();
        assert_eq!(shop.catalog.bulk_edit(&staff(), id).await.unwrap(), None);
        let items = shop.catalog.bulk_edit_products(&staff(), id, BulkOutcome::Changed, PageRequest::first(10)).await;
        assert!(items.unwrap().items.is_empty());
    }
}
