//! The cache of histories: an incremental run reports what a full run would, and only this user can make a cache.

use crate::harness::{Outcome, Repo, github_token};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// What a run reported, without what a cache may change, and how many objects it knew from the cache.
pub(crate) fn told(outcome: &Outcome) -> (Value, u64) {
    let mut told = outcome.json();
    let summary = told["summary"].as_object_mut().expect("a document has a summary");
    summary.remove("seconds");
    let coverage = summary["coverage"].as_object_mut().expect("a summary has a coverage");
    let cached = coverage.remove("cached").and_then(|cached| cached.as_u64());
    (told, cached.expect("coverage counts what was cached"))
}

/// Asserts that runs with and without the cache report the same; returns how many objects came from the cache.
#[track_caller]
pub(crate) fn same_with_and_without(repo: &Repo, arguments: &[&str]) -> u64 {
    let mut all = vec!["history"];
    all.extend(arguments);
    let with = repo.run_json(&all);
    all.push("--no-cache");
    let without = repo.run_json(&all);
    let ((with_told, cached), (without_told, none)) = (told(&with), told(&without));
    assert_eq!(none, 0);
    assert_eq!(with_told, without_told);
    assert_eq!(with.code, without.code);
    cached
}

/// A repository with a secret that was added and removed, and the number of its objects.
fn leaky() -> (Repo, u64) {
    let repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    repo.write("conf/a.env", format!("A=1\nTOKEN={}\n", github_token(1)));
    repo.commit("leak");
    repo.remove("conf/a.env");
    repo.commit(&format!("clean {}", github_token(2)));
    let objects = repo.git(&["cat-file", "--batch-check", "--batch-all-objects"]).lines().count() as u64;
    (repo, objects)
}

/// The files of the cache.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join("keydredge")).into_iter().flatten();
    entries.map(|entry| entry.expect("the folder can be read").path()).collect()
}

