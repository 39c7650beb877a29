//! `/api/v1/tokens`: what one's own programs sign in with.

use axum::extract::{OriginalUri, Path, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::editors::ScopeName;
use crate::domain::editor::{Scope, ShownName};
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::http::body::Body;
use crate::http::caller::{Caller, Owns};
use crate::http::error::Problem;
use crate::http::once::Kept;
use crate::http::paging::{self, Asked, Listed, PageQuery, page};
use crate::http::state::State;
use crate::store::tokens::{NewToken, Token};

/// Scopes that one token may name.
const SCOPES_MAX: usize = 4;

/// A token to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenWish {
    /// What its owner calls it.
    #[schema(value_type = String, min_length = 1, max_length = 80, pattern = r"^[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$")]
    name: ShownName,
    /// What it may be used for: nothing that its owner may not do.
    #[schema(value_type = Vec<ScopeName>, min_items = 1, max_items = 4)]
    scopes: Vec<Scope>,
    /// When it stops working; never, if not given.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// A token, without what a program signs in with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TokenAnswer {
    /// Its name for programs.
    id: String,
    /// What its owner calls it.
    name: String,
    /// What it may be used for.
    #[schema(value_type = Vec<ScopeName>)]
    scopes: Vec<Scope>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// When it stops working.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// When it was last used, give or take a minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    used_at: Option<Timestamp>,
    /// Since when it does not work any more.
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Timestamp>,
}

/// A token that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenMade {
    /// The token.
    token: TokenAnswer,
    /// What a program sends behind `Authorization: Bearer`. It is told this once; an answer sent again has none.
    secret: Option<String>,
}

/// One's own tokens, the oldest first
#[utoipa::path(get, path = "/tokens", tag = "account", params(PageQuery),
    responses((status = OK, body = Listed<TokenAnswer>), (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json")))]
pub async fn list(
    Owns(caller): Owns,
    Shared(state): Shared<State>,
    OriginalUri(uri): OriginalUri,
    Asked(asked): Asked<PageQuery>,
) -> Result<Response, Problem> {
    let (limit, cursor) = (
        paging::limit(asked.limit.as_deref())?,
        paging::cursor("tokens", asked.cursor.as_deref())?,
    );
    let after = cursor.map_or(0, |(_, id)| id);
    let tokens = state.store.tokens_after(caller.id, after, limit + 1).await?;
    let listed: Listed<TokenAnswer> = paging::cut("tokens", tokens, limit, |last| (0, last.id));
    Ok(page(&uri.to_string(), listed))
}

/// Make a token
///
/// What a program signs in with is in the answer and nowhere else.
#[utoipa::path(post, path = "/tokens", tag = "account", request_body = TokenWish, responses((status = CREATED, body = TokenMade)))]
pub async fn add(
    Owns(caller): Owns,
    Shared(state): Shared<State>,
    Body(wish): Body<TokenWish>,
) -> Result<Response, Problem> {
    let (new, secret) = wish.make(&state, &caller)?;
    let token = TokenAnswer::from(&new);
    state.store.add_token(new).await?;
    Ok(made(token, secret.reveal_as_token()))
}

/// Revoke a token
#[utoipa::path(delete, path = "/tokens/{id}", tag = "account", params(("id" = String, Path, description = "The token's name")),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn revoke(
    Owns(caller): Owns,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    if super::is_id(&id) && state.store.revoke_token(caller.id, &id, state.clock.now()).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("token"))
    }
}

fn made(token: TokenAnswer, secret: String) -> Response {
    let kept = TokenMade {
        token: token.clone(),
        secret: None,
    };
    let kept = Kept(serde_json::to_string(&kept).unwrap_or_default());
    let place = [(header::LOCATION, format!("/api/v1/tokens/{}", token.id))];
    let answer = TokenMade {
        token,
        secret: Some(secret),
    };
    (StatusCode::CREATED, Extension(kept), place, Json(answer)).into_response()
}

impl TokenWish {
    /// A token of that name for these scopes.
    pub const fn of(name: ShownName, scopes: Vec<Scope>, expires_at: Option<Timestamp>) -> Self {
        Self {
            name,
            scopes,
            expires_at,
        }
    }

    /// The token as it would be kept, and its secret. Refused if it could do more than `caller`.
    pub fn make(self, state: &State, caller: &Caller) -> Result<(NewToken, Secret), Problem> {
        let now = state.clock.now();
        self.check(caller, now)?;
        let secret = (state.fresh_secret)();
        let new = NewToken {
            digest: secret.digest(),
            public_id: (state.fresh_id)(),
            editor: caller.id,
            name: self.name.into(),
            scopes: self.scopes,
            expires_at: self.expires_at,
            at: now,
        };
        Ok((new, secret))
    }

    fn check(&self, caller: &Caller, now: Timestamp) -> Result<(), Problem> {
        if !(1..=SCOPES_MAX).contains(&self.scopes.len()) {
            return Err(Problem::bad_field(
                "/scopes",
                "name 1 to 4 of read, suggest, edit, admin",
            ));
        }
        if self.scopes.iter().any(|scope| *scope > caller.scope) {
            let told = format!("nobody's token may do more than they: {}", caller.scope.as_str());
            return Err(Problem::bad_field("/scopes", &told));
        }
        if self.expires_at.is_some_and(|at| at <= now) {
            return Err(Problem::bad_field("/expires_at", "not in the future"));
        }
        Ok(())
    }
}

impl From<&NewToken> for TokenAnswer {
    fn from(new: &NewToken) -> Self {
        Self {
            id: new.public_id.clone(),
            name: new.name.clone(),
            scopes: new.scopes.clone(),
            made_at: new.at,
            expires_at: new.expires_at,
            used_at: None,
            revoked_at: None,
        }
    }
}

impl From<Token> for TokenAnswer {
    fn from(token: Token) -> Self {
        Self {
            id: token.public_id,
            name: token.name,
            scopes: token.scopes,
            made_at: token.made_at,
            expires_at: token.expires_at,
            used_at: token.used_at,
            revoked_at: token.revoked_at,
        }
    }
}
