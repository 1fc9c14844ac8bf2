//! Secrets that their position gives away: words of a command, arguments of a call, cells of a row, answers to a prompt.

use super::{ALNUM, drawn, secrets, silent};
use crate::model::Confidence;

/// Values in the place of `§` are found, whatever is drawn.
fn found(forms: &[&str]) {
    for form in forms {
        for seed in 1..=12 {
            let value = drawn(20, ALNUM, seed);
            let found = secrets(&form.replace('§', &value), Confidence::Medium);
            assert!(found.contains(&value), "{form}: {value}: {found:?}");
        }
    }
}

#[test]
fn a_flag_and_its_value_in_a_list() {
    found(&[
        "args: [\"--user\", \"svc\", \"--password\", \"§\"]\n",
        "CMD [\"./app\", \"--host\", \"db1\", \"--api-key\", \"§\"]\n",
        "{\"command\": \"npx\", \"args\": [\"-y\", \"@acme/mcp\", \"--token\", \"§\"]}\n",
        "subprocess.run([\"./import\",\n    \"--password\",\n    \"§\"])\n",
        "exec.Command(\"./import\", \"--password\", \"§\")\n",
        "spawn('mysql', ['-u', 'root', '-p§', 'crm'])\n",
    ]);
    silent(&[
        "parser.add_argument(\"--password\", \"-p\", help=\"x\")\n",
        "args: [\"--password\", \"--host\", \"db1\"]\n",
        "args: [\"run\", \"--password-stdin\", \"Kz7rWq29Lm4xPq8v\"]\n",
        "args: [\"--password\", \"$DB_PASSWORD\"]\n",
    ]);
}

#[test]
fn programs_that_take_a_password_by_position() {
    found(&[
        "mysqladmin -u root password §\n",
        "docker login -u acme -p§ registry.acme.test\n",
        "mc alias set prod https://s3.acme.test ACCESSKEY01 §\n",
        "poetry config http-basic.acme ci §\n",
        "steamcmd +login buildbot § +quit\n",
        "impacket-psexec ACME/admin:§@10.0.0.4\n",
        "smbclient //nas/share § -U scan\n",
        "qpdf --encrypt § Owner1x 256 -- a.pdf b.pdf\n",
        "\"C:\\Program Files\\7-Zip\\7z.exe\" a -p§ out.7z D:\\data\n",
        "echo -e \"§\\n§\" | passwd ada\n",
        "ftp -n ftp.acme.test <<EOF\nuser ada §\nquit\nEOF\n",
    ]);
    silent(&[
        "poetry config virtualenvs.path Kz7rWq29Lm4x\n",
        "#compdef smbclient nmblookup2x testparm\n",
        "smbclient -L nas1server -N\n",
        "samba-tool user create ada2example\n",
        "xcrun altool --upload-app -u dev -p @keychain:AC_PASSWORD1\n",
        "$u = ConvertTo-SecureString (Get-Content pw1.txt) -Key $key\n",
    ]);
}

