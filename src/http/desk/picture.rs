//! Pictures where people would rather look: inline SVG made of counts, each with the same in words beside it.
//!
//! A picture carries classes and no style of its own; `style/sources.css` gives them colours, light and dark.

use std::fmt::Write;

use crate::domain::escape::text;

/// Outlets that have a colour of their own; those behind them are one part.
const OUTLETS_SHOWN: usize = 6;
/// How wide a bar of parts is, in units of its own.
const BAR_WIDTH: u32 = 1000;
const BAR_HEIGHT: u32 = 16;

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
    fn many_outlets_end_in_one_part_and_none_make_no_picture() {
        let many: Vec<(String, u32)> = (0..20).map(|number| (format!("outlet {number:02}"), 2)).collect();
        let bar = outlets_bar(&many);
        assert_eq!(bar.matches("<li>").count(), OUTLETS_SHOWN);
        assert!(bar.contains("others <span class=\"count\">30</span>"), "{bar}");
        assert_eq!(outlets_bar(&counted(&[("A", 0)])), "");
    }
}
