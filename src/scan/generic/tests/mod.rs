//! Tables of what is a secret and what is not, form by form and family by family.
//!
//! Random values are drawn at run time: no text here looks like a token.

mod apart;
mod compared;
mod drawn;
mod everyday;
mod handed;
mod made;
mod positions;
mod records;
mod silence;

use super::*;
use crate::model::{Confidence, Decoding, Worth};

/// The keywords of the rules that are tested here, from the catalogue.
fn keywords() -> Vec<(String, Reader)> {
    let files =
        [include_str!("../../../../rules/generic.toml"), include_str!("../../../../rules/commands.toml")];
    let mut all = Vec::new();
    for text in files {
        let table: toml::Table = text.parse().expect("the catalogue's file is TOML");
        for rule in table["rules"].as_array().expect("the file has rules") {
            let parser = rule["parser"].as_str().expect("the rules of these files have a parser");
            let structure = Structure::NAMES.iter().find(|(name, _)| *name == parser);
            let reader = structure.map_or(Reader::Name, |(_, structure)| Reader::of(*structure));
            let words = rule["keywords"].as_array().expect("a rule has keywords");
            all.extend(
                words.iter().map(|word| (word.as_str().expect("keywords are strings").to_owned(), reader)),
            );
        }
    }
    all
}

/// The assignments at an anchor.
fn parsed(text: &[u8], word: Span, reader: Reader) -> Vec<Assignment> {
    let mut found = Vec::new();
    parse(text, word, reader, &mut |assigned| found.extend(assigned));
    found
}

/// Every assignment of a text, anchor by anchor; one value under several anchors once.
fn all(text: &[u8]) -> Vec<Assignment> {
    let lower = text.to_ascii_lowercase();
    let mut found: Vec<Assignment> = Vec::new();
    for (keyword, reader) in keywords() {
        let keyword = keyword.to_ascii_lowercase();
        for start in memchr::memmem::find_iter(&lower, keyword.as_bytes()) {
            let word = Span::new(start, start + keyword.len());
            if quick(text, word, reader).is_ok() {
                for assignment in parsed(text, word, reader) {
                    if found.iter().all(|known| known.value != assignment.value) {
                        found.push(assignment);
                    }
                }
            }
        }
    }
    found
}

/// The secrets of a text with at least this confidence.
fn secrets(text: &str, least: Confidence) -> Vec<String> {
    all(text.as_bytes())
        .into_iter()
        .filter(|found| found.score >= least.floor() && found.worth != Worth::Guessable)
        .map(|found| String::from_utf8(found.secret).expect("the texts are UTF-8"))
        .collect()
}

/// A value of `len` characters of `alphabet`, drawn from a seed.
fn drawn(len: usize, alphabet: &[u8], seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(alphabet[((state >> 32) % alphabet.len() as u64) as usize])
        })
        .collect()
}

const READERS: [Reader; 5] =
    [Reader::Name, Reader::Command, Reader::Login, Reader::Directive, Reader::Manifest];

/// Asserts that nothing is reported of any of the texts.
#[track_caller]
fn silent(texts: &[&str]) {
    let noisy: Vec<(&&str, Vec<String>)> = texts
        .iter()
        .map(|text| (text, secrets(text, Confidence::Medium)))
        .filter(|(_, found)| !found.is_empty())
        .collect();
    assert!(noisy.is_empty(), "{noisy:#?}");
}

const ALNUM: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

