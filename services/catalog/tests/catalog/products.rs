//! Products through the service's trait.

use crate::fixture::{anyone, draft, eur, shirt, shops, staff, variant};
use souk_contracts::catalog::{
    Attribute, AttributeValue, DeclaredStock, Error, ImageDraft, ImageSource, ProductFilter, ProductStatus,
    ProductsChanged, SlugMatch, StockDeclared, Upserted,
};
use souk_types::{Currency, Money, PageRequest, ServiceError as _};

fn fields(error: &Error) -> Vec<&str> {
    error.fields().iter().map(|wrong| wrong.field.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_comes_back_as_it_was_described() {
    for shop in shops().await {
        let mut described = shirt();
        described.description = "<p onclick=x>Soft<script>1</script></p>".to_owned();
        described.brand = " Lino ".to_owned();
        described.category = vec!["Clothing".to_owned(), "Shirts".to_owned()];
        described.tags = vec!["summer".to_owned(), "linen".to_owned(), "summer".to_owned()];
        described.attributes = vec![
            Attribute { name: "Fabric".to_owned(), value: AttributeValue::Text("Linen".to_owned()) },
            Attribute {
                name: "Weight".to_owned(),
                value: AttributeValue::Number { number: 180.5, unit: "g".to_owned() },
            },
        ];
        described.images = vec![ImageDraft {
            source: ImageSource::Drawing("tshirt:335577:ffffff:1".to_owned()),
            alt: "Front".to_owned(),
        }];
        described.variants[0].compare_at = Some(eur(6_000));
        described.variants[0].weight_g = 250;
        let made = shop.create(described).await;
        let product = shop.found("linen-shirt").await;
        assert_eq!(made, product);
        assert_eq!((product.version, product.brand.as_str()), (1, "Lino"));
        assert_eq!(product.description, "<p>Soft</p>");
        assert_eq!(product.tags, ["summer", "linen"]);
        assert_eq!(product.options[0].values, ["Blue", "White"]);
        assert_eq!(product.category.as_ref().unwrap().names, ["Clothing", "Shirts"]);
        assert_eq!(product.category.as_ref().unwrap().slugs, ["clothing", "shirts"]);
        assert!(product.images[0].drawn);
        assert_eq!(product.variants[0].compare_at, Some(eur(6_000)));
        assert_eq!(product.attributes.len(), 2);
        let by_id = shop.catalog.products(&anyone(), vec![product.id]).await.unwrap();
        assert_eq!(by_id, [product]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_replaces_and_keeps_the_ids_of_variants() {
    for shop in shops().await {
        let old = shop.create(shirt()).await;
        let mut changed = shirt();
        changed.title = "Fine linen shirt".to_owned();
        changed.variants.remove(1);
        changed.variants[1].sku = "SHIRT-NEW".to_owned();
        changed.variants.push(variant("SHIRT-G-M", &["Green", "M"], 100));
        let new = shop.catalog.update(&staff(), old.id, old.version, changed).await.unwrap();
        assert_eq!((new.version, new.title.as_str(), new.slug.as_str()), (2, "Fine linen shirt", "linen-shirt"));
        assert_eq!(new.variants[0].id, old.variants[0].id);
        assert_eq!(new.variants[1].id, old.variants[2].id, "the same choice of options keeps its id");
        let gone = shop.catalog.offers(&anyone(), vec!["SHIRT-B-L".to_owned(), "SHIRT-W-M".to_owned()]).await.unwrap();
        assert_eq!(gone, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_of_an_old_version_is_refused() {
    for shop in shops().await {
        let product = shop.create(shirt()).await;
        shop.catalog.update(&staff(), product.id, 1, shirt()).await.unwrap();
        let refused = shop.catalog.update(&staff(), product.id, 1, shirt()).await;
        assert_eq!(refused, Err(Error::VersionConflict { current: 2 }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn old_slugs_lead_to_the_present_one() {
    for shop in shops().await {
        let mut product = shop.create(shirt()).await;
        for slug in ["shirt-two", "shirt-three"] {
            let renamed = souk_contracts::catalog::ProductDraft { slug: slug.to_owned(), ..shirt() };
            product = shop.catalog.update(&staff(), product.id, product.version, renamed).await.unwrap();
        }
        for old in ["linen-shirt", "shirt-two"] {
            assert_eq!(shop.by_slug(old).await, Some(SlugMatch::Moved("shirt-three".to_owned())), "{old}");
        }
        assert_eq!(shop.found("shirt-three").await.id, product.id);
        let back = souk_contracts::catalog::ProductDraft { slug: "linen-shirt".to_owned(), ..shirt() };
        shop.catalog.update(&staff(), product.id, product.version, back).await.unwrap();
        assert_eq!(shop.found("linen-shirt").await.id, product.id);
        assert_eq!(shop.by_slug("shirt-three").await, Some(SlugMatch::Moved("linen-shirt".to_owned())));
        assert_eq!(shop.by_slug("nothing").await, None);
        assert_eq!(shop.by_slug("bad\0slug").await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slug_belongs_to_one_product() {
    for shop in shops().await {
        shop.create(draft("Mug", "MUG-1", 900)).await;
        let second = shop.create(draft("Mug", "", 900)).await;
        assert_eq!((second.slug.as_str(), second.variants[0].sku.as_str()), ("mug-2", "MUG-2"));
        let mut third = draft("Cup", "CUP", 900);
        third.slug = "mug".to_owned();
        let refused = shop.catalog.create(&staff(), third).await.unwrap_err();
        assert_eq!(fields(&refused), ["slug"]);
        assert_eq!(refused.kind(), souk_types::ErrorKind::Conflict);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sku_belongs_to_one_product() {
    for shop in shops().await {
        shop.create(draft("Mug", "MUG-1", 900)).await;
        let refused = shop.catalog.create(&staff(), draft("Cup", "MUG-1", 900)).await;
        assert_eq!(refused, Err(Error::SkuTaken { sku: "MUG-1".to_owned() }));
        let cup = shop.create(draft("Cup", "CUP-1", 900)).await;
        let refused = shop.catalog.update(&staff(), cup.id, 1, draft("Cup", "MUG-1", 900)).await;
        assert_eq!(refused, Err(Error::SkuTaken { sku: "MUG-1".to_owned() }));
        shop.catalog.update(&staff(), cup.id, 1, draft("Cup", "CUP-2", 900)).await.unwrap();
        shop.create(draft("Bowl", "CUP-1", 900)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_field_is_named() {
    for shop in shops().await {
        let mut bad = shirt();
        bad.title = String::new();
        bad.variants[0].price = eur(-1);
        bad.variants[1].price = Money::new(1, Currency::USD);
        bad.variants[1].weight_g = -5;
        bad.variants[2].options = vec!["Blue".to_owned()];
        bad.variants[2].sku = "SHIRT-B-M".to_owned();
        bad.variants.push(variant("X", &["Blue", "L"], 1));
        bad.variants[3].compare_at = Some(eur(1));
        bad.images = vec![ImageDraft { source: ImageSource::Url("ftp://x/y".to_owned()), alt: String::new() }];
        let refused = shop.catalog.create(&staff(), bad).await.unwrap_err();
        let expected = [
            "title",
            "images[0].source",
            "variants[0].price",
            "variants[1].weight_g",
            "variants[1].price",
            "variants[2].options",
            "variants[3].compare_at",
            "variants[3].options",
            "variants[2].sku",
        ];
        assert_eq!(fields(&refused), expected);
        let nothing = souk_contracts::catalog::ProductDraft { variants: Vec::new(), ..draft("Mug", "", 1) };
        assert_eq!(fields(&shop.catalog.create(&staff(), nothing).await.unwrap_err()), ["variants"]);
        let missing = ImageSource::Stored("0".repeat(32));
        let mut unknown = draft("Mug", "", 1);
        unknown.images = vec![ImageDraft { source: missing, alt: String::new() }];
        assert_eq!(fields(&shop.catalog.create(&staff(), unknown).await.unwrap_err()), ["images[0].source"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn offers_say_what_can_be_bought() {
    for shop in shops().await {
        let product = shop.create(shirt()).await;
        let mut hidden = draft("Secret", "SECRET", 1);
        hidden.status = ProductStatus::Draft;
        shop.create(hidden).await;
        let skus = ["SHIRT-W-M", "NONE", "SECRET", "SHIRT-B-L", "bad\0sku"].map(str::to_owned).to_vec();
        let offers = shop.catalog.offers(&anyone(), skus).await.unwrap();
        assert_eq!(offers.iter().map(|offer| offer.sku.as_str()).collect::<Vec<_>>(), ["SHIRT-W-M", "SHIRT-B-L"]);
        assert_eq!((offers[1].variant_title.as_str(), offers[1].price), ("Colour: Blue, Size: L", eur(5_200)));
        assert_eq!((offers[1].product, offers[1].variant), (product.id, product.variants[1].id));
        let archived = souk_contracts::catalog::ProductDraft { status: ProductStatus::Archived, ..shirt() };
        shop.catalog.update(&staff(), product.id, 1, archived).await.unwrap();
        assert_eq!(shop.catalog.offers(&anyone(), vec!["SHIRT-W-M".to_owned()]).await.unwrap(), []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upsert_judges_each_draft_by_itself() {
    for shop in shops().await {
        let drafts = vec![
            draft("Mug", "MUG", 900),
            draft("", "X", 900),
            draft("Cup", "MUG", 900),
            draft("Bowl", "BOWL", 900),
            draft("Bowl", "BOWL", 950),
        ];
        let first = shop.catalog.upsert(&staff(), drafts).await.unwrap();
        assert!(matches!(first[0], Upserted::Created(_)));
        assert!(matches!(&first[1], Upserted::Refused(error) if fields(error) == ["title"]));
        assert_eq!(first[2], Upserted::Refused(Error::SkuTaken { sku: "MUG".to_owned() }));
        assert!(matches!((&first[3], &first[4]), (Upserted::Created(a), Upserted::Updated(b)) if a == b));
        let again = vec![draft("Mug", "MUG", 900), draft("Bowl", "BOWL", 1_000)];
        let again = shop.catalog.upsert(&staff(), again).await.unwrap();
        assert!(matches!((&again[0], &again[1]), (Upserted::Unchanged(_), Upserted::Updated(_))));
        assert_eq!(shop.found("bowl").await.version, 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sku_may_move_within_one_upsert() {
    for shop in shops().await {
        shop.create(draft("Mug", "ONE", 900)).await;
        let drafts = vec![draft("Mug", "TWO", 900), draft("Cup", "ONE", 900)];
        let moved = shop.catalog.upsert(&staff(), drafts).await.unwrap();
        assert!(matches!((&moved[0], &moved[1]), (Upserted::Updated(_), Upserted::Created(_))), "{moved:?}");
        let offers = shop.catalog.offers(&anyone(), vec!["ONE".to_owned(), "TWO".to_owned()]).await.unwrap();
        assert_eq!(offers.iter().map(|offer| offer.title.as_str()).collect::<Vec<_>>(), ["Cup", "Mug"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_announced_and_new_stock_declared_once() {
    for shop in shops().await {
        let mut mug = draft("Mug", "MUG", 900);
        mug.variants[0].stock = Some(5);
        let product = shop.create(mug.clone()).await;
        mug.title = "Big mug".to_owned();
        shop.catalog.update(&staff(), product.id, 1, mug.clone()).await.unwrap();
        mug.slug = "mug".to_owned();
        assert!(matches!(shop.catalog.upsert(&staff(), vec![mug]).await.unwrap()[0], Upserted::Unchanged(_)));
        let changed = shop.events::<ProductsChanged>().await;
        assert_eq!(changed, vec![ProductsChanged { products: vec![product.id] }; 2]);
        let declared = vec![DeclaredStock { sku: "MUG".to_owned(), quantity: 5 }];
        assert_eq!(shop.events::<StockDeclared>().await, [StockDeclared { variants: declared }]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_list_products_newest_change_first() {
    for shop in shops().await {
        for number in 0..5 {
            shop.clock.advance(std::time::Duration::from_secs(1));
            let mut product = draft(&format!("Mug {number}"), &format!("M-{number}"), 900);
            product.status = if number == 3 { ProductStatus::Draft } else { ProductStatus::Active };
            shop.create(product).await;
        }
        shop.create(draft("Äpfel", "APPLE-1", 100)).await;
        let list = |filter: ProductFilter, page: PageRequest| {
            let catalog = shop.catalog.clone();
            async move {
                let page = catalog.list(&staff(), filter, page).await.unwrap();
                (page.items.into_iter().map(|item| item.title).collect::<Vec<_>>(), page.next)
            }
        };
        let with = |text: &str| ProductFilter { text: Some(text.to_owned()), ..ProductFilter::default() };
        let (first, next) = list(ProductFilter::default(), PageRequest::first(4)).await;
        let (second, end) = list(ProductFilter::default(), PageRequest { limit: 4, after: next }).await;
        let mut all: Vec<_> = first.into_iter().chain(second).collect();
        assert_eq!(end, None);
        assert_eq!(all.split_off(2), ["Mug 3", "Mug 2", "Mug 1", "Mug 0"]);
        assert_eq!(list(with("äPF"), PageRequest::first(9)).await.0, ["Äpfel"]);
        assert_eq!(list(with("apple"), PageRequest::first(9)).await.0, ["Äpfel"]);
        assert_eq!(list(with("mug"), PageRequest::first(9)).await.0.len(), 5);
        assert_eq!(list(with(" 2  MU"), PageRequest::first(9)).await.0, ["Mug 2"]);
        assert_eq!(list(with("(mug)"), PageRequest::first(9)).await.0.len(), 5);
        assert_eq!(list(with("apfel"), PageRequest::first(9)).await.0, ["Äpfel"]);
        for nowhere in ["mug 7", "m_g", "%", "ug", "mug a-1"] {
            assert_eq!(list(with(nowhere), PageRequest::first(9)).await.0, [""; 0], "{nowhere}");
        }
        let drafts = ProductFilter { status: Some(ProductStatus::Draft), ..ProductFilter::default() };
        assert_eq!(list(drafts.clone(), PageRequest::first(9)).await.0, ["Mug 3"]);
        assert_eq!(
            list(ProductFilter { text: Some("m-".to_owned()), ..drafts }, PageRequest::first(9)).await.0,
            ["Mug 3"]
        );
        let ids = shop.catalog.ids(&staff(), PageRequest::first(4)).await.unwrap();
        let rest = shop.catalog.ids(&staff(), PageRequest { limit: 4, after: ids.next }).await.unwrap();
        assert_eq!((ids.items.len(), rest.items.len(), rest.next), (4, 2, None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_everybody_sees_is_listed_in_pieces_and_nothing_else_is() {
    for shop in shops().await {
        let mut visible = Vec::new();
        for number in 0..7 {
            let mut mug = draft(&format!("Mug {number}"), &format!("M-{number}"), 100);
            if number == 3 {
                mug.status = ProductStatus::Draft;
            }
            let product = shop.create(mug).await;
            visible.extend((number != 3).then_some(product.id));
        }
        visible.sort_by_key(ToString::to_string);
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let page = shop.catalog.listed(&anyone(), PageRequest { limit: 4, after }).await.unwrap();
            listed.extend(page.items.into_iter().map(|item| item.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(listed, visible);
        let mark = async |after, count| shop.catalog.listed_mark(&anyone(), after, count).await.unwrap();
        let fourth = mark(None, 4).await;
        assert_eq!(fourth.as_ref().map(|cursor| cursor.0.clone()), Some(visible[3].to_string()));
        let rest = shop.catalog.listed(&anyone(), PageRequest { limit: 9, after: fourth.clone() }).await.unwrap();
        assert_eq!(rest.items.len(), 2);
        // Nothing comes behind the last two, nor behind all six.
        assert_eq!((mark(fourth, 2).await, mark(None, 6).await, mark(None, 60).await), (None, None, None));
        assert!(shop.catalog.listed_mark(&anyone(), None, 0).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hot_reads_cost_two_statements_at_most() {
    for shop in shops().await {
        let mut product = shirt();
        product.category = vec!["Clothing".to_owned()];
        let product = shop.create(product).await;
        let many: Vec<String> = (0..100).map(|number| format!("MANY-{number}")).collect();
        let drafts = many.iter().map(|sku| draft(sku, sku, 100)).collect();
        shop.catalog.upsert(&staff(), drafts).await.unwrap();
        shop.found("linen-shirt").await;
        let statements = || shop.store.statements();
        let before = statements();
        shop.found("linen-shirt").await;
        assert!(statements() - before <= 2, "a product's page takes {}", statements() - before);
        let before = statements();
        assert_eq!(shop.catalog.offers(&anyone(), many).await.unwrap().len(), 100);
        assert!(statements() - before <= 2, "offers take {}", statements() - before);
        let before = statements();
        shop.catalog.products(&anyone(), vec![product.id]).await.unwrap();
        assert!(statements() - before <= 1, "products take {}", statements() - before);
    }
}
