//! Made-up feeds.

use std::fmt::Write as _;

use crate::prose::Prose;

/// Words of an entry's summary.
const SUMMARY_WORDS: u64 = 45;
/// When the newest entry of each feed was published; one an hour before it.
const NEWEST: &str = "2026-03-02T11:30:00Z";

/// The feed at `host`, with `entries` entries; always the same.
pub fn feed(host: &str, entries: usize) -> String {
    let seed = host
        .split('.')
        .fold(0, |all, part| all * 256 + part.parse::<u64>().unwrap_or(0));
    let mut prose = Prose::new(seed);
    let newest: jiff::Timestamp = NEWEST.parse().unwrap_or_default();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>{}</title>\
         <link>http://{host}/</link><description>{}</description><language>en</language>\n",
        prose.title(),
        prose.sentences(12),
    );
    for entry in 0..entries {
        let published = newest - jiff::SignedDuration::from_hours(i64::try_from(entry).unwrap_or(0));
        let _ = writeln!(
            xml,
            "<item><title>{}</title><link>http://{host}/news/{entry}-{}</link><guid isPermaLink=\"false\">{host}-{entry}</guid>\
             <pubDate>{}</pubDate><description>&lt;p&gt;{}&lt;/p&gt;</description></item>",
            prose.title(),
            prose.word(),
            published.strftime("%a, %d %b %Y %H:%M:%S GMT"),
            prose.sentences(SUMMARY_WORDS),
        );
    }
    xml.push_str("</channel></rss>\n");
    xml
}
