//! The values that can be filtered by and counted, each with a number that is the same in all segments.

use std::{collections::HashMap, sync::Arc};

use super::document::SEPARATOR;

/// What a value belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueKind {
    Brand,
    Category,
    Attribute,
    /// Only filtered by, within a scope.
    Tag,
}

/// One value.
#[derive(Debug, Clone)]
pub struct Value {
    pub kind: ValueKind,
    /// Number of the attribute's name; 0 for all but attributes.
    pub name: u32,
    /// What to filter by.
    pub key: Arc<str>,
    /// How to show it.
    pub label: Arc<str>,
}

/// All values seen so far. Only grows, so that a value keeps its number.
#[derive(Debug, Clone, Default)]
pub struct Values {
    list: Vec<Value>,
    numbers: HashMap<(ValueKind, Arc<str>), u32>,
    names: Vec<Arc<str>>,
    name_numbers: HashMap<Arc<str>, u32>,
}

impl Values {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The value of a number.
    pub fn get(&self, number: usize) -> &Value {
        &self.list[number]
    }

    /// All of them, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &Value> {
        self.list.iter()
    }

    /// The names of attributes.
    pub fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    /// The number of an attribute's name.
    pub fn name_number(&self, name: &str) -> Option<u32> {
        self.name_numbers.get(name).copied()
    }

    /// The number of a value as it is stored in the index.
    pub fn number(&self, kind: ValueKind, stored: &str) -> Option<u32> {
        self.numbers.get(&(kind, Arc::from(stored))).copied()
    }

    /// The number of a value, which may be new.
    pub fn intern(&mut self, kind: ValueKind, stored: &str) -> u32 {
        let stored: Arc<str> = Arc::from(stored);
        if let Some(number) = self.numbers.get(&(kind, Arc::clone(&stored))) {
            return *number;
        }
        let number = next_number(self.list.len());
        let (first, second) = stored.split_once(SEPARATOR).unwrap_or((&stored, &stored));
        let (name, key, label) = match kind {
            ValueKind::Brand | ValueKind::Tag => (0, Arc::clone(&stored), Arc::clone(&stored)),
            ValueKind::Category => (0, Arc::from(first), Arc::from(second)),
            ValueKind::Attribute => {
                let value: Arc<str> = Arc::from(second);
                (self.intern_name(first), Arc::clone(&value), value)
            }
        };
        self.list.push(Value { kind, name, key, label });
        self.numbers.insert((kind, stored), number);
        number
    }

    fn intern_name(&mut self, name: &str) -> u32 {
        if let Some(number) = self.name_numbers.get(name) {
            return *number;
        }
        let number = next_number(self.names.len());
        let name: Arc<str> = Arc::from(name);
        self.names.push(Arc::clone(&name));
        self.name_numbers.insert(name, number);
        number
    }
}

fn next_number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
