//! Accounts, and the operators' view of events.

use async_trait::async_trait;
use souk_contracts::{
    ActivityId, AddressId, ApiKeyId, CustomerId, InvitationId, MessageId, StaffId,
    accounts::{
        Accounts, Activity, ActivityFilter, AddressDraft, ApiKey, Credentials, Customer, CustomerFilter, Error,
        Identity, Invitation, Invited, NewActivity, NewApiKey, PasswordChange, Person, Profile, ProfileChange,
        Registration, SavedAddress, Session, SessionSummary, StaffMember,
    },
    notifications::{
        self, LinkMessage, Message, MessageFilter, MessageKind, MessageState, MessageSummary, Notifications,
    },
    operations::{DeadLetter, FailedFilter, Gathered, JobRef, LetterRef, Operations, ParkedJob},
    permission::{ORDERS_READ, Role, Scope},
};
use souk_types::{Cx, Fault, Id, Page, PageRequest, Timestamp};

use super::{Services, absent};

/// The session that everybody gets who knows the password.
pub const TOKEN: &str = "t0ken";
/// The secret of every link that was sent.
pub const LINK: &str = "l1nk";

fn ana() -> Identity {
    Identity {
        person: Person::Customer(Id::from_bits(77)),
        email: "ana@example.com".to_owned(),
        name: "Ana <Silva>".to_owned(),
        expires_at: Timestamp::from_micros(i64::MAX / 2),
    }
}

