//! Cards: which numbers there are, what each leads to, and what is wrong with what was entered.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use souk_types::{Timestamp, limits::LINE_BYTES_MAX};

use crate::gateways::sandbox::response::Status;

/// A card number for trying out, and what happens with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestCard {
    /// The number, in groups as it is printed.
    pub number: &'static str,
    /// What happens.
    pub outcome: &'static str,
    scenario: Scenario,
}

/// The numbers that do something special, and two that just work. Any other valid number works too.
pub const TEST_CARDS: &[TestCard] = &[
    TestCard { number: "4242 4242 4242 4242", outcome: "Succeeds", scenario: Scenario::Success },
    TestCard { number: "5555 5555 5555 4444", outcome: "Succeeds", scenario: Scenario::Success },
    TestCard { number: "4000 0000 0000 0002", outcome: "Is declined", scenario: Scenario::Declined },
    TestCard { number: "4000 0000 0000 9995", outcome: "Has not enough funds", scenario: Scenario::NoFunds },
    TestCard {
        number: "4000 0025 0000 3155",
        outcome: "Asks you to confirm at the bank",
        scenario: Scenario::Challenge,
    },
    TestCard {
        number: "4000 0000 0000 0259",
        outcome: "Is charged, but the answer gets lost on the way",
        scenario: Scenario::NoAnswer,
    },
    TestCard { number: "4000 0000 0000 0077", outcome: "Succeeds a moment later", scenario: Scenario::Later },
];

/// What a card leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    Success,
    Declined,
    NoFunds,
    Challenge,
    NoAnswer,
    Later,
    /// The token is none of ours.
    BadToken,
}

/// How a new charge begins.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    pub status: Status,
    /// Code and reason.
    pub refusal: Option<(&'static str, &'static str)>,
}

impl Scenario {
    /// Its number in a token.
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Declined => 1,
            Self::NoFunds => 2,
            Self::Challenge => 3,
            Self::NoAnswer => 4,
            Self::Later => 5,
            Self::BadToken => 6,
        }
    }

    pub fn from_code(code: u8) -> Option<Self> {
        TEST_CARDS.iter().map(|card| card.scenario).find(|scenario| scenario.code() == code)
    }

    pub const fn outcome(self) -> Outcome {
        let (status, refusal) = match self {
            Self::Success | Self::NoAnswer => (Status::Authorised, None),
            Self::Declined => (Status::Declined, Some(("card_declined", "the bank declined the card"))),
            Self::NoFunds => (Status::Declined, Some(("insufficient_funds", "the card has not enough funds"))),
            Self::Challenge => (Status::ActionRequired, None),
            Self::Later => (Status::Pending, None),
            Self::BadToken => {
                (Status::Declined, Some(("bad_token", "the card data is no longer valid, please enter it again")))
            }
        };
        Outcome { status, refusal }
    }
}

/// Card data as it is entered. Never stored, never logged: it has no `Debug`.
#[derive(Deserialize)]
pub struct CardForm {
    #[serde(default)]
    pub number: String,
    #[serde(default, deserialize_with = "text_or_number")]
    pub exp_month: String,
    #[serde(default, deserialize_with = "text_or_number")]
    pub exp_year: String,
    /// Both in one, `12/30`, as the hosted page has it.
    #[serde(default)]
    pub exp: String,
    #[serde(default, deserialize_with = "text_or_number")]
    pub cvc: String,
    #[serde(default)]
    pub name: String,
}

fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Number(u64),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::Text(text) => text,
        Either::Number(number) => number.to_string(),
    })
}

/// What is remembered of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Card {
    pub scenario: Scenario,
    pub brand: Brand,
    pub last4: u16,
    pub exp_month: u8,
    pub exp_year: u16,
}

impl Card {
    /// `Visa •••• 4242`.
    pub fn label(&self) -> String {
        format!("{} •••• {:04}", self.brand.name(), self.last4)
    }
}

/// Whose card it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brand {
    Visa,
    Mastercard,
    Amex,
    Discover,
    Other,
}

impl Brand {
    pub const ALL: [Self; 5] = [Self::Visa, Self::Mastercard, Self::Amex, Self::Discover, Self::Other];

    fn of(number: &str) -> Self {
        let prefix = |digits: usize| number.get(..digits).and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
        match (prefix(1), prefix(2), prefix(4)) {
            (4, ..) => Self::Visa,
            (_, 51..=55, _) | (_, _, 2221..=2720) => Self::Mastercard,
            (_, 34 | 37, _) => Self::Amex,
            (_, 65, _) | (_, _, 6011) => Self::Discover,
            _ => Self::Other,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Visa => "Visa",
            Self::Mastercard => "Mastercard",
            Self::Amex => "American Express",
            Self::Discover => "Discover",
            Self::Other => "Card",
        }
    }
}

/// What is wrong, by field: `number`, `exp`, `cvc`, `name`.
pub type Problems = BTreeMap<&'static str, String>;

impl CardForm {
    /// The card, or what is wrong with it.
    pub fn check(&self, now: Timestamp) -> Result<Card, Problems> {
        let mut problems = Problems::new();
        let number: String = self.number.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        if !is_card_number(&number) {
            problems.insert("number", "This card number is not valid.".to_owned());
        }
        let expiry = self.expiry();
        match expiry {
            None => {
                problems.insert("exp", "Enter month and year, like 12/30.".to_owned());
            }
            Some(expiry) if is_past(expiry, now) => {
                problems.insert("exp", "This card has expired.".to_owned());
            }
            Some(_) => {}
        }
        if !(3..=4).contains(&self.cvc.len()) || !self.cvc.bytes().all(|byte| byte.is_ascii_digit()) {
            problems.insert("cvc", "Enter the 3 or 4 digits of the security code.".to_owned());
        }
        if self.name.len() > LINE_BYTES_MAX {
            problems.insert("name", "This name is too long.".to_owned());
        }
        match (expiry, problems.is_empty()) {
            (Some((exp_month, exp_year)), true) => {
                let last4 = number[number.len() - 4..].parse().unwrap_or(0);
                Ok(Card { scenario: scenario_of(&number), brand: Brand::of(&number), last4, exp_month, exp_year })
            }
            _ => Err(problems),
        }
    }

    /// Month and full year.
    fn expiry(&self) -> Option<(u8, u16)> {
        let (month, year) = match self.exp.split_once('/') {
            Some((month, year)) => (month.trim(), year.trim()),
            None => (self.exp_month.trim(), self.exp_year.trim()),
        };
        let month: u8 = month.parse().ok().filter(|month| (1..=12).contains(month))?;
        let year: u16 = match (year.len(), year.parse().ok()?) {
            (2, short) => 2000 + short,
            (4, full) => full,
            _ => return None,
        };
        Some((month, year))
    }
}

fn is_past((month, year): (u8, u16), now: Timestamp) -> bool {
    let today = now.to_zoned();
    (i32::from(year), i32::from(month)) < (i32::from(today.year()), i32::from(today.month()))
}

fn scenario_of(number: &str) -> Scenario {
    let same = |card: &&TestCard| card.number.bytes().filter(|byte| *byte != b' ').eq(number.bytes());
    TEST_CARDS.iter().find(same).map_or(Scenario::Success, |card| card.scenario)
}

/// ISO/IEC 7812-1, annex B: the Luhn check digit.
fn is_card_number(number: &str) -> bool {
    if !(13..=19).contains(&number.len()) || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let sum: u32 = number
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            if place % 2 == 0 { digit } else { digit * 2 / 10 + digit * 2 % 10 }
        })
        .sum();
    sum.is_multiple_of(10)
}
