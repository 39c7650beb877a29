//! What each key does at the desk, in one table: for the script, and for the page that shows it.

use std::collections::BTreeMap;

/// Something that a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortcut {
    /// Its name, as the script knows it and as an editor's own keys are kept.
    pub name: &'static str,
    /// The keys that do it unless an editor changed that: as `KeyboardEvent.key` names them, one behind the other in a sequence.
    pub keys: &'static [&'static str],
    /// What it does.
    pub does: &'static str,
}

/// All of them, in the order in which they are shown.
pub const SHORTCUTS: &[Shortcut] = &[
    of("next", &["j"], "next row"),
    of("previous", &["k"], "row before"),
    of("open", &["o", "Enter"], "open"),
    of("original", &["v"], "the original, in a new tab"),
    of("pick", &["p"], "pick for the first list"),
    of("pick_1", &["1"], "pick for list 1; so up to 9"),
    of("pick_2", &["2"], "pick for list 2"),
    of("pick_3", &["3"], "pick for list 3"),
    of("pick_4", &["4"], "pick for list 4"),
    of("pick_5", &["5"], "pick for list 5"),
    of("pick_6", &["6"], "pick for list 6"),
    of("pick_7", &["7"], "pick for list 7"),
    of("pick_8", &["8"], "pick for list 8"),
    of("pick_9", &["9"], "pick for list 9"),
    of("hold", &["s"], "hold"),
    of("dismiss", &["e"], "dismiss"),
    of("dismiss_because", &["E"], "dismiss, with a reason"),
    of("suggest", &["+"], "suggest"),
    of("select", &["x"], "choose"),
    of("select_all", &["*"], "choose all shown"),
    of("undo", &["z"], "undo"),
    of("redo", &["Z"], "do again what was undone"),
    of("note", &["n"], "note"),
    of("topics", &["t"], "topics"),
    of("same_as", &["="], "the same as another story"),
    of("articles", &["c"], "articles of the story"),
    of("seen", &["m"], "seen"),
    of("show_arrivals", &["r"], "show what arrived"),
    of("search", &["/"], "search"),
    of("fill", &["f"], "fill the edition with the newest picks"),
    of("schedule", &["S"], "schedule the edition"),
    of("move_up", &["K"], "move up in an edition"),
    of("move_down", &["J"], "move down in an edition"),
    of("go_triage", &["gt"], "go to triage"),
    of("go_lists", &["gl"], "go to lists"),
    of("go_sources", &["gs"], "go to sources"),
    of("go_edition", &["ge"], "go to the current edition"),
    of("shortcuts", &["?"], "this list of keys"),
];

const fn of(name: &'static str, keys: &'static [&'static str], does: &'static str) -> Shortcut {
    Shortcut { name, keys, does }
}

/// An editor's own keys, by what they do; an empty key does nothing.
pub type Own = BTreeMap<String, String>;

/// What each key does, as the script reads it: a JSON object of keys and names.
pub fn table(own: &Own) -> String {
    let mut keys = BTreeMap::new();
    for shortcut in SHORTCUTS {
        match own.get(shortcut.name) {
            Some(key) if key.is_empty() => {}
            Some(key) => {
                keys.insert(key.as_str(), shortcut.name);
            }
            None => keys.extend(shortcut.keys.iter().map(|key| (*key, shortcut.name))),
        }
    }
    serde_json::to_string(&keys).expect("a map of strings has a JSON form")
}

/// What is wrong with an editor's own keys, by what they would do: a key that is none, that does two things, or that would never
/// be waited for since another begins with it.
pub fn conflicts(own: &Own) -> Vec<(&'static str, String)> {
    let bound: Vec<(&Shortcut, Vec<&str>)> = SHORTCUTS
        .iter()
        .map(|shortcut| match own.get(shortcut.name) {
            Some(key) if key.is_empty() => (shortcut, Vec::new()),
            Some(key) => (shortcut, vec![key.as_str()]),
            None => (shortcut, shortcut.keys.to_vec()),
        })
        .collect();
    let mut conflicts = Vec::new();
    for (shortcut, keys) in &bound {
        let why = keys.iter().find_map(|key| {
            if !is_key(key) {
                return Some("One key, or two in a row such as gt.".to_owned());
            }
            let others = bound.iter().filter(|(other, _)| other.name != shortcut.name);
            others
                .flat_map(|(other, keys)| keys.iter().map(|key| (other.does, *key)))
                .find_map(|(does, other)| {
                    if other == *key {
                        Some(format!("{key} is also for: {does}."))
                    } else if is_sequence(other) && other.starts_with(*key) {
                        Some(format!("{other} begins with it, which is for: {does}."))
                    } else if is_sequence(key) && key.starts_with(other) {
                        Some(format!("It begins with {other}, which is for: {does}."))
                    } else {
                        None
                    }
                })
        });
        conflicts.extend(why.map(|why| (shortcut.name, why)));
    }
    conflicts
}

/// Keys that have a name, as `KeyboardEvent.key` has it.
const NAMED: [&str; 12] = [
    "Enter",
    "Escape",
    "Tab",
    "Delete",
    "Backspace",
    "Home",
    "End",
    "PageUp",
    "PageDown",
    "ArrowUp",
    "ArrowDown",
    "Insert",
];

fn is_key(key: &str) -> bool {
    let is_plain = !key.chars().any(|c| c.is_whitespace() || c.is_control());
    NAMED.contains(&key) || (is_plain && matches!(key.chars().count(), 1 | 2))
}

fn is_sequence(key: &str) -> bool {
    key.chars().count() == 2
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_key_does_two_things() {
        let mut seen = HashSet::new();
        for shortcut in SHORTCUTS {
            for key in shortcut.keys {
                assert!(seen.insert(*key), "{key}");
            }
        }
        for key in &seen {
            let begins = seen
                .iter()
                .any(|other| other.len() > key.len() && other.starts_with(*key) && key.len() == 1);
            assert!(!begins || *key == "E", "{key} would wait for what follows");
        }
    }

    #[test]
    fn keys_that_would_do_two_things_are_told_at_both() {
        assert_eq!(conflicts(&Own::new()), []);
        let names = |pairs: &[(&str, &str)]| -> Vec<&'static str> {
            let own = pairs
                .iter()
                .map(|(name, key)| ((*name).to_owned(), (*key).to_owned()))
                .collect();
            conflicts(&own).into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names(&[("hold", "h")]), Vec::<&str>::new());
        assert_eq!(names(&[("hold", "e")]), ["hold", "dismiss"]);
        assert_eq!(
            names(&[("hold", "g")]),
            ["hold", "go_triage", "go_lists", "go_sources", "go_edition"]
        );
        assert_eq!(names(&[("hold", "hold")]), ["hold"]);
        assert_eq!(names(&[("hold", "ArrowDown"), ("dismiss", "")]), Vec::<&str>::new());
    }

    #[test]
    fn an_editors_own_key_stands_in_place_of_the_others_and_an_empty_one_for_none() {
        let own = Own::from([
            ("dismiss".to_owned(), "d".to_owned()),
            ("hold".to_owned(), String::new()),
        ]);
        let table: BTreeMap<String, String> = serde_json::from_str(&table(&own)).unwrap();
        assert_eq!(table.get("d").map(String::as_str), Some("dismiss"));
        assert_eq!((table.get("e"), table.get("s")), (None, None));
        assert_eq!(table.get("j").map(String::as_str), Some("next"));
    }
}
