//! Money as whole minor units with a currency. Never floats, always checked.

use std::{cmp::Ordering, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const KNOWN: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN \
    BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ \
    GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL \
    LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN \
    PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD \
    TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// An ISO 4217 currency code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(*b"EUR");
    /// The US dollar.
    pub const USD: Self = Self(*b"USD");
    /// The yen, which has no minor unit.
    pub const JPY: Self = Self(*b"JPY");

    /// The three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Says whether ISO 4217 knows it: an active code of its list one of 2024, funds and metals apart.
    pub fn is_known(self) -> bool {
        KNOWN.split(' ').any(|code| code == self.as_str())
    }

    /// Decimal digits of the minor unit (ISO 4217, list one of 2024): 2 for most, 0 for JPY, 3 for KWD.
    pub const fn exponent(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX"
            | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            _ => Err(MoneyError::Currency(text.to_owned())),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Why a calculation with money is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The result does not fit.
    #[error("the amount is too large")]
    Overflow,
    /// Two currencies were mixed.
    #[error("cannot mix {0} and {1}")]
    Mixed(Currency, Currency),
    /// Not a currency code.
    #[error("{0:?} is not a currency code of three capital letters")]
    Currency(String),
    /// Not an amount.
    #[error("{0:?} is not an amount, like 12.50")]
    Amount(String),
    /// More decimals than the currency has.
    #[error("{0:?} has more decimals than {1} allows")]
    Decimals(String, Currency),
}

impl From<MoneyError> for crate::Fault {
    fn from(error: MoneyError) -> Self {
        Self::invalid("amount", error.to_string())
    }
}

/// An amount of money: whole minor units (cents) of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units, for example cents.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// An amount in minor units.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in a currency.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// Says whether the amount is zero.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Adds.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        self.minor.checked_add(other.minor).map(|minor| Self { minor, ..self }).ok_or(MoneyError::Overflow)
    }

    /// Subtracts.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        self.minor.checked_sub(other.minor).map(|minor| Self { minor, ..self }).ok_or(MoneyError::Overflow)
    }

    /// Multiplies by a count.
    pub fn times(self, count: i64) -> Result<Self, MoneyError> {
        self.minor.checked_mul(count).map(|minor| Self { minor, ..self }).ok_or(MoneyError::Overflow)
    }

    /// A share of the amount, in basis points (1/10,000), rounded half away from zero.
    pub fn basis_points(self, points: i64) -> Result<Self, MoneyError> {
        self.ratio(points, 10_000)
    }

    /// `amount × numerator ÷ denominator`, rounded half away from zero.
    pub fn ratio(self, numerator: i64, denominator: i64) -> Result<Self, MoneyError> {
        let scaled = i128::from(self.minor) * i128::from(numerator);
        let denominator = i128::from(denominator);
        let half = denominator.abs() / 2 * scaled.signum() * denominator.signum();
        let minor = (scaled + half).checked_div(denominator).ok_or(MoneyError::Overflow)?;
        i64::try_from(minor).map(|minor| Self { minor, ..self }).map_err(|_| MoneyError::Overflow)
    }

    /// Splits the amount in proportion to the weights, so that the parts add up to it again: the largest
    /// remainders get the odd minor units, ties to the earlier part. All-zero weights count as equal.
    pub fn split(self, weights: &[u64]) -> Vec<Self> {
        let even = vec![1; weights.len()];
        let weights = if weights.iter().all(|weight| *weight == 0) { &even } else { weights };
        let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
        let share = |weight: u64| i128::from(self.minor) * i128::from(weight);
        let mut parts: Vec<i64> =
            weights.iter().map(|weight| i64::try_from(share(*weight) / total).unwrap_or(0)).collect();
        let odd = self.minor - parts.iter().sum::<i64>();
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|index| std::cmp::Reverse((share(weights[*index]) % total).abs()));
        for index in order.into_iter().take(usize::try_from(odd.unsigned_abs()).unwrap_or(0)) {
            parts[index] += odd.signum();
        }
        parts.into_iter().map(|minor| Self { minor, ..self }).collect()
    }

    /// Adds up amounts of one currency; an empty list is zero.
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::plus)
    }

    /// Reads a decimal amount with a point, like `12.50` or `-3`, without ever passing through a float.
    pub fn parse_decimal(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let bad = || MoneyError::Amount(text.to_owned());
        let trimmed = text.trim();
        let (negative, digits) = match trimmed.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, trimmed),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !is_digits(whole) || !is_digits(fraction) {
            return Err(bad());
        }
        let exponent = currency.exponent() as usize;
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > exponent {
            return Err(MoneyError::Decimals(text.to_owned(), currency));
        }
        let minor: i64 = format!("{whole}{fraction:0<exponent$}").parse().map_err(|_| MoneyError::Overflow)?;
        Ok(Self::new(if negative { -minor } else { minor }, currency))
    }

    /// The amount without its currency: `12.50`.
    pub fn to_decimal(self) -> String {
        let exponent = self.currency.exponent();
        let unit = 10_u64.pow(exponent);
        let sign = if self.minor < 0 { "-" } else { "" };
        let minor = self.minor.unsigned_abs();
        if exponent == 0 {
            format!("{sign}{minor}")
        } else {
            format!("{sign}{}.{:0width$}", minor / unit, minor % unit, width = exponent as usize)
        }
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency { Ok(()) } else { Err(MoneyError::Mixed(self.currency, other.currency)) }
    }
}

