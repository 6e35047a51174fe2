mod report;

use crate::connect::OrEmulator;
use crate::document::Given;
use crate::failure::Failure;
use crate::global::Global;
use crate::handle::pns_handle;
use crate::progress::Spinner;
use crate::send::{FormatParser, Message, header, property};
use crate::terminal::{print, print_json};
use nh_core::{Audience, Format};
use nh_hyper::Client;
use nh_hyper::diagnose::{Diagnose, Finding};

const EXAMPLES: &str = "\
Examples:
  nhub doctor                                           look at the whole hub
  nhub doctor --tag sports --send apple                 would a send for apple to this tag arrive?
  nhub doctor --user bob --send template --property text=Hello
  nhub doctor --installation 2c9a --send fcmv1 --payload @message.json
  nhub doctor --device fcmv1:TOKEN                      is this device registered, and is it alive?
  nhub doctor --notification NH-20260101..              what became of this notification?

It pushes nothing and changes nothing. Exit status 4: a push will not arrive. 1: the service could not be asked.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Doctor {
    /// The send is to this tag; several tags mean any of them
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// The send is to this tag expression
    #[arg(long = "tags", value_name = "EXPRESSION", conflicts_with = "tags")]
    expression: Option<String>,
    /// This user does not get it
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// This installation does not get it
    #[arg(long, value_name = "ID")]
    installation: Option<String>,
    /// This device does not get it: apple:TOKEN, windows:URI, baidu:USER,CHANNEL or browser:ENDPOINT,P256DH,AUTH
    #[arg(long, value_name = "PLATFORM:HANDLE")]
    device: Option<String>,
    /// This notification did not arrive: the id that `send` printed
    #[arg(long, value_name = "ID")]
    notification: Option<String>,
    /// What is sent: the push service that the payload is for; template for values that fill in the templates of devices. It is not
    /// sent
    #[arg(long, value_name = "PLATFORM", value_parser = FormatParser)]
    send: Option<Format>,
    /// The payload of --send: itself, @FILE, or - for standard input
    #[arg(long, value_name = "PAYLOAD", requires = "send")]
    payload: Option<Given>,
    /// A platform header of --send: 'apns-push-type: alert'
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header, requires = "payload")]
    headers: Vec<(String, String)>,
    /// A property of --send template: name=value
    #[arg(long, value_name = "NAME=VALUE", value_parser = property, requires = "send", conflicts_with = "payload")]
    property: Vec<(String, String)>,
    /// Read at most so many registrations
    #[arg(long, value_name = "COUNT", default_value_t = 5000)]
    most: usize,
    #[command(flatten)]
    connection: OrEmulator,
}

impl Doctor {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let destination = self.connection.destination(global).await?;
        let question = self.question(&destination.client()?)?;
        let spinner = Spinner::new("asking the service");
        let diagnosis = question.run().await;
        spinner.clear();
        let diagnosis = diagnosis.map_err(Failure::of_read)?;
        match global.json {
            true => print_json(&diagnosis)?,
            false => print(&report::text(&diagnosis))?,
        }
        if diagnosis.is_unanswered() {
            let why = diagnosis.findings.first().map(Finding::sentence).unwrap_or_default();
            return Err(Failure::refused(format!("the service could not be asked: {why}")));
        }
        if diagnosis.will_not_arrive() {
            return Err(Failure::undelivered("a push will not arrive: see the findings"));
        }
        Ok(())
    }

    fn question(&self, client: &Client) -> Result<Diagnose, Failure> {
        let mut question = client.diagnose().look_at_most(self.most);
        if let Some(expression) = &self.expression {
            question = question.tags(Audience::expression(expression)?);
        } else if !self.tags.is_empty() {
            question = question.tags(Audience::any_of(&self.tags)?);
        }
        if let Some(id) = &self.user {
            question = question.user(id);
        }
        if let Some(id) = &self.installation {
            question = question.installation(id);
        }
        if let Some(device) = &self.device {
            question = question.device(pns_handle("--device", device)?);
        }
        if let Some(id) = &self.notification {
            question = question.notification_id(id);
        }
        let Some(format) = &self.send else { return Ok(question) };
        if self.payload.is_none() && self.property.is_empty() {
            return Ok(question.sends_as(format.clone()));
        }
        let message = Message {
            format,
            payload: self.payload.as_ref(),
            headers: &self.headers,
            properties: &self.property,
        };
        Ok(question.sends(message.notification()?))
    }
}