/// The one file that has a section of this name; a file's head contains the names of its sections.
fn only_file_of(repo: &Repo, section: &str) -> PathBuf {
    let has_it = |file: &PathBuf| {
        let head = fs::read(file).expect("it was kept");
        head[..head.len().min(200)].windows(section.len()).any(|at| at == section.as_bytes())
    };
    let files: Vec<_> = files(&repo.path().join(".git")).into_iter().filter(has_it).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

/// The one file with the results of a run.
fn only_file(repo: &Repo) -> PathBuf {
    only_file_of(repo, "found")
}

#[test]
fn a_second_run_knows_every_object_and_tells_the_same() {
    let (repo, objects) = leaky();
    assert_eq!(same_with_and_without(&repo, &[]), 0);
    assert_eq!(same_with_and_without(&repo, &[]), objects);
    let text = repo.run(&["history"]).exits(1);
    assert!(text.says(&format!("({objects} known from the cache)")), "{}", text.stdout);
    assert_eq!(same_with_and_without(&repo, &["--only", "github-pat-classic"]), 0);
}

#[test]
fn a_ref_that_moved_is_seen() {
    let (repo, objects) = leaky();
    repo.run(&["history"]).exits(1);
    repo.git(&["branch", "side", "HEAD~1"]);
    same_with_and_without(&repo, &[]);
    assert_eq!(same_with_and_without(&repo, &[]), objects);
    repo.git(&["branch", "-D", "side"]);
    same_with_and_without(&repo, &[]);
    repo.git(&["tag", "old", "HEAD~2"]);
    repo.git(&["reset", "-q", "--hard", "HEAD~2"]);
    same_with_and_without(&repo, &[]);
}

#[test]
fn nothing_is_kept_or_believed_where_it_is_not_wanted() {
    let (repo, objects) = leaky();
    repo.run(&["history", "--no-cache"]).exits(1);
    let folder = repo.path().join(".git");
    assert_eq!(files(&folder), Vec::<PathBuf>::new());
    let run = |arguments: &[&str], ci: &str| repo.run_with(".", arguments, &[("CI", ci)], b"");
    run(&["history"], "true").exits(1);
    assert_eq!(files(&folder), Vec::<PathBuf>::new());
    let outcome = run(&["history", "--cache", "-fjson"], "true").exits(1);
    assert_eq!((files(&folder).len(), told(&outcome).1), (2, 0));
    assert_eq!(told(&run(&["history", "-fjson"], "1")).1, 0);
    for known in [run(&["history", "-fjson"], ""), run(&["history", "-fjson"], "false")] {
        assert_eq!(told(&known).1, objects);
    }
    run(&["history", "--cache", "--no-cache"], "").exits(2);
}

#[test]
fn a_cache_of_another_user_is_ignored_with_a_note() {
    let (repo, objects) = leaky();
    repo.run(&["history"]).exits(1);
    let (other, _) = leaky();
    let home = other.home();
    let home = home.to_str().expect("a temporary path is UTF-8");
    // Under another key the file has another name; given that name, it does not open.
    let run = |arguments: &[&str]| repo.run_with(".", arguments, &[("XDG_STATE_HOME", home)], b"");
    let (ours, before) = (only_file(&repo), files(&repo.path().join(".git")));
    let outcome = run(&["history", "-fjson"]).exits(1);
    assert_eq!(told(&outcome).1, 0);
    let theirs: Vec<_> =
        files(&repo.path().join(".git")).into_iter().filter(|file| !before.contains(file)).collect();
    assert_eq!(theirs.len(), 2);
    for file in theirs {
        fs::copy(&ours, file).expect("a file can be copied");
    }
    let outcome = run(&["history", "-fjson"]).exits(1);
    assert_eq!(told(&outcome).1, 0);
    assert!(outcome.says("was not made by this user, or is damaged"), "{}", outcome.stdout);
    assert_eq!(told(&run(&["history", "-fjson"])).1, objects, "it was made anew");
}

#[test]
fn a_damaged_cache_is_ignored_whatever_stands_in_its_place() {
    let (repo, objects) = leaky();
    let without = told(&repo.run_json(&["history", "--no-cache"])).0;
    let noted = std::cell::Cell::new(0);
    let check = |what: &str, damage: &dyn Fn(&Path)| {
        repo.run(&["history"]).exits(1);
        damage(&only_file(&repo));
        let outcome = repo.run_json(&["history"]).exits(1);
        let (mut with, cached) = told(&outcome);
        // A part that does not open may not be needed, or another may replace it.
        assert!(cached == 0 || cached == objects, "{what}: {cached}");
        with["summary"]["coverage"]["notes"] = without["summary"]["coverage"]["notes"].clone();
        assert_eq!(with, without, "{what}");
        assert_eq!(told(&repo.run_json(&["history"])).1, objects, "{what}: it was made anew");
        noted.set(noted.get() + u32::from(outcome.says("is damaged: it was ignored")));
    };
    let len = fs::read(only_file_after_a_run(&repo)).expect("it was kept").len();
    for at in (0..len).step_by(len / 24 + 1) {
        check(&format!("byte {at}"), &|file| {
            let mut bytes = fs::read(file).expect("it was kept");
            bytes[at] ^= 1;
            fs::write(file, bytes).expect("it can be written");
        });
        check(&format!("cut at {at}"), &|file| {
            let bytes = fs::read(file).expect("it was kept");
            fs::write(file, &bytes[..at]).expect("it can be written");
        });
    }
    check("an empty folder", &|file| {
        fs::remove_file(file).expect("it was kept");
        fs::create_dir(file).expect("a folder can be made");
    });
    #[cfg(unix)]
    {
        check("a FIFO", &|file| {
            fs::remove_file(file).expect("it was kept");
            let made = std::process::Command::new("mkfifo").arg(file).status();
            assert!(made.expect("mkfifo can be run").success());
        });
        check("a link to itself", &|file| {
            fs::remove_file(file).expect("it was kept");
            std::os::unix::fs::symlink(file, file).expect("a link can be made");
        });
    }
    assert!(noted.get() > 24, "only {} notes", noted.get());
}

/// A file with a rule of this id, keyword and regex.
fn rule(repo: &Repo, id: &str, keyword: &str, regex: &str) -> String {
    let text = format!(
        "[[rules]]\nid = '{id}'\ndescription = '{id}'\nregex = '{regex}'\nkeywords = ['{keyword}']\n\
         severity = 'high'\nconfidence = 'high'\n"
    );
    let path = repo.home().join(id).with_extension("toml");
    fs::write(&path, text).expect("a file can be written");
    path.to_str().expect("a temporary path is UTF-8").to_owned()
}

/// How many rules a run knew from an earlier one.
#[track_caller]
fn known_rules(repo: &Repo, arguments: &[&str]) -> Option<u64> {
    let outcome = repo.run(&[&["history", "-v"], arguments].concat());
    let line = outcome.stderr.lines().find(|line| line.contains("find is known from an earlier run"))?;
    line.split_whitespace().find_map(|word| word.parse().ok())
}

#[test]
fn a_changed_rule_costs_one_pass_with_its_literals() {
    let (repo, objects) = leaky();
    let first = rule(&repo, "acme-key", "acme_", "acme_[0-9]{20}");
    // Finds what a built-in rule finds too, and more: which of the two is kept is decided again.
    let second = rule(&repo, "acme-token", "acme_", "acme_token=ghp_[0-9A-Za-z]{36}");
    let digits = "0123456789".repeat(2);
    repo.write("acme.txt", format!("acme_{digits}\nacme_token={}\n", github_token(5)));
    repo.commit("more");
    assert_eq!(known_rules(&repo, &[]), None);
    let built_in = keydredge::rules::Catalogue::embedded().rules().len() as u64;
    for (arguments, known) in [
        (&["--rules", &first][..], built_in),
        (&["--rules", &second], built_in),
        (&["--rules", &second, "--rules", &first], built_in + 1),
        (&["--skip", "github-pat-classic"], built_in - 1),
        (&["--only", "github-pat-classic"], 1),
        (&["--min-confidence", "low"], built_in),
    ] {
        assert_eq!(known_rules(&repo, arguments), Some(known), "{arguments:?}");
        // Now it has a cache of its own.
        assert!(same_with_and_without(&repo, arguments) > objects, "{arguments:?}");
        for file in files(&repo.path().join(".git")) {
            if file != only_file_of(&repo, "detected") {
                fs::remove_file(file).expect("it was kept");
            }
        }
        assert_eq!(same_with_and_without(&repo, arguments), 0, "{arguments:?}");
    }
    // New objects are scanned with all rules; what is packed is read again.
    repo.write("b.env", format!("TOKEN={}\nacme_{digits}\n", github_token(3)));
    repo.commit("yet more");
    assert_eq!(known_rules(&repo, &["--rules", &first, "--min-confidence", "high"]), Some(built_in + 1));
    assert_eq!(same_with_and_without(&repo, &["--rules", &first, "--min-confidence", "certain"]), 0);
    repo.git(&["repack", "-qad"]);
    assert_eq!(known_rules(&repo, &["--rules", &second, "--min-confidence", "high"]), None);
}

#[test]
fn damage_to_what_rules_detected_is_noted_and_nothing_of_it_believed() {
    let (repo, _) = leaky();
    repo.run(&["history"]).exits(1);
    let file = only_file_of(&repo, "detected");
    let whole = fs::read(&file).expect("it was kept");
    let without = told(&repo.run_json(&["history", "--no-cache", "--min-confidence", "low"])).0;
    for at in (0..whole.len()).step_by(whole.len() / 24 + 1) {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        for bytes in [&flipped[..], &whole[..at]] {
            for other in files(&repo.path().join(".git")) {
                fs::remove_file(other).expect("it was kept");
            }
            fs::write(&file, bytes).expect("it can be written");
            let outcome = repo.run_json(&["history", "--min-confidence", "low"]).exits(1);
            assert!(outcome.says("is damaged: it was ignored"), "byte {at}");
            let (mut with, cached) = told(&outcome);
            with["summary"]["coverage"]["notes"] = without["summary"]["coverage"]["notes"].clone();
            assert_eq!((with, cached), (without.clone(), 0), "byte {at}");
        }
    }
}

fn only_file_after_a_run(repo: &Repo) -> PathBuf {
    repo.run(&["history"]).exits(1);
    only_file(repo)
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_or_that_stands_in_the_repository_is_no_key() {
    use std::os::unix::fs::PermissionsExt;
    let (repo, _) = leaky();
    repo.run(&["history"]).exits(1);
    let key = repo.home().join("keydredge").join("cache.key");
    let mode = |path: &Path| fs::metadata(path).expect("it was made").permissions().mode() & 0o777;
    assert_eq!((mode(&key), mode(&only_file(&repo))), (0o600, 0o600));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).expect("it is ours");
    let outcome = repo.run(&["history", "-v", "-fjson"]).exits(1);
    assert_eq!(told(&outcome).1, 0);
    assert!(outcome.stderr.contains("is not a private file"), "{}", outcome.stderr);
    let inside = repo.path().join("inside");
    let inside = inside.to_str().expect("a temporary path is UTF-8");
    let outcome = repo.run_with(".", &["history", "-v"], &[("XDG_STATE_HOME", inside)], b"").exits(1);
    assert!(outcome.stderr.contains("would stand inside the repository"), "{}", outcome.stderr);
    assert!(!Path::new(inside).exists());
}

#[test]
fn runs_at_the_same_time_leave_a_whole_file() {
    let (repo, objects) = leaky();
    let without = told(&repo.run_json(&["history", "--no-cache"])).0;
    // The clock of the harness is not shared between threads: the commands are made first.
    let runs: Vec<_> = (0..6).map(|_| repo.start(&["history", "-fjson"])).collect();
    for run in runs {
        let output = run.wait_with_output().expect("it ends");
        let outcome = Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("it prints UTF-8"),
            stderr: String::new(),
        };
        assert_eq!(told(&outcome).0, without);
    }
    only_file(&repo);
    assert_eq!(told(&repo.run_json(&["history"])).1, objects);
}

