//! Who did what and when: noting every change that is made in the console, and the page that tells of them.

use std::{
    fmt::Write as _,
    sync::{Arc, OnceLock},
};

use axum::{
    extract::{FromRequestParts as _, RawPathParams, Request},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use futures::FutureExt as _;
use http::{StatusCode, header};
use serde::Serialize;
use souk_contracts::accounts::{Activity, ActivityFilter, ActivityKind};
use souk_types::{Cx, PageRequest, TimeOrder, limits::PAGE_ITEMS_MAX};

use super::{
    csv,
    desk::Desk,
    export::{self, Piece},
    forms, labels,
    lists::{self, Pager, Sorting},
};
use crate::{
    activity::{Deed, Pending, carried_through},
    body::Form,
    error::{Answer, Failure},
    format,
    session::Staff,
    state::AppState,
    view::{Choice, TimeView},
};

const PATH: &str = "/admin/activity";
const SECTION: &str = "staff";
const HEAD: &str = "at,actor,name,kind,action,object\r\n";

/// What a handler lets be known of what it does.
#[derive(Default)]
pub struct Witness {
    who: OnceLock<Who>,
    done: OnceLock<bool>,
    object: OnceLock<String>,
}

struct Who {
    state: AppState,
    cx: Cx,
    name: String,
}

impl Witness {
    /// Says who acts.
    pub fn identify(&self, state: &AppState, staff: &Staff) {
        let name = staff.identity.name.clone();
        self.who.get_or_init(|| Who { state: state.clone(), cx: staff.cx.clone(), name });
    }

    /// Says whether something was done. What was said first counts.
    pub fn settle(&self, done: bool) {
        self.done.get_or_init(|| done);
    }

    /// Says to what it was done.
    pub fn name_object(&self, object: &str) {
        self.object.get_or_init(|| object.to_owned());
    }

    /// What is to be recorded of a request that was answered so; nothing when nothing was done.
    fn seen(&self, way: &'static str, object: Option<String>, response: &Response) -> Option<Pending> {
        let Who { state, cx, name } = self.who.get()?;
        if !self.done.get().copied().unwrap_or_else(|| tells_of_success(response)) {
            return None;
        }
        let object = self.object.get().cloned().or(object).or_else(|| led_to(response));
        Some(Pending { state: state.clone(), cx: cx.clone(), name: name.clone(), way, object })
    }
}

/// Pages that a form comes back on tell of what was wrong, or of what would be.
fn tells_of_success(response: &Response) -> bool {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    status.is_redirection() || (status.is_success() && !is_page)
}

/// The id in the address to which the answer leads: of what was just made.
fn led_to(response: &Response) -> Option<String> {
    let to = response.headers().get(header::LOCATION)?.to_str().ok()?;
    let path = to.split('?').next()?;
    let is_id = |part: &&str| part.split_once('_').is_some_and(|(kind, id)| kind.len() == 3 && id.len() == 26);
    path.split('/').find(is_id).map(str::to_owned)
}

/// Carries a request out, and records what was done by it.
pub async fn recorded(path: &'static str, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let named = RawPathParams::from_request_parts(&mut parts, &()).await.ok();
    let object = named.and_then(|named| named.iter().next().map(|(_, value)| value.to_owned()));
    let witness = Arc::<Witness>::default();
    parts.extensions.insert(Arc::clone(&witness));
    let request = Request::from_parts(parts, body);
    let work = async move {
        let response = next.run(request).await;
        if let Some(pending) = witness.seen(path, object, &response) {
            pending.record().await;
        }
        response
    };
    carried_through(work).await.unwrap_or_else(|fault| Failure::from(fault).into_response())
}

#[derive(Serialize)]
struct ActivityPage {
    activities: Vec<Entry>,
    filters: Filters,
    people: Vec<Choice>,
    kinds: Vec<Choice>,
    export_url: String,
    sorting: Sorting,
    #[serde(flatten)]
    pager: Pager,
}

#[derive(Serialize)]
struct Filters {
    who: String,
    kind: String,
}

#[derive(Serialize)]
struct Entry {
    at: TimeView,
    name: String,
    /// Whether it is an API key.
    is_key: bool,
    who_url: String,
    kind: String,
    words: String,
    object: String,
    object_url: Option<String>,
}

impl Entry {
    fn of(entry: Activity, people: &[Choice]) -> Self {
        let done = entry.done;
        let deed = Deed::by_action(&done.action);
        let page = deed.map_or("", |deed| deed.page);
        let known = people.iter().find(|person| person.value == done.object);
        Self {
            at: format::time(entry.at),
            is_key: entry.actor.starts_with("key_"),
            who_url: lists::address(PATH, &[("who", &entry.actor)], None),
            name: done.name,
            kind: kind_words(done.kind),
            words: words(deed, &done.action),
            object_url: page_of(page, &done.object),
            object: known.map_or(done.object, |person| person.label.clone()),
        }
    }
}

/// What was done, as people say it.
fn words(deed: Option<&Deed>, action: &str) -> String {
    deed.map_or_else(|| labels::words(action), |deed| deed.words.to_owned())
}

fn page_of(page: &str, object: &str) -> Option<String> {
    if page.is_empty() || object.is_empty() {
        return None;
    }
    if let Some((path, name)) = page.strip_suffix('=').and_then(|page| page.split_once('?')) {
        return Some(lists::address(path, &[(name, object)], None));
    }
    let plain = object.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    plain.then(|| format!("{page}{object}"))
}

fn kind_words(kind: ActivityKind) -> String {
    match kind {
        ActivityKind::Staff => "Staff and API keys".to_owned(),
        other => labels::words(other.as_str()),
    }
}

/// Which entries the address asks for, and in which order.
fn filter(query: &Form) -> Result<ActivityFilter, Failure> {
    Ok(ActivityFilter {
        actor: forms::search_text(query, "who")?,
        kind: forms::choice(query, "kind")?,
        sort: forms::choice(query, "sort")?,
    })
}

/// `GET /admin/activity?who=&kind=&sort=&after=`.
pub async fn list(desk: Desk) -> Answer {
    let filter = filter(&desk.query)?;
    let request = lists::request(&desk.query)?;
    let ActivityFilter { actor: who, kind, sort } = filter.clone();
    let (accounts, cx) = (&desk.state.accounts, &desk.cx);
    let (found, people) = futures::join!(accounts.activity(cx, filter, request.clone()), people(&desk));
    let found = found?;
    let filters =
        Filters { who: who.unwrap_or_default(), kind: kind.map(|kind| kind.as_str().to_owned()).unwrap_or_default() };
    let mut people = people?;
    let kept = [("who", filters.who.as_str()), ("kind", &filters.kind)];
    let sorting = Sorting::of(PATH, &kept, sort, TimeOrder::ALL);
    let pager = Pager::of(PATH, &[kept[0], kept[1], ("sort", sorting.selected())], &found, &request);
    let export_url = lists::address(&format!("{PATH}/export.csv"), &kept, None);
    if !filters.who.is_empty() && !people.iter().any(|person| person.value == filters.who) {
        // Somebody who has left is known by their deeds.
        let name = found.items.first().map_or_else(|| filters.who.clone(), |entry| entry.done.name.clone());
        people.push(Choice::new(filters.who.clone(), name));
    }
    let content = ActivityPage {
        activities: found.items.into_iter().map(|entry| Entry::of(entry, &people)).collect(),
        kinds: ActivityKind::ALL.iter().map(|kind| Choice::new(kind.as_str(), kind_words(*kind))).collect(),
        filters,
        people,
        export_url,
        sorting,
        pager,
    };
    desk.show(StatusCode::OK, SECTION, "admin/activity.html", content).await
}

/// `GET /admin/activity/export.csv?who=&kind=`.
pub async fn export(desk: Desk) -> Answer {
    let filter = ActivityFilter { sort: None, ..filter(&desk.query)? };
    let read = move |state: AppState, cx: Cx, request| {
        let filter = filter.clone();
        async move {
            let page = state.accounts.activity(&cx, filter, request).await?;
            let mut text = String::new();
            page.items.iter().for_each(|entry| row(&mut text, entry));
            Ok(Piece { text, next: page.next })
        }
        .boxed()
    };
    export::stream(&desk, "activity.csv", HEAD, read).await
}

fn row(text: &mut String, entry: &Activity) {
    let Activity { at, actor, done, .. } = entry;
    let action = words(Deed::by_action(&done.action), &done.action);
    let [actor, name, action, object] = [actor, &done.name, &action, &done.object].map(|text| csv::cell(text));
    // Writing to a String cannot fail.
    let _ = write!(text, "{at},{actor},{name},{},{action},{object}\r\n", done.kind);
}

/// Who can be chosen: staff, then API keys. Of very many, those who came first.
async fn people(desk: &Desk) -> Result<Vec<Choice>, Failure> {
    let (accounts, cx) = (&desk.state.accounts, &desk.cx);
    let all = || PageRequest::first(PAGE_ITEMS_MAX);
    let (staff, keys) = futures::try_join!(accounts.staff(cx, all()), accounts.api_keys(cx, all()))?;
    let staff = staff.items.into_iter().map(|member| Choice::new(member.id.to_string(), member.name));
    let keys = keys.items.into_iter().map(|key| Choice::new(key.id.to_string(), format!("{} (API key)", key.name)));
    Ok(staff.chain(keys).collect())
}
