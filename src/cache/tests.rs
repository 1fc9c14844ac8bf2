//! Files that open, and all that do not.

use super::key::Key;
use super::sealed::{Sealed, seal};
use super::*;
use proptest::prelude::*;
use std::io::Write;

const SECTIONS: [(&str, &[u8]); 3] = [("head", b"what is short"), ("body", &[7; 5000]), ("none", b"")];

fn cache(place: &Path) -> Cache {
    Cache { key: Key::of([9; 32]), places: vec![place.join(FOLDER), place.join("own").join("of-this-one")] }
}

fn sections() -> Vec<(&'static str, Vec<u8>)> {
    SECTIONS.iter().map(|&(name, bytes)| (name, bytes.to_vec())).collect()
}

fn open(key: [u8; 32], bytes: &[u8]) -> Option<Sealed> {
    let mut file = tempfile::tempfile().expect("a file can be made");
    file.write_all(bytes).expect("a file can be written");
    io::Seek::rewind(&mut file).expect("a file has a start");
    Sealed::open(key, file).expect("a file can be read")
}

/// The content of the sections, as far as they open.
fn held(sealed: &Sealed) -> Vec<Option<Vec<u8>>> {
    SECTIONS.iter().map(|(name, _)| sealed.section(name)).collect()
}

#[test]
fn what_was_sealed_opens_under_its_name_and_key_alone() {
    let bytes = seal(&[1; 32], &sections()).expect("there are random bytes");
    let sealed = open([1; 32], &bytes).expect("it is whole");
    for (name, held) in SECTIONS {
        assert_eq!(sealed.section(name).as_deref(), Some(held));
    }
    assert_eq!(sealed.section("other"), None);
    let foreign = open([2; 32], &bytes).expect("its table can be read by anyone");
    assert!(held(&foreign).iter().all(Option::is_none));
    let again = seal(&[1; 32], &sections()).expect("there are random bytes");
    assert_ne!(bytes, again, "two files of the same content tell that they are alike");
}

#[test]
fn no_section_opens_in_another_file_or_under_another_name() {
    let key = [1; 32];
    let [one, other] = [b"one", b"two"].map(|text| {
        seal(&key, &[("a", text.to_vec()), ("b", b"x x".to_vec())]).expect("there are random bytes")
    });
    let start = one.len() - 2 * (24 + 16 + 3);
    let mixed = [&one[..start + 43], &other[start + 43..]].concat();
    let sealed = open(key, &mixed).expect("its table is whole");
    assert_eq!((sealed.section("a"), sealed.section("b")), (Some(b"one".to_vec()), None));
    let swapped = [&one[..start], &one[start + 43..], &one[start..start + 43]].concat();
    let sealed = open(key, &swapped).expect("its table is whole");
    assert_eq!((sealed.section("a"), sealed.section("b")), (None, None));
}

#[test]
fn a_file_that_was_cut_anywhere_or_grew_does_not_open() {
    let key = [1; 32];
    let bytes = seal(&key, &sections()).expect("there are random bytes");
    for cut in (0..bytes.len()).step_by(7) {
        assert!(open(key, &bytes[..cut]).is_none(), "{cut}");
    }
    assert!(open(key, &[&bytes[..], b"x"].concat()).is_none());
}

proptest! {
    #[test]
    fn a_byte_that_was_changed_anywhere_is_seen(at in any::<prop::sample::Index>(), by in 1..=255u8) {
        let mut bytes = seal(&[1; 32], &sections()).expect("there are random bytes");
        let at = at.index(bytes.len());
        bytes[at] ^= by;
        let wrong = open([1; 32], &bytes).is_none_or(|sealed| held(&sealed).iter().any(Option::is_none));
        prop_assert!(wrong, "byte {}", at);
    }

    #[test]
    fn any_bytes_are_refused(bytes in any::<Vec<u8>>()) {
        let named = [&b"KDCACHE\x01"[..], &bytes].concat();
        for bytes in [bytes, named] {
            prop_assert!(open([1; 32], &bytes).is_none_or(|sealed| held(&sealed).iter().all(Option::is_none)));
        }
    }
}

