//! An article page into its parts.

mod blocks;
mod choose;
mod vote;

/// Temporary.
pub fn dump(raw: &str, url: &str) -> serde_json::Value {
    use super::{clean, fence};
    let fenced = fence::page(raw).html;
    let tree = scraper::Html::parse_document(&fenced);
    let blocks = blocks::blocks_of(&tree);
    let smoothie = dom_smoothie::Readability::new(fenced.as_str(), Some(url), None).ok().and_then(|mut r| r.parse().ok());
    let opts = trafilatura::Options::default().with_fallback(true).with_exclude_comments(true);
    let traf = trafilatura::extract(&fenced, &opts).ok();
    let a = smoothie.as_ref().map(|a| clean::text(&a.content)).unwrap_or_default();
    let b = traf.as_ref().map(|a| clean::text(&a.content_html)).unwrap_or_default();
    let va = vote::Voter::of(&a, &blocks);
    let vb = vote::Voter::of(&b, &blocks);
    let agree = va.agreement(&vb);
    let titles: Vec<Vec<u64>> = [smoothie.as_ref().map(|s| s.title.clone()), traf.as_ref().map(|t| t.metadata.title.clone())].iter().flatten().map(|t| vote::words_of(t)).collect();
    let choice = if agree < 0.8 {
        let rs = rs_trafilatura::extract_with_options(&fenced, &rs_trafilatura::Options { url: Some(url.to_owned()), ..Default::default() }).ok();
        let c = rs.as_ref().and_then(|a| a.content_html.as_ref()).map(|h| clean::text(h)).unwrap_or_default();
        let vc = vote::Voter::of(&c, &blocks);
        choose::choose(&tree, &blocks, &[&va, &vb, &vc], 2, &titles)
    } else {
        choose::choose(&tree, &blocks, &[&va, &vb], 2, &titles)
    };
    let text: Vec<&str> = blocks.iter().zip(&choice.kept).filter(|(_, k)| **k).map(|(b, _)| b.text.as_str()).collect();
    serde_json::json!({"text": text.join("\n"), "agree": agree, "counts": [va.count, vb.count], "a": a, "b": b,"titles":[smoothie.as_ref().map(|s| s.title.clone()), traf.as_ref().map(|t| t.metadata.title.clone())]})
}

mod stub;
pub use stub::*;
