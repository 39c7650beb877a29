//! What two editors wrote in a pick at the same time, put together: where both changed the same, neither is lost.

use super::PickText;

/// What an editor may write in a pick, and beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// What is printed.
    pub text: PickText,
    /// What readers are told of a change after it had gone out.
    pub correction: String,
}

/// A part of what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Our headline.
    Headline,
    /// What is quoted.
    Excerpt,
    /// Why it is worth reading.
    Note,
    /// The picture, or none.
    Image,
    /// What the picture shows.
    Alt,
    /// What it is about.
    Topics,
    /// What readers are told of a change.
    Correction,
}

/// Puts `mine` over `theirs`, both made of `base`: a part that only one of them changed is theirs who changed it. The parts that
/// both changed, each in another way, stay as `theirs` has them and are named.
pub fn merge(base: &Wording, mine: &Wording, theirs: &Wording) -> (Wording, Vec<Part>) {
    let mut clashes = Vec::new();
    let (of, own, other) = (&base.text, &mine.text, &theirs.text);
    let mut clash = |part, both_changed| {
        if both_changed {
            clashes.push(part);
        }
    };
    macro_rules! part {
        ($part:ident, $field:ident) => {{
            let (chosen, both_changed) = choose(&of.$field, &own.$field, &other.$field);
            clash(Part::$part, both_changed);
            chosen
        }};
    }
    let text = PickText {
        headline: part!(Headline, headline),
        excerpt: part!(Excerpt, excerpt),
        note: part!(Note, note),
        image: part!(Image, image),
        image_alt: part!(Alt, image_alt),
        topics: part!(Topics, topics),
    };
    let (correction, both_changed) = choose(&base.correction, &mine.correction, &theirs.correction);
    clash(Part::Correction, both_changed);
    (Wording { text, correction }, clashes)
}

fn choose<T: PartialEq + Clone>(base: &T, mine: &T, theirs: &T) -> (T, bool) {
    if mine == theirs || mine == base {
        (theirs.clone(), false)
    } else if theirs == base {
        (mine.clone(), false)
    } else {
        (theirs.clone(), true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::list::Topics;

    fn wording(headline: &str, note: &str) -> Wording {
        Wording {
            text: PickText {
                headline: headline.to_owned(),
                excerpt: String::new(),
                note: note.to_owned(),
                image: None,
                image_alt: None,
                topics: Topics::default(),
            },
            correction: String::new(),
        }
    }

    #[test]
    fn what_only_one_changed_is_theirs_and_what_both_changed_is_named() {
        let base = wording("a", "n");
        for (mine, theirs, expected, clashes) in [
            (("a", "n"), ("a", "n"), ("a", "n"), vec![]),
            (("b", "n"), ("a", "n"), ("b", "n"), vec![]),
            (("a", "n"), ("c", "n"), ("c", "n"), vec![]),
            (("b", "n"), ("a", "m"), ("b", "m"), vec![]),
            (("b", "n"), ("b", "n"), ("b", "n"), vec![]),
            (("b", "o"), ("c", "n"), ("c", "o"), vec![Part::Headline]),
            (("b", "o"), ("c", "m"), ("c", "m"), vec![Part::Headline, Part::Note]),
        ] {
            let (merged, named) = merge(&base, &wording(mine.0, mine.1), &wording(theirs.0, theirs.1));
            assert_eq!(
                (merged, named),
                (wording(expected.0, expected.1), clashes),
                "{mine:?} {theirs:?}"
            );
        }
    }
}
