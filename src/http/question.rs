//! How a search is made narrower: the terms that facets stand for, and what people call them.

/// `words` with `term`, or without it if it is there already; and whether it is.
pub fn toggled(words: &str, term: &str) -> (bool, String) {
    let padded = format!(" {words} ");
    let wanted = format!(" {term} ");
    match padded.split_once(&wanted) {
        Some((before, after)) => (true, format!("{} {}", before.trim(), after.trim()).trim().to_owned()),
        None => (false, format!("{words} {term}").trim().to_owned()),
    }
}

/// `value` as a search has it: between quotes if it is more than a word.
pub fn quoted(value: &str) -> String {
    if value.contains(char::is_whitespace) {
        format!("\"{}\"", value.replace('"', ""))
    } else {
        value.to_owned()
    }
}

/// What finds the stories of a month such as `2026-03`.
pub fn month_term(month: &str) -> String {
    match first_of(month).and_then(|first| first.checked_add(jiff::Span::new().months(1)).ok()) {
        Some(next) => format!("after:{month} before:{}", next.strftime("%Y-%m")),
        None => format!("after:{month}"),
    }
}

/// A month such as `2026-03`, for people.
pub fn month_name(month: &str) -> String {
    first_of(month).map_or_else(|| month.to_owned(), |first| first.strftime("%B %Y").to_string())
}

fn first_of(month: &str) -> Option<jiff::civil::Date> {
    format!("{month}-01").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_facet_is_added_and_taken_away_again() {
        for (words, term, chosen, link) in [
            ("", "lang:fr", false, "lang:fr"),
            ("roof", "lang:fr", false, "roof lang:fr"),
            ("roof lang:fr", "lang:fr", true, "roof"),
            ("lang:fr roof", "lang:fr", true, "roof"),
            ("roof lang:fra", "lang:fr", false, "roof lang:fra lang:fr"),
            (
                "a after:2026-12 before:2027-01 b",
                "after:2026-12 before:2027-01",
                true,
                "a b",
            ),
        ] {
            assert_eq!(toggled(words, term), (chosen, link.to_owned()), "{words} {term}");
        }
    }

    #[test]
    fn a_month_is_named_and_found() {
        assert_eq!(month_name("2026-12"), "December 2026");
        assert_eq!(month_term("2026-12"), "after:2026-12 before:2027-01");
        assert_eq!(month_name("once"), "once");
    }
}
