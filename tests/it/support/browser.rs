//! What a browser without script does: it sends forms, and reads pages.

use super::app::SignedIn;
use super::http::Answer;

/// What a form is sent as.
pub const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// Sends a form.
pub fn form(editor: &SignedIn, path: &str, fields: &[(&str, &str)]) -> Answer {
    editor.send("POST", path, &encoded(fields), &[FORM])
}

/// Sends a form as our script does.
pub fn parts(editor: &SignedIn, path: &str, fields: &[(&str, &str)]) -> Answer {
    editor.send("POST", path, &encoded(fields), &[FORM, ("X-Parts", "1")])
}

/// What stands in `text` behind the first `before`, up to `behind`.
pub fn between<'a>(text: &'a str, before: &str, behind: &str) -> &'a str {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split(behind).next().unwrap_or_default()
}

/// What stands behind each `before`, up to a quote.
pub fn ids_before(text: &str, before: &str) -> Vec<String> {
    let rests = text.split(before).skip(1);
    rests
        .map(|rest| rest.split('"').next().unwrap_or_default().to_owned())
        .collect()
}

/// The fields of a form as it is sent.
pub fn encoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}
