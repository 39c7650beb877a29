//! Asking the index.

use std::fmt;

use super::SearchError;
use super::collect::{Facets, Gather, Rank};
use super::index::Index;
use super::plan::{Plan, plan};
use super::query::Query;
use crate::domain::time::Timestamp;

/// The stories told at once, at most.
const HITS_MAX: usize = 500;

/// What is asked beside the words.
#[derive(Debug, Clone)]
pub struct Ask {
    /// How many documents to tell, at most 500.
    pub limit: usize,
    /// Where the page before ended.
    pub after: Option<Place>,
    /// Whether to count by month, source, language, topic and list; the pages after the first need not.
    pub facets: bool,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Hits {
    /// How many documents there are in all.
    pub total: u64,
    /// This page of them.
    pub items: Vec<Hit>,
    /// If they were asked for.
    pub facets: Option<Facets>,
    /// Whether none had all the words, and these have half of them at least.
    pub some_words: bool,
}

/// One document found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Its key.
    pub key: i64,
    /// How well it fits; 0 where the order is by date. Comparable within one answer only.
    pub score: f32,
    /// What it is dated by.
    pub date: Timestamp,
    /// Where it stands, to go on from there.
    pub place: Place,
}

/// A place in an answer. The next page begins behind it even if stories came or went meanwhile; as text it is a cursor for
/// addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place(Rank);

impl Place {
    /// Reads what [`Display`](fmt::Display) wrote. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let score = u32::from_str_radix(parts.next()?, 16).ok()?;
        let date = parts.next()?.parse().ok()?;
        let key = parts.next()?.parse().ok()?;
        parts.next().is_none().then_some(Self(Rank { score, date, key }))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:x}.{}.{}", self.0.score, self.0.date, self.0.key)
    }
}

