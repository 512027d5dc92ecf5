//! Templates and assets: embedded, and replaceable file by file by a folder.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use minijinja::{AutoEscape, Environment, Output, State, UndefinedBehavior, Value, escape_formatter, value::Serde};
use rust_embed::RustEmbed;
use serde::Serialize;
use souk_types::Fault;

use crate::{assets::Assets, emails};

#[derive(RustEmbed)]
#[folder = "theme/"]
struct Embedded;

/// Files of a theme folder, so that a wrong path does not read a whole disk.
const FOLDER_FILES_MAX: usize = 1_000;
/// Steps from a theme folder down.
const FOLDER_DEPTH_MAX: usize = 8;
/// Where templates are in a theme.
const TEMPLATES: &str = "templates/";
/// Under this name, an embedded template can be extended by the one that takes its place.
const BUILT_IN: &str = "built-in/";

/// The shop's look.
pub struct Theme {
    templates: Environment<'static>,
    assets: Assets,
}

impl Theme {
    /// Loads the embedded theme, with the files of a folder in place of those of the same name.
    ///
    /// # Errors
    /// When the folder cannot be read, a template in it is broken (names the file and the line), or a style or script
    /// is missing.
    pub fn load(folder: Option<&Path>) -> Result<Self, Fault> {
        let files = Files::read(folder)?;
        // Messages by email are rendered elsewhere, with filters of their own.
        let templates = files.engine(|path| !path.starts_with(emails::FOLDER))?;
        Ok(Self { templates, assets: Assets::try_new(&files)? })
    }

    /// Renders a template, named by its path below `templates/`.
    ///
    /// # Errors
    /// Internal: the template does not fit what it was given.
    pub fn render(&self, template: &str, context: &impl Serialize) -> Result<String, Fault> {
        let found = self.templates.get_template(template).map_err(|error| broken(template, &error))?;
        found.render(Serde(context)).map_err(|error| broken(template, &error))
    }

    /// Styles, scripts and icons.
    pub fn assets(&self) -> &Assets {
        &self.assets
    }
}

/// Escapes texts for HTML as the engine does, but leaves slashes alone: they are harmless where everything is
/// quoted, and a page is full of them.
fn write_value(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), minijinja::Error> {
    match value.as_str() {
        Some(text) if *state.auto_escape() == AutoEscape::Html && !value.is_safe() => {
            escape(out, text).map_err(minijinja::Error::from)
        }
        _ => escape_formatter(out, state, value),
    }
}

fn escape(out: &mut Output<'_>, text: &str) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find(['<', '>', '&', '"', '\'']) {
        let (before, from) = rest.split_at(at);
        out.write_str(before)?;
        out.write_str(match from.as_bytes()[0] {
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'&' => "&amp;",
            b'"' => "&quot;",
            _ => "&#x27;",
        })?;
        rest = &from[1..];
    }
    out.write_str(rest)
}

pub fn broken(place: &str, error: &minijinja::Error) -> Fault {
    let line = error.line().map(|line| format!(" line {line}")).unwrap_or_default();
    let other = error.name().filter(|name| !place.ends_with(name)).map(|name| format!(" ({name})")).unwrap_or_default();
    let detail = error.detail().unwrap_or_default();
    Fault::internal(format!("theme: {place}{line}{other}: {} {detail}", error.kind()))
}

/// The files of the theme by path, the folder's before the embedded ones.
pub struct Files {
    folder: Option<PathBuf>,
    replaced: BTreeMap<String, Vec<u8>>,
}

impl Files {
    /// Reads the folder, if there is one.
    pub fn read(folder: Option<&Path>) -> Result<Self, Fault> {
        let mut replaced = BTreeMap::new();
        if let Some(folder) = folder {
            read_folder(folder, "", 0, &mut replaced)
                .map_err(|error| Fault::internal(format!("theme: {} cannot be read: {error}", folder.display())))?;
        }
        Ok(Self { folder: folder.map(Path::to_owned), replaced })
    }

    /// The contents of a file.
    pub fn get(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        match self.replaced.get(path) {
            Some(bytes) => Some(Cow::Borrowed(bytes)),
            None => Embedded::get(path).map(|file| file.data),
        }
    }

