//! Pages that need nothing else: style, script and data are in them.

use crate::failure::Failure;
use serde::Serialize;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What is on a page.
pub(crate) struct Page<'a> {
    pub(crate) title: &'a str,
    pub(crate) about: &'a str,
    pub(crate) style: &'a str,
    pub(crate) script: &'a str,
    pub(crate) body: &'a str,
}

impl Page<'_> {
    pub(crate) fn html(&self) -> String {
        include_str!("page/page.html")
            .replace("{{title}}", &escape(self.title))
            .replace("{{about}}", &escape(self.about))
            .replace("{{style}}", self.style)
            .replace("{{script}}", self.script)
            .replace("{{body}}", self.body)
    }
}

/// Data for the script of a page.
pub(crate) fn data(data: &impl Serialize) -> String {
    format!("<script type=\"application/json\">{}</script>\n", for_script(data))
}

/// Data, in a script.
pub(crate) fn for_script(data: &impl Serialize) -> String {
    // A script ends at the first such tag, wherever it stands.
    serde_json::to_string(data).expect("plain data").replace("</", "<\\/")
}

/// A file for a page. It is opened before the work begins, so that nobody waits for a page that
/// cannot be written, and keeps what it has until there is something new.
pub(crate) struct Target {
    path: PathBuf,
    file: fs::File,
}

impl Target {
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let file = fs::File::options().write(true).create(true).truncate(false).open(path);
        let file = file.map_err(|error| cannot(path, &error))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Replaces what was there. Returns what to tell the user.
    pub(crate) fn write(mut self, page: &str) -> Result<String, Failure> {
        self.file.write_all(page.as_bytes()).map_err(|error| cannot(&self.path, &error))?;
        // What is no file of the disk has no length that could be set.
        let _ = self.file.set_len(page.len() as u64);
        Ok(format!("Open {} in a browser.", self.path.display()))
    }
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn cannot(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Files(format!("cannot write {}: {error}", path.display()))
}
