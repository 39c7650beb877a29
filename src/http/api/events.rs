//! `/api/v1/events`: what happens, as it happens (server-sent events, WHATWG HTML 9.2).

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::{Event as Line, KeepAlive, Sse};
use futures::Stream;
use futures::stream::unfold;
use serde::{Deserialize, Serialize};
use tokio::time::{Sleep, sleep};
use utoipa::{IntoParams, ToSchema};

use super::is_id;
use crate::domain::event::{EventId, EventKind};
use crate::domain::story::StoryId;
use crate::domain::time::Timestamp;
use crate::http::caller::Reads;
use crate::http::error::Problem;
use crate::http::followers::Seat;
use crate::http::paging::Asked;
use crate::http::state::State;
use crate::store::events::Event;

/// What is told of stories that were collected. It is no event of the outbox: it would be most of it, and whoever wants the
/// stories themselves asks for them.
const STORIES_FOUND: &str = "stories.found";
/// How often the tables are looked at.
const LOOK_EVERY_MILLIS: u64 = 500;
/// Events read at a time: no client holds more of them in memory.
const EVENTS_A_LOOK: u32 = 100;
/// How often a comment says that the stream is alive.
const BEAT_SECONDS: u64 = 15;
/// When to try again for whoever follows too often.
const AGAIN_SECONDS: u32 = 15;
/// How long a stream lasts. Whoever follows comes again with the last id, and is asked again who they are.
const STREAM_MINUTES_MAX: u64 = 10;

/// From where on.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FollowQuery {
    /// The id of the last event known, where the header `Last-Event-ID` cannot be sent.
    after: Option<String>,
}

/// The data of one event.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventAnswer {
    /// Its id: what is sent as `id` too, and to webhooks as `webhook-id`.
    id: String,
    /// What happened: what is sent as `event` too.
    #[schema(value_type = String)]
    r#type: EventKind,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
    /// Whether everybody may know.
    public: bool,
    /// The particulars.
    #[schema(value_type = Object)]
    data: serde_json::Value,
}

/// What happens, as it happens
///
/// A stream of server-sent events, resumable by `Last-Event-ID`. Without it, it begins now. An event `reset` says that the
/// event named is not kept any more (after thirty days), so that something may have been missed. An event `stories.found` says
/// that new stories were collected; it has no id and is not kept. A stream ends after ten minutes; come again with the last id.
#[utoipa::path(get, path = "/events", tag = "events", params(FollowQuery, ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event known")),
    responses((status = OK, body = String, content_type = "text/event-stream"), (status = TOO_MANY_REQUESTS, description = "Too many streams of one editor", body = Problem, content_type = "application/problem+json")))]
pub async fn follow(
    Reads(caller): Reads,
    Shared(state): Shared<State>,
    headers: HeaderMap,
    Asked(asked): Asked<FollowQuery>,
) -> Result<impl IntoResponse, Problem> {
    let seat = state.followers.join(caller.id);
    let seat = seat.ok_or_else(|| Problem::too_many(AGAIN_SECONDS))?;
    let sent = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let after = sent.map(str::to_owned).or(asked.after);
    let following = Following::begin(state, seat, after.as_deref()).await?;
    let beat = KeepAlive::new().interval(Duration::from_secs(BEAT_SECONDS)).text("");
    Ok(Sse::new(following.stream()).keep_alive(beat))
}

/// How far somebody has come.
struct Following {
    state: State,
    after: EventId,
    newest_story: Option<StoryId>,
    waiting: VecDeque<Line>,
    end: Pin<Box<Sleep>>,
    _seat: Seat,
}

impl Following {
    async fn begin(state: State, seat: Seat, after: Option<&str>) -> Result<Self, Problem> {
        let mut waiting = VecDeque::new();
        let known = match after.filter(|id| is_id(id)) {
            Some(id) => state.store.event_id(id).await?,
            None => None,
        };
        let newest = state.store.last_event().await?;
        if after.is_some() && known.is_none() {
            let line = Line::default().event("reset").data("{}");
            waiting.push_back(match &newest {
                (_, Some(public_id)) => line.id(public_id),
                (_, None) => line,
            });
        }
        let newest_story = state.store.newest_story().await?;
        Ok(Self {
            state,
            after: known.unwrap_or(newest.0),
            newest_story,
            waiting,
            end: Box::pin(sleep(Duration::from_mins(STREAM_MINUTES_MAX))),
            _seat: seat,
        })
    }

    fn stream(self) -> impl Stream<Item = Result<Line, Infallible>> {
        unfold(self, async |mut following| {
            let line = following.next().await?;
            Some((Ok(line), following))
        })
    }

    /// The next line; none when the stream is over. A database that does not answer ends it too: the client comes again.
    async fn next(&mut self) -> Option<Line> {
        loop {
            if let Some(line) = self.waiting.pop_front() {
                return Some(line);
            }
            let events = self.state.store.events_after(self.after, EVENTS_A_LOOK).await.ok()?;
            if let Some(last) = events.last() {
                self.after = last.id;
                self.waiting = events.into_iter().map(line).collect();
                continue;
            }
            let newest = self.state.store.newest_story().await.ok()?;
            if newest > self.newest_story {
                self.newest_story = newest;
                return Some(Line::default().event(STORIES_FOUND).data("{}"));
            }
            tokio::select! {
                () = self.state.stop.cancelled() => return None,
                () = &mut self.end => return None,
                () = sleep(Duration::from_millis(LOOK_EVERY_MILLIS)) => {}
            }
        }
    }
}

fn line(event: Event) -> Line {
    let line = Line::default().event(event.kind.as_str()).id(&event.public_id);
    let answer = EventAnswer {
        id: event.public_id,
        r#type: event.kind,
        timestamp: event.at,
        public: event.public,
        data: event.body,
    };
    // JSON on one line: whatever is in it, it cannot begin another field.
    line.data(serde_json::to_string(&answer).unwrap_or_default())
}
