//! Imports and exports of registrations.

use crate::documents::{read_registration, write_registration};
use crate::model::ids;
use crate::model::job::{Job, JobKind, JobState, NewJob};
use crate::model::registration::Registration;
use crate::namespace::blobs::{BlobAccess, BlobDenied, parts_of};
use crate::namespace::gone::Gone;
use crate::namespace::hub::Hub;
use crate::namespace::namespace::Namespace;
use crate::namespace::registrations::Registrations;
use crate::rules;
use std::fmt::Write as _;
use time::OffsetDateTime;

/// So many registrations are worked on before the hub is let go.
const PIECE: usize = 256;

/// So many jobs of a hub are remembered, the newest ones.
const MAX_JOBS: usize = 1000;

impl Namespace {
    /// Carries a job out. Returns the job as it was when it had just started; by the next question it is over.
    pub(crate) fn submit_job(&self, hub: &Hub, asked: NewJob) -> Job {
        let started = Job::started(asked);
        let mut job = started.clone();
        job.state = match self.carried_out(hub, &job) {
            Ok((output_path, failed_path)) => JobState::Completed { output_path, failed_path },
            Err(why) => JobState::Failed(why),
        };
        let mut state = hub.state();
        state.jobs.insert(job.id.clone(), job);
        // Ids count down: the oldest stands last.
        while state.jobs.len() > MAX_JOBS {
            state.jobs.pop_last();
        }
        started
    }

