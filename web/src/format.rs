//! How money, times and pictures are shown, in one place.

use souk_contracts::{
    catalog::{IMAGE_WIDTHS, Image},
    places,
};
use souk_types::{Currency, Money, Timestamp};

use crate::view::{ImageView, MoneyView, TimeView};

/// Pixels of the picture that is shown when a browser knows no `srcset`.
const IMAGE_WIDTH: u32 = 800;
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTHS_LONG: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// An amount for a page.
pub fn money(amount: Money) -> MoneyView {
    MoneyView { text: money_text(amount), minor: amount.minor, currency: amount.currency.to_string() }
}

/// `€1,234.50`, `-$3.00`, `CHF 12.00`.
pub fn money_text(amount: Money) -> String {
    let decimal = amount.to_decimal();
    let (sign, digits) = decimal.strip_prefix('-').map_or(("", decimal.as_str()), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut text = String::with_capacity(digits.len() + 8);
    text.push_str(sign);
    let symbol = symbol(amount.currency);
    text.push_str(symbol.unwrap_or(amount.currency.as_str()));
    if symbol.is_none() {
        text.push('\u{a0}');
    }
    push_grouped(&mut text, whole);
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// The sign of a currency, where it has one that is not also another's.
pub fn symbol(currency: Currency) -> Option<&'static str> {
    Some(match currency.as_str() {
        "EUR" => "€",
        "USD" => "$",
        "GBP" => "£",
        "INR" => "₹",
        "JPY" => "¥",
        "KRW" => "₩",
        "BRL" => "R$",
        "AUD" => "A$",
        "CAD" => "C$",
        _ => return None,
    })
}

/// A whole number with separators: `12,000`.
pub fn count(number: u64) -> String {
    let mut text = String::new();
    push_grouped(&mut text, &number.to_string());
    text
}

/// `1 product`, `128 products`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

fn push_grouped(text: &mut String, digits: &str) {
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
}

/// A number of bytes in whole units: `64 KB`, `62 MB`, `1 GB`.
pub fn size(bytes: u64) -> String {
    let units = ["KB", "MB", "GB"];
    let (mut number, mut unit) = (bytes / 1024, 0);
    while number >= 1024 && number.is_multiple_of(1024) && unit + 1 < units.len() {
        number /= 1024;
        unit += 1;
    }
    format!("{number} {}", units[unit])
}

/// An instant for a page, in UTC.
pub fn time(at: Timestamp) -> TimeView {
    let zoned = at.to_zoned();
    let text = format!("{}, {:02}:{:02}", day_text(at), zoned.hour(), zoned.minute());
    TimeView { text, iso: at.to_string() }
}

/// `Sun, 22 Nov 2026 20:54:14 +0000`, as RFC 2822 writes it.
pub fn rfc2822(at: Timestamp) -> String {
    at.to_zoned().strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}

/// `22 Nov 2026`.
pub fn day_text(at: Timestamp) -> String {
    let zoned = at.to_zoned();
    format!("{} {} {}", zoned.day(), month(&MONTHS, zoned.month()), zoned.year())
}

/// `22 November`.
pub fn day_long(at: Timestamp) -> String {
    let zoned = at.to_zoned();
    format!("{} {}", zoned.day(), month(&MONTHS_LONG, zoned.month()))
}

fn month(names: &[&'static str; 12], number: i8) -> &'static str {
    usize::try_from(number - 1).ok().and_then(|index| names.get(index)).copied().unwrap_or("?")
}

/// A picture for a page; `alt` falls back to what the page says it shows.
pub fn image(image: &Image, alt: &str) -> ImageView {
    let alt = if image.alt.is_empty() { alt } else { &image.alt };
    let (src, srcset) = if image.drawn {
        (image_url(image, IMAGE_WIDTH), String::new())
    } else {
        (image_url(image, IMAGE_WIDTH), srcset(image))
    };
    ImageView { src, srcset, alt: alt.to_owned(), width: image.width.max(1), height: image.height.max(1) }
}

/// The address of a picture in one of the widths.
pub fn image_url(image: &Image, width: u32) -> String {
    let ending = if image.drawn { "svg" } else { "webp" };
    format!("/images/{}-{width}.{ending}", image.hash)
}

/// The same in a form that not only browsers can show.
pub fn plain_image_url(image: &Image, width: u32) -> String {
    let ending = if image.drawn { "svg" } else { "jpg" };
    format!("/images/{}-{width}.{ending}", image.hash)
}

/// All widths up to the first that is as wide as the original.
fn srcset(image: &Image) -> String {
    let narrower = IMAGE_WIDTHS.iter().take_while(|width| **width < image.width).count();
    let widths = IMAGE_WIDTHS.iter().take(narrower + 1);
    widths.map(|width| format!("{} {width}w", image_url(image, *width))).collect::<Vec<_>>().join(", ")
}

/// The name of a country, or the code of one that there is not.
pub fn country(code: &str) -> &str {
    places::country_name(code).unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(minor: i64, currency: &str) -> String {
        money_text(Money::new(minor, currency.parse().unwrap()))
    }

    #[test]
    fn money_is_shown_as_its_currency_writes_it() {
        assert_eq!(text(1_250, "EUR"), "€12.50");
        assert_eq!(text(-300, "USD"), "-$3.00");
        assert_eq!(text(123_456_789, "GBP"), "£1,234,567.89");
        assert_eq!(text(1_200, "JPY"), "¥1,200");
        assert_eq!(text(1_200, "CHF"), "CHF\u{a0}12.00");
        assert_eq!(text(5, "EUR"), "€0.05");
    }

    #[test]
    fn a_time_is_shown_with_day_and_minute() {
        let at = Timestamp::from_micros(1_795_380_854_000_000);
        assert_eq!(time(at).text, "22 Nov 2026, 20:54");
        assert_eq!(time(at).iso, "2026-11-22T20:54:14Z");
        assert_eq!(rfc2822(at), "Sun, 22 Nov 2026 20:54:14 +0000");
    }

    #[test]
    fn a_picture_is_offered_in_no_more_widths_than_it_has() {
        let picture = Image { hash: "ab".into(), width: 900, height: 600, alt: String::new(), drawn: false };
        let shown = image(&picture, "A bag");
        assert_eq!(
            shown.srcset,
            "/images/ab-160.webp 160w, /images/ab-400.webp 400w, /images/ab-800.webp 800w, /images/ab-1600.webp 1600w"
        );
        assert_eq!(shown.alt, "A bag");
        let drawn = image(&Image { drawn: true, ..picture }, "");
        assert_eq!((drawn.src.as_str(), drawn.srcset.as_str()), ("/images/ab-800.svg", ""));
    }

    #[test]
    fn counts_have_separators_and_a_plural() {
        assert_eq!(counted(1, "product", "products"), "1 product");
        assert_eq!(counted(12_000, "product", "products"), "12,000 products");
    }
}
