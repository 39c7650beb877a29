//! Pictures where people would rather look: inline SVG made of counts, each with the same in words beside it.
//!
//! A picture carries classes and no style of its own; `style/sources.css` gives them colours, light and dark.

use std::fmt::Write;

use crate::domain::escape::{attribute, text};

/// Outlets that have a colour of their own; those behind them are one part.
const OUTLETS_SHOWN: usize = 6;
/// How wide a bar of parts is, in units of its own.
const BAR_WIDTH: u32 = 1000;
const BAR_HEIGHT: u32 = 16;
/// The marks of a time line, in pixels: how wide, how far apart, how high at the least, and how much higher for twice as much.
const MARK_WIDTH: u32 = 5;
const MARK_GAP: u32 = 2;
const MARK_HEIGHT: u32 = 3;
const MARK_STEP: u32 = 4;
/// A time line in all, and what of it lies above the line.
const LINE_HEIGHT: u32 = 26;
const ABOVE: u32 = 18;
/// A day of a month view, and how high its bars may be, and its number beneath, in units of its own.
const DAY_WIDTH: u32 = 24;
const DAYS_HEIGHT: u32 = 120;
const DAYS_FOOT: u32 = 18;

/// A bar of the outlets of an edition, the widest first, and beneath it who is which. Empty for no outlets. HTML.
pub fn outlets_bar(outlets: &[(String, u32)]) -> String {
    let mut parts: Vec<(&str, u32)> = outlets.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    parts.retain(|(_, count)| *count > 0);
    parts.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    if parts.len() > OUTLETS_SHOWN {
        let rest = parts.split_off(OUTLETS_SHOWN - 1);
        parts.push(("others", rest.iter().map(|(_, count)| count).sum()));
    }
    let all: u32 = parts.iter().map(|(_, count)| count).sum();
    if all == 0 {
        return String::new();
    }
    let mut bar = format!(
        "<figure class=\"outlets\"><svg viewBox=\"0 0 {BAR_WIDTH} {BAR_HEIGHT}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
    );
    let mut legend = String::new();
    let mut before = 0;
    for (shade, (name, count)) in parts.iter().enumerate() {
        let (from, to) = (BAR_WIDTH * before / all, BAR_WIDTH * (before + count) / all);
        before += count;
        put(
            &mut bar,
            format_args!(
                "<rect class=\"shade-{shade}\" x=\"{from}\" width=\"{}\" height=\"{BAR_HEIGHT}\"/>",
                to - from
            ),
        );
        put(
            &mut legend,
            format_args!(
                "<li><svg class=\"swatch\" viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"shade-{shade}\" width=\"10\" height=\"10\"/></svg>{} <span class=\"count\">{count}</span></li>",
                text(name)
            ),
        );
    }
    format!("{bar}</svg><figcaption><ul aria-label=\"Outlets\">{legend}</ul></figcaption></figure>")
}

/// How a poll went, as a bar of a time line.
#[derive(Debug, Clone)]
pub struct Bar {
    /// Whether the source could be read.
    pub is_read: bool,
    /// New entries it brought.
    pub fresh: i64,
    /// When, and how it went; shown to who points at it. Empty for none.
    pub title: String,
}

/// Polls side by side, the oldest first: what was read stands on the line, the higher the more it brought, and what failed
/// hangs beneath it. `label` says the same in words. HTML.
pub fn attempts_line(bars: &[Bar], label: &str) -> String {
    let width = u32::try_from(bars.len()).unwrap_or(0).max(1) * (MARK_WIDTH + MARK_GAP);
    let mut line = format!(
        "<svg class=\"attempts\" viewBox=\"0 0 {width} {LINE_HEIGHT}\" width=\"{width}\" height=\"{LINE_HEIGHT}\" role=\"img\" aria-label=\"{}\">",
        attribute(label)
    );
    for (place, bar) in (0..).zip(bars) {
        let x = place * (MARK_WIDTH + MARK_GAP);
        let height = MARK_HEIGHT
            + (u64::try_from(bar.fresh).unwrap_or(0).saturating_add(1).ilog2() * MARK_STEP).min(ABOVE - MARK_HEIGHT);
        let (class, y, height) = match (bar.is_read, bar.fresh) {
            (false, _) => ("failed", ABOVE + 1, LINE_HEIGHT - ABOVE - 1),
            (true, ..=0) => ("same", ABOVE - MARK_HEIGHT, MARK_HEIGHT),
            (true, _) => ("fresh", ABOVE - height, height),
        };
        put(
            &mut line,
            format_args!("<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{MARK_WIDTH}\" height=\"{height}\">"),
        );
        if !bar.title.is_empty() {
            put(&mut line, format_args!("<title>{}</title>", text(&bar.title)));
        }
        line.push_str("</rect>");
    }
    line.push_str("</svg>");
    line
}

/// A day of a month view.
#[derive(Debug, Clone)]
pub struct Day {
    /// Its number.
    pub number: i8,
    /// Stories found on it.
    pub stories: i64,
    /// Stories picked on it.
    pub picks: i64,
    /// Where its stories are; an address of ours.
    pub link: String,
    /// Its name and counts in words.
    pub label: String,
}

