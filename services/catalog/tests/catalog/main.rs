//! The catalogue through its trait, on both engines.

#[cfg(test)]
mod bulk_edits;
#[cfg(test)]
mod collections;
#[cfg(test)]
mod exports;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod images;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod products;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod sorting;
#[cfg(test)]
mod words;