    /// An engine for those templates whose path below `templates/` is its own. The folder's are read now, so that a broken
    /// one is named at the start; the embedded ones, which tests have read, when they are first used.
    pub fn engine(&self, is_its_own: fn(&str) -> bool) -> Result<Environment<'static>, Fault> {
        let mut engine = Environment::new();
        engine.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        engine.set_formatter(write_value);
        engine.set_loader(move |name| {
            let path = name.strip_prefix(BUILT_IN).unwrap_or(name);
            let file = is_its_own(path).then(|| Embedded::get(&format!("{TEMPLATES}{path}"))).flatten();
            Ok(file.map(|file| String::from_utf8_lossy(&file.data).into_owned()))
        });
        for (path, bytes) in &self.replaced {
            if let Some(name) = path.strip_prefix(TEMPLATES).filter(|name| is_its_own(name)) {
                engine
                    .add_template_owned(name.to_owned(), String::from_utf8_lossy(bytes).into_owned())
                    .map_err(|error| broken(&self.place(path), &error))?;
            }
        }
        Ok(engine)
    }

    /// Where a file really lies, for messages.
    pub fn place(&self, path: &str) -> String {
        match &self.folder {
            Some(folder) if self.replaced.contains_key(path) => folder.join(path).display().to_string(),
            _ => path.to_owned(),
        }
    }
}

fn read_folder(folder: &Path, prefix: &str, depth: usize, files: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        if entry.file_type()?.is_dir() {
            if depth < FOLDER_DEPTH_MAX {
                read_folder(&entry.path(), &path, depth + 1, files)?;
            }
        } else if files.len() < FOLDER_FILES_MAX {
            files.insert(path, fs::read(entry.path())?);
        } else {
            return Err(io::Error::other(format!("there are more than {FOLDER_FILES_MAX} files in it")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(path: &str, text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
        folder
    }

    #[test]
    fn the_embedded_templates_can_be_read() {
        let engine = Files::read(None).unwrap().engine(|_| true).unwrap();
        let names: Vec<_> = Embedded::iter().filter(|path| path.starts_with(TEMPLATES)).collect();
        assert!(names.len() > 50, "{names:?}");
        for path in names {
            engine.get_template(&path[TEMPLATES.len()..]).unwrap();
        }
    }

    #[test]
    fn a_file_of_the_folder_takes_the_place_of_the_embedded_one() {
        let folder = folder_with("templates/error.html", "mine: {{ title }}");
        let theme = Theme::load(Some(folder.path())).unwrap();
        let html = theme.render("error.html", &BTreeMap::from([("title", "<b>'/\"&é")])).unwrap();
        assert_eq!(html, "mine: &lt;b&gt;&#x27;/&quot;&amp;é");
    }

    #[test]
    fn a_template_can_extend_the_one_whose_place_it_takes() {
        let mine = r#"{% extends "built-in/layout.html" %}{% block footer %}my footer{% endblock %}"#;
        let folder = folder_with("templates/layout.html", mine);
        let theme = Theme::load(Some(folder.path())).unwrap();
        let page = serde_json::json!({
            "shop": {"name": "Mine", "currency": "EUR"}, "assets": {"css": "/a.css", "js": "/a.js"}, "canonical": "/gone",
            "news_url": "/feeds/new.xml", "nav": [], "structured_data": [],
            "error": {"status": 404, "title": "Gone", "message": "It is gone.", "advice": []},
        });
        let html = theme.render("error.html", &page).unwrap();
        assert!(html.contains("my footer") && html.contains("It is gone."), "{html}");
        assert!(html.contains("site-header") && !html.contains("site-footer"), "{html}");
    }

    #[test]
    fn a_broken_template_is_named_with_its_line_at_the_start() {
        let folder = folder_with("templates/home.html", "fine\n{% if %}\n");
        let fault = Theme::load(Some(folder.path())).err().unwrap();
        let text = fault.internal.unwrap();
        assert!(text.contains("templates/home.html line 2"), "{text}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        assert!(Theme::load(Some(Path::new("/nonexistent/theme"))).is_err());
    }
}
