//! Secrets in what tools write down or are given, and words that are a passphrase by what is beside them.

use super::{drawn, secrets};
use crate::model::Confidence;

/// A value of letters and digits in the place of `§` is found.
fn is_found(form: &str) -> bool {
    let letters: Vec<u8> = (b'0'..=b'9').chain(b'A'..=b'Z').chain(b'a'..=b'z').collect();
    (1..=20).all(|seed| {
        let value = drawn(20, &letters, seed);
        secrets(&form.replace('§', &value), Confidence::Medium).contains(&value)
    })
}

fn all_are_found(forms: &[&str]) {
    for form in forms {
        assert!(is_found(form), "{form}");
    }
}

fn all_are_silent(texts: &[&str]) {
    for text in texts {
        assert_eq!(secrets(text, Confidence::Medium), <[String; 0]>::default(), "{text}");
    }
}

#[test]
fn records_of_tools_say_what_their_values_are() {
    all_are_found(&[
        "{\"type\": \"random_password\", \"name\": \"db\", \"instances\": [{\"attributes\": {\"length\": 20, \"result\": \"§\"}}]}",
        "{\n  \"type\": \"random_password\",\n  \"name\": \"db\",\n  \"instances\": [\n    {\n      \"attributes\": {\n        \"length\": 20,\n        \"result\": \"§\"\n      }\n    }\n  ]\n}\n",
        "{\"id\": \"https://acme.vault.azure.net/secrets/db-password/1f3a\", \"value\": \"§\"}",
        "--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n§\r\n--x--\r\n",
        "echo \"db1:5432:crm:ada:§\" > ~/.pgpass\n",
        "\\newcommand{\\dbpassword}{§}\n",
        "The default API key is `§` (100 requests an hour).\n",
        "<p>\n  <name>DB_PASSWORD</name>\n  <description>x</description>\n  <defaultValue>§</defaultValue>\n</p>\n",
        "chpasswd:\n  list: |\n    ada:§\n",
        "[byte[]]$x = 1\n$apiKey = '§'\n",
    ]);
    all_are_silent(&[
        "{\"type\": \"random_pet\", \"attributes\": {\"result\": \"Kz7rWq29Lm4xTb8v\"}}",
        "{\"type\": \"random_password\", \"name\": \"db\"}\n{\"type\": \"random_id\", \"result\": \"Kz7rWq29Lm4xTb8v\"}",
        "--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n--x--\r\n",
        "Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nKz7rWq29Lm4xTb8v\r\n",
        "echo \"$HOST:5432:crm:ada:$PASSWORD\" > ~/.pgpass\n",
        "chpasswd:\n  expire: false\n  list: |\n    ada:RANDOM\n",
    ]);
}

#[test]
fn logins_of_a_map_and_of_a_list_are_passwords() {
    all_are_found(&[
        "r.Use(gin.BasicAuth(gin.Accounts{\"ada\": \"§\"}))",
        "r.Use(gin.BasicAuth(gin.Accounts{\n\t\"ada\": \"§\",\n}))",
        "app.use(basicAuth({ users: { 'ada': '§' } }))",
        "List<String> passwords = Arrays.asList(\"§\", \"x\");",
        "val passwords = listOf(\"§\")",
    ]);
    all_are_silent(&[
        "r.Use(gin.BasicAuth(gin.Accounts{\"ada\": password}))",
        "app.use(basicAuth({ users: { 'ada': 'secret' } }))",
        "List<String> passwords = Arrays.asList(\"weak\", \"strong\");",
    ]);
}

#[test]
fn programs_and_calls_are_given_tokens() {
    all_are_found(&[
        "curl -u §: https://api.acme.test/v1\n",
        "curl -u §:x https://api.acme.test/v1\n",
        "npm config set //npm.acme.test/:_authToken §\n",
        "nuget push a.nupkg § -Source https://nuget.acme.test\n",
        "netlify env:set API_KEY §\n",
        "security add-generic-password -a ada -s acme -w §\n",
        "ab -A ada:§ https://acme.test/\n",
        "test: [\"CMD\", \"mysqladmin\", \"ping\", \"-p§\"]\n",
        "await new SignJWT(x).sign(new TextEncoder().encode('§'))",
        "SecretValue.unsafePlainText('§')",
        "let k = SecretString::from(\"§\");",
        "kmf.init(keyStore, \"§\".toCharArray)\n",
        "Input Text    xpath=//input[@type='password']    §\n",
        " ikev2 local-authentication pre-shared-key §\n",
        "MasterUserPassword: !Sub \"§\"\n",
        "<input type=\"hidden\" name=\"api_token\" value=\"§\">",
    ]);
    all_are_silent(&[
        "curl -u ada: https://api.acme.test/v1\n",
        "curl -u administrator-of-builds: https://api.acme.test/v1\n",
        "nuget push a.nupkg -Source https://nuget.acme.test\n",
        "new TextEncoder().encode('Kz7rWq29Lm4xTb8vQn')",
        "Input Text    xpath=//input[@type='password']    ${PASSWORD}\n",
        "MasterUserPassword: !Sub \"${Password}\"\n",
        "<input type=\"hidden\" name=\"csrf_token\" value=\"Kz7rWq29Lm4xTb8vQn\">",
        "use <code>openssl passwd -5</code>.</p><h3 id=scan-parsers>Scan parsers</h3>",
        "pyotp.TOTP('base32secret3232')",
    ]);
}