#[test]
fn a_run_that_is_killed_leaves_nothing_that_is_believed() {
    let (repo, objects) = leaky();
    for wait in 0..8 {
        let mut run = repo.start(&["history"]);
        std::thread::sleep(std::time::Duration::from_millis(wait * 4));
        run.kill().expect("it is ours");
        run.wait().expect("it ends");
        same_with_and_without(&repo, &[]);
    }
    assert_eq!(same_with_and_without(&repo, &[]), objects);
}

#[test]
fn what_is_missing_and_turns_up_is_looked_at() {
    let repo = Repo::new();
    repo.write("a.env", format!("TOKEN={}\n", github_token(1)));
    repo.commit("leak");
    let blob = repo.git(&["rev-parse", "HEAD:a.env"]);
    let file = repo.path().join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    let aside = repo.path().join("aside");
    fs::rename(&file, &aside).expect("it is loose");
    repo.run(&["history"]).exits(3);
    assert_eq!(same_with_and_without(&repo, &[]), 2);
    fs::rename(&aside, &file).expect("it was put aside");
    repo.run(&["history"]).exits(1);
    same_with_and_without(&repo, &[]);
}

#[test]
fn what_only_a_ref_named_and_the_store_lacks_is_not_remembered_as_missing() {
    let (repo, _) = leaky();
    let ghost = repo.path().join(".git/refs/heads/ghost");
    fs::write(&ghost, format!("{}\n", "7".repeat(40))).expect("a file can be written");
    repo.run(&["history"]);
    repo.write("b", "y");
    repo.commit("more");
    same_with_and_without(&repo, &[]);
    fs::remove_file(&ghost).expect("it was written");
    same_with_and_without(&repo, &[]);
    repo.write("b", "z");
    repo.commit("yet more");
    same_with_and_without(&repo, &[]);
}

