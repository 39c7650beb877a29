//! What is done with a pick where it stands: moved, put into an edition, taken out, let out alone, taken back.

use axum::extract::{Path, State as Shared};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::domain::list::{EditionId, PickId, Place};
use crate::http::api::picks::named;
use crate::http::api::{acting, editions};
use crate::http::desk::fields::Fields;
use crate::http::desk::{quoted, stand, when};
use crate::http::error::Problem;
use crate::http::site::door::Editing;
use crate::http::state::State;
use crate::store::picks::PickLine;
use crate::store::{Acting, Move, RestoreFrom};

/// Moves a pick: among others, into an edition, out of one.
pub async fn relocate(
    Editing(caller): Editing,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let line = named(&state, &id).await?;
    let came = moved(&state, acting(&caller, &state), &line, &fields).await;
    stand::answer(&state, &caller, &headers, &back(&fields, &line), came).await
}

/// Does with a pick what its form says.
pub async fn act(
    Editing(caller): Editing,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let line = named(&state, &id).await?;
    let came = done(&state, acting(&caller, &state), &line, &fields).await;
    stand::answer(&state, &caller, &headers, &back(&fields, &line), came).await
}

/// The page that the form stood on; that of the list if it does not say.
fn back(fields: &Fields, line: &PickLine) -> String {
    fields
        .filled("back")
        .map_or_else(|| format!("/desk/lists/{}", line.list_slug), str::to_owned)
}

async fn moved(state: &State, acting: Acting, line: &PickLine, fields: &Fields) -> Result<String, Problem> {
    let edition: Option<Option<EditionId>> = match fields.filled("edition") {
        Some(id) => Some(Some(editions::named(state, id).await?.edition.id)),
        None if fields.has("edition") => Some(None),
        None => None,
    };
    let place = place(state, fields).await?;
    state
        .store
        .move_pick(line.pick.id, Move { edition, place }, acting)
        .await?;
    let title = quoted(&line.pick.text.headline);
    let now = named(state, &line.pick.public_id).await?;
    let Some(edition) = now.pick.edition_id else {
        return Ok(format!("{title} waits."));
    };
    let order = state.store.edition_picks(edition).await?;
    let at = order.iter().position(|other| other.pick.id == now.pick.id).unwrap_or(0) + 1;
    Ok(format!("{title}: place {at} of {}.", order.len()))
}

async fn place(state: &State, fields: &Fields) -> Result<Place, Problem> {
    if fields.has("first") {
        return Ok(Place::First);
    }
    if let Some(before) = fields.filled("before") {
        return Ok(Place::Before(other(state, before).await?));
    }
    match fields.filled("after") {
        Some(after) => Ok(Place::After(other(state, after).await?)),
        None => Ok(Place::Last),
    }
}

async fn other(state: &State, id: &str) -> Result<PickId, Problem> {
    Ok(named(state, id).await?.pick.id)
}

async fn done(state: &State, acting: Acting, line: &PickLine, fields: &Fields) -> Result<String, Problem> {
    let (store, pick) = (&state.store, &line.pick);
    let title = quoted(&pick.text.headline);
    match fields.raw("act") {
        "schedule" => {
            let (due, zone) = when::due(state, &line.list_slug, fields).await?;
            store.schedule_pick(pick.id, due, acting).await?;
            let at = when::told(due, &zone);
            Ok(format!("{title} goes out alone on {at} ({}).", when::name(&zone)))
        }
        "call_back" => {
            store.call_back_pick(pick.id).await?;
            Ok(format!("{title} is a draft again."))
        }
        "publish" => {
            store.publish_pick(pick.id, acting).await?;
            Ok(format!("{title} is out."))
        }
        "withdraw" => {
            store.withdraw_pick(pick.id, acting).await?;
            Ok(format!("{title} was taken back from readers."))
        }
        "restore_excerpt" => {
            let from = RestoreFrom::OriginalExcerpt;
            store.restore_text(pick.id, pick.version, from, acting).await?;
            Ok("The excerpt is the article's own again.".to_owned())
        }
        _ => Err(Problem::bad_field("/act", "that cannot be done with a pick")),
    }
}
