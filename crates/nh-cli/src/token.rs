use crate::connect::OrEmulator;
use crate::failure::Failure;
use crate::global::Global;
use crate::terminal::{print_json, print_line};
use std::time::SystemTime;

#[derive(Debug, clap::Args)]
pub(crate) struct Token {
    /// For the namespace and all its hubs. The key must be one of the namespace
    #[arg(long, conflicts_with = "hub")]
    namespace: bool,
    #[command(flatten)]
    connection: OrEmulator,
}

impl Token {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let now = SystemTime::now();
        let (token, uri) = if self.namespace {
            let namespace = self.connection.namespace(global).await?.target;
            (namespace.authorization(now)?, namespace.uri().to_string())
        } else {
            let hub = self.connection.destination(global).await?.target;
            (hub.authorization(now)?, hub.uri().to_string())
        };
        let token = token.to_str().expect("a token is percent-encoded");
        if global.json {
            return print_json(&serde_json::json!({ "authorization": token, "uri": uri }));
        }
        print_line(token)
    }
}
