//! What is done at the desk: one form for rows, chosen or single; undo and redo.

use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use url::form_urlencoded;
use uuid::Uuid;

use super::row::Row;
use super::stand::{self, Stood};
use super::{PickList, Said, back_to, last_act, parts, pick_lists, quoted, render, wants_parts};
use crate::domain::article::ArticleId;
use crate::domain::decision::{Act, Note, NoteText, Reason};
use crate::domain::editor::Scope;
use crate::domain::link::Link;
use crate::domain::list::Topics;
use crate::domain::source::Slug;
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::http::site::door::Visitor;
use crate::http::site::sentence;
use crate::http::state::State;
use crate::store::StoreError;
use crate::store::curated::Personal;
use crate::store::decisions::{Batch, Hand, Outcome};

/// Stories that one form may name.
const STORIES_MAX: usize = 200;

/// A form of rows.
#[derive(Debug, Default, PartialEq, Eq)]
struct Form {
    /// An act and the story it is about.
    one: Option<(String, String)>,
    /// An act for all stories that were chosen.
    all: Option<String>,
    chosen: Vec<String>,
    reason: String,
    note: String,
    is_private: bool,
    topics: String,
    into: String,
    article: String,
    batch: String,
    decision: String,
    back: String,
}

/// What a form wants.
enum Wish {
    /// A decision, which everybody sees.
    Decide(Act),
    /// What an editor keeps for themselves, or no longer.
    Keep(Personal, bool),
}

