//! JSON Feed 1.1.

use serde::Serialize;

use crate::domain::channel::{Channel, Document, Format, Item};
use crate::domain::text::{Language, Line};

use super::{address, content, plain};

const VERSION: &str = "https://jsonfeed.org/version/1.1";
/// Where our own members are described, below the outer address.
const ABOUT: &str = "api";

#[derive(Serialize)]
struct FeedObject<'a> {
    version: &'static str,
    title: String,
    home_page_url: String,
    feed_url: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    authors: Vec<AuthorObject>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hubs: Vec<HubObject>,
    items: Vec<ItemObject<'a>>,
}

#[derive(Serialize)]
struct AuthorObject {
    name: String,
}

#[derive(Serialize)]
struct HubObject {
    #[serde(rename = "type")]
    kind: &'static str,
    url: String,
}

#[derive(Serialize)]
struct ItemObject<'a> {
    id: &'a str,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_url: Option<String>,
    title: String,
    content_html: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    summary: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    date_published: String,
    date_modified: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<AuthorObject>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(rename = "_docent")]
    docent: Extension<'a>,
}

/// What JSON Feed has no member for.
#[derive(Serialize)]
struct Extension<'a> {
    about: String,
    list: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    note: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    outlet: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_published_at_source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<SourceObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_alt: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correction: Option<CorrectionObject<'a>>,
}

#[derive(Serialize)]
struct SourceObject<'a> {
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    feed_url: String,
}

#[derive(Serialize)]
struct CorrectionObject<'a> {
    date: String,
    text: &'a str,
}

/// Writes `channel`.
pub fn write(channel: &Channel) -> Vec<u8> {
    let about = channel.publisher.at(&[ABOUT]).to_string();
    let older = channel
        .older
        .map(|month| channel.feed(Document::Archive(month), Format::Json));
    let hub = channel.hub().map(|hub| HubObject {
        kind: "WebSub",
        url: address::strict(hub).into_owned(),
    });
    let feed = FeedObject {
        version: VERSION,
        title: shown(&channel.title),
        home_page_url: address::strict(&channel.page).into_owned(),
        feed_url: address::strict(&channel.address(Format::Json)).into_owned(),
        description: channel.about.as_str(),
        next_url: older.map(|link| address::strict(&link).into_owned()),
        language: channel.language.as_ref().map(Language::as_str),
        authors: vec![AuthorObject {
            name: channel.title.as_str().to_owned(),
        }],
        hubs: hub.into_iter().collect(),
        items: channel.items.iter().map(|item| object(item, &about)).collect(),
    };
    let mut bytes = serde_json::to_vec(&feed).expect("texts and numbers under constant names");
    bytes.push(b'\n');
    bytes
}

fn object<'a>(item: &'a Item, about: &str) -> ItemObject<'a> {
    let author = (!item.byline.is_empty()).then(|| AuthorObject {
        name: item.byline.as_str().to_owned(),
    });
    ItemObject {
        id: &item.id,
        url: address::strict(&item.page).into_owned(),
        external_url: item.link.as_ref().map(|link| address::strict(link).into_owned()),
        title: shown(&item.headline),
        content_html: content::full(item),
        summary: plain::unmistakable(item.excerpt.as_str()).into_owned(),
        image: item
            .picture
            .as_ref()
            .map(|picture| address::strict(&picture.link).into_owned()),
        date_published: item.ordered.to_string(),
        date_modified: item.updated.to_string(),
        authors: author.into_iter().collect(),
        tags: item.topics.iter().map(Line::as_str).collect(),
        language: item.language.as_ref().map(Language::as_str),
        docent: Extension {
            about: about.to_owned(),
            list: item.list.as_str(),
            note: item.note.as_str(),
            outlet: item.outlet.as_str(),
            date_published_at_source: item.dated.map(|dated| dated.to_string()),
            source: item.source.as_ref().map(|source| SourceObject {
                title: source.name.as_str(),
                url: source.home.as_ref().map(|home| address::strict(home).into_owned()),
                feed_url: address::strict(&source.feed).into_owned(),
            }),
            image_alt: item.picture.as_ref().map(|picture| picture.alt.as_str()),
            correction: item.correction.as_ref().map(|correction| CorrectionObject {
                date: correction.at.to_string(),
                text: correction.text.as_str(),
            }),
        },
    }
}

fn shown(title: &Line) -> String {
    plain::unmistakable(title.as_str()).into_owned()
}
