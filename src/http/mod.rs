//! The driver that follows requests: the route table, all of it.
//!
//! Knows the store, the index and the formats. Must not know the worker: what a request wants of it is a date in the store.
//! A handler extracts, calls one function below, and answers; it holds no SQL and no rule.

use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::IntoResponse;
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub mod api;
mod body;
mod caller;
mod cookie;
mod error;
pub mod find;
mod health;
mod host;
mod paging;
mod precondition;
mod site;
mod state;
mod tag;

pub use state::State;

use error::Problem;

/// Bytes of a request's body at the most.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// How long an answer may take.
const ANSWER_SECONDS_MAX: u64 = 30;
/// Keeps our pages out of the reach of pages that opened them.
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
/// What our pages may load and run: nothing but what is named.
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' https: data:; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

/// What the document says of itself.
#[derive(OpenApi)]
#[openapi(info(
    title = "docent",
    description = "Stories collected from a field's news. Lists give `items` and a `next_cursor`; errors are RFC 9457 problems.",
    license(name = "Apache-2.0", identifier = "Apache-2.0")
))]
struct Document;

/// Everything that can be asked.
pub fn router(state: State) -> Router {
    let (api, document) = api_router().split_for_parts();
    let document = document.to_pretty_json().unwrap_or_default();
    Router::new()
        .merge(api)
        .route("/", get(site::home::show))
        .route(&site::style::path(), get(site::style::show))
        .route("/api", get(api::reference::show))
        .route(
            "/api/openapi.json",
            get(async move |headers: HeaderMap| tag::bytes(&headers, "application/json", document.clone())),
        )
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .fallback(|| async { Problem::not_found("page") })
        .method_not_allowed_fallback(|| async { Problem::new(StatusCode::METHOD_NOT_ALLOWED, None) })
        .layer(CatchPanicLayer::custom(|_| {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, None).into_response()
        }))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            Duration::from_secs(ANSWER_SECONDS_MAX),
        ))
        .layer(RequestBodyLimitLayer::new(BODY_BYTES_MAX))
        .layer(from_fn_with_state(state.clone(), host::guard))
        .layer(map_response(error::as_problem))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::REFERRER_POLICY, "same-origin"))
        .layer(fixed(OPENER_POLICY, "same-origin"))
        .layer(fixed(header::CONTENT_SECURITY_POLICY, CONTENT_POLICY))
        .layer(fixed(header::CACHE_CONTROL, "no-cache"))
        .layer(CompressionLayer::new())
        .layer(TraceLayer::new_for_http())
        .with_state(state)
}

/// The OpenAPI document, gathered by the same call that routes.
pub fn openapi() -> utoipa::openapi::OpenApi {
    api_router().split_for_parts().1
}

fn api_router() -> OpenApiRouter<State> {
    OpenApiRouter::with_openapi(Document::openapi()).nest(
        "/api/v1",
        OpenApiRouter::new()
            .routes(routes!(api::decisions::list, api::decisions::decide_many))
            .routes(routes!(api::decisions::redo))
            .routes(routes!(api::decisions::redo_batch))
            .routes(routes!(api::decisions::undo))
            .routes(routes!(api::decisions::undo_batch))
            .routes(routes!(api::sources::list))
            .routes(routes!(api::sources::show))
            .routes(routes!(api::stories::list, api::stories::tip))
            .routes(routes!(api::stories::show))
            .routes(routes!(api::decisions::decide, api::decisions::of_story))
            .routes(routes!(api::personal::hide, api::personal::unhide))
            .routes(routes!(api::personal::see, api::personal::unsee))
            .routes(routes!(api::search::ask)),
    )
}

fn fixed(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
