//! Accounts across services: links by email, and the orders of a guest who turns out to be a customer.

use souk_contracts::{
    CartChangeId, CustomerId,
    accounts::{Person, Registration, Session},
    cart::Change,
    notifications::{Content, MessageFilter, MessageKind},
    orders::{Order, Placement},
    permission::Role,
};
use souk_testkit::{TestShop, cards, config, modes};
use souk_types::{Actor, Cx, PageRequest};

/// Whom the orders of the test kit are for.
const EMAIL: &str = "ann@example.com";

async fn order_as_guest(shop: &TestShop) -> Order {
    let guest = shop.new_customer();
    let request = shop.checkout(guest, &[("A-1", 1)], cards::SUCCESS).await;
    match shop.shop.orders.place(&shop.customer(guest), request).await.unwrap() {
        Placement::Placed(order) => *order,
        other => panic!("{other:?}"),
    }
}

async fn register(shop: &TestShop) -> Session {
    let registration =
        Registration { email: EMAIL.to_owned(), password: "correct horse".to_owned(), name: "Ann".to_owned() };
    shop.shop.accounts.register(&shop.cx(Actor::ANONYMOUS), registration).await.unwrap()
}

fn customer(session: &Session) -> CustomerId {
    match session.identity.person {
        Person::Customer(id) => id,
        Person::Staff(..) => panic!("{session:?}"),
    }
}

/// The secret in the newest message of a kind, as the owner finds it in the console.
async fn link(shop: &TestShop, kind: MessageKind) -> String {
    shop.quiet().await;
    let owner = shop.staff(Role::Owner);
    let messages = &shop.shop.notifications;
    let found = messages.list(&owner, MessageFilter::default(), PageRequest::first(50)).await.unwrap().items;
    let id = found.iter().find(|message| message.kind == kind).unwrap().id;
    let hidden = messages.message(&shop.staff(Role::Manager), id).await.unwrap().unwrap().content;
    assert_eq!(hidden, Content::Withheld, "the link is not for everybody");
    let Content::Whole { text, html } = messages.message(&owner, id).await.unwrap().unwrap().content else {
        panic!("there is nothing in it");
    };
    let token: String = text.split("token=").nth(1).unwrap().chars().take_while(|letter| *letter != '\n').collect();
    assert!(html.contains(&token));
    token
}

/// The kinds of all messages that are kept.
async fn written(shop: &TestShop) -> Vec<MessageKind> {
    let owner = shop.staff(Role::Owner);
    let found = shop.shop.notifications.list(&owner, MessageFilter::default(), PageRequest::first(50));
    found.await.unwrap().items.into_iter().map(|message| message.kind).collect()
}

