//! What is inside archives, compressed files and documents: found with its path, or unread with a reason.
//!
//! The archives are made with the real tools: Python's standard library, and programs if they are installed.

use crate::cache::same_with_and_without;
use crate::harness::{Outcome, Repo, fake, github_token};
use crate::image::Entry::File;
use crate::image::tar;
use serde_json::Value;
use std::fs;
use std::process::Command;

/// Runs a Python script in the repository's folder; `argv` has the arguments from 1 on.
#[track_caller]
pub(crate) fn python(repo: &Repo, script: &str, arguments: &[&str]) {
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
pub(crate) fn tool(repo: &Repo, line: &str) -> bool {
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
pub(crate) fn leak(seed: u64) -> String {
    format!("# settings\nA=1\nTOKEN={}\n", github_token(seed))
}

/// The places of all findings: path and line.
#[track_caller]
pub(crate) fn places(outcome: &Outcome) -> Vec<String> {
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
pub(crate) fn unread(outcome: &Outcome) -> Vec<String> {
    told(outcome, "unread")
}

#[track_caller]
pub(crate) fn told(outcome: &Outcome, list: &str) -> Vec<String> {
    let coverage = &outcome.json()["summary"]["coverage"];
    let rows = coverage[list].as_array().expect("a coverage has the list").iter();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    rows.map(|row| format!("{}: {}", text(&row["reason"]), text(&row["examples"][0]))).collect()
}

/// Scripts that make a container `a[1]` with the text `a[2]`, and the place of its secret.
const MADE: &[(&str, &str, &str)] = &[
    ("a.zip", "zipfile.ZipFile(a[1], 'w').writestr('b/c.env', a[2])", "a.zip!b/c.env:3"),
    (
        "a.jar",
        "zipfile.ZipFile(a[1], 'w', zipfile.ZIP_DEFLATED).writestr('b/c.env', a[2])",
        "a.jar!b/c.env:3",
    ),
    ("bz.zip", "zipfile.ZipFile(a[1], 'w', zipfile.ZIP_BZIP2).writestr('c.env', a[2])", "bz.zip!c.env:3"),
    ("lz.zip", "zipfile.ZipFile(a[1], 'w', zipfile.ZIP_LZMA).writestr('c.env', a[2])", "lz.zip!c.env:3"),
    ("a.log.gz", "gzip.open(a[1], 'wb').write(a[2].encode())", "a.log.gz!a.log:3"),
    ("nameless", "open(a[1], 'wb').write(gzip.compress(a[2].encode()))", "nameless!nameless:3"),
    (
        "twice.gz",
        "open(a[1], 'wb').write(gzip.compress(b'x\\n') + gzip.compress(a[2].encode()) + b'\\0' * 99)",
        "twice.gz!twice:4",
    ),
    (
        "garbage.gz",
        "open(a[1], 'wb').write(gzip.compress(b'x\\n') + b'garbage' + gzip.compress(a[2].encode()))",
        "garbage.gz!(behind its end)!(behind its end):3",
    ),
    (
        "small.zip",
        "zipfile.ZipFile(a[1], 'w').writestr('x', 'x'); open(a[1], 'ab').write(gzip.compress(a[2].encode()))",
        "small.zip!(behind its end)!(behind its end):3",
    ),
    (
        "small.tar",
        "t = tarfile.open(a[1], 'w'); t.addfile(tarfile.TarInfo('x'), io.BytesIO()); t.close(); \
         open(a[1], 'ab').write(gzip.compress(a[2].encode()))",
        "small.tar!(behind its end)!(behind its end):3",
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
        "last.tar",
        "b = io.BytesIO(); zipfile.ZipFile(b, 'w', 8).writestr('x', 'x'); g = gzip.compress(a[2].encode()); \
         t = tarfile.open(a[1], 'w'); i = tarfile.TarInfo('SQL{.gz'); i.size = len(g); t.addfile(i, io.BytesIO(g)); \
         i = tarfile.TarInfo('x.zip'); i.size = len(b.getvalue()); t.addfile(i, io.BytesIO(b.getvalue())); t.close()",
        "last.tar!SQL{.gz!SQL{:3",
    ),
    (
        "after.pdf",
        "b = io.BytesIO(); zipfile.ZipFile(b, 'w', 8).writestr('c.env', a[2]); s = zlib.compress(b'x'); \
         open(a[1], 'wb').write(b'%PDF-1.5\\n4 0 obj\\n<< /Filter /FlateDecode >>\\nstream\\n' + s + \
         b'\\nendstream\\n' + b.getvalue())",
        "after.pdf!c.env:3",
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
    (
        "rpmbuild -bb --quiet --define \"_topdir $PWD/r\" x.spec >/dev/null 2>&1 && \
         mv r/RPMS/noarch/x-1-1.noarch.rpm x.rpm && rm -rf r x.spec",
        "x.rpm!etc/c.env:3",
    ),
    ("dpkg-deb -Zzstd -b p a.deb >/dev/null", "a.deb!data.tar.zst!etc/c.env:3"),
];

#[test]
fn what_other_programs_make_is_opened() {
    for (seed, (line, place)) in (300..).zip(TOOLS) {
        let repo = Repo::new();
        let package =
            "Package: a\nVersion: 1\nArchitecture: all\nMaintainer: a <a@example.org>\nDescription: a\n";
        let spec = "Name: x\nVersion: 1\nRelease: 1\nSummary: x\nLicense: x\nBuildArch: noarch\n%description\nx\n\
                    %install\nmkdir -p %{buildroot}/etc\ncp %{_topdir}/../c.env %{buildroot}/etc/c.env\n%files\n/etc/c.env\n";
        repo.write("c.env", leak(seed)).write("list", "c.env\n").write("x.spec", spec);
        repo.write("p/etc/c.env", leak(seed)).write("p/DEBIAN/control", package);
        if tool(&repo, line) {
            repo.remove("c.env").remove("p/etc/c.env");
            let _it_may_be_gone = fs::remove_file(repo.path().join("x.spec"));
            let outcome = repo.run_json(&["scan"]).exits(1);
            assert_eq!(places(&outcome), [*place], "{line}");
            assert_eq!(unread(&outcome), Vec::<String>::new(), "{line}");
        }
    }
}

/// Programs that make a store of keys `a.p12` with the key in `key.pem`, and whether a password that everybody knows opens it.
const STORES: &[(&str, bool)] = &[
    ("openssl pkcs12 -export -inkey key.pem -in cert.pem -out a.p12 -passout pass:changeit", true),
    ("openssl pkcs12 -export -inkey key.pem -in cert.pem -out a.p12 -passout pass:", true),
    ("openssl pkcs12 -export -legacy -inkey key.pem -in cert.pem -out a.p12 -passout pass:password", true),
    (
        "openssl pkcs12 -export -keypbe PBE-SHA1-3DES -macalg sha512 -inkey key.pem -in cert.pem -out a.p12 -passout pass:android",
        true,
    ),
    (
        "openssl pkcs12 -export -keypbe AES-128-CBC -inkey key.pem -in cert.pem -out a.p12 -passout pass:keystore",
        true,
    ),
    ("openssl pkcs12 -export -inkey key.pem -in cert.pem -out a.p12 -passout pass:Vq83kd-LLx", false),
    (
        "keytool -genkeypair -alias a -keyalg EC -dname CN=a -keystore a.p12 -storetype PKCS12 -storepass changeit",
        true,
    ),
];

#[test]
fn a_store_that_opens_with_a_well_known_password_is_an_open_key() {
    let repo = Repo::plain();
    let key = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=a -keyout key.pem -out cert.pem";
    if !tool(&repo, key) {
        return;
    }
    for (line, is_open) in STORES {
        if !tool(&repo, line) {
            continue;
        }
        let outcome = repo.run_json(&["scan", "a.p12", "--min-confidence", "low"]).exits(1);
        let name = if *is_open { "key 1 (opens with a well-known password).pem" } else { "key 1.pem" };
        assert_eq!(places(&outcome), [format!("a.p12!{name}:1")], "{line}");
        let findings = outcome.findings();
        assert_eq!(findings[0]["confidence"] == "low", !is_open, "{line}: {}", findings[0]);
        repo.remove("a.p12");
    }
}

/// Makes a keytab with two keys, a KeePass database with a copy, and texts that begin like stores.
const STORES_OF_CREDENTIALS: &str = "\
c = lambda b: struct.pack('>H', len(b)) + b
e = lambda v: (lambda b: struct.pack('>i', len(b)) + b)(struct.pack('>H', 2) + c(b'EXAMPLE.ORG') + c(b'host') + c(b'www') + \
    struct.pack('>IIBH', 1, 1700000000, v, 18) + c(os.urandom(32)))
open('krb5.keytab', 'wb').write(b'\\5\\2' + e(1) + e(2))
d = bytes.fromhex('03d9a29a67fb4bb5') + struct.pack('<I', 0x40000) + os.urandom(300)
open('a.kdbx', 'wb').write(d)
os.mkdir('b'); open('b/copy', 'wb').write(d)
open('text', 'w').write('PWS3 and GnomeKeyring are the first letters of stores. ' * 9)
open('short', 'wb').write(d[:8])
";

#[test]
fn stores_of_credentials_are_found_once_as_what_they_are() {
    let repo = Repo::plain();
    python(&repo, STORES_OF_CREDENTIALS, &[]);
    let outcome = repo.run_json(&["scan"]).exits(1);
    let mut found = outcome.found();
    found.sort();
    let of =
        |rule: &str, paths: &[&str]| (rule.to_owned(), paths.iter().map(|path| (*path).to_owned()).collect());
    let key = of("kerberos-keytab-key", &["krb5.keytab!keytab"]);
    assert_eq!(found, [of("keepass-database", &["a.kdbx!store", "b/copy!store"]), key.clone(), key]);
    assert_eq!(unread(&outcome), Vec::<String>::new());
}

/// Scripts that make something `a[1]` of which not all can be read, with the text `a[2]` where it can; the reason and what
/// is named, and whether the secret is found.
const DAMAGED: &[(&str, &str, &str, bool)] = &[
    (
        "sum.tar",
        "g = gzip.compress(a[2].encode()); t = tarfile.open(a[1], 'w'); i = tarfile.TarInfo('a.gz'); i.size = len(g); \
         t.addfile(i, io.BytesIO(g)); t.close(); f = open(a[1], 'r+b'); f.seek(148); f.write(b'000000\\0 ')",
        "damaged or cut off: sum.tar",
        true,
    ),
    (
        "cut.tar.gz",
        "t = tarfile.open('t', 'w')\n\
         for n, d in [('b/c.env', a[2].encode()), ('b/noise', os.urandom(50000))]:\n\
         \x20   i = tarfile.TarInfo(n); i.size = len(d); t.addfile(i, io.BytesIO(d))\n\
         t.close(); b = gzip.compress(open('t', 'rb').read()); os.remove('t'); open(a[1], 'wb').write(b[:-9000])",
        "damaged or cut off: cut.tar.gz!b/noise",
        true,
    ),
    (
        "cut.zip",
        "b = io.BytesIO(); z = zipfile.ZipFile(b, 'w', zipfile.ZIP_DEFLATED); z.writestr('c.env', a[2]); \
         z.writestr('noise', os.urandom(50000)); z.close(); open(a[1], 'wb').write(b.getvalue()[:-9000])",
        "damaged or cut off: cut.zip!noise",
        true,
    ),
    (
        "encrypted.zip",
        "b = io.BytesIO(); z = zipfile.ZipFile(b, 'w'); z.writestr('c.env', a[2]); z.writestr('d', 'x' * 9); z.close(); \
         b = bytearray(b.getvalue()); p = b.rfind(b'PK\\1\\2'); b[p + 8] |= 1; open(a[1], 'wb').write(b)",
        "encrypted: encrypted.zip!d",
        true,
    ),
    (
        "method.zip",
        "b = io.BytesIO(); z = zipfile.ZipFile(b, 'w'); z.writestr('c.env', a[2]); z.writestr('d', 'x' * 9); z.close(); \
         b = bytearray(b.getvalue()); p = b.rfind(b'PK\\1\\2'); b[p + 10] = 98; open(a[1], 'wb').write(b)",
        "unsupported compression method: method.zip!d",
        true,
    ),
    (
        "sum.zip",
        "b = io.BytesIO(); z = zipfile.ZipFile(b, 'w'); z.writestr('c.env', a[2]); z.writestr('d', 'x' * 9); z.close(); \
         b = b.getvalue().replace(b'x' * 9, b'x' * 8 + b'y'); open(a[1], 'wb').write(b)",
        "damaged or cut off: sum.zip!d",
        true,
    ),
    (
        "place.zip",
        "b = io.BytesIO(); z = zipfile.ZipFile(b, 'w'); z.writestr('c.env', a[2]); z.writestr('d', 'x' * 9); z.close(); \
         b = bytearray(b.getvalue()); p = b.rfind(b'PK\\1\\2'); b[p + 42:p + 46] = b'\\xff\\xff\\xff\\x7f'; \
         open(a[1], 'wb').write(b)",
        "damaged or cut off: place.zip!d",
        true,
    ),
    (
        "deep.gz",
        "b = a[2].encode()\nfor _ in range(12): b = gzip.compress(b)\nopen(a[1], 'wb').write(b)",
        "nested too deep: deep.gz",
        false,
    ),
    (
        "bomb.xz",
        "open(a[1], 'wb').write(lzma.compress(a[2].encode() + bytes(40 << 20)))",
        "expands too much: bomb.xz!bomb",
        true,
    ),
    (
        "bombs.zip",
        "b = io.BytesIO(); z = zipfile.ZipFile(b, 'w', zipfile.ZIP_DEFLATED); z.writestr('c.env', a[2])\n\
         for i in range(12): z.writestr('%d' % i, bytes(5 << 20))\n\
         z.close(); open(a[1], 'wb').write(b.getvalue())",
        "expands too much: bombs.zip!9",
        true,
    ),
    (
        "size.tar",
        "t = tarfile.open(a[1], 'w')\n\
         for n, s in [('c.env', len(a[2])), ('d', 1 << 40)]:\n\
         \x20   i = tarfile.TarInfo(n); i.size = s; t.fileobj.write(i.tobuf()); t.fileobj.write(a[2].encode().ljust(512, b'\\0'))\n\
         t.fileobj.close()",
        "damaged or cut off: size.tar!d",
        true,
    ),
    (
        "window.xz",
        "f = [{'id': lzma.FILTER_LZMA2, 'dict_size': 1 << 29, 'preset': 0}]; \
         open(a[1], 'wb').write(lzma.compress(a[2].encode() + b'x\\n' * 9000, filters=f))",
        "needs too much memory to unpack: window.xz!window",
        false,
    ),
    (
        "encrypted.pdf",
        "open(a[1], 'wb').write(b'%PDF-1.5\\n%\\xe2\\xe3\\n1 0 obj\\n<< /Length 3 /Filter /FlateDecode >>\\nstream\\nabc\\n\
         endstream\\nendobj\\ntrailer << /Encrypt 2 0 R >>\\n')",
        "encrypted: encrypted.pdf",
        false,
    ),
];

#[test]
fn what_cannot_be_read_is_unread_with_its_path_and_the_rest_is_scanned() {
    for (seed, (name, script, reason, is_found)) in (400..).zip(DAMAGED) {
        let repo = Repo::new();
        repo.write("plain", "nothing\n");
        python(&repo, script, &[name, &leak(seed)]);
        let outcome = repo.run_json(&["scan"]).exits(if *is_found { 1 } else { 3 });
        assert_eq!(unread(&outcome), [*reason], "{name}");
        let coverage = &outcome.json()["summary"]["coverage"];
        assert_eq!((&coverage["in_scope"], &coverage["scanned"]), (&2.into(), &1.into()), "{name}");
        python(&repo, script, &[name, "nothing\n"]);
        let outcome = repo.run_json(&["scan"]).exits(3);
        assert_eq!(unread(&outcome), [*reason], "{name}");
        repo.stage();
        assert_eq!(unread(&repo.run_json(&["staged"]).exits(3)), [*reason], "{name}");
        repo.commit("one");
        let blob = repo.git(&["rev-parse", &format!("HEAD:{name}")]);
        let outcome = repo.run_json(&["history"]).exits(3);
        // In a history a compressed file is opened without its name.
        let told = unread(&outcome).concat();
        let (why, at) = reason.split_once(": ").expect("a reason and a place");
        let inner = at.split_once('!').map(|(_, inner)| inner).filter(|inner| !at.starts_with(inner));
        assert!(told.starts_with(&format!("{why}: {blob}")), "{told}");
        assert!(inner.is_none_or(|inner| told.ends_with(inner)), "{told} {inner:?}");
        assert!(same_with_and_without(&repo, &[]) > 0, "{name}: it is remembered");
        repo.commit("two");
        same_with_and_without(&repo, &[]);
    }
}

#[test]
fn a_directory_of_an_archive_that_is_stored_in_one_is_not_taken_for_its_own() {
    let script = r#"
import io, sys, zipfile
inner = io.BytesIO()
with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as z: z.writestr("a.txt", "nothing\n")
with zipfile.ZipFile("whole.zip", "w") as z:
    z.writestr("inner.jar", inner.getvalue())
    z.writestr("b.env", sys.argv[1])
whole = open("whole.zip", "rb").read()
for cut in (1, 22, 30, 80, 128): open(f"cut{cut}.zip", "wb").write(whole[:-cut])
open("after.zip", "wb").write(whole + b"\n# a signature\n")
"#;
    let repo = Repo::plain();
    python(&repo, script, &[&leak(3)]);
    for cut in ["cut1", "cut22", "cut30", "cut80", "cut128"] {
        let name = format!("{cut}.zip");
        let outcome = repo.run_json(&["scan", &name]).exits(1);
        assert_eq!(places(&outcome), [format!("{name}!b.env:3")], "{}", outcome.stdout);
        assert_eq!(unread(&outcome).len(), 1, "{}", outcome.stdout);
    }
    let outcome = repo.run_json(&["scan", "after.zip"]).exits(1);
    assert_eq!(places(&outcome), ["after.zip!b.env:3"]);
    assert_eq!(unread(&outcome), [] as [String; 0]);
}

#[test]
fn names_of_members_may_be_anything() {
    let repo = Repo::new();
    let script = "\
z = zipfile.ZipFile('a.zip', 'w')
for n in ['../../etc/passwd', '/abs', 'a\\\\b', 'esc\\x1b[31m\\nx', '\\u202egnp', 'x' * 6000, '!', 'a!b', '']:
    z.writestr(zipfile.ZipInfo(n), a[1])
z.close()
b = open('a.zip', 'rb').read().replace(b'/abs', b'/\\xff\\x00s')
open('a.zip', 'wb').write(b)";
    python(&repo, script, &[&leak(450)]);
    for format in crate::harness::formats() {
        let outcome = repo.run(&["scan", "--format", format]).exits(1);
        assert!(!outcome.stdout.contains('\x1b'), "{format}");
        assert!(!outcome.says(&github_token(450)), "{format}");
    }
    let found = places(&repo.run_json(&["scan"]).exits(1));
    assert_eq!(found.len(), 9, "{found:?}");
    assert!(found.contains(&"a.zip!../../etc/passwd:3".to_owned()), "{found:?}");
    assert!(found.iter().any(|place| place.starts_with("a.zip!a/b")), "{found:?}");
}

#[test]
fn a_secret_in_a_members_name_is_found_once() {
    let repo = Repo::new();
    let token = github_token(451);
    let name = format!("b/{token}/c");
    python(
        &repo,
        "t = zipfile.ZipFile('a.zip', 'w', 8); t.writestr(a[1] + '1', 'x'); t.writestr(a[1] + '2', 'x')",
        &[&name],
    );
    python(
        &repo,
        "open('a.zip.gz', 'wb').write(gzip.compress(open('a.zip', 'rb').read())); os.remove('a.zip')",
        &[],
    );
    let outcome = repo.run_json(&["scan"]).exits(1);
    let occurrences = outcome.findings()[0]["occurrences"].as_array().expect("a list").clone();
    let kinds: Vec<_> = occurrences.iter().map(|one| one["kind"].as_str().unwrap_or_default()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "path").count(), 1, "{occurrences:?}");
    assert!(!outcome.says(&token[8..]), "{}", outcome.stdout);
    repo.commit("one");
    let outcome = repo.run_json(&["history"]).exits(1);
    assert_eq!(outcome.findings().len(), 1);
}

#[test]
fn a_member_is_judged_and_left_out_by_its_own_path() {
    let repo = Repo::new();
    let made = "password = 'q7Zk2Lw9Xb4Tn6Vc'\n";
    let zip = "z = zipfile.ZipFile('a.zip', 'w', 8)\nfor n in a[2:]: z.writestr(n, a[1])\nz.close()";
    python(&repo, zip, &[made, "tests/test_a.py"]);
    repo.write("plain", "nothing\n");
    repo.run(&["scan"]).exits(0);
    repo.run(&["scan", "--fail-in-tests"]).exits(1);
    python(&repo, zip, &[made, "src/a.py"]);
    repo.run(&["scan"]).exits(1);
    // An allow comment beside it.
    python(&repo, zip, &[&made.replace('\n', "  # keydredge:allow made up\n"), "src/a.py"]);
    repo.run(&["scan"]).exits(0);
    // Patterns see the path inside, a container is a folder to them.
    for (pattern, code) in [
        ("src/", 0),
        ("a.py", 0),
        ("a.zip!src/", 0),
        ("a.zip/src/a.py", 0),
        ("*.py", 0),
        ("b/", 1),
        ("/src/", 1),
    ] {
        python(&repo, zip, &[made, "src/a.py", "c/notes.txt"]);
        repo.write("keydredge.toml", format!("exclude = [\"{pattern}\", \"notes.txt\"]\n"));
        let outcome = repo.run_json(&["scan"]).exits(code);
        let count = if code == 0 { 2 } else { 1 };
        let excluded = &outcome.json()["summary"]["coverage"]["excluded"][0];
        assert_eq!(
            (&excluded["reason"], &excluded["count"]),
            (&"excluded by configuration".into(), &count.into())
        );
    }
    repo.remove("keydredge.toml");
    // A baseline and an ignore entry cover what is inside like any other secret.
    repo.run(&["baseline", "write"]).exits(0);
    repo.run(&["scan"]).exits(0);
}

#[test]
fn a_switch_leaves_them_closed_and_a_depth_limits_them() {
    let repo = Repo::new();
    repo.write("plain", "nothing\n");
    let script = "b = io.BytesIO(); zipfile.ZipFile(b, 'w', 8).writestr('d.env', a[1]); \
                  zipfile.ZipFile('a.zip', 'w', 8).writestr('b.zip', b.getvalue())";
    python(&repo, script, &[&leak(460)]);
    let outcome = repo.run_json(&["scan", "--no-archives"]).exits(0);
    assert_eq!(told(&outcome, "excluded"), ["compressed: a.zip"]);
    repo.run(&["scan", "--no-archives", "--strict"]).exits(3);
    let outcome = repo.run_json(&["scan", "--max-archive-depth", "1"]).exits(3);
    assert_eq!(unread(&outcome), ["nested too deep: a.zip!b.zip"]);
    repo.run(&["scan", "--max-archive-depth", "2"]).exits(1);
    repo.run(&["scan", "--max-archive-depth", "0"]).exits(2);
    repo.run(&["scan", "--max-archive-depth", "2", "--no-archives"]).exits(2);
    repo.commit("one");
    // What was kept by a run with other limits is not believed.
    repo.run(&["history", "--no-archives"]).exits(0);
    repo.run(&["history"]).exits(1);
    repo.run(&["history", "--max-archive-depth", "1"]).exits(3);
    repo.run(&["history", "--no-archives"]).exits(0);
    for (name, lines) in
        [("no-archives = true\n", 0), ("max-archive-depth = 1\n", 3), ("max-archive-depth = 2\n", 1)]
    {
        repo.write("keydredge.toml", name);
        repo.run(&["scan"]).exits(lines);
    }
}

#[test]
fn a_container_of_a_kind_that_is_not_opened_is_named_inside_another() {
    let repo = Repo::new();
    repo.write("plain", "nothing\n");
    python(
        &repo,
        "zipfile.ZipFile('a.zip', 'w', 8).writestr('b.lz4', b'\\x04\\x22\\x4d\\x18' + bytes(60))",
        &[],
    );
    assert_eq!(told(&repo.run_json(&["scan"]).exits(0), "excluded"), ["compressed: a.zip!b.lz4"]);
    repo.run(&["scan", "--strict"]).exits(3);
    repo.run(&["scan", "a.zip"]).exits(3);
    repo.commit("one");
    let blob = repo.git(&["rev-parse", "HEAD:a.zip"]);
    let outcome = repo.run_json(&["history"]).exits(0);
    assert_eq!(told(&outcome, "excluded"), [format!("compressed: {blob}!b.lz4")]);
    same_with_and_without(&repo, &[]);
}

#[test]
fn in_a_change_only_what_is_new_inside_is_reported() {
    let repo = Repo::new();
    let zip = "z = zipfile.ZipFile(a[1], 'w', 8)\nfor n in range(2, len(a)): z.writestr('%d.env' % n, a[n])\nz.close()";
    python(&repo, zip, &["a.zip", &leak(470)]);
    let base = repo.commit("one");
    repo.remove("a.zip");
    python(&repo, zip, &["b.zip", "more\n", &leak(470), &leak(471)]);
    repo.stage();
    assert_eq!(places(&repo.run_json(&["staged"]).exits(1)), ["b.zip!4.env:3"]);
    repo.commit("two");
    assert_eq!(places(&repo.run_json(&["diff", &base]).exits(1)), ["b.zip!4.env:3"]);
    python(&repo, zip, &["b.zip", "clean\n"]);
    let gone = repo.commit("three");
    let outcome = repo.run_json(&["diff", &base]).exits(1);
    assert_eq!(places(&outcome), ["b.zip!4.env:3"], "it was published on the way");
    assert_eq!(outcome.findings()[0]["occurrences"][0]["removed_in"], gone.as_str());
    repo.run(&["diff", "--net", &base]).exits(0);
    let outcome = repo.run_json(&["history"]).exits(1);
    assert_eq!(places(&outcome), ["a.zip!2.env:3", "b.zip!3.env:3", "b.zip!4.env:3"]);
    assert_eq!(repo.run_json(&["history", "--since", &base]).exits(1).findings().len(), 1);
    for packed in [false, true] {
        if packed {
            repo.git(&["repack", "-qad"]);
        }
        same_with_and_without(&repo, &[]);
        same_with_and_without(&repo, &["--skip", "npm-access-token"]);
    }
}

#[test]
fn a_private_key_in_der_is_found_in_files_and_in_history() {
    let repo = Repo::new();
    let pem = fake("{pem:ed25519}", 5);
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = data_encoding::BASE64.decode(body.as_bytes()).expect("a PEM has base64");
    repo.write("certs/server.der", &der);
    repo.commit("Add a key");
    for command in ["scan", "history"] {
        let outcome = repo.run(&[command, ".", "-f", "json"]);
        assert_eq!(outcome.code, 1, "{}", outcome.stderr);
        assert_eq!(places(&outcome), ["certs/server.der!key.pem:1"], "{command}");
        assert_eq!(unread(&outcome), <[String; 0]>::default(), "{command}");
    }
    repo.write("certs/server.der", &der[..der.len() - 1]);
    let outcome = repo.run(&["scan", ".", "-f", "json"]);
    assert_eq!(
        (outcome.code, unread(&outcome)),
        (3, vec!["damaged or cut off: certs/server.der".to_owned()])
    );
}

#[test]
fn members_of_one_name_are_two_and_a_comment_in_one_covers_nothing_in_the_other() {
    let repo = Repo::plain();
    let token = github_token(1);
    let (allowed, other) =
        (format!("t={token} # keydredge:allow\n"), format!("t={token} # nothing to see\n"));
    for (first, second, code) in [(&allowed, &other, 1), (&other, &allowed, 1), (&allowed, &allowed, 0)] {
        repo.write("a.tar", tar(&[("x", File(first)), ("x", File(second))]));
        repo.run(&["scan"]).exits(code);
    }
}

#[test]
fn a_notebook_that_is_no_json_is_read_as_text() {
    let token = github_token(1);
    let (first, last) = token.split_at(15);
    let cell = |lines: &str| format!("{{\n \"cell_type\": \"code\",\n \"source\": [{lines}]\n }}");
    let notebook = |cell: &str| {
        format!(
            "{{\n \"cells\": [\n {cell}\n ],\n \"metadata\": {{}},\n \"nbformat\": 4,\n \"nbformat_minor\": 5\n}}\n"
        )
    };
    let split = format!("\"t = '{first}\",\n  \"{last}'\\n\"");
    let whole = notebook(&cell(&split));
    let deep = "[".repeat(200);
    let broken = [
        ("in conflict", whole.replace(" \"source\"", "<<<<<<< HEAD\n \"source\"")),
        ("cut off", whole[..whole.len() - 60].to_owned()),
        ("Python's numbers", whole.replace("\"metadata\": {}", "\"metadata\": {\"a\": NaN}")),
        ("deep", whole.replace("{},", &format!("{{\"a\": {deep}{}}},", "]".repeat(200)))),
    ];
    let repo = Repo::plain();
    for (what, text) in broken {
        repo.write("a.ipynb", &text);
        let found = repo.run_json(&["scan"]).exits(1).found();
        assert_eq!(found[0].1, ["a.ipynb!texts"], "{what}");
        repo.write("a.ipynb", text.replace(first, "x"));
        repo.run(&["scan"]).exits(0);
    }
}
