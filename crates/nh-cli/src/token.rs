use crate::args::Global;
use crate::connect::Destination;
use crate::failure::Failure;
use crate::terminal::{print_json, print_line};
use std::time::SystemTime;

pub(crate) async fn run(global: &Global) -> Result<(), Failure> {
    let hub = Destination::of(global).await?.hub;
    let token = hub.authorization(SystemTime::now())?;
    let token = token.to_str().expect("a token is percent-encoded");
    if global.json {
        return print_json(&serde_json::json!({ "authorization": token, "uri": hub.uri().to_string() }));
    }
    print_line(token)
}
