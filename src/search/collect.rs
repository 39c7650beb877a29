//! One pass over all stories found: counts them, keeps the best, and counts them again by month, source, language, …

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{ColumnValues, StrColumn};
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader, TantivyError};

use super::query::Order;
use super::schema::{DATE, KEY, LANGUAGE, LIST, MONTH, SOURCE, TOPIC, month_name};

/// The values of one facet that are told; of more, those with the most stories. Of months, the youngest.
const FACET_VALUES_MAX: usize = 60;

/// The stories whose columns are read at once.
const BLOCK_DOCS: usize = 128;

/// How many of the stories found there are of each kind: value and count, most frequent first; months youngest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    /// By the month of their date in UTC, as in `2026-03`.
    pub months: Vec<(String, u64)>,
    /// By the slug of their source; a story of several counts for each.
    pub sources: Vec<(String, u64)>,
    /// By the code of their language.
    pub languages: Vec<(String, u64)>,
    /// By topic.
    pub topics: Vec<(String, u64)>,
    /// By the list they were picked for.
    pub lists: Vec<(String, u64)>,
}

/// What stories are ordered by; the greatest comes first. Never the same for two stories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    /// The bits of the score, which order as a score does, since none is negative; 0 where scores do not count.
    pub(super) score: u32,
    pub(super) date: i64,
    pub(super) key: i64,
}

/// The collector.
pub(super) struct Gather {
    pub(super) order: Order,
    pub(super) limit: usize,
    /// Only what comes after this is kept; all is counted.
    pub(super) after: Option<Rank>,
    pub(super) facets: bool,
}

/// What was gathered.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) total: u64,
    /// The best, best first.
    pub(super) ranks: Vec<Rank>,
    pub(super) facets: Option<Facets>,
}

impl Collector for Gather {
    type Fruit = Gathered;
    type Child = SegmentGather;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<SegmentGather> {
        let columns = segment.fast_fields();
        Ok(SegmentGather {
            limit: self.limit,
            after: self.after,
            scored: self.requires_scoring(),
            key: columns.column_first_or_default(KEY)?,
            date: columns.column_first_or_default(DATE)?,
            total: 0,
            best: BinaryHeap::with_capacity(self.limit.saturating_add(1)),
            counts: if self.facets { Some(Counts::new(segment)?) } else { None },
        })
    }

    fn requires_scoring(&self) -> bool {
        self.order == Order::Relevance
    }

    fn merge_fruits(&self, fruits: Vec<tantivy::Result<SegmentGathered>>) -> tantivy::Result<Gathered> {
        let mut gathered = Gathered::default();
        let mut named = [const { Vec::new() }; 5];
        for fruit in fruits {
            let fruit = fruit?;
            gathered.total += fruit.total;
            gathered.ranks.extend(fruit.ranks);
            for (all, some) in named.iter_mut().zip(fruit.named) {
                all.push(some);
            }
        }
        gathered.ranks.sort_unstable_by(|a, b| b.cmp(a));
        gathered.ranks.truncate(self.limit);
        if self.facets {
            let [months, sources, languages, topics, lists] = named.map(added_up);
            gathered.facets = Some(Facets {
                months: youngest(months),
                sources: most_frequent(sources),
                languages: most_frequent(languages),
                topics: most_frequent(topics),
                lists: most_frequent(lists),
            });
        }
        Ok(gathered)
    }
}

type Named = Vec<(String, u64)>;

/// What one segment gives.
pub(super) struct SegmentGathered {
    total: u64,
    ranks: Vec<Rank>,
    named: [Named; 5],
}

/// The collector in one segment.
pub(super) struct SegmentGather {
    limit: usize,
    after: Option<Rank>,
    scored: bool,
    key: Arc<dyn ColumnValues<i64>>,
    date: Arc<dyn ColumnValues<i64>>,
    total: u64,
    /// The best so far, the worst of them on top.
    best: BinaryHeap<Reverse<Rank>>,
    counts: Option<Counts>,
}

impl SegmentGather {
    fn rank(&mut self, doc: DocId, score: Score) {
        let score = if self.scored { score.max(0.0).to_bits() } else { 0 };
        let worst = if self.best.len() < self.limit {
            None
        } else {
            self.best.peek().map(|worst| worst.0)
        };
        if worst.is_some_and(|worst| score < worst.score) {
            return;
        }
        let date = self.date.get_val(doc);
        if worst.is_some_and(|worst| (score, date) < (worst.score, worst.date)) {
            return;
        }
        let rank = Rank {
            score,
            date,
            key: self.key.get_val(doc),
        };
        if self.after.is_some_and(|after| rank >= after) {
            return;
        }
        self.best.push(Reverse(rank));
        if self.best.len() > self.limit {
            self.best.pop();
        }
    }
}

impl SegmentCollector for SegmentGather {
    type Fruit = tantivy::Result<SegmentGathered>;

