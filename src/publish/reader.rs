//! A feed as a program that reads feeds shows it: title, date, and the very HTML that the feed carries. For previews.

use super::content::{day, full};
use crate::domain::channel::Channel;
use crate::domain::escape::{attribute, text};

/// The page, with the style sheet that lies at `style`.
pub fn page(channel: &Channel, style: &str) -> String {
    let mut items = String::new();
    for item in &channel.items {
        items.push_str(&format!(
            "<li><article><h2 dir=\"auto\"><a href=\"{}\">{}</a></h2><p class=\"about\">{}</p>{}</article></li>\n",
            attribute(item.target().as_str()),
            text(item.headline.as_str()),
            day(item.published),
            full(item)
        ));
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<link rel=\"stylesheet\" href=\"{style}\">\n</head>\n<body>\n<main class=\"reading\">\n<header><h1 dir=\"auto\">{title}</h1></header>\n\
         <ol>\n{items}</ol>\n</main>\n</body>\n</html>\n",
        title = text(channel.title.as_str()),
        style = attribute(style),
    )
}