#[test]
fn what_could_not_be_read_is_not_remembered_as_unread() {
    let (repo, _) = leaky();
    let blob = repo.git(&["rev-parse", "HEAD~1:conf/a.env"]);
    let file = repo.path().join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    let bytes = fs::read(&file).expect("it is loose");
    fs::remove_file(&file).expect("it is there");
    fs::write(&file, b"nonsense").expect("it can be written");
    repo.run(&["history"]);
    assert_eq!(same_with_and_without(&repo, &[]), 0);
    fs::remove_file(&file).expect("it is there");
    fs::write(&file, bytes).expect("it can be written");
    same_with_and_without(&repo, &[]);
}

/// Numbers that look drawn at random, the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Changes a repository in some way; returns a name for it.
fn happen(repo: &Repo, dice: &mut Dice, round: u64) -> String {
    let branches = repo.git(&["for-each-ref", "--format=%(refname:short)", "refs/heads"]);
    let branches: Vec<&str> = branches.lines().collect();
    let branch = branches[dice.roll(branches.len() as u64) as usize];
    let path = ["a", "b.env", "d/c.py", "d/e/f.yaml", "d/g"][dice.roll(5) as usize];
    let secret = github_token(dice.roll(6));
    let password = format!("db_password = \"{}\"\n", crate::harness::fake("{alnum:22}", dice.roll(4)));
    let write = |text: String| {
        // A branch may have a folder in place of the file, or the other way round.
        let file = repo.path().join(path);
        if !file.is_dir() && fs::create_dir_all(file.parent().expect("a file has a folder")).is_ok() {
            fs::write(file, text).expect("a file can be written");
        }
    };
    let did = match dice.roll(20) {
        0..=2 => {
            write(format!("A={round}\nTOKEN={secret}\n{password}"));
            repo.commit("leak");
            "commit with secrets"
        }
        3 | 4 => {
            write(format!("nothing {round}\n"));
            repo.commit("plain");
            "commit without"
        }
        5 => {
            repo.git(&["rm", "-rq", "--ignore-unmatch", path]);
            repo.commit(&format!("remove, {secret}"));
            "removal"
        }
        6 => {
            repo.git(&["branch", "-f", &format!("side{}", dice.roll(3)), "HEAD~0"]);
            "branch"
        }
        7 | 8 => {
            repo.git(&["checkout", "-qf", branch]);
            "checkout"
        }
        9 | 10 => {
            let (code, ..) = repo.try_git(".", &["merge", "-q", "--no-ff", "-m", "merge", branch]);
            if code != 0 {
                let _ = repo.try_git(".", &["add", "-A"]);
                let _ = repo.try_git(".", &["commit", "-qm", "evil merge"]);
            }
            "merge"
        }
        11 if branches.len() > 1 => {
            let _ = repo.try_git(".", &["branch", "-qD", branch]);
            "branch deleted"
        }
        12 => {
            repo.git(&["tag", "-f", "-a", &format!("v{}", dice.roll(3)), "-m", &format!("tag {secret}")]);
            "tag"
        }
        13 => {
            repo.git(&["tag", "-f", &format!("w{}", dice.roll(3)), branch]);
            "light tag"
        }
        14 => {
            let _ = repo.try_git(".", &["reset", "-q", "--hard", "HEAD~1"]);
            "reset"
        }
        15 => {
            repo.git(&["repack", "-qad"]);
            "repack"
        }
        16 => {
            repo.git(&["repack", "-qd"]);
            "incremental repack"
        }
        17 => {
            repo.write("stray", format!("stray {round} {secret}\n"));
            let blob = repo.git(&["hash-object", "-w", "stray"]);
            repo.remove("stray");
            if dice.roll(2) == 0 {
                repo.git(&["update-ref", "refs/blobs/one", &blob]);
            }
            "stray blob"
        }
        18 => {
            // Older than what is there: another order of commits.
            let tree = repo.git(&["rev-parse", "HEAD^{tree}"]);
            let made =
                repo.git(&["-c", "user.name=x", "commit-tree", "-m", &format!("root {secret}"), &tree]);
            repo.git(&["update-ref", &format!("refs/heads/root{}", dice.roll(2)), &made]);
            "commit without parents"
        }
        _ => {
            let path = repo.path().join("in.note");
            fs::write(&path, format!("note {secret}\n")).expect("a file can be written");
            repo.git(&["notes", "add", "-f", "-F", "in.note"]);
            fs::remove_file(path).expect("it is there");
            "note"
        }
    };
    format!("round {round}: {did} ({path}, {branch})")
}

