//! Which `api-version` a request may name.

use crate::breach::Breach;

/// Those that documents, SDKs and recordings name.
const KNOWN: [&str; 11] = [
    "2013-07", "2013-08", "2013-10", "2014-01", "2014-09", "2015-01", "2015-04", "2015-08", "2016-07",
    "2017-04", "2020-06",
];

/// A date: a year and a month, and maybe a day. A newer one is taken as well, so that an SDK of tomorrow can be tried.
///
/// # Errors
/// The words of the contract (`UnknownApiVersion`).
pub(crate) fn check(version: &str) -> Result<(), Breach> {
    let date = version.strip_suffix("-preview").unwrap_or(version);
    let parts: Vec<&str> = date.split('-').collect();
    let number = |text: &str, length: usize, most: u32| {
        text.len() == length
            && text.bytes().all(|b| b.is_ascii_digit())
            && text.parse::<u32>().is_ok_and(|number| (1..=most).contains(&number))
    };
    let good = match parts.as_slice() {
        [year, month] => number(year, 4, 9999) && number(month, 2, 12),
        [year, month, day] => number(year, 4, 9999) && number(month, 2, 12) && number(day, 2, 31),
        _ => false,
    };
    if good {
        return Ok(());
    }
    Err(Breach::new(format!(
        "The api-version '{version}' in the query string is not supported. Either remove it from the Uri or use one of '{}'",
        KNOWN.join(",")
    )))
}

/// A hub that was created with an older version takes no newer one.
///
/// # Errors
/// The words of java-backend#42.
pub(crate) fn check_newest(version: &str, newest: &str) -> Result<(), Breach> {
    // Years and months compare as text does.
    if version.get(..7) <= newest.get(..7) {
        return Ok(());
    }
    Err(Breach::new(format!(
        "The notification hub was created with an older API version. Either re-create the notification hub or use an older API \
         version, {newest}, to access it."
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for version in KNOWN.into_iter().chain(["2020-06-01", "2027-01", "2023-10-01-preview"]) {
            assert_eq!(check(version), Ok(()), "{version}");
        }
        for (version, newest, taken) in
            [("2017-04", "2017-11", true), ("2017-11", "2017-11", true), ("2020-06", "2017-11", false)]
        {
            assert_eq!(check_newest(version, newest).is_ok(), taken, "{version}");
        }
        for version in
            ["", "1", "banana", "2020", "2020-13", "20-06", "2020-06-32", "2020-06-01-beta", "2020-6"]
        {
            let words = check(version).unwrap_err().to_string();
            assert!(words.contains(&format!("'{version}'")) && words.contains("2020-06"), "{words}");
        }
    }
}
