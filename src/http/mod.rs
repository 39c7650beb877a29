//! The driver that follows requests: the route table, all of it.
//!
//! Knows the store, the index and the formats. Must not know the worker: what a request wants of it is a date in the store.
//! A handler extracts, calls one function below, and answers; it holds no SQL and no rule.

use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
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
mod client;
mod cookie;
mod desk;
mod document;
mod error;
pub mod find;
mod hasher;
mod health;
mod host;
mod once;
mod paging;
mod precondition;
mod sign_in;
mod site;
mod state;
mod tag;

pub use hasher::Hasher;
pub use state::State;

use error::Problem;

/// Bytes of a request's body at the most.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// How long an answer may take.
const ANSWER_SECONDS_MAX: u64 = 30;
/// Keeps our pages out of the reach of pages that opened them.
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
/// What our pages may load and run: nothing but what is named.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' https: data:; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types docent";

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
    let document = openapi().to_pretty_json().unwrap_or_default();
    let (api, _) = api_router().split_for_parts();
    Router::new()
        .merge(api.route_layer(from_fn_with_state(state.clone(), once::once)))
        .route("/", get(|| async { Redirect::to(site::door::START) }))
        .merge(desk_router().route_layer(from_fn_with_state(state.clone(), once::once)))
        .route("/assets/{digest}/{name}", get(desk::assets::show))
        .route(
            "/invitations/{secret}",
            get(site::welcome::show).post(site::welcome::accept),
        )
        .route("/login", get(site::door::show).post(site::door::enter))
        .route("/logout", post(site::door::leave))
        .route(
            "/setup/{secret}",
            get(site::welcome::show_first).post(site::welcome::accept_first),
        )
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
        .layer(same_site(&state))
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
    let (_, mut document) = api_router().split_for_parts();
    document::complete(&mut document);
    document
}

/// Refuses what the page of another site sends by somebody's browser (the rule of Go 1.25's `CrossOriginProtection`).
fn same_site(state: &State) -> CsrfLayer<impl Fn(ProtectionError) -> Response + Clone + use<>> {
    let refusal = |_| Problem::forbidden("a page of another site may not do this").into_response();
    let layer = CsrfLayer::new();
    // Behind a proxy the request may name another host than the browser did.
    let ours = origin_of(&state.outside);
    let trusting = layer.clone().add_trusted_origin(ours).unwrap_or(layer);
    trusting.with_rejection_response(refusal)
}

/// Scheme, host and port of an address.
fn origin_of(address: &str) -> String {
    url::Url::parse(address).map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
}

fn api_router() -> OpenApiRouter<State> {
    OpenApiRouter::with_openapi(Document::openapi()).nest(
        "/api/v1",
        OpenApiRouter::new()
            .routes(routes!(api::decisions::decide, api::decisions::of_story))
            .routes(routes!(api::decisions::list, api::decisions::decide_many))
            .routes(routes!(api::decisions::redo))
            .routes(routes!(api::decisions::redo_batch))
            .routes(routes!(api::decisions::undo))
            .routes(routes!(api::decisions::undo_batch))
            .routes(routes!(api::editors::invite))
            .routes(routes!(api::editors::list, api::editors::add))
            .routes(routes!(api::editors::show, api::editors::change))
            .routes(routes!(api::inquiries::ask))
            .routes(routes!(api::inquiries::show))
            .routes(routes!(api::invitations::show, api::invitations::accept))
            .routes(routes!(api::personal::hide, api::personal::unhide))
            .routes(routes!(api::personal::see, api::personal::unsee))
            .routes(routes!(api::search::ask))
            .routes(routes!(api::session::change_password))
            .routes(routes!(api::session::show, api::session::begin, api::session::end))
            .routes(routes!(api::sessions::end))
            .routes(routes!(api::sessions::list, api::sessions::end_all))
            .routes(routes!(api::sources::change::poll))
            .routes(routes!(api::sources::list, api::sources::change::add))
            .routes(routes!(api::sources::show, api::sources::change::change))
            .routes(routes!(api::stories::list))
            .routes(routes!(api::stories::show))
            .routes(routes!(api::tokens::list, api::tokens::add))
            .routes(routes!(api::tokens::revoke)),
    )
}

fn desk_router() -> Router<State> {
    Router::new()
        .route("/desk", get(desk::triage::show))
        .route("/desk/acts", post(desk::act::act))
        .route("/desk/fresh", get(desk::triage::fresh))
        .route("/desk/redo", post(desk::act::redo))
        .route("/desk/search", get(site::home::show))
        .route("/desk/stories/{id}", get(desk::story::show))
        .route("/desk/stories/{id}/text", get(desk::story::text))
        .route("/desk/undo", post(desk::act::undo))
}

fn fixed(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
