//! A month in days: how many stories there were on each, and how many were picked.

use askama::Template;
use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use url::form_urlencoded;

use super::fields::Fields;
use super::picture::{Day, days_bars};
use super::{Place, Said, Shell, html};
use crate::domain::month::Month;
use crate::domain::time::Timestamp;
use crate::http::error::Problem;
use crate::http::site::door::Visitor;
use crate::http::state::State;

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// Days of a month at the most.
const DAYS_MAX: i64 = 31;

#[derive(Template)]
#[template(path = "desk/month.html", config = "src/askama.toml")]
struct Page {
    shell: Shell,
    name: String,
    picture: String,
    days: Vec<Day>,
    stories: i64,
    picks: i64,
    before: String,
    after: Option<String>,
}

/// Shows the month that is asked for, or this one.
pub async fn show(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let now = state.clock.now();
    let query = Fields::read(query.as_deref().unwrap_or_default());
    let month = Month::parse(query.text("of"))
        .filter(|month| month.start() <= now)
        .unwrap_or(Month::of(now));
    let (stories, picks) = (
        state.store.stories_by_day(month.start(), month.end()).await?,
        state.store.picks_by_day(month.start(), month.end()).await?,
    );
    let first = month.start().millis() / DAY_MILLIS;
    let count = ((month.end().millis() - month.start().millis()) / DAY_MILLIS).clamp(0, DAYS_MAX);
    let days: Vec<Day> = (first..first + count)
        .map(|day| {
            let of = |counts: &std::collections::HashMap<i64, i64>| counts.get(&day).copied().unwrap_or(0);
            of_day(day, of(&stories), of(&picks))
        })
        .collect();
    let after = Month::of(month.end());
    let said = Said::nothing(&state, caller.id, "/desk/month").await?;
    html(&Page {
        shell: Shell::new(&state, &caller, Place::Sources, said).await?,
        name: month.name(),
        picture: days_bars(&days),
        stories: days.iter().map(|day| day.stories).sum(),
        picks: days.iter().map(|day| day.picks).sum(),
        days,
        before: month.before().to_string(),
        after: (after.start() <= now).then(|| after.to_string()),
    })
}

/// A day, counted from 1970, in UTC.
fn of_day(day: i64, stories: i64, picks: i64) -> Day {
    let at = |day: i64| Timestamp::from_millis(day.saturating_mul(DAY_MILLIS)).to_jiff();
    let words = format!("after:{} before:{}", at(day).strftime("%F"), at(day + 1).strftime("%F"));
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("q", &words)
        .finish();
    let counted = |count: i64, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    Day {
        number: at(day).to_zoned(jiff::tz::TimeZone::UTC).day(),
        label: format!(
            "{}: {}, {}",
            at(day).strftime("%-d %B"),
            counted(stories, "story", "stories"),
            counted(picks, "pick", "picks")
        ),
        stories,
        picks,
        link: format!("/desk/search?{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_leads_to_the_stories_of_that_day_alone() {
        let day = of_day(20_424, 1, 2);
        assert_eq!((day.number, day.label.as_str()), (2, "2 December: 1 story, 2 picks"));
        assert_eq!(day.link, "/desk/search?q=after%3A2025-12-02+before%3A2025-12-03");
    }
}