/// Does what a form of rows says.
pub async fn act(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Problem> {
    let form = Form::read(&body);
    let lists = pick_lists(&state).await?;
    let (word, stories) = form.asked();
    let wish = match wish(&state, &word, &form, &lists).await {
        Err(problem) if Stood::at(&form.back).is_some() => {
            return stand::answer(&state, &caller, &headers, &form.back, Err(problem)).await;
        }
        wish => wish?,
    };
    let said = match wish {
        Wish::Decide(act) => {
            caller.must(act.scope())?;
            let batch = state.store.decide_all(&stories, &act, &hand(&state, &caller)).await?;
            said_of(&state, &act, &batch, &form).await?
        }
        Wish::Keep(personal, kept) => {
            for story in &stories {
                keep(&state, &caller, story, personal, kept).await?;
            }
            let words = if kept {
                "Kept for you alone."
            } else {
                "Not kept any more."
            };
            Said {
                words: words.to_owned(),
                ..Said::nothing(&state, caller.id, &form.back).await?
            }
        }
    };
    answer(&state, &caller, &headers, &lists, (&stories, said)).await
}

/// Takes back what was done together.
pub async fn undo(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Problem> {
    turn(&state, &caller, &headers, &Form::read(&body), true).await
}

/// Does again what was taken back.
pub async fn redo(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Problem> {
    turn(&state, &caller, &headers, &Form::read(&body), false).await
}

async fn turn(
    state: &State,
    caller: &Caller,
    headers: &HeaderMap,
    form: &Form,
    back: bool,
) -> Result<Response, Problem> {
    caller.must(Scope::Suggest)?;
    let hand = hand(state, caller);
    let turned = if back && !form.decision.is_empty() {
        let undone = state.store.undo(&form.decision, &hand).await;
        undone.map(|_| Batch {
            id: String::new(),
            outcomes: vec![(form.decision.clone(), Outcome::Done(String::new()))],
        })
    } else if back {
        state.store.undo_batch(&form.batch, &hand).await
    } else {
        state.store.redo_batch(&form.batch, &hand).await
    };
    let turned = match turned {
        Err(StoreError::Missing) => return Err(Problem::not_found("batch of decisions")),
        Err(StoreError::Refused(why)) if Stood::at(&form.back).is_some() => {
            return stand::answer(state, caller, headers, &form.back, Err(Problem::conflict(&why))).await;
        }
        turned => turned?,
    };
    let mut stories = Vec::new();
    for (decision, _) in &turned.outcomes {
        if let Some(line) = state.store.decision(decision).await? {
            stories.push(line.story);
            stories.extend(line.other);
        }
    }
    let done = turned
        .outcomes
        .iter()
        .filter(|(_, outcome)| matches!(outcome, Outcome::Done(_)))
        .count();
    let refused = turned.outcomes.iter().find_map(|(_, outcome)| match outcome {
        Outcome::Refused(why) => Some(why),
        _ => None,
    });
    let words = match (done, refused) {
        (0, Some(why)) => sentence(why),
        (0, None) => "There is nothing to take back any more.".to_owned(),
        (_, Some(why)) => format!("{} Not all of it: {why}.", if back { "Undone." } else { "Done again." }),
        (_, None) => if back { "Undone." } else { "Done again." }.to_owned(),
    };
    let redo = (back && done > 0 && form.decision.is_empty()).then(|| form.batch.clone());
    let undo = last_act(state, caller.id).await?;
    let said = Said {
        words,
        undo,
        redo,
        back: form.back.clone(),
    };
    let lists = pick_lists(state).await?;
    answer(state, caller, headers, &lists, (&stories, said)).await
}

/// The rows as they are now and what is said, for our script; else the page that the form stood on.
async fn answer(
    state: &State,
    caller: &Caller,
    headers: &HeaderMap,
    lists: &[PickList],
    (stories, said): (&[String], Said),
) -> Result<Response, Problem> {
    if Stood::at(&said.back).is_some() {
        return stand::again(state, caller, headers, StatusCode::OK, said).await;
    }
    if !wants_parts(headers) {
        return Ok(back_to(&said.back));
    }
    let mut answer = String::new();
    let (may_decide, now) = (caller.scope >= Scope::Edit, state.clock.now());
    for id in stories {
        let line = state.store.story_line(id).await?;
        // A story that was merged into another answers as that one, which has its own row.
        let row = match line.filter(|line| line.public_id == *id) {
            Some(line) => render(&Row::new(line, lists, may_decide, now))?,
            None => String::new(),
        };
        answer.push_str(&format!("<template data-for=\"s-{id}\">{row}</template>"));
    }
    answer.push_str(&render(&said)?);
    Ok(parts(answer))
}

async fn said_of(state: &State, act: &Act, batch: &Batch, form: &Form) -> Result<Said, Problem> {
    let done: Vec<&String> = batch
        .outcomes
        .iter()
        .filter(|(_, outcome)| matches!(outcome, Outcome::Done(_)))
        .map(|(story, _)| story)
        .collect();
    let refused = batch.outcomes.iter().find_map(|(_, outcome)| match outcome {
        Outcome::Refused(why) => Some(why.clone()),
        Outcome::Missing => Some("there is no such story any more".to_owned()),
        Outcome::Done(_) => None,
    });
    let told = match done.as_slice() {
        [] => String::new(),
        [story] => format!("{} {}.", done_word(act), title(state, story).await?),
        stories => format!("{} {} stories.", done_word(act), stories.len()),
    };
    let words = match refused {
        Some(why) => format!("{told} {}", sentence(&why)).trim().to_owned(),
        None => told,
    };
    Ok(Said {
        words,
        undo: (!done.is_empty()).then(|| batch.id.clone()),
        redo: None,
        back: form.back.clone(),
    })
}

async fn title(state: &State, story: &str) -> Result<String, Problem> {
    let line = state.store.story_line(story).await?;
    Ok(quoted(&line.map(|line| line.lead.title).unwrap_or_default()))
}

const fn done_word(act: &Act) -> &'static str {
    match act {
        Act::Suggest => "Suggested",
        Act::Hold => "Held",
        Act::Dismiss(_) => "Dismissed",
        Act::Reopen => "Back to new:",
        Act::Note(_) => "Noted:",
        Act::Topics(_) => "Topics set:",
        Act::Lead(_) => "Lead chosen:",
        Act::Merge(_) => "Merged",
        Act::Split(_) => "Split",
        Act::Pick(_) => "Picked",
        Act::Unpick(_) => "Taken from the list:",
    }
}

fn hand(state: &State, caller: &Caller) -> Hand {
    Hand {
        editor: caller.id,
        name: caller.shown_name.to_string(),
        overrules: caller.scope >= Scope::Edit,
        at: state.clock.now(),
        fresh_id: state.fresh_id,
    }
}

async fn keep(state: &State, caller: &Caller, story: &str, personal: Personal, kept: bool) -> Result<(), Problem> {
    let done = if kept {
        state
            .store
            .keep_personal(caller.id, story, personal, state.clock.now())
            .await
    } else {
        state.store.forget_personal(caller.id, story, personal).await
    };
    match done {
        Err(StoreError::Missing) => Ok(()),
        other => Ok(other?),
    }
}

/// What `word` asks for.
async fn wish(state: &State, word: &str, form: &Form, lists: &[PickList]) -> Result<Wish, Problem> {
    let list = |number: usize| {
        let found = lists.get(number.wrapping_sub(1)).map(|list| list.slug.clone());
        found.ok_or_else(|| Problem::conflict("there is no such list; make one first"))
    };
    Ok(Wish::Decide(match word {
        "suggest" => Act::Suggest,
        "hold" => Act::Hold,
        "dismiss" => Act::Dismiss(reason(&form.reason)?),
        "reopen" => Act::Reopen,
        "note" => Act::Note(note(&form.note, form.is_private)?),
        "topics" => Act::Topics(topics(&form.topics)),
        "merge" => Act::Merge(other(state, &form.into).await?),
        "lead" => Act::Lead(article(&form.article)?),
        "split" => Act::Split(article(&form.article)?),
        "pick" => Act::Pick(list(1)?),
        "seen" => return Ok(Wish::Keep(Personal::Seen, true)),
        "hide" => return Ok(Wish::Keep(Personal::Hidden, true)),
        "unhide" => return Ok(Wish::Keep(Personal::Hidden, false)),
        word => on_list(word, list)?,
    }))
}

/// `pick_3` is for the third list, `pick:reading` and `unpick:reading` for the one of that name.
fn on_list(word: &str, numbered: impl Fn(usize) -> Result<Slug, Problem>) -> Result<Act, Problem> {
    let unknown = || Problem::bad_field("/one", "not an act of the desk");
    if let Some(number) = word.strip_prefix("pick_") {
        return Ok(Act::Pick(numbered(number.parse().map_err(|_| unknown())?)?));
    }
    let (act, slug) = word.split_once(':').ok_or_else(unknown)?;
    let slug = Slug::parse(slug).ok_or_else(unknown)?;
    match act {
        "pick" => Ok(Act::Pick(slug)),
        "unpick" => Ok(Act::Unpick(slug)),
        _ => Err(unknown()),
    }
}

/// The story that somebody named by its id, by its address at the desk, or by that of an article of it.
async fn other(state: &State, named: &str) -> Result<String, Problem> {
    let named = named.trim();
    let id = |text: &str| Uuid::parse_str(text).ok().map(|id| id.hyphenated().to_string());
    if let Some(id) = id(named) {
        return Ok(id);
    }
    let unknown =
        || Problem::conflict("no story is known by that; paste the address of one of its articles, or its id");
    let link = Link::parse(named).ok_or_else(unknown)?;
    let at_desk = link.url().path().strip_prefix("/desk/stories/");
    if let Some(id) = at_desk.and_then(|rest| id(rest.trim_end_matches('/'))) {
        return Ok(id);
    }
    state.store.story_at(&link).await?.ok_or_else(unknown)
}

fn article(id: &str) -> Result<ArticleId, Problem> {
    let bad = |_| Problem::bad_field("/article", "not the name of an article");
    id.parse().map(ArticleId).map_err(bad)
}

fn reason(text: &str) -> Result<Option<Reason>, Problem> {
    match text.trim() {
        "" => Ok(None),
        text => Reason::parse(text)
            .map(Some)
            .map_err(|why| Problem::bad_field("/reason", &why.to_string())),
    }
}

fn note(text: &str, is_private: bool) -> Result<Option<Note>, Problem> {
    match text.trim() {
        "" => Ok(None),
        text => {
            let text = NoteText::parse(text).map_err(|why| Problem::bad_field("/note", &why.to_string()))?;
            Ok(Some(Note {
                text,
                public: !is_private,
            }))
        }
    }
}

fn topics(text: &str) -> Option<Topics> {
    let topics = Topics::tidy(text.split(','));
    (!topics.as_slice().is_empty()).then_some(topics)
}

impl Form {
    fn read(body: &str) -> Self {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(body.as_bytes()) {
            let value = value.into_owned();
            match &*name {
                "one" => form.one = value.split_once(' ').map(|(act, id)| (act.to_owned(), id.to_owned())),
                "all" => form.all = Some(value),
                "id" if form.chosen.len() < STORIES_MAX => form.chosen.push(value),
                "reason" => form.reason = value,
                "note" => form.note = value,
                "private" => form.is_private = true,
                "topics" => form.topics = value,
                "into" => form.into = value,
                "article" => form.article = value,
                "batch" => form.batch = value,
                "decision" => form.decision = value,
                "back" => form.back = value,
                _ => {}
            }
        }
        let is_id = |id: &String| Uuid::parse_str(id).is_ok_and(|read| read.hyphenated().to_string() == *id);
        form.chosen.retain(is_id);
        form.one = form.one.filter(|(_, id)| is_id(id));
        form
    }

    /// The act, and the stories it is for: a button of a row speaks for that row alone.
    fn asked(&self) -> (String, Vec<String>) {
        match &self.one {
            Some((act, id)) => (act.clone(), vec![id.clone()]),
            None => (self.all.clone().unwrap_or_default(), self.chosen.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0198c0de-0000-7000-8000-000000000001";

    #[test]
    fn a_rows_button_speaks_for_its_row_and_the_others_for_what_was_chosen() {
        let one = Form::read(&format!("id=x&id={ID}&one=hold+{ID}&back=/desk"));
        assert_eq!(one.asked(), ("hold".to_owned(), vec![ID.to_owned()]));
        let all = Form::read(&format!("id={ID}&all=dismiss"));
        assert_eq!(all.asked(), ("dismiss".to_owned(), vec![ID.to_owned()]));
        assert_eq!(Form::read("one=hold+x").asked(), (String::new(), Vec::new()));
    }
}
