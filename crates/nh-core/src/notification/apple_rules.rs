//! What APNs refuses in a payload: it is a dictionary, and so is its member `aps` ([Generating a remote notification]).
//!
//! [Generating a remote notification]: https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification

use super::json_rules::{Rule, Shape};

pub(super) static BODY: Shape = Shape { path: "", needs: None, null: false, member: body };
static APS: Shape = Shape { path: "aps", needs: None, null: false, member: |_| Rule::Any };

fn body(name: &str) -> Rule {
    if name == "aps" { Rule::Object(&APS) } else { Rule::Any }
}
