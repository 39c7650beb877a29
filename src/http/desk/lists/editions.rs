//! What is done with an edition: filled, titled, scheduled, called back, published, withdrawn.

use axum::extract::{Path, State as Shared};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};

use crate::domain::list::Edition;
use crate::domain::list::wording::{ABOUT_CHARS_MAX, HEADLINE_CHARS_MAX, line, prose};
use crate::http::api::{acting, editions, lists};
use crate::http::desk::fields::Fields;
use crate::http::desk::{stand, when};
use crate::http::error::Problem;
use crate::http::site::door::{Editing, Visitor};
use crate::http::state::State;
use crate::store::Acting;
use crate::store::editions::{EditionChange, EditionLine, NewEdition};

/// Leads to the edition that goes out next of all.
pub async fn current(Visitor(_): Visitor, Shared(state): Shared<State>) -> Result<Response, Problem> {
    let next = state.store.next_edition().await?;
    let to = match next {
        Some(line) => format!("/desk/editions/{}", line.edition.public_id),
        None => match state.store.lists().await?.first() {
            Some(list) if list.archived_at.is_none() => format!("/desk/lists/{}", list.slug),
            _ => "/desk/lists".to_owned(),
        },
    };
    Ok(Redirect::to(&to).into_response())
}

/// Begins the next edition of a list.
pub async fn begin(
    Editing(caller): Editing,
    Shared(state): Shared<State>,
    Path(slug): Path<String>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let list = lists::named(&state, &slug).await?;
    let new = NewEdition {
        list: list.id,
        title: None,
        intro: String::new(),
        due_at: None,
    };
    let made = state.store.make_edition(new, acting(&caller, &state)).await;
    let came = made.map(|_| "The next edition is begun.".to_owned());
    let back = fields.raw("back").to_owned();
    stand::answer(&state, &caller, &headers, &back, came.map_err(Problem::from)).await
}

/// Does with an edition what its form says.
pub async fn act(
    Editing(caller): Editing,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let edition = editions::named(&state, &id).await?;
    let came = done(&state, acting(&caller, &state), &edition, &fields).await;
    let is_gone = came.is_ok() && fields.raw("act") == "delete";
    let back = if is_gone {
        format!("/desk/lists/{}", edition.list_slug)
    } else {
        fields.raw("back").to_owned()
    };
    stand::answer(&state, &caller, &headers, &back, came).await
}

async fn done(state: &State, acting: Acting, line: &EditionLine, fields: &Fields) -> Result<String, Problem> {
    let (store, edition) = (&state.store, &line.edition);
    let title = &edition.title;
    match fields.raw("act") {
        "fill" => Ok(match store.fill_edition(edition.id, acting).await? {
            0 => "There was nothing to put in, or it has as many as it should.".to_owned(),
            1 => "One pick was put in.".to_owned(),
            count => format!("{count} picks were put in."),
        }),
        "write" => write(state, acting, edition, fields).await,
        "schedule" => schedule(state, acting, line, fields).await,
        "call_back" => {
            store.call_back_edition(edition.id, acting).await?;
            Ok(format!("{title} is a draft again."))
        }
        "publish" => {
            store.publish_edition(edition.id, acting).await?;
            Ok(format!("{title} is out."))
        }
        "withdraw" => {
            store.withdraw_edition(edition.id, acting).await?;
            Ok(format!("{title} was taken back from readers."))
        }
        "delete" => {
            store.delete_edition(edition.id, edition.version).await?;
            Ok(format!("{title} is gone; its picks wait again."))
        }
        _ => Err(Problem::bad_field("/act", "that cannot be done with an edition")),
    }
}

async fn schedule(state: &State, acting: Acting, line: &EditionLine, fields: &Fields) -> Result<String, Problem> {
    let (due, zone) = when::due(state, &line.list_slug, fields).await?;
    state.store.schedule_edition(line.edition.id, Some(due), acting).await?;
    let (title, at) = (&line.edition.title, when::told(due, &zone));
    Ok(format!("{title} goes out by itself on {at} ({}).", when::name(&zone)))
}

/// Title and introduction. What somebody else wrote meanwhile is not lost: two introductions stand one behind the other, and of
/// two titles the one that was there stays and the other is said.
async fn write(state: &State, acting: Acting, edition: &Edition, fields: &Fields) -> Result<String, Problem> {
    let title = line(fields.raw("title"), HEADLINE_CHARS_MAX);
    let title = title.map_err(|why| Problem::bad_field("/title", &format!("the title: {why}")))?;
    let intro = |name| {
        let intro = prose(fields.raw(name), ABOUT_CHARS_MAX);
        intro.map_err(|why| Problem::bad_field("/intro", &format!("the introduction: {why}")))
    };
    let (mut intro, intro_before) = (intro("intro")?, intro("intro_before")?);
    let (mut new_title, mut words) = (title.clone(), "Title and introduction are kept.".to_owned());
    let changed = |theirs: &str, before: &str, mine: &str| theirs != before && theirs != mine;
    if changed(&edition.title, fields.raw("title_before"), &title) {
        new_title = edition.title.clone();
        if title != fields.raw("title_before") {
            words = format!("Somebody else gave it another title meanwhile, which stays; yours was “{title}”.");
        }
    }
    if changed(&edition.intro, &intro_before, &intro) {
        if intro == intro_before {
            intro = edition.intro.clone();
        } else {
            intro = prose(&format!("{}\n\n{intro}", edition.intro), ABOUT_CHARS_MAX).map_err(|_| {
                let why = "somebody else wrote an introduction meanwhile, and there is no room for both";
                Problem::conflict(why)
            })?;
            "Somebody else wrote an introduction meanwhile; both stand there now, theirs first.".clone_into(&mut words);
        }
    }
    let change = EditionChange {
        title: Some(new_title),
        intro: Some(intro),
        due_at: None,
    };
    let store = &state.store;
    store
        .change_edition(edition.id, edition.version, change, acting)
        .await?;
    Ok(words)
}
