//! Colours as layers write them: what tinycolor reads of CSS, and which text is readable on them.

/// A colour with its opacity, 0 to 255 each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
    pub alpha: u8,
}

/// CSS Color Module Level 4, "Named Colors".
const NAMES: &str = "aliceblue f0f8ff antiquewhite faebd7 aqua 00ffff aquamarine 7fffd4 azure f0ffff beige f5f5dc bisque ffe4c4 \
    black 000000 blanchedalmond ffebcd blue 0000ff blueviolet 8a2be2 brown a52a2a burlywood deb887 cadetblue 5f9ea0 chartreuse 7fff00 \
    chocolate d2691e coral ff7f50 cornflowerblue 6495ed cornsilk fff8dc crimson dc143c cyan 00ffff darkblue 00008b darkcyan 008b8b \
    darkgoldenrod b8860b darkgray a9a9a9 darkgreen 006400 darkgrey a9a9a9 darkkhaki bdb76b darkmagenta 8b008b darkolivegreen 556b2f \
    darkorange ff8c00 darkorchid 9932cc darkred 8b0000 darksalmon e9967a darkseagreen 8fbc8f darkslateblue 483d8b darkslategray 2f4f4f \
    darkslategrey 2f4f4f darkturquoise 00ced1 darkviolet 9400d3 deeppink ff1493 deepskyblue 00bfff dimgray 696969 dimgrey 696969 \
    dodgerblue 1e90ff firebrick b22222 floralwhite fffaf0 forestgreen 228b22 fuchsia ff00ff gainsboro dcdcdc ghostwhite f8f8ff \
    gold ffd700 goldenrod daa520 gray 808080 green 008000 greenyellow adff2f grey 808080 honeydew f0fff0 hotpink ff69b4 indianred cd5c5c \
    indigo 4b0082 ivory fffff0 khaki f0e68c lavender e6e6fa lavenderblush fff0f5 lawngreen 7cfc00 lemonchiffon fffacd lightblue add8e6 \
    lightcoral f08080 lightcyan e0ffff lightgoldenrodyellow fafad2 lightgray d3d3d3 lightgreen 90ee90 lightgrey d3d3d3 lightpink ffb6c1 \
    lightsalmon ffa07a lightseagreen 20b2aa lightskyblue 87cefa lightslategray 778899 lightslategrey 778899 lightsteelblue b0c4de \
    lightyellow ffffe0 lime 00ff00 limegreen 32cd32 linen faf0e6 magenta ff00ff maroon 800000 mediumaquamarine 66cdaa mediumblue 0000cd \
    mediumorchid ba55d3 mediumpurple 9370db mediumseagreen 3cb371 mediumslateblue 7b68ee mediumspringgreen 00fa9a mediumturquoise 48d1cc \
    mediumvioletred c71585 midnightblue 191970 mintcream f5fffa mistyrose ffe4e1 moccasin ffe4b5 navajowhite ffdead navy 000080 \
    oldlace fdf5e6 olive 808000 olivedrab 6b8e23 orange ffa500 orangered ff4500 orchid da70d6 palegoldenrod eee8aa palegreen 98fb98 \
    paleturquoise afeeee palevioletred db7093 papayawhip ffefd5 peachpuff ffdab9 peru cd853f pink ffc0cb plum dda0dd powderblue b0e0e6 \
    purple 800080 rebeccapurple 663399 red ff0000 rosybrown bc8f8f royalblue 4169e1 saddlebrown 8b4513 salmon fa8072 sandybrown f4a460 \
    seagreen 2e8b57 seashell fff5ee sienna a0522d silver c0c0c0 skyblue 87ceeb slateblue 6a5acd slategray 708090 slategrey 708090 \
    snow fffafa springgreen 00ff7f steelblue 4682b4 tan d2b48c teal 008080 thistle d8bfd8 tomato ff6347 turquoise 40e0d0 violet ee82ee \
    wheat f5deb3 white ffffff whitesmoke f5f5f5 yellow ffff00 yellowgreen 9acd32";

impl Color {
    pub const WHITE: Color = Color { red: 255, green: 255, blue: 255, alpha: 255 };
    pub const BLACK: Color = Color { red: 0, green: 0, blue: 0, alpha: 255 };

