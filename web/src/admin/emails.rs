//! Messages that the shop has written: the list, also as a file, one of them as its reader sees it, and sending it once
//! more.

use std::fmt::Write as _;

use axum::{
    extract::Path,
    response::{Html, IntoResponse as _},
};
use futures::FutureExt as _;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use souk_contracts::{
    MessageId,
    notifications::{Content, Message, MessageFilter, MessageState, MessageSummary},
    permission::ORDERS_MANAGE,
};
use souk_types::{Cx, TimeOrder};

use super::{
    csv,
    desk::Desk,
    export::{self, Piece},
    forms::{choice, search_text},
    labels,
    lists::{self, Pager, Sorting},
};
use crate::{
    body::Form,
    error::{Answer, Failure, sentence},
    flash::Notice,
    format,
    state::AppState,
    view::{Badge, Choice, TimeView},
};

const PATH: &str = "/admin/emails";
const SECTION: &str = "emails";
/// Nothing of what is in a message: that may let whoever reads it in.
const HEAD: &str = "created_at,sent_at,state,kind,email,subject,order\r\n";
/// A message is a stranger's page as far as the console goes: it runs nothing, loads nothing from elsewhere, and its
/// links open beside it.
const MESSAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; form-action 'none'; \
     sandbox allow-popups allow-popups-to-escape-sandbox",
);
const FRAME_HERE: HeaderValue = HeaderValue::from_static("SAMEORIGIN");
const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");

#[derive(Serialize)]
struct ListPage {
    emails: Vec<Row>,
    filters: Filters,
    states: Vec<Choice>,
    export_url: String,
    sorting: Sorting,
    #[serde(flatten)]
    pager: Pager,
}

#[derive(Serialize)]
struct Filters {
    q: String,
    state: String,
}

#[derive(Serialize)]
struct Row {
    url: String,
    subject: String,
    email: String,
    about: String,
    order: Option<OrderLink>,
    state: Badge,
    created_at: TimeView,
}

#[derive(Serialize)]
struct OrderLink {
    number: String,
    url: String,
}

impl Row {
    fn of(message: MessageSummary) -> Self {
        let number = message.order_number;
        Self {
            url: format!("{PATH}/{}", message.id),
            subject: message.subject,
            email: message.email,
            about: labels::words(message.kind.as_str()),
            order: (!number.is_empty()).then(|| OrderLink { url: format!("/admin/orders/{number}"), number }),
            state: labels::message(message.state),
            created_at: format::time(message.created_at),
        }
    }
}

#[derive(Serialize)]
struct EmailPage {
    email: Row,
    name: String,
    failures: u32,
    error: String,
    sent_at: Option<TimeView>,
    html_url: Option<String>,
    text: Option<String>,
    /// Why nothing is shown.
    hidden: Option<&'static str>,
    resend_url: Option<String>,
}

impl EmailPage {
    fn of(message: Message, may_resend: bool) -> Self {
        let url = format!("{PATH}/{}", message.summary.id);
        let (text, hidden) = match message.content {
            Content::Whole { text, .. } => (Some(text), None),
            Content::Withheld => {
                (None, Some("There is a link in it that lets whoever opens it in, so only the owner may see it."))
            }
            Content::Erased => (None, Some("There was a link in it that let whoever opened it in: it is not kept.")),
        };
        let resend = may_resend && hidden.is_none();
        Self {
            name: message.name,
            failures: message.failures,
            error: message.error,
            sent_at: message.summary.sent_at.map(format::time),
            html_url: text.is_some().then(|| format!("{url}/html")),
            text,
            hidden,
            resend_url: resend.then(|| format!("{url}/resend")),
            email: Row::of(message.summary),
        }
    }
}

/// Which messages the address asks for, and in which order.
fn filter(query: &Form) -> Result<MessageFilter, Failure> {
    Ok(MessageFilter { text: search_text(query, "q")?, state: choice(query, "state")?, sort: choice(query, "sort")? })
}