/// Amounts compare only within one currency.
impl PartialOrd for Money {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self.currency == other.currency).then(|| self.minor.cmp(&other.minor))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn eur(minor: i64) -> Money {
        Money::new(minor, Currency::EUR)
    }

    #[test]
    fn decimals_follow_the_currency() {
        assert_eq!(Money::parse_decimal("12.5", Currency::EUR), Ok(eur(1250)));
        assert_eq!(Money::parse_decimal("1250", Currency::JPY), Ok(Money::new(1250, Currency::JPY)));
        assert!(matches!(Money::parse_decimal("1.005", Currency::EUR), Err(MoneyError::Decimals(..))));
        assert!(matches!(Money::parse_decimal("1,5", Currency::EUR), Err(MoneyError::Amount(_))));
        assert!(matches!(Money::parse_decimal("", Currency::EUR), Err(MoneyError::Amount(_))));
        assert!(matches!(Money::parse_decimal("99999999999999999999", Currency::EUR), Err(MoneyError::Overflow)));
    }

    #[test]
    fn currencies_do_not_mix() {
        assert!(eur(1).plus(Money::new(1, Currency::USD)).is_err());
        assert_eq!(eur(1).partial_cmp(&Money::new(1, Currency::USD)), None);
    }

    #[test]
    fn shares_round_half_away_from_zero() {
        assert_eq!(eur(50).basis_points(100), Ok(eur(1)));
        assert_eq!(eur(49).basis_points(100), Ok(eur(0)));
        assert_eq!(eur(-50).basis_points(100), Ok(eur(-1)));
    }

    proptest! {
        #[test]
        fn a_decimal_survives_its_text(minor in -1_000_000_000_i64..1_000_000_000) {
            let money = eur(minor);
            prop_assert_eq!(Money::parse_decimal(&money.to_decimal(), Currency::EUR), Ok(money));
        }

        #[test]
        fn parts_add_up_to_the_whole(
            minor in -1_000_000_000_i64..1_000_000_000,
            weights in proptest::collection::vec(0_u64..1_000_000, 1..50),
        ) {
            let parts = eur(minor).split(&weights);
            prop_assert_eq!(parts.iter().map(|part| part.minor).sum::<i64>(), minor);
        }

        #[test]
        fn an_equal_split_differs_by_one_minor_unit_at_most(minor in 0_i64..1_000_000, count in 1_usize..40) {
            let parts = eur(minor).split(&vec![1; count]);
            let least = parts.iter().map(|part| part.minor).min().unwrap_or(0);
            let most = parts.iter().map(|part| part.minor).max().unwrap_or(0);
            prop_assert!(most - least <= 1);
        }
    }
}
