//! One HTML page that holds everything: tables, pictures, style.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use wgrad::report::{ImageRow, Tile, image_grid};
use wgrad::{Error, Result, write_whole};

use crate::common::prepare;

const STYLE: &str = include_str!("style.css");

/// Sections of HTML, and the folder with the pictures and tables that they show.
pub struct Page {
    out: PathBuf,
    contents: String,
    body: String,
}

impl Page {
    pub fn new(out: &Path) -> Result<Self> {
        prepare(out, &["index.html", "metrics.json"])?;
        Ok(Self { out: out.into(), contents: String::new(), body: String::new() })
    }

    /// The place of a file in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.out.join(name)
    }

    pub fn section(&mut self, id: &str, title: &str) {
        // Writing to a String cannot fail, here and below.
        let _ = write!(self.contents, "<li><a href=\"#{id}\">{title}</a></li>");
        let _ = write!(self.body, "\n<h2 id=\"{id}\">{title}</h2>\n");
    }

    pub fn heading(&mut self, title: &str) {
        let _ = writeln!(self.body, "<h3>{title}</h3>");
    }

    pub fn text(&mut self, text: &str) {
        let _ = writeln!(self.body, "<p>{text}</p>");
    }

    /// Shows a long table when asked to, and writes it as `name`.csv.
    pub fn folded_table(
        &mut self,
        name: &str,
        title: &str,
        header: &[&str],
        rows: &[Vec<String>],
    ) -> Result<()> {
        let _ = writeln!(self.body, "<details><summary>{title}</summary>");
        self.table(name, header, rows)?;
        self.body.push_str("</details>\n");
        Ok(())
    }

    /// Shows a table, and writes it as `name`.csv.
    pub fn table(&mut self, name: &str, header: &[&str], rows: &[Vec<String>]) -> Result<()> {
        let cells = |tag: &str, cells: &mut dyn Iterator<Item = &str>| {
            cells.fold(String::new(), |all, cell| format!("{all}<{tag}>{}</{tag}>", escaped(cell)))
        };
        let head = cells("th", &mut header.iter().copied());
        let body: String = rows
            .iter()
            .map(|row| format!("<tr>{}</tr>\n", cells("td", &mut row.iter().map(String::as_str))))
            .collect();
        let _ = write!(
            self.body,
            "<div class=\"wide\"><table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table></div>\n"
        );
        let quoted = |cell: &str| match cell.contains([',', '"']) {
            true => format!("\"{}\"", cell.replace('"', "\"\"")),
            false => cell.to_string(),
        };
        let line =
            |cells: &mut dyn Iterator<Item = &str>| cells.map(quoted).collect::<Vec<_>>().join(",") + "\n";
        let lines = rows.iter().map(|row| line(&mut row.iter().map(String::as_str)));
        let csv: String = std::iter::once(line(&mut header.iter().copied())).chain(lines).collect();
        self.write(&format!("{name}.csv"), csv.as_bytes())
    }

    /// Draws rows of images into a PNG of the folder and shows it.
    pub fn images(&mut self, name: &str, rows: &[ImageRow], tile: Tile, caption: &str) -> Result<()> {
        image_grid(self.file(name), rows, tile)?;
        self.picture(name, caption)
    }

    /// Shows an SVG or PNG of the folder.
    pub fn picture(&mut self, name: &str, caption: &str) -> Result<()> {
        let path = self.file(name);
        let bytes = std::fs::read(&path).map_err(|source| Error::Write { path, source })?;
        let picture = match name.ends_with(".svg") {
            true => String::from_utf8_lossy(&bytes).into_owned(),
            false => format!("<img alt=\"{caption}\" src=\"data:image/png;base64,{}\">", base64(&bytes)),
        };
        let _ =
            writeln!(self.body, "<figure><div>{picture}</div><figcaption>{caption}</figcaption></figure>");
        Ok(())
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.file(name);
        write_whole(&path, bytes)
    }

    /// Writes index.html.
    pub fn finish(&self, title: &str, about: &str) -> Result<()> {
        let Self { contents, body, .. } = self;
        let html = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\"><style>\n{STYLE}</style></head>\n\
             <body><main><h1>{title}</h1><p class=\"about\">{about}</p><nav><ol>{contents}</ol></nav>{body}</main>\
             </body></html>\n"
        );
        self.write("index.html", html.as_bytes())
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |chunk: &[u8]| {
        let bits =
            chunk.iter().chain([0; 3].iter()).take(3).fold(0, |bits, byte| bits << 8 | usize::from(*byte));
        [18, 12, 6, 0].map(|shift| char::from(DIGITS[bits >> shift & 63]))
    };
    let mut text: String = bytes.chunks(3).flat_map(group).collect();
    let padding = (3 - bytes.len() % 3) % 3;
    text.truncate(text.len() - padding);
    text + &"=".repeat(padding)
}
