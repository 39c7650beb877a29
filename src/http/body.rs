//! The body of a request: JSON that holds what it may and nothing else.

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

use super::error::Problem;

/// What a body can be sent as.
const JSON_TYPES: [&str; 2] = ["application/json", "application/merge-patch+json"];

/// A body that is JSON: 415 for anything else, 400 where it cannot be read, 422 with a pointer where a value cannot be used.
/// `T` refuses fields that it does not know (`#[serde(deny_unknown_fields)]`) and bounds each text by its type.
#[derive(Debug)]
pub struct Body<T>(pub T);

/// For a field of a merge patch (RFC 7396) that may be taken away: absent is `None`, `null` is `Some(None)`. Used as
/// `#[serde(default, deserialize_with = "given")]`.
#[expect(
    clippy::option_option,
    reason = "the two ways of not being there mean different things"
)]
pub fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// For a field of a merge patch that can be changed and not be taken away: `null` is refused. Used in the same way.
pub fn set<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads `bytes`.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let pointer = pointer(error.path());
        refusal(&pointer, error.inner())
    })?;
    deserializer.end().map_err(|error| refusal("", &error))?;
    // A list of the fields' values would pass for the fields.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Problem::bad_field("", "not an object"));
    }
    Ok(value)
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            let detail = "send the body as application/json".to_owned();
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Some(detail)));
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|refusal| Problem::new(refusal.status(), Some(refusal.body_text())))?;
        read(&bytes).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    JSON_TYPES.iter().any(|known| kind.eq_ignore_ascii_case(known))
}

fn refusal(pointer: &str, error: &serde_json::Error) -> Problem {
    let told = error.to_string();
    // What serde_json says ends with a place in the text; the pointer says more.
    let detail = told.split(" at line ").next().unwrap_or_default();
    match error.classify() {
        Category::Data => Problem::bad_field(pointer, detail),
        _ => Problem::new(StatusCode::BAD_REQUEST, Some("the body is not JSON".to_owned())).at(pointer, &told),
    }
}

/// As RFC 6901 writes it.
fn pointer(path: &Path) -> String {
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } => format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { .. } | Segment::Unknown => pointer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Eq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Change {
        #[serde(default, deserialize_with = "set")]
        name: Option<String>,
        #[serde(default, deserialize_with = "given")]
        #[expect(clippy::option_option, reason = "as a merge patch has it")]
        note: Option<Option<String>>,
        #[serde(default)]
        parts: Vec<Part>,
    }

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Part {
        size: u8,
    }

    #[test]
    fn what_a_patch_leaves_out_and_what_it_takes_away_are_told_apart() {
        let change = |name, note| Change {
            name,
            note,
            parts: Vec::new(),
        };
        for (body, expected) in [
            ("{}", change(None, None)),
            (r#"{"name":"a","note":null}"#, change(Some("a".to_owned()), Some(None))),
            (r#"{"note":"b"}"#, change(None, Some(Some("b".to_owned())))),
        ] {
            assert_eq!(read::<Change>(body.as_bytes()).unwrap(), expected, "{body}");
        }
    }

    #[test]
    fn a_mistake_is_told_with_its_place() {
        for (body, status, pointer) in [
            ("", 400, ""),
            ("{", 400, ""),
            ("{} {}", 400, ""),
            ("[]", 422, ""),
            (r#"{"name":null}"#, 422, "/name"),
            (r#"{"name":5}"#, 422, "/name"),
            (r#"{"colour":1}"#, 422, "/colour"),
            (r#"{"a/b~c":1}"#, 422, "/a~1b~0c"),
            (r#"{"parts":[{"size":1},{"size":300}]}"#, 422, "/parts/1/size"),
            ("{\"name\":\"\u{1}\"}", 400, "/name"),
        ] {
            let problem = serde_json::to_value(read::<Change>(body.as_bytes()).unwrap_err()).unwrap();
            assert_eq!(problem["status"], status, "{body}");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
        }
    }
}
