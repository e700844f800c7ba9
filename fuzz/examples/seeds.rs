//! Fills `corpus/TARGET/` with what the project has to start from: `cargo run --example seeds`. Folders of files on the command
//! line are added, each to the target that is named before it: `cargo run --example seeds -- sigma ../rules`.

use std::fs;
use std::path::{Path, PathBuf};

use huntc_fuzz::{readers, seeds};

fn main() -> std::io::Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, _) in readers::ALL {
        let folder = here.join("corpus").join(name);
        fs::create_dir_all(&folder)?;
        for (number, seed) in seeds::of(name).iter().enumerate() {
            fs::write(folder.join(format!("seed-{number:04}")), seed)?;
        }
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    for pair in arguments.chunks_exact(2) {
        let folder = here.join("corpus").join(&pair[0]);
        let mut waiting = vec![PathBuf::from(&pair[1])];
        let mut number = 0;
        while let Some(path) = waiting.pop() {
            if path.is_dir() {
                waiting.extend(fs::read_dir(&path)?.flatten().map(|entry| entry.path()));
            } else {
                fs::copy(&path, folder.join(format!("extra-{number:05}")))?;
                number += 1;
            }
        }
    }
    Ok(())
}
