use crate::args::Global;
use crate::connect::Destination;
use crate::failure::Failure;
use crate::print;
use std::time::SystemTime;

pub(crate) async fn run(global: &Global) -> Result<(), Failure> {
    let hub = Destination::of(global).await?.hub;
    let token = hub.authorization(SystemTime::now())?;
    let token = token.to_str().expect("a token is percent-encoded");
    if global.json {
        let json = serde_json::json!({ "authorization": token, "uri": hub.uri().to_string() });
        return print(format!("{json}\n").as_bytes());
    }
    print(format!("{token}\n").as_bytes())
}
