//! Messages by email, from the event to a mail server on loopback.

use std::time::Duration;

use souk::config::Config;
use souk_contracts::{
    ShipmentId,
    inventory::StockLine,
    notifications::{Content, Error, MessageFilter, MessageKind, MessageState, MessageSummary},
    orders::{Lifecycle, Order, Placement},
    permission::Role,
};
use souk_testkit::{Mail, SmtpServer, TestShop, cards, config, modes};
use souk_types::{Id, Money, PageRequest, ServiceError, TimeOrder, Timestamp};

fn sending(server: &SmtpServer) -> Config {
    let mut config = config();
    config.email.smtp = Some(server.url.clone());
    config.email.from = Some("Souk <shop@souk.example>".to_owned());
    config.shop.public_url = "https://souk.example".to_owned();
    config
}

async fn place(shop: &TestShop, lines: &[(&str, u32)]) -> Order {
    let customer = shop.new_customer();
    let request = shop.checkout(customer, lines, cards::SUCCESS).await;
    match shop.shop.orders.place(&shop.customer(customer), request).await.unwrap() {
        Placement::Placed(order) => *order,
        other => panic!("{other:?}"),
    }
}

async fn kept(shop: &TestShop) -> Vec<MessageSummary> {
    let staff = shop.staff(Role::Support);
    let page = PageRequest::first(50);
    shop.shop.notifications.list(&staff, MessageFilter::default(), page).await.unwrap().items
}

