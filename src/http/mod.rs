//! The driver that follows requests: the route table, all of it.
//!
//! Knows the store, the index and the formats. Must not know the worker: what a request wants of it is a date in the store.
//! A handler extracts, calls one function below, and answers; it holds no SQL and no rule.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use tracing::Span;
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
mod followers;
mod hasher;
mod health;
mod host;
mod once;
mod paging;
mod precondition;
pub mod public;
mod question;
mod sign_in;
mod site;
mod state;
mod tag;

pub use followers::Followers;
pub use hasher::Hasher;
pub use public::Publishing;
pub use state::{Demo, State};

use error::Problem;

/// Bytes of a request's body at the most.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// How long an answer may take.
const ANSWER_SECONDS_MAX: u64 = 30;
/// Keeps our pages out of the reach of pages that opened them.
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
/// What our pages may load and run: nothing but what is named.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; frame-src 'self'; manifest-src 'self'; style-src 'self'; img-src 'self' https: data:; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types docent";

/// For a year, and for this host alone: its neighbours are not ours.
const HTTPS_ONLY: &str = "max-age=31536000";

/// What the document says of itself; and the schemas that only parameters name, which are not gathered with the routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "docent",
        description = "Stories collected from a field's news. Lists give `items` and a `next_cursor`; errors are RFC 9457 problems.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(api::previews::PreviewForm, api::search::Sorting))
)]
struct Document;

/// What readers and other sites fetch. Handlers set all headers themselves: what every reader asks for again and again passes
/// as few layers as it can.
fn public_router(state: State) -> Router {
    Router::new()
        .route("/", get(site::front::show))
        .route("/about", get(site::about::show))
        .route("/archive", get(site::archive::show))
        .route("/archive/{month}", get(public::of_month))
        .route("/box.js", get(public::boxes::script))
        .route("/favicon.ico", get(site::machines::old_icon))
        .route("/favicon.svg", get(site::machines::icon))
        .route("/feed.atom", get(public::feeds::show))
        .route("/feed.json", get(public::feeds::show))
        .route("/feed.rss", get(public::feeds::show))
        .route("/lists", get(site::list::show))
        .route("/lists/{slug}", get(site::list::show))
        .route("/lists/{slug}/archive", get(site::archive::show))
        .route("/lists/{slug}/archive/{month}", get(public::of_month))
        .route("/lists/{slug}/box", get(public::boxes::frame))
        .route("/lists/{slug}/box.html", get(public::boxes::fragment))
        .route("/lists/{slug}/editions/{number}", get(site::edition::show))
        .route("/lists/{slug}/embed", get(site::embed::show))
        .route("/lists/{slug}/feed.atom", get(public::feeds::show))
        .route("/lists/{slug}/feed.json", get(public::feeds::show))
        .route("/lists/{slug}/feed.rss", get(public::feeds::show))
        .route("/lists/{slug}/insert.html", get(public::inserts::html))
        .route("/lists/{slug}/insert.txt", get(public::inserts::text))
        .route("/lists/{slug}/topics/{topic}", get(site::list::show))
        .route("/lists/{slug}/topics/{topic}/archive/{month}", get(public::of_month))
        .route("/lists/{slug}/topics/{topic}/feed.atom", get(public::feeds::show))
        .route("/lists/{slug}/topics/{topic}/feed.json", get(public::feeds::show))
        .route("/lists/{slug}/topics/{topic}/feed.rss", get(public::feeds::show))
        .route("/robots.txt", get(site::machines::robots))
        .route("/sitemap.xml", get(site::machines::sitemap))
        .route("/sources.opml", get(public::sources::opml))
        .route("/topics", get(site::topics::show))
        .route("/topics/{topic}", get(site::list::show))
        .route("/topics/{topic}/archive/{month}", get(public::of_month))
        .route("/topics/{topic}/feed.atom", get(public::feeds::show))
        .route("/topics/{topic}/feed.json", get(public::feeds::show))
        .route("/topics/{topic}/feed.rss", get(public::feeds::show))
        .layer(CatchPanicLayer::custom(|_| crashed()))
        .with_state(Arc::new(state))
}

