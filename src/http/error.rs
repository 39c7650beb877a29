//! What went wrong, as RFC 9457 tells it.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::search::SearchError;
use crate::store::StoreError;

/// What a problem document is sent as.
const PROBLEM_TYPE: &str = "application/problem+json";
/// How programs sign in (RFC 6750).
const CHALLENGE: &str = "Bearer realm=\"docent\"";
/// When to try again what cannot be done just now.
const RETRY_SECONDS: u32 = 5;

/// A problem document (RFC 9457), `application/problem+json`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// What kind of problem; `about:blank` where the status says it all.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The kind in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What was wrong this time, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Each part of the request that was wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Fault>,
    /// With status 412: the thing as it is now. Its tag is in the header `ETag`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    current: Option<Box<serde_json::Value>>,
    /// When to try again, in seconds.
    #[serde(skip)]
    retry_after_seconds: Option<u32>,
    /// The tag of `current`.
    #[serde(skip)]
    tag: Option<Box<str>>,
}

/// One part of a request that was wrong.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Fault {
    /// Where: the name of a parameter behind `?`, or a JSON pointer into the body.
    pub pointer: String,
    /// What was wrong with it.
    pub detail: String,
}

impl Problem {
    /// Nothing of that name here.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, Some(format!("there is no {what} of that name")))
    }

    /// A parameter of the query that cannot be used.
    pub fn bad_parameter(name: &str, detail: &str) -> Self {
        let told = format!("the parameter {name} cannot be used");
        Self::new(StatusCode::BAD_REQUEST, Some(told)).at(&format!("?{name}"), detail)
    }

    /// Nobody is signed in, and must be.
    pub fn nobody(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, Some(detail.to_owned()))
    }

    /// Whoever is signed in may not do that.
    pub fn forbidden(detail: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, Some(detail.to_owned()))
    }

    /// What is there already does not allow it.
    pub fn conflict(detail: &str) -> Self {
        Self::new(StatusCode::CONFLICT, Some(detail.to_owned()))
    }

    /// Too often; again in so many seconds.
    pub fn too_many(seconds: u32) -> Self {
        let detail = format!("too many tries; try again in {seconds} seconds");
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, Some(detail));
        Self {
            retry_after_seconds: Some(seconds),
            ..problem
        }
    }

    /// A field of the body, by its JSON pointer, that can be read and not be used.
    pub fn bad_field(pointer: &str, detail: &str) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            Some("the body cannot be used".to_owned()),
        )
        .at(pointer, detail)
    }

    /// The same with one more part of the request that was wrong.
    #[must_use]
    pub fn at(mut self, pointer: &str, detail: &str) -> Self {
        self.errors.push(Fault {
            pointer: pointer.to_owned(),
            detail: detail.to_owned(),
        });
        self
    }

    /// The same with the thing as it is now, and its tag.
    #[must_use]
    pub fn with_current(mut self, current: serde_json::Value, tag: String) -> Self {
        self.current = Some(Box::new(current));
        self.tag = Some(tag.into());
        self
    }

    /// What was wrong, in words: each part of the request by itself where that is known.
    pub fn told(&self) -> String {
        if self.errors.is_empty() {
            return self.to_string();
        }
        let faults: Vec<&str> = self.errors.iter().map(|fault| fault.detail.as_str()).collect();
        faults.join("; ")
    }

    /// Its HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// What was wrong with the first part of the request, as a sentence; else the problem itself.
    pub fn first_fault(&self) -> String {
        let detail = self.errors.first().map(|fault| fault.detail.clone());
        super::site::sentence(&detail.unwrap_or_else(|| self.to_string()))
    }

    /// A problem that its status explains.
    pub fn new(status: StatusCode, detail: Option<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Unknown"),
            status: status.as_u16(),
            detail,
            errors: Vec::new(),
            current: None,
            retry_after_seconds: None,
            tag: None,
        }
    }

    /// Something of ours failed. The cause goes to the log and never to a client.
    fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(error = %error, "a request could not be answered");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, None)
    }
}

/// Makes a problem document of an error that something below answered in its own way (a path that is no UTF-8, a body that
/// is too long, an answer that took too long). A page is left as it is.
pub async fn as_problem(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_error = status.is_client_error() || status.is_server_error();
    let is_ours = |kind: &HeaderValue| kind == PROBLEM_TYPE || kind.as_bytes().starts_with(b"text/html");
    if !is_error || kind.is_some_and(is_ours) {
        return response;
    }
    let mut problem = Problem::new(status, None).into_response();
    if let Some(allow) = response.headers().get(header::ALLOW) {
        problem.headers_mut().insert(header::ALLOW, allow.clone());
    }
    problem
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let retry_after = match status {
            StatusCode::SERVICE_UNAVAILABLE => Some(self.retry_after_seconds.unwrap_or(RETRY_SECONDS)),
            _ => self.retry_after_seconds,
        };
        let tag = self.tag.as_deref().and_then(|tag| HeaderValue::from_str(tag).ok());
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_TYPE));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(tag) = tag {
            headers.insert(header::ETAG, tag);
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE));
        }
        response
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", self.detail.as_deref().unwrap_or(self.title))
    }
}

impl std::error::Error for Problem {}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unreachable { .. } | StoreError::Away(_) | StoreError::Full(_) => {
                tracing::error!(%error, "a request has to be asked again");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    Some("the database does not answer; try again".to_owned()),
                )
            }
            StoreError::Refused(why) => Self::new(StatusCode::CONFLICT, Some(why)),
            StoreError::Denied(why) => Self::forbidden(&why),
            StoreError::Outdated => Self::new(
                StatusCode::PRECONDITION_FAILED,
                Some("it was changed meanwhile".to_owned()),
            ),
            StoreError::LastAdmin => Self::conflict("nobody else could set things up; make another admin first"),
            other => Self::internal(&other),
        }
    }
}

impl From<SearchError> for Problem {
    fn from(error: SearchError) -> Self {
        Self::internal(&error)
    }
}
