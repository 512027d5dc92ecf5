//! A shopper with all that one can have: an account, a cart, a wish list and an order.

use serde_json::Value;
use souk_bench::{
    client::Client,
    shopper::{Acknowledged, GOOD_CARD, Purchase, add_to_cart, check_out},
};

use super::Front;

const NAME: &str = "Zenobia Quillfeather";
const EMAIL: &str = "zenobia@example.net";

/// The shopper, and what of the shop is needed to ask for all its pages.
pub struct Shopper {
    pub client: Client,
    pub order: Acknowledged,
    /// The slug of a product, a category, a brand and a collection.
    pub product: String,
    pub product_id: String,
    pub category: String,
    pub brand: String,
    pub collection: String,
    pub asset: String,
    pub image: String,
}

/// The first address that begins so, without the beginning.
fn first(html: &str, beginning: &str) -> String {
    let found = html.split(['"', ' ']).filter_map(|text| text.strip_prefix(beginning)).find(|rest| !rest.is_empty());
    found.unwrap_or_else(|| panic!("no {beginning} in the page")).to_owned()
}

impl Shopper {
    pub async fn arrive(front: &Front) -> Self {
        let mut client = front.client();
        let page = async |client: &mut Client, path: &str| client.get(path, "text/html").await.unwrap().text_all();
        let home = page(&mut client, "/").await;
        let (brands, collections) = (page(&mut client, "/brands").await, page(&mut client, "/collections").await);
        let (product, sku, product_id) = Self::in_stock(&mut client, &home).await;
        let fields = [("name", NAME), ("email", EMAIL), ("password", "salt river chair"), ("next", "/")];
        let registered = client.post_form("/account/register", &fields).await.unwrap();
        assert_eq!(registered.status, 303, "{}", registered.text());
        assert!(client.cookie("souk_session").is_some());
        add_to_cart(&mut client, &sku, 1).await.unwrap().expect(hyper::StatusCode::OK).unwrap();
        let Purchase::Ordered(order) = check_out(&mut client, GOOD_CARD).await.unwrap() else { panic!("sold out") };
        add_to_cart(&mut client, &sku, 2).await.unwrap().expect(hyper::StatusCode::OK).unwrap();
        client.post_form("/wish-list", &[("product", &product_id)]).await.unwrap();
        Self {
            client,
            order,
            product,
            product_id,
            category: first(&home, "/c/"),
            brand: first(&brands, "/brands/"),
            collection: first(&collections, "/collections/"),
            asset: first(&home, "/assets/"),
            image: first(&home, "/images/"),
        }
    }

    /// A product of which there are some: its slug, a SKU and its id.
    async fn in_stock(client: &mut Client, home: &str) -> (String, String, String) {
        let slugs = home.split('"').filter_map(|text| text.strip_prefix("/products/"));
        for slug in slugs {
            let found = client.get(&format!("/products/{slug}.json"), "application/json").await.unwrap();
            let Ok(found) = found.json::<Value>() else { continue };
            let offers = found["offers"].as_array().cloned().unwrap_or_default();
            if let Some(offer) =
                offers.iter().find(|offer| offer["available"].as_i64().is_some_and(|pieces| pieces > 5))
            {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                return (slug.to_owned(), text(&offer["sku"]), text(&found["id"]));
            }
        }
        panic!("nothing is in stock");
    }

    /// What nobody else may see.
    pub fn secrets(&self) -> Vec<String> {
        let cookies = ["souk_session", "souk_guest"].iter().filter_map(|name| self.client.cookie(name));
        let told =
            [NAME, EMAIL, "Ann Example", "ann@example.com", "Road 1", &self.order.number, &self.order.access_key];
        cookies.filter(|value| !value.is_empty()).chain(told).map(ToOwned::to_owned).collect()
    }
}
