//! Text that is laid out on one line, or on several where it grows long.

/// Columns that a line may fill before a list or a group in it is broken.
const WIDTH: usize = 100;
pub const INDENT: usize = 4;

pub fn new_line(out: &mut String, indent: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Text that can be laid out on one line or on several.
pub enum Doc {
    Text(String),
    /// Parts joined by an operator (`A OR B`) or by commas.
    Group {
        open: String,
        parts: Vec<Doc>,
        join: Join,
        close: &'static str,
    },
}

#[derive(Clone, Copy)]
pub enum Join {
    Operator(&'static str),
    Comma,
}

impl Doc {
    pub fn flat(&self) -> String {
        let mut out = String::new();
        self.write_flat(&mut out);
        out
    }

    fn write_flat(&self, out: &mut String) {
        match self {
            Doc::Text(text) => out.push_str(text),
            Doc::Group { open, parts, join, close } => {
                out.push_str(open);
                for (index, part) in parts.iter().enumerate() {
                    match join {
                        _ if index == 0 => {}
                        Join::Comma => out.push_str(", "),
                        Join::Operator(operator) => {
                            out.push(' ');
                            out.push_str(operator);
                            out.push(' ');
                        }
                    }
                    part.write_flat(out);
                }
                out.push_str(close);
            }
        }
    }

    /// Writes at the end of a line that is indented by `indent`.
    pub fn write(&self, out: &mut String, indent: usize) {
        let flat = self.flat();
        if indent + flat.chars().count() <= WIDTH {
            out.push_str(&flat);
            return;
        }
        match self {
            Doc::Text(text) => out.push_str(text),
            Doc::Group { open, parts, join, close } => {
                out.push_str(open);
                let inner = indent + INDENT;
                for (index, part) in parts.iter().enumerate() {
                    match join {
                        Join::Comma => {
                            if index > 0 {
                                out.push(',');
                            }
                            new_line(out, inner);
                        }
                        Join::Operator(_) if index == 0 => {}
                        Join::Operator(operator) => {
                            new_line(out, inner);
                            out.push_str(operator);
                            out.push(' ');
                        }
                    }
                    part.write(out, inner);
                }
                out.push_str(close);
            }
        }
    }
}
