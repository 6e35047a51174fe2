//! PNS handles on the command line.

use crate::document::{read_text, wrong};
use crate::failure::Failure;
use nh_core::{BuildError, DeviceHandle, Platform, PnsHandle};
use std::path::Path;

/// The handles in a file, one a line. Empty lines say nothing.
pub(crate) fn devices(file: &Path) -> Result<Vec<DeviceHandle>, Failure> {
    let text = read_text(file)?;
    let lines = (1..).zip(text.trim_start_matches('\u{feff}').lines().map(str::trim));
    let devices = lines.filter(|(_, line)| !line.is_empty()).map(|(number, line)| {
        line.parse::<DeviceHandle>().map_err(|why| wrong(file, format_args!("line {number}: {why}")))
    });
    let devices = devices.collect::<Result<Vec<_>, _>>()?;
    // Nobody must not become everybody.
    if devices.is_empty() {
        return Err(wrong(file, "no device handle; write one a line"));
    }
    Ok(devices)
}

/// `platform:handle`. Commas separate the parts of a handle that has several.
pub(crate) fn pns_handle(text: &str) -> Result<PnsHandle, BuildError> {
    let Some((platform, handle)) = text.split_once(':') else {
        let remedy =
            "write it as apple:TOKEN, windows:URI, baidu:USER,CHANNEL or browser:ENDPOINT,P256DH,AUTH";
        return Err(BuildError::new("--handle", "names no platform", remedy));
    };
    let platform = Platform::from(platform);
    // The first part may have commas itself: it may be an endpoint.
    let mut parts: Vec<&str> = handle.rsplitn(PnsHandle::part_names(&platform).count().max(1), ',').collect();
    parts.reverse();
    PnsHandle::from_parts(&platform, parts)
}
