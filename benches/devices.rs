//! What the benchmarks of the emulator have in common.

use std::error::Error;
use std::fs;

/// Devices as they are, as lines of an import: long handles, a user and a city each, half of the tags their own. As many as are
/// `chosen` have a tag for it, far apart.
pub fn devices(count: usize, chosen: usize) -> impl Iterator<Item = String> {
    (0..count).map(move |n| {
        let own = if n % (count / chosen) == 0 { ",chosen" } else { "" };
        let tags = format!("all,user:{n},city-{}{own}", n % 1000);
        let xmlns = "xmlns=\"http://schemas.microsoft.com/netservices/2010/10/servicebus/connect\"";
        if n % 2 == 0 {
            let token = format!("fN{n:020}:APA91b{n:0134}");
            format!(
                "<FcmV1RegistrationDescription {xmlns}><Tags>{tags}</Tags><FcmV1RegistrationId>{token}\
                 </FcmV1RegistrationId></FcmV1RegistrationDescription>"
            )
        } else {
            format!(
                "<AppleRegistrationDescription {xmlns}><Tags>{tags}</Tags><DeviceToken>{n:064X}</DeviceToken>\
                 </AppleRegistrationDescription>"
            )
        }
    })
}

/// Resident memory in bytes, now and at most so far.
///
/// # Errors
/// Another system than Linux.
pub fn resident() -> Result<(u64, u64), Box<dyn Error + Send + Sync>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let field = |name: &str| -> Result<u64, Box<dyn Error + Send + Sync>> {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such line")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
    };
    Ok((field("VmRSS:")?, field("VmHWM:")?))
}
