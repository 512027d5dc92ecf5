//! Order, pages and their bounds.

mod shop;

use std::collections::HashSet;

use shop::{Shop, product, query, with};
use souk_contracts::{CartId, CustomerId, OrderId, ProductId};
use souk_contracts::{
    catalog::Product,
    orders::{OrderPlaced, OrderRef, PlacedLine},
    search::{Error, Query, Sort},
};
use souk_types::{Currency, Money, ServiceError, limits};

fn priced(number: u128, price: i64) -> Product {
    with(product(number, &format!("Thing {number}")), |thing| {
        thing.variants[0].price = Money::new(price, Currency::EUR);
    })
}

async fn order(shop: &Shop, sort: Sort) -> Vec<u128> {
    let found = shop.find(Query { sort, ..query("thing") }).await;
    found.hits.iter().map(|hit| hit.product.bits()).collect()
}

#[tokio::test]
async fn results_are_sorted_as_asked() {
    let shop = Shop::with(vec![priced(1, 300), priced(2, 100), priced(3, 200)]).await;
    assert_eq!(order(&shop, Sort::PriceUp).await, [2, 3, 1]);
    assert_eq!(order(&shop, Sort::PriceDown).await, [1, 3, 2]);
    assert_eq!(order(&shop, Sort::Newest).await, [3, 2, 1]);
    let placed = OrderPlaced {
        of: OrderRef {
            order: OrderId::from_bits(1),
            customer: CustomerId::from_bits(1),
            number: "1".to_owned(),
            cart: CartId::from_bits(1),
            email: String::new(),
        },
        lines: vec![PlacedLine {
            sku: "S-2".to_owned(),
            product: ProductId::from_bits(2),
            quantity: 3,
            unit_price: Money::new(100, Currency::EUR),
        }],
        total: Money::new(300, Currency::EUR),
        at: shop.env.now(),
    };
    shop.tell(&placed).await;
    for _ in 0..100 {
        if order(&shop, Sort::Popularity).await[0] == 2 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("what was bought does not become popular");
}

#[tokio::test]
async fn pages_neither_repeat_nor_leave_out() {
    let shop = Shop::with((0..250).map(|number| priced(number, 100)).collect()).await;
    for (text, sort) in [("thing", Sort::Relevance), ("", Sort::Relevance), ("thing", Sort::PriceUp)] {
        let mut seen = HashSet::new();
        for offset in (0..250).step_by(70) {
            let page = shop.find(Query { text: text.to_owned(), sort, offset, limit: 70, ..Query::default() }).await;
            assert_eq!(page.total, 250);
            seen.extend(page.hits.iter().map(|hit| hit.product));
        }
        assert_eq!(seen.len(), 250, "{text} {sort:?}");
    }
}

#[tokio::test]
async fn pages_are_bounded() {
    let shop = Shop::with(vec![priced(1, 1)]).await;
    let ask = async |offset, limit| shop.search.search(&shop.cx(), Query { offset, limit, ..Query::default() }).await;
    for limit in [0, 101] {
        let refused = ask(0, limit).await.unwrap_err();
        assert_eq!(refused.fields()[0].field, "limit");
    }
    assert!(ask(limits::SEARCH_DEPTH_MAX - 100, 100).await.unwrap().hits.is_empty());
    let refused = ask(limits::SEARCH_DEPTH_MAX - 99, 100).await.unwrap_err();
    assert_eq!(refused, Error::TooDeep { depth_max: limits::SEARCH_DEPTH_MAX });
    assert!(ask(usize::MAX, 100).await.is_err());
}