impl Index {
    /// Finds the documents that fulfil all of `query`; where none has all its words, those that have half of them.
    ///
    /// Pages follow each other without gap or double as long as [`Place`]s are handed on; only under [`Order::Relevance`]
    /// (super::Order::Relevance) may a change of the index in between shift a document by its score.
    pub fn ask(&self, query: &Query, ask: &Ask) -> Result<Hits, SearchError> {
        let view = self.view();
        let Plan { strict, loose } = plan(query, &view, &self.fields)?;
        let gather = Gather {
            order: query.order(),
            limit: ask.limit.min(HITS_MAX),
            after: ask.after.map(|place| place.0),
            facets: ask.facets,
        };
        let mut gathered = view.searcher.search(&*strict, &gather)?;
        let mut some_words = false;
        if gathered.total == 0
            && let Some(loose) = loose
        {
            gathered = view.searcher.search(&*loose, &gather)?;
            some_words = gathered.total > 0;
        }
        let items = gathered.ranks.into_iter().map(|rank| Hit {
            key: rank.key,
            score: f32::from_bits(rank.score),
            date: Timestamp::from_millis(rank.date),
            place: Place(rank),
        });
        Ok(Hits {
            total: gathered.total,
            items: items.collect(),
            facets: gathered.facets,
            some_words,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::super::{Change, Cursor, Document, read};
    use super::*;
    use crate::domain::link::Link;
    use crate::domain::source::Slug;
    use crate::domain::text::Language;

    /// Key, language, headline, body.
    const STORIES: &[(i64, &str, &str, &str)] = &[
        (
            1,
            "en",
            "Museum roof leaks",
            "The old museums of the city have a roof that lets the rain in.",
        ),
        (
            2,
            "en",
            "A night at the gallery",
            "Visitors may stay at the gallery. The museum is closed.",
        ),
        (
            3,
            "en",
            "University opens a universal archive",
            "Archives of the university are open to all.",
        ),
        (
            4,
            "en",
            "Curators' strike",
            "The curator's union doesn't work. O'Brien speaks for the well-known curators.",
        ),
        (
            5,
            "en",
            "Covid-19 and the zoo",
            "Attendance fell by 3.5 million in the U.S. last year.",
        ),
        (
            6,
            "en",
            "Roofers wanted",
            "Craft schools train roofers for old buildings.",
        ),
        (
            7,
            "en",
            "A closed night",
            "The museum at night, as night falls at the museum.",
        ),
        (
            8,
            "fr",
            "Une exposition à l'Orangerie",
            "Les expositions d'été attirent les visiteurs au musée d’Orsay.",
        ),
        (
            9,
            "fr",
            "Les musées rouvrent",
            "Réouverture des musées nationaux après la grève.",
        ),
        (
            10,
            "fr",
            "L’œuvre volée",
            "Le voleur de l'œuvre a été arrêté à Besançon.",
        ),
        (
            11,
            "de",
            "Häuser der Kunst",
            "Das Museum in der Hauptstraße zeigt Gemälde aus Köln.",
        ),
        (
            12,
            "de",
            "Ausstellungen im Herbst",
            "Die Ausstellung wird verlängert. Übergrößen der Bilder.",
        ),
        (13, "de", "Größe zählt", "Grosse Sammlungen in Basel."),
        (
            14,
            "es",
            "Exposiciones de otoño",
            "La exposición del museo reúne niños y niñas.",
        ),
        (
            15,
            "es",
            "El corazón de la nación",
            "Las naciones celebran sus archivos históricos.",
        ),
        (16, "es", "Mañana abre", "El palacio abre sus puertas a los visitantes."),
        (
            17,
            "ja",
            "東京国立博物館の屋根",
            "東京国立博物館は、来年の春に新しい屋根で開館します。",
        ),
        (
            18,
            "ja",
            "スミソニアン協会の発表",
            "ワシントンのミュージアムで新しい展覧会が始まる。",
        ),
        (19, "ja", "京都の美術館", "京都市の美術館は改修のため休館する。"),
        (
            20,
            "zh",
            "故宫博物院开放",
            "北京故宫博物院今天重新开放，参观者排起长队。",
        ),
        (21, "zh", "上海美术馆", "上海美术馆将举办中国当代艺术展览。"),
        (22, "zh", "文物修复", "专家正在修复一批珍贵文物。"),
        (
            23,
            "ko",
            "국립중앙박물관 재개관",
            "국립중앙박물관에서 새로운 전시가 열린다.",
        ),
        (24, "ko", "미술관의 밤", "서울시립미술관은 밤에도 문을 연다."),
        (25, "ko", "유물 복원", "문화재 전문가들이 유물을 복원했다."),
        (
            26,
            "th",
            "พิพิธภัณฑ์แห่งชาติเปิดใหม่",
            "พิพิธภัณฑ์แห่งชาติกรุงเทพเปิดนิทรรศการใหม่สำหรับผู้เข้าชม",
        ),
        (27, "th", "หอศิลป์กรุงเทพ", "หอศิลป์จัดแสดงงานศิลปะร่วมสมัย"),
        (
            28,
            "ru",
            "Музей открывает выставку",
            "В музее открылась новая выставка. Посетители музеев довольны.",
        ),
        (
            29,
            "ru",
            "Ёлка в Эрмитаже",
            "Реставраторы восстановили картины из собрания.",
        ),
        (
            30,
            "ar",
            "المتحف المصري الكبير",
            "افتتح المتحف معرضًا جديدًا للآثار في القاهرة.",
        ),
        (
            31,
            "ar",
            "ترميم المخطوطات",
            "خبراء يرممون المخطوطات القديمة في المكتبة.",
        ),
        (
            32,
            "it",
            "La mostra dell'arte",
            "Le mostre d’arte contemporanea a Torino.",
        ),
        (33, "pt", "Exposição no museu", "As exposições do museu de São Paulo."),
        (
            34,
            "nl",
            "Tentoonstellingen",
            "De tentoonstelling in het museum van Leiden.",
        ),
        (35, "pl", "Muzeum w Łodzi", "Nowa wystawa w muzeum w Łodzi."),
        (36, "hi", "राष्ट्रीय संग्रहालय", "दिल्ली के संग्रहालय में नई प्रदर्शनी।"),
        (37, "el", "Το Μουσείο της Ακρόπολης", "Τα μουσεία είναι ανοιχτά."),
        (38, "vi", "Bảo tàng Hà Nội", "Bảo tàng mở cửa triển lãm mới."),
        (39, "tr", "İstanbul müzesi", "Müzeler yeniden açıldı."),
        (
            40,
            "",
            "Museums without a language",
            "Nobody said in which language this is.",
        ),
    ];

    fn at(revision: i64) -> Cursor {
        Cursor {
            revision,
            ..Cursor::default()
        }
    }

    fn document((story, language, title, text): &(i64, &str, &str, &str)) -> Document {
        let source = if story % 2 == 0 {
            ("alliance-blog", "The Alliance Blog")
        } else {
            ("museum-wire", "Museum Wire")
        };
        Document {
            key: *story,
            title: (*title).to_owned(),
            byline: (*story == 1).then(|| "Anna Berg".to_owned()),
            text: (*text).to_owned(),
            notes: if *story == 2 {
                "ask the lawyer first".to_owned()
            } else {
                String::new()
            },
            sources: vec![(Slug::parse(source.0).expect("a slug"), source.1.to_owned())],
            language: Language::parse(language),
            topics: if *story <= 3 {
                vec!["Deep Sea".to_owned()]
            } else {
                Vec::new()
            },
            lists: if *story <= 2 {
                vec!["friday".to_owned()]
            } else {
                Vec::new()
            },
            picked: if *story <= 2 {
                ["2026-03-05T00:00:00Z", "2026-05-01T00:00:00Z"]
                    .map(|time| Timestamp::parse(time).expect("a time"))
                    .to_vec()
            } else {
                Vec::new()
            },
            editors: if *story == 3 {
                vec!["Zoe Editor".to_owned()]
            } else {
                Vec::new()
            },
            link: Link::parse(&format!("https://example.org/{story}")),
            published: Timestamp::parse(&format!("2026-0{}-1{}T00:00:00Z", story % 9 + 1, story / 9)),
            found: Timestamp::parse("2026-12-31T00:00:00Z").expect("a time"),
        }
    }

    fn index() -> (tempfile::TempDir, Index) {
        let folder = tempfile::tempdir().expect("a folder");
        let index = Index::open(folder.path(), "one", 100).expect("an index");
        // In two commits, so that there are two segments.
        for (revision, some) in (1..).zip(STORIES.chunks(25)) {
            let changes = some
                .iter()
                .map(|story| Change::Put(Box::new(document(story))))
                .collect();
            index.apply(changes, at(revision)).expect("applied");
        }
        (folder, index)
    }

    fn ask() -> Ask {
        Ask {
            limit: 50,
            after: None,
            facets: true,
        }
    }

    fn found(index: &Index, query: &str) -> Vec<i64> {
        let hits = index.ask(&read(query), &ask()).expect("an answer");
        let mut stories: Vec<i64> = hits.items.iter().map(|hit| hit.key).collect();
        stories.sort_unstable();
        assert_eq!(hits.total, stories.len() as u64, "{query}");
        stories
    }

    #[test]
    fn words_are_found_in_every_language() {
        let (_folder, index) = index();
        for (query, expected) in [
            ("museum", vec![1, 2, 7, 11, 34]),
            ("museums", vec![1, 2, 7, 11, 34, 40]),
            ("MUSEUMS roof", vec![1]),
            ("gallery", vec![2]),
            ("archive lang:en", vec![3]),
            ("curators", vec![4]),
            ("doesn't", vec![4]),
            ("o’brien", vec![4]),
            ("covid-19", vec![5]),
            ("19-covid", vec![]),
            ("\"3.5\"", vec![5]),
            ("expositions lang:fr", vec![8]),
            ("l'exposition lang:fr", vec![8]),
            ("orsay", vec![8]),
            ("musee lang:fr", vec![8, 9]),
            ("musées lang:fr", vec![8, 9]),
            ("oeuvre", vec![10]),
            ("besancon", vec![10]),
            ("haus lang:de", vec![11]),
            ("hauptstrasse", vec![11]),
            ("koln", vec![11]),
            ("ausstellungen", vec![12]),
            ("grosse lang:de", vec![13]),
            ("exposicion lang:es", vec![14]),
            ("ninos", vec![14]),
            ("nacion lang:es", vec![15]),
            ("manana", vec![16]),
            ("博物館", vec![17]),
            ("東京の屋根", vec![17]),
            ("国立博物", vec![17]),
            ("ミュージアム", vec![18]),
            ("美術館", vec![19]),
            ("館", vec![17, 19]),
            ("博物院", vec![20]),
            ("故宫 开放", vec![20]),
            ("美术馆", vec![21]),
            ("文物修复", vec![22]),
            ("박물관", vec![23]),
            ("미술관", vec![24]),
            ("유물", vec![25]),
            ("พิพิธภัณฑ์", vec![26]),
            ("นิทรรศการ", vec![26]),
            ("ศิลปะ", vec![27]),
            ("музей", vec![28]),
            ("ВЫСТАВКА", vec![28]),
            ("елка", vec![29]),
            ("متحف", vec![30]),
            ("مخطوطات", vec![31]),
            ("arte mostra", vec![32]),
            ("sao paulo", vec![33]),
            ("tentoonstelling", vec![34]),
            ("lodzi", vec![35]),
            ("संग्रहालय", vec![36]),
            ("μουσεια", vec![37]),
            ("bao tang", vec![38]),
            ("müze", vec![39]),
            ("without language", vec![40]),
        ] {
            assert_eq!(found(&index, query), expected, "{query}");
        }
    }

    #[test]
    fn operators_choose_stories() {
        let (_folder, index) = index();
        for (query, expected) in [
            ("source:museum-wire lang:en", vec![1, 3, 5, 7]),
            ("source:alliance lang:en", vec![2, 4, 6]),
            ("source:\"alliance blog\" lang:fr", vec![8, 10]),
            ("-source:alliance-blog lang:French", vec![9]),
            ("lang:fr lang:zh -lang:fr", vec![20, 21, 22]),
            ("topic:\"deep sea\"", vec![1, 2, 3]),
            ("list:Friday", vec![1, 2]),
            ("picked:yes", vec![1, 2]),
            ("picked:no topic:\"deep sea\"", vec![3]),
            ("picked:2026-03", vec![1, 2]),
            ("picked:2026-04", vec![]),
            ("picked:2026-05", vec![1, 2]),
            ("-picked:2026-05 topic:\"deep sea\"", vec![3]),
            ("by:berg", vec![1]),
            ("by:\"Zoe Editor\"", vec![3]),
            ("title:museum lang:en", vec![1]),
            ("after:2026-03-11 before:2026-04", vec![11, 20, 29, 38]),
            ("https://www.example.org/7?utm_source=x", vec![7]),
            ("muse* lang:en", vec![1, 2, 7]),
            ("roof OR gallery lang:en", vec![1, 2]),
            ("-museum lang:de", vec![12, 13]),
            ("\"museum at night\"", vec![7]),
            ("\"at the museum\"", vec![7]),
            ("\"museum roof\"", vec![1]),
            ("\"roof museum\"", vec![]),
            ("\"archive\" lang:en", vec![3]),
            ("\"univers\"", vec![]),
            ("\"国立博物館\"", vec![17]),
            ("lawyer", vec![2]),
        ] {
            assert_eq!(found(&index, query), expected, "{query}");
        }
    }

    #[test]
    fn a_search_that_nothing_fulfils_finds_what_has_most_of_its_words() {
        let (_folder, index) = index();
        let hits = index
            .ask(&read("gallery visitors submarine lang:en"), &ask())
            .expect("an answer");
        assert!(hits.some_words);
        assert_eq!(hits.items.first().map(|hit| hit.key), Some(2));
    }

    #[test]
    fn a_word_in_the_headline_comes_first() {
        let (_folder, index) = index();
        let hits = index.ask(&read("museum lang:en"), &ask()).expect("an answer");
        assert_eq!(hits.items.first().map(|hit| hit.key), Some(1));
    }

    #[test]
    fn facets_count_all_that_was_found() {
        let (_folder, index) = index();
        let mut asked = ask();
        asked.limit = 1;
        let facets = index
            .ask(&read("lang:en lang:fr"), &asked)
            .expect("an answer")
            .facets
            .expect("facets");
        let pairs = |some: &[(&str, u64)]| -> Vec<(String, u64)> {
            some.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
        };
        assert_eq!(facets.languages, pairs(&[("en", 7), ("fr", 3)]));
        assert_eq!(facets.sources, pairs(&[("alliance-blog", 5), ("museum-wire", 5)]));
        assert_eq!(facets.topics, pairs(&[("Deep Sea", 3)]));
        assert_eq!(facets.lists, pairs(&[("friday", 2)]));
        assert_eq!(facets.months.iter().map(|(_, count)| count).sum::<u64>(), 10);
        assert_eq!(facets.months.first(), Some(&("2026-09".to_owned(), 1)));
    }

    #[test]
    fn pages_follow_each_other_without_gap_or_double() {
        let (_folder, index) = index();
        for query in ["", "museum", "lang:en"] {
            let whole = index.ask(&read(query), &ask()).expect("an answer");
            let mut paged = Vec::new();
            let mut after = None;
            loop {
                let mut asked = ask();
                (asked.limit, asked.after) = (3, after);
                let page = index.ask(&read(query), &asked).expect("an answer");
                assert_eq!(page.total, whole.total);
                let Some(last) = page.items.last() else { break };
                after = Place::parse(&last.place.to_string());
                assert_eq!(after, Some(last.place));
                paged.extend(page.items);
            }
            assert_eq!(paged, whole.items, "{query}");
        }
    }

    #[test]
    fn a_future_date_does_not_come_first() {
        let (_folder, index) = index();
        let mut story = document(&STORIES[0]);
        story.key = 99;
        story.published = Timestamp::parse("2999-01-01T00:00:00Z");
        story.found = Timestamp::parse("2026-01-01T00:00:00Z").expect("a time");
        index
            .apply(vec![Change::Put(Box::new(story))], at(50))
            .expect("applied");
        let hits = index.ask(&read(""), &ask()).expect("an answer");
        assert_eq!(hits.items.last().map(|hit| hit.key), Some(99));
    }

    #[test]
    fn hostile_searches_are_answered_in_time() {
        let (_folder, index) = index();
        for query in [
            "a* ".repeat(500),
            "\"".repeat(1_000),
            "(".repeat(1_000_000),
            "-".repeat(1_000),
            "source:".repeat(200),
            "a OR ".repeat(300),
            "博物館".repeat(500),
            "mu* ".repeat(300),
            "\u{1}museum \u{f0001}museum".to_owned(),
            format!("\"{}\"", "the ".repeat(300)),
            "l'".repeat(500),
            "after:9999-12 before:0000 picked:-1".to_owned(),
        ] {
            let begun = Instant::now();
            index.ask(&read(&query), &ask()).expect("an answer");
            assert!(
                begun.elapsed() < Duration::from_millis(500),
                "{query:.30} took {:?}",
                begun.elapsed()
            );
        }
    }

    #[test]
    fn a_phrase_that_is_unwanted_may_stand_anywhere_or_nowhere() {
        let (_folder, index) = index();
        for (query, left_out) in [
            ("-\"by:by:", 0),
            ("-title:\"roof leaks\"", 1),
            ("-title:\"les musées\"", 1),
            ("-title:\"roof night\"", 0),
        ] {
            let found = index.ask(&read(query), &ask()).expect("an answer");
            assert_eq!(found.total, STORIES.len() as u64 - left_out, "{query}");
        }
    }

    #[test]
    fn any_text_is_a_search() {
        let (_folder, index) = index();
        let operators = "(source:|list:|lang:|topic:|before:|after:|picked:|by:|title:|sort:|-|\"|\\*|OR |museum|博物館|박물|2026-1| |\\PC){0,24}";
        let strategy = prop_oneof![any::<String>(), operators.prop_map(String::from)];
        proptest!(ProptestConfig::with_cases(300), |(text in strategy)| {
            let query = read(&text);
            prop_assert!(!query.as_read().is_empty());
            prop_assert!(index.ask(&query, &ask()).is_ok());
            index.marker(&query).snippet(&text, None).to_html();
        });
    }
}
