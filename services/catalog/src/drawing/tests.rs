use super::{KINDS, placeholder, svg};

/// Size of a picture, bytes.
const SIZE_MAX: usize = 8 * 1024;

const COLOURS: [&str; 4] = ["2f5d62:e8b04b", "ffffff:000000", "000000:ffffff", "C8553D:F2D0A4"];

/// Every kind in several colours and many variations.
fn pictures() -> impl Iterator<Item = (String, String)> {
    let described = |kind: &'static str| {
        COLOURS.iter().flat_map(move |colours| (0..12).map(move |seed| format!("{kind}:{colours}:{seed}")))
    };
    KINDS.iter().copied().flat_map(described).map(|description| {
        let picture = svg(&description).unwrap_or_else(|| panic!("{description} is not drawn"));
        (description, picture)
    })
}

/// Panics unless every element is closed in order and every attribute is quoted.
fn check_form(name: &str, picture: &str) {
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>"), "{name}: {picture}");
    let mut open = Vec::new();
    for piece in picture.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap_or_else(|| panic!("{name}: <{piece} has no end"));
        assert!(text.is_empty(), "{name}: text after <{tag}>");
        assert_eq!(tag.matches('"').count() % 2, 0, "{name}: quotes of <{tag}>");
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "{name}: </{closed}>");
        } else if !tag.ends_with('/') {
            open.push(tag.split(' ').next().unwrap());
        }
    }
    assert!(open.is_empty(), "{name}: {open:?} left open");
}

#[test]
fn every_kind_is_drawn_well_formed_and_small() {
    for (description, picture) in pictures() {
        check_form(&description, &picture);
        assert!(picture.len() < SIZE_MAX, "{description}: {} bytes", picture.len());
    }
}

#[test]
fn every_reference_is_to_something_in_the_picture() {
    for (description, picture) in pictures() {
        for reference in picture.split("url(#").skip(1) {
            let name = reference.split(')').next().unwrap();
            let defined = picture.matches(&format!(r#"id="{name}""#)).count();
            assert_eq!(defined, 1, "{description}: #{name}");
        }
    }
}

#[test]
fn nothing_is_loaded_or_run() {
    for (description, picture) in pictures() {
        let drawn = picture.replace("http://www.w3.org/2000/svg", "");
        for word in ["http", "href", "script", "style", "data:", " on"] {
            assert!(!drawn.contains(word), "{description}: {word}");
        }
    }
}

#[test]
fn the_same_description_gives_the_same_picture() {
    assert!(pictures().zip(pictures()).all(|(first, second)| first == second));
}

#[test]
fn every_kind_is_a_picture_of_its_own() {
    let mut drawn: Vec<_> = KINDS.iter().map(|kind| svg(&format!("{kind}:2f5d62:e8b04b:1"))).collect();
    drawn.sort();
    drawn.dedup();
    assert_eq!(drawn.len(), KINDS.len());
}

#[test]
fn seed_and_colours_change_the_picture() {
    for kind in KINDS {
        let picture = |rest: &str| svg(&format!("{kind}:{rest}"));
        assert_ne!(picture("2f5d62:e8b04b:1"), picture("2f5d62:e8b04b:2"), "{kind}: seed");
        assert_ne!(picture("2f5d62:e8b04b:1"), picture("c8553d:e8b04b:1"), "{kind}: base");
        assert_ne!(picture("2f5d62:e8b04b:1"), picture("2f5d62:3a3a8c:1"), "{kind}: accent");
    }
}

#[test]
fn nonsense_is_not_drawn() {
    for nonsense in [
        "",
        "mug",
        "mug:2f5d62",
        "mug:2f5d62:e8b04b",
        "mug:2f5d62:e8b04b:",
        "mug:2f5d62:e8b04b:x",
        "mug:2f5d62:e8b04b:+1",
        "mug:2f5d62:e8b04b:-1",
        "mug:2f5d62:e8b04b:4294967296",
        "mug:2f5d62:e8b04b:1:",
        "mug:2f5d6:e8b04b:1",
        "mug:#2f5d62:e8b04b:1",
        "mug:+f5d62:e8b04b:1",
        "mug:éé62:e8b04b:1",
        "Mug:2f5d62:e8b04b:1",
        " mug:2f5d62:e8b04b:1",
        "submarine:2f5d62:e8b04b:1",
    ] {
        assert_eq!(svg(nonsense), None, "{nonsense:?}");
    }
}

#[test]
fn placeholders_are_well_formed_steady_and_varied() {
    let drawn: Vec<_> = (0..40).map(|number| placeholder(&format!("product {number}"))).collect();
    for (number, picture) in drawn.iter().enumerate() {
        check_form("placeholder", picture);
        assert_eq!(*picture, placeholder(&format!("product {number}")));
    }
    assert!(drawn.iter().any(|picture| picture != &drawn[0]));
    check_form("placeholder of nothing", &placeholder(""));
}
