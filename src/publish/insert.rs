//! A block for somebody's own mail: HTML that carries its style in itself, as mail programs want it, and plain text.

use crate::domain::channel::{Channel, Item};
use crate::domain::escape::{attribute, text};
use crate::domain::text::Prose;

use super::content::{NOTE_LABEL, corrected, day};

/// Where lines of plain text are broken, in characters.
const LINE_CHARS: usize = 72;
const FONT: &str = "font-family:Georgia,'Times New Roman',serif";
const SMALL: &str = "font-family:Arial,Helvetica,sans-serif;font-size:13px;line-height:19px;color:#645c51";

/// The block as HTML: one table, no classes, no pictures from elsewhere.
pub fn html(channel: &Channel) -> String {
    let lang = channel.language.as_ref().map_or_else(String::new, |language| {
        format!(" lang=\"{}\"", attribute(language.as_str()))
    });
    let mut rows = format!(
        "<tr><td style=\"padding:0 0 10px;border-bottom:2px solid #1e1b17\" dir=\"auto\">\
         <a href=\"{}\" style=\"{FONT};font-size:22px;line-height:28px;font-weight:bold;color:#1e1b17;text-decoration:none\">{}</a></td></tr>\n",
        attribute(channel.page.as_str()),
        text(channel.title.as_str())
    );
    for paragraph in channel.about.paragraphs() {
        rows.push_str(&format!(
            "<tr><td style=\"padding:12px 0 0\" dir=\"auto\"><p style=\"margin:0;{FONT};font-size:16px;line-height:24px;color:#1e1b17\">{}</p></td></tr>\n",
            text(paragraph)
        ));
    }
    for item in &channel.items {
        rows.push_str(&row(item));
    }
    format!(
        "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\"{lang} \
         style=\"width:100%;table-layout:fixed;word-wrap:break-word;border-collapse:collapse\">\n{rows}</table>\n"
    )
}

/// The block as plain text.
pub fn plain(channel: &Channel) -> String {
    let title = channel.title.as_str();
    let mut out = format!("{title}\n{}\n", "=".repeat(title.chars().count().min(LINE_CHARS)));
    for paragraph in channel.about.paragraphs() {
        out.push_str(&format!("\n{}\n", wrapped(paragraph)));
    }
    for item in &channel.items {
        out.push_str(&format!("\n{}\n", wrapped(item.headline.as_str())));
        out.push_str(&labelled(NOTE_LABEL, &item.note));
        for paragraph in item.excerpt.paragraphs() {
            out.push_str(&format!("{}\n", wrapped(paragraph)));
        }
        out.push_str(&format!("{}\n", wrapped(&about(item))));
        if let Some(correction) = &item.correction {
            let (label, words) = corrected(correction);
            if words.is_empty() {
                out.push_str(&format!("{label}\n"));
            }
            out.push_str(&labelled(&label, words));
        }
        out.push_str(&format!("{}\n", item.target()));
    }
    out.push_str(&format!("\n{}\n", channel.page));
    out
}

fn row(item: &Item) -> String {
    let quoted = item.language.as_ref().map_or_else(String::new, |language| {
        format!(" lang=\"{}\"", attribute(language.as_str()))
    });
    let paragraph = |lang: &str, label: &str, words: &str| {
        let label = if label.is_empty() {
            String::new()
        } else {
            format!("<strong>{}</strong> ", text(label))
        };
        format!(
            "<p style=\"margin:6px 0 0;{FONT};font-size:16px;line-height:24px;color:#1e1b17\" dir=\"auto\"{lang}>{label}{}</p>\n",
            text(words)
        )
    };
    let mut html = format!(
        "<tr><td style=\"padding:16px 0;border-bottom:1px solid #e0d9cd\">\n<p style=\"margin:0\" dir=\"auto\">\
         <a href=\"{}\" style=\"{FONT};font-size:18px;line-height:24px;font-weight:bold;color:#8c2f14;text-decoration:none\">{}</a></p>\n",
        attribute(item.target().as_str()),
        text(item.headline.as_str())
    );
    for (number, words) in item.note.paragraphs().enumerate() {
        html.push_str(&paragraph("", if number == 0 { NOTE_LABEL } else { "" }, words));
    }
    for words in item.excerpt.paragraphs() {
        html.push_str(&paragraph(&quoted, "", words));
    }
    html.push_str(&format!(
        "<p style=\"margin:6px 0 0;{SMALL}\" dir=\"auto\">{}</p>\n",
        text(&about(item))
    ));
    if let Some(correction) = &item.correction {
        let (label, text) = corrected(correction);
        if text.is_empty() {
            html.push_str(&paragraph("", &label, ""));
        }
        for (number, words) in text.paragraphs().enumerate() {
            html.push_str(&paragraph("", if number == 0 { &label } else { "" }, words));
        }
    }
    html.push_str("</td></tr>\n");
    html
}

fn about(item: &Item) -> String {
    let at = day(item.dated.unwrap_or(item.published));
    item.attributed_to()
        .map_or_else(|| at.clone(), |outlet| format!("{} · {at}", outlet.as_str()))
}

fn labelled(label: &str, prose: &Prose) -> String {
    let mut out = String::new();
    for (number, paragraph) in prose.paragraphs().enumerate() {
        let shown = if number == 0 {
            wrapped(&format!("{label} {paragraph}"))
        } else {
            wrapped(paragraph)
        };
        out.push_str(&shown);
        out.push('\n');
    }
    out
}

/// `paragraph` in lines; a word that is longer than a line has one of its own.
fn wrapped(paragraph: &str) -> String {
    let (mut out, mut length) = (String::new(), 0);
    for word in paragraph.split_whitespace() {
        let chars = word.chars().count();
        if length > 0 && length + 1 + chars > LINE_CHARS {
            out.push('\n');
            length = 0;
        } else if length > 0 {
            out.push(' ');
            length += 1;
        }
        out.push_str(word);
        length += chars;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        let long = "x".repeat(80);
        let given = format!("{} {long} b", "a ".repeat(50));
        let wrapped = wrapped(&given);
        let lines: Vec<&str> = wrapped.lines().collect();
        assert_eq!(lines.len(), 4);
        assert!(
            lines
                .iter()
                .all(|line| line.chars().count() <= LINE_CHARS || *line == long)
        );
    }
}
