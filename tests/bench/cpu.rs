//! What this process has used, and how a figure of ours is shown beside its limit.

use anyhow::Context;

use crate::spread::at_part;

/// The ticks in which Linux counts CPU time, a second of them.
const TICKS_A_SECOND: f64 = 100.0;

/// CPU seconds that all threads of this process have used so far, those that ended included; its children are not.
pub fn spent() -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("read the process's own figures")?;
    // The name of the program stands in parentheses and may hold anything; the state follows it as the third field.
    let (_, fields) = stat.rsplit_once(')').context("read the process's own figures")?;
    let ticks = |place: usize| -> anyhow::Result<f64> {
        let field = fields.split_whitespace().nth(place - 3).context("too few figures")?;
        Ok(field.parse()?)
    };
    Ok((ticks(14)? + ticks(15)?) / TICKS_A_SECOND)
}

/// A figure measured in turns with its limit.
#[derive(Debug, Default)]
pub struct Duel {
    ours: Vec<f64>,
    limit: Vec<f64>,
}

impl Duel {
    /// Takes down one round.
    pub fn round(&mut self, ours: f64, limit: f64) {
        self.ours.push(ours);
        self.limit.push(limit);
    }

    /// A line of the table: both medians and their ratio.
    pub fn line(&self, what: &str, unit: &str, goal: &str) -> String {
        let (ours, limit) = (at_part(&self.ours, 1, 2), at_part(&self.limit, 1, 2));
        format!(
            "{what:<28} ours {ours:>9.3} {unit}   limit {limit:>9.3} {unit}   ratio {:>5.2}   ({goal})",
            ours / limit
        )
    }
}
