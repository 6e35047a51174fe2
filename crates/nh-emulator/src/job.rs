//! Imports and exports of registrations.

use crate::hub::Hub;
use crate::registration::{self, Registration, Store};
use crate::reply::{Refusal, guid};
use crate::storage::{Access, Denied, Storage, parts_of};
use nh_outcome::ParseError;
use nh_outcome::xml::{ATOM, CONNECT, INSTANCE, Reader, decode};
use quick_xml::escape::escape;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const TYPES: [&str; 5] = [
    "ExportRegistrations",
    "ImportCreateRegistrations",
    "ImportUpdateRegistrations",
    "ImportDeleteRegistrations",
    "ImportUpsertRegistrations",
];

/// So many registrations are worked on before the hub is let go.
const PIECE: usize = 256;

#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) id: String,
    kind: &'static str,
    /// Written only when it is not `Started`, as the service does.
    state: State,
    output: String,
    input: Option<String>,
    created: OffsetDateTime,
}

#[derive(Clone, Debug)]
enum State {
    Started,
    Completed { output_path: String, failed_path: String },
    Failed(String),
}

impl Job {
    /// The body of a POST.
    ///
    /// # Errors
    /// 400: what is no job.
    pub(crate) fn read(body: &[u8]) -> Result<Job, Refusal> {
        let (kind, output, input) = fields(body).map_err(|_| invalid())?;
        let kind = TYPES.into_iter().find(|known| *known == kind).ok_or_else(invalid)?;
        if output.is_empty() || input.is_none() && kind != TYPES[0] {
            return Err(invalid());
        }
        let created = OffsetDateTime::now_utc();
        // 19 digits that count down, so that the newest job comes first, and a GUID (recorded).
        let ticks = 9_999_999_999_999_999_999
            - u64::try_from(created.unix_timestamp_nanos() / 100).unwrap_or_default();
        Ok(Job { id: format!("{ticks:019}{}", guid()), kind, state: State::Started, output, input, created })
    }

    /// Carries it out. Only containers of this emulator's own storage can be reached, and only as their URLs permit.
    pub(crate) fn run(&mut self, hub: &Hub, now: OffsetDateTime, storage: &Storage, authority: &str) {
        self.state = match self.carried_out(hub, now, storage, authority) {
            Ok((output_path, failed_path)) => State::Completed { output_path, failed_path },
            Err(why) => State::Failed(why),
        };
    }

    /// Where its files are, or why it has failed.
    fn carried_out(
        &self,
        hub: &Hub,
        now: OffsetDateTime,
        storage: &Storage,
        authority: &str,
    ) -> Result<(String, String), String> {
        // No reason tells the signature.
        let place = |uri: &str, access: Access| {
            let bare = uri.split('?').next().unwrap_or_default();
            let (path, query) = parts_of(uri, authority).ok_or_else(|| {
                format!(
                    "{bare} is not in the storage of this emulator, https://{authority}/$emulator/storage/"
                )
            })?;
            let denied = |Denied(why)| format!("{bare} cannot be used: {why}");
            storage.check(&path, query, access).map_err(denied)?;
            Ok::<_, String>(path)
        };
        let container = place(&self.output, Access::Write)?;
        let (mut output, mut failed) = (String::new(), String::new());
        if let Some(input) = &self.input {
            let file = storage.get(&place(input, Access::Read)?).ok_or("Blob not found")?;
            let file = String::from_utf8_lossy(&file);
            let mut lines = (1..).zip(file.lines()).filter(|(_, text)| !text.trim().is_empty()).peekable();
            while lines.peek().is_some() {
                let mut state = hub.state_at(now);
                let end = state.description.end_of(now);
                for (number, text) in lines.by_ref().take(PIECE) {
                    let (file, content) = match import(self.kind, text, &mut state.registrations, end) {
                        Ok(line) => (&mut output, line),
                        Err(why) => (&mut failed, why.to_owned()),
                    };
                    writeln!(file, "{number},{content}").expect("a String takes every write");
                }
            }
        } else {
            let mut from = Some(0);
            while let Some(start) = from {
                let piece: Vec<_> = hub.state_at(now).registrations.all(start).take(PIECE).collect();
                from = piece.last().and_then(|(last, _)| last.checked_add(1));
                output.extend(piece.iter().map(|(_, known)| registration::line(known) + "\n"));
            }
        }
        let place = |file: &str| format!("{container}//{}/{}/{file}", hub.name, self.id);
        let (output_path, failed_path) = (place("Output.txt"), place("Failed.txt"));
        storage.put(&output_path, output.as_bytes());
        storage.put(&failed_path, failed.as_bytes());
        Ok((output_path, failed_path))
    }

