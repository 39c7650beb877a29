//! The language of a text.

use std::sync::LazyLock;

use whatlang::{Detector, Lang};

use crate::domain::article::LanguageFrom;
use crate::domain::text::Language;

/// How much of a text is looked at, in bytes.
const SAMPLE_BYTES_MAX: usize = 8 * 1024;
/// A text of so many letters or more is believed against what was declared, if the detector is sure.
const LETTERS_AGAINST_DECLARED_MIN: usize = 120;
/// The least confidence at which a detected language is taken when nothing was declared.
const CONFIDENCE_MIN: f64 = 0.3;
/// The share of a script among the letters from which on it decides.
const SCRIPT_SHARE_MIN: f64 = 0.2;

/// The languages told apart by their words. A longer list makes short texts less sure.
const KNOWN: &[(Lang, &str)] = &[
    (Lang::Eng, "en"),
    (Lang::Fra, "fr"),
    (Lang::Deu, "de"),
    (Lang::Spa, "es"),
    (Lang::Ita, "it"),
    (Lang::Por, "pt"),
    (Lang::Nld, "nl"),
    (Lang::Swe, "sv"),
    (Lang::Dan, "da"),
    (Lang::Nob, "no"),
    (Lang::Fin, "fi"),
    (Lang::Pol, "pl"),
    (Lang::Ces, "cs"),
    (Lang::Slk, "sk"),
    (Lang::Hun, "hu"),
    (Lang::Ron, "ro"),
    (Lang::Cat, "ca"),
    (Lang::Hrv, "hr"),
    (Lang::Slv, "sl"),
    (Lang::Est, "et"),
    (Lang::Lav, "lv"),
    (Lang::Lit, "lt"),
    (Lang::Tur, "tr"),
    (Lang::Vie, "vi"),
    (Lang::Ind, "id"),
    (Lang::Rus, "ru"),
    (Lang::Ukr, "uk"),
    (Lang::Bul, "bg"),
    (Lang::Srp, "sr"),
    (Lang::Mkd, "mk"),
    (Lang::Ell, "el"),
    (Lang::Heb, "he"),
    (Lang::Ara, "ar"),
    (Lang::Pes, "fa"),
    (Lang::Hin, "hi"),
    (Lang::Ben, "bn"),
    (Lang::Tam, "ta"),
    (Lang::Kat, "ka"),
    (Lang::Hye, "hy"),
];

static DETECTOR: LazyLock<Detector> =
    LazyLock::new(|| Detector::with_allowlist(KNOWN.iter().map(|(lang, _)| *lang).collect()));

/// Says what language an article is in. A script that only one language has decides; else the words do, weighed against
/// what was `declared`, which is believed where the text is short or the detector unsure.
pub fn language_of(title: &str, text: &str, declared: Option<&Language>) -> Option<(Language, LanguageFrom)> {
    let sample = format!(
        "{title}\n{}",
        text.get(..text.floor_char_boundary(SAMPLE_BYTES_MAX))
            .unwrap_or_default()
    );
    let letters = sample.chars().filter(|c| c.is_alphabetic()).count();
    let (detected, sure) = match by_script(&sample, letters) {
        Some(code) => (Some(code), true),
        // Against so short a text the declared language stands, whatever its words say: they need not be looked at.
        None if declared.is_some() && letters < LETTERS_AGAINST_DECLARED_MIN => (None, false),
        None => by_words(&sample, letters),
    };
    let detected = detected.and_then(Language::parse);
    match (detected, declared) {
        (Some(found), Some(declared)) if found == *declared || !sure => {
            Some((declared.clone(), LanguageFrom::Declared))
        }
        (Some(found), _) => Some((found, LanguageFrom::Detected)),
        (None, Some(declared)) => Some((declared.clone(), LanguageFrom::Declared)),
        (None, None) => None,
    }
}

/// The language whose script this is.
fn by_script(sample: &str, letters: usize) -> Option<&'static str> {
    let share = |is: fn(char) -> bool| super::blocks::ratio(sample.chars().filter(|&c| is(c)).count(), letters);
    let kana = |c| matches!(c, '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9d}');
    let hangul = |c| matches!(c, '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7a3}');
    let han = |c| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}');
    let thai = |c| matches!(c, '\u{e01}'..='\u{e3a}');
    if share(hangul) >= SCRIPT_SHARE_MIN {
        Some("ko")
    } else if share(kana) >= SCRIPT_SHARE_MIN / 2.0 {
        Some("ja")
    } else if share(han) >= SCRIPT_SHARE_MIN {
        Some("zh")
    } else if share(thai) >= SCRIPT_SHARE_MIN {
        Some("th")
    } else {
        None
    }
}

/// The language whose words these seem to be, and whether that is to be believed against what was declared.
fn by_words(sample: &str, letters: usize) -> (Option<&'static str>, bool) {
    let Some(info) = DETECTOR.detect(sample) else {
        return (None, false);
    };
    let code = KNOWN
        .iter()
        .find(|(lang, _)| *lang == info.lang())
        .map(|(_, code)| *code);
    let sure = info.is_reliable() && letters >= LETTERS_AGAINST_DECLARED_MIN;
    (code.filter(|_| sure || info.confidence() >= CONFIDENCE_MIN), sure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declared_language_is_believed_unless_the_text_clearly_says_otherwise() {
        let german = "Das Museum zeigt ab Samstag eine neue Ausstellung über die Geschichte der Stadt, und der Eintritt ist an \
                      diesem Tag für alle Besucherinnen und Besucher frei, sagte die Direktorin vor der Presse.";
        for (text, declared, expected) in [
            (german, None, Some(("de", LanguageFrom::Detected))),
            (german, Some("de"), Some(("de", LanguageFrom::Declared))),
            (german, Some("en"), Some(("de", LanguageFrom::Detected))),
            ("Museum zeigt Kunst", Some("en"), Some(("en", LanguageFrom::Declared))),
            ("Museum zeigt Kunst", Some("de"), Some(("de", LanguageFrom::Declared))),
            ("博物館は来年開きます", Some("en"), Some(("ja", LanguageFrom::Detected))),
            ("博物馆明年开放", None, Some(("zh", LanguageFrom::Detected))),
            ("국립중앙박물관", None, Some(("ko", LanguageFrom::Detected))),
            ("พิพิธภัณฑ์", None, Some(("th", LanguageFrom::Detected))),
            ("", Some("fr"), Some(("fr", LanguageFrom::Declared))),
            ("", None, None),
        ] {
            let declared = declared.and_then(Language::parse);
            let found = language_of("", text, declared.as_ref());
            let found = found.as_ref().map(|(language, from)| (language.as_str(), *from));
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
