//! Logins by position, in notes and tables, and the syntax of other languages: found whatever is drawn, silent beside it.

use super::{ALNUM, drawn, secrets, silent};
use crate::model::Confidence;

/// Values in the place of `§` are found, at each length and whatever is drawn.
fn found(forms: &[&str]) {
    for form in forms {
        for (len, seed) in [(10, 1), (10, 2), (12, 3), (12, 4), (16, 5), (16, 6), (24, 7), (32, 8)] {
            let value = drawn(len, ALNUM, seed);
            // Without a digit or in one case it could be a word.
            if !value.bytes().any(|b| b.is_ascii_digit()) {
                continue;
            }
            let found = secrets(&form.replace('§', &value), Confidence::Medium);
            assert!(found.contains(&value), "{form}: {value}: {found:?}");
        }
    }
}

#[test]
fn a_login_and_its_password_are_arguments() {
    found(&[
        "client = Client(\"admin\", \"§\", \"https://vcenter.acme.test\")\n",
        "g = Github(\"octo\", \"§\")\n",
        "credentials = new NTCredentials(\"ada\", \"§\", \"WS1\", \"ACME\");\n",
        "new ClientCredential(\"90e5a9bd-9ee1-4240-ac51-07f65c91c34b\", \"§\")\n",
        "oauth = new OAuth2Client('1-x.apps.googleusercontent.com', '§')\n",
        "mt5.login(88123, \"§\", \"Broker-Demo\")\n",
        "new JedisPool(cfg, \"cache\", 6379, 2000, \"§\");\n",
        "Transport.send(msg, \"ada@acme.test\", \"§\");\n",
        "new X509Certificate2(bytes, \"§\", X509KeyStorageFlags.Exportable)\n",
        "cert.Import(\"c.pfx\", \"§\", X509KeyStorageFlags.PersistKeySet);\n",
        "(http/get url {:basic-auth [\"svc\" \"§\"]})\n",
        "applyBasicAuth \"svc\" \"§\" req\n",
        "const b = btoa('svc:§')\n",
        "Buffer.from('svc:§').toString('base64')\n",
        "base64.b64encode(b\"svc:§\")\n",
        "$secure = [System.Net.NetworkCredential]::new('', '§').SecurePassword\n",
        "'§'.ToCharArray() | % { $securePassword.AppendChar($_) }\n",
        "var pw = new SecureString(); foreach (var c in \"§\") pw.AppendChar(c);\n",
        "pyautogui.typewrite(\"§\")  # vpn password\n",
    ]);
    silent(&[
        "client = boto3.client(\"s3\", \"eu-west-1\")\n",
        "const { data } = await import(\"./chunk4\", \"module2\")\n",
        "Buffer.from('utf8:Qz7xTr2pLw')\n",
        "btoa('12:30')\n",
        "foreach (var c in \"abcdefghij0123456789\") Console.Write(c);\n",
        "database('reports', 'monthly', 'summary')\n",
        "go(\"step2x9\")  # next page\n",
    ]);
}

#[test]
fn a_login_is_handed_over_in_a_note() {
    found(&[
        "iLO3 srv-db2  Administrator / §\n",
        "[09:15] ida: admin / §\n",
        "- Jenkins: admin:§\n",
        "DB (uid/pwd): crm/§\n",
        "u: ada p: §\n",
        "PIN/PW: 4711 / §\n",
        "Kundennr 88123 / Kennw. §\n",
        "psw: §\n",
        "** Router\n   - user :: admin\n   - pw :: §\n",
        "{\"text\":\"db password for staging is `§`\"}\n",
        "The generated password is\n§\n",
        "password generated: §\n",
    ]);
    silent(&[
        "root / usr2 / share3\n",
        "see docs: admin:settings2\n and more",
        "the password is\nrequired2go here\n",
        "password created: 2026-01-31\n",
        "cpu: 4 p: 200\n",
    ]);
}