#[test]
fn every_form_of_assignment_yields_its_value() {
    for form in [
        "password = \"@\"",
        "password: '@',",
        "password := \"@\"",
        "'password' => '@',",
        "\"password\": \"@\"",
        "password == \"@\"",
        "if (password != \"@\") {",
        "db.setPassword(\"@\");",
        "dict[\"password\"] = \"@\"",
        "props.put(\"password\", \"@\");",
        "  password: @",
        "DB_PASSWORD=@",
        "export DB_PASSWORD=@",
        "set DB_PASSWORD=@\r\n",
        "mysql --password @ db",
        "mysql --password=@ db",
        "<password>@</password>",
        "<password><![CDATA[@]]></password>",
        "<server password=\"@\"/>",
        "<add key=\"Password\" value=\"@\" />",
        "<property name=\"password\" value=\"@\"/>",
        "<string name=\"password\">@</string>",
        "<name>password</name>\n  <value>@</value>",
        "- name: DB_PASSWORD\n  value: \"@\"",
        "{\"name\": \"DB_PASSWORD\", \"value\": \"@\"}",
        "<key>password</key>\n<string>@</string>",
        "\"{\\\"password\\\": \\\"@\\\"}\"",
        "\"body\": \"user=a&password=@&b=c\"",
        "\"Server=db;User=sa;Password=@;Timeout=3\"",
        "attr=\"{&quot;password&quot;: &quot;@&quot;}\"",
        "ALTER USER app IDENTIFIED BY '@';",
        "CREATE ROLE app WITH PASSWORD '@';",
        "#define PASSWORD \"@\"",
        "ENV DB_PASSWORD @",
        "openssl req -passin pass:@ -new",
        "RUN DB_PASSWORD=@ make",
        "requirepass @",
        "const char password[] = \"@\";",
        "var password string = \"@\"",
        "password: String = \"@\"",
        "let password: &str = \"@\";",
        "password = []byte(\"@\")",
        "password = new StringValue(\"@\");",
        "password = String.valueOf(\"@\")",
        "password = b\"@\"",
        "password = r'@'",
        "password = os.getenv(\"DB_PASSWORD\", \"@\")",
        "password = process.env.DB_PASSWORD || '@'",
        "password = ENV['DB_PASSWORD'] || '@'",
        "password: ${DB_PASSWORD:-@}",
        "password: ${db.password:@}",
        "password: \"{{ env_var('DB_PASSWORD', '@') }}\"",
        "password: ${{ secrets.X || '@' }}",
        "password =\n    \"@\"",
        "password: |\n  @\n",
        "postgres://app:@@db.internal/app",
    ] {
        let value = drawn(20, ALNUM, 7);
        assert_eq!(secrets(&form.replacen('@', &value, 1), Confidence::Medium), [value], "{form}");
    }
}

#[test]
fn passwords_that_people_choose_are_medium_and_never_high() {
    for value in [
        "Sommer2019!",
        "dragonfly77",
        "tr0ub4dor&3",
        "orange27",
        "kfp-xcmp",
        "mdmtsv",
        "Blumentopf",
        "jenn1fer_",
        "p4nther99",
    ] {
        let text = format!("db_password = \"{value}\"");
        assert_eq!(secrets(&text, Confidence::Medium), [value], "{value}");
        assert!(secrets(&text, Confidence::High).is_empty(), "{value}");
    }
}