async fn orders_of(shop: &TestShop, cx: &Cx, account: CustomerId) -> Vec<String> {
    let mut numbers = Vec::new();
    let mut page = PageRequest::first(2);
    loop {
        let found = shop.shop.orders.of_customer(cx, account, page.clone()).await.unwrap();
        numbers.extend(found.items.into_iter().map(|order| order.number));
        match found.next {
            Some(next) => page.after = Some(next),
            None => return numbers,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_of_a_guest_join_the_account_when_the_email_is_confirmed() {
    for (engine, calls) in modes() {
        let shop = TestShop::start(engine, calls, config()).await;
        shop.product("A-1", 1_990, 50).await;
        let first = order_as_guest(&shop).await;
        let second = order_as_guest(&shop).await;
        let session = register(&shop).await;
        let account = customer(&session);
        let cx = shop.customer(account);
        shop.quiet().await;
        assert!(orders_of(&shop, &cx, account).await.is_empty(), "nobody has shown whose email it is");
        let look = async |order: &Order| {
            shop.shop.orders.by_number(&cx, order.number.clone(), None).await.unwrap().map(|order| order.id)
        };
        assert_eq!(look(&first).await, None);

        let token = link(&shop, MessageKind::EmailVerification).await;
        shop.shop.accounts.verify_email(&cx, token).await.unwrap();
        shop.quiet().await;
        let own = match shop.shop.orders.place(&cx, shop.checkout(account, &[("A-1", 1)], cards::SUCCESS).await).await {
            Ok(Placement::Placed(order)) => *order,
            other => panic!("{other:?}"),
        };
        let later = order_as_guest(&shop).await;
        shop.quiet().await;
        let expected = [&later, &own, &second, &first].map(|order| order.number.clone());
        assert_eq!(orders_of(&shop, &cx, account).await, expected, "newest first, a page at a time");
        for order in [&first, &later] {
            assert_eq!(look(order).await, Some(order.id));
            let same = shop.shop.orders.order(&cx, order.customer, order.id, None).await.unwrap();
            assert_eq!(same.map(|order| order.number), Some(order.number.clone()));
        }
        let stranger = shop.customer(shop.new_customer());
        assert_eq!(shop.shop.orders.by_number(&stranger, first.number.clone(), None).await.unwrap(), None);
        shop.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_chosen_anew_by_the_link_in_the_message() {
    for (engine, calls) in modes() {
        let shop = TestShop::start(engine, calls, config()).await;
        let before = register(&shop).await;
        let anybody = shop.cx(Actor::ANONYMOUS);
        shop.shop.accounts.request_password_reset(&anybody, EMAIL.to_owned()).await.unwrap();
        let token = link(&shop, MessageKind::PasswordReset).await;
        let after = shop.shop.accounts.reset_password(&anybody, token, "salt river chair".to_owned()).await.unwrap();
        assert_eq!(customer(&after), customer(&before));
        assert_eq!(shop.shop.accounts.session(&anybody, before.token).await.unwrap(), None);
        shop.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_account_takes_wishes_and_cart_along_and_leaves_its_orders() {
    for (engine, calls) in modes() {
        let shop = TestShop::start(engine, calls, config()).await;
        shop.product("A-1", 1_990, 50).await;
        let session = register(&shop).await;
        let account = customer(&session);
        let cx = shop.customer(account);
        let order = match shop.shop.orders.place(&cx, shop.checkout(account, &[("A-1", 1)], cards::SUCCESS).await).await
        {
            Ok(Placement::Placed(order)) => *order,
            other => panic!("{other:?}"),
        };
        shop.quiet().await;
        shop.shop.cart.wish(&cx, account, order.lines[0].product, true).await.unwrap();
        let add = vec![Change::Add { sku: "A-1".to_owned(), quantity: 2 }];
        shop.shop.cart.change(&cx, account, CartChangeId::generate(&shop.shop.env), add).await.unwrap();
        assert_eq!(shop.shop.cart.wishes(&cx, account).await.unwrap().len(), 1);

        let token = link(&shop, MessageKind::EmailVerification).await;
        shop.shop.accounts.verify_email(&cx, token).await.unwrap();
        assert!(written(&shop).await.contains(&MessageKind::OrderConfirmed));
        shop.shop.accounts.erase(&cx, account, "correct horse".to_owned()).await.unwrap();
        shop.quiet().await;
        assert!(shop.shop.cart.wishes(&cx, account).await.unwrap().is_empty());
        assert_eq!(shop.shop.cart.view(&cx, account).await.unwrap().pieces, 0);
        let anybody = shop.cx(Actor::ANONYMOUS);
        assert_eq!(shop.shop.accounts.session(&anybody, session.token).await.unwrap(), None);
        let staff = shop.staff(Role::Owner);
        let kept = shop.shop.orders.by_number(&staff, order.number.clone(), None).await.unwrap();
        assert_eq!(kept.map(|order| order.id), Some(order.id), "the record of the sale stays");
        assert_eq!(written(&shop).await, [], "what was written to the address is gone");
        let again = customer(&register(&shop).await);
        shop.quiet().await;
        assert!(orders_of(&shop, &shop.customer(again), again).await.is_empty(), "it belongs to no account");
        shop.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_erases_an_account_takes_nothing_from_an_address_that_was_never_theirs() {
    for (engine, calls) in modes() {
        let shop = TestShop::start(engine, calls, config()).await;
        shop.product("A-1", 1_990, 50).await;
        order_as_guest(&shop).await;
        let stranger = customer(&register(&shop).await);
        shop.quiet().await;
        let kinds = written(&shop).await;
        assert!(kinds.contains(&MessageKind::EmailVerification) && kinds.contains(&MessageKind::OrderConfirmed));
        shop.shop.accounts.erase(&shop.customer(stranger), stranger, "correct horse".to_owned()).await.unwrap();
        shop.quiet().await;
        assert_eq!(written(&shop).await, [MessageKind::OrderConfirmed], "the guest's, whose address it is");
        shop.finish().await;
    }
}
