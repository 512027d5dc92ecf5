//! Staff who are invited, and who join.

use souk_contracts::{
    InvitationId, StaffId,
    accounts::{Error, Invitation, Invited, Person, Session},
};
use souk_store::Tx;
use souk_types::{Cx, Fault};

use crate::{
    activity,
    domain::{Digest, NewPassword, NewPerson, Purpose, named, password_problem},
    links as sending,
    service::AccountsService,
    sessions,
    store::{invitations, links, staff},
};

impl AccountsService {
    /// Keeps an invitation and sends its link.
    pub async fn invite(&self, cx: &Cx, invited: Invited) -> Result<InvitationId, Error> {
        let (email, name) = named(&invited.email, &invited.name)?;
        let invited = Invited { email, name, ..invited };
        let work = move |tx: &mut Tx<'_>| {
            if staff::is_taken(tx, &invited.email)? {
                return Err(Error::EmailTaken);
            }
            let id = InvitationId::generate(tx.env());
            let until = tx.now() + Purpose::Invitation.life();
            let id = invitations::put(tx, id, &invited, until)?;
            sending::send(tx, Purpose::Invitation, &id.to_string())?;
            Ok(id)
        };
        self.store.write(cx, work).await
    }

    /// Takes an invitation back.
    pub async fn revoke(&self, cx: &Cx, id: InvitationId) -> Result<(), Error> {
        let work = move |tx: &mut Tx<'_>| {
            links::delete_of(tx, Purpose::Invitation, &id.to_string())?;
            invitations::delete(tx, id)
        };
        Ok(self.store.write(cx, work).await?)
    }

    /// The invitation that a link is for.
    pub async fn invitation(&self, cx: &Cx, digest: Digest) -> Result<Option<Invitation>, Fault> {
        self.store.read(cx, move |tx| invitation_of(tx, &digest)).await
    }

    /// Makes a member of staff by a link.
    pub async fn accept(&self, cx: &Cx, digest: Digest, password: String) -> Result<Session, Error> {
        // Asked before the password is hashed, so that nobody without a link can have anything computed.
        let Invited { email, name, .. } = self.invitation(cx, digest).await?.ok_or(Error::LinkUsed)?.invited;
        if let Some(wrong) = password_problem(&password, Some(&email)) {
            return Err(Fault::invalid_fields(vec![wrong]).into());
        }
        let password = NewPassword { text: password, known: [email.clone(), name.clone()] };
        let hash = self.passwords.place()?.hash(cx, password.clone()).await?;
        let new = NewPerson { email, name, password };
        let work = move |tx: &mut Tx<'_>| {
            let invitation = invitation_of(tx, &digest)?.ok_or(Error::LinkUsed)?;
            links::take(tx, &digest)?;
            invitations::delete(tx, invitation.id)?;
            let (id, role) = (StaffId::generate(tx.env()), invitation.invited.role);
            if !staff::add(tx, id, &new, role, &hash)? {
                return Err(Error::EmailTaken);
            }
            let person = Person::Staff(id, role);
            activity::came_in(tx, person, &new.name, "invitation_accepted")?;
            Ok(sessions::begin(tx, person, &new.email, &new.name)?)
        };
        self.store.write(cx, work).await
    }
}

fn invitation_of(tx: &mut Tx<'_>, digest: &Digest) -> Result<Option<Invitation>, Fault> {
    let Some(id) = links::find(tx, Purpose::Invitation, digest)? else {
        return Ok(None);
    };
    invitations::by_id(tx, id.parse().map_err(Fault::internal)?)
}
