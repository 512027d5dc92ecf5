//! Accounts, and the operators' view of events.

use async_trait::async_trait;
use souk_contracts::{
    ApiKeyId, CustomerId, InvitationId, MessageId, StaffId,
    accounts::{
        Accounts, ApiKey, Credentials, Customer, CustomerFilter, Error, Identity, Invitation, Invited, NewApiKey,
        Person, Profile, Registration, Session, StaffMember,
    },
    notifications::{self, LinkMessage, Message, MessageFilter, MessageSummary, Notifications},
    permission::{Role, Scope},
};
use souk_types::{Cx, Fault, Id, Page, PageRequest, Timestamp};
use souk_web::{DeadLetter, JobRef, LetterRef, Operations, ParkedJob};

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
        Ok((token == TOKEN).then(ana))
    }
    async fn sign_out(&self, _cx: &Cx, _token: String) -> Result<(), Error> {
        Ok(())
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
        Ok(Some(Profile { email, name, email_verified: self.lock().verified }))
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
        _: &Cx,
        _: MessageFilter,
        _: PageRequest,
    ) -> Result<Page<MessageSummary>, notifications::Error> {
        absent()
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
    async fn list(&self, _: &Cx, _: PageRequest) -> Result<Page<DeadLetter>, Fault> {
        absent()
    }
    async fn replay(&self, _: &Cx, _: LetterRef) -> Result<(), Fault> {
        absent()
    }
    async fn discard(&self, _: &Cx, _: LetterRef) -> Result<(), Fault> {
        absent()
    }
    async fn parked(&self, _: &Cx, _: PageRequest) -> Result<Page<ParkedJob>, Fault> {
        absent()
    }
    async fn retry_job(&self, _: &Cx, _: JobRef) -> Result<(), Fault> {
        absent()
    }
    async fn discard_job(&self, _: &Cx, _: JobRef) -> Result<(), Fault> {
        absent()
    }
}
