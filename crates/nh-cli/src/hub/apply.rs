//! `hub apply`: makes hubs as a file declares them.

use crate::connect::NamespaceOrEmulator;
use crate::failure::{Failure, chain};
use crate::global::Global;
use crate::in_flight::carry;
use crate::terminal::{print, print_json, shown};
use nh_emulator::Config;
use nh_hyper::NamespaceClient;
use nh_hyper::nh_core::HubChange;
use serde::Serialize;
use std::path::PathBuf;

const ABOUT: &str = r#"The file is in TOML. `nhub emulator --config` takes the same one:
  [[hubs]]
  name = "news"
  registration_ttl = "P90D"
  [hubs.credentials.gcm]
  GoogleApiKey = "env:GCM_KEY"
  [[hubs.authorization_rules]]
  key_name = "backend"
  rights = ["Send"]
  primary_key = "file:primary.key"
  secondary_key = "env:SECOND_KEY"

A section that is there is complete: what it does not name is removed.
A section that is absent stays as it is. The sections of a hub are
registration_ttl, user_metadata, disabled, credentials and
authorization_rules. A hub that is not there is created. A hub that the file
does not name stays as it is. A hub is changed by one request, so all of its
changes are made or none. The service takes no ETag here: what somebody else
changes meanwhile is undone.

A secret is the text itself, env:NAME or file:PATH. No secret is shown.
No reference says whether the service shows a credential as it is. If it does
not, that credential differs each time.

With --diff the exit status is 4 if something differs, and 0 if nothing does."#;

#[derive(Debug, clap::Args)]
#[command(after_help = ABOUT)]
pub(crate) struct Apply {
    /// What the hubs should be: a file in TOML
    file: PathBuf,
    /// Only show what differs
    #[arg(long)]
    diff: bool,
    /// Also remove or change the rule whose key this command uses
    #[arg(long)]
    own_rule: bool,
    #[command(flatten)]
    connection: NamespaceOrEmulator,
}

/// What became of a hub, or would.
#[derive(Serialize)]
struct Line<'a> {
    hub: &'a str,
    /// `would_create`, `would_change`, `created`, `changed` or `unchanged`
    event: &'a str,
    differences: &'a [nh_hyper::nh_core::HubDifference],
}

impl Apply {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let config = Config::read(&self.file).map_err(|why| Failure::usage(chain(&why)))?;
        let hubs: Vec<_> = config.hubs().collect();
        if hubs.is_empty() {
            let file = self.file.display();
            return Err(Failure::usage(format!("{file}: it declares no hub; add [[hubs]] with a name")));
        }
        let namespace = self.connection.destination(global).await?;
        let client = namespace.client()?;
        // All are read before one is changed.
        let mut changes = Vec::new();
        for hub in hubs {
            let read = client.compare_hub(hub).await.map_err(Failure::of_read);
            changes.push(read.map_err(|why| about(hub.name(), why))?);
        }
        if self.diff {
            return show(global, &changes);
        }
        if let Some(own) = namespace.target.credential().key_name()
            && !self.own_rule
            && let Some(change) = changes.iter().find(|change| change.touches_rule(&own))
        {
            return Err(Failure::usage(format!(
                "hub {}: this would change or remove the rule {own}, whose key this command uses; nothing was changed. Say \
                 --own-rule if you mean it",
                change.name()
            )));
        }
        let mut done = Vec::new();
        for (at, change) in changes.iter().enumerate() {
            let apply = async |client: NamespaceClient| client.apply_hub(change).await;
            if let Err(why) = carry(&client, apply).await {
                let left = changes.iter().skip(at + 1).filter(|change| !change.is_empty());
                let left: Vec<_> = left.map(HubChange::name).collect();
                return Err(about(change.name(), why).with_note(&account(&done, &left)));
            }
            let event = match (change.is_empty(), change.creates()) {
                (true, _) => "unchanged",
                (_, true) => "created",
                _ => "changed",
            };
            if !change.is_empty() {
                done.push(change.name());
            }
            let told = tell_of(global, change, event);
            told.map_err(|why| why.after(format_args!("hub {} was written", change.name())))?;
        }
        match (global.json, done.as_slice()) {
            (true, _) => Ok(()),
            (false, []) => print("nothing differs: nothing was changed\n"),
            (false, done) => print(&format!("{} of {} hubs written\n", done.len(), changes.len())),
        }
    }
}

fn show(global: &Global, changes: &[HubChange]) -> Result<(), Failure> {
    for change in changes {
        let event = match (change.is_empty(), change.creates()) {
            (true, _) => "unchanged",
            (_, true) => "would_create",
            _ => "would_change",
        };
        tell_of(global, change, event)?;
    }
    match changes.iter().filter(|change| !change.is_empty()).count() {
        0 => Ok(()),
        differ => Err(Failure::differs(format!("{differ} of {} hubs differ", changes.len()))),
    }
}

fn tell_of(global: &Global, change: &HubChange, event: &str) -> Result<(), Failure> {
    if global.json {
        return print_json(&Line { hub: change.name(), event, differences: change.differences() });
    }
    let mut text = format!("hub {}: {}\n", shown(change.name()), event.replace('_', " "));
    for difference in change.differences() {
        text += &format!("  {}\n", shown(&difference.to_string()));
    }
    print(&text)
}

fn about(hub: &str, why: Failure) -> Failure {
    let message = format!("hub {hub}: {why}");
    why.with_message(message)
}

/// What was done before, and what was not done after.
fn account(done: &[&str], left: &[&str]) -> String {
    let list = |names: &[&str]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    format!("; written before: {}; not written: {}. Run it again for the rest", list(done), list(left))
}
