//! The real columns of each product's tables, and their types, from `data/columns/*.tsv`.
