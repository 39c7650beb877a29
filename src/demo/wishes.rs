//! What the editors of the demonstration liked, and why.

/// A text that is picked once it is out.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// The outlet and the text's name there.
    pub place: &'static str,
    pub topics: &'static [&'static str],
    /// What readers are told about it.
    pub note: &'static str,
}

/// Picked for the editions of the past, the oldest first.
pub const WEEKLY: &[Wish] = &[
    Wish {
        place: "the-long-label/opened-a-window",
        topics: &["climate", "practice"],
        note: "Half the energy, and the quilts have not noticed. Read it before your next meeting about air.",
    },
    Wish {
        place: "echo-de-valbrume/carnets-papillons",
        topics: &["collections"],
        note: "Fifty-seven notebooks of butterflies, and not one pin. The last sentence is the whole story.",
    },
    Wish {
        place: "museumsnotizen/elf-kisten",
        topics: &["stores"],
        note: "Every store has these boxes. Few have the man who can still read the list.",
    },
    Wish {
        place: "the-long-label/small-museum-1",
        topics: &["small museums"],
        note: "A collection with nothing in it, and we would go tomorrow.",
    },
    Wish {
        place: "la-vitrina/coleccion-silencios",
        topics: &["sound", "collections"],
        note: "Eleven hundred silences, catalogued. The one from the penalty is the longest.",
    },
    Wish {
        place: "krummsieler-bote/tagebuch-magd",
        topics: &["history", "water"],
        note: "A flood, told by the only person who knew every animal by name.",
    },
    Wish {
        place: "faro-de-almenar/postal-nueve",
        topics: &["photography"],
        note: "Forty-six grandchildren answered. One of them was right.",
    },
    Wish {
        place: "tidewater-wire/wexcombe-tapestry",
        topics: &["textiles"],
        note: "Three centuries of hounds with nobody behind them – now we know which way he ran.",
    },
    Wish {
        place: "tidewater-wire/professor-skeleton",
        topics: &["history"],
        note: "Some people really do not want to leave a university.",
    },
    Wish {
        place: "museumsnotizen/leeres-museum",
        topics: &["sound"],
        note: "What a museum sounds like at four in the morning. It sighs.",
    },
    Wish {
        place: "the-long-label/on-the-bench",
        topics: &["visitors", "practice"],
        note: "Fifty-eight counters under fifty-eight benches, and a conclusion you can act on.",
    },
    Wish {
        place: "faro-de-almenar/campana-niebla",
        topics: &["water"],
        note: "A retirement, with an answer from the harbour. Have a handkerchief near.",
    },
    Wish {
        place: "fennick-courier/farmer-mosaic",
        topics: &["archaeology"],
        note: "The best conservator of the year drives a tractor.",
    },
    Wish {
        place: "the-long-label/sorry-on-a-label",
        topics: &["labels", "restitution"],
        note: "Ninety words on an empty case, read to the end by everybody.",
    },
    Wish {
        place: "la-vitrina/museo-ascensor",
        topics: &["small museums"],
        note: "Forty seconds, one object. The breakdown was the best opening they ever had.",
    },
    Wish {
        place: "krummsieler-bote/faehrhaus",
        topics: &["buildings"],
        note: "A house carried by hand, beam by beam, with one plank left over.",
    },
    Wish {
        place: "tidewater-wire/tavai-prow",
        topics: &["restitution"],
        note: "How a thing goes home: with a speech, and a boarding pass.",
    },
    Wish {
        place: "akarigaoka-tsushin/aigasawa-nuno",
        topics: &["textiles"],
        note: "Letters from a husband, sewn into a coat for warmth – and sewn back in after reading.",
    },
    Wish {
        place: "tidewater-wire/night-guard",
        topics: &["people"],
        note: "Nine thousand drawings by the man nobody saw. Go between two and four, at night.",
    },
    Wish {
        place: "le-fil-des-musees/gardiens-parole",
        topics: &["people", "visitors"],
        note: "They sold the audio guides and bought a second thermos.",
    },
    Wish {
        place: "the-long-label/do-not-touch",
        topics: &["visitors", "practice"],
        note: "What happened when the signs went: less touching, more talk.",
    },
    Wish {
        place: "la-vitrina/fresco-mirada",
        topics: &["painting"],
        note: "A boy in the corner of a fresco, distracting people again after two hundred years.",
    },
    Wish {
        place: "tidewater-wire/pell-portrait",
        topics: &["painting"],
        note: "It was the sister. Of course it was the sister.",
    },
];

