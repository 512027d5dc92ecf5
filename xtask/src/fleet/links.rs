//! Ways between processes that can be disturbed: whoever goes one is told of its beginning instead of its end.

use std::net::SocketAddr;

use anyhow::{Context, Result};

use super::parts::Place;
use crate::link::{Condition, Link};

/// What a way to the database ends at.
pub const POSTGRES: &str = "postgres";

/// From a service to another one, or to [`POSTGRES`]: from all its processes to all processes of the other.
pub type Way = (&'static str, &'static str);

/// All that were named.
#[derive(Default)]
pub struct Links(Vec<Opened>);

struct Opened {
    way: Way,
    /// Each with the name of the process at its end.
    links: Vec<(&'static str, Link)>,
    /// The variable that leads callers here, and what it says.
    setting: (String, String),
}

impl Links {
    /// Opens them, undisturbed.
    ///
    /// # Errors
    /// When nothing is at the end of one.
    pub fn open(ways: &[Way], places: &[Place], database: &str) -> Result<Self> {
        let open = |way: &Way| if way.1 == POSTGRES { to_database(*way, database) } else { to_service(*way, places) };
        Ok(Self(ways.iter().map(open).collect::<Result<_>>()?))
    }

    /// What a process with these services is told.
    pub fn settings(&self, services: &[&str]) -> Vec<(String, String)> {
        let its_own = self.0.iter().filter(|opened| services.contains(&opened.way.0));
        its_own.map(|opened| opened.setting.clone()).collect()
    }

    /// Makes a way so.
    ///
    /// # Errors
    /// When there is no such way.
    pub fn set(&mut self, way: Way, condition: Condition) -> Result<()> {
        let found = self.0.iter_mut().find(|opened| opened.way == way);
        let opened = found.with_context(|| format!("there is no way from {} to {}", way.0, way.1))?;
        opened.links.iter_mut().try_for_each(|(_, link)| link.set(condition))
    }

    /// Makes all ways so that end at a process.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn set_to(&mut self, process: &str, condition: Condition) -> Result<()> {
        let links = self.0.iter_mut().flat_map(|opened| &mut opened.links);
        links.filter(|(end, _)| *end == process).try_for_each(|(_, link)| link.set(condition))
    }
}

fn to_service(way: Way, places: &[Place]) -> Result<Opened> {
    let ends = places.iter().filter(|place| place.services.contains(&way.1));
    let links = ends.map(|place| Ok((place.name, Link::to(place.internal)?))).collect::<Result<Vec<_>>>()?;
    let urls: Vec<String> = links.iter().map(|(_, link)| format!("http://{}", link.address)).collect();
    anyhow::ensure!(!urls.is_empty(), "no process has {}", way.1);
    let setting = (format!("SOUK_SERVICES_{}", way.1.to_uppercase()), format!("{{ url = {urls:?} }}"));
    Ok(Opened { way, links, setting })
}

fn to_database(way: Way, database: &str) -> Result<Opened> {
    let host = database.split(['@', '/']).nth(3).context("the database has no address of the form user@host:port")?;
    let far: SocketAddr = host.parse().with_context(|| format!("{host} is no address on loopback"))?;
    let link = Link::to(far)?;
    let setting = ("SOUK_DATA_POSTGRES".to_owned(), database.replace(host, &link.address.to_string()));
    Ok(Opened { way, links: vec![(POSTGRES, link)], setting })
}