#[test]
fn calls_that_take_a_password_or_a_key() {
    found(&[
        "client.connect(\"10.0.0.5\", 22, \"root\", \"§\")\n",
        "g = Github(\"§\")\n",
        "client.Authenticator = new HttpBasicAuthenticator(\"svc\", \"§\");\n",
        "u.User = url.UserPassword(\"svc\", \"§\")\n",
        "Net::SMTP.start('smtp.acme.test', 587, 'acme.test', 'alerts', '§', :login)\n",
        "ftp.login \"export\", \"§\"\n",
        "conn.Open \"DSN=crm\", \"crm\", \"§\"\n",
        "let creds = Credentials::new(\"alerts\".to_string(), \"§\".to_string());\n",
        "[System.Net.NetworkCredential]::new(\"svc\", \"§\")\n",
        "con = cx_Oracle.connect(\"crm/§@db1:1521/ORCL\")\n",
        "mac := hmac.New(sha256.New, []byte(\"§\"))\n",
        "return token.SignedString([]byte(\"§\"))\n",
        "EXEC sp_addlogin 'svc', '§', 'crm';\n",
        "var cred = new UserPasswordCredential(\"ole@acme.test\", \"§\");\n",
        "service.Credentials = new WebCredentials(\"ole\", \"§\", \"ACME\");\n",
        "var cert = new X509Certificate2(\"c.pfx\", \"§\");\n",
        "webView.setHttpAuthUsernamePassword(\"acme.test\", \"realm\", \"ole\", \"§\")\n",
        "def sql = Sql.newInstance(\"jdbc:mysql://db1/crm\", \"crm\", \"§\", \"com.mysql.Driver\")\n",
    ]);
    silent(&[
        "s3 = boto3.client(\"s3\", \"eu-west-1\")\n",
        "g = Github(\"octocat\")\n",
        "client.connect(\"db.internal\", 5432)\n",
        "File.open \"a.txt\", \"w\"\n",
        "mac := hmac.New(sha256.New, key)\n",
    ]);
}

#[test]
fn what_is_typed_into_a_field_or_answers_a_prompt() {
    found(&[
        "await page.fill('input[name=\"password\"]', '§');\n",
        "browser.setValue('input[type=password]', '§')\n",
        "await userEvent.type(screen.getByLabelText('Password'), '§');\n",
        "fireEvent.change(passwordInput, { target: { value: '§' } });\n",
        "document.getElementById('password').value = '§';\n",
        "rule.onNodeWithTag(\"password\").performTextInput(\"§\")\n",
        "expect \"assword:\"\nsend \"§\\r\"\n",
        "expect -c 'spawn scp a h:; expect \"password:\"; send \"§\\r\"'\n",
        "child.expect(\"password:\")\nchild.sendline(\"§\")\n",
        "tn.read_until(b\"Password: \")\ntn.write(b\"§\\n\")\n",
    ]);
    silent(&[
        "await page.fill('#password', process.env.PW1);\n",
        "expect(page.find('#password')).toBe('Kz7rWq29')\n",
        "expect \"assword:\"\nsend \"$password\\r\"\n",
        "t('password', 'Kennwort')\n",
    ]);
}

#[test]
fn rows_of_dumps_and_tables() {
    for (text, values) in [
        (
            "INSERT INTO `users` (`id`, `name`, `password`) VALUES\n(1, 'ada', 'Qw8eRt5zUi'),\n(2, 'bob', 'fxj9xufLCh2Z');\n",
            &["Qw8eRt5zUi", "fxj9xufLCh2Z"][..],
        ),
        (
            "COPY public.users (id, name, password) FROM stdin;\n1\tada\tjHfs2zQDXnNv\n2\tbob\tQw8eRt5zUi\n\\.\n",
            &["jHfs2zQDXnNv", "Qw8eRt5zUi"],
        ),
        ("INSERT INTO users (login, password) VALUES ('ada', SHA1('q6OTI3AZ3nj2'));\n", &["q6OTI3AZ3nj2"]),
        (
            "<table><tr><th>User</th><th>Password</th></tr>\n<tr><td>demo</td><td>NBT78LEXlF</td></tr></table>\n",
            &["NBT78LEXlF"],
        ),
        ("user      password\n----      --------\nada       y68HiDogqnA5\n", &["y68HiDogqnA5"]),
        (
            "+-------+------------------+\n| User  | Password         |\n+=======+==================+\n| ada   | ZbRMOWOl8dGlW   |\n",
            &["ZbRMOWOl8dGlW"],
        ),
        ("| Service | User / Password |\n|---|---|\n| Grafana | admin / Lq3o15svRg1X |\n", &["Lq3o15svRg1X"]),
        ("| Service | Credentials |\n|---|---|\n| Grafana | admin:6lm1Wm2kcCQg |\n", &["6lm1Wm2kcCQg"]),
        ("passwords:\n  ada: eFdnT5JkiDRc\n  ole: Qw8eRt5zUi\n", &["eFdnT5JkiDRc", "Qw8eRt5zUi"]),
        ("PASSWORDS = {'ada': '7dEa4jpzbY3i', 'ole': 'Qw8eRt5zUi'}\n", &["7dEa4jpzbY3i", "Qw8eRt5zUi"]),
    ] {
        let found = secrets(text, Confidence::Medium);
        for value in values {
            assert!(found.iter().any(|found| found == value), "{text}: {value}: {found:?}");
        }
    }
    silent(&[
        "<table><tr><th>Field</th><th>Password</th></tr><tr><td>type</td><td>required</td></tr></table>\n",
        "option    password\n------    --------\ndefault   none\n",
        "tokens = {'comment': 'Comment1', 'name': x}\n",
        "passwords:\n  min_length: 12\n  policy: strict\n",
        "| Service | Credentials |\n|---|---|\n| Grafana | see the wiki |\n",
    ]);
}