/// Everything that can be asked.
pub fn router(state: State) -> Router {
    let document = openapi().to_pretty_json().unwrap_or_default();
    let (api, _) = api_router().split_for_parts();
    Router::new()
        .merge(api.route_layer(from_fn_with_state(state.clone(), once::once)))
        .merge(desk_router().route_layer(from_fn_with_state(state.clone(), once::once)))
        .route("/assets/{digest}/{name}", get(desk::assets::show))
        .route("/demo/{secret}", get(site::demo::enter))
        .route(
            "/invitations/{secret}",
            get(site::welcome::show).post(site::welcome::accept),
        )
        .route("/login", get(site::door::show).post(site::door::enter))
        .route("/logout", post(site::door::leave))
        .route("/searches/{secret}/feed.atom", get(site::matches::feed))
        .route("/setup/{secret}", get(site::setup::show).post(site::setup::accept))
        .route(&site::style::path(), get(site::style::show))
        .route("/search", get(site::search::show))
        .route("/sources", get(site::sources::show))
        .route("/style/{name}", get(site::style::show_named))
        .route("/api", get(api::reference::show))
        .route(
            "/api/openapi.json",
            get(async move |headers: HeaderMap| tag::bytes(&headers, "application/json", document.clone())),
        )
        .route("/manifest.webmanifest", get(desk::tip::manifest))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .fallback(|| async { Problem::not_found("page") })
        .method_not_allowed_fallback(|| async { Problem::new(StatusCode::METHOD_NOT_ALLOWED, None) })
        .layer(CatchPanicLayer::custom(|_| crashed()))
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
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CONTENT_SECURITY_POLICY,
            content_policy(&state),
        ))
        .layer(fixed(header::CACHE_CONTROL, "private, no-cache"))
        .layer(https_only(&state))
        .layer(CompressionLayer::new())
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .with_state(state.clone())
        .merge(public_router(state))
}

fn crashed() -> Response {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, None).into_response()
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

/// Tells browsers to come by https only, where the operator says that they can.
fn https_only(state: &State) -> SetResponseHeaderLayer<Option<HeaderValue>> {
    let value = state
        .outside
        .starts_with("https://")
        .then(|| HeaderValue::from_static(HTTPS_ONLY));
    SetResponseHeaderLayer::if_not_present(header::STRICT_TRANSPORT_SECURITY, value)
}

/// A request in the log: by the route and not by the address, which may hold a secret.
fn span(request: &Request) -> Span {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unknown", MatchedPath::as_str);
    tracing::debug_span!("request", method = %request.method(), route)
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
            .routes(routes!(api::deliveries::list))
            .routes(routes!(api::deliveries::retry))
            .routes(routes!(api::editions::call_back))
            .routes(routes!(api::editions::checks))
            .routes(routes!(api::editions::list, api::editions::add))
            .routes(routes!(api::editions::publish))
            .routes(routes!(api::editions::schedule))
            .routes(routes!(
                api::editions::show,
                api::editions::change,
                api::editions::delete
            ))
            .routes(routes!(api::editions::withdraw))
            .routes(routes!(api::editors::invite))
            .routes(routes!(api::editors::list, api::editors::add))
            .routes(routes!(api::editors::show, api::editors::change))
            .routes(routes!(api::events::follow))
            .routes(routes!(api::inquiries::ask))
            .routes(routes!(api::inquiries::show))
            .routes(routes!(api::invitations::show, api::invitations::accept))
            .routes(routes!(api::lists::list, api::lists::add))
            .routes(routes!(api::lists::restore))
            .routes(routes!(api::lists::show, api::lists::change, api::lists::archive))
            .routes(routes!(api::personal::hide, api::personal::unhide))
            .routes(routes!(api::personal::see, api::personal::unsee))
            .routes(routes!(api::picks::call_back))
            .routes(routes!(api::picks::checks))
            .routes(routes!(api::picks::list))
            .routes(routes!(api::picks::publish))
            .routes(routes!(api::picks::relocate))
            .routes(routes!(api::picks::restore))
            .routes(routes!(api::picks::schedule))
            .routes(routes!(api::picks::show, api::picks::change))
            .routes(routes!(api::picks::versions))
            .routes(routes!(api::picks::withdraw))
            .routes(routes!(api::previews::edition))
            .routes(routes!(api::previews::list))
            .routes(routes!(api::runs::list))
            .routes(routes!(api::session::change_password))
            .routes(routes!(api::session::show, api::session::begin, api::session::end))
            .routes(routes!(api::sessions::end))
            .routes(routes!(api::sessions::list, api::sessions::end_all))
            .routes(routes!(api::sources::change::move_back))
            .routes(routes!(api::sources::change::poll))
            .routes(routes!(api::sources::import::import))
            .routes(routes!(api::sources::list, api::sources::change::add))
            .routes(routes!(api::sources::show, api::sources::change::change))
            .routes(routes!(api::stories::list, api::stories::tip))
            .routes(routes!(api::stories::show))
            .routes(routes!(api::tokens::list, api::tokens::add))
            .routes(routes!(api::tokens::revoke))
            .routes(routes!(api::webhooks::list, api::webhooks::add))
            .routes(routes!(
                api::webhooks::show,
                api::webhooks::change,
                api::webhooks::remove
            ))
            .routes(routes!(api::webhooks::test))
            .merge(search_router()),
    )
}

fn search_router() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(api::published::find))
        .routes(routes!(api::search::ask))
        .routes(routes!(api::searches::list, api::searches::add))
        .routes(routes!(api::searches::renew))
        .routes(routes!(
            api::searches::show,
            api::searches::change,
            api::searches::remove
        ))
}

