//! Pictures made of a number: a wall, a floor, and something on show. The same number gives the same picture.

use std::fmt::Write;

const WIDTH: u32 = 1200;
const HEIGHT: u32 = 675;
/// Where the wall ends and the floor begins.
const FLOOR: u32 = 540;

/// Wall, floor, object, light.
const COLOURS: &[[&str; 4]] = &[
    ["#e9e2d0", "#b9a98c", "#7a3b2e", "#f6c453"],
    ["#d7e1e3", "#8fa5a8", "#1f4e5f", "#f2b28c"],
    ["#efe7e1", "#c6b3a6", "#5b4a6b", "#d9a5b3"],
    ["#e3e8d6", "#a4ad86", "#3f5a36", "#efcf6b"],
    ["#2f3a46", "#1d252d", "#d8b26a", "#f4efe4"],
    ["#f1e4c9", "#cfa96a", "#2f5d62", "#a7333f"],
    ["#dfe3ee", "#a0a8c4", "#343f6e", "#e7b04a"],
    ["#43333a", "#2b2025", "#c98f6b", "#f0d9b5"],
];

/// An SVG of 1200 × 675 that belongs to `name`, and says to those who do not see it that it shows `alt`.
pub fn of(name: &str, alt: &str) -> String {
    let mut chance = Chance::of(name);
    let [wall, floor, thing, light] = *chance.pick(COLOURS);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\">\
         <title>{}</title><rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"{wall}\"/>",
        crate::domain::escape::text(alt)
    );
    window(&mut svg, &mut chance, light);
    let _ = write!(
        svg,
        "<rect y=\"{FLOOR}\" width=\"{WIDTH}\" height=\"{}\" fill=\"{floor}\"/>",
        HEIGHT - FLOOR
    );
    match chance.below(4) {
        0 => vessel(&mut svg, &mut chance, thing, light),
        1 => frames(&mut svg, &mut chance, thing, light),
        2 => bones(&mut svg, &mut chance, thing),
        _ => vane(&mut svg, &mut chance, thing, light),
    }
    svg.push_str("</svg>");
    svg
}

/// Light that falls in from one side.
fn window(svg: &mut String, chance: &mut Chance, light: &str) {
    let left = chance.between(40, 900);
    let (top, lean) = (chance.between(30, 90), chance.between(120, 320));
    let _ = write!(
        svg,
        "<path d=\"M{left} {top}h220l{lean} 480h-260z\" fill=\"{light}\" opacity=\".28\"/>\
         <path d=\"M{left} 0v{top}h220v-{top}z\" fill=\"{light}\" opacity=\".5\"/>"
    );
}

/// A jar on a plinth.
fn vessel(svg: &mut String, chance: &mut Chance, thing: &str, light: &str) {
    let middle = chance.between(420, 780);
    let (belly, neck) = (chance.between(80, 170), chance.between(25, 60));
    let (top, foot) = (chance.between(130, 220), 420);
    let bulge = u32::midpoint(top, foot);
    let _ = write!(
        svg,
        "<rect x=\"{}\" y=\"{foot}\" width=\"320\" height=\"180\" fill=\"{light}\" opacity=\".85\"/>\
         <path d=\"M{} {top}h{}C{} {bulge} {} {bulge} {} {foot}h-100C{} {bulge} {} {bulge} {} {top}z\" fill=\"{thing}\"/>",
        middle - 160,
        middle - neck,
        2 * neck,
        middle + neck,
        middle + belly * 2,
        middle + 50,
        middle - belly * 2,
        middle - neck,
        middle - neck,
    );
}

/// A row of pictures, one of them askew.
fn frames(svg: &mut String, chance: &mut Chance, thing: &str, light: &str) {
    let count = chance.between(2, 5);
    let askew = chance.below(count);
    let wide = 900 / count;
    for at in 0..count {
        let (left, high) = (150 + at * wide, chance.between(140, 280));
        let turn = if at == askew { 4 } else { 0 };
        let _ = write!(
            svg,
            "<g transform=\"rotate({turn} {left} 150)\"><rect x=\"{left}\" y=\"150\" width=\"{}\" height=\"{high}\" fill=\"{thing}\"/>\
             <rect x=\"{}\" y=\"168\" width=\"{}\" height=\"{}\" fill=\"{light}\"/>\
             <circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{thing}\" opacity=\".6\"/></g>",
            wide - 60,
            left + 18,
            wide - 96,
            high - 36,
            left + chance.between(50, wide - 90),
            150 + high / 2,
            chance.between(14, 40),
        );
    }
}

/// Ribs along a spine.
fn bones(svg: &mut String, chance: &mut Chance, thing: &str) {
    let count = chance.between(9, 17);
    let step = 800 / count;
    let _ = write!(
        svg,
        "<g fill=\"none\" stroke=\"{thing}\" stroke-width=\"14\" stroke-linecap=\"round\"><path d=\"M180 260Q600 150 1020 290\"/>"
    );
    for at in 0..count {
        let left = 210 + at * step;
        let deep = 60 + 12 * at.min(count - at) + chance.below(24);
        let _ = write!(
            svg,
            "<path d=\"M{left} 235q{} {} {} {deep}\"/>",
            step / 2,
            deep / 2,
            step / 4
        );
    }
    let _ = write!(
        svg,
        "</g><path d=\"M1020 240l110 60l-120 40z\" fill=\"{thing}\"/><path d=\"M420 400v140M820 400v140\" stroke=\"{thing}\" stroke-width=\"6\"/>"
    );
}

/// A weathervane before a round sky.
fn vane(svg: &mut String, chance: &mut Chance, thing: &str, light: &str) {
    let (middle, round) = (chance.between(400, 800), chance.between(120, 210));
    let points = chance.between(0, 360);
    let _ = write!(
        svg,
        "<circle cx=\"{middle}\" cy=\"290\" r=\"{round}\" fill=\"{light}\" opacity=\".8\"/>\
         <path d=\"M{middle} 120v430M{} 400h240\" stroke=\"{thing}\" stroke-width=\"12\" stroke-linecap=\"round\"/>\
         <g transform=\"rotate({points} {middle} 220)\" fill=\"{thing}\"><path d=\"M{} 220q90 -70 200 -20q40 -60 90 -60q-30 60 20 100q-60 10 -100 -20q-110 60 -210 0z\"/></g>",
        middle - 120,
        middle - 160,
    );
}

/// Numbers that look like chance and follow from a name.
struct Chance(u32);

impl Chance {
    fn of(name: &str) -> Self {
        let sum = name.bytes().fold(0x811c_9dc5_u32, |sum, byte| {
            (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        Self(sum | 1)
    }

    fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 % limit.max(1)
    }

    fn between(&mut self, from: u32, to: u32) -> u32 {
        from + self.below(to.saturating_sub(from))
    }

    fn pick<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        let at = self.below(u32::try_from(among.len()).unwrap_or(1)) as usize;
        among.get(at).or(among.first()).expect("there are colours")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_well_formed_and_always_the_same() {
        for number in 0..200 {
            let name = format!("story-{number}");
            let svg = of(&name, "A jar & a <vane>");
            assert_eq!(svg, of(&name, "A jar & a <vane>"));
            let mut reader = quick_xml::Reader::from_str(&svg);
            while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
        }
    }
}
