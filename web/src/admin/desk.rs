//! Where a member of staff works: who it is, what they may do, and the page around what they see.

use std::sync::Arc;

use axum::{
    Json,
    extract::{FromRequestParts, OriginalUri},
    response::{Html, IntoResponse as _, Redirect, Response},
};
use http::{HeaderMap, StatusCode, Uri, request::Parts};
use serde::Serialize;
use souk_contracts::{
    StaffId,
    permission::{OPERATIONS, STAFF_MANAGE},
};
use souk_types::{Cx, Fault, Permissions};

use super::{
    activity::Witness,
    badges::{Kept, NavBadges},
    labels,
    names::{self, Names},
    routes::Access,
};
use crate::{
    assets::AssetUrls,
    body::Form,
    error::{Answer, Failure},
    flash::{self, Notice},
    negotiate::prefers_json,
    session::Staff,
    state::{AppState, CALL_LIMIT},
    view::ShopView,
};

/// A member of staff who may come to this address. Whoever is none is sent to sign in, whoever may not is refused.
pub struct Desk {
    /// All that handlers share.
    pub state: AppState,
    /// The context for calls on this person's behalf.
    pub cx: Cx,
    /// The parameters after the `?`.
    pub query: Form,
    staff: Staff,
    headers: HeaderMap,
    uri: Uri,
    warning: Option<Notice>,
    badges: Arc<Kept>,
    kept_names: Arc<names::Kept>,
    names: Names,
    witness: Option<Arc<Witness>>,
}

/// What every page of the console is given.
#[derive(Serialize)]
struct Page<C> {
    shop: ShopView,
    assets: AssetUrls,
    path: String,
    notice: Option<Notice>,
    staff: StaffView,
    section: &'static str,
    /// Whether the page of staff is for this person.
    manages_staff: bool,
    /// Whether the settings are for this person.
    changes_settings: bool,
    badges: NavBadges,
    #[serde(flatten)]
    content: C,
}

#[derive(Serialize)]
struct StaffView {
    name: String,
    email: String,
    role: String,
}

impl Desk {
    /// Says whether all of these permissions are held.
    pub fn may(&self, needed: Permissions) -> bool {
        self.cx.actor.may(needed)
    }

    /// Who it is.
    pub fn id(&self) -> StaffId {
        self.staff.id
    }

    /// Says whether a program asks rather than a browser.
    pub fn wants_json(&self) -> bool {
        prefers_json(&self.headers)
    }

    /// Looks up who is who, for [`actor_name`](Self::actor_name).
    pub async fn learn_names(&mut self) {
        self.names = self.kept_names.get(&self.state, &self.cx).await;
    }

    /// Whom a history means by this actor.
    pub fn actor_name(&self, actor: &str) -> String {
        if actor == self.staff.id.to_string() {
            return self.staff.identity.name.clone();
        }
        if let Some(name) = self.names.get(actor) {
            return name.clone();
        }
        match actor.split_once('_') {
            Some(("cus", _)) => "Customer".to_owned(),
            _ => actor.to_owned(),
        }
    }

    /// Says that something was done, where the page that tells of it does not.
    pub fn acted(&self) {
        if let Some(witness) = &self.witness {
            witness.settle(true);
        }
    }

    /// Says to what something is done, where the address does not.
    pub fn act_on(&self, object: &str) {
        if let Some(witness) = &self.witness {
            witness.name_object(object);
        }
    }

    /// Gives calls their whole time again: the one that the request began with went by while a file came in.
    pub fn begin_calls(&mut self) {
        self.cx = Cx::new(self.cx.actor.clone(), CALL_LIMIT, self.cx.trace);
    }

    /// What waits for staff, as far as this person may know of it.
    pub async fn badges(&self) -> NavBadges {
        self.badges.get(&self.state, &self.cx).await.seen_by(&self.cx.actor)
    }

    /// Shows a warning on the page, unless the page before left a notice.
    pub fn warn(&mut self, text: impl Into<String>) {
        self.warning = Some(Notice::warning(text));
    }

    /// Answers with a page.
    ///
    /// # Errors
    /// Internal: the template does not fit.
    pub async fn show(
        self,
        status: StatusCode,
        section: &'static str,
        template: &str,
        content: impl Serialize,
    ) -> Answer {
        let badges = self.badges().await;
        let (manages_staff, changes_settings) = (self.may(STAFF_MANAGE), self.may(OPERATIONS));
        let Self { state, mut staff, headers, uri, warning, .. } = self;
        let page = Page {
            shop: ShopView::of(&state.shop),
            assets: state.theme.assets().admin.clone(),
            path: uri.path().to_owned(),
            notice: flash::take(&state, &headers, &mut staff.jar).or(warning),
            staff: StaffView {
                name: staff.identity.name.clone(),
                email: staff.identity.email.clone(),
                role: labels::words(staff.role.as_str()),
            },
            section,
            manages_staff,
            changes_settings,
            badges,
            content,
        };
        let html = state.theme.render(template, &page)?;
        Ok(staff.jar.onto((status, Html(html)).into_response()))
    }

    /// Answers with a part of a page, for its script.
    ///
    /// # Errors
    /// Internal: the template does not fit.
    pub fn fragment(self, template: &str, content: &impl Serialize) -> Answer {
        let html = self.state.theme.render(template, content)?;
        Ok(self.staff.jar.onto(Html(html).into_response()))
    }

    /// Answers a program.
    pub fn json(self, content: &impl Serialize) -> Response {
        self.staff.jar.onto(Json(content).into_response())
    }

    /// Sends to a page that shows the notice.
    pub fn go(mut self, to: &str, notice: Notice) -> Response {
        if let Some(witness) = &self.witness {
            witness.settle(notice.is_of_success());
        }
        flash::leave(&self.state, &mut self.staff.jar, notice);
        self.staff.jar.onto(Redirect::to(to).into_response())
    }
}

impl FromRequestParts<AppState> for Desk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let refuse = |fault: Fault| Failure::from(fault).into_response();
        // Below a prefix, the request's own address lacks it; who signs in is to come back to the whole one.
        if let Some(OriginalUri(uri)) = parts.extensions.get::<OriginalUri>() {
            parts.uri = uri.clone();
        }
        let staff = Staff::from_request_parts(parts, state).await?;
        match parts.extensions.get::<Access>() {
            Some(Access::Staff(needed)) => staff.require(*needed).map_err(refuse)?,
            Some(Access::Open) | None => {
                return Err(refuse(Fault::internal("a page for staff says not for whom it is")));
            }
        }
        let badges = parts.extensions.get::<Arc<Kept>>().cloned().unwrap_or_default();
        let kept_names = parts.extensions.get::<Arc<names::Kept>>().cloned().unwrap_or_default();
        let witness = parts.extensions.get::<Arc<Witness>>().cloned();
        if let Some(witness) = &witness {
            witness.identify(state, &staff);
        }
        let query = serde_urlencoded::from_str(parts.uri.query().unwrap_or_default()).map(Form);
        Ok(Self {
            state: state.clone(),
            cx: staff.cx.clone(),
            query: query.map_err(|error| {
                Failure::bad_request(format!("The address cannot be read: {error}")).into_response()
            })?,
            staff,
            headers: parts.headers.clone(),
            uri: parts.uri.clone(),
            warning: None,
            badges,
            kept_names,
            names: Names::default(),
            witness,
        })
    }
}
