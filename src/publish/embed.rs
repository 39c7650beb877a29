//! The box that other sites show: a page for a frame, a fragment for a page, and the script that fetches the one or sizes the
//! other.

use crate::domain::channel::{Channel, Item, Picture};
use crate::domain::escape::{attribute, text};
use crate::domain::link::Link;
use crate::domain::text::{Language, Prose};

use super::content::{NOTE_LABEL, corrected, day};

/// Items in a box that asks for no number.
pub const COUNT_DEFAULT: usize = 5;
/// Items in a box at the most.
pub const COUNT_MAX: usize = 20;
/// How wide pictures are, in pixels.
const PICTURE_WIDTH: usize = 160;
/// For the pages of other sites: the element `docent-box`, and the height of frames that hold a box.
pub const SCRIPT: &str = include_str!("box.js");
/// Inside the page for a frame: tells the page around it how high it is.
pub const FRAME_SCRIPT: &str = include_str!("box_frame.js");
/// How the page for a frame looks.
pub const FRAME_STYLE: &str = include_str!("box_frame.css");

/// How much a box shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    /// The first so many items.
    pub count: usize,
    /// Whether items come with their pictures.
    pub pictures: bool,
}

/// Light or dark, whatever the reader prefers: for sites that know only one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Theme {
    /// Dark letters on light ground.
    Light,
    /// Light letters on dark ground.
    Dark,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            count: COUNT_DEFAULT,
            pictures: false,
        }
    }
}

/// The page for a frame.
pub fn frame(channel: &Channel, shape: Shape, theme: Option<Theme>) -> String {
    let theme = match theme {
        Some(Theme::Light) => " class=\"light\"",
        Some(Theme::Dark) => " class=\"dark\"",
        None => "",
    };
    format!(
        "<!doctype html>\n<html{lang}{theme}>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <base target=\"_top\">\n<style>{FRAME_STYLE}</style>\n</head>\n<body>\n{fragment}<script>{FRAME_SCRIPT}</script>\n\
         </body>\n</html>\n",
        lang = lang(channel.language.as_ref()),
        title = text(channel.title.as_str()),
        fragment = fragment(channel, shape),
    )
}

/// The items as a piece of HTML without style or script: the page that takes it says how it looks.
pub fn fragment(channel: &Channel, shape: Shape) -> String {
    let items = channel.items.iter().take(shape.count);
    let items: String = items
        .map(|own| {
            let shown = own
                .picture
                .as_ref()
                .filter(|picture| shape.pictures && picture.can_be_shown(&channel.publisher));
            item(own, shown)
        })
        .collect();
    let items = if items.is_empty() {
        "<p class=\"docent-empty\">Nothing has been published yet.</p>\n".to_owned()
    } else {
        format!("<ol class=\"docent-items\">\n{items}</ol>\n")
    };
    format!(
        "<section class=\"docent\"{lang}>\n<h2 class=\"docent-title\" dir=\"auto\"><a href=\"{page}\">{title}</a></h2>\n{items}</section>\n",
        lang = lang(channel.language.as_ref()),
        page = attribute(channel.page.as_str()),
        title = text(channel.title.as_str()),
    )
}

fn item(item: &Item, shown: Option<&Picture>) -> String {
    let headline = linked(Some(item.target()), item.headline.as_str());
    let language = lang(item.headline_language.as_ref());
    let mut html =
        format!("<li class=\"docent-item\">\n<h3 class=\"docent-headline\"{language} dir=\"auto\">{headline}</h3>\n");
    html.extend(shown.map(picture));
    html.push_str(&paragraphs("docent-note", "", Some(NOTE_LABEL), &item.note));
    html.push_str(&paragraphs(
        "docent-excerpt",
        &lang(item.language.as_ref()),
        None,
        &item.excerpt,
    ));
    let at = item.dated.unwrap_or(item.published);
    let outlet = item.attributed_to().map_or_else(String::new, |outlet| {
        format!(
            "<span class=\"docent-outlet\" dir=\"auto\">{}</span> · ",
            text(outlet.as_str())
        )
    });
    html.push_str(&format!(
        "<p class=\"docent-about\">{outlet}<time datetime=\"{at}\">{}</time></p>\n",
        day(at)
    ));
    if let Some(correction) = &item.correction {
        let (label, words) = corrected(correction);
        if words.is_empty() {
            html.push_str(&format!(
                "<p class=\"docent-correction\"><strong>{}</strong></p>\n",
                text(&label)
            ));
        }
        html.push_str(&paragraphs("docent-correction", "", Some(&label), words));
    }
    html.push_str("</li>\n");
    html
}

/// So wide that it stands beside a text or above it, whatever the page around it says of pictures.
fn picture(picture: &Picture) -> String {
    format!(
        "<img class=\"docent-picture\" src=\"{}\" alt=\"{}\" width=\"{PICTURE_WIDTH}\" loading=\"lazy\" decoding=\"async\" \
         referrerpolicy=\"no-referrer\">\n",
        attribute(picture.link.as_str()),
        attribute(picture.alt.as_str())
    )
}

fn paragraphs(class: &str, lang: &str, label: Option<&str>, prose: &Prose) -> String {
    let mut html = String::new();
    for (number, paragraph) in prose.paragraphs().enumerate() {
        let label = label
            .filter(|_| number == 0)
            .map_or_else(String::new, |label| format!("<strong>{}</strong> ", text(label)));
        html.push_str(&format!(
            "<p class=\"{class}\"{lang} dir=\"auto\">{label}{}</p>\n",
            text(paragraph)
        ));
    }
    html
}

fn linked(link: Option<&Link>, shown: &str) -> String {
    match link {
        Some(link) => format!("<a href=\"{}\">{}</a>", attribute(link.as_str()), text(shown)),
        None => text(shown).into_owned(),
    }
}

fn lang(language: Option<&Language>) -> String {
    language.map_or_else(String::new, |language| {
        format!(" lang=\"{}\"", attribute(language.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_for_other_sites_is_small() {
        assert!(SCRIPT.len() <= 2048, "{} bytes", SCRIPT.len());
    }

    #[test]
    fn what_stands_inside_style_and_script_cannot_end_them() {
        for raw in [FRAME_SCRIPT, FRAME_STYLE] {
            assert!(!raw.contains("</") && !raw.contains("<!--"));
        }
    }
}