#[test]
fn words_beside_a_login_or_a_network_are_a_passphrase() {
    for (text, words) in [
        ("admin_user: erik\nadmin_password: twelve angry geese\n", "twelve angry geese"),
        ("[wifi]\nssid = Lager\npassphrase = sieben kleine zwerge\n", "sieben kleine zwerge"),
        ("ssid: Acme\npassphrase: \"perro teich ladrillo falcon\"\n", "perro teich ladrillo falcon"),
        ("[user]\nname = \"ole\"\npassword = \"copper brise ginster\"\n", "copper brise ginster"),
        ("user,password\nerik,\"cedar and salt\"\n", "cedar and salt"),
        ("User{Name: \"erik\", Password: \"left shoe blues\"}\n", "left shoe blues"),
    ] {
        assert_eq!(secrets(text, Confidence::Medium), [words], "{text}");
    }
    all_are_silent(&[
        "name: password\npassword: enter the new value\n",
        "user: ada\npassword: at least eight characters\n",
        "user: ada\npassword: same for all hosts\n",
        "title: x\npassword: twelve angry geese\n",
        "user,password\nerik,\"set by the admin\"\n",
        "The fields are id/pw = identity and password of the user.\n",
    ]);
}

#[test]
fn escapes_around_a_value_are_undone() {
    all_are_found(&[
        "<p>postgres://ada:§&#64;db1.acme.test/x</p>",
        "{\"u\": \"postgres://ada:§\\u0040db1.acme.test/x\"}",
        "{\"x\": \"{\\u0022password\\u0022:\\u0022§\\u0022}\"}",
        "x = '\\x22password\\x22:\\x22§\\x22'",
    ]);
    let value = "Kz7rWq29Lm4x";
    let escaped: String = value.bytes().map(|b| format!("\\u{b:04x}")).collect();
    assert_eq!(secrets(&format!("db.password={escaped}\n"), Confidence::Medium), [value]);
    let text = "s = \"{\\\"password\\\": \\\"Kz7r\\\\\\\"Wq29Lm4x\\\"}\"";
    assert_eq!(secrets(text, Confidence::Medium), ["Kz7r\"Wq29Lm4x"]);
    // Where a backslash hides nothing.
    for text in ["  password: 'Kz7rWq29Lm4x\\'\n", "<a user=\"ada\" password=\"Kz7rWq29Lm4x\\\" />\n"] {
        assert_eq!(secrets(text, Confidence::Medium), ["Kz7rWq29Lm4x\\"], "{text}");
    }
}

#[test]
fn alphabets_and_what_was_taken_out_are_no_secrets() {
    all_are_silent(&[
        "TOKEN_CHARS = \"0123456789ABCDEFGHJKMNPQRSTVWXYZ\"",
        "val passwordChars = \"ABCDEFGHJKLMNPQRSTUVWXYZ23456789\".toCharArray()",
        "key = 'celery-task-meta-dd32ded3-1f2e-4a5b-8c6d-9e0f1a2b3c4d'",
        "client_secret: GOCSPX-<snip>\n",
        "token: eyJhbGciOi<redacted>\n",
        "insert into configuration (title, configuration_key) values ('Enable', 'MODULE_PAYMENT_IPAYMENT_STATUS');",
        "$this->signature = 'ipayment|ipayment_pp|1.0|2.2';",
        "input[type=password][readonly=\"readonly\"] { color: red }",
        "Private-MAC: 4eaabf0c0ac32819a46243ee7f0c0ac32819a462\n",
        "ALTER USER crm PASSWORD :'crm_pw1';\n",
        "$sql = \"... password = '\" . crypt($pw, $salt2) . \"'\";",
        "ConvertTo-SecureString -String (Read-Host 'Password9') -AsPlainText -Force",
        "helm install x y --set db.passwordSecret=crm-db-9\n",
        "gcloud secrets versions access latest --secret=crm-db-9\n",
        "docker build --secret id=npm9,env=NPM_TOKEN9 .\n",
        "vault login -method=userpass username=ada9\n",
        "(IMP package s3://bucket/vf2/ASSETMAP.xml)\nImp walk/idles\n",
        "[become via sudo, key=tnghtjiglncycxxddodnznmyakvaaknt] Passwort: \n",
    ]);
}