fn desk_router() -> Router<State> {
    Router::new()
        .route("/desk", get(desk::triage::show))
        .route("/desk/acts", post(desk::act::act))
        .route("/desk/edition", get(desk::lists::editions::current))
        .route(
            "/desk/editions/{id}",
            get(desk::lists::bench::show_edition).post(desk::lists::editions::act),
        )
        .route("/desk/editions/{id}/preview", get(desk::preview::edition))
        .route("/desk/editions/{id}/preview/{form}", get(desk::preview::edition_form))
        .route("/desk/fresh", get(desk::triage::fresh))
        .route("/desk/lists", get(desk::lists::show).post(desk::lists::add))
        .route("/desk/lists/{slug}", get(desk::lists::bench::show))
        .route("/desk/lists/{slug}/archive", post(desk::lists::archive))
        .route("/desk/lists/{slug}/editions", post(desk::lists::editions::begin))
        .route("/desk/lists/{slug}/preview", get(desk::preview::list))
        .route("/desk/lists/{slug}/preview/{form}", get(desk::preview::list_form))
        .route(
            "/desk/lists/{slug}/rules",
            get(desk::lists::rules).post(desk::lists::change),
        )
        .route("/desk/month", get(desk::month::show))
        .route("/desk/picks/{id}", post(desk::lists::picks::act))
        .route("/desk/picks/{id}/move", post(desk::lists::picks::relocate))
        .route("/desk/picks/{id}/preview/{form}", get(desk::preview::pick_form))
        .route("/desk/picks/{id}/text", post(desk::story::save::save))
        .route("/desk/progress", get(desk::progress::show))
        .route("/desk/redo", post(desk::act::redo))
        .route("/desk/search", get(desk::search::show))
        .route("/desk/stories/{id}", get(desk::story::show))
        .route("/desk/stories/{id}/text", get(desk::story::text::show))
        .route("/desk/tip", get(desk::tip::show).post(desk::tip::take))
        .route("/desk/undo", post(desk::act::undo))
        .merge(settings_router())
        .merge(sources_router())
}

fn settings_router() -> Router<State> {
    Router::new()
        .route("/desk/export/{name}", get(desk::settings::export::send))
        .route(
            "/desk/keys",
            get(desk::settings::shortcuts::show).post(desk::settings::shortcuts::save),
        )
        .route("/desk/settings", get(desk::settings::account::show))
        .route(
            "/desk/settings/appearance",
            get(desk::settings::appearance::show).post(desk::settings::appearance::save),
        )
        .route("/desk/settings/export", get(desk::settings::export::show))
        .route(
            "/desk/settings/password",
            post(desk::settings::account::change_password),
        )
        .route(
            "/desk/settings/people",
            get(desk::settings::people::show).post(desk::settings::people::add),
        )
        .route("/desk/settings/people/{id}", post(desk::settings::people::act))
        .route("/desk/settings/sessions", post(desk::settings::account::sign_out))
        .route(
            "/desk/settings/site",
            get(desk::settings::site::show).post(desk::settings::site::save),
        )
        .route(
            "/desk/settings/tokens",
            get(desk::settings::tokens::show).post(desk::settings::tokens::add),
        )
        .route("/desk/settings/tokens/{id}", post(desk::settings::tokens::revoke))
        .route(
            "/desk/settings/webhooks",
            get(desk::settings::webhooks::show).post(desk::settings::webhooks::add),
        )
        .route(
            "/desk/settings/webhooks/{id}",
            get(desk::settings::webhooks::show_one).post(desk::settings::webhooks::act),
        )
}

fn sources_router() -> Router<State> {
    Router::new()
        .route(
            "/desk/inquiries",
            get(desk::sources::add::show_several).post(desk::sources::add::ask_or_add),
        )
        .route(
            "/desk/inquiries/{id}",
            get(desk::sources::add::show).post(desk::sources::add::take),
        )
        .route("/desk/sources", get(desk::sources::show).post(desk::sources::add::ask))
        .route("/desk/sources/acts", post(desk::sources::act))
        .route(
            "/desk/sources/import",
            get(desk::sources::import::show).post(desk::sources::import::take),
        )
        .route(
            "/desk/sources/{slug}",
            get(desk::sources::detail::show).post(desk::sources::edit::save),
        )
        .route("/desk/sources/{slug}/acts", post(desk::sources::edit::act))
        .route("/desk/sources/{slug}/trial", post(desk::sources::trial::show))
}

/// What our pages may load and run; in a demonstration also the pictures of its sample outlets.
pub(crate) fn content_policy(state: &State) -> HeaderValue {
    let demo = state.demo.as_ref();
    let widened =
        demo.map(|demo| CONTENT_POLICY.replace("img-src 'self'", &format!("img-src 'self' {}", demo.pictures)));
    let widened = widened.and_then(|policy| HeaderValue::try_from(policy).ok());
    widened.unwrap_or(HeaderValue::from_static(CONTENT_POLICY))
}

fn fixed(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
