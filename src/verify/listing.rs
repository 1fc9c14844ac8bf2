//! The pages of a list that an API gives, one after the other, within the server's limits.
//!
//! # Invariant
//!
//! The token goes only to the host that the user named, over TLS: a next page at another host is an error, and no redirect
//! is followed. A list that is not whole is an error, and never a shorter list.

use super::client::{Answer, Client};
use super::failure::Failure;
use super::request::Request;
use super::{Error, Options};
use crate::model::Secret;
use crate::rules::recipe::Method;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The most bytes of a page: a hundred repositories of GitHub have 0.6 MB.
const LARGEST_PAGE: u64 = 32 << 20;

/// The most pages: ten million repositories.
const MOST_PAGES: u32 = 100_000;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How often a request is sent again whose server had a fault or gave no answer.
const RETRIES: u32 = 4;

/// The longest that a server may ask to wait: its limits are for an hour.
const LONGEST_WAIT: Duration = Duration::from_secs(3700);

/// How often a signal is looked for.
const LOOK: Duration = Duration::from_millis(50);

/// How to fetch a list.
#[derive(Debug)]
pub struct ListingOptions {
    /// The API's URL.
    pub api: String,
    /// The headers of each request, the token among them.
    pub headers: Vec<(String, Secret)>,
    /// Whether the host may have an address that is not on the internet.
    pub allow_private: bool,
    /// The certificates to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Hosts whose address is given.
    pub connect_to: Vec<(String, SocketAddr)>,
    /// Set when the run shall end.
    pub stop: &'static AtomicBool,
}

/// An API that gives lists.
#[derive(Debug)]
pub struct ListingApi {
    client: Client,
    options: ListingOptions,
    /// Scheme and host of the API.
    origin: String,
}

/// What a page is.
enum PageAnswer {
    Page(Answer),
    /// There is no such list.
    Absent,
}

impl ListingApi {
    /// The API of these options. Opens no connection.
    ///
    /// # Errors
    /// If its URL, the certificates or the proxy cannot be used.
    pub fn open(options: ListingOptions) -> Result<Self, Error> {
        let wrong = || Error::ApiUrl { url: options.api.clone() };
        let rest = options.api.strip_prefix("https://").ok_or_else(wrong)?;
        let host = rest.split('/').next().unwrap_or_default();
        if host.is_empty() || rest.contains(['@', '?', '#', ' ', '\\']) {
            return Err(wrong());
        }
        let origin = format!("https://{host}");
        let client = Client::open(&Options {
            is_plan: false,
            risky: false,
            allow_hosts: Vec::new(),
            key_owners: Vec::new(),
            allow_private: options.allow_private,
            ca_file: options.ca_file.clone(),
            connect_to: options.connect_to.clone(),
            timeout: TIMEOUT,
            max_requests: u32::MAX,
            stop: Some(options.stop),
        })?;
        Ok(Self { client: client.reading(LARGEST_PAGE), options, origin })
    }

    /// Passes each page of the list at `path` (with its query) to `take`. False if there is no such list.
    ///
    /// # Errors
    /// If a page does not come, or `take` does not understand it.
    pub fn pages(
        &self,
        path: &str,
        take: &mut dyn FnMut(&[u8]) -> Result<(), String>,
    ) -> Result<bool, Error> {
        let mut url = format!("{}{path}", self.options.api.trim_end_matches('/'));
        for number in 0..MOST_PAGES {
            let answer = match self.page(&url)? {
                PageAnswer::Absent if number == 0 => return Ok(false),
                PageAnswer::Absent => return Err(self.failed("a page of the list is not there".to_owned())),
                PageAnswer::Page(answer) => answer,
            };
            take(&answer.body).map_err(|what| self.failed(what))?;
            let Some(next) = answer.header("link").and_then(next_of) else { return Ok(true) };
            if next == url || !next.strip_prefix(&self.origin).is_some_and(|rest| rest.starts_with('/')) {
                return Err(
                    self.failed("the next page is at another place, where nothing was sent".to_owned())
                );
            }
            url = next.to_owned();
        }
        Err(self.failed("the list has no end".to_owned()))
    }

    fn failed(&self, what: String) -> Error {
        Error::Listing { host: self.origin.trim_start_matches("https://").to_owned(), what }
    }