    /// Reads `#f66`, `#ff6666`, `#ff6666ff`, the same without `#`, names of CSS, and `rgb(255, 102, 102)` with or without opacity.
    pub fn parse(text: &str) -> Option<Color> {
        let text = text.trim().to_ascii_lowercase();
        if text == "transparent" {
            return Some(Color { alpha: 0, ..Color::BLACK });
        }
        if let Some(inner) = text.strip_prefix("rgba").or_else(|| text.strip_prefix("rgb")) {
            let inner = inner.trim_matches(|each: char| matches!(each, '(' | ')') || each.is_whitespace());
            let parts: Vec<&str> =
                inner.split(|each: char| each == ',' || each.is_whitespace()).filter(|part| !part.is_empty()).collect();
            let part = |index: usize| parts.get(index).and_then(|part| part.parse::<u8>().ok());
            let alpha = match parts.get(3) {
                None => 255,
                // Between 0 and 255 by its bounds.
                Some(alpha) => (alpha.parse::<f64>().ok().filter(|alpha| (0.0..=1.0).contains(alpha))? * 255.0).round() as u8,
            };
            return (parts.len() <= 4).then_some(Color { red: part(0)?, green: part(1)?, blue: part(2)?, alpha });
        }
        let named = NAMES.split_ascii_whitespace().zip(NAMES.split_ascii_whitespace().skip(1)).step_by(2);
        let hex = named.into_iter().find(|(name, _)| *name == text).map_or(text.trim_start_matches('#'), |(_, hex)| hex);
        let digits: Option<Vec<u8>> =
            hex.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
        let digits = digits?;
        let one = |index: usize| digits.get(index).map(|digit| digit * 17);
        let two = |index: usize| Some(digits.get(index)? * 16 + digits.get(index + 1)?);
        match digits.len() {
            3 => Some(Color { red: one(0)?, green: one(1)?, blue: one(2)?, alpha: 255 }),
            4 => Some(Color { red: one(0)?, green: one(1)?, blue: one(2)?, alpha: one(3)? }),
            6 => Some(Color { red: two(0)?, green: two(2)?, blue: two(4)?, alpha: 255 }),
            8 => Some(Color { red: two(0)?, green: two(2)?, blue: two(4)?, alpha: two(6)? }),
            _ => None,
        }
    }

    /// `#ff6666`: what a cell is filled with; the opacity is dropped, as the Navigator drops it.
    pub fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }

    /// `#ff6666ff`: how the Navigator writes the stops of a gradient.
    pub fn hex_with_alpha(self) -> String {
        format!("{}{:02x}", self.hex(), self.alpha)
    }

    /// Relative luminance (WCAG 2.0).
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.03928 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }

    /// White or black, whichever has the greater contrast to this; white where both have the same.
    pub fn readable(self) -> Color {
        let own = self.luminance();
        let (white, black) = (1.05 / (own + 0.05), (own + 0.05) / 0.05);
        if black > white { Color::BLACK } else { Color::WHITE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_css_writes_them() {
        for (text, hex) in [
            ("#f66", "#ff6666ff"),
            ("FF6666", "#ff6666ff"),
            ("#ffffff00", "#ffffff00"),
            ("red", "#ff0000ff"),
            ("tan", "#d2b48cff"),
            ("yellowgreen", "#9acd32ff"),
            ("rgb(1, 2, 3)", "#010203ff"),
            ("rgba(1 2 3 0.5)", "#01020380"),
            ("transparent", "#00000000"),
        ] {
            assert_eq!(Color::parse(text).map(Color::hex_with_alpha).as_deref(), Some(hex), "{text}");
        }
        for text in ["", "#12", "#12345", "reddish", "rgb(1,2)", "rgb(1,2,300)", "#ggg", "url(x)", "f0f8ffaliceblue"] {
            assert_eq!(Color::parse(text), None, "{text}");
        }
    }

    #[test]
    fn text_is_readable() {
        for (fill, text) in
            [("#ffffff", Color::BLACK), ("#000000", Color::WHITE), ("#ff6666", Color::BLACK), ("#00008b", Color::WHITE)]
        {
            assert_eq!(Color::parse(fill).unwrap().readable(), text, "{fill}");
        }
    }
}