#[test]
fn whatever_happens_to_a_repository_a_run_that_remembers_tells_what_one_that_reads_all_would() {
    let (mut gone_on, mut with_precedent) = (0, 0);
    for seed in 1..=5 {
        let repo = Repo::new();
        let extra = rule(&repo, "acme-password", "db_password", "db_password = .{10}");
        let mut dice = Dice(seed);
        repo.write("a", "x");
        repo.commit("one");
        for round in 0..22 {
            let did = happen(&repo, &mut dice, round);
            if dice.roll(4) == 0 {
                continue;
            }
            // Sometimes other options are used, and what was kept remains for the usual ones.
            let asked: &[&str] = match dice.roll(10) {
                0 => &["--min-confidence", "low"],
                1 => &["--skip", "github-pat-classic"],
                2 => &["--rules", &extra],
                3 => &["--rules", &extra, "--min-confidence", "high"],
                _ => &[],
            };
            let with = repo.run_json(&[&["history", "-v"], asked].concat());
            with_precedent += u64::from(with.stderr.contains("find is known from an earlier run"));
            let without = repo.run_json(&[&["history", "--no-cache"], asked].concat());
            let ((with_told, cached), (without_told, _)) = (told(&with), told(&without));
            assert_eq!(with_told, without_told, "seed {seed}, {did}");
            let scanned = with_told["summary"]["coverage"]["scanned"].as_u64().expect("it is counted");
            gone_on += u64::from(cached > 0 && cached < scanned);
        }
    }
    assert!(gone_on > 10, "only {gone_on} runs went on from another");
    assert!(with_precedent > 4, "only {with_precedent} runs knew what another's rules found");
}

