//! PNS handles on the command line.

use crate::document::{read_text, wrong};
use crate::failure::Failure;
use nh_core::{BuildError, DeviceHandle, PnsHandle};
use serde::Deserialize;
use std::path::Path;

/// A browser's push subscription as JSON.
#[derive(Deserialize)]
struct Subscription {
    endpoint: String,
    p256dh: String,
    auth: String,
}

/// A plain handle, or a browser's push subscription.
pub(crate) fn device(text: &str) -> Result<DeviceHandle, BuildError> {
    if !text.trim_start().starts_with('{') {
        return DeviceHandle::new(text);
    }
    // The parser's own message would repeat what it could not read, secrets included.
    let Ok(Subscription { endpoint, p256dh, auth }) = serde_json::from_str(text) else {
        return Err(BuildError::new(
            "device handle",
            "is no browser subscription",
            r#"write it as {"endpoint":"..","p256dh":"..","auth":".."}"#,
        ));
    };
    DeviceHandle::browser(endpoint, &p256dh, &auth)
}

/// The handles in a file, one a line. Empty lines say nothing.
pub(crate) fn devices(file: &Path) -> Result<Vec<DeviceHandle>, Failure> {
    let text = read_text(file)?;
    let lines = (1..).zip(text.trim_start_matches('\u{feff}').lines().map(str::trim));
    let devices = lines
        .filter(|(_, line)| !line.is_empty())
        .map(|(number, line)| device(line).map_err(|why| wrong(file, format_args!("line {number}: {why}"))));
    let devices = devices.collect::<Result<Vec<_>, _>>()?;
    // Nobody must not become everybody.
    if devices.is_empty() {
        return Err(wrong(file, "no device handle; write one a line"));
    }
    Ok(devices)
}

/// `kind:handle`; the parts of a handle that has several are separated by commas.
pub(crate) fn pns_handle(text: &str) -> Result<PnsHandle, BuildError> {
    let refuse = |problem: &str| {
        let remedy =
            "write it as apple:TOKEN, windows:URI, baidu:USER,CHANNEL or browser:ENDPOINT,P256DH,AUTH";
        Err(BuildError::new("--handle", problem, remedy))
    };
    let Some((kind, handle)) = text.split_once(':') else { return refuse("has no kind") };
    // An endpoint may have commas itself.
    let parts: Vec<&str> = handle.rsplitn(3, ',').collect();
    match (kind, parts.as_slice()) {
        ("apple", _) => PnsHandle::apple(handle),
        ("fcmv1", _) => PnsHandle::fcm_v1(handle),
        ("gcm", _) => PnsHandle::gcm(handle),
        ("windows", _) => PnsHandle::windows(handle),
        ("windowsphone", _) => PnsHandle::windows_phone(handle),
        ("adm", _) => PnsHandle::adm(handle),
        ("xiaomi", _) => PnsHandle::xiaomi(handle),
        ("baidu", [channel, user]) => PnsHandle::baidu(*user, *channel),
        ("browser", [auth, p256dh, endpoint]) => PnsHandle::browser(*endpoint, *p256dh, *auth),
        ("baidu" | "browser", _) => refuse("has not all parts"),
        _ => refuse("is of a kind that is not known"),
    }
}