/// In the order of the alphabet: several are on their way at the same time.
fn subjects(mails: &[Mail]) -> Vec<String> {
    let mut subjects: Vec<String> = mails.iter().map(Mail::subject).collect();
    subjects.sort();
    subjects
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_confirmed_shipped_and_delivered_by_smtp() {
    for (engine, calls) in modes() {
        let server = SmtpServer::start().await;
        let shop = TestShop::start(engine, calls, sending(&server)).await;
        shop.product("A-1", 1_990, 5).await;
        let order = place(&shop, &[("A-1", 2)]).await;
        let mail = server.wait_for(1).await.remove(0);
        assert_eq!(
            (mail.from.as_str(), mail.to.as_slice()),
            ("shop@souk.example", &["ann@example.com".to_owned()][..])
        );
        assert_eq!(mail.subject(), format!("Your order {} at Souk", order.number));
        assert_eq!(mail.header("From"), "Souk <shop@souk.example>");
        assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
        let link = format!("https://souk.example/orders/{}?key={}", order.number, order.access_key);
        for part in [mail.part("text/plain"), mail.part("text/html")] {
            for said in [link.as_str(), "2 × Thing A-1", "€39.80", "Road 1", "Germany"] {
                assert!(part.contains(said), "{said}: {part}");
            }
        }

        let staff = shop.staff(Role::Manager);
        let shipment: ShipmentId = Id::generate(&shop.shop.env);
        let lines = vec![StockLine { sku: "A-1".into(), quantity: 2 }];
        shop.shop.orders.ship(&staff, order.customer, order.id, shipment, lines, None).await.unwrap();
        for _ in 0..200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            shop.quiet().await;
            let seen = shop.shop.orders.order(&staff, order.customer, order.id, None).await.unwrap().unwrap();
            if seen.lifecycle == Lifecycle::Closed {
                break;
            }
        }
        let mails = server.wait_for(3).await;
        let number = &order.number;
        let shipped = format!("Your order {number} is on its way");
        assert_eq!(subjects(&mails[1..]), [format!("Your order {number} has arrived"), shipped.clone()]);
        let parcels = shop.shop.delivery.shipments(&staff, order.customer, order.id).await.unwrap();
        let tracking = parcels[0].tracking_number.clone().unwrap();
        let mail = mails.iter().find(|mail| mail.subject() == shipped).unwrap();
        assert!(mail.part("text/plain").contains(&tracking) && mail.part("text/html").contains(&tracking));
        shop.quiet().await;
        assert!(kept(&shop).await.iter().all(|message| message.state == MessageState::Sent));
        shop.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cancels_is_told_so_and_told_of_the_money() {
    for (engine, calls) in modes() {
        let server = SmtpServer::start().await;
        let shop = TestShop::start(engine, calls, sending(&server)).await;
        shop.product("A-1", 1_990, 5).await;
        let staff = shop.staff(Role::Support);
        let order = place(&shop, &[("A-1", 1)]).await;
        server.wait_for(1).await;
        let part = Money::new(500, order.totals.total.currency);
        shop.shop.orders.refund(&staff, order.customer, order.id, part, "scratched".into()).await.unwrap();
        let refunded = server.wait_for(2).await.remove(1);
        assert_eq!(refunded.subject(), format!("Money back for your order {}", order.number));
        assert!(refunded.part("text/plain").contains("€5.00"), "{}", refunded.part("text/plain"));
        shop.shop.orders.cancel(&staff, order.customer, order.id, "changed my mind".into()).await.unwrap();
        let told = subjects(&server.wait_for(4).await[2..]);
        assert_eq!(
            told,
            [
                format!("Money back for your order {}", order.number),
                format!("Your order {} was cancelled", order.number)
            ]
        );
        let messages = kept(&shop).await;
        let cancelled = messages.iter().find(|message| message.kind == MessageKind::OrderCancelled).unwrap();
        let message = shop.shop.notifications.message(&staff, cancelled.id).await.unwrap().unwrap();
        assert!(matches!(message.content, Content::Whole { text, .. } if text.contains("changed my mind")));
        shop.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_tried_again_until_the_mail_server_takes_it() {
    for (engine, calls) in modes() {
        let server = SmtpServer::start().await;
        server.refuse(&["451 come back later"]);
        let shop = TestShop::start(engine, calls, sending(&server)).await;
        shop.product("A-1", 1_990, 5).await;
        place(&shop, &[("A-1", 1)]).await;
        server.wait_for(1).await;
        shop.quiet().await;
        let id = kept(&shop).await[0].id;
        let message = shop.shop.notifications.message(&shop.staff(Role::Support), id).await.unwrap().unwrap();
        assert_eq!((message.summary.state, message.failures), (MessageState::Sent, 1));
        assert!(message.error.contains("come back later"), "{}", message.error);
        assert!(message.summary.sent_at.is_some());
        shop.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_message_is_given_up_and_sent_again_when_staff_say_so() {
    for (engine, calls) in modes() {
        let server = SmtpServer::start().await;
        server.refuse(&["550 no such mailbox"]);
        let shop = TestShop::start(engine, calls, sending(&server)).await;
        shop.product("A-1", 1_990, 5).await;
        place(&shop, &[("A-1", 1)]).await;
        shop.quiet().await;
        let refused = kept(&shop).await.remove(0);
        assert_eq!(refused.state, MessageState::Failed);
        let warehouse = shop.cx(souk_types::Actor::person("stf_x", souk_contracts::permission::ORDERS_READ));
        let denied = shop.shop.notifications.resend(&warehouse, refused.id).await.unwrap_err();
        assert_eq!(denied.kind(), souk_types::ErrorKind::Denied);
        shop.shop.notifications.resend(&shop.staff(Role::Support), refused.id).await.unwrap();
        server.wait_for(1).await;
        shop.quiet().await;
        assert_eq!(kept(&shop).await[0].state, MessageState::Sent);
        shop.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mail_server_messages_are_kept_once_for_staff() {
    for (engine, calls) in modes() {
        let shop = TestShop::start(engine, calls, config()).await;
        shop.product("A-1", 1_990, 5).await;
        let order = place(&shop, &[("A-1", 1)]).await;
        shop.quiet().await;
        let bus = &shop.running.as_ref().unwrap().bus;
        let again = bus.replay_since("orders.placed", "notifications.orders", Timestamp::EPOCH).await.unwrap();
        assert_eq!(again, 1, "the event comes again");
        shop.quiet().await;

        let staff = shop.staff(Role::Support);
        let messages = kept(&shop).await;
        assert_eq!(messages.len(), 1, "{messages:?}");
        let message = &messages[0];
        assert_eq!((message.kind, message.state), (MessageKind::OrderConfirmed, MessageState::Kept));
        assert_eq!((&message.order_number, message.email.as_str()), (&order.number, "ann@example.com"));
        for (text, found) in [(order.number.as_str(), 1), ("Ann@Example.com", 1), ("ZZZZ-ZZZZ", 0), ("x@y.example", 0)]
        {
            let filter = MessageFilter { text: Some(text.to_owned()), state: Some(MessageState::Kept), sort: None };
            let page = shop.shop.notifications.list(&staff, filter, PageRequest::first(10)).await.unwrap();
            assert_eq!(page.items.len(), found, "{text}");
        }
        let refused = shop.shop.notifications.resend(&staff, message.id).await;
        assert_eq!(refused, Err(Error::NotSending));
        let stranger = shop.customer(order.customer);
        assert!(shop.shop.notifications.message(&stranger, message.id).await.is_err());
        shop.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_listed_from_either_end_of_time_page_by_page() {
    for (engine, calls) in modes() {
        let shop = TestShop::start(engine, calls, config()).await;
        shop.product("A-1", 1_990, 5).await;
        let mut numbers = Vec::new();
        for _ in 0..3 {
            numbers.push(place(&shop, &[("A-1", 1)]).await.number);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        shop.quiet().await;
        let staff = shop.staff(Role::Support);
        let notifications = &shop.shop.notifications;
        let all = async |filter: &MessageFilter| {
            let (mut seen, mut page) = (Vec::new(), PageRequest::first(1));
            loop {
                let found = notifications.list(&staff, filter.clone(), page.clone()).await.unwrap();
                seen.extend(found.items.into_iter().map(|message| message.order_number));
                let Some(next) = found.next else { return seen };
                page.after = Some(next);
            }
        };
        for sort in [TimeOrder::Oldest, TimeOrder::Newest] {
            let sorted = MessageFilter { sort: Some(sort), ..MessageFilter::default() };
            let of_state = MessageFilter { state: Some(MessageState::Kept), ..sorted.clone() };
            let of_email = MessageFilter { text: Some("Ann@example.com".to_owned()), ..of_state.clone() };
            for filter in [&sorted, &of_state, &of_email] {
                assert_eq!(all(filter).await, numbers, "{filter:?}");
            }
            let of_order = MessageFilter { text: Some(numbers[1].to_lowercase()), ..sorted.clone() };
            assert_eq!(all(&of_order).await, [numbers[1].as_str()]);
            let none = MessageFilter { state: Some(MessageState::Sent), ..of_email };
            assert!(all(&none).await.is_empty());
            numbers.reverse();
        }
        let newest = notifications.list(&staff, MessageFilter::default(), PageRequest::first(1)).await.unwrap();
        let oldest = MessageFilter { sort: Some(TimeOrder::Oldest), ..MessageFilter::default() };
        let refused = notifications.list(&staff, oldest, PageRequest { limit: 1, after: newest.next }).await;
        assert_eq!(refused.unwrap_err().fields()[0].field, "after");
        shop.finish().await;
    }
}
