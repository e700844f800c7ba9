//! A condition from above and from below, as search expressions.

use super::ast::Search;

/// A search expression, or a truth that needs none.
#[derive(Clone, Debug, PartialEq)]
pub enum Bound {
    True,
    False,
    Is(Search),
}

impl Bound {
    pub fn all(parts: Vec<Bound>) -> Bound {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Bound::True => {}
                Bound::False => return Bound::False,
                Bound::Is(search) => kept.push(search),
            }
        }
        match kept.len() {
            0 => Bound::True,
            1 => Bound::Is(kept.remove(0)),
            _ => Bound::Is(Search::All(kept)),
        }
    }

    pub fn any(parts: Vec<Bound>) -> Bound {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Bound::False => {}
                Bound::True => return Bound::True,
                Bound::Is(search) => kept.push(search),
            }
        }
        match kept.len() {
            0 => Bound::False,
            1 => Bound::Is(kept.remove(0)),
            _ => Bound::Is(Search::Any(kept)),
        }
    }

    pub fn not(self) -> Bound {
        match self {
            Bound::True => Bound::False,
            Bound::False => Bound::True,
            Bound::Is(Search::Not(inner)) => Bound::Is(*inner),
            Bound::Is(search) => Bound::Is(Search::Not(Box::new(search))),
        }
    }
}

/// A condition from above and from below. `upper` holds wherever the condition does, `lower` only where it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Bounds {
    pub upper: Bound,
    pub lower: Bound,
    pub exact: bool,
}

impl Bounds {
    pub fn exact(search: Search) -> Bounds {
        Bounds { upper: Bound::Is(search.clone()), lower: Bound::Is(search), exact: true }
    }

    pub fn truth(value: bool) -> Bounds {
        let bound = if value { Bound::True } else { Bound::False };
        Bounds { upper: bound.clone(), lower: bound, exact: true }
    }

    pub fn within(search: Search) -> Bounds {
        Bounds { upper: Bound::Is(search), lower: Bound::False, exact: false }
    }

    pub fn unknown() -> Bounds {
        Bounds { upper: Bound::True, lower: Bound::False, exact: false }
    }

    pub fn all(parts: Vec<Bounds>) -> Bounds {
        let exact = parts.iter().all(|part| part.exact);
        let (upper, lower) = parts.into_iter().map(|part| (part.upper, part.lower)).unzip();
        Bounds { upper: Bound::all(upper), lower: Bound::all(lower), exact }
    }

    pub fn any(parts: Vec<Bounds>) -> Bounds {
        let exact = parts.iter().all(|part| part.exact);
        let (upper, lower) = parts.into_iter().map(|part| (part.upper, part.lower)).unzip();
        Bounds { upper: Bound::any(upper), lower: Bound::any(lower), exact }
    }

    #[must_use]
    pub fn not(self) -> Bounds {
        Bounds { upper: self.lower.not(), lower: self.upper.not(), exact: self.exact }
    }

    pub fn upper_only(self) -> Bounds {
        Bounds { upper: self.upper, lower: Bound::False, exact: false }
    }
}