/// Picked for the edition of the next Friday.
pub const FOR_FRIDAY: &[Wish] = &[
    Wish {
        place: "tidewater-wire/doormat-beetle",
        topics: &["natural history"],
        note: "Extinct on the second floor, alive on the doormat.",
    },
    Wish {
        place: "harbour-lantern/corncrake-bell",
        topics: &["water"],
        note: "It rang the whole way up.",
    },
    Wish {
        place: "krummsieler-bote/wetterberichte",
        topics: &["archives"],
        note: "Nine thousand weather reports by somebody who took the weather personally.",
    },
];

/// Published on their own, as they come.
pub const CARE: &[Wish] = &[
    Wish {
        place: "back-room/packing-list",
        topics: &["emergencies"],
        note: "Print it and hang it inside the cupboard door. Note the last two lines.",
    },
    Wish {
        place: "back-room/freezer-quilt",
        topics: &["textiles", "emergencies"],
        note: "Why cold and wet is not the same as frozen.",
    },
    Wish {
        place: "back-room/nail-and-frame",
        topics: &["painting"],
        note: "The find behind the headline, told by the man with the pliers.",
    },
    Wish {
        place: "tidewater-wire/tanfold-dry",
        topics: &["textiles", "emergencies"],
        note: "Four hundred and twelve quilts, all dry but one, which never noticed.",
    },
];

/// The same, for another list.
pub const WONDERS: &[Wish] = &[
    Wish {
        place: "the-long-label/small-museum-2",
        topics: &["small museums"],
        note: "Somebody did come for second place in Handwriting (Boys).",
    },
    Wish {
        place: "tidewater-wire/haunted-spoon",
        topics: &["objects"],
        note: "We believe the cat.",
    },
    Wish {
        place: "akarigaoka-tsushin/ame-no-hako",
        topics: &["objects"],
        note: "A box marked Rain, with rain in it.",
    },
    Wish {
        place: "museumsnotizen/verlorene-knoepfe",
        topics: &["small museums"],
        note: "Find your button, have it sewn back on, and tell how it was.",
    },
];

/// What a contributor suggests.
pub const SUGGESTED: &[&str] = &[
    "tidewater-wire/brass-whale",
    "le-fil-des-musees/baleine-papier",
    "la-vitrina/galeon-chocolate",
    "minatomachi-art/toudai-enikki",
];

/// What is to be looked at again.
pub const HELD: &[&str] = &["the-long-label/honest-mistake", "fennick-courier/lamb-route"];

/// What editors say to each other.
pub const NOTED: &[(&str, &str)] = &[
    (
        "tidewater-wire/brass-whale",
        "Three papers have it by now. The museum’s own blog is the one to link, I think – read it first.",
    ),
    (
        "le-fil-des-musees/baleine-papier",
        "Two whales in one edition? I would not mind.",
    ),
    (
        "fennick-courier/lamb-route",
        "Holding this until they have put the signs up.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::texts::{When, outlets};

    #[test]
    fn whatever_is_wished_for_was_written_and_is_out_by_the_start() {
        let mut places: Vec<&str> = Vec::new();
        for list in [WEEKLY, FOR_FRIDAY, CARE, WONDERS] {
            places.extend(list.iter().map(|wish| wish.place));
        }
        places.extend(SUGGESTED.iter().chain(HELD).copied());
        places.extend(NOTED.iter().map(|(place, _)| *place));
        let outlets = outlets();
        for place in places {
            let (outlet, slug) = place.split_once('/').unwrap();
            let outlet = outlets.iter().find(|own| own.slug == outlet);
            let item = outlet.and_then(|outlet| outlet.items.iter().find(|item| item.slug == slug));
            let when = item.map(|item| item.when);
            assert!(matches!(when, Some(When::Before(_))), "{place}");
        }
    }
}
