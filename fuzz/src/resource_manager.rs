//! What people write of Azure Resource Manager, and what it answers, as nh-core reads it.

use super::request::now;
use super::{arguments, text};
use nh_core::bytes::Bytes;
use nh_core::http::Response;
use nh_core::{
    AccessToken, AzureCloud, Hub, ListKeys, Operation, PolicyKey, RegenerateKeys, ResourceId,
    ResourceListKeys, ResourceManager, ServiceError,
};

/// A resource id: what is read is printed and read as equal. Its keys are asked for at the resource manager, at this very address. A token is
/// one header or is refused, and no error repeats it.
pub fn resource_id(bytes: &[u8]) {
    let [id, token] = arguments(bytes).map(text);
    for id in [&text(bytes), &id] {
        let Ok(read) = ResourceId::parse(id) else { continue };
        let again = ResourceId::parse(&read.to_string()).expect("it was printed");
        assert_eq!(again, read);
        let rule =
            read.rule().map_or_else(|| read.with_rule("Send").expect("a legal name"), |_| read.clone());
        let arm = ResourceManager::new(&AzureCloud::PUBLIC, AccessToken::new("e30").expect("a legal token"));
        let list = ListKeys::of(&rule).expect("it names a rule");
        let request = arm.request(&list, now()).expect("its names are legal");
        assert_eq!(request.uri().host(), Some("management.azure.com"));
        assert_eq!(request.uri().path().split('/').count(), rule.to_string().split('/').count() + 1);
        assert!(request.uri().path().ends_with("/listKeys"), "{}", request.uri());
        let regenerate = RegenerateKeys::of(&rule, PolicyKey::Primary).expect("it names a rule");
        assert!(arm.request(&regenerate, now()).is_ok());
    }
    match AccessToken::new(&token) {
        Ok(taken) => {
            assert_eq!(format!("{taken:?}"), "AccessToken(..)");
            let arm = ResourceManager::new(&AzureCloud::PUBLIC, taken);
            let rule = ResourceId::new("29cfa613-cbbc-4512-b1d6-1b3a92c7fa40", "group", "namespace")
                .and_then(|namespace| namespace.with_rule("Send"))
                .expect("legal names");
            let request = arm.request(&ListKeys::of(&rule).expect("a rule"), now()).expect("a legal token");
            assert_eq!(request.headers()["authorization"], format!("Bearer {token}"));
        }
        Err(_) => {
            if let Err(error) = AccessToken::new(format!("sesame{token}")) {
                assert!(!error.to_string().contains("sesame"), "{error}");
            }
        }
    }
}

/// The answer with the keys of a rule: what is read is written, and read back equal. No `Debug` and no error shows a key.
pub fn keys(bytes: &[u8]) {
    let rule = ResourceId::new("29cfa613-cbbc-4512-b1d6-1b3a92c7fa40", "group", "namespace")
        .and_then(|namespace| namespace.with_rule("Send"))
        .expect("legal names");
    let list = ListKeys::of(&rule).expect("a rule");
    for status in [400, 401, 403, 404, 409, 429, 503] {
        let answer =
            Response::builder().status(status).body(Bytes::copy_from_slice(bytes)).expect("a status");
        let error = list.response(answer).expect_err("no success");
        assert!(!error.to_string().contains('\n') && error.status().as_u16() == status);
    }
    let read = |bytes: Bytes| list.response(Response::new(bytes));
    let keys: ResourceListKeys = match read(Bytes::copy_from_slice(bytes)) {
        Ok(keys) => keys,
        Err(error) => return assert!(ServiceError::is_unreadable(&error)),
    };
    let member = |text: &str| serde_json::Value::from(text).to_string();
    let of = |which| {
        let endpoint = keys.connection_string(which).endpoint().to_string();
        Hub::new(&endpoint, "news", keys.credential(which)).expect("an endpoint that was read");
        format!("Endpoint={endpoint};SharedAccessKeyName=n;SharedAccessKey=k")
    };
    let written = format!(
        r#"{{"keyName":{},"primaryKey":{},"secondaryKey":{},"primaryConnectionString":{},"secondaryConnectionString":{}}}"#,
        member(keys.key_name()),
        member(keys.secret(PolicyKey::Primary)),
        member(keys.secret(PolicyKey::Secondary)),
        member(&of(PolicyKey::Primary)),
        member(&of(PolicyKey::Secondary)),
    );
    let again = read(Bytes::from(written)).expect("it was written");
    for which in [PolicyKey::Primary, PolicyKey::Secondary] {
        assert_eq!(again.secret(which), keys.secret(which));
        let endpoint = |keys: &ResourceListKeys| keys.connection_string(which).endpoint().clone();
        assert_eq!(endpoint(&again), endpoint(&keys));
        let shown = format!("{keys:?}");
        let secret = keys.secret(which);
        assert!(secret.len() < 12 || keys.key_name().contains(secret) || !shown.contains(secret), "{shown}");
    }
    assert_eq!(again.key_name(), keys.key_name());
}
