//! The wiring: every service on its own store, one method each, and what it needs of the others.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, anyhow};
use axum::Router;
use souk_contracts::{
    accounts::{self, AccountsClient},
    cart::{self, CartClient},
    catalog::{self, CatalogClient},
    delivery::{self, DeliveryClient},
    inventory::{self, InventoryClient},
    notifications::{self, NotificationsClient},
    operations::{self, OperationsClient},
    orders::{self, OrdersClient},
    payments::{self, PaymentsClient},
    search::{self, SearchClient},
};
use souk_documents::Documents;
use souk_events::Consumer;
use souk_jobs::{Background, Periodic, Queue};
use souk_payments::sandbox::{self, Sandbox, SandboxConfig};
use souk_store::{Schema, Store};
use souk_types::Currency;

use crate::{
    emails::ThemeEmails,
    operations::{BackRoom, Elsewhere, Everywhere, Reach},
    shop::{Calls, Plan, SCHEMAS},
};

/// A cart that nobody touched for so long has expired.
const CART_LIFE: Duration = Duration::from_hours(30 * 24);

/// The services that have files: they do not start where these cannot be reached, as without their database.
const WITH_FILES: [&str; 3] = ["catalog", "search", "web"];

/// The service that a schema belongs to: the sandbox gateway lives with payments.
fn service_of(schema: &Schema) -> &'static str {
    if schema.service == sandbox::SCHEMA.service { "payments" } else { schema.service }
}

/// A shop in the making: its stores, and what the services have added to the whole so far.
pub struct Assembly<'a> {
    plan: &'a Plan,
    pub currency: Currency,
    pub stores: Vec<Store>,
    pub jobs: Vec<(Store, Vec<Queue>, Vec<Periodic>)>,
    pub background: Vec<Background>,
    pub consumers: Vec<Consumer>,
    /// What other processes may call.
    pub internal: Router,
}

/// Answers the client of a service that runs elsewhere, and leaves.
macro_rules! elsewhere {
    ($assembly:expr, $service:literal, $client:ident) => {
        if let Some(wire) = $assembly.plan.fleet.wire($service) {
            return Ok($client::over(wire));
        }
    };
}

/// Takes what a service gives to the whole, and answers the client that the others call it by.
macro_rules! join {
    ($assembly:expr, $client:ident, $router:path, $store:expr, $parts:expr) => {{
        $assembly.consumers.extend($parts.consumers);
        $assembly.jobs.push(($store, $parts.queues, $parts.periodics));
        if $assembly.plan.fleet.trust.is_some() {
            $assembly.internal = std::mem::take(&mut $assembly.internal).merge($router($parts.service.clone()));
        }
        match $assembly.plan.calls {
            Calls::Local => $client::local($parts.service),
            Calls::Loopback => $client::loopback($parts.service),
        }
    }};
}

impl<'a> Assembly<'a> {
    /// Opens the stores.
    pub async fn open(plan: &'a Plan) -> Result<Self> {
        if WITH_FILES.into_iter().any(|service| plan.fleet.runs(service)) {
            plan.files.check().await.map_err(|fault| anyhow!("s3: {fault}"))?;
        }
        if let Some(copies) = plan.index_copies().filter(|_| plan.fleet.runs("search")) {
            copies.restore(&plan.index(), &plan.databases()).await.context("the search index cannot be opened")?;
        }
        // One after the other: as many threads at once would each keep memory of their own.
        let mut stores = Vec::new();
        for schema in SCHEMAS.into_iter().filter(|schema| plan.fleet.runs(service_of(schema))) {
            let store = Store::open(&plan.engine_of(schema), schema, plan.env.clone()).await;
            stores.push(store.with_context(|| format!("the database of {} cannot be opened", schema.service))?);
        }
        let currency = plan.config.currency()?;
        Ok(Self {
            plan,
            currency,
            stores,
            jobs: Vec::new(),
            background: Vec::new(),
            consumers: Vec::new(),
            internal: Router::new(),
        })
    }

