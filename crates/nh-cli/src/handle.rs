//! PNS handles on the command line.

use nh_core::{BuildError, Platform, PnsHandle};

/// `platform:handle`, as this option has it. Commas separate the parts of a handle that has several.
pub(crate) fn pns_handle(option: &str, text: &str) -> Result<PnsHandle, BuildError> {
    let Some((platform, handle)) = text.split_once(':') else {
        let remedy =
            "write it as apple:TOKEN, windows:URI, baidu:USER,CHANNEL or browser:ENDPOINT,P256DH,AUTH";
        return Err(BuildError::new(option, "names no platform", remedy));
    };
    let platform = Platform::from(platform);
    // The first part may have commas itself: it may be an endpoint.
    let mut parts: Vec<&str> = handle.rsplitn(PnsHandle::part_names(&platform).count().max(1), ',').collect();
    parts.reverse();
    PnsHandle::from_parts(&platform, parts)
}