    /// The answer to what submits or reads it.
    pub(crate) fn entry(&self, base: &str) -> String {
        let (id, base) = (escape(&self.id), escape(base));
        let created = self.created.format(&Rfc3339).expect("the system's time has a year");
        let mut xml = format!(
            "<entry xmlns=\"{ATOM}\"><id>{base}/jobs/{id}</id><title type=\"text\">{id}</title><updated>{created}</updated>\
             <content type=\"application/xml\"><NotificationHubJob xmlns=\"{CONNECT}\" xmlns:i=\"{INSTANCE}\"><JobId>{id}</JobId>"
        );
        let mut element = |name: &str, value: &str| {
            write!(xml, "<{name}>{}</{name}>", escape(value)).expect("a String takes every write");
        };
        let (progress, status) = match &self.state {
            State::Started => (None, None),
            State::Completed { .. } => (Some("100"), Some("Completed")),
            State::Failed(_) => (None, Some("Failed")),
        };
        if let Some(progress) = progress {
            element("Progress", progress);
        }
        element("Type", self.kind);
        if let Some(status) = status {
            element("Status", status);
        }
        element("OutputContainerUri", &self.output);
        if let Some(input) = &self.input {
            element("ImportFileUri", input);
        }
        match &self.state {
            State::Failed(why) => element("Failure", why),
            State::Completed { output_path, failed_path } => {
                let pair = |key: &str, value: &str| {
                    let value = escape(value);
                    format!(
                        "<d3p1:KeyValueOfstringstring><d3p1:Key>{key}</d3p1:Key><d3p1:Value>{value}</d3p1:Value></d3p1:KeyValueOfstringstring>"
                    )
                };
                write!(
                    xml,
                    "<OutputProperties xmlns:d3p1=\"http://schemas.microsoft.com/2003/10/Serialization/Arrays\">{}{}</OutputProperties>",
                    pair("OutputFilePath", output_path),
                    pair("FailedFilePath", failed_path)
                )
                .expect("a String takes every write");
            }
            State::Started => {}
        }
        xml + &format!(
            "<CreatedAt>{created}</CreatedAt><UpdatedAt>{created}</UpdatedAt></NotificationHubJob></content></entry>"
        )
    }
}

/// The answer to a list.
pub(crate) fn feed<'a>(jobs: impl IntoIterator<Item = &'a Job>, base: &str) -> String {
    let entries: String = jobs.into_iter().map(|job| job.entry(base)).collect();
    format!(
        "<feed xmlns=\"{ATOM}\"><title type=\"text\">jobs</title><id>{}/jobs</id>{entries}</feed>",
        escape(base)
    )
}

/// So many jobs of a hub are remembered, the newest ones.
const MOST: usize = 1000;

pub(crate) fn remember(jobs: &mut BTreeMap<String, Job>, job: Job) {
    jobs.insert(job.id.clone(), job);
    // Ids count down: the oldest stands last.
    while jobs.len() > MOST {
        jobs.pop_last();
    }
}

/// What became of one line of an import file. What cannot be read, or names what only the service writes, is a bad format
/// (dotnet#322).
fn import(
    kind: &str,
    text: &str,
    registrations: &mut Store,
    end: Option<OffsetDateTime>,
) -> Result<String, &'static str> {
    let named = text.contains("RegistrationId>");
    let deletes = kind == "ImportDeleteRegistrations";
    let read = if deletes { registration::read_to_delete } else { registration::read };
    let read = read(text.as_bytes()).map_err(|_| "BadRequest,Bad Format")?;
    let mut read = Registration { expires: end, ..read };
    let known = registrations.get(&read.id).filter(|_| named);
    match (kind, known) {
        ("ImportCreateRegistrations", _) => {
            read.id = registration::new_id();
            read.etag = 1;
        }
        ("ImportUpsertRegistrations", None) => read.etag = 1,
        ("ImportUpdateRegistrations" | "ImportUpsertRegistrations", Some(known)) => {
            read.etag = known.etag + 1;
        }
        ("ImportDeleteRegistrations", Some(known)) => {
            registrations.remove(&known.id);
            return Ok(registration::line(&known));
        }
        _ => return Err("NotFound"),
    }
    registrations.insert(&read);
    Ok(registration::line(&read))
}

