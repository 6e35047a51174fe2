//! One notification to more recipients than one send may carry.

use crate::calls::alert;
use crate::scripted::{Scripted, Step};
use nh_hyper::{Fate, Runtime, SendAll, Transport};

pub(crate) async fn a_part_that_fails_takes_no_other_with_it(runtime: impl Runtime) {
    let server = Scripted::new(vec![
        Step::answer("201 Created", "TrackingId: t1\r\n", ""),
        Step::Close,
        Step::answer("400 Bad Request", "", ""),
        Step::answer("201 Created", "TrackingId: t4\r\n", ""),
    ]);
    let client = Transport::builder_on(runtime).platform_roots(false).build().unwrap().hub(server.hub());
    let ids: Vec<String> = (0..70).map(|i| format!("user-{i}")).collect();

    let sent = client.send_all(SendAll::to_users(alert(), &ids).unwrap()).await;

    assert!(!sent.is_complete());
    let told: Vec<_> = sent
        .parts()
        .iter()
        .map(|part| {
            (part.recipients().len(), part.result().ok().and_then(|r| r.tracking_id.as_deref()), part.fate())
        })
        .collect();
    assert_eq!(
        told,
        [
            (20, Some("t1"), None),
            (20, None, Some(Fate::Unknown)),
            (20, None, Some(Fate::Final)),
            (10, Some("t4"), None)
        ]
    );
    let failed: Vec<&String> = sent.failed().flat_map(|part| part.recipients()).collect();
    assert_eq!(failed, ids[20..60].iter().collect::<Vec<_>>());
    assert_eq!(server.requests().len(), 4);
}