/// The days of a month side by side: stories as bars, picks as a darker part of them, each a link. HTML.
pub fn days_bars(days: &[Day]) -> String {
    let most = days.iter().map(|day| day.stories).max().unwrap_or(0).max(1);
    let width = u32::try_from(days.len()).unwrap_or(0).max(1) * DAY_WIDTH;
    let height = DAYS_HEIGHT + DAYS_FOOT;
    let mut bars = format!("<svg class=\"days\" viewBox=\"0 0 {width} {height}\" aria-hidden=\"true\">");
    let tall = |count: i64| i64::from(DAYS_HEIGHT) * count.clamp(0, most) / most;
    for (place, day) in (0..).zip(days) {
        let (x, middle) = (place * DAY_WIDTH, place * DAY_WIDTH + DAY_WIDTH / 2);
        // A day with anything at all is to be seen.
        let stories = tall(day.stories).max(i64::from(day.stories > 0) * 2);
        let picks = tall(day.picks).max(i64::from(day.picks > 0) * 3);
        put(
            &mut bars,
            format_args!(
                "<a href=\"{}\" tabindex=\"-1\"><title>{}</title><rect class=\"ground\" x=\"{x}\" width=\"{DAY_WIDTH}\" height=\"{height}\"/>",
                attribute(&day.link),
                text(&day.label)
            ),
        );
        for (class, tall) in [("stories", stories), ("picks", picks)] {
            put(
                &mut bars,
                format_args!(
                    "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{tall}\"/>",
                    x + 2,
                    i64::from(DAYS_HEIGHT) - tall,
                    DAY_WIDTH - 4
                ),
            );
        }
        put(
            &mut bars,
            format_args!("<text x=\"{middle}\" y=\"{}\">{}</text></a>", height - 3, day.number),
        );
    }
    bars.push_str("</svg>");
    bars
}

fn put(out: &mut String, more: std::fmt::Arguments<'_>) {
    out.write_fmt(more).expect("a String takes whatever is written to it");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(outlets: &[(&str, u32)]) -> Vec<(String, u32)> {
        outlets
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect()
    }

    #[test]
    fn outlets_stand_side_by_side_the_widest_first_and_are_named_beneath() {
        let bar = outlets_bar(&counted(&[("B & <co>", 1), ("A", 3)]));
        let (wide, narrow) = (bar.find("x=\"0\" width=\"750\""), bar.find("x=\"750\" width=\"250\""));
        assert!(wide.is_some() && wide < narrow, "{bar}");
        assert!(
            bar.contains("B &amp; &lt;co&gt; <span class=\"count\">1</span>"),
            "{bar}"
        );
        assert!(!bar.contains("style="), "{bar}");
    }

    #[test]
    fn a_poll_that_failed_hangs_beneath_the_line_and_one_that_brought_more_stands_higher() {
        let bar = |is_read, fresh| Bar {
            is_read,
            fresh,
            title: String::new(),
        };
        let line = attempts_line(
            &[bar(true, 0), bar(true, 1), bar(true, i64::MAX), bar(false, 0)],
            "four & more",
        );
        for part in [
            "aria-label=\"four &amp; more\"",
            "class=\"same\" x=\"0\" y=\"15\"",
            "class=\"fresh\" x=\"7\" y=\"11\"",
            "class=\"fresh\" x=\"14\" y=\"0\"",
            "class=\"failed\" x=\"21\" y=\"19\"",
        ] {
            assert!(line.contains(part), "{part}: {line}");
        }
        assert!(attempts_line(&[], "none").contains("aria-label=\"none\""));
    }

    #[test]
    fn the_fullest_day_is_the_highest_and_each_leads_to_its_stories() {
        let day = |number, stories, picks| Day {
            number,
            stories,
            picks,
            link: format!("/desk/search?q=after&n={number}"),
            label: format!("{number} March: {stories} stories"),
        };
        let bars = days_bars(&[day(1, 60, 6), day(2, 1, 1), day(3, 0, 0)]);
        assert!(
            bars.contains("class=\"stories\" x=\"2\" y=\"0\" width=\"20\" height=\"120\""),
            "{bars}"
        );
        assert!(bars.contains("class=\"picks\" x=\"2\" y=\"108\""), "{bars}");
        assert!(bars.contains("href=\"/desk/search?q=after&amp;n=3\""), "{bars}");
    }

    #[test]
    fn many_outlets_end_in_one_part_and_none_make_no_picture() {
        let many: Vec<(String, u32)> = (0..20).map(|number| (format!("outlet {number:02}"), 2)).collect();
        let bar = outlets_bar(&many);
        assert_eq!(bar.matches("<li>").count(), OUTLETS_SHOWN);
        assert!(bar.contains("others <span class=\"count\">30</span>"), "{bar}");
        assert_eq!(outlets_bar(&counted(&[("A", 0)])), "");
    }
}
