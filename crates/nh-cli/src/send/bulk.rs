//! One notification to a list of recipients: the run, and what is said of it.

use super::Bulk;
use super::events::{Counts, Event, Progress};
use super::recipients::{FromFile, Lines};
use super::report_file::ReportFile;
use crate::document::wrong;
use crate::failure::{Failure, chain, in_words};
use crate::long_run::{self, Ended, Reasons, over};
use crate::progress::ListBar;
use crate::terminal::{print, print_json};
use nh_core::SendAll;
use nh_hyper::Client;
use nh_hyper::bulk::{Account, BulkError, BulkRun, BulkSend, End, FileJournal, PartEnd};
use std::fmt::Display;
use std::fs::{OpenOptions, TryLockError};
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where the recipients come from.
pub(super) enum From {
    Arguments(Vec<String>),
    File(Lines),
}

impl From {
    /// What is counted.
    fn unit(&self, sends: &SendAll) -> &'static str {
        match self {
            From::File(_) => "line",
            From::Arguments(_) => sends.unit().trim_end_matches('s'),
        }
    }
}

pub(super) async fn run(json: bool, client: &Client, bulk: Bulk, options: &FromFile) -> Result<(), Failure> {
    let Bulk { sends, from } = bulk;
    let unit = from.unit(&sends);
    let nobody = format!("no {}; write one a line", sends.unit().trim_end_matches('s'));
    let mut bulk = client.bulk(sends).in_flight(options.in_flight).repeat_unknown(options.repeat_unknown);
    if let Some(path) = &options.journal {
        bulk = bulk.journal(journal(path)?);
    }
    let (mut run, bytes, total) = start(bulk, from);
    let mut watch = Watch {
        json,
        unit,
        report: options.report.as_deref().map(ReportFile::create).transpose()?,
        bar: ListBar::new(total),
        reasons: Reasons::default(),
        bytes,
    };
    let ended = over(&mut run, &mut watch).await;
    watch.bar.clear();
    let account = run.account();
    if let Err(Ended::Of(why)) = &ended
        && why.is_other_run()
        && account.requests == 0
    {
        // An earlier report stays as it is.
        return Err(Failure::usage(chain(why)));
    }
    if account.recipients == 0 && matches!(ended, Ok(())) {
        return Err(match &options.list() {
            Some(path) => wrong(path, nobody),
            None => Failure::usage(nobody),
        });
    }
    let is_watched = !matches!(ended, Err(Ended::Abandoned(_) | Ended::By(_)));
    if let Some(report) = watch.report.take().filter(|_| is_watched) {
        report.finish(ended.is_err().then(|| run.last_place())).map_err(|why| after(account, unit, why))?;
    }
    watch.reasons.end();
    if let Err(Ended::By(why)) = ended {
        let in_flight = run.in_flight();
        let done = format!(
            "{} {unit}s were sent, and {in_flight} requests were in flight: those in them may have got it; {}",
            account.sent,
            rest(unit, run.last_place(), options)
        );
        return Err(if account.requests == 0 && in_flight == 0 { why } else { why.after(done) });
    }
    summary(json, account).map_err(|why| after(account, unit, why))?;
    verdict(account, ended, unit, run.last_place(), options)
}

/// Locks the journal: two runs with one journal would send everything twice.
fn journal(path: &Path) -> Result<FileJournal, Failure> {
    let failed = |why: &dyn Display| Failure::usage(format!("--journal {}: {why}", path.display()));
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let file = file.map_err(|why| failed(&why))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(failed(&"another run uses it")),
        Err(TryLockError::Error(why)) => return Err(failed(&why)),
    }
    FileJournal::of_file(file, path).map_err(|why| Failure::usage(format!("--journal {}", chain(&why))))
}

fn start(bulk: BulkSend, from: From) -> (BulkRun<'static>, Arc<AtomicU64>, Option<u64>) {
    match from {
        From::File(lines) => {
            let (bytes, total) = (lines.bytes(), lines.total);
            (bulk.run_parts(|sends| lines.parts(sends)), bytes, total)
        }
        From::Arguments(all) => (bulk.run(all), Arc::default(), None),
    }
}

/// Who looks at a run, and tells of it.
struct Watch {
    json: bool,
    unit: &'static str,
    report: Option<ReportFile>,
    bar: ListBar,
    reasons: Reasons,
    bytes: Arc<AtomicU64>,
}

impl long_run::Watch<BulkRun<'_>> for Watch {
    fn bar(&self) -> &ListBar {
        &self.bar
    }

    fn item(&mut self, run: &BulkRun<'_>, part: &PartEnd) -> Result<(), Failure> {
        self.part(part)?;
        self.progress(run);
        Ok(())
    }

    fn second(&mut self, run: &BulkRun<'_>) -> Result<(), Failure> {
        self.progress(run);
        if self.json {
            let state = Progress::of(run);
            return self.bar.suspend(|| print_json(&state));
        }
        Ok(())
    }

    fn in_flight(&self) -> &'static str {
        "requests are in flight"
    }
}

impl Watch {
    fn tell(&mut self, text: &str) {
        self.bar.suspend(|| self.reasons.tell(text));
    }

