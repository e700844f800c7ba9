//! Gradients: from a score to a colour, as the Navigator and the package tinygradient that it uses calculate it.

use super::color::Color;

/// The Navigator's menu of gradients.
pub const PRESETS: &[(&str, &[&str])] = &[
    ("redgreen", &["#ff6666", "#ffe766", "#8ec843"]),
    ("greenred", &["#8ec843", "#ffe766", "#ff6666"]),
    ("bluered", &["#66b1ff", "#ff66f4", "#ff6666"]),
    ("redblue", &["#ff6666", "#ff66f4", "#66b1ff"]),
    ("transparentblue", &["#ffffff00", "#66b1ff"]),
    ("transparentred", &["#ffffff00", "#ff6666"]),
];

/// Colours that the Navigator computes between the first and the last.
const STEPS: usize = 100;

/// Colours for the scores between two bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradient {
    /// At least two; at most [`Gradient::MOST`].
    pub colors: Vec<Color>,
    pub least: f64,
    pub most: f64,
}

impl Default for Gradient {
    /// The Navigator's: red to green for 0 to 100.
    fn default() -> Self {
        Gradient { colors: preset("redgreen").unwrap_or_default(), least: 0.0, most: 100.0 }
    }
}

/// The colours of a preset by its name.
pub fn preset(name: &str) -> Option<Vec<Color>> {
    let (_, colors) = PRESETS.iter().find(|(known, _)| *known == name)?;
    colors.iter().map(|color| Color::parse(color)).collect()
}

impl Gradient {
    /// More colours than steps cannot be told apart.
    pub const MOST: usize = STEPS;

    /// Every colour of the gradient, [`STEPS`] of them.
    fn steps(&self) -> Vec<Color> {
        let gaps = self.colors.len().saturating_sub(1);
        if gaps == 0 {
            return self.colors.clone();
        }
        // Equal parts, rounded; what is then too much or too little is taken from the largest or given to the smallest.
        let part = ((STEPS - 1) as f64 / gaps as f64).round().max(1.0) as usize;
        let mut parts = vec![part; gaps];
        loop {
            let total = 1 + parts.iter().sum::<usize>();
            let position = if total < STEPS {
                parts.iter().min().and_then(|least| parts.iter().position(|part| part == least))
            } else if total > STEPS {
                parts.iter().max().and_then(|most| parts.iter().position(|part| part == most))
            } else {
                break;
            };
            let Some(part) = position.and_then(|at| parts.get_mut(at)) else { break };
            *part = if total < STEPS { *part + 1 } else { part.saturating_sub(1) };
        }
        let mut steps: Vec<Color> = self.colors.first().copied().into_iter().collect();
        for ((from, to), part) in self.colors.iter().zip(self.colors.iter().skip(1)).zip(&parts) {
            for step in 1..=*part {
                let between = |from: u8, to: u8| {
                    let share = (f64::from(to) - f64::from(from)) / *part as f64;
                    // Between two bytes, so that the cast loses nothing.
                    (f64::from(from) + share * step as f64 + 0.5).floor() as u8
                };
                steps.push(Color {
                    red: between(from.red, to.red),
                    green: between(from.green, to.green),
                    blue: between(from.blue, to.blue),
                    alpha: between(from.alpha, to.alpha),
                });
            }
        }
        steps
    }

    /// The colour of a score. (The Navigator fails for a score just below the greatest, where its table ends: here it has the
    /// last colour.)
    pub fn color(&self, score: f64) -> Option<Color> {
        if score.is_nan() {
            return None;
        }
        if score >= self.most {
            return self.colors.last().copied();
        }
        if score <= self.least {
            return self.colors.first().copied();
        }
        let share = (score - self.least) / (self.most - self.least);
        // Between 0 and 100 by the comparisons above.
        let index = (share * 100.0 + 0.5).floor() as usize;
        let steps = self.steps();
        steps.get(index.min(steps.len().saturating_sub(1))).copied()
    }

    /// The name of the preset with these colours.
    pub fn preset_name(&self) -> Option<&'static str> {
        PRESETS.iter().map(|(name, _)| *name).find(|name| preset(name).as_ref() == Some(&self.colors))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers: what the Navigator 5.1.0 computes for scores 1 to 7 between 1 and 7.
    #[test]
    fn colours_are_the_navigators() {
        let table: &[(&[&str], [&str; 7])] = &[
            (PRESETS[0].1, ["#ff6666", "#ff9366", "#ffbd66", "#fde665", "#d6dc59", "#b2d24e", "#8ec843"]),
            (PRESETS[1].1, ["#8ec843", "#b5d34f", "#dadd5b", "#ffe466", "#ffb966", "#ff8f66", "#ff6666"]),
            (PRESETS[5].1, ["#ffffff", "#ffe5e5", "#ffcccc", "#ffb2b2", "#ff9797", "#ff7f7f", "#ff6666"]),
            (PRESETS[4].1, ["#ffffff", "#e5f2ff", "#cce5ff", "#b2d8ff", "#97caff", "#7fbeff", "#66b1ff"]),
            (&["#ffffff", "#ff0000"], ["#ffffff", "#ffd3d3", "#ffaaaa", "#ff7e7e", "#ff5252", "#ff2929", "#ff0000"]),
        ];
        for (colors, expected) in table {
            let colors = colors.iter().map(|color| Color::parse(color).unwrap()).collect();
            let gradient = Gradient { colors, least: 1.0, most: 7.0 };
            let found: Vec<String> = (1..=7).map(|score| gradient.color(f64::from(score)).unwrap().hex()).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn scores_at_and_beyond_the_bounds_have_a_colour() {
        let gradient = Gradient { most: 1000.0, ..Gradient::default() };
        assert_eq!(gradient.color(996.0).map(Color::hex), Some("#8ec843".to_owned()));
        assert_eq!(gradient.color(f64::INFINITY), gradient.colors.last().copied());
        assert_eq!(gradient.color(-3.0), gradient.colors.first().copied());
        assert_eq!(gradient.color(f64::NAN), None);
        for many in [2, 3, 7, 50, 99, 100] {
            let gradient = Gradient { colors: vec![Color::WHITE; many], ..Gradient::default() };
            assert_eq!(gradient.steps().len(), STEPS, "{many}");
        }
    }
}
