//! Triage: what arrived, one row a story; one key for a no, two for a yes.

use askama::Template;
use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use url::form_urlencoded;

use super::row::Row;
use super::{PickList, Place, Said, Shell, html, parts, pick_lists, render};
use crate::domain::decision::Status;
use crate::domain::editor::Scope;
use crate::domain::source::Slug;
use crate::domain::story::StoryId;
use crate::domain::time::Timestamp;
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::http::paging::{cursor, write_cursor};
use crate::http::site::door::Visitor;
use crate::http::state::State;
use crate::store::stories::{StoryFilter, StoryLine};

/// Rows on a page.
const ROWS_A_PAGE: u32 = 50;
/// Sources of the rows that the rail names.
const SOURCES_SHOWN: usize = 12;
/// Rows that one answer to our script brings anew.
const ROWS_ANEW_MAX: usize = 50;
/// What a cursor of the rows begins with.
const CURSOR: &str = "triage";

/// Which stories are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    New,
    Suggested,
    Held,
    Dismissed,
    Hidden,
}

/// What somebody asks the page for. What is not known is passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    view: View,
    source: Option<Slug>,
    cursor: Option<String>,
    /// Rows that our script wants anew.
    rows: Vec<String>,
    /// The newest that the page shows: when found, and its key.
    since: Option<(i64, i64)>,
}

#[derive(Template)]
#[template(path = "desk/triage.html", config = "src/askama.toml")]
struct Triage {
    shell: Shell,
    rail: Rail,
    rows: Vec<Row>,
    heading: &'static str,
    back: String,
    fresh: String,
    /// Whatever happens after this one changes the page.
    last_event: Option<String>,
    next: Option<String>,
    lists: Vec<Numbered>,
    may_decide: bool,
    is_first_run: bool,
    progress: String,
}

#[derive(Template)]
#[template(path = "desk/rail.html", config = "src/askama.toml")]
struct Rail {
    views: Vec<Way>,
    sources: Vec<Way>,
}

struct Way {
    name: String,
    link: String,
    count: String,
    is_here: bool,
}

/// A list under the number by which a key picks for it.
pub(super) struct Numbered {
    pub(super) number: usize,
    pub(super) name: String,
}

/// How many stories arrived that the page does not show.
#[derive(Template)]
#[template(path = "desk/arrivals.html", config = "src/askama.toml")]
struct Arrivals {
    count: String,
    link: String,
}

/// Shows it.
pub async fn show(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Asked::read(query.as_deref().unwrap_or_default());
    let (_, last_event) = state.store.last_event().await?;
    let mut stories = state.store.stories(&asked.filter(&caller), ROWS_A_PAGE + 1).await?;
    let more = stories.len() > ROWS_A_PAGE as usize;
    stories.truncate(ROWS_A_PAGE as usize);
    let last = stories.last().filter(|_| more);
    let next = last.map(|last| asked.link(Some(&write_cursor(CURSOR, last.found_at.millis(), last.id.0))));
    let newest = stories.first().map(|story| (story.found_at.millis(), story.id.0));
    let back = asked.link(asked.cursor.as_deref());
    let lists = pick_lists(&state).await?;
    let said = Said::nothing(&state, caller.id, &back).await?;
    let may_decide = caller.scope >= Scope::Edit;
    let now = state.clock.now();
    html(&Triage {
        shell: Shell::new(&state, &caller, Place::Triage, said).await?,
        rail: Rail::new(&state, &asked, &stories).await?,
        is_first_run: stories.is_empty() && state.store.count_stories().await? == 0,
        rows: stories
            .into_iter()
            .map(|story| Row::new(story, &lists, may_decide, now))
            .collect(),
        progress: super::progress::part(&state).await?,
        heading: asked.view.heading(),
        fresh: asked.fresh(newest),
        last_event,
        back,
        next,
        lists: Numbered::all(lists),
        may_decide,
    })
}

/// What changed since the page was made, for our script: counts, named rows, and how many arrived.
pub async fn fresh(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Asked::read(query.as_deref().unwrap_or_default());
    let lists = pick_lists(&state).await?;
    let (may_decide, now) = (caller.scope >= Scope::Edit, state.clock.now());
    let mut answer = String::new();
    for id in asked.rows.iter().take(ROWS_ANEW_MAX) {
        if let Some(story) = state.store.story_line(id).await? {
            let row = render(&Row::new(story, &lists, may_decide, now))?;
            answer.push_str(&format!("<template data-for=\"s-{id}\">{row}</template>"));
        }
    }
    let rail = render(&Rail::new(&state, &asked, &[]).await?)?;
    answer.push_str(&format!("<template data-for=\"views\">{rail}</template>"));
    let count = match asked.since {
        Some((at, id)) => {
            let since = (Timestamp::from_millis(at), StoryId(id));
            state.store.count_arrivals(asked.view.status(), since).await?
        }
        None => 0,
    };
    let arrivals = render(&Arrivals {
        count: counted(count),
        link: asked.link(None),
    })?;
    answer.push_str(&format!(
        "<template data-for=\"arrivals\" data-how=\"inside\">{arrivals}</template>"
    ));
    Ok(parts(answer))
}

impl View {
    const ALL: [Self; 5] = [Self::New, Self::Suggested, Self::Held, Self::Dismissed, Self::Hidden];