#[test]
fn notes_in_many_languages() {
    found(&[
        "Пароль от базы: `§`\n",
        "Heslo k databázi: §\n",
        "Contraseña de root: §\n",
        "Mot de passe (root) : §\n",
        "Κωδικός πρόσβασης: §\n",
        "Contrasenya: §\n",
        "पासवर्ड: §\n",
        "密码是§\n",
        "- **密码**：`§`\n",
        "パスワードは「§」です\n",
        "login: admin / §\n",
        "log in with `admin` / `§`\n",
        "credentials: demo / §\n",
        "bot account pwd §\n",
        "Password: \\texttt{§}\n",
    ]);
    silent(&[
        "{\"contrasena\": \"Contraseña\", \"repetir\": \"Repite la contraseña\"}\n",
        "{\"heslo\": \"Heslo\", \"noveHeslo\": \"Nové heslo\"}\n",
        "Mot de passe : obligatoire\n",
        "Mot de passe de l'utilisateur : voir plus bas\n",
        "login: admin / viewer\n",
        "login with username/password1\n",
        "Reset pwd Base64\n",
        "password = \"p@ssw0rd\"\n",
    ]);
}

#[test]
fn words_are_a_passphrase_where_nothing_else_is_expected() {
    for (text, value) in [
        ("BORG_PASSPHRASE=\"velvet anchor drum biscuit\"\n", "velvet anchor drum biscuit"),
        ("export RESTIC_PASSWORD=\"granite poppy whistle nine\"\n", "granite poppy whistle nine"),
        (
            "network={\n ssid=\"Lager\"\n psk=\"mein kleiner gruener kaktus 7\"\n}\n",
            "mein kleiner gruener kaktus 7",
        ),
    ] {
        assert!(secrets(text, Confidence::Medium).contains(&value.to_owned()), "{text}");
    }
    silent(&[
        "passphrase: \"choose a passphrase\"\n",
        "msg.password = \"the password is too short\"\n",
        "PASSWORD_HINT=\"at least eight letters\"\n",
    ]);
}

#[test]
fn settings_in_comments_and_in_strings_over_several_lines() {
    found(&[
        "/* telnet login: ops, password: § */\n",
        "<!-- user: ada, password: § -->\n",
        "%% password: §\n",
        "run() /* password = § */\n",
        "\"\"\"\nuser: qa\npassword: §\n\"\"\"\n",
    ]);
    for value in ["Pe4mTz96Vd", "Je7nWb43Lq", "Wx3rTq8m"] {
        for form in ["cfg = \"\"\"\nuser = qa\npassword = §\n", "/* user: admin, password: § */\n"] {
            let text = form.replace('§', value);
            assert_eq!(secrets(&text, Confidence::Medium), [value], "{text}");
        }
    }
    silent(&["/* the password: see below */\n", "<!-- password: required -->\n"]);
}

