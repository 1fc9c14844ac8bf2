//! A small history with every case of attribution: merges, renames, reverts, notes, tags, lost commits, staged blobs.

use super::store;
use keydredge::rules::template::fill;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// How many distinct secrets are planted, at least.
pub(crate) const SECRETS: usize = 9;

/// A repository whose ids are of this format.
pub(crate) fn repository(format: &str) -> TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let mut maker = Maker { root: directory.path(), clock: 1_700_000_000 };
    maker.git(&["init", "-q", "-b", "main", "--object-format", format]);
    let lines: String = (0..300).map(|line| format!("line {line} of a file that grows\n")).collect();
    maker.write("src/settings.py", &lines);
    maker.commit("first");
    for round in 0..4 {
        // One more secret each time, the earlier ones move down.
        let text =
            (0..=round).map(|seed| format!("x = 1\nTOKEN = \"{}\"\n", token(seed))).collect::<String>();
        maker.write("src/settings.py", &format!("{}{lines}{round}\n{text}", "\n".repeat(round as usize)));
        maker.commit("round");
    }
    maker.git(&["repack", "-q", "-a", "-d", "-f"]);
    maker.git(&["mv", "src/settings.py", "settings.py"]);
    maker.commit("renamed");
    maker.git(&["checkout", "-q", "-b", "side", "HEAD~2"]);
    maker.write("side.env", &format!("KEY={}\n", token(5)));
    maker.commit(&format!("on the side, with {}", token(6)));
    maker.git(&["checkout", "-q", "main"]);
    maker.merge("side");
    maker.git(&["rm", "-q", "side.env"]);
    maker.commit("removed");
    maker.git(&["revert", "--no-edit", "HEAD"]);
    maker.git(&["repack", "-q"]);
    maker.git(&["tag", "-a", "v1", "-m", &format!("tagged {}", token(7))]);
    maker.git(&["notes", "add", "-m", &format!("noted {}", token(8))]);
    maker.write("lost.env", &format!("KEY={}\n", token(9)));
    maker.commit("lost");
    maker.git(&["reset", "-q", "--hard", "HEAD~1"]);
    maker.write("staged.env", &format!("KEY={}\n", token(10)));
    maker.git(&["add", "staged.env"]);
    maker.git(&["rm", "-q", "--cached", "-f", "staged.env"]);
    directory
}

/// A token with a check that holds, made in each run, so that this file contains none.
fn token(seed: u64) -> String {
    fill("ghp_{base62:30}{crc32-base62:6}", seed).expect("the template is well formed")
}

struct Maker<'a> {
    root: &'a Path,
    clock: u64,
}

impl Maker<'_> {
    fn git(&mut self, arguments: &[&str]) {
        self.clock += 60;
        let date = format!("{} +0130", self.clock);
        let mut command = store::git(self.root, arguments);
        command.env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date);
        command.env("GIT_AUTHOR_NAME", "A U Thor").env("GIT_AUTHOR_EMAIL", "author@example.com");
        command.env("GIT_COMMITTER_NAME", "C O Mitter").env("GIT_COMMITTER_EMAIL", "committer@example.com");
        store::output(command);
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.root.join(name);
        fs::create_dir_all(path.parent().expect("it stands in the root")).expect("folders can be made");
        fs::write(path, text).expect("files can be written");
    }

    fn commit(&mut self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }

    /// A merge that adds a secret which neither side contains.
    fn merge(&mut self, branch: &str) {
        self.git(&["merge", "-q", "--no-commit", branch]);
        self.write("evil.env", &format!("KEY={}\n", token(11)));
        self.commit("merged");
    }
}
