use crate::connect::Connection;
use crate::document::{print_fields, row};
use crate::failure::{Failure, chain};
use crate::feedback;
use crate::global::Global;
use crate::progress::Spinner;
use crate::terminal::{print, print_json, tell};
use crate::told_to_end::told_to_end;
use nh_core::{DeadHandle, Deletion, Feedback, FeedbackPosition, KeptBecause, Prunable};
use nh_hyper::Client;
use nh_hyper::prune::{PruneEnd, PrunePlan, Pruned};
use serde_json::{Value, json};
use std::pin::pin;

#[derive(Debug, clap::Args)]
pub(crate) struct Prune {
    /// Delete. Without it, only what would be deleted is shown
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    connection: Connection,
}

const WIDTHS: [usize; 5] = [14, 52, 12, 16, 0];

impl Prune {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let client: Client = self.connection.destination(global)?.client()?;
        let spinner = Spinner::new("reading the feedback, and looking up each handle");
        let plan = client.plan_prune(FeedbackPosition::START).await;
        spinner.clear();
        let plan = plan.map_err(feedback::failure)?;
        for error in &plan.unread {
            tell(format_args!("warning: {}", chain(error)));
        }
        let mut rows = Rows { json: global.json, head: true };
        for kept in &plan.kept {
            let why = kept.because.to_string();
            match kept.because {
                // Feedback stays when its devices are gone: a person need not see them each time.
                KeptBecause::Gone if !global.json => {}
                KeptBecause::Gone => rows.show("gone already", &kept.dead, None, &why)?,
                _ => rows.show("kept", &kept.dead, None, &why)?,
            }
        }
        for (dead, error) in &plan.failed {
            rows.show("not looked up", dead, None, &chain(error))?;
        }
        match self.yes {
            true => delete(client, plan, rows).await,
            false => dry_run(&plan, rows),
        }
    }
}

fn dry_run(plan: &PrunePlan, mut rows: Rows) -> Result<(), Failure> {
    for Deletion { what, dead, .. } in &plan.deletions {
        rows.show("would delete", dead, Some(what), "")?;
    }
    let count = plan.deletions.len();
    let (gone, kept) = left(plan);
    rows.summary(plan, &[("would_delete", count as u64), ("gone_already", gone), ("kept", kept)])?;
    if count > 0 {
        tell("nothing is deleted: give --yes to delete");
    }
    end(plan, 0)
}

async fn delete(client: Client, mut plan: PrunePlan, mut rows: Rows) -> Result<(), Failure> {
    let mut told = pin!(told_to_end()?);
    let mut prune = client.prune(std::mem::take(&mut plan.deletions));
    loop {
        let end = tokio::select! {
            biased;
            end = prune.next() => end,
            () = &mut told => {
                let report = prune.report();
                return Err(Failure::fate_unknown(format!(
                    "ended by a signal: {} are deleted, and a few more may be; the same command goes on",
                    report.deleted
                )));
            }
        };
        let Some(PruneEnd { deletion: Deletion { what, dead, .. }, result, .. }) = end else { break };
        match result {
            Ok(Pruned::Deleted) => rows.show("deleted", &dead, Some(&what), "")?,
            Ok(Pruned::Gone) => rows.show("gone already", &dead, Some(&what), "")?,
            Ok(_) => rows.show("kept", &dead, Some(&what), "it has another handle by now")?,
            Err(error) => rows.show("not deleted", &dead, Some(&what), &chain(&error))?,
        }
    }
    let report = prune.report();
    let (gone, kept) = left(&plan);
    let counts = [
        ("deleted", report.deleted),
        ("gone_already", gone + report.gone),
        ("kept", kept + report.kept),
        ("not_deleted", report.failed),
    ];
    rows.summary(&plan, &counts)?;
    end(&plan, report.failed)
}

/// Of what the plan does not delete: how many are gone, and how many are kept.
fn left(plan: &PrunePlan) -> (u64, u64) {
    let gone = plan.kept.iter().filter(|kept| kept.because == KeptBecause::Gone).count();
    (gone as u64, (plan.kept.len() - gone) as u64)
}

/// What was not done is said at the end, and by the exit status.
fn end(plan: &PrunePlan, failed: u64) -> Result<(), Failure> {
    let problems = [
        (plan.unread.len() as u64, "of the feedback's parts could not be read"),
        (plan.failed.len() as u64, "of the handles could not be looked up"),
        (failed, "of the deletions failed"),
    ];
    let problems = problems.iter().filter(|(count, _)| *count > 0);
    let problems: Vec<_> = problems.map(|(count, what)| format!("{count} {what}")).collect();
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Failure::refused(format!("{}: see above why", problems.join(", ")))),
    }
}

/// One line for each device: of a table, or of JSON.
struct Rows {
    json: bool,
    head: bool,
}

impl Rows {
    fn show(
        &mut self,
        event: &str,
        dead: &DeadHandle,
        what: Option<&Prunable>,
        why: &str,
    ) -> Result<(), Failure> {
        let feedback = &dead.feedback;
        if self.json {
            return print_json(&line(event, feedback, what, why));
        }
        let what = what.map_or_else(|| named(feedback), ToString::to_string);
        let cells = [event, &what, feedback.platform.as_str(), &feedback.notification_system_error, why];
        let head = row(WIDTHS, ["RESULT", "WHAT", "PLATFORM", "ERROR", "WHY"]);
        let head = if std::mem::take(&mut self.head) { head } else { String::new() };
        print(&(head + &row(WIDTHS, cells)))
    }

    fn summary(&self, plan: &PrunePlan, counts: &[(&str, u64)]) -> Result<(), Failure> {
        if self.json {
            let mut summary = json!({
                "event": "summary",
                "reports": plan.reports,
                "unread": plan.unread.len(),
                "not_looked_up": plan.failed.len(),
            });
            for (name, count) in counts {
                summary[*name] = (*count).into();
            }
            return print_json(&summary);
        }
        let reports = plan.reports.to_string();
        let counts: Vec<_> =
            counts.iter().map(|(name, count)| (name.replace('_', " "), count.to_string())).collect();
        let mut fields = vec![("reports read", Some(&*reports))];
        fields.extend(counts.iter().map(|(name, count)| (&**name, Some(&**count))));
        print_fields(&fields)
    }
}

/// Of which device a report is, if nothing was found.
fn named(feedback: &Feedback) -> String {
    match (&feedback.installation_id, &feedback.registration_id) {
        (Some(id), _) => format!("installation {id}"),
        (None, Some(id)) => format!("registration {id}"),
        (None, None) => format!("handle {}", feedback.pns_handle.as_deref().unwrap_or_default()),
    }
}

fn line(event: &str, feedback: &Feedback, what: Option<&Prunable>, why: &str) -> Value {
    let mut line = json!({ "event": event.replace(' ', "_"), "feedback": feedback });
    match what {
        Some(Prunable::Installation(id)) => line["installation_id"] = id.as_str().into(),
        Some(Prunable::Registration(id)) => line["registration_id"] = id.as_str().into(),
        None => {}
    }
    if !why.is_empty() {
        line["why"] = why.into();
    }
    line
}
