//! Forms of the desk: what one sent, and the fields of the next, each with what was wrong with it beside it.

use askama::Template;
use axum::extract::rejection::StringRejection;
use axum::extract::{FromRequest, Request};
use url::form_urlencoded;

use crate::http::site::sentence;

/// Fields read of one form; what is behind them is passed over.
const FIELDS_MAX: usize = 5_000;
/// Characters that a field of one line, and one of several, takes unless it says otherwise.
const LINE_CHARS_MAX: u32 = 2_048;
const TEXT_CHARS_MAX: u32 = 20_000;

/// The fields of a form.
#[derive(Debug, Default, Clone)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a body as browsers send it, or a query.
    pub fn read(body: &str) -> Self {
        let pairs = form_urlencoded::parse(body.as_bytes()).take(FIELDS_MAX);
        Self(
            pairs
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        )
    }

    /// The field called `name` without the blanks around it; empty if it was not sent.
    pub fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The same if anything stands in it.
    pub fn filled(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// The same as it was typed.
    pub fn raw(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Every field called `name`.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let named = move |(field, value): &'a (String, String)| (*field == *name).then_some(value.as_str());
        self.0.iter().filter_map(named).collect::<Vec<_>>().into_iter()
    }

    /// Whether a field of that name was sent, as a ticked box is.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(field, _)| field == name)
    }

    /// The lines of a field that hold anything.
    pub fn lines(&self, name: &str) -> Vec<String> {
        let lines = self.raw(name).lines().map(str::trim).filter(|line| !line.is_empty());
        lines.map(str::to_owned).collect()
    }

    /// A field that holds a number or nothing; `Err` if it holds anything else.
    pub fn number(&self, name: &str) -> Result<Option<u32>, ()> {
        match self.text(name) {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| ()),
        }
    }
}

/// The form that a browser sends. What is no text is refused.
impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = StringRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, StringRejection> {
        String::from_request(request, state).await.map(|body| Self::read(&body))
    }
}

/// What was wrong with which field.
#[derive(Debug, Default, Clone)]
pub struct Faults(Vec<(&'static str, String)>);

impl Faults {
    /// Notes that the field called `name` cannot be used.
    pub fn note(&mut self, name: &'static str, why: &str) {
        self.0.push((name, sentence(why)));
    }

    /// What was read, or nothing and a note.
    pub fn take<T, E: ToString>(&mut self, name: &'static str, read: Result<T, E>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(why) => {
                self.note(name, &why.to_string());
                None
            }
        }
    }

    /// Whether everything can be used.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with the field called `name`; empty for nothing.
    pub fn of(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(field, _)| *field == name);
        found.map_or("", |(_, why)| why)
    }
}

/// A field with its label, what it holds, and what was wrong with that.
#[derive(Debug, Clone, Template)]
#[template(path = "desk/field.html", config = "src/askama.toml")]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What stands above it.
    pub label: &'static str,
    /// What it holds.
    pub value: String,
    /// What was wrong with that; empty for nothing.
    pub fault: String,
    /// The type of an input; or `lines`, `check`, `choice`.
    pub kind: &'static str,
    /// What can be chosen, and what is shown for it.
    pub choices: Vec<(String, String)>,
    /// What stands beneath it.
    pub hint: &'static str,
    /// Lines that are shown at first.
    pub rows: u8,
    /// Characters at the most.
    pub most: u32,
    /// Whether it must not be empty.
    pub is_required: bool,
    /// Whether it holds what programs read.
    pub is_code: bool,
    /// Whether it holds a number.
    pub is_numeric: bool,
    /// What browsers fill it with.
    pub complete: &'static str,
    /// The list of values to choose from while typing.
    pub list: &'static str,
}

impl Field {
    /// One line of text.
    pub fn line(name: &'static str, label: &'static str, value: impl Into<String>) -> Self {
        Self {
            name,
            label,
            value: value.into(),
            fault: String::new(),
            kind: "text",
            choices: Vec::new(),
            hint: "",
            rows: 2,
            most: LINE_CHARS_MAX,
            is_required: false,
            is_code: false,
            is_numeric: false,
            complete: "",
            list: "",
        }
    }

    /// Several lines.
    pub fn lines(name: &'static str, label: &'static str, value: impl Into<String>) -> Self {
        Self {
            kind: "lines",
            most: TEXT_CHARS_MAX,
            ..Self::line(name, label, value)
        }
    }

    /// A number, or nothing.
    pub fn number(name: &'static str, label: &'static str, value: impl Into<String>) -> Self {
        Self {
            is_numeric: true,
            most: 9,
            ..Self::line(name, label, value)
        }
    }

    /// A box that can be ticked.
    pub fn check(name: &'static str, label: &'static str, is_ticked: bool) -> Self {
        Self {
            kind: "check",
            ..Self::line(name, label, if is_ticked { "1" } else { "" })
        }
    }

    /// One of several values, each with what is shown for it.
    pub fn choice(name: &'static str, label: &'static str, value: &str, choices: &[(&str, &str)]) -> Self {
        Self {
            kind: "choice",
            choices: choices
                .iter()
                .map(|(value, words)| ((*value).to_owned(), (*words).to_owned()))
                .collect(),
            ..Self::line(name, label, value)
        }
    }

    /// A password; what it holds is never sent back.
    pub fn password(name: &'static str, label: &'static str, complete: &'static str) -> Self {
        Self {
            kind: "password",
            most: 1024,
            is_required: true,
            complete,
            ..Self::line(name, label, "")
        }
    }

    /// The same with what was wrong with it.
    #[must_use]
    pub fn told(self, faults: &Faults) -> Self {
        Self {
            fault: faults.of(self.name).to_owned(),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_says_beside_itself_what_was_wrong_with_it() {
        let mut faults = Faults::default();
        faults.note("cap", "a whole number");
        let field = Field::number("cap", "At most a day", "x<y").told(&faults).to_string();
        for part in [
            "<label for=\"f-cap\">At most a day</label>",
            "value=\"x&#60;y\"",
            "aria-invalid=\"true\"",
            "aria-describedby=\"e-cap\"",
            "id=\"e-cap\">A whole number.",
        ] {
            assert!(field.contains(part), "{part}: {field}");
        }
        assert!(
            !Field::password("new", "New", "new-password")
                .to_string()
                .contains("value=")
        );
    }

    #[test]
    fn fields_are_read_as_a_browser_sends_them() {
        let fields = Fields::read("name=+The+Gazette+&id=a&id=b&on=1&terms=one%0D%0A%0D%0A+two&cap=12&bad=x");
        assert_eq!(fields.text("name"), "The Gazette");
        assert_eq!(fields.all("id").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((fields.has("on"), fields.has("off")), (true, false));
        assert_eq!(fields.lines("terms"), ["one", "two"]);
        assert_eq!(
            (fields.number("cap"), fields.number("none"), fields.number("bad")),
            (Ok(Some(12)), Ok(None), Err(()))
        );
    }
}