#[test]
fn a_table_has_a_column_of_passwords() {
    found(&[
        "|===\n|User |Password\n\n|ada\n|§\n|===\n",
        "|===\n|User |Password\n\n|ada |§\n|===\n",
        "Host        User     Password\n10.1.1.4    root     §\n",
        "{| class=\"wikitable\"\n! User !! Password\n|-\n| ada || §\n|}\n",
        "{\"columns\": [\"user\", \"password\"], \"rows\": [[\"ada\", \"§\"]]}\n",
    ]);
    silent(&[
        "|===\n|Option |Password\n\n|ada\n|required\n|===\n",
        "Usage       login    password\n  options   and      arguments2\n",
        "{\"columns\": [\"user\", \"password\"], \"types\": [[\"varchar\", \"varchar2\"]]}\n",
    ]);
}

#[test]
fn other_languages_write_it_their_way() {
    found(&[
        "? password\n: §\n",
        "<xsl:variable name=\"password\" select=\"'§'\"/>\n",
        "    #[arg(long, default_value = \"§\")]\n    password: String,\n",
        "- name: apiToken\n  value: {{ default \"§\" .Values.apiToken }}\n",
        "Pw = application:get_env(crm, db_password, \"§\"),\n",
        "(def password (or (System/getenv \"PW\") \"§\"))\n",
        "options.crm.dbPassword = mkOption { type = types.str; default = \"§\"; };\n",
        "ALTER ROLE crm PASSWORD $$§$$;\n",
        "def password = $/§/$\n",
        "UPDATE users SET password = md5('§') WHERE login = 'ada';\n",
    ]);
    silent(&[
        "<xsl:variable name=\"password\" select=\"$login/password2\"/>\n",
        "    #[arg(long)]\n    password: String,\n",
        "(def password (or (System/getenv \"PW\") default))\n",
        "options.dbPassword = mkOption { type = types.str; };\n",
    ]);
}

#[test]
fn directives_and_commands_carry_a_password() {
    found(&[
        "register => 4711:§@sip.acme.test/4711\n",
        "  client_send = : relay@acme.test : §\n",
        ".logon td1/etl,§\n",
        "connect scott/§@orcl\n",
        "rsync --password-file=<(echo §) mirror@h::m /srv\n",
        "cat <<EOF | passwd ada\n§\n§\nEOF\n",
        "yes § | ssh-keygen -p -f k\n",
        "<power diepass=\"§\" restartpass=\"x\">\n",
        "DATA_SOURCE_NAME=exporter:§@(db1:3306)/\n",
        "DB=postgresql%3A%2F%2Fcrm%3A§%40db1%2Fcrm\n",
    ]);
    silent(&["connect scott/staging\n", "diff <(echo a7b8c9d0) x\n", "@(db1:3306)\n"]);
}

#[test]
fn a_hash_is_under_the_name_of_the_hash_what_it_is_under_that_of_the_password() {
    let hex: Vec<u8> = (b'0'..=b'9').chain(b'a'..=b'f').collect();
    for seed in 1..=8 {
        for len in [32, 40, 64] {
            let value = drawn(len, &hex, seed);
            for name in
                ["password_hash", "PasswordHash", "pass_hash", "password_digest", "pwd_sha1", "password_sha2"]
            {
                let text = format!("{name} = \"{value}\"\n");
                assert!(secrets(&text, Confidence::Medium).contains(&value), "{text}");
                let text = format!("INSERT INTO users (id, name, {name}) VALUES (1, 'ada', '{value}');\n");
                assert!(secrets(&text, Confidence::Medium).contains(&value), "{text}");
            }
        }
    }
    silent(&[
        "password_hash = \"sha256\"\n",
        "password_hash = \"argon2id\"\n",
        "file_hash = \"3f2a9c4be17d5608f4a1c9d2e3b7a605\"\n",
    ]);
}
