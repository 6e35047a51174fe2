//! Signatures: rule 6, and the tokens of `sas.jsonl`. Recomputed here, not by nh-core.

use crate::rules::case::{Case, Verdict};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use nh_core::{SharedAccessKey, bytes::Bytes, http};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use sha2::Sha256;

/// `sas.jsonl`: one canonical encoder, so the token is equal as text.
pub(crate) fn check(case: &Case) -> Verdict {
    let text = |key: &str| case.get(key).as_str().unwrap_or_default();
    let Some(expiry) = case.get("expiry").as_u64() else {
        return Verdict::Failed("the case has no expiry".into());
    };
    let key = match SharedAccessKey::new(text("key_name"), text("key")) {
        Ok(key) => key,
        Err(error) => return Verdict::Failed(format!("refused: {error}")),
    };
    let token = key.token(text("resource_uri"), expiry);
    match token.to_str() {
        Ok(token) if token == text("token") => Verdict::Passed,
        _ => Verdict::Failed(format!(
            "{:?}, expected {}",
            token.as_bytes().escape_ascii().to_string(),
            text("token")
        )),
    }
}

pub(crate) fn authorization(request: &http::Request<Bytes>, expected: &Value) -> Result<(), String> {
    let values: Vec<_> = request.headers().get_all(http::header::AUTHORIZATION).iter().collect();
    let [value] = values.as_slice() else {
        return Err(format!("authorization is there {} times", values.len()));
    };
    let value = value.to_str().map_err(|_| "authorization is no text")?;
    token(value, expected)
}

fn token(value: &str, expected: &Value) -> Result<(), String> {
    let fields =
        value.strip_prefix("SharedAccessSignature ").ok_or("authorization is no SharedAccessSignature")?;
    let field = |name: &str| {
        let mut found =
            fields.split('&').filter_map(|field| field.split_once('=')).filter(|(n, _)| *n == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Ok(value),
            _ => Err(format!("authorization has {name} not once")),
        }
    };
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (resource, signature, expiry, name) = (field("sr")?, field("sig")?, field("se")?, field("skn")?);
    if fields.split('&').count() != 4 {
        return Err("authorization has other fields".into());
    }
    let wanted = |key: &str| expected[key].as_str().ok_or(format!("the case has no {key}"));
    if decode(name) != wanted("key_name")? {
        return Err(format!("skn {name}"));
    }
    let mut mac =
        Hmac::<Sha256>::new_from_slice(wanted("key")?.as_bytes()).map_err(|error| error.to_string())?;
    mac.update(format!("{resource}\n{expiry}").as_bytes());
    if decode(signature) != STANDARD.encode(mac.finalize().into_bytes()) {
        return Err("the signature is wrong".into());
    }
    let seconds: i64 = expiry.parse().map_err(|_| format!("se {expiry}"))?;
    let bound = |key: &str| expected[key].as_i64().ok_or(format!("the case has no {key}"));
    if !(bound("expires_after")? < seconds && seconds <= bound("expires_by")?) {
        return Err(format!("se {expiry} is out of bounds"));
    }
    if covers(&decode(resource), wanted("resource")?) {
        Ok(())
    } else {
        Err(format!("sr {} does not cover it", decode(resource)))
    }
}

/// Without scheme, port, case and trailing slash, the URL or a prefix of it that ends at `/` or `?`.
fn covers(resource: &str, url: &str) -> bool {
    let normal = |text: &str| {
        let text = text.to_lowercase();
        let text = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest).trim_end_matches('/');
        let (authority, path) =
            text.split_once('/').map_or((text, String::new()), |(a, p)| (a, format!("/{p}")));
        format!("{}{path}", authority.split(':').next().unwrap_or_default())
    };
    let (resource, url) = (normal(resource), normal(url));
    // The case names the URL without its query; a token for the whole URL goes on with one.
    let with_query = resource.strip_prefix(&url).is_some_and(|rest| rest.starts_with('?'));
    with_query
        || url.strip_prefix(&resource).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

#[test]
fn a_token_is_recomputed() {
    let expected = serde_json::json!({"resource": "https://contoso.net/contoso-hub/messages", "key_name": "n&", "key": "k",
        "expires_after": 10, "expires_by": 20});
    let sign = |resource: &str, key: &str, expiry: u64| {
        SharedAccessKey::new("n&", key).unwrap().token(resource, expiry).to_str().unwrap().to_owned()
    };
    for good in [
        "sb://CONTOSO.net:1/",
        "https://contoso.net/contoso-hub",
        "https://contoso.net/contoso-hub/messages?a=b",
    ] {
        assert_eq!(token(&sign(good, "k", 20), &expected), Ok(()), "{good}");
    }
    let right = sign("https://contoso.net/", "k", 20);
    for bad in [
        sign("https://contoso.net/contoso", "k", 20),
        sign("https://contoso.net/", "other", 20),
        sign("https://contoso.net/", "k", 21),
        sign("https://contoso.net/", "k", 10),
        right.replace("skn=n", "skn=m"),
        format!("{right}&se=20"),
        format!("{right}&x=1"),
        "Bearer x".into(),
    ] {
        assert!(token(&bad, &expected).is_err(), "{bad}");
    }
}
