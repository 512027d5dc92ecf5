//! Getting back into an account, and showing that its email is one's own.

use souk_contracts::{
    CustomerId,
    accounts::{EmailVerified, Error, Person, Session},
};
use souk_store::Tx;
use souk_types::{Cx, Fault, Subject};

use crate::{
    domain::{self, Digest, Door, NewPassword, Purpose, normalised, password_problem},
    links as sending,
    service::{AccountsService, throttled},
    sessions,
    store::{customers, links, sessions as session_rows, tries},
};

impl AccountsService {
    /// Counts the wish, whether or not there is such a customer, and sends a link if there is.
    pub async fn send_reset(&self, cx: &Cx, email: &str) -> Result<(), Error> {
        let email = normalised(email).ok_or_else(|| Fault::invalid("email", "does not look like an email address"))?;
        let work = move |tx: &mut Tx<'_>| {
            count_message(tx, &email)?;
            if let Some(customer) = customers::id_of(tx, &email)? {
                sending::send(tx, Purpose::PasswordReset, &customer.to_string())?;
            }
            Ok(())
        };
        self.store.write(cx, work).await
    }

    pub async fn link_works(&self, cx: &Cx, purpose: Purpose, token: &str) -> Result<bool, Fault> {
        let Some(digest) = Digest::of_text(token) else {
            return Ok(false);
        };
        self.store.read(cx, move |tx| Ok(links::find(tx, purpose, &digest)?.is_some())).await
    }

    /// Sets a password by a link. Whoever had got in before is out.
    pub async fn reset(&self, cx: &Cx, token: &str, password: String) -> Result<Session, Error> {
        let digest = Digest::of_text(token).ok_or(Error::LinkUsed)?;
        // Asked before the password is hashed, so that nobody without a link can have anything computed.
        let found = self.store.read(cx, move |tx| {
            let Some(customer) = customer_of(tx, Purpose::PasswordReset, &digest)? else {
                return Ok(None);
            };
            customers::profile(tx, customer)
        });
        let profile = found.await?.ok_or(Error::LinkUsed)?;
        if let Some(wrong) = password_problem(&password, Some(&profile.email)) {
            return Err(Fault::invalid_fields(vec![wrong]).into());
        }
        let password = NewPassword { text: password, known: [profile.email, profile.name] };
        let hash = self.passwords.place()?.hash(cx, password).await?;
        let work = move |tx: &mut Tx<'_>| {
            let customer = customer_of(tx, Purpose::PasswordReset, &digest)?.ok_or(Error::LinkUsed)?;
            links::take(tx, &digest)?;
            customers::set_password(tx, customer, &hash)?;
            session_rows::delete_of_customer(tx, customer)?;
            let profile = customers::profile(tx, customer)?.ok_or(Error::LinkUsed)?;
            tries::forget(tx, &profile.email, Door::Customer)?;
            // The link came by email: whoever has it reads what is sent there.
            confirm(tx, customer, &profile.email)?;
            Ok(sessions::begin(tx, Person::Customer(customer), &profile.email, &profile.name)?)
        };
        self.store.write(cx, work).await
    }

    /// Sends a link by which a customer confirms the email.
    pub async fn send_verification(&self, cx: &Cx, customer: CustomerId) -> Result<(), Error> {
        require_self(cx, customer)?;
        let work = move |tx: &mut Tx<'_>| {
            let profile = customers::profile(tx, customer)?.ok_or_else(|| Fault::not_found("the customer"))?;
            if profile.email_verified {
                return Ok(());
            }
            count_message(tx, &profile.email)?;
            Ok(sending::send(tx, Purpose::Verification, &customer.to_string())?)
        };
        self.store.write(cx, work).await
    }

    /// Confirms an email by a link, for whoever has both the link and the account: somebody who registered with a
    /// stranger's email has no link, and the stranger who opens it is not signed in there.
    pub async fn confirm_email(&self, cx: &Cx, token: &str) -> Result<(), Error> {
        let digest = Digest::of_text(token).ok_or(Error::LinkUsed)?;
        let work = move |tx: &mut Tx<'_>| {
            let customer = customer_of(tx, Purpose::Verification, &digest)?.ok_or(Error::LinkUsed)?;
            require_self(tx.cx(), customer).map_err(|_| Error::LinkUsed)?;
            links::take(tx, &digest)?;
            let profile = customers::profile(tx, customer)?.ok_or(Error::LinkUsed)?;
            Ok(confirm(tx, customer, &profile.email)?)
        };
        self.store.write(cx, work).await
    }

    /// Ends all sessions of a customer.
    pub async fn end_all(&self, cx: &Cx, customer: CustomerId) -> Result<(), Error> {
        require_self(cx, customer)?;
        Ok(self.store.write(cx, move |tx| session_rows::delete_of_customer(tx, customer)).await?)
    }
}

/// Whoever is not the customer is not told whether there is one.
pub fn require_self(cx: &Cx, customer: CustomerId) -> Result<(), Fault> {
    match &cx.actor.subject {
        Subject::Person(id) if *id == customer.to_string() => Ok(()),
        Subject::Anonymous | Subject::Person(_) | Subject::Service(_) => Err(Fault::not_found("the customer")),
    }
}

fn customer_of(tx: &mut Tx<'_>, purpose: Purpose, digest: &Digest) -> Result<Option<CustomerId>, Fault> {
    links::find(tx, purpose, digest)?.map(|id| id.parse().map_err(Fault::internal)).transpose()
}

fn confirm(tx: &mut Tx<'_>, customer: CustomerId, email: &str) -> Result<(), Fault> {
    if customers::verify(tx, customer)? {
        links::delete_of(tx, Purpose::Verification, &customer.to_string())?;
        let at = tx.now();
        tx.emit(&EmailVerified { customer, email: email.to_owned(), at })?;
    }
    Ok(())
}

/// Counts a message to an address that may not be of whoever wants it sent.
pub fn count_message(tx: &mut Tx<'_>, email: &str) -> Result<(), Error> {
    let before = tries::find(tx, email, Door::Messages)?;
    let counted = domain::another(Door::Messages, before, tx.now()).map_err(throttled)?;
    Ok(tries::put(tx, email, Door::Messages, counted)?)
}