#[async_trait]
impl Accounts for Services {
    async fn register(&self, _cx: &Cx, registration: Registration) -> Result<Session, Error> {
        match registration.password.len() {
            ..10 => Err(Fault::invalid("password", "must have at least 10 characters").into()),
            _ => Ok(Session { token: TOKEN.to_owned(), identity: ana() }),
        }
    }
    async fn sign_in(&self, _cx: &Cx, credentials: Credentials) -> Result<Session, Error> {
        match credentials.password.as_str() {
            " correct horse " => Ok(Session { token: TOKEN.to_owned(), identity: ana() }),
            "once too often" => Err(Error::Throttled { retry_after_s: 15 }),
            _ => Err(Error::WrongCredentials),
        }
    }
    async fn session(&self, _cx: &Cx, token: String) -> Result<Option<Identity>, Error> {
        let known = token == TOKEN && !self.lock().erased;
        Ok(known.then(ana))
    }
    async fn sign_out(&self, _cx: &Cx, _token: String) -> Result<(), Error> {
        Ok(())
    }
    async fn record_activity(&self, _: &Cx, _: ActivityId, _: NewActivity) -> Result<(), Error> {
        absent()
    }
    async fn activity(&self, _: &Cx, _: ActivityFilter, _: PageRequest) -> Result<Page<Activity>, Error> {
        absent()
    }
    async fn sign_in_staff(&self, _: &Cx, _: Credentials) -> Result<Session, Error> {
        absent()
    }
    async fn owner_token(&self, _: &Cx) -> Result<Option<String>, Error> {
        absent()
    }
    async fn create_owner(&self, _: &Cx, _: String, _: Registration) -> Result<Session, Error> {
        absent()
    }
    async fn add_staff(&self, _: &Cx, _: Registration, _: Role) -> Result<StaffId, Error> {
        absent()
    }
    async fn staff(&self, _: &Cx, _: PageRequest) -> Result<Page<StaffMember>, Error> {
        absent()
    }
    async fn create_api_key(&self, _: &Cx, _: String, _: Vec<Scope>) -> Result<NewApiKey, Error> {
        absent()
    }
    async fn api_keys(&self, _: &Cx, _: PageRequest) -> Result<Page<ApiKey>, Error> {
        absent()
    }
    async fn revoke_api_key(&self, _: &Cx, _: ApiKeyId) -> Result<(), Error> {
        absent()
    }
    async fn api_key(&self, _: &Cx, _: String) -> Result<Option<ApiKey>, Error> {
        Ok(None)
    }
    async fn customers(&self, _: &Cx, _: CustomerFilter, _: PageRequest) -> Result<Page<Customer>, Error> {
        absent()
    }
    async fn customer(&self, _: &Cx, _: CustomerId) -> Result<Option<Customer>, Error> {
        absent()
    }
    async fn sign_out_everywhere(&self, _: &Cx, _: CustomerId) -> Result<(), Error> {
        Ok(())
    }
    async fn profile(&self, _: &Cx, _: CustomerId) -> Result<Option<Profile>, Error> {
        let Identity { email, name, .. } = ana();
        let state = self.lock();
        let name = state.name.clone().unwrap_or(name);
        Ok(Some(Profile { email, name, email_verified: state.verified, marketing_since: state.marketing_since }))
    }
    async fn change_profile(&self, _: &Cx, _: CustomerId, change: ProfileChange) -> Result<(), Error> {
        if change.name.is_empty() || change.name.chars().any(char::is_control) {
            return Err(Fault::invalid("name", "must be 1 to 200 characters on one line").into());
        }
        let mut state = self.lock();
        state.name = Some(change.name);
        state.marketing_since = change.marketing.then_some(Timestamp::EPOCH);
        Ok(())
    }
    async fn addresses(&self, _: &Cx, _: CustomerId) -> Result<Vec<SavedAddress>, Error> {
        Ok(self.lock().addresses.clone())
    }
    async fn save_address(&self, _: &Cx, _: CustomerId, draft: AddressDraft) -> Result<(), Error> {
        let problems = draft.address.problems("address");
        if !problems.is_empty() {
            return Err(Fault::invalid_fields(problems).into());
        }
        let mut state = self.lock();
        let AddressDraft { id, version, address, is_default } = draft;
        match state.addresses.iter_mut().find(|kept| kept.id == id) {
            Some(kept) if version.is_some_and(|version| version != kept.version) => {
                return Err(Error::VersionConflict { current: kept.version });
            }
            Some(kept) => *kept = SavedAddress { address, version: kept.version + 1, ..kept.clone() },
            None if version.is_some() => return Err(Fault::not_found("the address").into()),
            None => state.addresses.push(SavedAddress { id, address, is_default: false, version: 1 }),
        }
        if is_default || state.addresses.len() == 1 {
            state.prefer(id);
        }
        Ok(())
    }
    async fn prefer_address(&self, _: &Cx, _: CustomerId, id: AddressId) -> Result<(), Error> {
        self.lock().prefer(id);
        Ok(())
    }
    async fn remove_address(&self, _: &Cx, _: CustomerId, id: AddressId, _: Option<i64>) -> Result<(), Error> {
        let mut state = self.lock();
        state.addresses.retain(|saved| saved.id != id);
        if let Some(first) = state.addresses.first_mut() {
            first.is_default = true;
        }
        Ok(())
    }
    async fn change_password(&self, _: &Cx, _: CustomerId, change: PasswordChange) -> Result<(), Error> {
        assert_eq!(change.keep, TOKEN, "this session goes on");
        match (change.current.as_str(), change.new.len()) {
            (_, ..10) => Err(Fault::invalid("password", "must be at least 10 characters").into()),
            (" correct horse ", _) => Ok(()),
            ("once too often", _) => Err(Error::Throttled { retry_after_s: 15 }),
            _ => Err(Error::WrongCredentials),
        }
    }
    async fn sessions(&self, _: &Cx, _: CustomerId, token: String) -> Result<Vec<SessionSummary>, Error> {
        let session = |id: &str| SessionSummary {
            id: id.to_owned(),
            begun_at: Timestamp::EPOCH,
            seen_at: Timestamp::EPOCH,
            is_current: id == "here",
        };
        assert_eq!(token, TOKEN);
        let ended = self.lock().ended_sessions.clone();
        Ok(["here", "there"].map(session).into_iter().filter(|session| !ended.contains(&session.id)).collect())
    }
    async fn end_session(&self, _: &Cx, _: CustomerId, session: String) -> Result<(), Error> {
        self.lock().ended_sessions.push(session);
        Ok(())
    }
    async fn erase(&self, _: &Cx, _: CustomerId, password: String) -> Result<(), Error> {
        match password.as_str() {
            " correct horse " => {
                self.lock().erased = true;
                Ok(())
            }
            "once too often" => Err(Error::Throttled { retry_after_s: 15 }),
            _ => Err(Error::WrongCredentials),
        }
    }
    async fn request_password_reset(&self, _: &Cx, email: String) -> Result<(), Error> {
        match email.as_str() {
            "often@example.com" => Err(Error::Throttled { retry_after_s: 120 }),
            "" => Err(Fault::invalid("email", "does not look like an email address").into()),
            _ => Ok(()),
        }
    }
    async fn may_reset_password(&self, _: &Cx, token: String) -> Result<bool, Error> {
        Ok(token == LINK)
    }
    async fn reset_password(&self, _: &Cx, token: String, password: String) -> Result<Session, Error> {
        match (token.as_str(), password.len()) {
            (LINK, 10..) => Ok(Session { token: TOKEN.to_owned(), identity: ana() }),
            (LINK, _) => Err(Fault::invalid("password", "must have at least 10 characters").into()),
            _ => Err(Error::LinkUsed),
        }
    }
    async fn request_verification(&self, _: &Cx, _: CustomerId) -> Result<(), Error> {
        Ok(())
    }
    async fn verify_email(&self, _: &Cx, token: String) -> Result<(), Error> {
        self.lock().verified = token == LINK;
        if token == LINK { Ok(()) } else { Err(Error::LinkUsed) }
    }
    async fn set_role(&self, _: &Cx, _: StaffId, _: Role) -> Result<(), Error> {
        absent()
    }
    async fn request_staff_password_reset(&self, _: &Cx, _: String) -> Result<(), Error> {
        absent()
    }
    async fn may_reset_staff_password(&self, _: &Cx, _: String) -> Result<bool, Error> {
        absent()
    }
    async fn reset_staff_password(&self, _: &Cx, _: String, _: String) -> Result<Session, Error> {
        absent()
    }
    async fn remove_staff(&self, _: &Cx, _: StaffId) -> Result<(), Error> {
        absent()
    }
    async fn invite_staff(&self, _: &Cx, _: Invited) -> Result<InvitationId, Error> {
        absent()
    }
    async fn invitations(&self, _: &Cx, _: PageRequest) -> Result<Page<Invitation>, Error> {
        absent()
    }
    async fn revoke_invitation(&self, _: &Cx, _: InvitationId) -> Result<(), Error> {
        absent()
    }
    async fn invited(&self, _: &Cx, _: String) -> Result<Option<Invited>, Error> {
        absent()
    }
    async fn accept_invitation(&self, _: &Cx, _: String, _: String) -> Result<Session, Error> {
        absent()
    }
}

