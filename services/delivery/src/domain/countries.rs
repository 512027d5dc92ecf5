/// The member states of the European Union.
pub const EUROPEAN_UNION: &str = "\
AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK";

/// The single codes of a list.
pub fn codes(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split(' ')
}
