//! From FCM's legacy protocol to FCM HTTP v1: a hub, or the file of a job.

mod file;
mod report;

use crate::connect::OrEmulator;
use crate::document::print_fields;
use crate::failure::{Failure, chain};
use crate::global::Global;
use crate::long_run::{self, Ended, Reasons, over};
use crate::progress::ListBar;
use crate::terminal::{print_json, tell};
use clap::builder::PossibleValuesParser;
use nh_core::Platform;
use nh_hyper::migrate::{End, MigrationRun, Moved, Totals};
use report::{Line, Report};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  nhub migrate gcm fcmv1                                 what would happen; nothing is changed
  nhub migrate gcm fcmv1 --yes --report report.jsonl     do it, and keep what became of each
  nhub migrate gcm fcmv1 --job-file exported.txt --output create.txt --delete-output delete.txt

It can be ended at any time and run again: it finds what is done. A registration gets a new id, an installation keeps its own.

Exit status: 0 all is migrated, or the dry run is over; 1 some are not: the report says which and why; 2 wrong usage";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Migrate {
    /// From this platform
    #[arg(value_parser = only(&Platform::Gcm), ignore_case = true)]
    from: String,
    /// To this platform
    #[arg(value_parser = only(&Platform::FcmV1), ignore_case = true)]
    to: String,
    /// Do it. Without this, the command says what it would do and changes nothing
    #[arg(long)]
    yes: bool,
    /// Append what became of each to this file: one JSON object a line, with the id of the successor, or the reasons
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// End after so many registrations and installations
    #[arg(long, value_name = "NUMBER")]
    limit: Option<u64>,
    /// Work on so many at the same time
    #[arg(long, value_name = "NUMBER", default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=64))]
    in_flight: u8,
    #[command(flatten)]
    files: file::Files,
    #[command(flatten)]
    connection: OrEmulator,
}

/// One word is right, and a mistake is told it.
fn only(platform: &Platform) -> PossibleValuesParser {
    let known = Platform::KNOWN.iter().filter(|known| *known == platform);
    PossibleValuesParser::new(known.map(Platform::as_str))
}

impl Migrate {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let report = self.report.as_deref().map(Report::open).transpose()?;
        if self.files.are_given() {
            return self.files.run(global.json, report);
        }
        let destination = self.connection.destination(global).await?;
        let mut migration = destination.client()?.migrate_gcm_to_fcm_v1().in_flight(self.in_flight.into());
        if let Some(limit) = self.limit {
            migration = migration.limit(limit);
        }
        let mut run = if self.yes { migration.run() } else { migration.plan() };
        let mut watch =
            Watch { json: global.json, report, bar: ListBar::new(None), reasons: Reasons::default() };
        let ended = over(&mut run, &mut watch).await;
        watch.bar.clear();
        watch.reasons.end();
        let totals = run.totals();
        if let Err(Ended::Abandoned(in_flight)) = ended {
            return Err(Failure::fate_unknown(format!(
                "ended before its end: {in_flight} were worked on, and are migrated or not; run it again to find out"
            )));
        }
        summary(global.json, !self.yes, &run).map_err(|why| {
            match totals.migrated + totals.already_there {
                0 => why,
                _ if !self.yes => why,
                done => why.after(format_args!("{done} were migrated")),
            }
        })?;
        verdict(ended, totals, &run, self.yes)
    }
}

/// Who looks at a run, and tells of it.
struct Watch {
    json: bool,
    report: Option<Report>,
    bar: ListBar,
    reasons: Reasons,
}

impl long_run::Watch<MigrationRun> for Watch {
    fn bar(&self) -> &ListBar {
        &self.bar
    }

    fn item(&mut self, run: &MigrationRun, moved: &Moved) -> Result<(), Failure> {
        self.moved(moved)?;
        self.progress(run);
        Ok(())
    }

    fn second(&mut self, run: &MigrationRun) -> Result<(), Failure> {
        self.progress(run);
        Ok(())
    }

