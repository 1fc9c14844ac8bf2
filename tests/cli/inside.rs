//! What is inside files that are no archives, but have compressed parts: captures, disk images, old office documents, values
//! in databases; and what is named because it is not opened.

use crate::containers::{leak, places, python, told, tool, unread};
use crate::harness::Repo;

/// A compound file of the streams `s`, as a Python function, and the method by which macros are compressed.
const COMPOUND: &str = "\
def compound(s):
    s = {n: d.ljust(4096, b'\\0').ljust(-(-len(d) // 512) * 512, b'\\0') for n, d in s.items()}
    fat, data = [0xfffffffd, 0xfffffffe], b''
    def entry(n, kind, first, size, child=0xffffffff):
        u = (n + '\\0').encode('utf-16le')
        return u.ljust(64, b'\\0') + struct.pack('<HBBIII', len(u), kind, 1, 0xffffffff, 0xffffffff, child) + bytes(36) \\
            + struct.pack('<IQ', first, size)
    folder = entry('Root Entry', 5, 0xfffffffe, 0, 1)
    for n, d in s.items():
        folder += entry(n, 2, len(fat), len(d))
        fat += list(range(len(fat) + 1, len(fat) + len(d) // 512)) + [0xfffffffe]
        data += d
    head = b'\\xd0\\xcf\\x11\\xe0\\xa1\\xb1\\x1a\\xe1' + bytes(16) + struct.pack('<HHHHH', 0x3e, 3, 0xfffe, 9, 6) + bytes(10) \\
        + struct.pack('<IIIIIIII', 1, 1, 0, 4096, 0xfffffffe, 0, 0xfffffffe, 0) + struct.pack('<I', 0) + b'\\xff' * 432
    fat += [0xffffffff] * (128 - len(fat))
    return head + struct.pack('<128I', *fat) + folder.ljust(512, b'\\0') + data
def macros(t):
    t = b''.join(b'\\0' + t[i:i + 8] for i in range(0, len(t), 8))
    return b'some code\\x01' + struct.pack('<H', 0xb000 | len(t) - 1) + t
";

/// Scripts that make a file `a[1]` with the text `a[2]`, and the place of its secret.
const OPENED: &[(&str, &str, &str)] = &[
    (
        "web.pcap",
        "z = bytes(54) + b'HTTP/1.1 200 OK\\r\\nContent-Encoding: gzip\\r\\n\\r\\n' + gzip.compress(a[2].encode()); \
         open(a[1], 'wb').write(struct.pack('<IHHiIII4I', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1, 0, 0, len(z), len(z)) + z)",
        "web.pcap!stream 1:3",
    ),
    (
        "a.warc",
        "z = gzip.compress(b'y\\n' * 99); w = gzip.compress(a[2].encode()); \
         open(a[1], 'wb').write(b'WARC/1.0\\r\\n\\r\\nHTTP/1.1 200 OK\\r\\n\\r\\n' + z + b'\\r\\n\\r\\nWARC/1.0\\r\\n' + w)",
        "a.warc!stream 2:3",
    ),
    (
        "a.ser",
        "z = zlib.compress(a[2].encode()); \
         open(a[1], 'wb').write(b'\\xac\\xed\\0\\5ur\\0\\2[B\\xac\\xf3\\x17\\xf8\\6\\x08T\\xe0\\2\\0\\0xp' + struct.pack('>I', len(z)) + z)",
        "a.ser!stream 1:3",
    ),
    (
        "disk.img",
        "z = gzip.compress(a[2].encode()); b = bytearray(2 << 20); b[0x438:0x440] = b'\\x53\\xef\\1\\0\\1\\0\\0\\0'; \
         b[0x1ff000:0x1ff000 + len(z)] = z; open(a[1], 'wb').write(b)",
        "disk.img!stream 1:3",
    ),
    (
        "phone.ab",
        "t = io.BytesIO(); f = tarfile.open(fileobj=t, mode='w'); i = tarfile.TarInfo('apps/x/sp/c.xml'); \
         i.size = len(a[2]); f.addfile(i, io.BytesIO(a[2].encode())); f.close(); \
         open(a[1], 'wb').write(b'ANDROID BACKUP\\n5\\n1\\nnone\\n' + zlib.compress(t.getvalue()))",
        "phone.ab!apps/x/sp/c.xml:3",
    ),
    (
        "values.db",
        "import sqlite3\n\
         c = sqlite3.connect(a[1]); c.execute('create table t (a text, b blob)'); \
         c.executemany('insert into t values (?, ?)', [('x', b'y'), ('z', gzip.compress(a[2].encode()))]); c.commit(); c.close()",
        "values.db!value 1!value 1:3",
    ),
    (
        "old.xls",
        "open(a[1], 'wb').write(compound({'Workbook': b'\\x09\\x08\\4\\0' + bytes(4), \
         'Module1': macros(b'Attribute VB_Name = \"Module1\"\\r\\n' + a[2].encode())}))",
        "old.xls!Module1.bas:4",
    ),
    (
        "new.xlsm",
        "zipfile.ZipFile(a[1], 'w', 8).writestr('xl/vbaProject.bin', \
         compound({'M': macros(b'Attribute VB_Name = \"M\"\\r\\n' + a[2].encode())}))",
        "new.xlsm!xl/vbaProject.bin!M.bas:4",
    ),
    (
        "old.doc",
        "w = a[2].replace('\\n', '\\r').encode('utf-16le'); \
         open(a[1], 'wb').write(compound({'x': b'x', 'WordDocument': bytes(1536) + w}))",
        "old.doc!WordDocument!text:2",
    ),
    (
        "notes.tar.gz",
        "f = tarfile.open(a[1], 'w:gz', format=tarfile.PAX_FORMAT); i = tarfile.TarInfo('b'); \
         i.pax_headers = {'SCHILY.xattr.user.note': a[2]}; f.addfile(i); f.close()",
        "notes.tar.gz!b!headers:3",
    ),
];

#[test]
fn a_secret_in_a_compressed_part_is_found_with_its_place() {
    for (seed, (name, script, place)) in (700..).zip(OPENED) {
        let repo = Repo::new();
        repo.write("plain", "nothing\n");
        python(&repo, &format!("{COMPOUND}{script}"), &[name, &leak(seed)]);
        let outcome = repo.run_json(&["scan"]).exits(1);
        let found = places(&outcome);
        assert!(found.iter().any(|one| one == place), "{found:?} is not {place}");
        assert_eq!(outcome.json()["summary"]["coverage"]["scanned"], 2, "{name}");
        repo.commit("one");
        assert_eq!(places(&repo.run_json(&["history", "--no-cache"]).exits(1)), found, "history");
    }
}

#[test]
fn the_name_of_a_column_says_what_its_values_are() {
    let repo = Repo::new();
    let script = "import sqlite3\n\
                  c = sqlite3.connect('a.db'); c.execute('create table other (note text)'); \
                  c.execute('create table \"accounts\" (id integer primary key, name text, -- who\\n[db password] text)')\n\
                  c.execute('insert into other values (?)', (a[1],))\n\
                  c.executemany('insert into accounts (name, [db password]) values (?, ?)', \
                  [('user %d' % i, 'x') for i in range(9000)] + [('admin', a[1])]); c.commit(); c.close()";
    let password = crate::harness::fake("{base62:6}!{base62:6}#7", 3);
    python(&repo, script, &[&password]);
    let outcome = repo.run_json(&["scan"]).exits(1);
    let finding = &outcome.findings()[0];
    assert_eq!((outcome.findings().len(), &finding["identifier"]), (1, &"db_password".into()), "{finding}");
    assert_eq!(finding["occurrences"][0]["path"], "a.db!rows");
    // Without a name that says so it is a word like any other.
    python(
        &repo,
        "import os, sqlite3\nos.remove('a.db')\nc = sqlite3.connect('a.db'); \
                   c.execute('create table t (a text)'); c.execute('insert into t values (?)', (a[1],)); c.commit()",
        &[&password],
    );
    repo.run(&["scan"]).exits(0);
}

/// Lines of a shell that make a file of `c.env` that is compressed and not opened, if the program is installed.
const NAMED: &[(&str, &str)] = &[
    ("mkfs.jffs2 -r d -o a.jffs2 -e 64KiB", "a.jffs2"),
    ("mkfs.erofs -zlz4hc a.erofs d >/dev/null 2>&1", "a.erofs"),
    ("qemu-img convert -c -f raw -O qcow2 d/c.env a.qcow2", "a.qcow2"),
    ("qemu-img convert -f raw -O vmdk -o subformat=streamOptimized d/c.env a.vmdk", "a.vmdk"),
    ("python3 -c \"open('a.jsonlz4', 'wb').write(b'mozLz40\\0' + bytes(60))\"", "a.jsonlz4"),
    ("python3 -c \"open('a.ldb', 'wb').write(bytes(99) + bytes.fromhex('57fb808b247547db'))\"", "a.ldb"),
    (
        "python3 -c \"open('a.arrow', 'wb').write(b'ARROW1\\0\\0' + bytes(64) + bytes.fromhex('28b52ffd') + bytes(60))\"",
        "a.arrow",
    ),
    ("python3 -c \"open('luks.img', 'wb').write(b'LUKS\\xba\\xbe\\0\\2' + bytes(600))\"", "luks.img"),
];

#[test]
fn what_is_compressed_and_not_opened_is_named() {
    for (seed, (line, name)) in (750..).zip(NAMED) {
        let repo = Repo::new();
        repo.write("plain", "nothing\n").write("d/c.env", leak(seed).repeat(300));
        if !tool(&repo, line) {
            continue;
        }
        repo.remove("d/c.env");
        // What such a method leaves as it is may be found, too.
        let outcome = repo.run_json(&["scan"]);
        assert_eq!(told(&outcome, "excluded"), [format!("compressed: {name}")], "{line}");
    }
}

#[test]
fn an_encrypted_document_is_unread() {
    let repo = Repo::new();
    repo.write("plain", "nothing\n");
    for (name, streams, place) in [
        ("a.docx", "{'EncryptionInfo': b'x', 'EncryptedPackage': b'y' * 5000}", "a.docx!EncryptedPackage"),
        ("a.doc", "{'WordDocument': bytes(11) + b'\\1' + bytes(600)}", "a.doc!WordDocument"),
        ("a.xls", "{'Workbook': b'\\x09\\x08\\4\\0' + bytes(4) + b'\\x2f\\0\\2\\0\\0\\0'}", "a.xls!Workbook"),
        ("a.ppt", "{'Current User': bytes(12) + b'\\xdf\\xc4\\xd1\\xf3'}", "a.ppt!Current User"),
    ] {
        python(&repo, &format!("{COMPOUND}open(a[1], 'wb').write(compound({streams}))"), &[name]);
        assert_eq!(unread(&repo.run_json(&["scan"]).exits(3)), [format!("encrypted: {place}")]);
        repo.remove(name);
    }
    python(
        &repo,
        &format!("{COMPOUND}open('b.doc', 'wb').write(compound({{'WordDocument': b'x' * 9000}})[:6000])"),
        &[],
    );
    assert_eq!(unread(&repo.run_json(&["scan"]).exits(3)), ["damaged or cut off: b.doc"]);
}
