//! Secrets that code compares, signs with, chooses between or assigns beside others, whatever is drawn; and what is beside
//! them in code and is none.

use super::{ALNUM, drawn, secrets, silent};
use crate::model::Confidence;

/// Values in the place of `§` are found, but for one in ten, which could be words.
fn found(forms: &[&str], lengths: &[usize]) {
    let mut missed = Vec::new();
    for form in forms {
        let draws = (1..=12).flat_map(|seed| lengths.iter().map(move |len| drawn(*len, ALNUM, seed)));
        let values: Vec<String> = draws.filter(|value| value.bytes().any(|b| b.is_ascii_digit())).collect();
        let is_missed =
            |value: &&String| !secrets(&form.replace('§', value), Confidence::Medium).contains(value);
        let count = values.iter().filter(is_missed).count();
        if count * 10 > values.len() {
            missed.push(format!("{form}: {count} of {}", values.len()));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn a_secret_is_compared_by_a_method_a_function_or_a_word() {
    found(
        &[
            "if (username.equals(\"admin\") && password.equals(\"§\")) {\n",
            "if (\"§\".equals(password)) {\n",
            "if (Objects.equals(password, \"§\")) {\n",
            "if (password.equalsIgnoreCase(\"§\")) {\n",
            "if (user.getPassword().equals(\"§\")) {\n",
            "if (request.getParameter(\"password\").equals(\"§\")) {\n",
            "if (password.trim().equals(\"§\")) {\n",
            "if (password.Equals(\"§\", StringComparison.Ordinal))\n",
            "if (string.Equals(password, \"§\"))\n",
            "if (!strcmp(\"§\", password)) {\n",
            "if (strcmp(password, \"§\") == 0) {\n",
            "if (password.compare(\"§\") == 0)\n",
            "subtle.ConstantTimeCompare([]byte(password), []byte(\"§\"))\n",
            "if (hash_equals('§', $password))\n",
            "if (strcmp($password, '§') == 0)\n",
            "if hmac.compare_digest(password.encode(), b'§'):\n",
            "if request.form.get('password') == '§':\n",
            "if '§' == password:\n",
            "if ('§' === $password) {\n",
            "if ($password eq '§') {\n",
            "if ($password -eq '§') {\n",
            "if ([password isEqualToString:@\"§\"]) {\n",
        ],
        &[12, 14, 20],
    );
    found(
        &[
            "if r.Header.Get(\"X-Api-Key\") != \"§\" {\n",
            "if request.headers.get('X-API-Key') != '§':\n",
            "if (secureCompare(apiKey, \"§\")) {\n",
        ],
        &[32, 40],
    );
    silent(&[
        "if (password.equals(\"\")) {\n",
        "if (\"password\".equals(field)) {\n",
        "if (type.equals(\"password\")) {\n",
        "if (password.equals(confirmPassword)) {\n",
        "if (key.equals(\"accessToken2\")) {\n",
        "if (name.equals(\"user_password_field\")) {\n",
        "if (token.equals(\"null\")) {\n",
        "if request.form.get('password') == request.form.get('confirm'):\n",
        "if field == 'password':\n",
        "if 'password' == field:\n",
        "if (strcmp(key, \"password\") == 0) {\n",
        "if (!strcmp(argv[1], \"--password\")) {\n",
        "if (strcmp(token, \"BEGIN_OBJECT\") == 0)\n",
        "if (event.key.equals(\"ArrowLeft\")) {\n",
        "sort((a, b) => a.key.localeCompare(b.key, 'en'))\n",
    ]);
}

#[test]
fn keys_of_signatures_are_arguments() {
    found(
        &[
            "x = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(\"§\"));\n",
            "Key k = Keys.hmacShaKeyFor(\"§\".getBytes());\n",
            "Key k = Keys.hmacShaKeyFor(Decoders.BASE64.decode(\"§\"));\n",
            "x = JWT.encode payload, '§', 'HS256'\n",
            "const h = CryptoJS.HmacSHA256(d, '§');\n",
            "using var h = new HMACSHA256(Encoding.UTF8.GetBytes(\"§\"));\n",
            "s = URLSafeSerializer(\"§\")\n",
            "s = URLSafeTimedSerializer(\"§\", salt=\"reset\")\n",
        ],
        &[32, 40],
    );
    silent(&[
        "x = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(config[\"Jwt:Key\"]));\n",
        "const h = CryptoJS.HmacSHA256(message, secret);\n",
        "const h = CryptoJS.HmacSHA256('hello world', secret);\n",
        "s = URLSafeSerializer(app.secret_key, \"activate-account\")\n",
        "s = URLSafeSerializer(\"secret-key\")\n",
        "signer = TimestampSigner(salt=\"reports\")\n",
        "x = JWT.encode payload, rsa_private, 'RS256'\n",
    ]);
}

#[test]
fn four_groups_of_four_letters_are_no_sentence() {
    let letters: Vec<u8> = (b'a'..=b'z').collect();
    for form in [
        "password = '§'\n",
        "pwd = \"§\"\n",
        "sender_password = \"§\"\n",
        "smtp.login('me@gmail.com', '§')\n",
        "server.login(sender, \"§\")\n",
        "yagmail.SMTP('me@gmail.com', password='§')\n",
    ] {
        let missed: Vec<String> = (1..=200)
            .map(|seed| drawn(16, &letters, seed))
            .map(|all| format!("{} {} {} {}", &all[..4], &all[4..8], &all[8..12], &all[12..]))
            .filter(|value| !secrets(&form.replace('§', value), Confidence::Medium).contains(value))
            .collect();
        assert!(missed.len() <= 10, "{form}: {} of 200: {missed:?}", missed.len());
    }
    silent(&[
        "password = 'abcd efgh ijkl mnop'\n",
        "password = 'xxxx xxxx xxxx xxxx'\n",
        "password = 'your pass goes here'\n",
        "password = 'type your code here'\n",
        "password = 'este dato debe ir'\n",
        "label = 'qkzt mvbn wpxr tyhj'\n",
        "server.login(sender, \"your pass goes here\")\n",
    ]);
}

#[test]
fn an_arm_of_an_expression_and_one_of_several_values_are_found() {
    found(
        &[
            "const token = cond ? null : '§';\n",
            "const token = cond ? '§' : '';\n",
            "const token = env === 'prod' ? '§' : '';\n",
            "String token = flag ? null : \"§\";\n",
            "token = x if x else '§'\n",
            "fetch(u + '?api_key=' + '§');\n",
            "url = base + '?access_token=' + '§'\n",
        ],
        &[32, 40],
    );
    found(
        &[
            "self.password, self.user = '§', 'u'\n",
            "const [user, password] = ['u', '§'];\n",
            "[password, user] = ['§', 'u']\n",
            "my ($user, $password) = ('u', '§');\n",
            "user, password, port = 'u', '§', 5432\n",
        ],
        &[12, 16],
    );
    silent(&[
        "const type = showPassword ? 'text' : 'password';\n",
        "const passwordLabel = isNew ? 'Choose a password' : 'Password';\n",
        "token = next() if more else 'END_OF_FILE'\n",
        "connect(password, name='Qz7xTr2pLw91', b=2)\n",
        "user, password = sys.argv[1], sys.argv[2]\n",
        "const [token, setToken] = useState('');\n",
        "for key, token in {'a': 'b1'}.items():\n",
        "fetch(u + '?api_key=' + apiKey + '&v=1');\n",
    ]);
}

#[test]
fn each_entry_of_a_table_of_passwords_is_found() {
    found(
        &[
            "$passwords = ['admin' => '§', 'ops' => 'x'];\n",
            "passwords = [\"Qz7xTr2pLw91\", \"§\"]\n",
            "const passwords = {admin: '§'}\n",
        ],
        &[12, 14],
    );
    silent(&["passwords = ['username', 'password1']\n", "$passwords = ['admin' => $this->get('x1y2z3')];\n"]);
}

#[test]
fn a_flag_and_its_value_are_words_of_a_list_that_begins_far_above() {
    found(
        &[
            " \"args\": [\n  \"-y\",\n  \"x\",\n  \"--api-key\",\n  \"§\"\n ]\n",
            "cmd = [\n    'vault', 'login',\n    '--token', '§',\n]\n",
        ],
        &[32],
    );
    silent(&[
        "p.add_argument(\n    \"-t\",\n    \"--token\",\n    \"the token2 to use\",\n)\n",
        "flags = [\n    '-v',\n    '--token',\n    '--no-color',\n]\n",
    ]);
}

#[test]
fn a_token_is_in_the_place_of_the_user() {
    let found = |form: &str, len, alphabet: &[u8]| {
        (1..=20).all(|seed| {
            let value = drawn(len, alphabet, seed);
            secrets(&form.replace('§', &value), Confidence::Medium).contains(&value)
        })
    };
    assert!(found("git clone https://§:x-oauth-basic@github.com/a/b.git\n", 40, b"0123456789abcdef"));
    assert!(found("git clone https://§@github.acme.net/a/b.git\n", 40, b"0123456789abcdef"));
    silent(&[
        "git clone https://a-user-with-a-long-name@github.com/a/b.git\n",
        "ssh://ThisIsAUser0fManyWords@git.acme.net/a\n",
    ]);
    let public = format!("https://{}@o123.ingest.sentry.io/456\n", drawn(32, b"0123456789abcdef", 3));
    silent(&[&public]);
}

#[test]
fn a_secret_s_data_is_found_however_the_document_is_written() {
    for form in [
        "kind: Secret\ndata: # z\n  foo: §\n",
        "kind: \"Secret\"\ndata:\n  foo: §\n",
        "kind: 'Secret'\nstringData:\n  foo: §\n",
        "kind: Secret\ndata: {foo: §}\n",
        "kind: Secret\ndata: &d\n  foo: §\n",
        "kind: Secret\ndata:\n  foo: !!binary §\n",
        "kind: List\nitems:\n- kind: ConfigMap\n  data:\n    a: b\n- kind: Secret\n  data:\n    foo: §\n",
    ] {
        let plain = drawn(18, ALNUM, 7);
        let value = data_encoding::BASE64.encode(plain.as_bytes());
        let found = secrets(&form.replace('§', &value), Confidence::Medium);
        assert!(found.contains(&plain) || found.contains(&value), "{form}: {found:?}");
    }
    let list = "kind: List\nitems:\n- kind: Secret\n  metadata:\n    name: x\n- kind: ConfigMap\n  data:\n    logo: §\n";
    silent(&[&list.replace('§', &drawn(64, ALNUM, 9))]);
}