    fn page(&self, url: &str) -> Result<PageAnswer, Error> {
        let mut failures = 0;
        loop {
            if self.options.stop.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            let request = Request {
                method: Method::Get,
                url: url.to_owned(),
                headers: self.options.headers.clone(),
                body: None,
            };
            let (what, pause) = match self.client.send(&request) {
                Ok(answer) => match answer.status {
                    200 => return Ok(PageAnswer::Page(answer)),
                    404 => return Ok(PageAnswer::Absent),
                    429 | 403 => match limit(&answer) {
                        Some(pause) if pause <= LONGEST_WAIT => {
                            self.wait(pause)?;
                            // A server that says so for ever must not be asked for ever.
                            failures += 1;
                            if failures <= RETRIES {
                                continue;
                            }
                            return Err(self.failed("it says again and again to wait".to_owned()));
                        }
                        Some(_) => {
                            return Err(self.failed("it says to wait for more than an hour".to_owned()));
                        }
                        None => return Err(self.refused(&answer)),
                    },
                    500..=599 => (format!("it answered with {}", answer.status), None),
                    _ => return Err(self.refused(&answer)),
                },
                Err(failure @ (Failure::Timeout | Failure::Connection)) => (failure.to_string(), None),
                Err(failure) => return Err(self.failed(failure.to_string())),
            };
            failures += 1;
            if failures > RETRIES {
                return Err(self.failed(what));
            }
            self.wait(pause.unwrap_or(Duration::from_secs(1 << (failures - 1))))?;
        }
    }

    fn refused(&self, answer: &Answer) -> Error {
        let why = match answer.status {
            300..=399 => " (a redirect, which is not followed: name the address that it leads to)",
            401 => " (the token is not accepted)",
            403 => " (the token may not list this)",
            _ => "",
        };
        self.failed(format!("it answered with {}{why}", answer.status))
    }

    fn wait(&self, pause: Duration) -> Result<(), Error> {
        let until = Instant::now() + pause;
        while Instant::now() < until {
            if self.options.stop.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            thread::sleep(LOOK.min(until.saturating_duration_since(Instant::now())));
        }
        Ok(())
    }
}

/// How long the server says to wait, if that is why it refused: `Retry-After` in seconds, or a limit that is used up and
/// the second at which it begins anew (GitHub's and GitLab's headers).
fn limit(answer: &Answer) -> Option<Duration> {
    let number = |name: &str| answer.header(name).and_then(|value| value.trim().parse::<u64>().ok());
    if let Some(seconds) = number("retry-after") {
        return Some(Duration::from_secs(seconds));
    }
    let is_used_up = [number("x-ratelimit-remaining"), number("ratelimit-remaining")].contains(&Some(0));
    let reset = number("x-ratelimit-reset").or(number("ratelimit-reset"));
    if is_used_up || answer.status == 429 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        // Without a time, GitHub asks for a minute.
        let wait = reset.map_or(60, |reset| reset.saturating_sub(now) + 1);
        return Some(Duration::from_secs(wait));
    }
    None
}

/// The URL of the next page in a header `Link`.
fn next_of(link: &str) -> Option<&str> {
    link.split(',').find_map(|one| {
        let (url, parameters) = one.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = |parameter: &str| {
            let value = parameter.trim().strip_prefix("rel=").map(|value| value.trim_matches('"'));
            value.is_some_and(|value| value.split(' ').any(|word| word == "next"))
        };
        parameters.split(';').any(is_next).then_some(url)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_the_one_that_the_header_names() {
        let table = [
            (
                "<https://h/a?page=2>; rel=\"next\", <https://h/a?page=9>; rel=\"last\"",
                Some("https://h/a?page=2"),
            ),
            ("<https://h/a?page=1>; rel=\"prev\",<https://h/b>; title=x; rel=next", Some("https://h/b")),
            ("<https://h/a>; rel=\"last\"", None),
            ("rel=next", None),
            ("", None),
        ];
        for (link, wanted) in table {
            assert_eq!(next_of(link), wanted, "{link}");
        }
    }

    #[test]
    fn a_server_says_how_long_to_wait() {
        let answer = |status, headers: &[(&str, &str)]| Answer {
            status,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: Vec::new(),
        };
        let seconds = |answer: Answer| limit(&answer).map(|wait| wait.as_secs());
        assert_eq!(seconds(answer(429, &[("retry-after", "7")])), Some(7));
        assert_eq!(seconds(answer(403, &[])), None);
        assert_eq!(seconds(answer(429, &[])), Some(60));
        let past = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1")];
        assert_eq!(seconds(answer(403, &past)), Some(1));
        assert_eq!(seconds(answer(403, &[("x-ratelimit-remaining", "5")])), None);
    }
}
