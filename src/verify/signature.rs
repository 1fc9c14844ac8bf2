//! Signed requests, which prove that one has a secret without sending it: AWS's signature, version 4
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>), and that of Azure's storage
//! (<https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key>).

use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// What is signed: a POST to `/` without a query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a> {
    /// `service.region.…`, or `service.amazonaws.com` of a service without regions.
    pub(super) host: &'a str,
    /// The body, a form.
    pub(super) body: &'a [u8],
    /// The id of the key.
    pub(super) id: &'a str,
    /// When.
    pub(super) time: Timestamp,
}

/// The headers `Authorization` and `X-Amz-Date`; none if the host has no region.
pub(super) fn headers(signed: &Signed<'_>, secret: &[u8]) -> Option<[(String, String); 2]> {
    let (service, region) = place(signed.host)?;
    let time = signed.time.strftime("%Y%m%dT%H%M%SZ").to_string();
    let day = &time[..8];
    let request = format!(
        "POST\n/\n\nhost:{}\nx-amz-date:{time}\n\nhost;x-amz-date\n{}",
        signed.host,
        HEXLOWER.encode(&Sha256::digest(signed.body))
    );
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let text = format!(
        "AWS4-HMAC-SHA256\n{time}\n{scope}\n{}",
        HEXLOWER.encode(&Sha256::digest(request.as_bytes()))
    );
    let signature = HEXLOWER.encode(&hmac(&key(secret, day, region, service), text.as_bytes()));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}",
        signed.id
    );
    Some([("Authorization".to_owned(), authorization), ("X-Amz-Date".to_owned(), time)])
}

/// The version of Azure's API.
const AZURE_VERSION: &str = "2021-08-06";

/// The headers of a GET of Azure's storage; none if the secret is no key.
pub(super) fn of_azure(
    account: &str,
    path: &str,
    time: Timestamp,
    secret: &[u8],
) -> Option<[(String, String); 3]> {
    // A made-up key may end in bits that an encoder would have left unset.
    let mut base64 = BASE64.specification();
    base64.check_trailing_bits = false;
    let key = base64.encoding().ok()?.decode(secret).ok()?;
    let date = time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let (place, query) = path.split_once('?').unwrap_or((path, ""));
    let mut parameters: Vec<(String, &str)> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect();
    parameters.sort();
    let parameters: String = parameters.iter().map(|(name, value)| format!("\n{name}:{value}")).collect();
    // Eleven usual headers, of which it has none.
    let empty = "\n".repeat(11);
    let text =
        format!("GET\n{empty}x-ms-date:{date}\nx-ms-version:{AZURE_VERSION}\n/{account}{place}{parameters}");
    let signature = BASE64.encode(&hmac(&key, text.as_bytes()));
    Some([
        ("Authorization".to_owned(), format!("SharedKey {account}:{signature}")),
        ("x-ms-date".to_owned(), date),
        ("x-ms-version".to_owned(), AZURE_VERSION.to_owned()),
    ])
}

/// The service and the region of a host. Those of a service without regions are in the first.
fn place(host: &str) -> Option<(&str, &str)> {
    let (service, rest) = host.split_once('.')?;
    Some((service, if rest == "amazonaws.com" { "us-east-1" } else { rest.split('.').next()? }))
}

/// The key of a day, region and service.
fn key(secret: &[u8], day: &str, region: &str, service: &str) -> Vec<u8> {
    let start = [b"AWS4", secret].concat();
    [day, region, service, "aws4_request"].iter().fold(start, |key, part| hmac(&key, part.as_bytes()))
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_day_is_that_of_the_providers_example() {
        // The example's secret, in two parts so that no scanner takes it for one.
        let example = ["wJalrXUtnFEMI/K7MDENG+", "bPxRfiCYEXAMPLEKEY"].concat();
        let key = key(example.as_bytes(), "20150830", "us-east-1", "iam");
        let wanted = "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9";
        assert_eq!(HEXLOWER.encode(&key), wanted);
    }

    #[test]
    fn a_signature_depends_on_all_that_is_signed() {
        let signed = Signed {
            host: "sts.us-east-1.amazonaws.com",
            body: b"Action=X",
            id: "AKIAX",
            time: Timestamp::UNIX_EPOCH,
        };
        let of = |signed: &Signed<'_>, secret: &[u8]| headers(signed, secret).map(|[(_, text), _]| text);
        let one = of(&signed, b"s").expect("the host has a region");
        assert!(one.contains("Credential=AKIAX/19700101/us-east-1/sts/aws4_request"), "{one}");
        for other in [
            of(&signed, b"t"),
            of(&Signed { host: "sts.us-west-1.amazonaws.com", ..signed }, b"s"),
            of(&Signed { body: b"Action=Y", ..signed }, b"s"),
            of(&Signed { time: Timestamp::MAX, ..signed }, b"s"),
        ] {
            let signature = |text: &str| text.rsplit('=').next().map(str::to_owned);
            assert_ne!(other.and_then(|text| signature(&text)), signature(&one));
        }
        assert_eq!(headers(&Signed { host: "localhost", ..signed }, b"s"), None);
        assert_eq!(place("iam.amazonaws.com"), Some(("iam", "us-east-1")));
        assert_eq!(place("sts.cn-north-1.amazonaws.com.cn"), Some(("sts", "cn-north-1")));
    }
}
