//! Signing in, for programs and pages alike.

use axum::http::{HeaderMap, HeaderValue, Uri};

use super::client::Client;
use super::cookie;
use super::error::Problem;
use super::state::State;
use crate::domain::editor::{EditorId, EditorName};
use crate::domain::password::{Offered, Verdict};
use crate::domain::throttle;
use crate::store::sessions::NewSession;

/// Milliseconds in a second.
const SECOND_MILLIS: u128 = 1000;

/// Who says that they are `name` and proves it by `offered`; `None` if they do not prove it. The try is charged before it is judged. A name that nobody has
/// costs the same work, is charged alike, and is answered alike.
pub async fn prove(state: &State, client: &Client, name: &str, offered: Offered) -> Result<Option<EditorId>, Problem> {
    let charges = throttle::charges(name, client.address);
    let now = state.clock.now();
    if let Err(free_at) = state.store.charge(&charges, now).await? {
        let seconds = free_at.since(now).as_millis().div_ceil(SECOND_MILLIS);
        return Err(Problem::too_many(u32::try_from(seconds).unwrap_or(u32::MAX)));
    }
    let known = match EditorName::parse(name) {
        Ok(name) => state.store.password_of(&name).await?,
        Err(_) => None,
    };
    let kept = known.as_ref().map(|(_, kept)| kept.clone());
    let verdict = state.hasher.verify(offered.clone(), kept).await?;
    let Some((editor, kept)) = known.filter(|_| verdict != Verdict::Wrong) else {
        return Ok(None);
    };
    if verdict == Verdict::RightAndStale {
        let fresh = state.hasher.hash_again(offered, (state.fresh_secret)()).await?;
        state.store.keep_password_anew(editor, kept, fresh).await?;
    }
    for charge in charges.iter().filter(|charge| charge.is_forgiven) {
        state.store.forgive(&charge.key).await?;
    }
    Ok(Some(editor))
}

/// What is said to whoever did not prove who they are.
pub fn unproven() -> Problem {
    Problem::nobody("the name or the password is wrong")
}

/// Begins a session of `editor` in the browser that sent `headers`, ends the one that it may have had, and gives the
/// `Set-Cookie` of the new one.
pub async fn begin(
    state: &State,
    client: &Client,
    editor: EditorId,
    headers: &HeaderMap,
    uri: &Uri,
) -> Result<HeaderValue, Problem> {
    if let Some(old) = cookie::read(headers, uri) {
        state.store.leave_session(&old.digest()).await?;
    }
    let secret = (state.fresh_secret)();
    let session = NewSession {
        digest: secret.digest(),
        public_id: (state.fresh_id)(),
        editor,
        agent: client.agent.clone(),
        address: client.address.to_string(),
        at: state.clock.now(),
    };
    state.store.begin_session(session).await?;
    tracing::info!(editor.id = editor.0, "signed in");
    Ok(cookie::set(headers, uri, &secret))
}
