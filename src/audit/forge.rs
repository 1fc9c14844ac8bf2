//! What GitHub's and GitLab's API say of the repositories of an organisation.

use super::{ListEntry, RepositoryAt};
use serde::Deserialize;

/// A forge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forge {
    /// GitHub, in the cloud or one's own.
    Github,
    /// GitLab, likewise.
    Gitlab,
}

/// The fields of a repository that matter, of GitHub and GitLab.
#[derive(Debug, Deserialize)]
struct ForgeRepository {
    #[serde(alias = "http_url_to_repo")]
    clone_url: Option<String>,
    #[serde(alias = "ssh_url_to_repo")]
    ssh_url: Option<String>,
    /// GitHub, in KiB.
    size: Option<u64>,
    /// GitLab, for those who may see it.
    statistics: Option<Statistics>,
}

#[derive(Debug, Deserialize)]
struct Statistics {
    repository_size: Option<u64>,
}

impl Forge {
    /// The API's URL, unless one's own is named.
    pub(crate) fn api(self) -> &'static str {
        match self {
            Self::Github => "https://api.github.com",
            Self::Gitlab => "https://gitlab.com/api/v4",
        }
    }

    /// The variables that may have the token.
    pub(crate) fn token_variables(self) -> &'static [&'static str] {
        match self {
            Self::Github => &["GH_TOKEN", "GITHUB_TOKEN"],
            Self::Gitlab => &["GITLAB_TOKEN"],
        }
    }

    /// The headers of a request with this token.
    pub(crate) fn headers(self, token: Option<&str>) -> Vec<(&'static str, String)> {
        match self {
            Self::Github => {
                let mut headers = vec![
                    ("accept", "application/vnd.github+json".to_owned()),
                    ("x-github-api-version", "2022-11-28".to_owned()),
                ];
                headers.extend(token.map(|token| ("authorization", format!("Bearer {token}"))));
                headers
            }
            Self::Gitlab => token.map(|token| ("private-token", token.to_owned())).into_iter().collect(),
        }
    }

    /// Where the repositories of `name` are listed; the second if the first is not there.
    pub(crate) fn paths(self, name: &str, has_token: bool) -> Vec<String> {
        let name = escaped(name);
        match self {
            Self::Github => {
                ["orgs", "users"].map(|of| format!("/{of}/{name}/repos?per_page=100&type=all")).to_vec()
            }
            Self::Gitlab => {
                // Without a token the request for sizes is refused.
                let sizes = if has_token { "&statistics=true" } else { "" };
                let query = "per_page=100&order_by=id&sort=asc";
                vec![
                    format!("/groups/{name}/projects?include_subgroups=true&{query}{sizes}"),
                    format!("/users/{name}/projects?{query}{sizes}"),
                ]
            }
        }
    }
}

/// The repositories on a page; by ssh if that is asked for.
///
/// # Errors
/// What the page has that is no list of repositories.
pub(crate) fn page(bytes: &[u8], by_ssh: bool) -> Result<Vec<ListEntry>, String> {
    let all: Vec<ForgeRepository> = serde_json::from_slice(bytes)
        .map_err(|error| format!("its answer is no list of repositories: {error}"))?;
    let entry = |one: ForgeRepository| {
        let url = if by_ssh { one.ssh_url } else { one.clone_url };
        let url = url.ok_or_else(|| "a repository of its list has no clone URL".to_owned())?;
        let size = one.statistics.and_then(|known| known.repository_size);
        let size = size.or(one.size.map(|size| size.saturating_mul(1024)));
        let entry = ListEntry::parse(&url, size)?;
        // The server has no say in what is read on this machine.
        let is_remote =
            matches!(&entry.at, RepositoryAt::Url { clean, secret: None } if !clean.starts_with("file:"));
        is_remote.then_some(entry).ok_or_else(|| "a repository of its list is not at a host".to_owned())
    };
    all.into_iter().map(entry).collect()
}

/// A name in the path of a URL.
fn escaped(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_both_are_read_and_what_leads_elsewhere_is_refused() {
        let github = br#"[{"clone_url":"https://github.com/acme/a.git","ssh_url":"git@github.com:acme/a.git","size":3,"x":1}]"#;
        let gitlab = br#"[{"http_url_to_repo":"https://gitlab.com/acme/b.git","ssh_url_to_repo":"git@gitlab.com:acme/b.git","statistics":{"repository_size":77,"y":2}}]"#;
        let read = |bytes: &[u8], by_ssh| {
            page(bytes, by_ssh)
                .map(|all| all.iter().map(|one| (one.at.shown(), one.size)).collect::<Vec<_>>())
        };
        assert_eq!(read(github, false), Ok(vec![("https://github.com/acme/a.git".to_owned(), Some(3072))]));
        assert_eq!(read(gitlab, true), Ok(vec![("git@gitlab.com:acme/b.git".to_owned(), Some(77))]));
        for wrong in [
            &b"{}"[..],
            b"[{}]",
            b"<html>",
            br#"[{"clone_url":"/etc"}]"#,
            br#"[{"clone_url":"file:///etc"}]"#,
            br#"[{"clone_url":"ext::sh"}]"#,
            br#"[{"clone_url":"https://u:p@h/x"}]"#,
        ] {
            assert!(page(wrong, false).is_err());
        }
        assert_eq!(
            Forge::Gitlab.paths("a/b c", false)[0].split('?').next(),
            Some("/groups/a%2Fb%20c/projects")
        );
    }
}