    fn store(&self, schema: &Schema) -> Result<Store> {
        let found = self.stores.iter().find(|store| store.service() == schema.service);
        found.cloned().with_context(|| format!("{} has no store", schema.service))
    }

    pub fn catalog(&mut self) -> Result<CatalogClient> {
        elsewhere!(self, "catalog", CatalogClient);
        let store = self.store(&souk_catalog::SCHEMA)?;
        let parts = souk_catalog::build(souk_catalog::Deps {
            store: store.clone(),
            env: self.plan.env.clone(),
            files: self.plan.files.clone(),
            currency: self.currency,
            allow_private_image_hosts: false,
        });
        Ok(join!(self, CatalogClient, catalog::catalog_router, store, parts))
    }

    pub fn inventory(&mut self) -> Result<InventoryClient> {
        elsewhere!(self, "inventory", InventoryClient);
        let store = self.store(&souk_inventory::SCHEMA)?;
        let deps = souk_inventory::Deps { store: store.clone(), env: self.plan.env.clone() };
        let parts = souk_inventory::build(deps);
        Ok(join!(self, InventoryClient, inventory::inventory_router, store, parts))
    }

    pub async fn search(&mut self, catalog: &CatalogClient, inventory: &InventoryClient) -> Result<SearchClient> {
        elsewhere!(self, "search", SearchClient);
        let store = self.store(&souk_search::SCHEMA)?;
        let parts = souk_search::build(souk_search::Deps {
            store: store.clone(),
            env: self.plan.env.clone(),
            catalog: catalog.clone(),
            inventory: inventory.clone(),
            folder: self.plan.index(),
            synonyms: self.plan.config.search.synonyms.clone(),
            currency: self.currency,
            copies: self.plan.index_copies(),
        })
        .await
        .context("the search index cannot be opened")?;
        self.background.extend(parts.background);
        Ok(join!(self, SearchClient, search::search_router, store, parts))
    }

    pub fn cart(&mut self, catalog: &CatalogClient, inventory: &InventoryClient) -> Result<CartClient> {
        elsewhere!(self, "cart", CartClient);
        let store = self.store(&souk_cart::SCHEMA)?;
        let documents = match &self.plan.fleet.redis {
            Some(redis) => Documents::in_redis(redis.clone(), "cart", store.clone(), CART_LIFE),
            None => Documents::in_store(store.clone()),
        };
        let parts = souk_cart::build(souk_cart::Deps {
            store: store.clone(),
            documents,
            env: self.plan.env.clone(),
            catalog: catalog.clone(),
            inventory: inventory.clone(),
            currency: self.currency,
            expire_after: CART_LIFE,
        });
        Ok(join!(self, CartClient, cart::cart_router, store, parts))
    }

    pub fn delivery(&mut self) -> Result<DeliveryClient> {
        elsewhere!(self, "delivery", DeliveryClient);
        let store = self.store(&souk_delivery::SCHEMA)?;
        let config = &self.plan.config.delivery;
        let deps =
            souk_delivery::Deps { store: store.clone(), methods: config.methods.clone(), speed: config.sandbox_speed };
        let parts = souk_delivery::build(deps).context("delivery")?;
        Ok(join!(self, DeliveryClient, delivery::delivery_router, store, parts))
    }

    pub fn payments(&mut self) -> Result<(PaymentsClient, Option<Arc<Sandbox>>)> {
        if let Some(wire) = self.plan.fleet.wire("payments") {
            return Ok((PaymentsClient::over(wire), None));
        }
        let (store, gateway_store) = (self.store(&souk_payments::SCHEMA)?, self.store(&sandbox::SCHEMA)?);
        let config = &self.plan.config;
        let parts = souk_payments::build(souk_payments::Deps {
            store: store.clone(),
            gateway_store: gateway_store.clone(),
            secret: self.plan.secret,
            methods: config.payments.methods.clone(),
            sandbox: SandboxConfig {
                latency: Duration::from_millis(config.payments.sandbox_latency_ms),
                webhook_delay: Duration::from_millis(config.payments.sandbox_webhook_delay_ms),
                ..SandboxConfig::default()
            },
            webhooks: None,
        })
        .context("payments")?;
        self.jobs.push((gateway_store, parts.gateway_queues, Vec::new()));
        let gateway = parts.sandbox;
        Ok((join!(self, PaymentsClient, payments::payments_router, store, parts), Some(gateway)))
    }