#[test]
fn references_look_ups_templates_and_ciphertexts_are_never_found() {
    let mut wrong = Vec::new();
    for value in [
        // Secret managers.
        "vault:secret/data/app#key",
        "vault://secret/data/app",
        ">>vault:secret/data/x#y",
        "<path:secret/data/x#key>",
        "ref+vault://path#/key",
        "ref+awsssm://db/password9",
        "op://vault/item/field",
        "{{ op://vault/item/field }}",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbC123",
        "{{resolve:secretsmanager:db:SecretString:password}}",
        "{{resolve:ssm-secure:db:1}}",
        "sm://project/secret9",
        "projects/p/secrets/s/versions/latest",
        "berglas://bucket/secret7",
        "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/n/1)",
        "https://v.vault.azure.net/secrets/n",
        "keeper://uid/field/password",
        "akeyless:/path/x1",
        "!vault |",
        "!secret db_password1",
        "/run/secrets/db_password",
        "credentialsJSON:4c9a75a2-24fd-4508-b4f2-11f18aa97411",
        "keyring://system/user1",
        // Ciphertexts.
        "ENC[AES256_GCM,data:Zm9v,iv:YmFy,tag:YmF6,type:str]",
        "ENC(Zm9vYmFyMTIz)",
        "EJ[1:Zm9vYmFy:Zm9v:YmFy]",
        "{cipher}0a1b2c3d4e5f60718293",
        "vault:v1:Zm9vYmFyYmF6cXV4MTIz",
        "encrypted:Zm9vYmFyYmF6",
        "U2FsdGVkX19kZmdoamtsMTIz",
        "![Zm9vYmFyMTIzNDU2]",
        // Continuous integration.
        "${{ secrets.DB_PASSWORD }}",
        "${{ secrets['X1'] }}",
        "$DB_PASSWORD",
        "${DB_PASSWORD}",
        "%DB_PASSWORD%",
        "$(dbPassword)",
        "$[variables.x1]",
        "<< parameters.x1 >>",
        "((db-password))",
        "#{DbPassword1}",
        "%secure:teamcity.password.1%",
        "$$DB_PASSWORD",
        "{{workflow.parameters.x1}}",
        // Templates.
        "{{ .Values.db.password }}",
        "{{ lookup('env','X') }}",
        "<%= ENV['X'] %>",
        "@DB_PASSWORD@",
        "__DB_PASSWORD__",
        "{password}",
        "%(password)s",
        "[[ inputs.x1 ]]",
        "{!! x1 !!}",
        "${x?}",
        "${x:}",
        "${env:X1}",
        "${ssm:/path/x1}",
        // Placeholders.
        "changeme",
        "your-password-here",
        "<your password>",
        "xxxxxxxx",
        "********",
        "REDACTED",
        "test",
        "example",
        "todo",
        "password",
        "my_password",
        "...",
        // Other kinds.
        "https://example.com/reset",
        "/etc/ssl/private.pem",
        "./conf/key.pem",
        "user@example.com",
        "2021-01-02",
        "1.2.3",
        "application/json",
        "true",
        "null",
        "none",
        "#ff00ff",
        "00:11:22:33:44:55:66:77",
        "^[a-z]+$",
        "config.database.password",
        "getPassword()",
        "sha256:0123abcd",
        "Enter your password to continue",
        "ssh-ed25519 AAAAC3Nza",
    ] {
        for form in ["password = \"@\"", "password: @", "api_token: '@'", "\"secret\": \"@\""] {
            let text = form.replacen('@', value, 1);
            if !secrets(&text, Confidence::Low).is_empty() {
                wrong.push(text);
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn code_on_the_right_hand_side_is_never_found() {
    let mut wrong = Vec::new();
    for code in [
        "os.environ['DB_PASSWORD']",
        "os.getenv(\"DB_PASSWORD\")",
        "process.env.DB_PASSWORD",
        "System.getenv(\"X\")",
        "ENV.fetch('X')",
        "viper.GetString(\"db.password\")",
        "get_password()",
        "self.password",
        "this->password",
        "Foo::PASSWORD",
        "peek_token(parser)",
        "read_file(\"x\").strip()",
        "data.vault_generic_secret.x.data[\"k\"]",
        "var.db_password",
        "var ?? null",
        "credentials('id')",
        "getpass.getpass()",
        "$request->input('password')",
        "nil",
        "None",
        "(a, b) => c",
        "function () {",
        "{",
        "[",
        "&token",
        "*token",
        "input[:password]",
        "hash[\"k\"]",
        "`pass show x`",
    ] {
        for form in ["password = @;", "password: @,", "token = @\n"] {
            let text = form.replacen('@', code, 1);
            if !secrets(&text, Confidence::Low).is_empty() {
                wrong.push(text);
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn words_about_a_secret_are_not_its_name() {
    let value = drawn(12, b"abcdefghijklmnopqrstuvwxyz", 3);
    for name in [
        "password_field",
        "key_id",
        "token_type",
        "secretName",
        "passwordLabel",
        "auth_url",
        "keyboard",
        "author",
        "passed",
        "tokenizer",
    ] {
        assert_eq!(secrets(&format!("{name} = \"{value}\""), Confidence::Medium), [""; 0], "{name}");
    }
}

#[test]
fn a_kubernetes_entry_is_decoded() {
    let value = drawn(18, ALNUM, 5);
    let text = format!("  password: {}\n", data_encoding::BASE64.encode(value.as_bytes()));
    let found = all(text.as_bytes());
    assert_eq!(found[0].secret, value.as_bytes());
    assert_eq!(found[0].decoded_by, [Decoding::Base64]);
    let reference = format!("  password: {}\n", data_encoding::BASE64.encode(b"changeme1234"));
    assert!(all(reference.as_bytes()).is_empty());
}

#[test]
fn headers_yield_their_credentials() {
    let password = drawn(14, ALNUM, 11);
    let basic = format!(
        "Authorization: Basic {}",
        data_encoding::BASE64.encode(format!("app:{password}").as_bytes())
    );
    assert_eq!(secrets(&basic, Confidence::Medium), [password]);
    for flag in ["-u app:kfx7-qp", "-uapp:kfx7-qp", "--user 'app:kfx7-qp'"] {
        let text = format!("curl -s {flag} https://host/");
        assert_eq!(secrets(&text, Confidence::Medium), ["kfx7-qp"], "{text}");
    }
    assert!(secrets("curl -u user:password https://host/ -u $USER:$PASS", Confidence::Low).is_empty());
    let token = drawn(40, ALNUM, 13);
    assert_eq!(secrets(&format!("-H 'Authorization: Bearer {token}'"), Confidence::Medium), [token]);
    assert!(secrets("the basic authentication of a bearer who carries it", Confidence::Low).is_empty());
}

#[test]
fn urls_yield_the_password_alone() {
    for (text, secret) in [
        ("nats://ivan:btij@127.0.0.1:%d", "btij"),
        ("amqp://app:s%40fe7x@mq:5672/", "s@fe7x"),
        ("redis://:kfx7-qp@cache:6379", "kfx7-qp"),
        ("ftp://joe:ab@cd9@host/", "ab@cd9"),
    ] {
        assert_eq!(secrets(text, Confidence::Low), [secret], "{text}");
    }
    for text in [
        "https://example.com:8080/a@b",
        "https://user:password@example.com",
        "postgres://postgres:postgres@db/x",
        "http://user:${PASS}@host/",
        "http://host/path:with@sign",
        "https://$USER:$PASS@host",
        "https://<user>:<password>@host",
        "git://host:9418/x@y",
    ] {
        assert_eq!(secrets(text, Confidence::Low), [""; 0], "{text}");
    }
}

#[test]
fn hashes_of_passwords_are_low() {
    let hash = format!("$2b$12${}", drawn(53, ALNUM, 17));
    let found = all(format!("password = \"{hash}\"").as_bytes());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].class, judge::Class::Hash);
    assert_eq!(found[0].score.confidence(), Some(Confidence::Low));
}

#[test]
fn spans_cut_the_value_out_of_the_blob() {
    let value = drawn(24, ALNUM, 19);
    let text = format!("{}\napi_key: \"{value}\"\n{}", "# filler\n".repeat(300), "# more\n".repeat(300));
    let found = all(text.as_bytes());
    assert_eq!(&text[found[0].value.start..found[0].value.end], value);
    assert!(text[found[0].span.start..].starts_with("api_key"));
    assert_eq!(&*found[0].identifier, "api_key");
    assert_eq!(found[0].form, Form::Quoted);
}

#[test]
fn nothing_outside_the_reach_changes_the_decision() {
    let value = drawn(24, ALNUM, 23);
    let line = format!("\"config\": {{\"api_key\": \"{value}\"}}");
    for noise in [b' ', b'"', b'=', b'\n', b'<', b'x'] {
        let mut text = vec![noise; 3 * FURTHEST.after];
        text[FURTHEST.after..FURTHEST.after + line.len()].copy_from_slice(line.as_bytes());
        let word = Span::new(FURTHEST.after + 15, FURTHEST.after + 19);
        let whole = parsed(&text, word, Reader::Name);
        let quickly = quick(&text, word, Reader::Name);
        for at in [0, 100, word.start - FURTHEST.before - 1, word.end + FURTHEST.after, text.len() - 1] {
            for other in [b'"', b'\n', b'a', 0] {
                let mut changed = text.clone();
                changed[at] = other;
                assert_eq!(parsed(&changed, word, Reader::Name), whole);
                assert_eq!(quick(&changed, word, Reader::Name), quickly);
            }
        }
    }
}

#[test]
fn nothing_beyond_the_lines_it_looks_at_changes_the_decision() {
    let value = drawn(24, ALNUM, 29);
    let texts = [
        format!("a\nb\npassword = \"{value}\"\nc\nd\ne\nf\n"),
        format!("a\n<name>password</name>\n<value>{value}</value>\nd\ne\nf\n"),
        format!("a\nname: password,\n  value:\n  {value}\nd\ne\nf\n"),
        format!("a\npassword =\n\n\"{value}\"\nd\ne\nf\n"),
        format!("a\npassword = \"\"\"\n\n\n\n{value}\"\"\"\nd\ne\nf\n"),
        format!("a\npassword = \"\\\n\\\n\\\n{value}\"\nd\ne\nf\n"),
        format!("a\n<a>password</\n\n\n>\nvalue:\n{value}\nd\ne\nf\n"),
    ];
    for text in texts {
        let start = text.find("password").expect("it stands in each");
        let word = Span::new(start, start + "pass".len());
        let Reach { before, after } = reach(text.as_bytes(), word, Reader::Name);
        let whole = (parsed(text.as_bytes(), word, Reader::Name), quick(text.as_bytes(), word, Reader::Name));
        let near = start.saturating_sub(before)..text.len().min(word.end + after);
        for at in (0..text.len()).filter(|at| !near.contains(at)) {
            for other in [b'"', b'\n', b'>', b'a', 0] {
                let mut changed = text.clone().into_bytes();
                changed[at] = other;
                assert_eq!(
                    (parsed(&changed, word, Reader::Name), quick(&changed, word, Reader::Name)),
                    whole,
                    "{text} at {at}"
                );
                assert_eq!(reach(&changed, word, Reader::Name), Reach { before, after }, "{text} at {at}");
            }
        }
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let pieces: [&[u8]; 60] = [
        b"password",
        b"key",
        b"://",
        b"basic ",
        b"bearer ",
        b"identified by",
        b"=",
        b":",
        b"\"",
        b"'",
        b"\\",
        b"&quot;",
        b"<",
        b">",
        b"</",
        b"\n",
        b" ",
        b"(",
        b"[]",
        b"${",
        b"}",
        b"{{",
        b"\"\"\"",
        b"new ",
        b"value",
        b"\xff\xfe",
        b"\0",
        b"a1B2",
        b"@",
        b"%41",
        b"curl -u a:b",
        b"mysql",
        b"echo x | passwd --stdin",
        b"connect(",
        b"\"x\".toCharArray()",
        b"kind: Secret",
        b"\ndata:\n  a: eA==",
        b"rocommunity ",
        b"| a | password |\n|---|---|\n",
        b"a,password\n",
        b",",
        b"|",
        b"<<EOF",
        b"[[",
        b"%q{",
        b"q(",
        b"s:8:",
        b"login x",
        b"user",
        b"default",
        b"`",
        b"{0x1,0x2,",
        b"'a','b',",
        b"%3D",
        b"\xef\xbc\x9a",
        "\u{5bc6}\u{7801}".as_bytes(),
        b" is ",
        b"-p",
        b")",
        b";",
    ];
    let mut state = 42u64;
    for _ in 0..12_000 {
        let mut text = Vec::new();
        for _ in 0..12 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.extend_from_slice(pieces[(state >> 33) as usize % pieces.len()]);
        }
        for start in 0..text.len() {
            for len in [3, 4, 6, 8] {
                if start + len <= text.len() && state % 7 == start as u64 % 7 {
                    let word = Span::new(start, start + len);
                    for reader in READERS {
                        let _either = quick(&text, word, reader);
                        for found in parsed(&text, word, reader) {
                            assert!(found.span.start <= found.value.start && found.value.end <= text.len());
                            assert!(!found.secret.is_empty());
                        }
                    }
                }
            }
        }
        is_placeholder(&text);
    }
    for reader in READERS {
        assert!(quick(b"", Span::new(0, 0), reader).is_err());
        assert!(parsed(b"pass", Span::new(9, 12), reader).is_empty());
    }
}

/// What is spoken of is passed by before it is read: nothing that would be read may be.
#[test]
fn what_is_spoken_of_has_no_value() {
    const PARTS: [&str; 44] = [
        "key",
        "keys",
        "key",
        "auth",
        "api_key",
        "cookie",
        "seed",
        " ",
        " ",
        " ",
        "=",
        " = ",
        ": ",
        "(",
        ")",
        ";",
        "'",
        "\"",
        "`",
        ",",
        "is",
        "the",
        "->",
        "[",
        "{",
        "}",
        "value",
        "values",
        "name",
        "default",
        "\n",
        "<",
        ">",
        "#define ",
        "set ",
        "export ",
        "--",
        "-",
        "*",
        "%3D",
        "VALUES (",
        " as ",
        "QxRmZpLkWtBvHs",
        "x7Rq2mZp9LkW4tBv",
    ];
    let mut state = 11_u64;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as usize % below
    };
    let mut read = 0;
    for _ in 0..80_000 {
        let text: String = (0..3 + draw(9)).map(|_| PARTS[draw(PARTS.len())]).collect();
        let text = text.as_bytes();
        for word in ["key", "keys", "auth", "cookie", "seed"] {
            for start in memchr::memmem::find_iter(text, word.as_bytes()) {
                let anchor = Span::new(start, start + word.len());
                if parsed(text, anchor, Reader::Name).is_empty() {
                    continue;
                }
                read += 1;
                let name = name::find(text, anchor).expect("a name was read");
                assert!(!is_spoken_of(text, name), "{:?}", String::from_utf8_lossy(text));
            }
        }
    }
    assert!(read > 300, "{read} were read");
}

#[test]
fn the_word_tables_are_sorted() {
    let tables = [
        innocent::TABLES,
        judge::about::TABLES,
        judge::features::TABLES,
        kinds::TABLES,
        login::TABLES,
        member::TABLES,
        name::TABLES,
        kinds::ordinary::TABLES,
        placeholder::TABLES,
        quote::TABLES,
        reference::TABLES,
        passphrase::TABLES,
        structure::TABLES,
    ];
    for table in tables.concat() {
        assert!(table.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", table.first());
        assert!(table.iter().all(|word| word.len() <= words::LONGEST), "{:?}", table.first());
    }
}
