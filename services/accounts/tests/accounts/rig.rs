//! A service with an empty store of its own.

use std::{sync::Arc, time::Duration};

use souk_accounts::{Deps, Parts, SCHEMA, build};
use souk_contracts::accounts::{AccountsClient, Credentials, Error, Identity, Registration, Session};
use souk_store::{Store, testing::TestEngine};
use souk_types::{Actor, Cx, Env, ManualClock, Permissions, SeededEntropy, TraceId};

pub const PASSWORD: &str = "correct horse";

pub struct Rig {
    _engine: TestEngine,
    pub clock: Arc<ManualClock>,
    pub env: Env,
    pub store: Store,
    pub parts: Parts,
    pub client: AccountsClient,
}

pub async fn each_engine(test: impl AsyncFn(Rig)) {
    for engine in souk_store::testing::engines() {
        let clock = Arc::new(ManualClock::default());
        let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(7)));
        let store = engine.open(&SCHEMA, env.clone()).await;
        let parts = build(Deps { store: store.clone(), env: env.clone() });
        let client = AccountsClient::local(Arc::clone(&parts.service));
        test(Rig { _engine: engine, clock, env, store, parts, client }).await;
    }
}

impl Rig {
    pub fn cx_of(&self, permissions: Permissions) -> Cx {
        Cx::new(Actor::person("stf_1", permissions), Duration::from_secs(30), TraceId::generate(&self.env))
    }

    /// The context of a visitor.
    pub fn cx(&self) -> Cx {
        Cx::new(Actor::ANONYMOUS, Duration::from_secs(30), TraceId::generate(&self.env))
    }

    pub fn cx_of_system(&self) -> Cx {
        Cx::background("souk", &self.env)
    }

    pub async fn register(&self, email: &str) -> Session {
        self.client.register(&self.cx(), registration(email)).await.unwrap()
    }

    pub async fn sign_in(&self, email: &str, password: &str) -> Result<Session, Error> {
        self.client.sign_in(&self.cx(), credentials(email, password)).await
    }

    pub async fn session(&self, token: &str) -> Option<Identity> {
        self.client.session(&self.cx(), token.to_owned()).await.unwrap()
    }

    pub async fn sweep(&self) {
        self.parts.periodics[0].sweep.run(&self.cx_of_system()).await.unwrap();
    }
}

pub fn registration(email: &str) -> Registration {
    Registration { email: email.to_owned(), password: PASSWORD.to_owned(), name: "Ann Lee".to_owned() }
}

pub fn credentials(email: &str, password: &str) -> Credentials {
    Credentials { email: email.to_owned(), password: password.to_owned() }
}
