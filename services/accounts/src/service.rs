use std::time::Duration;

use async_trait::async_trait;
use souk_contracts::{
    ActivityId, AddressId, ApiKeyId, CustomerId, InvitationId, StaffId,
    accounts::{
        Accounts, Activity, ActivityFilter, AddressDraft, ApiKey, Credentials, Customer, CustomerFilter,
        CustomerRegistered, CustomerSort, Error, Identity, Invitation, Invited, NewActivity, NewApiKey,
        PASSWORD_CHARS_MAX, PasswordChange, Person, Profile, ProfileChange, Registration, SavedAddress, Session,
        SessionSummary, StaffMember,
    },
    permission::{ORDERS_READ, Role, STAFF_MANAGE, Scope},
};
use souk_store::{Store, Tx};
use souk_types::{Cursor, Cx, Env, Fault, Page, PageRequest, limits::LINE_BYTES_MAX, order_of};

use crate::{
    activity::{self, Noting},
    domain::{self, Digest, Door, Purpose, Token, normalised, validated},
    keys::Keys,
    links,
    passwords::Passwords,
    recovery::require_self,
    sessions::{self, Sessions},
    store::{Account, customers, invitations, owner, staff, tries},
};

pub struct AccountsService {
    pub store: Store,
    env: Env,
    pub passwords: Passwords,
    sessions: Sessions,
    keys: Keys,
    noting: Noting,
}

impl AccountsService {
    pub fn new(store: Store, env: Env, passwords: Passwords, sessions: Sessions) -> Self {
        let keys = Keys::new(store.clone());
        let noting = Noting::new(store.clone());
        Self { store, env, passwords, sessions, keys, noting }
    }

    /// Signs somebody in at a door. What is wrong with a try is not said, and takes the same time to find out.
    async fn enter(&self, cx: &Cx, door: Door, credentials: Credentials) -> Result<Session, Error> {
        let Credentials { email, password } = credentials;
        let place = self.passwords.place()?;
        let Some(email) = normalised(&email).filter(|_| password.chars().count() <= PASSWORD_CHARS_MAX) else {
            place.check(cx, String::new(), None).await?;
            return Err(Error::WrongCredentials);
        };
        let account = self.try_door(cx, door, email.clone()).await?;
        let hash = account.as_ref().map(|account| account.password_hash.clone());
        if !place.check(cx, password, hash).await? {
            if let Some(Account { person: Person::Staff(member, _), name, .. }) = account {
                self.noting.failed_sign_in(member, name);
            }
            return Err(Error::WrongCredentials);
        }
        let Account { person, name, .. } = account.ok_or(Error::WrongCredentials)?;
        let work = move |tx: &mut Tx<'_>| {
            tries::forget(tx, &email, door)?;
            activity::came_in(tx, person, &name, "signed_in")?;
            Ok(sessions::begin(tx, person, &email, &name)?)
        };
        self.store.write(cx, work).await
    }

    /// Counts a try, unless there were too many, and looks for the account.
    pub async fn try_door(&self, cx: &Cx, door: Door, email: String) -> Result<Option<Account<Person>>, Error> {
        let work = move |tx: &mut Tx<'_>| {
            let before = tries::find(tx, &email, door)?;
            let counted = domain::another(door, before, tx.now()).map_err(throttled)?;
            tries::put(tx, &email, door, counted)?;
            Ok::<_, Error>(match door {
                Door::Customer => customers::by_email(tx, &email)?.map(|found| found.map(Person::Customer)),
                Door::Staff => {
                    staff::by_email(tx, &email)?.map(|found| found.map(|(id, role)| Person::Staff(id, role)))
                }
                Door::Messages => None,
            })
        };
        self.store.write(cx, work).await
    }

    /// Says whether a text is the one-time token for the owner, without using it up.
    async fn is_owner_token(&self, cx: &Cx, digest: Digest) -> Result<bool, Fault> {
        self.store.read(cx, move |tx| Ok(owner::is(tx, &digest)? && !staff::has_owner(tx)?)).await
    }
}

