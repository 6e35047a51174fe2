//! The files of jobs. Each line holds one registration.

use crate::{BuildError, Registration};
use nh_outcome::ParseError;

/// Writes a registration as one line of an import file, without the line end. To update or delete a registration, write the one
/// that was read: the line must have its id and its ETag.
///
/// ```
/// use nh_core::{PnsHandle, Registration, job};
///
/// let phones = ["dk3:APA91b_1", "dk3:APA91b_2"];
/// let mut file = String::new();
/// for token in phones {
///     let phone = Registration::new(PnsHandle::fcm_v1(token)?).with_tags(["sports"])?;
///     file += &job::import_line(&phone)?;
///     file.push('\n');
/// }
/// let read: Result<Vec<Registration>, _> = job::lines(&file).map(|line| line.registration()).collect();
/// assert_eq!(read?.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Fails if the registration has a character that XML cannot hold, or if this version does not know its platform.
pub fn import_line(registration: &Registration) -> Result<String, BuildError> {
    registration.write_line()
}

/// Reads the lines of `Output.txt`, `Failed.txt` or an import file. Skips empty lines.
///
/// A line in the results of an import begins with the number of the imported line and a comma ([Export and modify registrations
/// in bulk]). A line of an export or of an import file has no number.
///
/// ```
/// use nh_core::job;
///
/// let failed = "2,ChannelUri is not valid\r\n7,Conflict\r\n";
/// let lines: Vec<_> = job::lines(failed).map(|line| (line.number, line.text)).collect();
/// assert_eq!(lines, [(Some(2), "ChannelUri is not valid"), (Some(7), "Conflict")]);
/// ```
///
/// [Export and modify registrations in bulk]: https://learn.microsoft.com/azure/notification-hubs/export-modify-registrations-bulk
pub fn lines(file: &str) -> impl Iterator<Item = Line<'_>> {
    let file = file.strip_prefix('\u{feff}').unwrap_or(file);
    file.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| {
        let numbered =
            line.split_once(',').and_then(|(number, text)| Some((number.trim().parse().ok()?, text)));
        match numbered {
            Some((number, text)) => Line { number: Some(number), text: text.trim() },
            None => Line { number: None, text: line },
        }
    })
}

/// A line of a job's file.
///
/// ```
/// use nh_core::job;
///
/// let line = job::lines("2,ChannelUri is not valid\r\n").next().expect("one line");
/// assert_eq!((line.number, line.text), (Some(2), "ChannelUri is not valid"));
/// assert!(line.registration().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line<'a> {
    /// The number of the imported line that this result belongs to, as the service counts.
    pub number: Option<u64>,
    /// The registration, or the reason of a failure.
    pub text: &'a str,
}

impl Line<'_> {
    /// Reads the registration in this line.
    ///
    /// # Errors
    /// Fails if the line does not hold a registration. It may hold the reason of a failure.
    pub fn registration(&self) -> Result<Registration, ParseError> {
        Registration::read_line(self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PnsHandle, RegistrationTemplate};

    #[test]
    fn results_hold_registrations_or_reasons() {
        let template = RegistrationTemplate::new("a,\r\nb");
        let phone = Registration::new(PnsHandle::gcm("g,1").unwrap()).with_template(template);
        let line = import_line(&phone).unwrap();
        let file = format!("\u{feff}1,{line}\r\n\r\n{line}\n2,no, thanks\nno number");
        let read: Vec<_> = lines(&file).collect();
        assert_eq!(read.iter().map(|line| line.number).collect::<Vec<_>>(), [Some(1), None, Some(2), None]);
        assert_eq!(read[0].registration().unwrap(), phone);
        assert_eq!(read[1].registration().unwrap(), phone);
        assert_eq!((read[2].text, read[3].text), ("no, thanks", "no number"));
        assert!(read[2].registration().is_err());
    }
}
