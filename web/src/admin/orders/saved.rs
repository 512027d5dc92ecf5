use souk_contracts::orders::SavedFilter;

use super::{
    super::{desk::Desk, forms::Refusal},
    PATH,
    list::{address, filter},
};
use crate::{body::Form, error::Answer, flash::Notice};

/// `POST /admin/orders/filters`: `name`, `q`, `lifecycle`, `payment`, `fulfilment`, `sort`.
pub async fn save_filter(desk: Desk, form: Form) -> Answer {
    let filter = filter(&form)?;
    let back = address(&filter);
    let saved = SavedFilter { name: form.text("name").to_owned(), filter };
    let text = format!("The filter {} is saved for all staff.", saved.name);
    let notice = match desk.state.orders.save_filter(&desk.cx, saved).await {
        Ok(()) => Notice::success(text),
        // A name is all there is to get wrong: it is said on the page from which it came.
        Err(error) => {
            let refusal = Refusal::from_service(error.into(), |_| None)?;
            Notice::error(format!("The filter is not saved. {}", refusal.into_failure().message))
        }
    };
    Ok(desk.go(&back, notice))
}

/// `POST /admin/orders/filters/delete`: `name`.
pub async fn delete_filter(desk: Desk, form: Form) -> Answer {
    let name = form.text("name").to_owned();
    desk.state.orders.delete_filter(&desk.cx, name.clone()).await?;
    Ok(desk.go(PATH, Notice::success(format!("The filter {name} is deleted."))))
}