#[async_trait]
impl Accounts for AccountsService {
    async fn register(&self, cx: &Cx, registration: Registration) -> Result<Session, Error> {
        let new = validated(registration)?;
        let place = self.passwords.place()?;
        let email = new.email.clone();
        if self.store.read(cx, move |tx| customers::is_taken(tx, &email)).await? {
            return Err(Error::EmailTaken);
        }
        let hash = place.hash(cx, new.password.clone()).await?;
        let work = move |tx: &mut Tx<'_>| {
            let customer = CustomerId::generate(tx.env());
            if !customers::add(tx, customer, &new, &hash)? {
                return Err(Error::EmailTaken);
            }
            tx.emit(&CustomerRegistered { customer, email: new.email.clone(), name: new.name.clone() })?;
            links::send(tx, Purpose::Verification, &customer.to_string())?;
            Ok(sessions::begin(tx, Person::Customer(customer), &new.email, &new.name)?)
        };
        self.store.write(cx, work).await
    }

    async fn sign_in(&self, cx: &Cx, credentials: Credentials) -> Result<Session, Error> {
        self.enter(cx, Door::Customer, credentials).await
    }

    async fn sign_in_staff(&self, cx: &Cx, credentials: Credentials) -> Result<Session, Error> {
        self.enter(cx, Door::Staff, credentials).await
    }

    async fn session(&self, cx: &Cx, token: String) -> Result<Option<Identity>, Error> {
        Ok(self.sessions.find(cx, &token).await?)
    }

    async fn sign_out(&self, cx: &Cx, token: String) -> Result<(), Error> {
        Ok(self.sessions.end(cx, &token).await?)
    }

    async fn sign_out_everywhere(&self, cx: &Cx, customer: CustomerId) -> Result<(), Error> {
        self.end_all(cx, customer).await
    }

    async fn profile(&self, cx: &Cx, customer: CustomerId) -> Result<Option<Profile>, Error> {
        if !cx.actor.may(ORDERS_READ) {
            require_self(cx, customer)?;
        }
        Ok(self.store.read(cx, move |tx| customers::profile(tx, customer)).await?)
    }

    async fn change_profile(&self, cx: &Cx, customer: CustomerId, change: ProfileChange) -> Result<(), Error> {
        self.set_profile(cx, customer, change).await
    }

    async fn addresses(&self, cx: &Cx, customer: CustomerId) -> Result<Vec<SavedAddress>, Error> {
        self.addresses_of(cx, customer).await
    }

    async fn save_address(&self, cx: &Cx, customer: CustomerId, address: AddressDraft) -> Result<(), Error> {
        self.keep_address(cx, customer, address).await
    }

    async fn prefer_address(&self, cx: &Cx, customer: CustomerId, address: AddressId) -> Result<(), Error> {
        self.default_address(cx, customer, address).await
    }

    async fn remove_address(
        &self,
        cx: &Cx,
        customer: CustomerId,
        address: AddressId,
        version: Option<i64>,
    ) -> Result<(), Error> {
        self.drop_address(cx, customer, address, version).await
    }

    async fn change_password(&self, cx: &Cx, customer: CustomerId, change: PasswordChange) -> Result<(), Error> {
        self.replace_password(cx, customer, change).await
    }

    async fn sessions(&self, cx: &Cx, customer: CustomerId, token: String) -> Result<Vec<SessionSummary>, Error> {
        self.sessions_of(cx, customer, &token).await
    }

    async fn end_session(&self, cx: &Cx, customer: CustomerId, session: String) -> Result<(), Error> {
        self.end_one(cx, customer, &session).await
    }

    async fn erase(&self, cx: &Cx, customer: CustomerId, password: String) -> Result<(), Error> {
        self.erase_account(cx, customer, password).await
    }

    async fn request_password_reset(&self, cx: &Cx, email: String) -> Result<(), Error> {
        self.send_reset(cx, &email).await
    }

    async fn may_reset_password(&self, cx: &Cx, token: String) -> Result<bool, Error> {
        Ok(self.link_works(cx, Purpose::PasswordReset, &token).await?)
    }

    async fn reset_password(&self, cx: &Cx, token: String, password: String) -> Result<Session, Error> {
        self.reset(cx, &token, password).await
    }

    async fn request_verification(&self, cx: &Cx, customer: CustomerId) -> Result<(), Error> {
        self.send_verification(cx, customer).await
    }

    async fn verify_email(&self, cx: &Cx, token: String) -> Result<(), Error> {
        self.confirm_email(cx, &token).await
    }

    async fn owner_token(&self, cx: &Cx) -> Result<Option<String>, Error> {
        cx.actor.require(STAFF_MANAGE)?;
        let token = Token::generate(&self.env);
        let digest = token.digest();
        let work = move |tx: &mut Tx<'_>| {
            if staff::has_owner(tx)? {
                return Ok::<_, Fault>(false);
            }
            owner::put(tx, &digest)?;
            Ok(true)
        };
        let wanted = self.store.write(cx, work).await?;
        Ok(wanted.then(|| token.into_text()))
    }

    async fn create_owner(&self, cx: &Cx, token: String, owner: Registration) -> Result<Session, Error> {
        let digest = Digest::of_text(&token).ok_or(Error::LinkUsed)?;
        // Asked before the password is hashed, so that nobody without the token can have anything computed.
        if !self.is_owner_token(cx, digest).await? {
            return Err(Error::LinkUsed);
        }
        let new = validated(owner)?;
        let hash = self.passwords.place()?.hash(cx, new.password.clone()).await?;
        let work = move |tx: &mut Tx<'_>| {
            if !owner::is(tx, &digest)? || staff::has_owner(tx)? {
                return Err(Error::LinkUsed);
            }
            owner::take(tx)?;
            let id = StaffId::generate(tx.env());
            if !staff::add(tx, id, &new, Role::Owner, &hash)? {
                return Err(Error::EmailTaken);
            }
            let person = Person::Staff(id, Role::Owner);
            activity::came_in(tx, person, &new.name, "shop_set_up")?;
            Ok(sessions::begin(tx, person, &new.email, &new.name)?)
        };
        self.store.write(cx, work).await
    }

    async fn add_staff(&self, cx: &Cx, member: Registration, role: Role) -> Result<StaffId, Error> {
        cx.actor.require(STAFF_MANAGE)?;
        let new = validated(member)?;
        let hash = self.passwords.place()?.hash(cx, new.password.clone()).await?;
        let work = move |tx: &mut Tx<'_>| {
            let id = StaffId::generate(tx.env());
            if staff::add(tx, id, &new, role, &hash)? { Ok(id) } else { Err(Error::EmailTaken) }
        };
        self.store.write(cx, work).await
    }

    async fn staff(&self, cx: &Cx, page: PageRequest) -> Result<Page<StaffMember>, Error> {
        cx.actor.require(STAFF_MANAGE)?;
        let work = move |tx: &mut Tx<'_>| {
            let after = page.after.as_ref().map_or("", |cursor| cursor.0.as_str());
            let rows = staff::page(tx, after, &page)?;
            Ok(Page::from_rows(rows, &page, |last| last.id.to_string()))
        };
        self.store.read(cx, work).await
    }

    async fn create_api_key(&self, cx: &Cx, name: String, scopes: Vec<Scope>) -> Result<NewApiKey, Error> {
        cx.actor.require(STAFF_MANAGE)?;
        self.keys.create(cx, &name, scopes).await
    }

    async fn api_keys(&self, cx: &Cx, page: PageRequest) -> Result<Page<ApiKey>, Error> {
        cx.actor.require(STAFF_MANAGE)?;
        Ok(self.keys.page(cx, page).await?)
    }

    async fn revoke_api_key(&self, cx: &Cx, key: ApiKeyId) -> Result<(), Error> {
        cx.actor.require(STAFF_MANAGE)?;
        Ok(self.keys.revoke(cx, key).await?)
    }

    async fn api_key(&self, cx: &Cx, token: String) -> Result<Option<ApiKey>, Error> {
        Ok(self.keys.find(cx, &token).await?)
    }

    async fn customers(&self, cx: &Cx, filter: CustomerFilter, page: PageRequest) -> Result<Page<Customer>, Error> {
        cx.actor.require(ORDERS_READ)?;
        let email = filter.email.map(|email| email.trim().to_lowercase()).filter(|email| !email.is_empty());
        if email.as_ref().is_some_and(|email| email.len() > LINE_BYTES_MAX) {
            return Err(Fault::invalid("email", "is too long").into());
        }
        let filter = CustomerFilter { email, ..filter };
        let (sort, rows) = (order_of(filter.sort, filter.sorts())?, page.rows()?);
        let behind = page.after.as_ref().map(|cursor| behind(cursor, sort)).transpose()?;
        let beginning = filter.email.unwrap_or_default();
        let work = move |tx: &mut Tx<'_>| Ok(customers::page(tx, sort, &beginning, behind.as_ref(), rows)?);
        let found = self.store.read::<_, Error>(cx, work).await?;
        Ok(Page::from_rows(found, &page, |last| Cursor::in_order(sort.as_str(), last.id, &last.email)))
    }

    async fn customer(&self, cx: &Cx, id: CustomerId) -> Result<Option<Customer>, Error> {
        cx.actor.require(ORDERS_READ)?;
        self.store.read(cx, move |tx| Ok(customers::by_id(tx, id)?)).await
    }

    async fn set_role(&self, cx: &Cx, member: StaffId, role: Role) -> Result<(), Error> {
        cx.actor.require(STAFF_MANAGE)?;
        self.change_role(cx, member, role).await
    }

    async fn request_staff_password_reset(&self, cx: &Cx, email: String) -> Result<(), Error> {
        self.send_staff_reset(cx, &email).await
    }

    async fn may_reset_staff_password(&self, cx: &Cx, token: String) -> Result<bool, Error> {
        Ok(self.link_works(cx, Purpose::StaffPasswordReset, &token).await?)
    }

    async fn reset_staff_password(&self, cx: &Cx, token: String, password: String) -> Result<Session, Error> {
        self.reset_staff(cx, &token, password).await
    }

    async fn remove_staff(&self, cx: &Cx, member: StaffId) -> Result<(), Error> {
        cx.actor.require(STAFF_MANAGE)?;
        self.dismiss(cx, member).await
    }

    async fn invite_staff(&self, cx: &Cx, invited: Invited) -> Result<InvitationId, Error> {
        cx.actor.require(STAFF_MANAGE)?;
        self.invite(cx, invited).await
    }

    async fn invitations(&self, cx: &Cx, page: PageRequest) -> Result<Page<Invitation>, Error> {
        cx.actor.require(STAFF_MANAGE)?;
        let work = move |tx: &mut Tx<'_>| {
            let after = page.after.as_ref().map_or("", |cursor| cursor.0.as_str());
            let rows = invitations::page(tx, after, &page)?;
            Ok(Page::from_rows(rows, &page, |last| last.id.to_string()))
        };
        self.store.read(cx, work).await
    }

    async fn revoke_invitation(&self, cx: &Cx, invitation: InvitationId) -> Result<(), Error> {
        cx.actor.require(STAFF_MANAGE)?;
        self.revoke(cx, invitation).await
    }

    async fn invited(&self, cx: &Cx, token: String) -> Result<Option<Invited>, Error> {
        let Some(digest) = Digest::of_text(&token) else {
            return Ok(None);
        };
        Ok(self.invitation(cx, digest).await?.map(|invitation| invitation.invited))
    }

    async fn accept_invitation(&self, cx: &Cx, token: String, password: String) -> Result<Session, Error> {
        self.accept(cx, Digest::of_text(&token).ok_or(Error::LinkUsed)?, password).await
    }

    async fn record_activity(&self, cx: &Cx, id: ActivityId, done: NewActivity) -> Result<(), Error> {
        self.record(cx, id, done).await
    }

    async fn activity(&self, cx: &Cx, filter: ActivityFilter, page: PageRequest) -> Result<Page<Activity>, Error> {
        cx.actor.require(STAFF_MANAGE)?;
        Ok(self.activity_page(cx, filter, page).await?)
    }
}

pub fn throttled(wait: Duration) -> Error {
    Error::Throttled { retry_after_s: wait.as_secs() + u64::from(wait.subsec_nanos() > 0) }
}

fn behind(cursor: &Cursor, sort: CustomerSort) -> Result<customers::Behind, Fault> {
    let place = cursor.place(sort.as_str())?;
    let id = place.id.parse().map_err(|_| Fault::invalid("after", "is not a place in this list"))?;
    Ok(customers::Behind { id, email: place.key.to_owned() })
}
