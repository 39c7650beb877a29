//! What a page lists, as search engines read it: schema.org `ItemList` in JSON-LD.

use serde::Serialize;

use crate::domain::channel::{Channel, Item};
use crate::domain::escape::json_in_script;
use crate::domain::text::{Language, Line};

use super::address;

#[derive(Serialize)]
struct ItemList<'a> {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@type")]
    kind: &'static str,
    name: &'a str,
    url: &'a str,
    #[serde(rename = "itemListOrder")]
    order: &'static str,
    #[serde(rename = "numberOfItems")]
    count: usize,
    #[serde(rename = "itemListElement")]
    elements: Vec<ListItem<'a>>,
}

#[derive(Serialize)]
struct ListItem<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    position: usize,
    item: Article<'a>,
}

#[derive(Serialize)]
struct Article<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    url: String,
    headline: &'a str,
    #[serde(rename = "inLanguage", skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(rename = "datePublished", skip_serializing_if = "Option::is_none")]
    dated: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    publisher: Option<Named<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<Named<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    keywords: Vec<&'a str>,
}

#[derive(Serialize)]
struct Named<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    name: &'a str,
}

/// The items of `channel` in their order, for the inside of a `script` element. `url` is the page that shows them.
pub fn item_list(channel: &Channel, url: &str) -> String {
    let list = ItemList {
        context: "https://schema.org",
        kind: "ItemList",
        name: channel.title.as_str(),
        url,
        order: "https://schema.org/ItemListOrderDescending",
        count: channel.items.len(),
        elements: (1..).zip(&channel.items).map(element).collect(),
    };
    let json = serde_json::to_string(&list).expect("names and texts have no failing serialiser");
    json_in_script(&json).into_owned()
}

fn element((position, item): (usize, &Item)) -> ListItem<'_> {
    ListItem {
        kind: "ListItem",
        position,
        item: Article {
            kind: "Article",
            url: address::strict(item.target()).into_owned(),
            headline: item.headline.as_str(),
            language: item.language.as_ref().map(Language::as_str),
            dated: item.dated.map(|at| at.to_string()),
            publisher: item.attributed_to().map(|outlet| Named {
                kind: "Organization",
                name: outlet.as_str(),
            }),
            author: Some(item.byline.as_str())
                .filter(|byline| !byline.is_empty())
                .map(|name| Named { kind: "Person", name }),
            image: item
                .picture
                .as_ref()
                .map(|picture| address::strict(&picture.link).into_owned()),
            keywords: item.topics.iter().map(Line::as_str).collect(),
        },
    }
}