#[test]
fn a_new_commit_costs_what_is_new() {
    let (repo, objects) = leaky();
    repo.run(&["history"]).exits(1);
    repo.write("conf/b.env", format!("TOKEN={}\n", github_token(3)));
    repo.commit("more");
    assert_eq!(same_with_and_without(&repo, &[]), objects);
    assert_eq!(same_with_and_without(&repo, &[]), objects + 4);
    repo.write("conf/d.env", format!("TOKEN={}\n", github_token(4)));
    repo.commit("and yet more");
    assert_eq!(same_with_and_without(&repo, &[]), objects, "what was little is read again");
    repo.git(&["repack", "-qd"]);
    same_with_and_without(&repo, &[]);
    repo.write("conf/c.env", "x");
    repo.commit("and more");
    let known = same_with_and_without(&repo, &[]);
    repo.git(&["repack", "-qd"]);
    assert_eq!(same_with_and_without(&repo, &[]), known, "what was new is in a second pack");
    repo.git(&["repack", "-qad"]);
    assert_eq!(same_with_and_without(&repo, &[]), 0, "all is packed again");
    repo.write("conf/c.env", format!("TOKEN={}\n", github_token(1)));
    repo.commit("the old one again");
    same_with_and_without(&repo, &[]);
}

#[test]
fn a_pack_that_git_only_gave_another_time_is_the_same_pack() {
    let (repo, _) = leaky();
    repo.git(&["gc", "-q", "--prune=now"]);
    let pack = packs(&repo).pop().expect("a pack was made");
    repo.run(&["history"]).exits(1);
    let objects = repo.git(&["cat-file", "--batch-check", "--batch-all-objects"]).lines().count() as u64;
    let before = fs::metadata(&pack).and_then(|file| file.modified()).expect("it has a time");
    // As the first commit in a fresh clone does: git writes all trees, which are in the pack.
    fs::remove_file(repo.path().join(".git/index")).expect("there is an index");
    repo.git(&["read-tree", "--empty"]);
    repo.write("more", format!("TOKEN={}\n", github_token(3)));
    repo.commit("more");
    let after = fs::metadata(&pack).and_then(|file| file.modified()).expect("it has a time");
    assert_ne!(before, after, "git has given the pack a new time");
    assert_eq!(why_all_is_read(&repo, &[]), None);
    assert_eq!(same_with_and_without(&repo, &[]), objects + 3, "nothing is new");
    // Time and again, also if nothing new has come.
    for _ in 0..2 {
        touch(&pack);
        assert_eq!(same_with_and_without(&repo, &[]), objects);
        assert_eq!(same_with_and_without(&repo, &[]), objects + 3);
    }
}

#[test]
fn a_pack_with_another_byte_is_another_pack() {
    let (repo, _) = leaky();
    repo.git(&["gc", "-q", "--prune=now"]);
    repo.run(&["history"]).exits(1);
    let pack = packs(&repo).pop().expect("a pack was made");
    let mut bytes = fs::read(&pack).expect("it can be read");
    let mut permissions = fs::metadata(&pack).expect("it is there").permissions();
    #[allow(clippy::permissions_set_readonly_false, reason = "a folder of this test's own")]
    permissions.set_readonly(false);
    fs::set_permissions(&pack, permissions).expect("it is ours");
    // A byte of the trailer, which no object depends on.
    *bytes.last_mut().expect("it is not empty") ^= 1;
    fs::write(&pack, bytes).expect("it can be written");
    assert_eq!(why_all_is_read(&repo, &[]).as_deref(), Some("objects were packed again, or are gone"));
}

/// The packs of a repository.
fn packs(repo: &Repo) -> Vec<PathBuf> {
    let files = fs::read_dir(repo.path().join(".git/objects/pack")).expect("it has packs");
    let paths = files.map(|file| file.expect("the folder can be read").path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "pack")).collect()
}

/// Sets the times of a file to now.
fn touch(path: &Path) {
    let file = fs::File::open(path).expect("it can be opened");
    file.set_modified(std::time::SystemTime::now()).expect("it is ours");
}

/// Why a run with `-v` says that it reads everything, if it does.
fn why_all_is_read(repo: &Repo, arguments: &[&str]) -> Option<String> {
    let outcome = repo.run(&[&["history", "-v"], arguments].concat());
    let line = outcome.stderr.lines().find_map(|line| line.split_once("all of the history is read: "));
    line.map(|(_, reason)| reason.to_owned())
}