    fn in_flight(&self) -> &'static str {
        "are worked on"
    }
}

impl Watch {
    fn tell(&mut self, text: &str) {
        self.bar.suspend(|| self.reasons.tell(text));
    }

    fn progress(&mut self, run: &MigrationRun) {
        let totals = run.totals();
        self.bar.show(0, totals.looked_at(), || {
            let done = totals.migrated + totals.planned + totals.already_there;
            let mut text =
                format!("{} of {} registrations read are legacy", totals.looked_at(), totals.listed);
            text += &format!(", {done} done");
            let held_back = run.held_back().as_secs();
            if held_back > 0 {
                text += &format!(", nothing goes out for {held_back} s: the service throttles");
            }
            text
        });
    }

    fn moved(&mut self, moved: &Moved) -> Result<(), Failure> {
        let line = Line::of(moved);
        if let Some(report) = &mut self.report {
            report.add(&line)?;
        }
        if self.json {
            return self.bar.suspend(|| print_json(&line));
        }
        match moved.end() {
            End::Reported(why) => {
                why.iter().for_each(|why| self.tell(&format!("{}: {why}", moved.subject())))
            }
            End::Failed(why) => self.tell(&format!("{}: {}", moved.subject(), chain(why))),
            End::Changed => {
                self.tell(&format!("{}: somebody changed it while it was migrated", moved.subject()));
            }
            _ => {}
        }
        Ok(())
    }
}

fn summary(json: bool, is_plan: bool, run: &MigrationRun) -> Result<(), Failure> {
    let Totals { migrated, planned, already_there, reported, failed, gone, changed, listed, .. } =
        run.totals();
    if json {
        return print_json(&serde_json::json!({
            "event": "summary", "dry_run": is_plan, "complete": run.is_complete(), "listed": listed, "migrated": migrated,
            "planned": planned, "already_there": already_there, "reported": reported, "failed": failed, "gone": gone,
            "changed": changed,
        }));
    }
    let (count, word) = if is_plan { (planned, "would be migrated") } else { (migrated, "migrated") };
    let all = [
        ("registrations read", listed),
        (word, count),
        ("already there", already_there),
        ("need a person", reported),
        ("failed", failed),
        ("gone meanwhile", gone),
        ("changed meanwhile", changed),
    ];
    let all = all.into_iter().enumerate().filter(|(place, (_, count))| *place < 2 || *count > 0);
    let all: Vec<_> = all.map(|(_, (name, count))| (name, count.to_string())).collect();
    let fields: Vec<_> = all.iter().map(|(name, count)| (*name, Some(count.as_str()))).collect();
    print_fields(&fields)?;
    if is_plan {
        tell("this was a dry run, and changed nothing; --yes does it");
    }
    Ok(())
}

/// How the command ends.
fn verdict(
    ended: Result<(), Ended<nh_hyper::Error>>,
    totals: Totals,
    run: &MigrationRun,
    yes: bool,
) -> Result<(), Failure> {
    match ended {
        Ok(()) => {}
        Err(Ended::Of(why)) => return Err(Failure::of_read(why).with_note("; run it again to go on")),
        Err(Ended::Stopped) => return Err(Failure::refused("ended by a signal; run it again to go on")),
        Err(Ended::By(why)) => return Err(why),
        Err(Ended::Abandoned(_)) => {}
    }
    if !yes {
        return Ok(());
    }
    let mut said = Vec::new();
    let mut say = |count: u64, what: &str| {
        if count > 0 {
            said.push(format!("{count} {what}"));
        }
    };
    say(totals.reported, "cannot be migrated by a rule");
    say(totals.failed, "failed; run it again");
    say(totals.changed, "changed meanwhile; run it again");
    if said.is_empty() && !run.is_complete() && run.totals().looked_at() > 0 {
        tell("this was not all: there may be more; run it again to go on");
    }
    if said.is_empty() { Ok(()) } else { Err(Failure::refused(said.join("; "))) }
}
