//! An example service: a market stall whose one seller is easily upset.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};
use souk_rpc::async_trait;
use souk_types::{Actor, Cx, ErrorKind, Fault, FieldError, Permissions, ServiceError, TraceId};
use tokio::sync::Notify;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub sku: String,
    pub quantity: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    pub pieces: u32,
    pub note: Option<String>,
}

/// What a service saw of its caller.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    pub actor: Actor,
    pub trace: TraceId,
    pub idempotency_key: Option<String>,
    pub remaining_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum StallError {
    #[error("only {left} of {sku} are left")]
    SoldOut { sku: String, left: u32 },
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl ServiceError for StallError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::SoldOut { .. } => ErrorKind::OutOfStock,
            Self::Fault(fault) => fault.kind(),
        }
    }
    fn public_message(&self) -> String {
        match self {
            Self::SoldOut { .. } => "sold out".to_owned(),
            Self::Fault(fault) => fault.public_message(),
        }
    }
    fn fields(&self) -> &[FieldError] {
        match self {
            Self::SoldOut { .. } => &[],
            Self::Fault(fault) => fault.fields(),
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::SoldOut { .. } => "sold_out",
            Self::Fault(fault) => fault.code(),
        }
    }
}

/// Sells things.
#[souk_rpc::rpc(service = "stall")]
pub trait MarketStall {
    /// Sells all lines or none.
    #[idempotent]
    async fn sell(&self, cx: &Cx, lines: Vec<Line>, note: Option<String>) -> Result<Sale, StallError>;
    /// Tells the price; these argument names are the ones that the expansion might trip over.
    #[read]
    async fn price(&self, cx: &Cx, service: String, body: u32, r#type: bool) -> Result<Option<String>, StallError>;
    /// Tells how its caller looks from here.
    #[read]
    async fn look(&self, cx: &Cx) -> Result<Seen, StallError>;
    /// Waits, not changing anything.
    #[read]
    async fn watch(&self, cx: &Cx, span: Duration) -> Result<(), StallError>;
    /// Sweeps the floor after a while.
    async fn sweep(&self, cx: &Cx, span: Duration) -> Result<(), StallError>;
    /// Panics.
    async fn shout(&self, cx: &Cx) -> Result<(), StallError>;
    /// Panics, not changing anything.
    #[read]
    async fn sulk(&self, cx: &Cx) -> Result<(), StallError>;
}

#[derive(Default)]
pub struct Stall {
    /// How often a call reached the stall.
    pub calls: AtomicU32,
    pub sweeping: Notify,
    pub swept: Notify,
}

#[async_trait]
impl MarketStall for Stall {
    async fn sell(&self, _cx: &Cx, lines: Vec<Line>, note: Option<String>) -> Result<Sale, StallError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        match lines.iter().find(|line| line.quantity > 10) {
            Some(line) => Err(StallError::SoldOut { sku: line.sku.clone(), left: 10 }),
            None => Ok(Sale { pieces: lines.iter().map(|line| line.quantity).sum(), note }),
        }
    }

    async fn price(&self, _cx: &Cx, service: String, body: u32, r#type: bool) -> Result<Option<String>, StallError> {
        Ok(r#type.then(|| format!("{service} {body}")))
    }

    async fn look(&self, cx: &Cx) -> Result<Seen, StallError> {
        Ok(Seen {
            actor: cx.actor.clone(),
            trace: cx.trace,
            idempotency_key: cx.idempotency_key.clone(),
            remaining_ms: u64::try_from(cx.remaining().as_millis()).unwrap(),
        })
    }

    async fn watch(&self, _cx: &Cx, span: Duration) -> Result<(), StallError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(span).await;
        Ok(())
    }

    async fn sweep(&self, _cx: &Cx, span: Duration) -> Result<(), StallError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.sweeping.notify_one();
        tokio::time::sleep(span).await;
        self.swept.notify_one();
        Ok(())
    }

    async fn shout(&self, _cx: &Cx) -> Result<(), StallError> {
        panic!("enough is {}", "enough");
    }

    async fn sulk(&self, _cx: &Cx) -> Result<(), StallError> {
        panic!("hmpf");
    }
}

/// A stall, and a client of it in each mode.
pub fn clients() -> (Arc<Stall>, [MarketStallClient; 2]) {
    let stall = Arc::new(Stall::default());
    let clients = [MarketStallClient::local(stall.clone()), MarketStallClient::loopback(stall.clone())];
    (stall, clients)
}

pub fn cx(limit: Duration) -> Cx {
    let actor = Actor::person("cus_ñandú", Permissions::bit(2) | Permissions::bit(63));
    Cx::new(actor, limit, TraceId::from_bits(0xFEED_BEEF << 64))
}

pub fn lines(quantity: u32) -> Vec<Line> {
    vec![Line { sku: "figs".to_owned(), quantity }, Line { sku: "dates".to_owned(), quantity: 1 }]
}
