//! A token says by itself, signed, what is remembered of a card, so that making one writes nothing. The card's number
//! is not in it.

use data_encoding::BASE32_NOPAD;
use hmac::Mac;
use souk_types::Env;
use subtle::ConstantTimeEq;

use super::{
    card::{Brand, Card, Scenario},
    keys::{Keys, lower},
};

const PREFIX: &str = "tok_";
const VERSION: u8 = 1;
/// Version, scenario, brand, last four digits (2), month, year (2), nonce (8).
const BODY_BYTES: usize = 16;
const TAG_BYTES: usize = 16;

/// Makes a token.
pub fn seal(keys: &Keys, env: &Env, card: &Card) -> String {
    let brand = Brand::ALL.iter().position(|brand| *brand == card.brand).unwrap_or_default();
    let mut bytes = Vec::with_capacity(BODY_BYTES + TAG_BYTES);
    bytes.extend([VERSION, card.scenario.code(), u8::try_from(brand).unwrap_or_default()]);
    bytes.extend(card.last4.to_be_bytes());
    bytes.push(card.exp_month);
    bytes.extend(card.exp_year.to_be_bytes());
    bytes.extend(env.random_bytes::<8>());
    let tag = tag(keys, &bytes);
    bytes.extend(tag);
    format!("{PREFIX}{}", lower(&BASE32_NOPAD, &bytes))
}

/// The card that a token of ours stands for.
pub fn open(keys: &Keys, token: &str) -> Option<Card> {
    let text = token.strip_prefix(PREFIX)?;
    let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()?;
    let (body, claimed) = bytes.split_at_checked(BODY_BYTES)?;
    let genuine: bool = tag(keys, body).ct_eq(claimed).into();
    if !genuine {
        return None;
    }
    match *body {
        [VERSION, scenario, brand, last_high, last_low, exp_month, year_high, year_low, ..] => Some(Card {
            scenario: Scenario::from_code(scenario)?,
            brand: *Brand::ALL.get(usize::from(brand))?,
            last4: u16::from_be_bytes([last_high, last_low]),
            exp_month,
            exp_year: u16::from_be_bytes([year_high, year_low]),
        }),
        _ => None,
    }
}

fn tag(keys: &Keys, body: &[u8]) -> [u8; TAG_BYTES] {
    let mut mac = keys.tokens.clone();
    mac.update(body);
    let mut tag = [0; TAG_BYTES];
    tag.copy_from_slice(&mac.finalize().into_bytes()[..TAG_BYTES]);
    tag
}