    const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Suggested => "suggested",
            Self::Held => "held",
            Self::Dismissed => "dismissed",
            Self::Hidden => "hidden",
        }
    }

    const fn heading(self) -> &'static str {
        match self {
            Self::New => "New",
            Self::Suggested => "Suggested",
            Self::Held => "Held",
            Self::Dismissed => "Dismissed",
            Self::Hidden => "Hidden by me",
        }
    }

    const fn status(self) -> Option<Status> {
        match self {
            Self::New => Some(Status::New),
            Self::Suggested => Some(Status::Suggested),
            Self::Held => Some(Status::Held),
            Self::Dismissed => Some(Status::Dismissed),
            Self::Hidden => None,
        }
    }
}

impl Asked {
    fn read(query: &str) -> Self {
        let mut asked = Self {
            view: View::New,
            source: None,
            cursor: None,
            rows: Vec::new(),
            since: None,
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "view" => {
                    asked.view = View::ALL
                        .into_iter()
                        .find(|view| view.word() == value)
                        .unwrap_or(View::New);
                }
                "source" => asked.source = Slug::parse(&value),
                "cursor" if !value.is_empty() => asked.cursor = Some(value.into_owned()),
                "row" if uuid::Uuid::parse_str(&value).is_ok() => asked.rows.push(value.into_owned()),
                "since" => asked.since = cursor(CURSOR, Some(&*value)).ok().flatten(),
                _ => {}
            }
        }
        asked
    }

    fn filter(&self, caller: &Caller) -> StoryFilter {
        let before = cursor(CURSOR, self.cursor.as_deref()).unwrap_or_default();
        StoryFilter {
            source: self.source.clone(),
            status: self.view.status(),
            unpicked: self.view == View::New,
            hidden: self.view == View::Hidden,
            reader: Some(caller.id),
            before: before.map(|(at, id)| (Timestamp::from_millis(at), StoryId(id))),
            ..StoryFilter::default()
        }
    }

    /// The address of this view, from `cursor` on.
    fn link(&self, cursor: Option<&str>) -> String {
        Self::address("/desk", self.view, self.source.as_ref(), &[("cursor", cursor)])
    }

    /// Where our script asks for what is new.
    fn fresh(&self, newest: Option<(i64, i64)>) -> String {
        let since = newest.map(|(at, id)| write_cursor(CURSOR, at, id));
        Self::address(
            "/desk/fresh",
            self.view,
            self.source.as_ref(),
            &[("since", since.as_deref())],
        )
    }

    fn address(path: &str, view: View, source: Option<&Slug>, more: &[(&str, Option<&str>)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if view != View::New {
            query.append_pair("view", view.word());
        }
        if let Some(source) = source {
            query.append_pair("source", source.as_str());
        }
        for (name, value) in more {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        match query.finish() {
            query if query.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }
}

impl Rail {
    async fn new(state: &State, asked: &Asked, stories: &[StoryLine]) -> Result<Self, Problem> {
        let mut views = Vec::with_capacity(View::ALL.len());
        for view in View::ALL {
            let count = match view.status() {
                Some(Status::Dismissed) | None => String::new(),
                Some(status) => counted(state.store.count_of_status(status).await?),
            };
            views.push(Way {
                name: view.heading().to_owned(),
                link: Asked::address("/desk", view, None, &[]),
                count,
                is_here: view == asked.view && asked.source.is_none(),
            });
        }
        let mut named: Vec<_> = stories.iter().flat_map(|story| story.sources.iter().cloned()).collect();
        named.sort_by(|one, other| one.name.cmp(&other.name));
        let mut sources: Vec<(String, Slug, usize)> = Vec::new();
        for source in named {
            match sources.last_mut() {
                Some((_, slug, count)) if *slug == source.slug => *count += 1,
                _ => sources.push((source.name, source.slug, 1)),
            }
        }
        sources.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
        sources.truncate(SOURCES_SHOWN);
        let way = |(name, slug, count): (String, Slug, usize)| Way {
            link: Asked::address("/desk", asked.view, Some(&slug), &[]),
            is_here: asked.source.as_ref() == Some(&slug),
            count: count.to_string(),
            name,
        };
        Ok(Self {
            views,
            sources: sources.into_iter().map(way).collect(),
        })
    }
}

impl Numbered {
    /// These, from 1 on.
    pub(super) fn all(lists: Vec<PickList>) -> Vec<Self> {
        let numbered = lists.into_iter().enumerate();
        numbered
            .map(|(at, list)| Self {
                number: at + 1,
                name: list.name,
            })
            .collect()
    }
}

/// A count that was stopped at its limit says so; none is not shown.
fn counted(count: u32) -> String {
    match count {
        0 => String::new(),
        crate::store::desk::COUNT_MAX.. => format!("{}+", crate::store::desk::COUNT_MAX),
        count => count.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_page_is_asked_is_read_forgivingly() {
        let asked = Asked::read("view=held&source=gazette&cursor=triage.5.7&row=x&since=triage.9.1&bogus=1");
        assert_eq!((asked.view, asked.since), (View::Held, Some((9, 1))));
        assert_eq!(asked.source.as_ref().map(Slug::as_str), Some("gazette"));
        assert_eq!(asked.rows, Vec::<String>::new());
        assert_eq!(
            asked.link(asked.cursor.as_deref()),
            "/desk?view=held&source=gazette&cursor=triage.5.7"
        );
        assert_eq!(Asked::read("view=other&cursor=").link(None), "/desk");
    }
}