#[async_trait]
impl Notifications for Services {
    async fn send_link(&self, _: &Cx, _: MessageId, _: LinkMessage) -> Result<(), notifications::Error> {
        absent()
    }
    async fn list(
        &self,
        cx: &Cx,
        filter: MessageFilter,
        _: PageRequest,
    ) -> Result<Page<MessageSummary>, notifications::Error> {
        cx.actor.require(ORDERS_READ)?;
        let message = MessageSummary {
            id: MessageId::from_bits(1),
            kind: MessageKind::OrderConfirmed,
            email: filter.text.unwrap_or_default(),
            order_number: "1234-5678".into(),
            subject: "Your order".into(),
            state: MessageState::Sent,
            created_at: Timestamp::EPOCH,
            sent_at: None,
        };
        Ok(Page { items: vec![message], next: None })
    }
    async fn message(&self, _: &Cx, _: MessageId) -> Result<Option<Message>, notifications::Error> {
        absent()
    }
    async fn resend(&self, _: &Cx, _: MessageId) -> Result<(), notifications::Error> {
        absent()
    }
}

#[async_trait]
impl Operations for Services {
    async fn services(&self, _: &Cx) -> Result<Vec<String>, Fault> {
        absent()
    }
    async fn dead_letters(&self, _: &Cx, _: FailedFilter, _: PageRequest) -> Result<Gathered<DeadLetter>, Fault> {
        absent()
    }
    async fn replay(&self, _: &Cx, _: LetterRef) -> Result<(), Fault> {
        absent()
    }
    async fn discard(&self, _: &Cx, _: LetterRef) -> Result<(), Fault> {
        absent()
    }
    async fn parked_jobs(&self, _: &Cx, _: FailedFilter, _: PageRequest) -> Result<Gathered<ParkedJob>, Fault> {
        absent()
    }
    async fn retry_job(&self, _: &Cx, _: JobRef) -> Result<(), Fault> {
        absent()
    }
    async fn discard_job(&self, _: &Cx, _: JobRef) -> Result<(), Fault> {
        absent()
    }
}