/// `GET /admin/emails?q=&state=&sort=&after=`.
pub async fn list(desk: Desk) -> Answer {
    let filter = filter(&desk.query)?;
    let request = lists::request(&desk.query)?;
    let found = desk.state.notifications.list(&desk.cx, filter.clone(), request.clone()).await?;
    let filters = Filters {
        q: filter.text.clone().unwrap_or_default(),
        state: filter.state.map(|state| state.as_str().to_owned()).unwrap_or_default(),
    };
    let kept = [("q", filters.q.as_str()), ("state", &filters.state)];
    let sorting = Sorting::of(PATH, &kept, filter.sort, TimeOrder::ALL);
    let content = ListPage {
        pager: Pager::of(PATH, &[kept[0], kept[1], ("sort", sorting.selected())], &found, &request),
        export_url: lists::address(&format!("{PATH}/export.csv"), &kept, None),
        emails: found.items.into_iter().map(Row::of).collect(),
        states: MessageState::ALL
            .iter()
            .map(|state| Choice::new(state.as_str(), labels::message(*state).text))
            .collect(),
        filters,
        sorting,
    };
    desk.show(StatusCode::OK, SECTION, "admin/emails.html", content).await
}

/// `GET /admin/emails/export.csv?q=&state=`.
pub async fn export(desk: Desk) -> Answer {
    let filter = MessageFilter { sort: None, ..filter(&desk.query)? };
    let read = move |state: AppState, cx: Cx, request| {
        let filter = filter.clone();
        async move {
            let page = state.notifications.list(&cx, filter, request).await?;
            let mut text = String::new();
            page.items.iter().for_each(|message| row(&mut text, message));
            Ok(Piece { text, next: page.next })
        }
        .boxed()
    };
    export::stream(&desk, "emails.csv", HEAD, read).await
}

fn row(text: &mut String, message: &MessageSummary) {
    let MessageSummary { kind, state, created_at, sent_at, .. } = message;
    let sent_at = sent_at.map(|at| at.to_string()).unwrap_or_default();
    let texts = [&message.email, &message.subject, &message.order_number].map(|text| csv::cell(text)).join(",");
    // Writing to a String cannot fail.
    let _ = write!(text, "{created_at},{sent_at},{state},{kind},{texts}\r\n");
}

/// `GET /admin/emails/{id}`.
pub async fn page(desk: Desk, Path(id): Path<String>) -> Answer {
    let message = find(&desk, &id).await?;
    let may_resend = desk.may(ORDERS_MANAGE);
    desk.show(StatusCode::OK, SECTION, "admin/email.html", EmailPage::of(message, may_resend)).await
}

/// `GET /admin/emails/{id}/html`: the message itself, for a frame.
pub async fn html(desk: Desk, Path(id): Path<String>) -> Answer {
    let Content::Whole { html, .. } = find(&desk, &id).await?.content else {
        return Err(Failure::not_found());
    };
    let html = html.replacen("<head>", "<head><base target=\"_blank\">", 1);
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_SECURITY_POLICY, MESSAGE_POLICY),
        (header::X_FRAME_OPTIONS, FRAME_HERE),
        (header::REFERRER_POLICY, NO_REFERRER),
    ];
    Ok((headers, Html(html)).into_response())
}

/// `POST /admin/emails/{id}/resend`.
pub async fn resend(desk: Desk, Path(id): Path<String>) -> Answer {
    let id: MessageId = id.parse().map_err(|_| Failure::not_found())?;
    let notice = match desk.state.notifications.resend(&desk.cx, id).await {
        Ok(()) => Notice::success("The message is on its way again."),
        Err(error) => {
            let failure = Failure::from(error);
            if failure.status != StatusCode::CONFLICT {
                return Err(failure);
            }
            Notice::warning(sentence(&failure.message))
        }
    };
    Ok(desk.go(&format!("{PATH}/{id}"), notice))
}

async fn find(desk: &Desk, id: &str) -> Result<Message, Failure> {
    let id: MessageId = id.parse().map_err(|_| Failure::not_found())?;
    desk.state.notifications.message(&desk.cx, id).await?.ok_or_else(Failure::not_found)
}