/// A change to a repository, and the reason for which everything is read afterwards.
type Fallback = (&'static str, fn(&Repo), &'static str);

#[test]
fn verbose_runs_say_why_everything_is_read() {
    let fallbacks: &[Fallback] = &[
        (
            "repacked",
            |repo| {
                repo.write("lost", LOST).git(&["hash-object", "-w", "lost"]);
                repo.git(&["gc", "-q"]);
            },
            "objects were packed again, or are gone",
        ),
        (
            "objects of another repository are taken in",
            |repo| {
                repo.write("other.git/objects/info/x", "");
                let other = repo.path().join("other.git/objects");
                repo.write(".git/objects/info/alternates", format!("{}\n", other.display()));
            },
            "the repository has other object stores, or is no longer shallow or partial as it was",
        ),
        (
            "an object came that was missing",
            |repo| _ = repo.write("lost", LOST).git(&["hash-object", "-w", "lost"]),
            "an object that was missing is there now",
        ),
        (
            "a ref to a folder",
            |repo| _ = repo.git(&["update-ref", "refs/x/tree", "HEAD~1^{tree}"]),
            "a ref names an old object that the checkpoint does not list",
        ),
        (
            "a ref to a new folder",
            |repo| {
                repo.write("new/file", "x").stage();
                let tree = repo.git(&["write-tree"]);
                repo.git(&["update-ref", "refs/x/tree", tree.trim()]);
            },
            "a ref names a tree instead of a commit",
        ),
        (
            "a tag of an old file",
            |repo| _ = repo.git(&["tag", "-a", "-m", "old", "file", "HEAD:a"]),
            "a new tag names an old object that is no commit",
        ),
        (
            "a file with a name that leaks",
            |repo| {
                repo.write(&github_token(9), "x");
                repo.commit("name");
            },
            "the name of a new file or folder contains a secret",
        ),
        (
            "a tree with two entries of one name",
            |repo| {
                let blob = repo.git(&["rev-parse", "HEAD:a"]);
                let digit = |at: usize| u8::from_str_radix(&blob[at..at + 2], 16).expect("an id is hex");
                let id: Vec<u8> = (0..20).map(|at| digit(at * 2)).collect();
                let entry = [b"100644 twice\0", &id[..]].concat();
                repo.write("tree", [&entry[..], &entry].concat());
                let tree = repo.git(&["hash-object", "-w", "--literally", "-t", "tree", "tree"]);
                let commit = repo.git(&["commit-tree", "-p", "HEAD", "-m", "odd", tree.trim()]);
                repo.git(&["update-ref", "refs/heads/odd", commit.trim()]);
            },
            "a new tree has two entries of one name",
        ),
        (
            "a tree that cannot be read",
            |repo| {
                let tree = repo.write("tree", "100644 cut");
                let tree = tree.git(&["hash-object", "-w", "--literally", "-t", "tree", "tree"]);
                let commit = repo.git(&["commit-tree", "-p", "HEAD", "-m", "bad", tree.trim()]);
                repo.git(&["update-ref", "refs/heads/bad", commit.trim()]);
            },
            "a tree or commit cannot be read",
        ),
        (
            "a file of the cache that is cut",
            |repo| {
                let file = only_file_of(repo, "trail");
                let bytes = fs::read(&file).expect("it was kept");
                fs::write(&file, &bytes[..bytes.len() / 2]).expect("it can be written");
                repo.git(&["branch", "new"]);
            },
            "the cache was not made by this user, or is damaged",
        ),
        (
            "a byte of the checkpoint that is another",
            |repo| {
                let file = only_file_of(repo, "trail");
                let mut bytes = fs::read(&file).expect("it was kept");
                *bytes.last_mut().expect("it is not empty") ^= 1;
                fs::write(&file, bytes).expect("it can be written");
                repo.git(&["branch", "new"]);
            },
            "the checkpoint is damaged",
        ),
        (
            "an LFS object came",
            |repo| {
                let folder = format!(".git/lfs/objects/{}/{}", &LFS[..2], &LFS[2..4]);
                repo.write(&format!("{folder}/{LFS}"), "x");
                repo.git(&["branch", "new"]);
            },
            "LFS objects have come or gone",
        ),
    ];
    for &(what, happens, reason) in fallbacks {
        let (repo, _) = leaky();
        repo.write("lost", LOST).stage();
        repo.write("big", format!("version https://git-lfs.github.com/spec/v1\noid sha256:{LFS}\nsize 1\n"));
        repo.commit("more");
        let lost = repo.git(&["rev-parse", "HEAD:lost"]);
        let (folder, name) = lost.trim().split_at(2);
        fs::remove_file(repo.path().join(".git/objects").join(folder).join(name)).expect("it is loose");
        repo.remove("lost");
        let first = why_all_is_read(&repo, &[]).unwrap_or_default();
        assert!(first.starts_with("no earlier run of this version"), "{what}: {first}");
        assert_eq!(why_all_is_read(&repo, &[]), None, "{what}: nothing has changed");
        happens(&repo);
        assert_eq!(why_all_is_read(&repo, &[]).as_deref(), Some(reason), "{what}");
        same_with_and_without(&repo, &[]);
    }
}

