//! What is asked for on the command line.

use std::{collections::BTreeMap, str::FromStr};

use anyhow::{Context, Result, bail};

/// Flags, values and names.
pub struct Options {
    /// `--quick`: a short form.
    pub quick: bool,
    values: BTreeMap<String, String>,
    /// What was chosen; all when nothing is.
    pub chosen: Vec<String>,
}

impl Options {
    /// Reads arguments, of which only these have values, and only these are names.
    pub fn read(arguments: &[String], valued: &[&str], names: &[&str]) -> Result<Self> {
        let mut options = Self { quick: false, values: BTreeMap::new(), chosen: Vec::new() };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--quick" => options.quick = true,
                name if valued.contains(&name) => {
                    let value = arguments.next().with_context(|| format!("{name} needs a value"))?;
                    options.values.insert(name.to_owned(), value.clone());
                }
                option if option.starts_with('-') => {
                    bail!("there is no {option}; there are {}", [&["--quick"], valued].concat().join(", "))
                }
                name if names.contains(&name) => options.chosen.push(name.to_owned()),
                name => bail!("no run is called {name}; there are {}", names.join(", ")),
            }
        }
        Ok(options)
    }

    /// Whether a run is wanted.
    pub fn wants(&self, name: &str) -> bool {
        self.chosen.is_empty() || self.chosen.iter().any(|chosen| chosen == name)
    }

    /// A number.
    pub fn number<T: FromStr>(&self, name: &str, otherwise: T) -> Result<T> {
        let Some(value) = self.values.get(name) else { return Ok(otherwise) };
        value.parse().map_err(|_| anyhow::anyhow!("{name} {value} is no number"))
    }

    /// Numbers with commas between them, each greater than the one before.
    pub fn rising(&self, name: &str, otherwise: &[usize]) -> Result<Vec<usize>> {
        let Some(value) = self.values.get(name) else { return Ok(otherwise.to_vec()) };
        let numbers = value.split(',').map(str::parse).collect::<Result<Vec<usize>, _>>();
        let numbers =
            numbers.with_context(|| format!("{name} {value}: numbers with commas between them are wanted"))?;
        if !numbers.is_sorted_by(|a, b| a < b) {
            bail!("{name} {value}: each number must be greater than the one before");
        }
        Ok(numbers)
    }
}
