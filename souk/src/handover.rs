//! Lets a command ask the shop that has the data folder to do what the command cannot do beside it.
//!
//! A request is a file in `handover/` of the folder. The shop looks there twice a second, takes the request away, and
//! writes how it goes into an answer beside it, whole each time, until it has ended. The command reads that.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use souk_contracts::search::{IndexStatus, RebuildState, SearchClient};
use souk_types::{Actor, Cx, Env, TraceId};
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

/// How often either side looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long the shop may take to see a request.
const SEEN_WITHIN: Duration = Duration::from_secs(10);
/// How long an answer may stay as it is while the shop is at work: it is written at every look.
const SILENT_MAX: Duration = Duration::from_secs(30);
/// How long the whole may take.
const DONE_WITHIN: Duration = Duration::from_hours(2);
/// Requests that are open at a time; more wait.
const OPEN_MAX: usize = 16;
/// How long the shop may take to say how it goes.
const STATUS_WITHIN: Duration = Duration::from_secs(10);

/// What the shop says to a request to build the search index anew.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Status(IndexStatus),
    Refused(String),
}

impl Answer {
    fn has_ended(&self) -> bool {
        match self {
            Self::Refused(_) => true,
            Self::Status(status) => status.rebuild.as_ref().is_none_or(|last| last.state != RebuildState::Running),
        }
    }
}

/// Where the requests lie in a data folder.
fn counter(data: &Path) -> PathBuf {
    data.join("handover")
}

/// Writes a file so that whoever reads it finds all of it.
fn put(path: &Path, text: &str) -> io::Result<()> {
    let half = path.with_extension("half");
    fs::write(&half, text)?;
    fs::rename(half, path)
}

/// The shop's side: does what is asked for, for ever.
pub async fn serve(data: PathBuf, search: SearchClient, env: Env) {
    let folder = counter(&data);
    // What an earlier run left behind nobody waits for any more.
    drop(fs::remove_dir_all(&folder));
    if let Err(error) = fs::create_dir_all(&folder) {
        warn!(%error, "commands cannot hand over their work: {} cannot be made", folder.display());
        return;
    }
    let mut open = BTreeSet::new();
    loop {
        sleep(LOOK_EVERY).await;
        let cx = Cx::new(Actor::service("souk"), STATUS_WITHIN, TraceId::generate(&env));
        for name in requests(&folder, OPEN_MAX - open.len()) {
            info!("building the search index anew, as a command asks");
            match search.start_reindex(&cx).await {
                Ok(_) => drop(open.insert(name)),
                Err(error) => tell(&folder, &name, &Answer::Refused(error.to_string())),
            }
        }
        if open.is_empty() {
            continue;
        }
        if let Ok(status) = search.status(&cx).await {
            let answer = Answer::Status(status);
            open.iter().for_each(|name| tell(&folder, name, &answer));
            if answer.has_ended() {
                open.clear();
            }
        }
    }
}

/// Takes new requests away, and says their names.
fn requests(folder: &Path, most: usize) -> Vec<String> {
    let Ok(files) = fs::read_dir(folder) else { return Vec::new() };
    let paths = files.flatten().map(|file| file.path());
    let new = paths.filter(|path| path.extension().is_some_and(|ending| ending == "request"));
    let taken = new.filter(|path| fs::remove_file(path).is_ok());
    taken.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).take(most).collect()
}

fn tell(folder: &Path, name: &str, answer: &Answer) {
    let told = serde_json::to_string(answer).map_err(io::Error::other);
    if let Err(error) = told.and_then(|text| put(&folder.join(format!("{name}.answer")), &text)) {
        warn!(%error, "a command that waits could not be told how its work goes");
    }
}

/// The command's side: has the shop that uses the folder build its search index anew, and waits for it.
///
/// # Errors
/// When no shop answers, or when it says that it failed.
pub async fn reindex(data: &Path, env: &Env, mut on_progress: impl FnMut(u64)) -> Result<IndexStatus> {
    let folder = counter(data);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let name = format!("{:032x}", env.random_u128());
    let (request, answer) = (folder.join(format!("{name}.request")), folder.join(format!("{name}.answer")));
    put(&request, "\"reindex\"").with_context(|| format!("cannot write in {}", folder.display()))?;
    let done = follow(&request, &answer, &mut on_progress).await;
    // Nobody waits any more, whatever came of it.
    drop(fs::remove_file(request));
    drop(fs::remove_file(answer));
    done
}

async fn follow(request: &Path, answer: &Path, on_progress: &mut impl FnMut(u64)) -> Result<IndexStatus> {
    let begun = Instant::now();
    let (mut heard, mut written): (Instant, Option<SystemTime>) = (begun, None);
    loop {
        sleep(LOOK_EVERY).await;
        let now_written = fs::metadata(answer).and_then(|file| file.modified()).ok();
        if now_written != written {
            (heard, written) = (Instant::now(), now_written);
        }
        if request.exists() && begun.elapsed() > SEEN_WITHIN {
            bail!(
                "the data folder is in use by another souk that does not serve a shop, such as an import; wait until \
                 it is done, and try again"
            );
        }
        if heard.elapsed() > SILENT_MAX {
            bail!("the shop does not answer any more; was it stopped? Its search index is as it was");
        }
        if begun.elapsed() > DONE_WITHIN {
            bail!("the search index was not built within {} minutes", DONE_WITHIN.as_secs() / 60);
        }
        let Some(answer) = fs::read_to_string(answer).ok().and_then(|text| serde_json::from_str(&text).ok()) else {
            continue;
        };
        match &answer {
            Answer::Refused(reason) => bail!("the shop refused: {reason}"),
            Answer::Status(status) => {
                let rebuild = status.rebuild.as_ref().context("the shop says nothing of building its search index")?;
                on_progress(rebuild.done);
                match rebuild.state {
                    RebuildState::Running => {}
                    RebuildState::Finished => return Ok(status.clone()),
                    RebuildState::Failed => bail!(
                        "the search index could not be built: {}. The old one goes on serving",
                        rebuild.failure.as_deref().unwrap_or("see the shop's log")
                    ),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_folder_in_which_nobody_serves_is_said_to_be_busy() {
        let data = tempfile::tempdir().unwrap();
        let error = reindex(data.path(), &Env::system(), |_| {}).await.unwrap_err();
        assert!(error.to_string().contains("does not serve a shop"), "{error:#}");
        assert_eq!(fs::read_dir(counter(data.path())).unwrap().count(), 0, "nothing is left behind");
    }

    #[tokio::test(start_paused = true)]
    async fn a_shop_that_falls_silent_is_not_waited_for_for_ever() {
        let data = tempfile::tempdir().unwrap();
        let folder = counter(data.path());
        fs::create_dir_all(&folder).unwrap();
        let taking = async {
            while requests(&folder, OPEN_MAX).is_empty() {
                sleep(LOOK_EVERY).await;
            }
            std::future::pending::<()>().await;
        };
        let env = Env::system();
        let error = tokio::select! {
            done = reindex(data.path(), &env, |_| {}) => done.unwrap_err(),
            () = taking => unreachable!(),
        };
        assert!(error.to_string().contains("does not answer any more"), "{error:#}");
    }
}
