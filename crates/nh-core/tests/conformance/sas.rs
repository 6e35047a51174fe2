//! Signatures: rule 6, and the tokens of `sas.jsonl`. Recomputed here, not by nh-core.

use crate::rules::case::{Case, Verdict};
use crate::rules::wire::form;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use nh_core::{SharedAccessKey, bytes::Bytes, http};
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
    token(value, &request.uri().to_string(), expected)
}

fn token(value: &str, url: &str, expected: &Value) -> Result<(), String> {
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
    let (resource, signature, expiry, name) = (field("sr")?, field("sig")?, field("se")?, field("skn")?);
    if fields.split('&').count() != 4 {
        return Err("authorization has other fields".into());
    }
    let wanted = |key: &str| expected[key].as_str().ok_or(format!("the case has no {key}"));
    if form(name)? != wanted("key_name")? {
        return Err(format!("skn {name}, expected {}", wanted("key_name")?));
    }
    let mut mac =
        Hmac::<Sha256>::new_from_slice(wanted("key")?.as_bytes()).map_err(|error| error.to_string())?;
    mac.update(format!("{resource}\n{expiry}").as_bytes());
    if form(signature)? != STANDARD.encode(mac.finalize().into_bytes()) {
        return Err("the signature is wrong".into());
    }
    let seconds: i64 = match expiry.parse() {
        Ok(seconds) if expiry.bytes().all(|b| b.is_ascii_digit()) => seconds,
        _ => return Err(format!("se {expiry} is no number of seconds")),
    };
    let bound = |key: &str| expected[key].as_i64().ok_or(format!("the case has no {key}"));
    if !(bound("expires_after")? < seconds && seconds <= bound("expires_by")?) {
        return Err(format!("se {expiry} is out of bounds"));
    }
    let resource = form(resource)?;
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let listed = format!("{}?{query}", wanted("resource")?);
    // The client may write the path's escapes in another way than the case; rule 1 has found both equal.
    if covers(&resource, &listed) || covers(&resource, url) {
        Ok(())
    } else {
        Err(format!("sr {resource} does not cover {url}"))
    }
}

/// Without scheme, port, case and trailing slash: the URL with or without its query, or a prefix that ends at a `/`.
fn covers(resource: &str, url: &str) -> bool {
    let normal = |text: &str| {
        let text = text.to_lowercase();
        let (text, query) = match text.split_once('?') {
            Some((text, query)) => (text, format!("?{query}")),
            None => (text.as_str(), String::new()),
        };
        let text = text.split_once("://").map_or(text, |(_, rest)| rest);
        let (authority, path) = text.split_at(text.find('/').unwrap_or(text.len()));
        let authority = authority.split(':').next().unwrap_or_default();
        (format!("{authority}{}", path.strip_suffix('/').unwrap_or(path)), query)
    };
    let ((resource, resource_query), (url, query)) = (normal(resource), normal(url));
    let whole = resource == url && [query.as_str(), "?", ""].contains(&resource_query.as_str());
    let prefix = url.strip_prefix(&resource).is_some_and(|rest| rest.starts_with('/'));
    whole || prefix && resource_query.is_empty() && !resource.is_empty()
}

#[test]
fn a_token_is_recomputed() {
    let url = "https://contoso.net/contoso-hub/messages?a=b";
    let expected = serde_json::json!({"resource": "https://contoso.net/contoso-hub/messages", "key_name": "n &", "key": "k",
        "expires_after": 10, "expires_by": 20});
    let sign = |resource: &str, key: &str, expiry: u64| {
        SharedAccessKey::new("n &", key).unwrap().token(resource, expiry).to_str().unwrap().to_owned()
    };
    let right = sign("https://contoso.net/", "k", 20);
    let (sr, rest) = right.strip_prefix("SharedAccessSignature ").unwrap().split_once('&').unwrap();
    for good in [
        right.clone(),
        format!("SharedAccessSignature {rest}&{sr}"),
        right.replace("n%20%26", "n+%26"),
        sign("sb://CONTOSO.net:1/", "k", 11),
        sign("https://contoso.net/contoso-hub", "k", 20),
        sign("https://contoso.net/contoso-hub/messages/", "k", 20),
        sign(url, "k", 20),
    ] {
        assert_eq!(token(&good, url, &expected), Ok(()), "{good}");
    }
    for bad in [
        sign("https://contoso.net/contoso", "k", 20),
        sign("https://contoso.net/contoso-hub/messages/more", "k", 20),
        sign("https://contoso.net/contoso-hub/messages?c=d", "k", 20),
        sign("https://contoso.net.evil/", "k", 20),
        sign("https://", "k", 20),
        sign("", "k", 20),
        sign("https://contoso.net/", "other", 20),
        sign("https://contoso.net/", "k", 21),
        sign("https://contoso.net/", "k", 10),
        right.replace("skn=n", "skn=m"),
        right.replace("%26", "%2"),
        // Signed as it was sent, or not at all.
        right.replace("%2F", "%2f"),
        format!("{right}&se=20"),
        format!("{right}&x=1"),
        right.replace("&se=20", ""),
        right.replace("SharedAccessSignature", "sharedaccesssignature"),
        "Bearer x".into(),
    ] {
        assert!(token(&bad, url, &expected).is_err(), "{bad}");
    }
}

#[test]
fn there_is_one_authorization() {
    let expected = serde_json::json!({"resource": "https://a.net/h", "key_name": "n", "key": "k", "expires_after": 0, "expires_by": 9});
    let request = |values: &[&str]| {
        let mut request = http::Request::builder().uri("https://a.net/h");
        for value in values {
            request = request.header("authorization", *value);
        }
        request.body(Bytes::new()).unwrap()
    };
    let token = SharedAccessKey::new("n", "k").unwrap().token("https://a.net/h", 9);
    let token = token.to_str().unwrap();
    assert_eq!(authorization(&request(&[token]), &expected), Ok(()));
    assert!(authorization(&request(&[]), &expected).is_err());
    assert!(authorization(&request(&[token, token]), &expected).is_err());
}

#[test]
fn tokens_are_compared_as_text() {
    let case = |token: &str| {
        Case::new(
            serde_json::json!({"case": "own", "key_name": "n", "key": "k", "resource_uri": "sb://A/", "expiry": 5, "token": token}),
        )
    };
    let right = SharedAccessKey::new("n", "k").unwrap().token("sb://a/", 5);
    let right = right.to_str().unwrap();
    assert!(matches!(check(&case(right)), Verdict::Passed));
    assert!(matches!(check(&case(&right.replace("se=5", "se=6"))), Verdict::Failed(_)));
}
