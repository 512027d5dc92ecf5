//! Members of staff: what they are there for, how they get back in, and that they leave.

use souk_contracts::{
    StaffId,
    accounts::{Error, Person, Session, StaffMember},
    permission::Role,
};
use souk_store::Tx;
use souk_types::{Cx, Fault};

use crate::{
    activity,
    domain::{Digest, Door, NewPassword, Purpose, normalised, password_problem},
    links as sending,
    recovery::count_message,
    service::AccountsService,
    sessions,
    store::{keys, links, sessions as session_rows, staff, tries},
};

impl AccountsService {
    /// Gives somebody another role. Sessions read it afresh.
    pub async fn change_role(&self, cx: &Cx, member: StaffId, role: Role) -> Result<(), Error> {
        let work = move |tx: &mut Tx<'_>| {
            if role != Role::Owner && staff::owners(tx)? == [member] {
                return Err(Error::LastOwner);
            }
            if !staff::set_role(tx, member, role)? {
                return Err(Fault::not_found("the member of staff").into());
            }
            Ok(())
        };
        self.store.write(cx, work).await
    }

    /// Ends somebody's being a member of staff.
    pub async fn dismiss(&self, cx: &Cx, member: StaffId) -> Result<(), Error> {
        let work = move |tx: &mut Tx<'_>| {
            if staff::owners(tx)? == [member] {
                return Err(Error::LastOwner);
            }
            staff::delete(tx, member)?;
            links::delete_of(tx, Purpose::StaffPasswordReset, &member.to_string())?;
            // Whoever leaves may have taken the secrets along.
            keys::delete_of(tx, member)?;
            Ok(session_rows::delete_of_staff(tx, member)?)
        };
        self.store.write(cx, work).await
    }

    /// Counts the wish, whether or not there is such a member of staff, and sends a link if there is.
    pub async fn send_staff_reset(&self, cx: &Cx, email: &str) -> Result<(), Error> {
        let email = normalised(email).ok_or_else(|| Fault::invalid("email", "does not look like an email address"))?;
        let work = move |tx: &mut Tx<'_>| {
            count_message(tx, &email)?;
            if let Some(account) = staff::by_email(tx, &email)? {
                sending::send(tx, Purpose::StaffPasswordReset, &account.person.0.to_string())?;
            }
            Ok(())
        };
        self.store.write(cx, work).await
    }

    /// Sets a password by a link. Whoever had got in before is out.
    pub async fn reset_staff(&self, cx: &Cx, token: &str, password: String) -> Result<Session, Error> {
        let digest = Digest::of_text(token).ok_or(Error::LinkUsed)?;
        // Asked before the password is hashed, so that nobody without a link can have anything computed.
        let member = self.store.read(cx, move |tx| member_of(tx, &digest)).await?.ok_or(Error::LinkUsed)?;
        if let Some(wrong) = password_problem(&password, Some(&member.email)) {
            return Err(Fault::invalid_fields(vec![wrong]).into());
        }
        let password = NewPassword { text: password, known: [member.email, member.name] };
        let hash = self.passwords.place()?.hash(cx, password).await?;
        let work = move |tx: &mut Tx<'_>| {
            let StaffMember { id, email, name, role } = member_of(tx, &digest)?.ok_or(Error::LinkUsed)?;
            links::take(tx, &digest)?;
            staff::set_password(tx, id, &hash)?;
            session_rows::delete_of_staff(tx, id)?;
            tries::forget(tx, &email, Door::Staff)?;
            let person = Person::Staff(id, role);
            activity::came_in(tx, person, &name, "password_chosen")?;
            Ok(sessions::begin(tx, person, &email, &name)?)
        };
        self.store.write(cx, work).await
    }
}

fn member_of(tx: &mut Tx<'_>, digest: &Digest) -> Result<Option<StaffMember>, Fault> {
    match links::find(tx, Purpose::StaffPasswordReset, digest)? {
        Some(id) => staff::by_id(tx, id.parse().map_err(Fault::internal)?),
        None => Ok(None),
    }
}