#[test]
fn literals_and_escapes_of_more_languages() {
    found(&[
        "$cfg{password} = \"§\";\n",
        "$self->{password} = '§';\n",
        "(defvar *api-key* \"§\")\n",
        "user, password = \"svc\", \"§\"\n",
        "[d setObject:@\"§\" forKey:@\"password\"];\n",
        "local password = [==[§]==]\n",
        "set password {§}\n",
        "let password = {|§|}\n",
        "const API_KEY = raw\"§\"\n",
        "Password : constant String := \"§\";\n",
        "DECLARE @password nvarchar(50) = N'§';\n",
        "v_password VARCHAR2(30) := '§';\n",
        "set(ENV{API_SECRET} \"§\")\n",
        "set :password, '§'\n",
        "<v>&lt;password&gt;§&lt;/password&gt;</v>\n",
        "{\"body\":\"\\u003cpassword\\u003e§\\u003c/password\\u003e\"}\n",
        "\u{1b}[36mDB_PASSWORD\u{1b}[0m=\u{1b}[33m§\u{1b}[0m\n",
        "next=https%3A%2F%2Fapi.acme.test%2Fv1%3Fapi_key%3D§%26fmt%3Djson\n",
        "sed -i 's/DB_PASSWORD=.*/DB_PASSWORD=§/' .env\n",
        "echo \"machine git.acme.test login bob password §\" > ~/.netrc\n",
        "<password>\n  §\n</password>\n",
        "SET PASSWORD FOR 'app'@'%' = '§';\n",
        "CREATE USER crm IDENTIFIED BY § DEFAULT TABLESPACE users;\n",
        "set vpn ipsec authentication psk x secret §\n",
        "redis_password: !unsafe \"§\"\n",
        "secret: &s |-\n  §\n",
        "secret: !!str >\n  §\n",
        "{ dbPassword:: '§' }\n",
        "[api]\ntoken =\n    §\n",
    ]);
    silent(&[
        "const {password} = \"Kz7rWq29\".length\n",
        "rows are identified by name and year\n",
        "set the secret name here1\n",
        "user, password = load(\"svc1\", \"Kz7rWq29\")\n",
        "<p>&lt;password&gt; is required1</p>\n",
    ]);
}

#[test]
fn marks_do_not_end_a_drawn_password() {
    for (text, value) in [
        ("DB_PASSWORD=Tz4{kP9}wxQ!\n", "Tz4{kP9}wxQ!"),
        ("redis_url: redis://:q!W2(e)R4@cache:6379/0\n", "q!W2(e)R4"),
        ("\"Server=sql1;User Id=crm;Password=s,ds~$Nt6]k!;\"", "s,ds~$Nt6]k!"),
    ] {
        assert_eq!(secrets(text, Confidence::Medium), [value], "{text}");
    }
    silent(&["password = x->y[0];\n", "  password: a<b>(c1);\n", "secret={name}-{id2}\n"]);
}

#[test]
fn values_that_are_wrapped_or_beside_their_names() {
    found(&[
        "buildConfigField \"String\", \"X_API_KEY\", '\"§\"'\n",
        "buildConfigField \"String\", \"X_API_KEY\", \"\\\"§\\\"\"\n",
        "<meta-data android:name=\"io.acme.API_SECRET\" android:value=\"§\"/>\n",
        "Application.put_env(:app, :api_key, \"§\")\n",
        "IssuerSigningKey = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(\"§\"))\n",
        "CREATE USER x IDENTIFIED BY /* dev */ '§';\n",
    ]);
    for password in ["orchid&&walnut", "orchard||lamps", "fives&&doors!mil"] {
        let found = secrets(&format!("db_password = \"{password}\"\n"), Confidence::Low);
        assert!(found.contains(&password.to_owned()), "{password}: {found:?}");
    }
}
