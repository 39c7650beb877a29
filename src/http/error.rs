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

/// A problem document (RFC 9457), `application/problem+json`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// What kind of problem; `about:blank` where the status says it all.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The kind in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What was wrong this time, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Each part of the request that was wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Fault>,
}

/// One part of a request that was wrong.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Fault {
    /// Where: the name of a parameter behind `?`, or a JSON pointer into the body.
    pointer: String,
    /// What was wrong with it.
    detail: String,
}

impl Problem {
    /// Nothing of that name here.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, Some(format!("there is no {what} of that name")))
    }

    /// A parameter of the query that cannot be used.
    pub fn bad_parameter(name: &str, detail: &str) -> Self {
        let mut problem = Self::new(
            StatusCode::BAD_REQUEST,
            Some(format!("the parameter {name} cannot be used")),
        );
        problem.errors.push(Fault {
            pointer: format!("?{name}"),
            detail: detail.to_owned(),
        });
        problem
    }

    /// A problem that its status explains.
    pub fn new(status: StatusCode, detail: Option<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Unknown").to_owned(),
            status: status.as_u16(),
            detail,
            errors: Vec::new(),
        }
    }

    /// Something of ours failed. The cause goes to the log and never to a client.
    fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(error = %error, "a request could not be answered");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, None)
    }
}

/// Makes a problem document of an error that something below answered in its own way (a path that is no UTF-8, a body that
/// is too long, an answer that took too long).
pub async fn as_problem(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || kind.is_some_and(|kind| kind == PROBLEM_TYPE) {
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
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_TYPE));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", self.detail.as_deref().unwrap_or(&self.title))
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
            other => Self::internal(&other),
        }
    }
}

impl From<SearchError> for Problem {
    fn from(error: SearchError) -> Self {
        Self::internal(&error)
    }
}
