//! `image`: which layer brought a secret, which removed it, what an image says of itself, and what cannot be read.
//!
//! The images are made here, byte by byte.

use crate::harness::{Outcome, Repo, formats, github_token};
use data_encoding::HEXLOWER;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::Write;

/// What an entry of a layer is.
pub(crate) enum Entry<'a> {
    File(&'a str),
    Bytes(&'a [u8]),
    Folder,
    HardLink(&'a str),
    Link(&'a str),
}
use Entry::{Bytes, File, Folder, HardLink, Link};

fn header(name: &str, size: usize, kind: u8, target: &str) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..108].copy_from_slice(b"0000644\0");
    block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    block[156] = kind;
    block[157..157 + target.len()].copy_from_slice(target.as_bytes());
    block[257..265].copy_from_slice(b"ustar\x0000");
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// An archive with these entries.
pub(crate) fn tar(entries: &[(&str, Entry<'_>)]) -> Vec<u8> {
    let mut all = Vec::new();
    for (name, entry) in entries {
        let (kind, content, target) = match entry {
            File(text) => (b'0', text.as_bytes(), ""),
            Bytes(bytes) => (b'0', *bytes, ""),
            Folder => (b'5', &b""[..], ""),
            HardLink(target) => (b'1', &b""[..], *target),
            Link(target) => (b'2', &b""[..], *target),
        };
        all.extend(header(name, content.len(), kind, target));
        all.extend(content);
        all.resize(all.len().next_multiple_of(512), 0);
    }
    all.resize(all.len() + 1024, 0);
    all
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("a vector takes all");
    encoder.finish().expect("a vector takes all")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).expect("a slice can be read")
}

fn sha(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// An image: layers with their commands, lowest first.
pub(crate) struct Made {
    layers: Vec<(Vec<u8>, String)>,
    config: Value,
}

impl Made {
    pub(crate) fn of(layers: &[(&str, Vec<u8>)]) -> Self {
        let layers = layers.iter().map(|(command, bytes)| (bytes.clone(), (*command).to_owned())).collect();
        Self { layers, config: json!({}) }
    }

    fn with(mut self, config: Value) -> Self {
        self.config = config;
        self
    }

    fn config(&self) -> Vec<u8> {
        let diffs: Vec<String> =
            self.layers.iter().map(|(bytes, _)| format!("sha256:{}", sha(bytes))).collect();
        let history: Vec<Value> =
            self.layers.iter().map(|(_, command)| json!({ "created_by": command })).collect();
        let config = json!({
            "os": "linux", "architecture": "amd64", "config": self.config,
            "rootfs": { "type": "layers", "diff_ids": diffs }, "history": history,
        });
        config.to_string().into_bytes()
    }

    /// What `docker save` wrote until version 25.
    pub(crate) fn docker(&self, tag: &str) -> Vec<u8> {
        let config = self.config();
        let name = format!("{}.json", sha(&config));
        let layers: Vec<(String, &[u8])> = self
            .layers
            .iter()
            .enumerate()
            .map(|(at, (bytes, _))| (format!("l{at}/layer.tar"), &bytes[..]))
            .collect();
        let paths: Vec<&String> = layers.iter().map(|(path, _)| path).collect();
        let manifest = json!([{ "Config": name, "RepoTags": [tag], "Layers": paths }]).to_string();
        let mut entries = vec![(&name[..], Bytes(&config)), ("manifest.json", File(&manifest))];
        entries.extend(layers.iter().map(|(path, bytes)| (&path[..], Bytes(bytes))));
        tar(&entries)
    }
}

/// An OCI layout: its files.
#[derive(Default)]
struct Layout {
    files: Vec<(String, Vec<u8>)>,
    manifests: Vec<Value>,
}

impl Layout {
    fn blob(&mut self, bytes: Vec<u8>, media: &str) -> Value {
        let digest = sha(&bytes);
        let descriptor = json!({
            "mediaType": format!("application/vnd.oci.image.{media}"),
            "digest": format!("sha256:{digest}"), "size": bytes.len(),
        });
        let path = format!("blobs/sha256/{digest}");
        if !self.files.iter().any(|(known, _)| *known == path) {
            self.files.push((path, bytes));
        }
        descriptor
    }

    fn add(&mut self, made: &Made, tag: &str, architecture: &str, packed: fn(&[u8]) -> Vec<u8>) {
        let config = self.blob(made.config(), "config.v1+json");
        let layers: Vec<Value> =
            made.layers.iter().map(|(bytes, _)| self.blob(packed(bytes), "layer.v1.tar+gzip")).collect();
        let manifest = json!({ "schemaVersion": 2, "config": config, "layers": layers }).to_string();
        let mut manifest = self.blob(manifest.into_bytes(), "manifest.v1+json");
        manifest["annotations"] = json!({ "org.opencontainers.image.ref.name": tag });
        if !architecture.is_empty() {
            manifest["platform"] = json!({ "os": "linux", "architecture": architecture });
        }
        self.manifests.push(manifest);
    }

    fn all(&self) -> Vec<(String, Vec<u8>)> {
        let index = json!({ "schemaVersion": 2, "manifests": self.manifests }).to_string().into_bytes();
        let mark = br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec();
        let own = [("index.json".to_owned(), index), ("oci-layout".to_owned(), mark)];
        own.into_iter().chain(self.files.iter().cloned()).collect()
    }

    fn write(&self, repo: &Repo, folder: &str) {
        for (path, bytes) in self.all() {
            repo.write(&format!("{folder}/{path}"), bytes);
        }
    }

    fn tar(&self) -> Vec<u8> {
        let all = self.all();
        tar(&all.iter().map(|(path, bytes)| (&path[..], Bytes(bytes))).collect::<Vec<_>>())
    }
}

fn layout(made: &Made) -> Layout {
    let mut layout = Layout::default();
    layout.add(made, "app:1", "", gzip);
    layout
}

/// The text with a secret that is put into files.
fn leak(seed: u64) -> String {
    format!("# settings\nTOKEN={}\n", github_token(seed))
}

/// Each place: path and line, the number of the layer that brought it and that of the one that removed it.
#[track_caller]
fn places(outcome: &Outcome) -> Vec<String> {
    let mut places = Vec::new();
    for finding in outcome.findings() {
        for one in finding["occurrences"].as_array().expect("a finding has occurrences") {
            let layer =
                |key: &str| one["image"][key]["number"].as_u64().map_or("-".to_owned(), |it| it.to_string());
            let path = one["path"].as_str().unwrap_or("-");
            places.push(format!("{path}:{} {} {}", one["line"], layer("layer"), layer("removed_in")));
        }
    }
    places.sort();
    places
}

/// What a coverage has in a list: reasons with their first example.
#[track_caller]
fn told(outcome: &Outcome, list: &str) -> Vec<String> {
    let coverage = &outcome.json()["summary"]["coverage"];
    let rows = coverage[list].as_array().expect("a coverage has the list").iter();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    rows.map(|row| format!("{} {}: {}", row["count"], text(&row["reason"]), text(&row["examples"][0])))
        .collect()
}

#[test]
fn each_layer_is_read_and_named_however_an_image_is_saved() {
    let repo = Repo::plain();
    let base = tar(&[("etc/", Folder), ("app/.env", File(&leak(1)))]);
    let made = Made::of(&[
        ("ADD base /", base.clone()),
        ("RUN rm /app/.env", tar(&[("app/", Folder), ("app/.wh..env", File(""))])),
        ("COPY run.sh /app", tar(&[("app/run.sh", File(&leak(2)))])),
    ]);
    repo.write("old.tar", made.docker("app:1")).write("old.tar.gz", gzip(&made.docker("app:1")));
    for (name, packed) in [("gzip", gzip as fn(&[u8]) -> Vec<u8>), ("zstd", zstd), ("plain", <[u8]>::to_vec)]
    {
        let mut layout = Layout::default();
        layout.add(&made, "app:1", "", packed);
        layout.write(&repo, name);
        repo.write(&format!("{name}.tar"), layout.tar())
            .write(&format!("{name}.tar.zst"), zstd(&layout.tar()));
    }
    let names = ["old.tar", "old.tar.gz", "gzip", "gzip.tar", "zstd", "zstd.tar.zst", "plain", "plain.tar"];
    for name in names {
        let outcome = repo.run_json(&["image", name]).exits(1);
        assert_eq!(places(&outcome), ["app/.env:2 1 2", "app/run.sh:2 3 -"], "{name}");
        assert_eq!(told(&outcome, "unread"), [""; 0], "{name}");
        let findings = outcome.findings();
        let of = |path: &str| {
            let mut all = findings.iter().filter(|one| one["occurrences"][0]["path"] == path);
            all.next().cloned().unwrap_or_else(|| panic!("{name}: nothing in {path}"))
        };
        let (gone, live) = (of("app/.env"), of("app/run.sh"));
        assert_eq!((&gone["live"], &live["live"]), (&json!(false), &json!(true)));
        assert_eq!((&gone["refs"], &live["refs"]), (&json!([]), &json!(["app:1"])));
        let image = &gone["occurrences"][0]["image"];
        assert_eq!(image["images"], json!(["app:1"]));
        assert_eq!(image["layer"]["command"], "ADD base /");
        assert_eq!(image["removed_in"]["command"], "RUN rm /app/.env");
        let packed = match name {
            name if name.starts_with("gzip") => gzip(&base),
            name if name.starts_with("zstd") => zstd(&base),
            _ => base.clone(),
        };
        assert_eq!(image["layer"]["digest"], format!("sha256:{}", sha(&packed)), "{name}");
        assert_eq!(gone["occurrences"][0]["blob"], sha(&packed), "{name}");
        let advice = |finding: &Value| finding["remediation"].to_string();
        assert!(advice(&gone).contains("delete the tag") && advice(&live).contains("rebuild the image"));
    }
    let text = repo.run(&["image", "old.tar"]).exits(1).stdout;
    for wanted in [
        "app/.env:2:7  in layer 1 of app:1, removed in layer 2",
        "introduced   layer 1 (sha256:",
        ") by `ADD base /`",
        "still there  no, removed in layer 2 (sha256:",
        "still there  yes, in app:1",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
}

#[test]
fn what_an_image_says_of_itself_is_named_as_docker_inspect_names_it() {
    let repo = Repo::plain();
    let token = |seed| github_token(seed);
    let layer = tar(&[("a", File("x"))]);
    let made = Made::of(&[(&format!("RUN |1 T={} /bin/sh -c make", token(4)), layer)]).with(json!({
        "Env": ["PATH=/bin", format!("API_TOKEN={}", token(1))],
        "Cmd": ["run", "--token", token(2)],
        "Labels": { "deploy": token(3) },
        "Healthcheck": { "Test": ["CMD", "curl", "-H", format!("Authorization: token {}", token(5))] },
        "Unheard": { "of": [token(6)] },
    }));
    repo.write("a.tar", made.docker("app:1"));
    let outcome = repo.run_json(&["image", "a.tar"]).exits(1);
    assert_eq!(
        places(&outcome),
        [
            "config.Cmd:1 - -",
            "config.Env:2 - -",
            "config.Healthcheck:1 - -",
            "config.Labels:1 - -",
            "config.json:2 - -",
            "history[0].created_by:1 1 -",
        ]
    );
    // A key that is there twice is read twice.
    let config = format!(r#"{{"config": {{"Env": ["T={}"]}}, "config": {{"Env": []}}}}"#, token(7));
    let manifest = r#"[{"Config": "c.json", "RepoTags": ["a"], "Layers": []}]"#;
    repo.write("b.tar", tar(&[("c.json", File(&config)), ("manifest.json", File(manifest))]));
    assert_eq!(places(&repo.run_json(&["image", "b.tar"]).exits(1)), ["config.Env:1 - -"]);
}

#[test]
fn a_file_is_gone_if_a_later_layer_removes_or_replaces_it_or_what_it_is_in() {
    let first = |leak: &str| tar(&[("a/", Folder), ("a/b/", Folder), ("a/b/c", File(leak))]);
    let table: &[(&str, Vec<u8>, &[&str])] = &[
        ("removed", tar(&[("a/b/.wh.c", File(""))]), &["a/b/c:2 1 2"]),
        ("its folder removed", tar(&[("./a/.wh.b", File(""))]), &["a/b/c:2 1 2"]),
        ("its folder opaque", tar(&[("a/b/", Folder), ("a/b/.wh..wh..opq", File(""))]), &["a/b/c:2 1 2"]),
        ("all opaque", tar(&[(".wh..wh..opq", File(""))]), &["a/b/c:2 1 2"]),
        ("replaced", tar(&[("a/b/c", File("nothing"))]), &["a/b/c:2 1 2"]),
        ("replaced by a folder", tar(&[("a/b/c/", Folder)]), &["a/b/c:2 1 2"]),
        ("its folder replaced", tar(&[("a/b", Link("x"))]), &["a/b/c:2 1 2"]),
        ("its folder touched", tar(&[("a/b/", Folder), ("a/b/d", File("x"))]), &["a/b/c:2 1 -"]),
        ("another removed", tar(&[("a/b/.wh.cc", File(""))]), &["a/b/c:2 1 -"]),
        ("changed", tar(&[("a/b/c", File(&leak(1)))]), &["a/b/c:2 1 2", "a/b/c:2 2 -"]),
        (
            "under another name",
            tar(&[("a/b/d", HardLink("a/b/c")), ("a/b/.wh.c", File(""))]),
            &["a/b/c:2 1 2"],
        ),
    ];
    let repo = Repo::plain();
    for (what, second, wanted) in table {
        let made = Made::of(&[("one", first(&leak(1))), ("two", second.clone())]);
        repo.write("a.tar", made.docker("app:1"));
        assert_eq!(places(&repo.run_json(&["image", "a.tar"]).exits(1)), *wanted, "{what}");
    }
    // A hard link shows the file under another name, though the first one is gone.
    let one = tar(&[("a", File(&leak(1))), ("b", HardLink("./a")), ("c", HardLink("b"))]);
    let made = Made::of(&[("one", one), ("two", tar(&[(".wh.a", File("")), (".wh.c", File(""))]))]);
    repo.write("a.tar", made.docker("app:1"));
    let outcome = repo.run_json(&["image", "a.tar"]).exits(1);
    assert_eq!(places(&outcome), ["a:2 1 2", "b:2 1 -", "c:2 1 2"]);
    assert_eq!(outcome.findings()[0]["live"], true);
}

#[test]
fn all_platforms_are_read_and_a_layer_that_they_share_once() {
    let repo = Repo::plain();
    let shared = tar(&[("a.env", File(&leak(1)))]);
    let arm = Made::of(&[("one", shared.clone()), ("arm", tar(&[("arm.env", File(&leak(2)))]))]);
    let amd = Made::of(&[("one", shared), ("amd", tar(&[(".wh.a.env", File(""))]))]);
    let mut layout = Layout::default();
    layout.add(&arm, "app:1", "arm64", gzip);
    layout.add(&amd, "app:1", "amd64", gzip);
    layout.write(&repo, "oci");
    let outcome = repo.run_json(&["image", "oci"]).exits(1);
    assert_eq!(places(&outcome), ["a.env:2 1 -", "a.env:2 1 2", "arm.env:2 2 -"]);
    // Two files in layers, two configurations, two manifests, the index, the mark of a layout.
    assert_eq!(outcome.json()["summary"]["coverage"]["in_scope"], 8);
    let of_shared =
        outcome.findings().into_iter().find(|one| one["occurrences"].as_array().map(Vec::len) == Some(2));
    let of_shared = of_shared.expect("the shared layer has a secret");
    assert_eq!(of_shared["refs"], json!(["app:1 (linux/arm64)"]));
    let images = |at: usize| of_shared["occurrences"][at]["image"]["images"].clone();
    let mut both = [images(0), images(1)];
    both.sort_by_key(ToString::to_string);
    assert_eq!(both, [json!(["app:1 (linux/amd64)"]), json!(["app:1 (linux/arm64)"])]);

    // An index in an index, and a manifest that two names have.
    let manifests = std::mem::take(&mut layout.manifests);
    let inner = layout.blob(json!({ "manifests": manifests }).to_string().into_bytes(), "index.v1+json");
    let named = |name: &str| {
        let mut inner = inner.clone();
        inner["annotations"] = json!({ "io.containerd.image.name": name });
        inner
    };
    layout.manifests = vec![named("x/app:2"), inner.clone()];
    layout.write(&repo, "nested");
    assert_eq!(places(&repo.run_json(&["image", "nested"]).exits(1)), places(&outcome));
}

#[test]
fn known_base_layers_are_left_out_and_counted() {
    let repo = Repo::plain();
    let base = tar(&[("a.env", File(&leak(1)))]);
    let made = Made::of(&[("base", base.clone()), ("own", tar(&[("b.env", File(&leak(2)))]))]);
    layout(&made).write(&repo, "oci");
    let by = |digest: String| repo.run_json(&["image", "oci", "--base", &digest]).exits(1);
    for digest in [format!("sha256:{}", sha(&gzip(&base))), format!("sha256:{}", sha(&base)), sha(&base)] {
        let outcome = by(digest);
        assert_eq!(places(&outcome), ["b.env:2 2 -"]);
        let excluded = told(&outcome, "excluded");
        assert!(excluded[0].starts_with("1 base layer: layer 1 of app:1 (sha256:"), "{excluded:?}");
    }
    let outcome = by(format!("sha256:{}", sha(b"another")));
    assert_eq!(places(&outcome).len(), 2);
    assert!(outcome.stdout.contains("which --base names"), "{}", outcome.stdout);
    let outcome = repo.run(&["image", "oci", "--base", "debian:12"]).exits(2);
    assert!(outcome.says("is no digest"), "{}", outcome.stderr);
}

#[test]
fn what_cannot_be_read_is_unread_with_its_reason_and_the_rest_is_read() {
    let repo = Repo::plain();
    let clean = || tar(&[("a", File("nothing"))]);
    let made = Made::of(&[("one", clean()), ("two", tar(&[("b", File("nothing either"))]))]);
    let one = format!("blobs/sha256/{}", sha(&gzip(&clean())));
    let changed = |change: &dyn Fn(&mut Layout)| {
        let mut layout = layout(&made);
        change(&mut layout);
        layout
    };
    let content = |layout: &mut Layout, path: &str, content: Option<Vec<u8>>| {
        let at = layout.files.iter().position(|(known, _)| known == path).expect("the blob is there");
        match content {
            Some(bytes) => layout.files[at].1 = bytes,
            None => drop(layout.files.remove(at)),
        }
    };
    let cut = gzip(&clean())[..60].to_vec();
    let of_tar = |entries: &[(&str, Entry<'_>)]| {
        let mut layout = Layout::default();
        layout.add(&Made::of(&[("one", tar(entries))]), "app:1", "", gzip);
        layout
    };
    let mut bomb = vec![0; 80 << 20];
    bomb[0] = b'x';
    let bomb = gzip(&bomb);
    let long = {
        let mut long = header("long", 1 << 30, b'0', "");
        long.extend([b'x'; 700]);
        long
    };
    let absurd = {
        let mut layout = Layout::default();
        layout.add(&Made::of(&[("one", long)]), "app:1", "", gzip);
        layout
    };
    let table: Vec<(&str, Layout, &str)> = vec![
        (
            "a missing layer",
            changed(&|all| content(all, &one, None)),
            "missing blob: layer 1 of app:1 (sha256:",
        ),
        (
            "a layer that is another",
            changed(&|all| content(all, &one, Some(gzip(&tar(&[("a", File("other"))]))))),
            "digest does not match: layer 1 of app:1 (sha256:",
        ),
        (
            "a layer that is cut off",
            changed(&|all| content(all, &one, Some(cut.clone()))),
            "digest does not match: layer 1 of app:1 (sha256:",
        ),
        (
            "a manifest that is none",
            changed(&|all| {
                let none = all.blob(b"[1, 2".to_vec(), "manifest.v1+json");
                all.manifests.push(none);
            }),
            "not a manifest: blobs/sha256/",
        ),
        (
            "a digest of an unknown kind",
            changed(&|all| all.manifests.push(json!({ "digest": "md5:00", "size": 1 }))),
            "unknown digest algorithm: a manifest (md5:00)",
        ),
        (
            "an encrypted layer",
            {
                let mut all = layout(&made);
                let (config, layer) = (
                    all.blob(b"{}".to_vec(), "config.v1+json"),
                    all.blob(vec![7; 99], "layer.v1.tar+encrypted"),
                );
                let manifest = json!({ "config": config, "layers": [layer] }).to_string();
                let manifest = all.blob(manifest.into_bytes(), "manifest.v1+json");
                all.manifests.push(manifest);
                all
            },
            "encrypted: layer 1 of sha256:",
        ),
        ("a link to nothing", of_tar(&[("a", HardLink("b"))]), "link to nothing: a"),
        ("a link out of the image", of_tar(&[("a", HardLink("../../b"))]), "leads out of the image: a"),
        ("a path out of the image", of_tar(&[("../a", File("x"))]), "leads out of the image: a"),
        ("a bomb", of_tar(&[("a.gz", Bytes(&bomb)), ("b", File("x"))]), "expands too much: a.gz!a"),
        ("an absurd size", absurd, "damaged or cut off: layer 1 of app:1 (sha256:"),
    ];
    for (what, layout, wanted) in &table {
        layout.write(&repo, "oci");
        let outcome = repo.run_json(&["image", "oci"]).exits(3);
        let unread = told(&outcome, "unread");
        assert!(unread.iter().any(|one| one.contains(wanted)), "{what}: {unread:?}");
        std::fs::remove_dir_all(repo.path().join("oci")).expect("it was written");
    }
    // A layer of Docker's is known by what it unpacks to.
    let mut made = Made::of(&[("one", clean())]);
    let docker = made.docker("app:1");
    made.layers[0].0 = tar(&[("a", File("changed"))]);
    let other = made.layers[0].0.clone();
    let at = docker.windows(other.len()).position(|there| there == clean()).expect("the layer is in it");
    let mut lying = docker.clone();
    lying[at..at + other.len()].copy_from_slice(&other);
    repo.write("lying.tar", lying);
    let unread = told(&repo.run_json(&["image", "lying.tar"]).exits(3), "unread");
    assert!(unread[0].starts_with("1 digest does not match: layer 1 of app:1"), "{unread:?}");
    let digest = sha(&clean());
    let unread = told(&repo.run_json(&["image", "lying.tar", "--base", &digest]).exits(3), "unread");
    assert!(unread[0].starts_with("1 digest does not match: layer 1 of app:1"), "{unread:?}");
    // The file itself is cut off.
    repo.write("cut.tar", &docker[..docker.len() - 1500]).write("cut.tar.gz", &gzip(&docker)[..300]);
    for name in ["cut.tar", "cut.tar.gz"] {
        let unread = told(&repo.run_json(&["image", name]).exits(3), "unread");
        assert!(unread.iter().any(|one| one.contains("damaged or cut off")), "{name}: {unread:?}");
    }
    // Links in the file: in a circle, out of it, and as Docker wrote them.
    let manifest = r#"[{"Config": "c.json", "RepoTags": ["a"], "Layers": ["x/layer.tar", "y/layer.tar", "z/layer.tar"]}]"#;
    let leak = tar(&[("a.env", File(&leak(1)))]);
    repo.write(
        "links.tar",
        tar(&[
            ("c.json", File("{}")),
            ("manifest.json", File(manifest)),
            ("x/layer.tar", Link("../x/layer.tar")),
            ("y/layer.tar", Link("../../../etc/passwd")),
            ("z/layer.tar", Link("../w/layer.tar")),
            ("w/layer.tar", Bytes(&leak)),
        ]),
    );
    let outcome = repo.run_json(&["image", "links.tar"]).exits(1);
    assert_eq!(
        told(&outcome, "unread"),
        [
            "1 leads out of the image: layer 2 of a (y/layer.tar)",
            "1 links in a circle: layer 1 of a (x/layer.tar)",
        ]
    );
    assert_eq!(places(&outcome), ["a.env:2 3 -"]);
}

#[cfg(unix)]
#[test]
fn a_link_out_of_a_folder_is_not_followed() {
    let repo = Repo::plain();
    let made = Made::of(&[("one", tar(&[("a", File("nothing"))]))]);
    layout(&made).write(&repo, "oci");
    repo.write("outside", leak(1));
    std::os::unix::fs::symlink("../../outside", repo.path().join("oci/blobs/link"))
        .expect("a link can be made");
    let outcome = repo.run_json(&["image", "oci"]).exits(3);
    assert_eq!(told(&outcome, "unread"), ["1 leads out of the image: blobs/link"]);
}

#[test]
fn a_layout_does_not_say_how_it_is_judged() {
    let repo = Repo::plain();
    layout(&Made::of(&[("one", tar(&[("a.env", File(&format!("t={}\n", github_token(1))))]))]))
        .write(&repo, "oci");
    repo.write("oci/keydredge.toml", "skip = [\"github-pat-classic\"]\n");
    repo.write("oci/.gitleaks.toml", "[extend]\nuseDefault = true\n[allowlist]\npaths = ['.*']\n");
    repo.run(&["image", "oci"]).exits(1);
    repo.run_with("oci", &["image", "."], &[], b"").exits(1);
    repo.write("keydredge.toml", "skip = [\"github-pat-classic\"]\n");
    repo.run(&["image", "oci"]).exits(0);
}

#[test]
fn what_is_in_layers_is_opened_and_left_out_as_in_scan() {
    let repo = Repo::plain();
    let inner = gzip(&tar(&[("b/c.env", File(&leak(1)))]));
    let name = format!("srv/{}/x", github_token(3));
    let layer = tar(&[
        ("opt/a.tar.gz", Bytes(&inner)),
        ("opt/vendor/d.env", File(&leak(2))),
        ("opt/link", Link(&github_token(4))),
        (&name, File("x")),
        ("opt/allowed", File(&format!("TOKEN={} # keydredge:allow known\n", github_token(5)))),
    ]);
    repo.write("a.tar", Made::of(&[("one", layer)]).docker("app:1"));
    let outcome = repo.run_json(&["image", "a.tar"]).exits(1);
    let all = places(&outcome);
    assert!(all.contains(&"opt/a.tar.gz!b/c.env:2 1 -".to_owned()), "{all:?}");
    assert!(all.contains(&"opt/link:1 1 -".to_owned()), "{all:?}");
    assert!(all.iter().any(|one| one.starts_with("srv/") && one.ends_with("1 -")), "{all:?}");
    assert_eq!(all.len(), 5);
    let closed = repo.run_json(&["image", "a.tar", "--no-archives"]).exits(1);
    assert_eq!(told(&closed, "excluded"), ["1 compressed: opt/a.tar.gz"]);
    assert_eq!(places(&closed).len(), 4);
    repo.write("keydredge.toml", "exclude = [\"vendor/\"]\n");
    let outcome = repo.run_json(&["image", "a.tar"]).exits(1);
    assert_eq!(told(&outcome, "excluded"), ["1 excluded by configuration: opt/vendor/d.env"]);
    assert_eq!(places(&outcome).len(), 4);
    let outcome = repo.run_json(&["image", "a.tar", "--max-file-size", "100"]).exits(1);
    assert!(told(&outcome, "excluded")[1].contains("larger than the size limit"), "{}", outcome.stdout);
}

#[test]
fn what_no_image_refers_to_is_read_too() {
    let repo = Repo::plain();
    let made = Made::of(&[("one", tar(&[("a", File("nothing"))]))]);
    let mut layout = layout(&made);
    layout.blob(gzip(&tar(&[("old.env", File(&leak(1)))])), "layer.v1.tar+gzip");
    let stray = layout.files.last().expect("there are blobs").0.clone();
    layout.write(&repo, "oci");
    let outcome = repo.run_json(&["image", "oci"]).exits(1);
    assert_eq!(places(&outcome), [format!("{stray}!old.env:2 - -")]);
    let finding = &outcome.findings()[0];
    assert_eq!((&finding["live"], &finding["occurrences"][0]["reachable"]), (&json!(false), &json!(false)));
    let text = repo.run(&["image", "oci"]).exits(1).stdout;
    assert!(text.contains("no, no image refers to it"), "{text}");
}

#[test]
fn a_baseline_accepts_what_is_in_an_image() {
    let repo = Repo::plain();
    repo.write("a.env", leak(1));
    repo.run(&["baseline", "write"]).exits(0);
    repo.write("a.tar", Made::of(&[("one", tar(&[("x.env", File(&leak(1)))]))]).docker("app:1"));
    repo.run(&["image", "a.tar", "--baseline", "keydredge-baseline.txt"]).exits(0);
    repo.write("b.tar", Made::of(&[("one", tar(&[("x.env", File(&leak(2)))]))]).docker("app:1"));
    repo.run(&["image", "b.tar", "--baseline", "keydredge-baseline.txt"]).exits(1);
}

#[test]
fn no_format_shows_a_secret_and_what_is_saved_is_what_the_schema_says() {
    let repo = Repo::plain();
    let token = github_token(1);
    let layer = tar(&[("app/.env", File(&leak(1)))]);
    let command = format!("RUN echo {token} > /app/.env");
    let made = Made::of(&[(&command, layer), (&command, tar(&[("app/.wh..env", File(""))]))]);
    repo.write("a.tar", made.docker(&format!("app:{token}")));
    for format in formats() {
        let outcome = repo.run(&["image", "a.tar", "--format", format, "-v"]).exits(1);
        assert!(!outcome.says(&token[8..30]), "{format}: {}", outcome.stdout);
        assert!(outcome.stdout.contains("app/.env"), "{format}: {}", outcome.stdout);
    }
    let schema: Value =
        serde_json::from_str(include_str!("../../docs/report.schema.json")).expect("it is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is sound");
    let outcome = repo.run_json(&["image", "a.tar"]).exits(1);
    let faults: Vec<String> = validator.iter_errors(&outcome.json()).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    repo.write("saved.json", &outcome.stdout);
    let again = repo.run(&["report", "saved.json", "-f", "json"]);
    assert_eq!(again.json()["findings"], outcome.json()["findings"]);
}

#[test]
fn what_is_no_image_is_refused_with_a_sentence() {
    let repo = Repo::plain();
    repo.write("text", "nothing").write("folder/a", "x").write("a.tar", tar(&[("a", File("x"))]));
    for name in ["text", "folder", "a.tar"] {
        let outcome = repo.run(&["image", name]).exits(2);
        assert!(outcome.says("is no saved image"), "{name}: {}", outcome.stderr);
    }
    assert!(repo.run(&["image", "absent"]).exits(2).says("does not exist"));
}

/// A script that makes an image with umoci and copies it with skopeo: `$1` and `$2` are secrets.
const TOOLS: &str = "\
set -e
umoci init --layout lay && umoci new --image lay:app && umoci unpack --rootless --image lay:app one
mkdir -p one/rootfs/app && echo \"TOKEN=$1\" > one/rootfs/app/.env && echo x > one/rootfs/app/kept
umoci repack --image lay:app --history.created_by 'COPY .env /app/' one
umoci unpack --rootless --image lay:app two
rm two/rootfs/app/.env && echo y > two/rootfs/app/other
umoci repack --image lay:app --history.created_by 'RUN rm /app/.env' two
umoci config --image lay:app --config.env \"API_TOKEN=$2\"
umoci gc --layout lay
skopeo copy -q oci:lay:app docker-archive:docker.tar:app:1
skopeo copy -q oci:lay:app oci-archive:oci.tar:app
skopeo copy -q oci:lay:app dir:dir
";

#[test]
#[ignore = "needs umoci and skopeo"]
fn what_real_tools_make_is_placed_right() {
    let repo = Repo::plain();
    let (file, variable) = (github_token(1), github_token(2));
    let made = std::process::Command::new("sh")
        .args(["-c", TOOLS, "sh", &file, &variable])
        .current_dir(repo.path())
        .output()
        .expect("a shell can be run");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    for name in ["lay", "docker.tar", "oci.tar", "dir"] {
        let outcome = repo.run_json(&["image", name]).exits(1);
        let all = places(&outcome);
        for wanted in ["app/.env:1 1 2", "config.Env:1 - -"] {
            assert!(all.iter().any(|one| one == wanted), "{name}: {all:?}");
        }
        assert_eq!(told(&outcome, "unread"), [""; 0], "{name}");
        assert_eq!(outcome.findings().len(), 2, "{name}");
        let gone = outcome.findings().into_iter().find(|one| one["live"] == false).expect("one is hidden");
        let image = &gone["occurrences"][0]["image"];
        assert_eq!(image["layer"]["command"], "COPY .env /app/", "{name}");
        assert_eq!(image["removed_in"]["command"], "RUN rm /app/.env", "{name}");
    }
}
