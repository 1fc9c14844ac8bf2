//! A text to measure rules over, made up: code, settings, prose, logs and digests, the same in every run.

use crate::rules::template;
use std::fmt::Write as _;

/// Lines with templates (`rules::template`), and the words that are put in place of `§`.
#[rustfmt::skip]
const LINES: &[&str] = &[
    "    if (§.§ == null) {{ return new §(§, \"§ §\"); }",
    "    def §(self, §, §=None):",
    "        return [§ for § in self.§ if §.§ > 3]",
    "pub fn §(§: &str, §: usize) -> Result<§, Error> {{",
    "    let § = §.§().map(|§| §.§(\"§\")).collect::<Vec<_>>();",
    "  \"§\": {{\"§\": \"§\", \"§_§\": {digits:3}, \"§\": [\"§\", \"§\"]},",
    "  §: §-§.example.test",
    "  - name: § § §",
    "§_§=§",
    "<§ §=\"§\"><§>§ §</§></§>",
    "The § of a § is § by the § before the § and the § have been §.",
    "# § § §: see https://§.example.test/§/§.html#§",
    "2026-04-{digits:2}T12:{digits:2}:{digits:2}Z INFO §.§ §={uuid} §={hex:16} §",
    "{hex:64}  §/§.tar.gz",
    "    \"integrity\": \"sha512-{base64:86}==\",",
    "data:image/png;base64,{base64:200}",
    "commit {hex:40}",
    "    § = §(os.environ[\"§_§\"], §=\"${{§}\")",
    "password = §.get_password(§)",
    "api_key: str = §",
    "",
];

const WORDS: &[&str] = &[
    "value", "index", "user", "account", "token", "request", "response", "server", "client", "config",
    "path", "buffer", "result", "error", "message", "handler", "session", "column", "table", "cache",
    "render", "update", "public", "private", "secret", "build", "test", "module", "package", "version",
    "license", "image", "color", "width", "height", "left", "right", "name", "type", "kind", "state",
    "event", "queue", "worker", "thread", "lock", "file", "line", "byte", "key", "map", "list", "node",
    "tree", "graph", "edge", "time", "date", "hour", "minute", "second", "order", "price", "total",
];

/// At least `len` bytes of it.
pub(super) fn made_text(len: usize) -> String {
    let mut out = String::with_capacity(len + 400);
    // An arithmetic generator is enough for words.
    let mut state = 7_u64;
    let mut below = |limit: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % limit
    };
    let mut number = 0;
    while out.len() < len {
        let mut line = LINES[below(LINES.len())].to_owned();
        while line.contains('§') {
            line = line.replacen('§', WORDS[below(WORDS.len())], 1);
        }
        number += 1;
        let filled = template::fill(&line, number).expect("the lines are sound templates");
        let _a_string_takes_all = writeln!(out, "{filled}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_same_in_every_run_and_varied() {
        let text = made_text(20_000);
        assert!(text == made_text(20_000) && text.len() >= 20_000);
        assert!(!text.contains('§') && text.lines().collect::<std::collections::BTreeSet<_>>().len() > 100);
    }
}
