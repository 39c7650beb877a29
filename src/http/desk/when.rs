//! Times as editors of a list read and write them: in the list's zone.

use jiff::ToSpan;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::fields::Fields;
use crate::domain::list::ListRules;
use crate::domain::site::Site;
use crate::domain::source::Slug;
use crate::domain::time::Timestamp;
use crate::http::api::lists;
use crate::http::error::Problem;
use crate::http::state::State;

/// When something goes out that has no time of its own: tomorrow at this hour.
const HOUR_PROPOSED: i8 = 9;
/// As a field for date and time holds it.
const FIELD: &str = "%Y-%m-%dT%H:%M";

/// The zone of a list: that of its cadence, else the site's.
pub fn zone(rules: &ListRules, site: &Site) -> TimeZone {
    match &rules.cadence {
        Some(cadence) => cadence.zone().clone(),
        None => site.time_zone.rules(),
    }
}

/// Its name for people.
pub fn name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}

/// `Friday 27 November 2026, 09:00`.
pub fn told(at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_jiff().to_zoned(zone.clone());
    local.strftime("%A %-d %B %Y, %H:%M").to_string()
}

/// `27 November 2026`.
pub fn day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_jiff().to_zoned(zone.clone()).strftime("%-d %B %Y").to_string()
}

/// `2026-11-27T09:00`, as a field for date and time holds it.
pub fn field(at: Timestamp, zone: &TimeZone) -> String {
    at.to_jiff().to_zoned(zone.clone()).strftime(FIELD).to_string()
}

/// Reads what such a field holds. `None` if it holds no time.
pub fn read(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let local: DateTime = text.trim().parse().ok()?;
    local
        .to_zoned(zone.clone())
        .ok()
        .map(|zoned| Timestamp::from(zoned.timestamp()))
}

/// When a form says that a thing of a list goes out, and the zone that it was said in.
pub async fn due(state: &State, list: &Slug, fields: &Fields) -> Result<(Timestamp, TimeZone), Problem> {
    let list = lists::named(state, list.as_str()).await?;
    let zone = zone(&list.rules, &state.store.site().await?);
    let due = read(fields.raw("due"), &zone)
        .ok_or_else(|| Problem::bad_field("/due", "say the day and the time when it goes out"))?;
    Ok((due, zone))
}

/// When a thing should go out: when it is meant to if that is to come, else by the cadence, else tomorrow morning.
pub fn proposed(meant: Option<Timestamp>, rules: &ListRules, zone: &TimeZone, now: Timestamp) -> Timestamp {
    let by_cadence = || rules.cadence.as_ref().and_then(|cadence| cadence.next(now));
    let tomorrow = || {
        let local = now.to_jiff().to_zoned(zone.clone()).date().checked_add(1.day()).ok()?;
        let at = local.at(HOUR_PROPOSED, 0, 0, 0).to_zoned(zone.clone()).ok()?;
        Some(Timestamp::from(at.timestamp()))
    };
    meant
        .filter(|meant| *meant > now)
        .or_else(by_cadence)
        .or_else(tomorrow)
        .unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::list::Schedule;

    #[test]
    fn a_time_is_read_in_the_zone_of_the_list_as_it_was_written() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let at = Timestamp::parse("2026-07-03T08:00:00Z").unwrap();
        assert_eq!(field(at, &zone), "2026-07-03T09:00");
        assert_eq!(told(at, &zone), "Friday 3 July 2026, 09:00");
        assert_eq!(read("2026-07-03T09:00", &zone), Some(at));
        for bad in ["", "tomorrow", "2026-07-32T09:00"] {
            assert_eq!(read(bad, &zone), None, "{bad}");
        }
    }

    #[test]
    fn the_next_time_of_the_cadence_is_proposed_or_tomorrow_morning() {
        let now = Timestamp::parse("2026-07-03T10:00:00Z").unwrap();
        let zone = TimeZone::get("Europe/London").unwrap();
        let weekly = ListRules {
            cadence: Some(Schedule::parse("Fridays 09:00 Europe/London").unwrap()),
            ..ListRules::default()
        };
        let later = Timestamp::parse("2026-07-05T10:00:00Z").unwrap();
        for (meant, rules, expected) in [
            (Some(later), &weekly, "2026-07-05T11:00"),
            (Some(now), &weekly, "2026-07-10T09:00"),
            (None, &ListRules::default(), "2026-07-04T09:00"),
        ] {
            assert_eq!(field(proposed(meant, rules, &zone, now), &zone), expected, "{meant:?}");
        }
    }
}
