//! Saving what is printed of a story: field by field as each is left, or all at once by a button.
//!
//! A form brings what its fields were made of. So it is known who changed which field, and nobody's text is lost: what only one
//! of two editors changed is taken, what both changed is shown to the later one.

use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::Page;
use super::form::{Base, Clashes, PickForm, Values};
use crate::domain::list::Part;
use crate::http::api::picks::named;
use crate::http::api::{acting, lists};
use crate::http::caller::Caller;
use crate::http::desk::fields::Fields;
use crate::http::desk::{Said, back_to, last_act, parts, render, wants_parts};
use crate::http::error::Problem;
use crate::http::site::door::Editing;
use crate::http::site::sentence;
use crate::http::state::State;
use crate::store::StoreError;
use crate::store::picks::PickLine;

/// What came of saving.
enum Came {
    Saved,
    /// Somebody else wrote the same parts meanwhile; theirs stand.
    Clash(Vec<Part>),
    /// It could not be taken, and why.
    Refused(StatusCode, String),
}

/// What somebody sent.
struct Sent {
    mine: Values,
    base: Values,
}

/// Saves what was written of a pick.
pub async fn save(
    Editing(caller): Editing,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let line = named(&state, &id).await?;
    let sent = Sent {
        mine: Values::read(&fields, ""),
        base: Values::read(&fields, "base_"),
    };
    let came = kept(&state, &caller, &line, &sent).await?;
    let now = named(&state, &id).await?;
    match came {
        _ if wants_parts(&headers) => answer_parts(&state, &caller, now, (sent, came)).await,
        Came::Saved => Ok(back_to(&format!("/desk/stories/{}#pick-{}", now.story, now.list_slug))),
        _ => answer_page(&state, &caller, now, (sent, came)).await,
    }
}

/// The page again, with what was typed and not taken.
async fn answer_page(
    state: &State,
    caller: &Caller,
    line: PickLine,
    (sent, came): (Sent, Came),
) -> Result<Response, Problem> {
    let mut page = Page::of(state, caller, &line.story).await?;
    let form = page.forms.iter_mut().find(|form| form.pick == line.pick.public_id);
    if let Some(form) = form {
        came.put(form, sent);
    }
    let said = Said {
        words: came.words(),
        back: format!("/desk/stories/{}", line.story),
        ..Said::default()
    };
    let page = page.page(state, caller, said).await?;
    Ok((came.status(), page).into_response())
}

/// What changes on the page: never a field, where somebody may be typing.
async fn answer_parts(
    state: &State,
    caller: &Caller,
    line: PickLine,
    (sent, came): (Sent, Came),
) -> Result<Response, Problem> {
    let list = lists::named(state, line.list_slug.as_str()).await?;
    let back = format!("/desk/stories/{}", line.story);
    let mut form = PickForm::new(line, &list, &back, (&state.store.site().await?, state));
    came.put(&mut form, sent);
    let said = Said {
        words: came.words(),
        undo: last_act(state, caller.id).await?,
        redo: None,
        back,
    };
    let base = render(&Base { base: &form.base })?;
    let clashes = render(&Clashes { form: &form })?;
    let slug = &form.slug;
    let answer = format!(
        "<template data-for=\"base-{slug}\" data-how=\"inside\">{base}</template>\
         <template data-for=\"clashes-{slug}\" data-how=\"inside\">{clashes}</template>{}",
        render(&said)?
    );
    Ok(parts(answer))
}

async fn kept(state: &State, caller: &Caller, line: &PickLine, sent: &Sent) -> Result<Came, Problem> {
    let wordings = sent.mine.wording(&line.pick).and_then(|mine| {
        let base = sent.base.wording(&line.pick)?;
        Ok((mine, base))
    });
    let (mine, base) = match wordings {
        Ok(wordings) => wordings,
        Err(why) => return Ok(Came::Refused(StatusCode::UNPROCESSABLE_ENTITY, why)),
    };
    let acting = acting(caller, state);
    match state.store.mend_pick(line.pick.id, &base, &mine, acting).await {
        Ok(clashes) if clashes.is_empty() => Ok(Came::Saved),
        Ok(clashes) => Ok(Came::Clash(clashes)),
        Err(StoreError::Refused(why)) => Ok(Came::Refused(StatusCode::CONFLICT, why)),
        Err(other) => Err(other.into()),
    }
}

impl Came {
    /// Puts what was sent into the form as it stands.
    fn put(&self, form: &mut PickForm, sent: Sent) {
        match self {
            Self::Saved => form.typed(sent.mine, &[]),
            Self::Clash(parts) => form.typed(sent.mine, parts),
            Self::Refused(..) => {
                form.typed(sent.mine, &[]);
                form.base = sent.base;
            }
        }
        form.saved = self.words();
    }

    fn words(&self) -> String {
        match self {
            Self::Saved => "Saved.".to_owned(),
            Self::Clash(_) => "Somebody else wrote here meanwhile. Both texts are shown; nothing is lost.".to_owned(),
            Self::Refused(_, why) => format!("Not saved. {}", sentence(why)),
        }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::Saved => StatusCode::OK,
            Self::Clash(_) => StatusCode::CONFLICT,
            Self::Refused(status, _) => *status,
        }
    }
}