    /// Where its files are, or why it has failed.
    fn carried_out(&self, hub: &Hub, job: &Job) -> Result<(String, String), String> {
        let (now, blobs) = (self.clock.now(), &self.blobs);
        // No reason tells the signature.
        let place = |uri: &str, access: BlobAccess| {
            let bare = uri.split('?').next().unwrap_or_default();
            let (path, query) = parts_of(uri).ok_or_else(|| {
                format!("{bare} is not in the storage of this emulator: the paths of its URLs begin with /$emulator/storage/")
            })?;
            let denied = |BlobDenied(why)| format!("{bare} cannot be used: {why}");
            blobs.check(&path, query, access).map_err(denied)?;
            Ok::<_, String>(path)
        };
        let container = place(&job.asked.output, BlobAccess::Write)?;
        let (mut output, mut failed) = (String::new(), String::new());
        if let Some(input) = &job.asked.input {
            let file = blobs.get(&place(input, BlobAccess::Read)?).ok_or("Blob not found")?;
            let lines = (1..).zip(file.split(|b| *b == b'\n'));
            let mut lines = lines.filter(|(_, line)| !line.trim_ascii().is_empty()).peekable();
            while lines.peek().is_some() {
                let state = &mut *hub.state_at(now);
                let end = state.description.end_of(now);
                for (number, line) in lines.by_ref().take(PIECE) {
                    let imported = import(job.asked.kind, line, &mut state.registrations, &state.gone, end);
                    let (file, content) = match imported {
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
                output.extend(piece.iter().map(|(_, known)| write_registration::line(known) + "\n"));
            }
        }
        let place = |file: &str| format!("{container}//{}/{}/{file}", hub.name, job.id);
        let (output_path, failed_path) = (place("Output.txt"), place("Failed.txt"));
        blobs.put(&output_path, output.as_bytes());
        blobs.put(&failed_path, failed.as_bytes());
        Ok((output_path, failed_path))
    }
}

/// What became of one line of an import file. What cannot be read, or names what only the service writes, is a bad format
/// (dotnet#322). So is an id that no PUT takes.
fn import(
    kind: JobKind,
    line: &[u8],
    registrations: &mut Registrations,
    gone: &Gone,
    end: Option<OffsetDateTime>,
) -> Result<String, &'static str> {
    const BAD_FORMAT: &str = "BadRequest,Bad Format";
    let deletes = kind == JobKind::ImportDelete;
    let read = if deletes { read_registration::read_to_delete } else { read_registration::read };
    let read = read(line).map_err(|_| BAD_FORMAT)?;
    let mut read = Registration { expires: end, ..read };
    if let JobKind::ImportUpdate | JobKind::ImportUpsert = kind {
        rules::name::check_id(&read.id).map_err(|_| BAD_FORMAT)?;
    }
    // A line without an id has got a new one.
    match (kind, registrations.get(&read.id)) {
        (JobKind::ImportCreate, _) => {
            read.id = ids::registration_id();
            read.etag = 1;
        }
        (JobKind::ImportUpdate | JobKind::ImportUpsert, None) if gone.contains(&read.id) => {
            return Err("Gone");
        }
        (JobKind::ImportUpsert, None) => read.etag = 1,
        (JobKind::ImportUpdate | JobKind::ImportUpsert, Some(known)) => {
            read.etag = known.etag.saturating_add(1);
        }
        (JobKind::ImportDelete, Some(known)) => {
            registrations.remove(&known.id);
            return Ok(write_registration::line(&known));
        }
        _ => return Err("NotFound"),
    }
    registrations.insert(&read);
    Ok(write_registration::line(&read))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::namespace::blobs::BlobPermissions;
    use nh_outcome::xml::{CONNECT, INSTANCE};

    fn gcm(elements: &str) -> String {
        format!(
            "<RegistrationDescription i:type='GcmRegistrationDescription' xmlns='{CONNECT}' xmlns:i='{INSTANCE}'>\
             {elements}<GcmRegistrationId>g</GcmRegistrationId></RegistrationDescription>"
        )
    }

    #[test]
    fn only_what_a_url_permits_is_done() {
        let emulator = crate::Emulator::builder().demo_devices(true).start_blocking().unwrap();
        let namespace = &emulator.app.namespace;
        let uri = |permissions| namespace.blobs.container_uri(&namespace.authority, "c", permissions);
        let hub = namespace.hub("demo-hub").unwrap();
        let ran = |output: &str| {
            let asked = NewJob { kind: JobKind::Export, output: output.to_owned(), input: None };
            let started = namespace.submit_job(&hub, asked);
            assert_eq!(started.state, JobState::Started);
            hub.state().jobs[&started.id].state.clone()
        };
        assert!(matches!(ran(&uri(BlobPermissions::ReadWriteAndList)), JobState::Completed { .. }));
        let unsigned = format!("https://{}/$emulator/storage/c?sig=sesame", namespace.authority);
        // A name of its own, as that of a mapped port: the signature is good there.
        let mapped = uri(BlobPermissions::ReadWriteAndList).replace(&namespace.authority, "push.test:49153");
        assert!(matches!(ran(&mapped), JobState::Completed { .. }));
        let elsewhere =
            "https://localhost:1/$emulator/storage/c?sv=1&sr=c&sig=c2VzYW1l&se=2999-01-01T00:00:00Z&sp=rwl";
        for (output, says) in [
            (uri(BlobPermissions::ReadAndList).as_str(), "does not permit"),
            (&unsigned, "not signed"),
            ("https://elsewhere/c?sig=sesame", "not in the storage"),
            (elsewhere, "does not match"),
        ] {
            let JobState::Failed(why) = ran(output) else { panic!("{output}") };
            assert!(why.contains(says) && !why.contains("sesame"), "{why}");
        }
    }

    #[test]
    fn a_line_that_is_not_utf_8_fails_alone() {
        let emulator = crate::Emulator::builder().start_blocking().unwrap();
        let namespace = &emulator.app.namespace;
        let hub = namespace.hub("demo-hub").unwrap();
        let bad = gcm("").replace(">g<", ">~<");
        let mut file = format!("{}\r\n\r\n{bad}\n{}", gcm(""), gcm("")).into_bytes();
        let place = file.iter().position(|b| *b == b'~').unwrap();
        file[place] = 0xff;
        let uri = namespace.blobs.container_uri(&namespace.authority, "c", BlobPermissions::ReadWriteAndList);
        let (path, _) = parts_of(&uri).unwrap();
        namespace.blobs.put(&format!("{path}/in"), &file);
        let input = uri.replacen("/c?", "/c/in?", 1);
        let job = namespace
            .submit_job(&hub, NewJob { kind: JobKind::ImportCreate, output: uri, input: Some(input) });
        let JobState::Completed { output_path, failed_path } = hub.state().jobs[&job.id].state.clone() else {
            panic!("the job has failed")
        };
        let text = |path: &str| String::from_utf8(namespace.blobs.get(path).unwrap().to_vec()).unwrap();
        assert_eq!(text(&failed_path), "3,BadRequest,Bad Format\n");
        let numbers: Vec<_> = text(&output_path).lines().map(|line| line[..2].to_owned()).collect();
        assert_eq!(numbers, ["1,", "4,"]);
    }

    #[test]
    fn lines() {
        let mut store = Registrations::default();
        let mut gone = Gone::default();
        gone.insert("7-7-7");
        let mut import = |kind, line: &str| import(kind, line.as_bytes(), &mut store, &gone, None);
        let create = JobKind::ImportCreate;
        for bad in [
            "banana".to_owned(),
            gcm("<ExpirationTime>2030-01-01T00:00:00Z</ExpirationTime>"),
            gcm("<Tags>$InstallationId:{i}</Tags>"),
            gcm("<Tags>a b</Tags>"),
        ] {
            assert_eq!(import(create, &bad), Err("BadRequest,Bad Format"), "{bad}");
        }
        let line = import(create, &gcm("<Tags>a,b</Tags>")).unwrap();
        assert!(line.starts_with("<RegistrationDescription i:type=\"GcmRegistrationDescription\""), "{line}");
        let unknown = gcm("<RegistrationId>1-2-3</RegistrationId>");
        assert_eq!(import(JobKind::ImportUpdate, &unknown), Err("NotFound"));
        assert!(import(JobKind::ImportUpsert, &unknown).is_ok());
        // An export's own line has an ExpirationTime, and can be used to delete.
        assert_eq!(import(JobKind::ImportUpsert, &line), Err("BadRequest,Bad Format"));
        assert!(import(JobKind::ImportDelete, &line).is_ok());
        // The same ids as in a PUT.
        for id in ["a b/c", "$x", "é"] {
            let line = gcm(&format!("<RegistrationId>{id}</RegistrationId>"));
            for kind in [JobKind::ImportUpsert, JobKind::ImportUpdate] {
                assert_eq!(import(kind, &line), Err("BadRequest,Bad Format"), "{id}");
            }
        }
        let dead = gcm("<RegistrationId>7-7-7</RegistrationId>");
        assert_eq!(import(JobKind::ImportUpsert, &dead), Err("Gone"));
        assert_eq!(import(JobKind::ImportUpdate, &dead), Err("Gone"));
        // A create gets an id of its own, whatever the line says, as in a POST.
        assert!(import(create, &dead).is_ok());
        assert!(import(create, &gcm("<RegistrationId>a b/c</RegistrationId>")).is_ok());
        let line = gcm("<RegistrationId>a b/c</RegistrationId>");
        assert_eq!(import(JobKind::ImportDelete, &line), Err("NotFound"));
        for none in ["", "<RegistrationId/>", "<RegistrationId> </RegistrationId>"] {
            let line = import(JobKind::ImportUpsert, &gcm(none)).unwrap();
            assert!(line.contains("<RegistrationId>") && !line.contains("<RegistrationId> "), "{line}");
            assert_eq!(import(JobKind::ImportUpdate, &gcm(none)), Err("NotFound"));
        }
        assert_eq!(store.len(), 6);
    }
}
