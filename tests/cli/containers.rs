//! What is inside archives, compressed files and documents: found with its path, or unread with a reason.
//!
//! The archives are made with the real tools: Python's standard library, and programs if they are installed.

use crate::cache::same_with_and_without;
use crate::harness::{Outcome, Repo, github_token};
use serde_json::Value;
use std::fs;
use std::process::Command;

/// Runs a Python script in the repository's folder; `argv` has the arguments from 1 on.
#[track_caller]
fn python(repo: &Repo, script: &str, arguments: &[&str]) {
    const START: &str = "import sys, os, io, zipfile, tarfile, gzip, bz2, lzma, zlib, struct\na = sys.argv\n";
    let output = Command::new("python3")
        .args(["-c", &format!("{START}{script}")])
        .args(arguments)
        .current_dir(repo.path())
        .output()
        .expect("python3 can be run");
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Runs a program in the repository's folder; false if it is not installed.
#[track_caller]
fn tool(repo: &Repo, line: &str) -> bool {
    let program = line.split(' ').next().unwrap_or_default();
    let has_it = Command::new("sh").args(["-c", &format!("command -v {program} >/dev/null")]).status();
    if !has_it.is_ok_and(|status| status.success()) {
        return false;
    }
    let output = Command::new("sh").args(["-c", line]).current_dir(repo.path()).output();
    let output = output.expect("a shell can be run");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    true
}

/// The text with a secret that is put into containers: the secret is on line 3.
fn leak(seed: u64) -> String {
    format!("# settings\nA=1\nTOKEN={}\n", github_token(seed))
}

/// The places of all findings: path and line.
#[track_caller]
fn places(outcome: &Outcome) -> Vec<String> {
    let mut places = Vec::new();
    for finding in outcome.findings() {
        for one in finding["occurrences"].as_array().expect("a finding has occurrences") {
            places.push(format!("{}:{}", one["path"].as_str().unwrap_or("-"), one["line"]));
        }
    }
    places.sort();
    places
}

/// What is unread: reasons with their first example.
#[track_caller]
fn unread(outcome: &Outcome) -> Vec<String> {
    told(outcome, "unread")
}

#[track_caller]
fn told(outcome: &Outcome, list: &str) -> Vec<String> {
    let coverage = &outcome.json()["summary"]["coverage"];
    let rows = coverage[list].as_array().expect("a coverage has the list").iter();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    rows.map(|row| format!("{}: {}", text(&row["reason"]), text(&row["examples"][0]))).collect()
}

/// Scripts that make a container `a[1]` with the text `a[2]`, and the place of its secret.
const MADE: &[(&str, &str, &str)] = &[
    ("a.zip", "zipfile.ZipFile(a[1], 'w').writestr('b/c.env', a[2])", "a.zip!b/c.env:3"),
    ("a.jar", "zipfile.ZipFile(a[1], 'w', zipfile.ZIP_DEFLATED).writestr('b/c.env', a[2])", "a.jar!b/c.env:3"),
    ("bz.zip", "zipfile.ZipFile(a[1], 'w', zipfile.ZIP_BZIP2).writestr('c.env', a[2])", "bz.zip!c.env:3"),
    ("lz.zip", "zipfile.ZipFile(a[1], 'w', zipfile.ZIP_LZMA).writestr('c.env', a[2])", "lz.zip!c.env:3"),
    ("a.log.gz", "gzip.open(a[1], 'wb').write(a[2].encode())", "a.log.gz!a.log:3"),
    ("nameless", "open(a[1], 'wb').write(gzip.compress(a[2].encode()))", "nameless!nameless:3"),
    (
        "twice.gz",
        "open(a[1], 'wb').write(gzip.compress(b'x\\n') + gzip.compress(a[2].encode()) + b'\\0' * 99)",
        "twice.gz!twice:4",
    ),
    ("a.zlib", "open(a[1], 'wb').write(zlib.compress(a[2].encode()))", "a.zlib!a:3"),
    ("a.txt.bz2", "open(a[1], 'wb').write(bz2.compress(a[2].encode()))", "a.txt.bz2!a.txt:3"),
    ("a.txt.xz", "open(a[1], 'wb').write(lzma.compress(a[2].encode()))", "a.txt.xz!a.txt:3"),
    (
        "a.lzma",
        "open(a[1], 'wb').write(lzma.compress(a[2].encode(), format=lzma.FORMAT_ALONE))",
        "a.lzma!a:3",
    ),
    ("a.tar", TAR, "a.tar!b/c.env:3"),
    ("pax.tar", TAR, "pax.tar!b/c.env:3"),
    ("a.tar.gz", TAR, "a.tar.gz!b/c.env:3"),
    ("a.tgz", TAR, "a.tgz!b/c.env:3"),
    ("a.tar.bz2", TAR, "a.tar.bz2!b/c.env:3"),
    ("a.tar.xz", TAR, "a.tar.xz!b/c.env:3"),
    (
        "in.zip",
        "b = io.BytesIO(); zipfile.ZipFile(b, 'w', zipfile.ZIP_DEFLATED).writestr('d.env', a[2]); \
         zipfile.ZipFile(a[1], 'w').writestr('b/inner.zip', b.getvalue())",
        "in.zip!b/inner.zip!d.env:3",
    ),
    (
        "sfx",
        "b = io.BytesIO(); zipfile.ZipFile(b, 'w', zipfile.ZIP_DEFLATED).writestr('d.env', a[2]); \
         open(a[1], 'wb').write(b'#!/bin/sh\\nexit\\n' + b.getvalue())",
        "sfx!d.env:3",
    ),
    (
        "deep.tar.gz",
        "b = gzip.compress(gzip.compress(a[2].encode())); t = tarfile.open(a[1], 'w:gz'); \
         i = tarfile.TarInfo('x/d.gz.gz'); i.size = len(b); t.addfile(i, io.BytesIO(b)); t.close()",
        "deep.tar.gz!x/d.gz.gz!d:3",
    ),
];

const TAR: &str = "\
m = {'tar': 'w', 'tgz': 'w:gz', 'gz': 'w:gz', 'bz2': 'w:bz2', 'xz': 'w:xz'}[a[1].split('.')[-1]]
f = tarfile.PAX_FORMAT if a[1].startswith('pax') else tarfile.GNU_FORMAT
t = tarfile.open(a[1], m, format=f)
for n in ['b/other.txt', 'b/' + 'long/' * 40 + 'name.txt', 'b/c.env']:
    d = (a[2] if n.endswith('.env') else 'nothing').encode()
    i = tarfile.TarInfo(n); i.size = len(d); t.addfile(i, io.BytesIO(d))
t.close()";

#[test]
fn a_secret_in_a_container_is_found_with_the_path_inside() {
    for (seed, (name, script, place)) in (100..).zip(MADE) {
        let repo = Repo::new();
        repo.write("plain", "nothing\n");
        python(&repo, script, &[name, &leak(seed)]);
        let outcome = repo.run_json(&["scan"]).exits(1);
        assert_eq!(places(&outcome), [*place]);
        let coverage = &outcome.json()["summary"]["coverage"];
        assert_eq!(coverage["scanned"], 2, "{name}: {coverage}");
        let text = repo.run(&["scan"]).exits(1);
        assert!(text.says(place), "{}", text.stdout);
        repo.stage();
        assert_eq!(places(&repo.run_json(&["staged"]).exits(1)), [*place], "staged");
        repo.commit("one");
        let outcome = repo.run_json(&["history"]).exits(1);
        assert_eq!(places(&outcome), [*place], "history");
        same_with_and_without(&repo, &[]);
        let input = fs::read(repo.path().join(name)).expect("it was written");
        let outcome = repo.run_with(".", &["scan", "-", "--format", "json"], &[], &input).exits(1);
        let at = place.split_once('!').map(|(_, inner)| inner).unwrap_or_default();
        let found = places(&outcome);
        assert!(found.len() == 1 && found[0].starts_with("-!"), "{found:?}");
        assert!(found[0].ends_with(at) || !at.contains('/'), "{found:?} {at}");
    }
}

/// The same for formats of their own: documents, databases, compiled code.
const DOCUMENTS: &[(&str, &str, &str)] = &[
    (
        "a.docx",
        "t = a[2].split('TOKEN=')[1].strip(); w = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'; \
         x = '<?xml version=\"1.0\"?><w:document xmlns:w=\"%s\"><w:body><w:p><w:r><w:t>one</w:t></w:r></w:p><w:p>' \
         '<w:r><w:t>%s</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>%s</w:t></w:r></w:p></w:body></w:document>' \
         % (w, t[:9], t[9:]); \
         zipfile.ZipFile(a[1], 'w', zipfile.ZIP_DEFLATED).writestr('word/document.xml', x)",
        "a.docx!word/document.xml!text:2",
    ),
    (
        "a.xlsx",
        "t = a[2].split('TOKEN=')[1].strip(); w = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'; \
         x = '<?xml version=\"1.0\"?>\\n<sst xmlns=\"%s\"><si><t>a</t></si><si><r><t>%s</t></r><r><t>%s</t></r></si></sst>' \
         % (w, t[:9], t[9:]); \
         zipfile.ZipFile(a[1], 'w', zipfile.ZIP_DEFLATED).writestr('xl/sharedStrings.xml', x)",
        "a.xlsx!xl/sharedStrings.xml!text:2",
    ),
    (
        "a.pdf",
        "t = a[2].split('TOKEN=')[1].strip(); \
         s = zlib.compress(('BT /F1 12 Tf (one) Tj 0 -14 Td [(%s) -20 (%s)] TJ ET' % (t[:9], t[9:])).encode()); \
         open(a[1], 'wb').write(b'%PDF-1.5\\n%\\xe2\\xe3\\n4 0 obj\\n<< /Length ' + str(len(s)).encode() + \
         b' /Filter /FlateDecode >>\\nstream\\n' + s + b'\\nendstream\\nendobj\\n%%EOF\\n')",
        "a.pdf!object 4!text:2",
    ),
    (
        "a.eml",
        "import email.message as e\n\
         m = e.EmailMessage(); m['From'] = 'a@example.org'; m['Date'] = 'Mon, 1 Jan 2024 00:00:00 +0000'; \
         m.set_content('hello\\n'); m.add_attachment(a[2].encode(), maintype='application', subtype='x', filename='c.env')\n\
         open(a[1], 'wb').write(bytes(m))",
        "a.eml!part 2/c.env:3",
    ),
    (
        "a.mbox",
        "import email.message as e\n\
         m = e.EmailMessage(); m['From'] = 'a@example.org'; m['Date'] = 'Mon, 1 Jan 2024 00:00:00 +0000'; \
         b = io.BytesIO(); zipfile.ZipFile(b, 'w', zipfile.ZIP_DEFLATED).writestr('c.env', a[2]); \
         m.set_content('hello\\n'); m.add_attachment(b.getvalue(), maintype='application', subtype='zip', filename='c.zip')\n\
         open(a[1], 'wb').write(b'From x\\nFrom: a\\nDate: b\\n\\nhi\\n\\nFrom y\\n' + bytes(m))",
        "a.mbox!message 2/part 2/c.zip!c.env:3",
    ),
    (
        "a.db",
        "import sqlite3\n\
         c = sqlite3.connect(a[1]); c.execute('create table t (a text, b text)'); \
         c.execute('insert into t values (?, ?)', ('admin', a[2].split('TOKEN=')[1].strip())); c.commit(); c.close()",
        "a.db!rows:2",
    ),
    (
        "long.db",
        "import sqlite3\n\
         t = a[2].split('TOKEN=')[1].strip()\n\
         c = sqlite3.connect(a[1]); c.execute('pragma page_size = 512'); c.execute('create table t (a text)'); \
         c.execute('insert into t values (?)', (' '.join(['x' * 470] * 4) + '\\n' + '\\n'.join(['y' * 20] * 40) + t,)); \
         c.commit(); c.close()",
        "long.db!rows:42",
    ),
    (
        "a.pyc",
        "import marshal\n\
         t = a[2].split('TOKEN=')[1].strip(); p = '\"%s\"' % ('x' * (0x61 - 43) + ' ' + t)\n\
         open(a[1], 'wb').write(b'\\xa7\\x0d\\r\\n' + bytes(12) + marshal.dumps(compile('v = ' + p, 'f', 'exec')))",
        "a.pyc!strings",
    ),
    (
        "A.class",
        "t = a[2].split('TOKEN=')[1].strip(); s = t + ' ' * (0x161 - len(t)); \
         u = lambda s: b'\\x01' + struct.pack('>H', len(s)) + s.encode(); \
         open(a[1], 'wb').write(b'\\xca\\xfe\\xba\\xbe\\0\\0\\0\\x34\\0\\x04' + u('Code') + b'\\x07\\0\\x01' + u(s))",
        "A.class!strings:2",
    ),
    (
        "a.ipynb",
        "import json\n\
         o = {'output_type': 'stream', 'name': 'stdout', 'text': a[2].splitlines(True)}\n\
         c = {'cell_type': 'code', 'metadata': {}, 'source': ['print(1)\\n'], 'outputs': [o], 'execution_count': 1}\n\
         json.dump({'cells': [c], 'metadata': {}, 'nbformat': 4, 'nbformat_minor': 5}, open(a[1], 'w'), indent=1)",
        "a.ipynb!cell 1 output:3",
    ),
];

#[test]
fn a_secret_in_a_document_is_found_as_a_reader_sees_it() {
    for (seed, (name, script, place)) in (200..).zip(DOCUMENTS) {
        let repo = Repo::new();
        repo.write("plain", "nothing\n");
        python(&repo, script, &[name, &leak(seed)]);
        let outcome = repo.run_json(&["scan"]).exits(1);
        let found = places(&outcome);
        assert!(found.len() == 1 && found[0].starts_with(place), "{found:?} is not {place}");
        assert_eq!(outcome.json()["summary"]["coverage"]["scanned"], 2, "{name}");
        repo.commit("one");
        assert_eq!(places(&repo.run_json(&["history", "--no-cache"]).exits(1)), found, "history");
    }
}

/// Lines of a shell that make a container of the file `c.env`; the first word of each is a program.
const TOOLS: &[(&str, &str)] = &[
    ("zip -q a.zip c.env", "a.zip!c.env:3"),
    ("zstd -q c.env -o c.env.zst", "c.env.zst!c.env:3"),
    ("tar --format=v7 -cf v7.tar c.env", "v7.tar!c.env:3"),
    ("tar -cf - c.env | zstd -q -o a.tar.zst", "a.tar.zst!c.env:3"),
    ("ar qc a.a c.env", "a.a!c.env:3"),
    ("cpio --quiet -o -H newc <list >a.cpio", "a.cpio!c.env:3"),
    ("cpio --quiet -o -H odc <list >odc.cpio", "odc.cpio!c.env:3"),
    ("cpio --quiet -o -H bin <list >bin.cpio", "bin.cpio!c.env:3"),
    ("7z a -bd a.7z c.env >/dev/null", "a.7z!c.env:3"),
    ("7z a -bd -m0=LZMA a.7z c.env >/dev/null", "a.7z!c.env:3"),
    ("7z a -bd -m0=BCJ -m1=LZMA2 -mhc=off a.7z c.env >/dev/null", "a.7z!c.env:3"),
    ("7z a -bd -m0=Deflate a.7z c.env list >/dev/null", "a.7z!c.env:3"),
    ("7z a -bd -m0=BZip2 -ms=off a.7z c.env list >/dev/null", "a.7z!c.env:3"),
    ("7z a -bd -mm=LZMA lz.zip c.env >/dev/null", "lz.zip!c.env:3"),
    ("lzip -k c.env", "c.env.lz!c.env:3"),
    ("dpkg-deb -b p a.deb >/dev/null", "a.deb!data.tar.xz!etc/c.env:3"),
    ("dpkg-deb -Zzstd -b p a.deb >/dev/null", "a.deb!data.tar.zst!etc/c.env:3"),
];

#[test]
fn what_other_programs_make_is_opened() {
    for (seed, (line, place)) in (300..).zip(TOOLS) {
        let repo = Repo::new();
        let package = "Package: a\nVersion: 1\nArchitecture: all\nMaintainer: a <a@example.org>\nDescription: a\n";
        repo.write("c.env", leak(seed)).write("list", "c.env\n");
        repo.write("p/etc/c.env", leak(seed)).write("p/DEBIAN/control", package);
        if tool(&repo, line) {
            repo.remove("c.env").remove("p/etc/c.env");
            assert_eq!(places(&repo.run_json(&["scan"]).exits(1)), [*place], "{line}");
        }
    }
}
