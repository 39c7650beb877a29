//! An item as HTML, for the inside of feeds: the editor's note first, then what is quoted, then whose it is.

use crate::domain::channel::{Correction, Item, Picture};
use crate::domain::escape::{attribute, text};
use crate::domain::text::Prose;
use crate::domain::time::Timestamp;

use super::address;

/// Stands before what an editor wrote, so that nobody takes it for the article's words.
pub const NOTE_LABEL: &str = "Editor’s note:";
/// Stands before what was put right.
const CORRECTION_LABEL: &str = "Correction";
/// Says that something was put right, and nothing more.
const CORRECTED_LABEL: &str = "Corrected on";

/// Note and excerpt.
pub fn short(item: &Item) -> String {
    let mut html = note(&item.note);
    html.push_str(&quotation(item));
    if html.is_empty() {
        html.push_str(&attribution(item));
    }
    html
}

/// Note, picture, excerpt, attribution and correction.
pub fn full(item: &Item) -> String {
    let mut html = note(&item.note);
    html.extend(item.picture.as_ref().map(picture));
    html.push_str(&quotation(item));
    html.push_str(&attribution(item));
    html.extend(item.correction.as_ref().map(correction));
    html
}

/// A day for people, in UTC: `2 March 2026`.
pub fn day(at: Timestamp) -> String {
    at.to_jiff().strftime("%-d %B %Y").to_string()
}

fn note(note: &Prose) -> String {
    let mut html = String::new();
    for (number, paragraph) in note.paragraphs().enumerate() {
        let label = if number == 0 {
            format!("<strong>{NOTE_LABEL}</strong> ")
        } else {
            String::new()
        };
        html.push_str(&format!("<p dir=\"auto\">{label}{}</p>", text(paragraph)));
    }
    html
}

fn picture(picture: &Picture) -> String {
    format!(
        "<p><img src=\"{}\" alt=\"{}\"></p>",
        attribute(&address::strict(&picture.link)),
        attribute(picture.alt.as_str())
    )
}

fn quotation(item: &Item) -> String {
    if item.excerpt.is_empty() {
        return String::new();
    }
    let cite = item.link.as_ref().map_or_else(String::new, |link| {
        format!(" cite=\"{}\"", attribute(&address::strict(link)))
    });
    let language = item.language.as_ref().map_or_else(String::new, |language| {
        format!(" lang=\"{}\"", attribute(language.as_str()))
    });
    let paragraphs = item.excerpt.paragraphs();
    let paragraphs: Vec<String> = paragraphs
        .map(|paragraph| format!("<p>{}</p>", text(paragraph)))
        .collect();
    let paragraphs = paragraphs.concat();
    format!("<blockquote{cite}{language} dir=\"auto\">{paragraphs}</blockquote>")
}

/// Who published the article, who wrote it, and when: with its link, and with a date that programs read.
fn attribution(item: &Item) -> String {
    let shown = item.attributed_to().unwrap_or(&item.headline);
    let outlet = match &item.link {
        Some(link) => format!(
            "<a href=\"{}\"><cite>{}</cite></a>",
            attribute(&address::strict(link)),
            text(shown.as_str())
        ),
        None => format!("<cite>{}</cite>", text(shown.as_str())),
    };
    let mut parts = vec![outlet];
    if !item.byline.is_empty() {
        parts.push(text(item.byline.as_str()).into_owned());
    }
    parts.extend(item.dated.map(time));
    format!("<p dir=\"auto\">{}</p>", parts.join(" · "))
}

fn correction(correction: &Correction) -> String {
    let date = time(correction.at);
    if correction.text.is_empty() {
        return format!("<p><strong>{CORRECTED_LABEL} {date}.</strong></p>");
    }
    let mut html = String::new();
    for (number, paragraph) in correction.text.paragraphs().enumerate() {
        let label = if number == 0 {
            format!("<strong>{CORRECTION_LABEL}, {date}:</strong> ")
        } else {
            String::new()
        };
        html.push_str(&format!("<p dir=\"auto\">{label}{}</p>", text(paragraph)));
    }
    html
}

/// What stands before the words on a correction, and those words: for the formats that say the day in words only.
pub fn corrected(correction: &Correction) -> (String, &Prose) {
    let day = day(correction.at);
    if correction.text.is_empty() {
        (format!("{CORRECTED_LABEL} {day}."), &correction.text)
    } else {
        (format!("{CORRECTION_LABEL}, {day}:"), &correction.text)
    }
}

fn time(at: Timestamp) -> String {
    format!("<time datetime=\"{at}\">{}</time>", day(at))
}
