//! Who works here: members of staff, and who is invited to become one.

use axum::extract::Path;
use http::StatusCode;
use serde::Serialize;
use souk_contracts::{
    InvitationId, StaffId,
    accounts::{Error, Invitation, Invited, StaffMember},
    permission::Role,
};
use souk_types::PageRequest;

use super::{
    desk::Desk,
    forms::{self, Failed, Refusal},
    labels,
    lists::{self, Pager},
};
use crate::{
    body::Form,
    error::{Answer, Failure, sentence},
    flash::Notice,
    format,
    view::{Choice, Errors, TimeView},
};

const PATH: &str = "/admin/staff";
const SECTION: &str = "staff";
/// Invitations that are shown; the newest staff are few.
const INVITATIONS_SHOWN: u32 = 100;

#[derive(Serialize)]
struct StaffPage {
    members: Vec<Member>,
    invitations: Vec<InvitationView>,
    roles: Vec<Choice>,
    #[serde(flatten)]
    pager: Pager,
    #[serde(flatten)]
    failed: Failed,
}

#[derive(Serialize)]
struct Member {
    name: String,
    email: String,
    role: String,
    role_value: &'static str,
    /// Whoever looks at the page changes nothing about themselves by it.
    role_url: Option<String>,
    remove_url: Option<String>,
}

#[derive(Serialize)]
struct InvitationView {
    name: String,
    email: String,
    role: String,
    expires_at: TimeView,
    revoke_url: String,
}

impl Member {
    fn of(member: StaffMember, looking: StaffId) -> Self {
        let other = member.id != looking;
        Self {
            role_value: member.role.as_str(),
            role_url: other.then(|| format!("{PATH}/{}/role", member.id)),
            remove_url: other.then(|| format!("{PATH}/{}/remove", member.id)),
            name: member.name,
            email: member.email,
            role: labels::words(member.role.as_str()),
        }
    }
}

impl InvitationView {
    fn of(invitation: Invitation) -> Self {
        let Invited { email, name, role } = invitation.invited;
        Self {
            name,
            email,
            role: labels::words(role.as_str()),
            expires_at: format::time(invitation.expires_at),
            revoke_url: format!("{PATH}/invitations/{}/revoke", invitation.id),
        }
    }
}

/// `GET /admin/staff?after=`.
pub async fn list(desk: Desk) -> Answer {
    show(desk, StatusCode::OK, Failed::default()).await
}

async fn show(desk: Desk, status: StatusCode, failed: Failed) -> Answer {
    let request = lists::request(&desk.query)?;
    let (members, invitations) = futures::join!(
        desk.state.accounts.staff(&desk.cx, request.clone()),
        desk.state.accounts.invitations(&desk.cx, PageRequest::first(INVITATIONS_SHOWN)),
    );
    let members = members?;
    let content = StaffPage {
        pager: Pager::of(PATH, &[], &members, &request),
        members: members.items.into_iter().map(|member| Member::of(member, desk.id())).collect(),
        invitations: invitations?.items.into_iter().map(InvitationView::of).collect(),
        roles: labels::choices(Role::ALL.iter().map(|role| role.as_str())),
        failed,
    };
    desk.show(status, SECTION, "admin/staff.html", content).await
}

/// `POST /admin/staff/invite`: `name`, `email`, `role`.
pub async fn invite(desk: Desk, form: Form) -> Answer {
    let mut errors = Errors::new();
    let name = forms::required(&form, "name", "Enter a name.", &mut errors);
    let email = forms::required(&form, "email", "Enter an email address.", &mut errors);
    let role = forms::parsed::<Role>(&form, "role", "Choose a role.", &mut errors);
    let refusal = match role.filter(|_| errors.is_empty()) {
        None => Refusal::of(errors),
        Some(role) => {
            let invited = Invited { email: email.clone(), name, role };
            match desk.state.accounts.invite_staff(&desk.cx, invited).await {
                Ok(_) => {
                    let text = format!("An invitation is on its way to {email}. It stands under Sent emails, too.");
                    return Ok(desk.go(PATH, Notice::success(text)));
                }
                Err(Error::EmailTaken) => Refusal::field("email", "This is the email of a member of staff already."),
                Err(error) => {
                    let place = |field: &str| matches!(field, "name" | "email").then(|| field.to_owned());
                    Refusal::from_service(error.into(), place)?
                }
            }
        }
    };
    let status = refusal.status;
    show(desk, status, Failed::form("invite", refusal, &form)).await
}

/// `POST /admin/staff/{id}/role`: `role`.
pub async fn set_role(desk: Desk, Path(id): Path<String>, form: Form) -> Answer {
    let member: StaffId = id.parse().map_err(|_| Failure::not_found())?;
    let notice = match form.text("role").parse::<Role>() {
        Err(_) => Notice::warning("Choose a role."),
        Ok(role) => match desk.state.accounts.set_role(&desk.cx, member, role).await {
            Ok(()) => Notice::success(format!("The role is {} from now on.", labels::words(role.as_str()))),
            Err(error @ Error::LastOwner) => Notice::warning(sentence(&error.to_string())),
            Err(error) => return Err(error.into()),
        },
    };
    desk.state.sessions.forget_all();
    Ok(desk.go(PATH, notice))
}

/// `POST /admin/staff/{id}/remove`.
pub async fn remove(desk: Desk, Path(id): Path<String>) -> Answer {
    let member: StaffId = id.parse().map_err(|_| Failure::not_found())?;
    let notice = match desk.state.accounts.remove_staff(&desk.cx, member).await {
        Ok(()) => Notice::success("Removed. Their sessions have ended, and API keys that they made are revoked."),
        Err(error @ Error::LastOwner) => Notice::warning(sentence(&error.to_string())),
        Err(error) => return Err(error.into()),
    };
    desk.state.sessions.forget_all();
    desk.state.keys.forget();
    Ok(desk.go(PATH, notice))
}

/// `POST /admin/staff/invitations/{id}/revoke`.
pub async fn revoke(desk: Desk, Path(id): Path<String>) -> Answer {
    let invitation: InvitationId = id.parse().map_err(|_| Failure::not_found())?;
    desk.state.accounts.revoke_invitation(&desk.cx, invitation).await?;
    Ok(desk.go(PATH, Notice::success("The invitation is taken back; its link does not work any more.")))
}