    fn progress(&mut self, run: &BulkRun<'_>) {
        let account = run.account();
        self.bar.show(self.bytes.load(Ordering::Relaxed), account.recipients - account.earlier, || {
            let mut text = format!("{} sent", account.sent);
            for (count, word) in
                [(account.refused, "refused"), (account.unknown, "unknown"), (account.not_sent, "not sent")]
            {
                if count > 0 {
                    text += &format!(", {count} {word}");
                }
            }
            let held_back = run.held_back().as_secs();
            if held_back > 0 {
                text += &format!(", nothing goes out for {held_back} s");
            }
            text
        });
    }

    fn part(&mut self, part: &PartEnd) -> Result<(), Failure> {
        if let Some(report) = &mut self.report {
            report.add(part)?;
        }
        if part.is_earlier() {
            return Ok(());
        }
        if self.json {
            let event = Event::of(part);
            return self.bar.suspend(|| print_json(&event));
        }
        for refused in part.refused() {
            self.tell(&format!("{} {}: {}", self.unit, refused.place(), refused.why()));
        }
        let said = match part.end() {
            None | Some(End::Sent { .. }) => return Ok(()),
            Some(End::Refused { reason }) => ("refused", reason),
            Some(End::Unknown { reason }) => ("may have been sent", reason),
            Some(End::NotSent { reason }) => ("not sent", reason),
        };
        self.tell(&format!("{}: {}: {}", range(self.unit, &part.places()), said.0, said.1));
        Ok(())
    }
}

/// `line 7`, or `lines 7 to 9`.
fn range(unit: &str, places: &RangeInclusive<u64>) -> String {
    match (places.start(), places.end()) {
        (first, last) if first == last => format!("{unit} {first}"),
        (first, last) => format!("{unit}s {first} to {last}"),
    }
}

fn summary(json: bool, account: Account) -> Result<(), Failure> {
    if json {
        return print_json(&Counts::of("summary", account));
    }
    let mut text = format!("sent             {}\n", account.sent);
    for (name, count) in [
        ("refused", account.refused),
        ("unknown", account.unknown),
        ("not sent", account.not_sent),
        ("by earlier runs", account.earlier),
    ] {
        if count > 0 {
            text += &format!("{name:<16} {count}\n");
        }
    }
    text += &format!("requests         {}\n", account.requests);
    print(&text)
}

/// That it could not be told is not that it was not sent.
fn after(account: Account, unit: &str, why: Failure) -> Failure {
    match account.sent + account.unknown {
        0 => why,
        _ => {
            let counts =
                [(account.sent, "sent"), (account.unknown, "sent, or not"), (account.refused, "refused")];
            let counts = counts.into_iter().filter(|(count, _)| *count > 0);
            let counts: Vec<_> = counts.map(|(count, end)| format!("{count} {unit}s were {end}")).collect();
            why.after(counts.join(", "))
        }
    }
}

/// What is said of those that come after the last one.
fn rest(unit: &str, last: u64, options: &FromFile) -> String {
    let again = if options.journal.is_some() { "; the same command goes on there" } else { "" };
    format!("nothing was sent after {unit} {last}{again}")
}

/// How the command ends.
fn verdict(
    account: Account,
    ended: Result<(), Ended<BulkError>>,
    unit: &str,
    last: u64,
    options: &FromFile,
) -> Result<(), Failure> {
    let rest = || rest(unit, last, options);
    let (why, is_usage) = match ended {
        Ok(()) if account.is_complete() => return Ok(()),
        Ok(()) => (None, false),
        Err(Ended::By(failure)) => return Err(failure),
        Err(Ended::Abandoned(in_flight)) => {
            let text =
                "ended by a second signal, without a report: those in the last requests may have got it";
            return Err(Failure::fate_unknown(format!("{text} ({in_flight} were in flight); {}", rest())));
        }
        Err(Ended::Stopped) => (Some(format!("ended by a signal: {}", rest())), false),
        Err(Ended::Of(why)) => {
            let by_request = why.as_request().is_some_and(nh_hyper::Error::is_build);
            let is_usage = account.requests == 0 && !why.is_journal() || by_request;
            let text = why.as_request().map_or_else(|| chain(&why), in_words);
            (Some(format!("{text} ({})", rest())), is_usage)
        }
    };
    let mut said: Vec<String> = why.into_iter().collect();
    let mut say = |count: u64, what: &str| {
        if count > 0 {
            let s = if count == 1 { "" } else { "s" };
            said.push(format!("{count} {unit}{s} {what}"));
        }
    };
    say(account.unknown, "may have been sent, or not");
    say(account.refused, "refused");
    say(account.not_sent, "not sent");
    let text = said.join("; ");
    Err(match account.unknown {
        0 if is_usage => Failure::usage(text),
        0 => Failure::refused(text),
        _ => Failure::fate_unknown(text),
    })
}

impl FromFile {
    /// The file with the recipients.
    pub(super) fn list(&self) -> Option<&Path> {
        let files = [&self.devices_file, &self.users_file, &self.installations_file];
        files.into_iter().find_map(|file| file.as_deref())
    }
}
