use crate::connect::Connection;
use crate::document::{Document, json_problem, print_fields, row, time_text};
use crate::failure::Failure;
use crate::global::{Global, whole_number};
use crate::in_flight::carry;
use crate::progress::Spinner;
use crate::terminal::{print, print_file, print_json, shown, tell};
use nh_core::job::{self, ImportFile};
use nh_core::{Job as Submitted, JobStatus, Registration, SasUri, SubmitJob};
use nh_hyper::Client;
use std::time::Duration;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Job {
    /// Write all registrations to a file in a container
    Export {
        /// The container's URL, with a signature that allows reading, writing and listing
        #[arg(long, value_name = "URL")]
        output: String,
        #[command(flatten)]
        wait: Wait,
        #[command(flatten)]
        connection: Connection,
    },
    /// Import the registrations of a file that `pack` has made
    Import {
        /// What to do with them
        kind: ImportKind,
        /// The file's URL, with a signature that allows reading
        #[arg(long, value_name = "URL")]
        input: String,
        /// The container's URL, with a signature that allows reading, writing and listing
        #[arg(long, value_name = "URL")]
        output: String,
        #[command(flatten)]
        wait: Wait,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show one
    Get {
        /// Its id
        id: String,
        #[command(flatten)]
        wait: Wait,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show all
    List {
        #[command(flatten)]
        connection: Connection,
    },
    /// Make an import file of registrations in JSON, one a line (as `registration list --json` prints them). Lines that the import
    /// would refuse are named, and then nothing is written
    Pack {
        #[command(flatten)]
        document: Document,
        /// Leave out the lines that the import would refuse, and write the others
        #[arg(long)]
        leave_out: bool,
    },
    /// Make JSON, one a line, of a job's Output.txt or Failed.txt
    Unpack(Document),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Wait {
    /// Ask again every 10 seconds until it is done
    #[arg(long)]
    wait: bool,
    /// Stop waiting after so many minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 60, requires = "wait", value_parser = whole_number::<u64>)]
    timeout: u64,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum ImportKind {
    /// Create them; the service chooses the ids
    Create,
    /// Replace those that exist
    Update,
    /// Create or replace them
    Upsert,
    /// Delete them
    Delete,
}

impl Job {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Job::Export { output, wait, connection } => {
                submit(global, &connection, SubmitJob::export(SasUri::new(output)?), &wait).await
            }
            Job::Import { kind, input, output, wait, connection } => {
                let (input, output) = (SasUri::new(input)?, SasUri::new(output)?);
                let import = match kind {
                    ImportKind::Create => SubmitJob::import_create(input, output),
                    ImportKind::Update => SubmitJob::import_update(input, output),
                    ImportKind::Upsert => SubmitJob::import_upsert(input, output),
                    ImportKind::Delete => SubmitJob::import_delete(input, output),
                };
                submit(global, &connection, import, &wait).await
            }
            Job::Get { id, wait, connection } => {
                let client = connection.destination(global)?.client()?;
                let job = client.get_job(id).await.map_err(Failure::of_read)?;
                finish(global, &client, job, &wait).await
            }
            Job::List { connection } => list(global, &connection).await,
            Job::Pack { document, leave_out } => pack(&document.json_lines()?, leave_out),
            Job::Unpack(document) => unpack(&document.text()?),
        }
    }
}

async fn submit(
    global: &Global,
    connection: &Connection,
    submit: SubmitJob,
    wait: &Wait,
) -> Result<(), Failure> {
    let client = connection.destination(global)?.client()?;
    let job = carry(&client, async |client| client.submit_job(submit).await).await?;
    finish(global, &client, job, wait).await
}

/// Waits if that is wanted, and shows what has become of it.
async fn finish(global: &Global, client: &Client, mut job: Submitted, wait: &Wait) -> Result<(), Failure> {
    if wait.wait && !job.status.is_final() {
        let spinner = Spinner::new(&format!("job {}", job.job_id));
        let time = Duration::from_secs(wait.timeout.saturating_mul(60));
        let look = |job: &Submitted| {
            spinner.say(&format!("job {}: {} {}%", job.job_id, job.status, job.progress));
        };
        let waited = client.watch_job(&*job.job_id, time, look).await;
        spinner.clear();
        // The job was submitted before, whatever becomes of looking at it.
        job = waited.map_err(Failure::of_read)?;
    }
    show(global, &job).map_err(|why| why.with_note(&format!("; the job is {}", job.job_id)))?;
    verdict(&job, wait)
}

/// Whether the command has done what was asked for.
fn verdict(job: &Submitted, wait: &Wait) -> Result<(), Failure> {
    match job.status {
        JobStatus::Failed => {
            let why = job.failure.as_deref().unwrap_or("the service does not say why");
            Err(Failure::refused(format!("the job failed: {}", shown(why))))
        }
        _ if wait.wait && !job.status.is_final() => {
            Err(Failure::refused(format!("the job is not done after {} minutes", wait.timeout)))
        }
        _ => Ok(()),
    }
}

fn show(global: &Global, job: &Submitted) -> Result<(), Failure> {
    if global.json {
        return print_json(job);
    }
    let progress = format!("{} %", job.progress);
    let (created, updated) = (job.created_at.map(time_text), job.updated_at.map(time_text));
    print_fields(&[
        ("job", Some(&job.job_id)),
        ("type", Some(job.job_type.as_str())),
        ("status", Some(job.status.as_str())),
        ("progress", Some(&progress)),
        ("output", job.output_file_path()),
        ("failed lines", job.failed_file_path()),
        ("created", created.as_deref()),
        ("updated", updated.as_deref()),
    ])
}

/// So many lines that reach nobody are named.
const SHOWN_DOUBTS: u64 = 10;

const WIDTHS: [usize; 4] = [55, 25, 9, 0];

async fn list(global: &Global, connection: &Connection) -> Result<(), Failure> {
    let client = connection.destination(global)?.client()?;
    let jobs = client.list_jobs().await.map_err(Failure::of_read)?;
    if global.json {
        return jobs.iter().try_for_each(print_json);
    }
    let mut text = row(WIDTHS, ["ID", "TYPE", "STATUS", "PROGRESS"]);
    for job in &jobs {
        let progress = format!("{} %", job.progress);
        text += &row(WIDTHS, [&job.job_id, job.job_type.as_str(), job.status.as_str(), &progress]);
    }
    print(&text)
}

fn pack(lines: &str, leave_out: bool) -> Result<(), Failure> {
    let mut file = ImportFile::new();
    let mut refused = Vec::new();
    let mut doubts = 0;
    for (number, line) in (1..).zip(lines.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let registration: Registration = match serde_json::from_str(line) {
            Ok(registration) => registration,
            Err(why) => {
                refused.push(format!("line {number}: {}", json_problem(&why)));
                continue;
            }
        };
        if let Err(why) = file.push(number, &registration) {
            let why: Vec<_> = why.iter().map(ToString::to_string).collect();
            refused.push(format!("line {number}: {}", why.join("; and ")));
            continue;
        }
        for doubt in job::import_doubts(&registration) {
            doubts += 1;
            if doubts <= SHOWN_DOUBTS {
                tell(format_args!("line {number} can be imported, but {doubt}"));
            }
        }
    }
    if doubts > SHOWN_DOUBTS {
        tell(format_args!("{} more like this", doubts - SHOWN_DOUBTS));
    }
    if leave_out {
        refused.iter().for_each(|why| tell(format_args!("left out: {why}")));
        return print_file(file.text().as_bytes());
    }
    match refused.as_slice() {
        [] => print_file(file.text().as_bytes()),
        [why] => {
            Err(Failure::usage(format!("{why} (nothing is written; --leave-out writes the other lines)")))
        }
        all => {
            all.iter().for_each(tell);
            let count = all.len();
            Err(Failure::usage(format!(
                "an import would refuse {count} lines: nothing is written; --leave-out writes the others"
            )))
        }
    }
}

fn unpack(file: &str) -> Result<(), Failure> {
    job::lines(file).try_for_each(|line| {
        let (registration, reason) = match line.registration() {
            Ok(registration) => (Some(registration), None),
            Err(_) => (None, Some(line.text)),
        };
        print_json(
            &serde_json::json!({ "line": line.number, "registration": registration, "reason": reason }),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use nh_core::{GetJob, Operation, http::Response};

    #[test]
    fn the_status_decides() {
        let waited = Wait { wait: true, timeout: 60 };
        let end = |elements: &str| {
            let entry = format!(
                "<entry xmlns='http://www.w3.org/2005/Atom'><content><NotificationHubJob \
                 xmlns='http://schemas.microsoft.com/netservices/2010/10/servicebus/connect'>{elements}\
                 </NotificationHubJob></content></entry>"
            );
            let job = GetJob::new("1").expect("an id").response(Response::new(entry.into())).expect("a job");
            verdict(&job, &waited).err().map(|failure| (failure.exit_status(), failure.to_string()))
        };
        assert_eq!(end("<Status>Completed</Status>"), None);
        for (job, says) in [
            ("<Status>Failed</Status>", "does not say why"),
            ("<Status>Failed</Status><Failure>no such container</Failure>", "no such container"),
            ("<Status>Running</Status>", "not done after 60 minutes"),
        ] {
            let (status, text) = end(job).expect("a failure");
            assert!(status == 1 && text.contains(says), "{text}");
        }
    }
}
