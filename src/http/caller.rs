//! Who asks, and whether they may: a handler that takes one of these is called by nobody else.
//!
//! A program comes with `Authorization: Bearer`, a browser with a cookie. Who comes with the first is never judged by the
//! second. What somebody may do is read from the store at each request, so a change of role holds at once.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};

use super::cookie;
use super::error::Problem;
use super::state::State;
use crate::domain::editor::{EditorId, EditorName, Role, Scope, ShownName, reach};
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::store::StoreError;
use crate::store::editors::Editor;

/// Who asks.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Their key.
    pub id: EditorId,
    /// Their name for programs.
    pub public_id: String,
    /// What they sign in with.
    pub name: EditorName,
    /// Their name for people.
    pub shown_name: ShownName,
    /// What they may do at all.
    pub role: Role,
    /// What they may do this time: what role and token both allow.
    pub scope: Scope,
    /// How they proved it.
    pub proof: Proof,
}

/// How somebody proved who they are, and the public id of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// By a cookie.
    Session(String),
    /// By a token.
    Token(String),
}

/// Whoever is signed in.
#[derive(Debug, Clone)]
pub struct Reads(pub Caller);

/// Who may suggest stories.
#[derive(Debug, Clone)]
pub struct Suggests(pub Caller);

/// Who may decide, pick and publish.
#[derive(Debug, Clone)]
pub struct Edits(pub Caller);

/// Who may set up sources, lists and people.
#[derive(Debug, Clone)]
pub struct Admins(pub Caller);

/// Who may see to their own sessions, tokens and password: somebody at a browser, or a program that may do everything. Any
/// other token could else make itself one that lives longer.
#[derive(Debug, Clone)]
pub struct Owns(pub Caller);

impl Caller {
    /// Refuses whoever may not do what `scope` names.
    pub fn must(&self, scope: Scope) -> Result<(), Problem> {
        if self.scope >= scope {
            return Ok(());
        }
        Err(Problem::forbidden(&format!("this needs the scope {}", scope.as_str())))
    }

    /// Refuses a token that may not do everything: it could else make itself one that lives longer, or end sessions.
    pub fn must_own(&self) -> Result<(), Problem> {
        match self.proof {
            Proof::Token(_) => self.must(Scope::Admin),
            Proof::Session(_) => Ok(()),
        }
    }

    fn new(editor: Editor, scope: Scope, proof: Proof) -> Self {
        Self {
            id: editor.id,
            public_id: editor.public_id,
            name: editor.name,
            shown_name: editor.shown_name,
            role: editor.role,
            scope,
            proof,
        }
    }
}

/// Who asks; 401 if nobody is signed in. Asked once for each request, however many parts of it want to know.
pub async fn caller(parts: &mut Parts, state: &State) -> Result<Caller, Problem> {
    if let Some(known) = parts.extensions.get::<Caller>() {
        return Ok(known.clone());
    }
    let now = state.clock.now();
    let authorization = parts
        .headers
        .get(header::AUTHORIZATION)
        .filter(|value| is_bearer(value));
    let caller = match authorization {
        Some(value) => by_token(state, value, now).await?,
        None => by_session(state, parts, now).await?,
    };
    parts.extensions.insert(caller.clone());
    Ok(caller)
}

async fn by_token(state: &State, value: &HeaderValue, now: Timestamp) -> Result<Caller, Problem> {
    let unknown = || Problem::nobody("the token is not known, not valid any more, or was revoked");
    let token = value.to_str().ok().and_then(|text| text.split_once(' '));
    let secret = token.and_then(|(_, token)| Secret::read_token(token.trim()));
    let secret = secret.ok_or_else(|| Problem::nobody("what Authorization holds is not a token of this service"))?;
    let live = state.store.token(&secret.digest(), now).await?.ok_or_else(unknown)?;
    tell_use(state.store.use_token(&live, now).await);
    let scope = reach(live.editor.role, Some(&live.scopes)).ok_or_else(unknown)?;
    Ok(Caller::new(live.editor, scope, Proof::Token(live.token_id)))
}

async fn by_session(state: &State, parts: &Parts, now: Timestamp) -> Result<Caller, Problem> {
    let secret = cookie::read(&parts.headers, &parts.uri).ok_or_else(|| Problem::nobody("nobody is signed in"))?;
    let live = state.store.session(&secret.digest(), now).await?;
    let live = live.ok_or_else(|| Problem::nobody("the session has ended; sign in again"))?;
    tell_use(state.store.use_session(&live, now).await);
    let scope = live.editor.role.scope();
    Ok(Caller::new(live.editor, scope, Proof::Session(live.session_id)))
}

/// That a use could not be written down keeps nobody out.
fn tell_use(written: Result<(), StoreError>) {
    if let Err(error) = written {
        tracing::warn!(%error, "a last use could not be written down");
    }
}

/// Whether a program signs in so. Another scheme is between the browser and a proxy before us.
fn is_bearer(value: &HeaderValue) -> bool {
    let scheme = value.as_bytes().split(|byte| *byte == b' ').next();
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
}

/// The extractor `name` of callers who may do what `scope` names.
macro_rules! extractor {
    ($name:ident, $scope:expr) => {
        impl FromRequestParts<State> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
                let caller = caller(parts, state).await?;
                caller.must($scope)?;
                Ok(Self(caller))
            }
        }
    };
}

extractor!(Reads, Scope::Read);
extractor!(Suggests, Scope::Suggest);
extractor!(Edits, Scope::Edit);
extractor!(Admins, Scope::Admin);

impl FromRequestParts<State> for Owns {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let caller = caller(parts, state).await?;
        caller.must_own()?;
        Ok(Self(caller))
    }
}
