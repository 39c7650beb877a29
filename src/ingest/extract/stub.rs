//! Stub.
#![expect(missing_docs, reason = "stub")]
use crate::domain::article::*;
use crate::domain::link::Link;
use crate::domain::text::*;
pub struct OwnedPage { pub bytes: Vec<u8>, pub content_type: Option<String>, pub link: Link }
pub struct OwnedHints { pub language: Option<Language>, pub title: Option<String>, pub content: Option<CleanHtml>, pub keep: Vec<String>, pub drop: Vec<String> }
pub struct Extractors;
impl Extractors {
    pub fn start(_: usize) -> anyhow::Result<Self> { Ok(Self) }
    pub async fn run(&self, page: OwnedPage, _: OwnedHints) -> Extract {
        let raw = String::from_utf8_lossy(&page.bytes).into_owned();
        let text = crate::ingest::clean::text(&raw);
        Extract { title: String::new(), byline: None, published: None, updated: None, site_name: None, language: language_of("", &text, None), canonical: None, image: None, excerpt: excerpt(&text), words: 100, html: crate::ingest::clean::html(&raw, &page.link), text, agreement: None, paywalled: false }
    }
}
pub fn canonical(page: &Link, _: Option<&Link>) -> Link { page.canonical() }
pub fn excerpt(text: &str) -> String { text.chars().take(200).collect() }
pub fn language_of(_: &str, _: &str, declared: Option<&Language>) -> Option<(Language, LanguageFrom)> { declared.map(|l| (l.clone(), LanguageFrom::Declared)) }