    fn collect(&mut self, doc: DocId, score: Score) {
        self.total += 1;
        self.rank(doc, score);
        if let Some(counts) = &mut self.counts {
            counts.count(doc);
        }
    }

    fn harvest(self) -> Self::Fruit {
        Ok(SegmentGathered {
            total: self.total,
            ranks: self.best.into_iter().map(|Reverse(rank)| rank).collect(),
            named: self.counts.map(Counts::named).transpose()?.unwrap_or_default(),
        })
    }
}

/// The counts of one segment, by the numbers that its columns have for values.
struct Counts {
    /// Stories not yet counted: columns are read faster for many at a time.
    block: Vec<DocId>,
    months: Arc<dyn ColumnValues<u64>>,
    first_month: u64,
    by_month: Vec<u64>,
    labels: Vec<Option<(StrColumn, Vec<u64>)>>,
}

impl Counts {
    fn new(segment: &SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        let months: Arc<dyn ColumnValues<u64>> = columns.column_first_or_default(MONTH)?;
        let first_month = months.min_value();
        let span = usize::try_from(months.max_value().saturating_sub(first_month)).unwrap_or(0);
        let mut labels = Vec::new();
        for name in [SOURCE, LANGUAGE, TOPIC, LIST] {
            labels.push(columns.str(name)?.map(|column| {
                let counts = vec![0; column.num_terms()];
                (column, counts)
            }));
        }
        Ok(Self {
            block: Vec::with_capacity(BLOCK_DOCS),
            by_month: vec![0; span.saturating_add(1)],
            months,
            first_month,
            labels,
        })
    }

    fn count(&mut self, doc: DocId) {
        self.block.push(doc);
        if self.block.len() == BLOCK_DOCS {
            self.count_block();
        }
    }

    fn count_block(&mut self) {
        let (mut months, mut values) = ([0; BLOCK_DOCS], [None; BLOCK_DOCS]);
        let (months, values) = (months.get_mut(..self.block.len()), values.get_mut(..self.block.len()));
        let (Some(months), Some(values)) = (months, values) else {
            return;
        };
        self.months.get_vals(&self.block, months);
        for month in months {
            add_one(&mut self.by_month, month.saturating_sub(self.first_month));
        }
        for (column, counts) in self.labels.iter_mut().flatten() {
            let column = column.ords();
            if column.get_cardinality().is_multivalue() {
                for doc in &self.block {
                    column.values_for_doc(*doc).for_each(|value| add_one(counts, value));
                }
            } else {
                // A column without any value writes nothing.
                values.fill(None);
                column.first_vals(&self.block, values);
                values.iter().flatten().for_each(|value| add_one(counts, *value));
            }
        }
        self.block.clear();
    }

    fn named(mut self) -> tantivy::Result<[Named; 5]> {
        self.count_block();
        let by_month = self
            .by_month
            .iter()
            .zip(self.first_month..)
            .filter(|(count, _)| **count > 0);
        let months: Named = by_month.map(|(count, month)| (month_name(month), *count)).collect();
        let mut named = [const { Vec::new() }; 5];
        let [first, rest @ ..] = &mut named;
        *first = months;
        for (named, label) in rest.iter_mut().zip(self.labels) {
            if let Some((column, counts)) = label {
                *named = names(&column, &counts)?;
            }
        }
        Ok(named)
    }
}

fn add_one(counts: &mut [u64], place: u64) {
    if let Some(count) = usize::try_from(place).ok().and_then(|place| counts.get_mut(place)) {
        *count += 1;
    }
}

/// The values of `column` that were counted, in one walk through its dictionary.
fn names(column: &StrColumn, counts: &[u64]) -> tantivy::Result<Named> {
    let (places, counts): (Vec<u64>, Vec<u64>) = (0..)
        .zip(counts.iter().copied())
        .filter(|(_, count)| *count > 0)
        .unzip();
    let mut named = Vec::with_capacity(counts.len());
    let mut counts = counts.into_iter();
    column
        .dictionary()
        .sorted_ords_to_term_cb(&places, |name| {
            named.extend(
                counts
                    .next()
                    .map(|count| (String::from_utf8_lossy(name).into_owned(), count)),
            );
        })
        .map_err(TantivyError::from)?;
    Ok(named)
}

fn added_up(segments: Vec<Named>) -> Named {
    let mut sums: HashMap<String, u64> = HashMap::new();
    for (name, count) in segments.into_iter().flatten() {
        *sums.entry(name).or_default() += count;
    }
    sums.into_iter().collect()
}

fn most_frequent(mut values: Named) -> Named {
    values.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    values.truncate(FACET_VALUES_MAX);
    values
}

fn youngest(mut months: Named) -> Named {
    months.sort_unstable_by(|a, b| b.0.cmp(&a.0));
    months.truncate(FACET_VALUES_MAX);
    months
}
