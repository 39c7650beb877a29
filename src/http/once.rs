//! A `POST` that carries an `Idempotency-Key` is carried out once, however often it is sent.
//!
//! The key belongs to the caller. It is taken before the request is carried out, and the answer is kept for a day. A request
//! whose outcome is not known, since its program died, is never carried out again: its caller looks what came of it.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State as Shared};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::caller::{Caller, caller};
use super::error::Problem;
use super::state::State;
use super::{BODY_BYTES_MAX, tag};
use crate::domain::digest::digest;
use crate::store::answered::{Answered, Claim};

/// What the key is sent in.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Bytes of a key.
const KEY_BYTES_MAX: usize = 255;
/// What is kept of an answer besides status and body. Cookies are not.
const HEADERS_KEPT: [HeaderName; 3] = [header::CONTENT_TYPE, header::ETAG, header::LOCATION];
/// Where passwords are sent: not even a digest of these is kept, since from a fast digest a password can be guessed. And
/// where secrets are on the page that answers.
const NEVER_KEPT: [&str; 4] = [
    "/api/v1/session",
    "/api/v1/password",
    "/api/v1/invitations/",
    "/desk/settings/",
];

/// Put into an answer that holds a secret: the body to keep instead.
#[derive(Debug, Clone)]
pub struct Kept(pub String);

/// The layer.
pub async fn once(Shared(state): Shared<State>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_exempt = NEVER_KEPT.iter().any(|exempt| path.starts_with(exempt));
    match request.headers().get(KEY).cloned() {
        Some(key) if request.method() == Method::POST && !is_exempt => carry_out(state, &key, request, next)
            .await
            .unwrap_or_else(Problem::into_response),
        _ => next.run(request).await,
    }
}

async fn carry_out(state: State, key: &HeaderValue, request: Request, next: Next) -> Result<Response, Problem> {
    let key = read(key)?;
    let (mut parts, body) = request.into_parts();
    // Whoever is not signed in is refused by the handler, in its own words.
    let Ok(caller) = caller(&mut parts, &state).await else {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    let body = to_bytes(body, BODY_BYTES_MAX)
        .await
        .map_err(|_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, None))?;
    let digest = digest(&[&parts.uri.to_string(), &kind(&parts), &tag::digest(&body)]);
    match state
        .store
        .claim_answer(caller.id, &key, &digest, state.clock.now())
        .await?
    {
        Claim::Kept(answered) => return Ok(replay(answered)),
        Claim::Foreign => {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                Some("this Idempotency-Key was used for another request".to_owned()),
            ));
        }
        Claim::Running => {
            return Err(Problem::conflict(
                "a request with this Idempotency-Key is being answered, or its answer was lost: look what came of it, then use another key",
            ));
        }
        Claim::Ours => {}
    }
    // On its own: a client that goes away, and then sends the request again, must not leave the key taken and the work half
    // begun.
    let request = Request::from_parts(parts, Body::from(body));
    let work = tokio::spawn(async move { keep(&state, &caller, &key, next.run(request).await).await });
    work.await
        .unwrap_or_else(|_| Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, None)))
}

/// Keeps an answer that says that something was done; after any other the key is free again.
async fn keep(state: &State, caller: &Caller, key: &str, response: Response) -> Result<Response, Problem> {
    if !response.status().is_success() {
        state.store.release_answer(caller.id, key).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX)
        .await
        .map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, None))?;
    let instead = parts.extensions.get::<Kept>().map(|Kept(body)| body.clone());
    let answered = Answered {
        status: parts.status.as_u16().into(),
        headers: written(&parts.headers),
        body: instead.unwrap_or_else(|| String::from_utf8_lossy(&bytes).into_owned()),
    };
    state.store.keep_answer(caller.id, key, answered).await?;
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn replay(answered: Answered) -> Response {
    let status = u16::try_from(answered.status)
        .ok()
        .and_then(|status| StatusCode::from_u16(status).ok());
    let mut response = (status.unwrap_or(StatusCode::OK), answered.body).into_response();
    let kept: Vec<(String, String)> = serde_json::from_str(&answered.headers).unwrap_or_default();
    response.headers_mut().remove(header::CONTENT_TYPE);
    for (name, value) in kept {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn written(headers: &HeaderMap) -> String {
    let kept = HEADERS_KEPT.iter().filter_map(|name| {
        let value = headers.get(name)?.to_str().ok()?;
        Some((name.as_str(), value))
    });
    serde_json::to_string(&kept.collect::<Vec<_>>()).unwrap_or_default()
}

fn kind(parts: &Parts) -> String {
    let kind = parts.headers.get(header::CONTENT_TYPE);
    kind.map(|kind| String::from_utf8_lossy(kind.as_bytes()).into_owned())
        .unwrap_or_default()
}

fn read(key: &HeaderValue) -> Result<String, Problem> {
    let text = key
        .to_str()
        .ok()
        .filter(|text| (1..=KEY_BYTES_MAX).contains(&text.len()));
    text.map(str::to_owned).ok_or_else(|| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            Some("an Idempotency-Key is 1 to 255 visible characters".to_owned()),
        )
    })
}
