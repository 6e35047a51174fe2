//! Imports and exports of registrations.

use crate::registration::{self, Store};
use crate::reply::{Refusal, guid};
use crate::storage::{Storage, path_of};
use nh_outcome::ParseError;
use nh_outcome::xml::{ATOM, CONNECT, INSTANCE, Reader, decode};
use quick_xml::escape::escape;
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
        let (kind, output, input) = fields(body).map_err(|why| refuse(&why.to_string()))?;
        let Some(kind) = TYPES.into_iter().find(|known| *known == kind) else {
            return Err(refuse(&format!("the type '{kind}' is not known")));
        };
        if output.is_empty() {
            return Err(refuse("the OutputContainerUri is missing"));
        }
        if input.is_none() && kind != TYPES[0] {
            return Err(refuse("the ImportFileUri is missing"));
        }
        let created = OffsetDateTime::now_utc();
        // 19 digits that count down, so that the newest job comes first, and a GUID (recorded).
        let ticks = 9_999_999_999_999_999_999
            - u64::try_from(created.unix_timestamp_nanos() / 100).unwrap_or_default();
        Ok(Job { id: format!("{ticks:019}{}", guid()), kind, state: State::Started, output, input, created })
    }

    /// Carries it out. Only containers of this emulator's own storage can be reached.
    pub(crate) fn run(&mut self, hub: &str, registrations: &mut Store, storage: &Storage, authority: &str) {
        let elsewhere = |uri: &str| {
            let bare = uri.split('?').next().unwrap_or_default();
            State::Failed(format!(
                "{bare} is not in the storage of this emulator, https://{authority}/$emulator/storage/"
            ))
        };
        let Some(container) = path_of(&self.output, authority) else {
            self.state = elsewhere(&self.output);
            return;
        };
        let (mut output, mut failed) = (String::new(), String::new());
        if let Some(input) = &self.input {
            let Some(path) = path_of(input, authority) else {
                self.state = elsewhere(input);
                return;
            };
            let Some(file) = storage.get(&path) else {
                self.state = State::Failed("Blob not found".to_owned());
                return;
            };
            for (number, text) in (1..).zip(String::from_utf8_lossy(&file).lines()) {
                if text.trim().is_empty() {
                    continue;
                }
                let (file, content) = match import(self.kind, text, registrations) {
                    Ok(line) => (&mut output, line),
                    Err(why) => (&mut failed, why),
                };
                writeln!(file, "{number},{content}").expect("a String takes every write");
            }
        } else {
            output = registrations.all().map(|known| registration::line(&known) + "\n").collect();
        }
        let place = |file: &str| format!("{container}//{hub}/{}/{file}", self.id);
        let (output_path, failed_path) = (place("Output.txt"), place("Failed.txt"));
        storage.put(&output_path, output.into());
        storage.put(&failed_path, failed.into());
        self.state = State::Completed { output_path, failed_path };
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

/// What became of one line of an import file.
fn import(kind: &str, text: &str, registrations: &mut Store) -> Result<String, String> {
    let named = text.contains("RegistrationId>");
    let mut read =
        registration::read(text.as_bytes()).map_err(|refusal| refusal.detail.unwrap_or_default())?;
    let known = registrations.get(&read.id).map(|known| known.etag).filter(|_| named);
    match (kind, known) {
        ("ImportCreateRegistrations", _) => {
            read.id = registration::new_id();
            read.etag = 1;
        }
        ("ImportUpsertRegistrations", None) => read.etag = 1,
        ("ImportUpdateRegistrations" | "ImportUpsertRegistrations", Some(etag)) => read.etag = etag + 1,
        ("ImportDeleteRegistrations", Some(_)) => {
            registrations.remove(&read.id);
            return Ok(registration::line(&read));
        }
        _ => return Err("NotFound".to_owned()),
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

fn refuse(why: &str) -> Refusal {
    Refusal::bad_request(format!("The job cannot be read: {why}"))
}