    pub fn orders(
        &mut self,
        cart: &CartClient,
        inventory: &InventoryClient,
        payments: &PaymentsClient,
        delivery: &DeliveryClient,
    ) -> Result<OrdersClient> {
        elsewhere!(self, "orders", OrdersClient);
        let store = self.store(&souk_orders::SCHEMA)?;
        let config = &self.plan.config;
        let parts = souk_orders::build(souk_orders::Deps {
            store: store.clone(),
            cart: cart.clone(),
            inventory: inventory.clone(),
            payments: payments.clone(),
            delivery: delivery.clone(),
            rules: souk_orders::Rules {
                taxes: config.taxes.clone(),
                tax_included: config.shop.prices_include_tax,
                payment: config.orders.payment_rules(),
                recover_after: Duration::from_secs(config.orders.recover_after_s),
                ..souk_orders::Rules::default()
            },
        });
        Ok(join!(self, OrdersClient, orders::orders_router, store, parts))
    }

    pub fn notifications(&mut self, orders: &OrdersClient, delivery: &DeliveryClient) -> Result<NotificationsClient> {
        elsewhere!(self, "notifications", NotificationsClient);
        let store = self.store(&souk_notifications::SCHEMA)?;
        let config = &self.plan.config;
        let templates = ThemeEmails::load(config.shop.theme.as_deref()).context("the texts of emails")?;
        let parts = souk_notifications::build(souk_notifications::Deps {
            store: store.clone(),
            orders: orders.clone(),
            delivery: delivery.clone(),
            templates: Arc::new(templates),
            shop_name: config.shop.name.clone(),
            public_url: config.shop.public_url.clone(),
            mail: config.mail(),
            keep: config.email.keep(),
        })
        .context("email")?;
        Ok(join!(self, NotificationsClient, notifications::notifications_router, store, parts))
    }

    pub fn accounts(&mut self, notifications: &NotificationsClient) -> Result<AccountsClient> {
        elsewhere!(self, "accounts", AccountsClient);
        let store = self.store(&souk_accounts::SCHEMA)?;
        let parts = souk_accounts::build(souk_accounts::Deps {
            store: store.clone(),
            env: self.plan.env.clone(),
            notifications: notifications.clone(),
        });
        Ok(join!(self, AccountsClient, accounts::accounts_router, store, parts))
    }

    /// What failed in this process, and the client that knows of all of them.
    pub fn operations(&mut self) -> (Arc<BackRoom>, OperationsClient) {
        let here = Arc::new(BackRoom::new(self.stores.clone()));
        if self.plan.fleet.trust.is_some() {
            self.internal = std::mem::take(&mut self.internal).merge(operations::operations_router(here.clone()));
        }
        let elsewhere = SCHEMAS.into_iter().filter_map(|schema| {
            let service = service_of(schema);
            // What each instance has a database of its own for fails in each by itself.
            let reach = match self.plan.is_by_instance(schema) {
                true => Reach::Each(self.plan.fleet.instances(service)?),
                false => Reach::Any(OperationsClient::over(self.plan.fleet.wire(service)?)),
            };
            Some(Elsewhere { service: schema.service, reach })
        });
        let elsewhere: Vec<Elsewhere> = elsewhere.collect();
        let own = match self.plan.calls {
            Calls::Local => OperationsClient::local(here.clone()),
            Calls::Loopback => OperationsClient::loopback(here.clone()),
        };
        let client = match elsewhere.is_empty() {
            true => own,
            false => OperationsClient::local(Arc::new(Everywhere::new(own, elsewhere))),
        };
        (here, client)
    }
}