fn fields(body: &[u8]) -> Result<(String, String, Option<String>), ParseError> {
    let document = decode(body)?;
    let mut reader = Reader::new(&document);
    let root = reader.root()?;
    let (mut kind, mut output, mut input) = (String::new(), String::new(), None);
    while let Some(content) = reader.child(&root)? {
        if !content.is(ATOM, "content") {
            continue;
        }
        let Some(job) = reader.child(&content)? else { continue };
        while let Some(field) = reader.child(&job)? {
            match field.name_in(CONNECT) {
                "Type" => kind = reader.string(&field)?.unwrap_or_default(),
                "OutputContainerUri" => output = reader.string(&field)?.unwrap_or_default(),
                "ImportFileUri" => input = reader.string(&field)?.filter(|uri| !uri.is_empty()),
                _ => {}
            }
        }
    }
    reader.end()?;
    Ok((kind, output, input))
}

/// The words of java-backend#53 and #119.
fn invalid() -> Refusal {
    Refusal::bad_request("The supplied notificationhub job payload is invalid")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub_description::HubDescription;
    use crate::storage::Permissions;

    fn job(kind: &str, output: &str, input: &str) -> Result<Job, Refusal> {
        let body = format!(
            "<entry xmlns='{ATOM}'><content><NotificationHubJob xmlns='{CONNECT}'><Type>{kind}</Type>\
             <OutputContainerUri>{output}</OutputContainerUri><ImportFileUri>{input}</ImportFileUri>\
             </NotificationHubJob></content></entry>"
        );
        Job::read(body.as_bytes())
    }

    fn gcm(elements: &str) -> String {
        format!(
            "<RegistrationDescription i:type='GcmRegistrationDescription' xmlns='{CONNECT}' xmlns:i='{INSTANCE}'>\
             {elements}<GcmRegistrationId>g</GcmRegistrationId></RegistrationDescription>"
        )
    }

    #[test]
    fn what_is_no_job_is_refused() {
        for refused in [
            job("ImportEverything", "https://a/c", "https://a/c/in"),
            job("ExportRegistrations", "", ""),
            job("ImportCreateRegistrations", "https://a/c", ""),
            job("ExportRegistrations", "https://a/c?a=1&b=2", ""),
            Job::read(b"<entry>"),
        ] {
            let detail = refused.unwrap_err().detail.unwrap();
            assert_eq!(detail, "The supplied notificationhub job payload is invalid");
        }
    }

    #[test]
    fn only_what_a_url_permits_is_done() {
        let storage = Storage::new("key".into());
        let escaped = |permissions| escape(storage.container_uri("l:1", "c", permissions)).into_owned();
        let (all, read) = (escaped(Permissions::ReadWriteAndList), escaped(Permissions::ReadAndList));
        let ran = |output: &str| {
            let mut job = job("ExportRegistrations", output, "").unwrap();
            let hub = Hub::new("h".into(), HubDescription::new().unwrap(), true);
            job.run(&hub, OffsetDateTime::UNIX_EPOCH, &storage, "l:1");
            job.state
        };
        assert!(matches!(ran(&all), State::Completed { .. }));
        for (output, says) in [
            (read.as_str(), "does not permit"),
            ("https://l:1/$emulator/storage/c?sig=sesame", "not signed"),
            ("https://elsewhere/c?sig=sesame", "not in the storage"),
        ] {
            let State::Failed(why) = ran(output) else { panic!("{output}") };
            assert!(why.contains(says) && !why.contains("sesame"), "{why}");
        }
    }

    #[test]
    fn lines() {
        let mut store = Store::default();
        let create = "ImportCreateRegistrations";
        for bad in [
            "banana".to_owned(),
            gcm("<ExpirationTime>2030-01-01T00:00:00Z</ExpirationTime>"),
            gcm("<Tags>$InstallationId:{i}</Tags>"),
            gcm("<Tags>a b</Tags>"),
        ] {
            assert_eq!(import(create, &bad, &mut store, None), Err("BadRequest,Bad Format"), "{bad}");
        }
        let line = import(create, &gcm("<Tags>a,b</Tags>"), &mut store, None).unwrap();
        assert!(line.starts_with("<RegistrationDescription i:type=\"GcmRegistrationDescription\""), "{line}");
        let unknown = gcm("<RegistrationId>1-2-3</RegistrationId>");
        assert_eq!(import("ImportUpdateRegistrations", &unknown, &mut store, None), Err("NotFound"));
        assert!(import("ImportUpsertRegistrations", &unknown, &mut store, None).is_ok());
        // An export's own line has an ExpirationTime, and can be used to delete.
        assert_eq!(
            import("ImportUpsertRegistrations", &line, &mut store, None),
            Err("BadRequest,Bad Format")
        );
        assert!(import("ImportDeleteRegistrations", &line, &mut store, None).is_ok());
        assert_eq!(store.len(), 1);
    }
}
