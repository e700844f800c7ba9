//! The facts about log sources and columns hold together.
