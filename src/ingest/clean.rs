//! Foreign HTML into HTML we dare to show, and into plain text.

use crate::domain::link::Link;
use crate::domain::text::CleanHtml;

/// Cleans `raw`, with its addresses made absolute against `base`.
pub fn html(raw: &str, base: &Link) -> CleanHtml {
    let cleaned = ammonia::Builder::default()
        .url_relative(ammonia::UrlRelative::RewriteWithBase(base.url().clone()))
        .clean(raw);
    CleanHtml::trusted(cleaned.to_string())
}

/// The words of `raw`: tags gone, references resolved once, a line for each block, no control characters.
pub fn text(raw: &str) -> String {
    scraper::Html::parse_fragment(raw).root_element().text().collect()
}