#[test]
fn what_is_kept_is_found_and_only_the_latest_files_stay() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let cache = cache(folder.path());
    assert!(matches!(cache.load("a"), Loaded::Nothing));
    for round in 0..2 * MOST {
        cache.save(&format!("name-{round}"), &sections()).expect("the folder can be written");
    }
    let files: Vec<_> = fs::read_dir(folder.path().join(FOLDER)).expect("it was made").collect();
    assert_eq!(files.len(), MOST);
    let Loaded::Sealed(_, sealed) = cache.load(&format!("name-{}", 2 * MOST - 1)) else {
        panic!("it was kept")
    };
    assert!(held(&sealed).iter().all(Option::is_some));
}

#[cfg(unix)]
#[test]
fn nothing_but_a_file_in_a_folder_is_read_and_a_link_is_replaced_not_followed() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let cache = cache(folder.path());
    let place = folder.path().join(FOLDER);
    let path = place.join("a.cache");
    let elsewhere = folder.path().join("elsewhere");
    cache.save("a", &sections()).expect("the folder can be written");
    fs::rename(&path, &elsewhere).expect("it is there");
    std::os::unix::fs::symlink(&elsewhere, &path).expect("a link can be made");
    assert!(matches!(cache.load("a"), Loaded::Foreign(_)));
    let before = fs::read(&elsewhere).expect("it is there");
    cache.save("a", &sections()).expect("the folder can be written");
    assert!(matches!(cache.load("a"), Loaded::Sealed(..)));
    assert_eq!(fs::read(&elsewhere).expect("it is there"), before);

    fs::remove_file(&path).expect("it is there");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.expect("mkfifo can be run").success());
    assert!(matches!(cache.load("a"), Loaded::Foreign(_)));
    cache.save("a", &sections()).expect("the folder can be written");
    assert!(matches!(cache.load("a"), Loaded::Sealed(..)));

    // The folder itself is a link: what is there is neither read nor written, and the user's own folder
    // is used.
    let real = folder.path().join("real");
    fs::rename(&place, &real).expect("it is there");
    std::os::unix::fs::symlink(&real, &place).expect("a link can be made");
    assert!(matches!(cache.load("a"), Loaded::Foreign(_)));
    cache.save("b", &sections()).expect("the user's own folder can be written");
    assert!(!real.join("b.cache").exists());
    assert!(matches!(cache.load("b"), Loaded::Sealed(..)));
}

#[test]
fn a_folder_in_its_place_gives_way_or_is_gone_round() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let cache = cache(folder.path());
    let path = folder.path().join(FOLDER).join("a.cache");
    fs::create_dir_all(&path).expect("a folder can be made");
    cache.save("a", &sections()).expect("an empty folder gives way");
    assert!(matches!(cache.load("a"), Loaded::Sealed(..)));
    fs::remove_file(&path).expect("it is there");
    fs::create_dir_all(path.join("full")).expect("a folder can be made");
    assert!(matches!(cache.load("a"), Loaded::Foreign(_)));
    cache.save("a", &sections()).expect("the user's own folder can be written");
    assert!(matches!(cache.load("a"), Loaded::Sealed(..)));
}

#[test]
fn what_another_run_makes_or_takes_away_at_the_same_time_is_not_foreign() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let cache = cache(folder.path());
    cache.save("name", &sections()).expect("it can be written");
    let (place, aside) = (folder.path().join(FOLDER), folder.path().join("aside"));
    let file = place.join("name").with_extension(ENDING);
    let other = folder.path().join("other");
    let rename = |from: &Path, to: &Path| fs::rename(from, to).expect("it is there");
    for (from, to) in [(&place, &aside), (&file, &other)] {
        let is_over = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                    rename(from, to);
                    rename(to, from);
                }
            });
            let foreign = (0..20_000).filter(|_| matches!(cache.load("name"), Loaded::Foreign(_))).count();
            is_over.store(true, std::sync::atomic::Ordering::Relaxed);
            assert_eq!(foreign, 0, "{}", from.display());
        });
    }
}
