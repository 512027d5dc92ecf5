use souk_types::Fault;

/// Bytes of a key: what S3 takes, less a prefix.
const KEY_BYTES_MAX: usize = 800;
/// Bytes of one of its names: what file systems take, less an ending.
const NAME_BYTES_MAX: usize = 240;
/// The ending of what is being written.
pub(crate) const UNFINISHED: &str = ".part";

/// Refuses what is no key: names with `/` between them, none of which leads out of the folder.
pub(crate) fn checked(key: &str) -> Result<(), Fault> {
    if key.len() <= KEY_BYTES_MAX && key.split('/').all(is_name) {
        Ok(())
    } else {
        Err(Fault::internal(format!("{key:?} is no key of a file")))
    }
}

fn is_name(name: &str) -> bool {
    let leads_away = matches!(name, "" | "." | "..") || name.contains('\\') || name.contains(char::is_control);
    !leads_away && name.len() <= NAME_BYTES_MAX && !name.ends_with(UNFINISHED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stays_within_the_folder() {
        for key in ["images/ab/abcd.orig", "search/copy-1/index/.managed.json", "imports/Ma liste.csv", "a"] {
            checked(key).unwrap();
        }
        let long = "x".repeat(NAME_BYTES_MAX + 1);
        let wrong = ["", "/etc/passwd", "a/", "a//b", "..", "a/../b", "./a", "a\\b", "a\nb", "a\0", "a/b.part", &long];
        for key in wrong {
            assert!(checked(key).is_err(), "{key:?}");
        }
    }
}
