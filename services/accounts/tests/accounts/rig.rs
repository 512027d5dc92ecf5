//! A service with an empty store of its own.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;

use souk_accounts::{Deps, Parts, SCHEMA, build};
use souk_contracts::{
    MessageId,
    accounts::{AccountsClient, Credentials, Error, Identity, Registration, Session},
    notifications::{self, LinkMessage, Message, MessageFilter, MessageSummary, Notifications, NotificationsClient},
};
use souk_jobs::Worker;
use souk_store::{Store, testing::TestEngine};
use souk_types::{Actor, Cx, Env, Fault, ManualClock, Page, PageRequest, Permissions, SeededEntropy, TraceId};
use tokio_util::sync::CancellationToken;

pub const PASSWORD: &str = "correct horse";

pub struct Rig {
    _engine: TestEngine,
    pub clock: Arc<ManualClock>,
    pub env: Env,
    pub store: Store,
    pub parts: Parts,
    pub client: AccountsClient,
    post: Arc<Post>,
    worker: Worker,
}

/// Keeps the links that are to be sent.
#[derive(Default)]
struct Post(Mutex<Vec<LinkMessage>>);

#[async_trait]
impl Notifications for Post {
    async fn send_link(&self, _: &Cx, _: MessageId, link: LinkMessage) -> Result<(), notifications::Error> {
        self.0.lock().unwrap().push(link);
        Ok(())
    }
    async fn list(
        &self,
        _: &Cx,
        _: MessageFilter,
        _: PageRequest,
    ) -> Result<Page<MessageSummary>, notifications::Error> {
        Err(Fault::internal("no part of these tests").into())
    }
    async fn message(&self, _: &Cx, _: MessageId) -> Result<Option<Message>, notifications::Error> {
        Err(Fault::internal("no part of these tests").into())
    }
    async fn resend(&self, _: &Cx, _: MessageId) -> Result<(), notifications::Error> {
        Err(Fault::internal("no part of these tests").into())
    }
}

pub async fn each_engine(test: impl AsyncFn(Rig)) {
    for engine in souk_store::testing::engines() {
        let clock = Arc::new(ManualClock::default());
        let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(7)));
        let store = engine.open(&SCHEMA, env.clone()).await;
        let post = Arc::<Post>::default();
        let notifications = NotificationsClient::local(post.clone());
        let parts = build(Deps { store: store.clone(), env: env.clone(), notifications });
        let queues = parts.queues.clone();
        let worker = Worker::start(store.clone(), queues, Vec::new(), env.clone(), CancellationToken::new());
        let client = AccountsClient::local(Arc::clone(&parts.service));
        test(Rig { _engine: engine, clock, env, store, parts, client, post, worker }).await;
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

    /// The links that were sent since this was asked last.
    pub async fn links(&self) -> Vec<LinkMessage> {
        assert!(self.worker.drained(Duration::from_secs(20)).await, "links are left over");
        std::mem::take(&mut *self.post.0.lock().unwrap())
    }

    /// The secret of the only link that was sent since.
    pub async fn link(&self) -> String {
        match self.links().await.as_slice() {
            [link] => link.path.split_once("?token=").unwrap().1.to_owned(),
            links => panic!("{links:?}"),
        }
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