#[test]
fn a_run_that_reads_what_is_new_gives_no_reason_for_reading_everything() {
    let (repo, _) = leaky();
    repo.run(&["history"]).exits(1);
    repo.write("plain", "x");
    repo.commit("more");
    assert_eq!(why_all_is_read(&repo, &[]), None);
    assert_eq!(why_all_is_read(&repo, &["--no-cache"]), None, "nothing else was asked for");
    assert_eq!(why_all_is_read(&repo, &["--reachable-only"]), None, "nor for a part");
    let other = why_all_is_read(&repo, &["--min-confidence", "low"]).unwrap_or_default();
    assert!(other.starts_with("no earlier run of this version"), "{other}");
}

/// The content of a file whose blob is missing.
const LOST: &str = "no one has it";

/// The id of an LFS object.
const LFS: &str = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";

#[test]
fn after_little_has_come_only_the_findings_are_written() {
    let (repo, objects) = leaky();
    repo.run(&["history"]).exits(1);
    let trail = only_file_of(&repo, "trail");
    let before = fs::read(&trail).expect("it was kept");
    for (round, text) in (0..).zip(["one", "two"]) {
        repo.write("plain", text);
        repo.commit(text);
        assert_eq!(same_with_and_without(&repo, &[]), objects, "the first run's objects are known");
        assert_eq!(fs::read(&trail).expect("it is kept"), before);
        assert_eq!(same_with_and_without(&repo, &[]), objects + 3 * (round + 1), "nothing is new");
    }
    // The newer file is enough while nothing changes.
    fs::remove_file(&trail).expect("it was kept");
    assert_eq!(same_with_and_without(&repo, &[]), objects + 6);
    repo.git(&["branch", "new"]);
    assert_eq!(same_with_and_without(&repo, &[]), 0, "what a run goes on from is gone");
}

#[test]
fn where_the_repository_cannot_be_written_the_users_own_folder_serves() {
    let (repo, objects) = leaky();
    fs::write(repo.path().join(".git/keydredge"), "no folder").expect("a file can be written");
    assert_eq!(same_with_and_without(&repo, &[]), 0);
    assert_eq!(same_with_and_without(&repo, &[]), objects);
    assert!(repo.home().join("cache").join("keydredge").is_dir());
    fs::remove_dir_all(repo.home().join("cache")).expect("it was made");
    fs::write(repo.home().join("cache"), "no folder either").expect("a file can be written");
    assert_eq!(same_with_and_without(&repo, &[]), 0);
    let outcome = repo.run(&["history", "-v"]).exits(1);
    assert!(outcome.stderr.contains("nothing is kept for the next run"), "{}", outcome.stderr);
}

#[test]
fn a_part_of_a_history_is_read_anew() {
    let (repo, _) = leaky();
    repo.run(&["history"]).exits(1);
    for part in [&["--reachable-only"][..], &["--since", "HEAD~1"], &["--refs", "main"]] {
        assert_eq!(same_with_and_without(&repo, part), 0);
    }
}

#[test]
fn a_baseline_of_a_history_may_use_what_was_kept() {
    let (repo, objects) = leaky();
    repo.run(&["baseline", "write"]).exits(0);
    let first = fs::read(repo.path().join("keydredge-baseline.txt")).expect("it was written");
    repo.run(&["baseline", "write"]).exits(0);
    assert_eq!(fs::read(repo.path().join("keydredge-baseline.txt")).expect("it was written"), first);
    repo.run(&["baseline", "check", "--no-cache"]).exits(0);
    let outcome = repo.run_json(&["history"]).exits(0);
    assert!(told(&outcome).1 <= objects);
}
