use std::time::{Duration, Instant};

use souk_jobs::Outcome;
use souk_store::Tx;
use souk_types::{Cx, Fault};

use crate::{core::Core, store::title_words};

/// Products of one step.
const BATCH: u32 = 200;
/// How long one run of the job goes on; the next one finds where it stopped.
const RUN_MAX: Duration = Duration::from_secs(60);

/// Notes the title's words of all products that have none noted.
pub(crate) async fn note_words(core: &Core, cx: &Cx) -> Result<Outcome, Fault> {
    let until = Instant::now() + RUN_MAX;
    let mut after = String::new();
    while Instant::now() < until {
        let from = after.clone();
        let fill = move |tx: &mut Tx<'_>| title_words::fill(tx, &from, BATCH);
        match core.store.write::<_, Fault>(&core.step(cx), fill).await? {
            Some(last) => after = last.to_string(),
            None => return Ok(Outcome::Done),
        }
    }
    Ok(Outcome::Again(Duration::ZERO))
}
