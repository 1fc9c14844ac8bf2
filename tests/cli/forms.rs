//! Forms of files in which a value is apart from its name, or has another one before it.

use crate::containers::python;
use crate::harness::{Repo, fake};

/// A value that nobody chose.
fn drawn(len: usize, seed: u64) -> String {
    fake(&format!("{{alnum:{len}}}"), seed)
}

/// The lines of the findings in a file with this name and text, where § is replaced by other values.
#[track_caller]
fn lines(name: &str, text: &str) -> Vec<u64> {
    let repo = Repo::new();
    let mut filled = String::new();
    for (seed, part) in (1..).zip(text.split('§')) {
        filled.push_str(part);
        filled.push_str(&drawn(24, seed));
    }
    filled.truncate(filled.len() - 24);
    repo.write(name, filled);
    let findings = repo.run_json(&["scan"]).findings();
    let mut lines: Vec<u64> = findings
        .iter()
        .flat_map(|finding| finding["occurrences"].as_array().expect("it is a list"))
        .map(|one| one["line"].as_u64().expect("it is a number"))
        .collect();
    lines.sort_unstable();
    lines
}

#[test]
fn the_default_in_a_template_of_ruby_is_read_where_a_value_is() {
    for text in [
        "password: <%= ENV[\"X\"] || \"§\" %>\n",
        "password: <%= ENV['X'] || '§' %>\n",
        "password: <%= ENV['X'].presence || '§' %>\n",
        "password: <%= ENV.fetch(\"X\", \"§\") %>\n",
        "password: <%= ENV.fetch('X') { '§' } %>\n",
        "  secret_key_base: <%=ENV['X'] or '§'%>\n",
    ] {
        assert_eq!(lines("config/database.yml", text), [1], "{text}");
    }
    for text in [
        "password: <%= ENV['X'] || ENV['Y'] %>\n",
        "password: <%= ENV.fetch('X') %>\n",
        "password: <%= ENV.fetch('X', '') %>\n",
        "password: <%= ENV['X'] || 'none' %>\n",
        "password: <%= lookup('§') %>\n",
    ] {
        assert_eq!(lines("config/database.yml", text), [0_u64; 0], "{text}");
    }
}

#[test]
fn what_a_shell_reads_from_a_document_is_the_variables_value() {
    assert_eq!(lines("a.sh", "read -r PASSWORD <<EOF\n§\nEOF\n"), [2]);
    assert_eq!(lines("a.sh", "#!/bin/sh\nIFS= read -r DB_PASSWORD <<'END'\n§\nEND\n"), [3]);
    assert_eq!(lines("a.sh", "read -r PASSWORD <<EOF\n$DB_PASSWORD\nEOF\n"), [0_u64; 0]);
    assert_eq!(lines("a.sh", "cat $PASSWORD <<EOF\n§\nEOF\n"), [0_u64; 0]);
}

#[test]
fn a_column_of_secrets_is_read_in_tables_and_statements_without_one_of_logins() {
    for (name, text, expected) in [
        ("users.csv", "id,name,password\n1,Ann,§\n2,Bob,§\n", &[2, 3][..]),
        ("users.csv", "name,password\nAnn,§\nBob,§\n", &[2, 3]),
        ("users.csv", "Name,ApiKey\nAnn,§\nBob,§\n", &[2, 3]),
        ("users.tsv", "id\tname\tapi_key\n1\tAnn\t§\n", &[2]),
        ("users.csv", "\"id\",\"name\",\"secret\"\n\"1\",\"Ann\",\"§\"\n", &[2]),
        (
            "dump.sql",
            "INSERT INTO users (id, name, password) VALUES (1, 'Ann', '§'),\n(2, 'Bob', '§');\n",
            &[1, 2],
        ),
        ("dump.sql", "COPY users (id, name, token) FROM stdin;\n1\tAnn\t§\n\\.\n", &[2]),
    ] {
        assert_eq!(lines(name, text), expected, "{text}");
    }
    for text in [
        "id,name,password_reset_at\n1,Ann,2026-01-02 03:04\n",
        "id,token_count,has_password\n1,22,true\n2,33,false\n",
        "id,token,lemma\n1,running,run\n2,better,good\n",
        "epoch,secret,loss\n1,0.555321,0.1\n2,0.4,0.2\n",
        "name,token\nVersion2Beta,Release10\nOther,Thing\n",
    ] {
        assert_eq!(lines("users.csv", text), [0_u64; 0], "{text}");
    }
}

#[test]
fn a_column_of_a_database_is_read_without_one_of_logins() {
    let repo = Repo::new();
    let script = "import sqlite3\n\
                  c = sqlite3.connect('users.db'); c.execute('create table users (id int, name text, password text, token_count int)')\n\
                  c.executemany('insert into users values (?, ?, ?, ?)', [(1, 'Ann', a[1], 5), (2, 'Bob', a[2], 6)]); c.commit(); c.close()";
    python(&repo, script, &[&drawn(24, 1), &drawn(24, 2)]);
    assert_eq!(repo.run_json(&["scan"]).exits(1).found().len(), 2);
}

#[test]
fn files_that_keep_secrets_in_a_form_of_their_own_are_read() {
    let repo = Repo::new();
    let base64 = |len: usize, seed| fake(&format!("{{base64:{len}}}"), seed);
    repo.write("server.xml", format!("<user name=\"ada\" password=\"{{xor}}{}\"/>\n", base64(16, 1)))
        .write(
            "user-data",
            format!("#cloud-config\nchpasswd:\n  list: |\n    root:{}\n  expire: False\n", drawn(14, 2)),
        )
        .write(
            "home/.subversion/auth/svn.simple/0123456789abcdef",
            format!("K 8\npasstype\nV 6\nsimple\nK 8\npassword\nV 14\n{}\nEND\n", drawn(14, 3)),
        )
        .write("home/.cvspass", format!("/1 :pserver:ada@cvs.corp.com:2401/repo A{}\n", drawn(9, 4)))
        .write(
            "definitions.json",
            format!(
                "{{\"users\":[{{\"name\":\"ada\",\"password_hash\":\"{}\",\"hashing_algorithm\":\
                 \"rabbit_password_hashing_sha256\"}}]}}\n",
                base64(48, 5)
            ),
        );
    for seed in 0..12 {
        let encrypted = base64(42, 20 + seed);
        repo.write(
            &format!("jobs/{seed}/credentials.xml"),
            format!("<a>\n  <password>{{AQAAABAAAAAQ{encrypted}}}</password>\n</a>\n"),
        );
    }
    let mut found = repo.run_json(&["scan", "--min-confidence", "low"]).exits(1).found();
    found.sort();
    // Of what Jenkins has encrypted each is found, whatever characters are in it.
    let (jenkins, others): (Vec<_>, Vec<_>) =
        found.iter().map(|(rule, _)| &rule[..]).partition(|rule| *rule == "jenkins-encrypted-secret");
    assert_eq!(jenkins.len(), 12, "{found:?}");
    let expected = [
        "cvspass-password",
        "generic-password",
        "rabbitmq-password-hash",
        "subversion-stored-password",
        "websphere-xor-password",
    ];
    assert_eq!(others, expected);
}
