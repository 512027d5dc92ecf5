//! What customers change of their own account: name, consent, password, sessions, and that there is one at all.

use souk_contracts::{
    CustomerId,
    accounts::{CustomerErased, Error, PASSWORD_CHARS_MAX, PasswordChange, Person, ProfileChange, SessionSummary},
};
use souk_store::Tx;
use souk_types::{Cx, Fault};

use crate::{
    domain::{Digest, Door, NewPassword, Purpose, named, password_problem},
    passwords::Place,
    recovery::require_self,
    service::AccountsService,
    store::{addresses, customers, links, sessions, tries},
};

impl AccountsService {
    /// Changes name and consent. A consent that stands keeps its time.
    pub async fn set_profile(&self, cx: &Cx, customer: CustomerId, change: ProfileChange) -> Result<(), Error> {
        require_self(cx, customer)?;
        let email = self.email_of(cx, customer).await?;
        let (_, name) = named(&email, &change.name)?;
        let work = move |tx: &mut Tx<'_>| {
            customers::set_profile(tx, customer, &name, change.marketing)?;
            sessions::rename(tx, customer, &name)
        };
        Ok(self.store.write(cx, work).await?)
    }

    /// Sets a new password; the session with this token goes on, the others end.
    pub async fn replace_password(&self, cx: &Cx, customer: CustomerId, change: PasswordChange) -> Result<(), Error> {
        require_self(cx, customer)?;
        let PasswordChange { current, new, keep } = change;
        let email = self.email_of(cx, customer).await?;
        if let Some(wrong) = password_problem(&new, Some(&email)) {
            return Err(Fault::invalid_fields(vec![wrong]).into());
        }
        let place = self.passwords.place()?;
        let name = self.confirmed(cx, &place, customer, email.clone(), current).await?;
        let hash = place.hash(cx, NewPassword { text: new, known: [email.clone(), name] }).await?;
        let keep = Digest::of_text(&keep);
        let work = move |tx: &mut Tx<'_>| {
            customers::set_password(tx, customer, &hash)?;
            tries::forget(tx, &email, Door::Customer)?;
            // A link that was sent to choose a password must not undo this choice.
            links::delete_of(tx, Purpose::PasswordReset, &customer.to_string())?;
            match keep {
                Some(keep) => sessions::delete_others(tx, customer, &keep),
                None => sessions::delete_of_customer(tx, customer),
            }
        };
        Ok(self.store.write(cx, work).await?)
    }

    /// The sessions of a customer, those used last first.
    pub async fn sessions_of(&self, cx: &Cx, customer: CustomerId, token: &str) -> Result<Vec<SessionSummary>, Error> {
        require_self(cx, customer)?;
        let current = Digest::of_text(token);
        Ok(self.store.read(cx, move |tx| sessions::of_customer(tx, customer, current.as_ref())).await?)
    }

    /// Ends one session of a customer.
    pub async fn end_one(&self, cx: &Cx, customer: CustomerId, session: &str) -> Result<(), Error> {
        require_self(cx, customer)?;
        let Some(digest) = Digest::of_id(session) else {
            return Ok(());
        };
        Ok(self.store.write(cx, move |tx| sessions::delete_one(tx, customer, &digest)).await?)
    }

    /// Erases an account, with all that is kept of it here.
    pub async fn erase_account(&self, cx: &Cx, customer: CustomerId, password: String) -> Result<(), Error> {
        require_self(cx, customer)?;
        let email = self.email_of(cx, customer).await?;
        let place = self.passwords.place()?;
        self.confirmed(cx, &place, customer, email.clone(), password).await?;
        let work = move |tx: &mut Tx<'_>| {
            let at = tx.now();
            let email_verified = customers::profile(tx, customer)?.is_some_and(|profile| profile.email_verified);
            customers::delete(tx, customer, &email)?;
            addresses::delete_all(tx, customer)?;
            sessions::delete_of_customer(tx, customer)?;
            for purpose in [Purpose::PasswordReset, Purpose::Verification] {
                links::delete_of(tx, purpose, &customer.to_string())?;
            }
            for door in [Door::Customer, Door::Messages] {
                tries::forget(tx, &email, door)?;
            }
            tx.emit(&CustomerErased { customer, email: email.clone(), email_verified, at })?;
            Ok::<_, Fault>(())
        };
        Ok(self.store.write(cx, work).await?)
    }

    async fn email_of(&self, cx: &Cx, customer: CustomerId) -> Result<String, Fault> {
        let profile = self.store.read(cx, move |tx| customers::profile(tx, customer)).await?;
        profile.map(|profile| profile.email).ok_or_else(|| Fault::not_found("the customer"))
    }

    /// Checks the password of who is signed in, counted as a try to sign in; answers their name.
    async fn confirmed(
        &self,
        cx: &Cx,
        place: &Place,
        customer: CustomerId,
        email: String,
        password: String,
    ) -> Result<String, Error> {
        if password.chars().count() > PASSWORD_CHARS_MAX {
            return Err(Error::WrongCredentials);
        }
        let account = self.try_door(cx, Door::Customer, email).await?;
        let account = account.filter(|account| account.person == Person::Customer(customer));
        let hash = account.as_ref().map(|account| account.password_hash.clone());
        if !place.check(cx, password, hash).await? {
            return Err(Error::WrongCredentials);
        }
        account.map(|account| account.name).ok_or(Error::WrongCredentials)
    }
}
