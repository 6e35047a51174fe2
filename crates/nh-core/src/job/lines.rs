//! The files of jobs: one registration a line.

use crate::{BuildError, Registration};
use nh_outcome::ParseError;

/// A registration as a line of an import file, without the line end. Updates and deletions need the id and the ETag that it
/// was read with.
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
/// Characters that XML cannot hold, and a registration of a kind that is not known.
pub fn import_line(registration: &Registration) -> Result<String, BuildError> {
    registration.write_line()
}

/// The lines of `Output.txt` and `Failed.txt`, and of an import file. Empty lines are left out.
///
/// The results of an import begin with the number of the line that they are about, and a comma ([Export and modify
/// registrations in bulk]). Exported registrations begin at once.
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
    /// The line of the import file that it is about, counted as the service does.
    pub number: Option<u64>,
    /// The registration, or why there is none.
    pub text: &'a str,
}

impl Line<'_> {
    /// The registration that the line holds.
    ///
    /// # Errors
    /// A line that holds none: the reason of a failure, for example.
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
