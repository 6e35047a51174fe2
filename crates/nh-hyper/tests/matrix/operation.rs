//! What is asked of the servers.

use nh_hyper::{Client, Error, Installation, Notification, Platform};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    Send,
    PutInstallation,
    ListRegistrations,
}

pub(crate) const OPERATIONS: [Operation; 3] =
    [Operation::Send, Operation::PutInstallation, Operation::ListRegistrations];

impl Operation {
    pub(crate) async fn call(self, client: &Client) -> Result<(), Error> {
        match self {
            Operation::Send => client.send(Notification::apple("{}")?, "sports").await.map(drop),
            Operation::PutInstallation => {
                client.put_installation(Installation::new("1", Platform::FcmV1, "a:b")?).await
            }
            Operation::ListRegistrations => client.list_registrations().next().await.transpose().map(drop),
        }
    }

    /// The status of a success, and the body that it needs.
    pub(crate) fn success(self) -> (&'static str, &'static str) {
        match self {
            Operation::Send => ("201 Created", ""),
            Operation::PutInstallation => ("200 OK", ""),
            Operation::ListRegistrations => ("200 OK", "<feed xmlns='http://www.w3.org/2005/Atom'></feed>"),
        }
    }
}
