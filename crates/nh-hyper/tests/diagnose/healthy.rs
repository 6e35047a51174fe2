//! A healthy hub gives no finding, whatever is asked.

use crate::bench::{APPLE, Bench, PHONE, android, apple, pushed, run, standard, text, words};
use nh_core::{PnsHandle, TagExpression};
use nh_hyper::diagnose::Tier as FoundTier;

#[test]
fn a_healthy_hub_gives_no_finding() {
    demo::block_on(async {
        let bench = Bench::healthy(standard()).await;
        let client = &bench.client;
        let sent = client.send(apple(), "sports").await.unwrap().notification_id.unwrap();
        let before = pushed(&bench);
        for question in [
            client.diagnose(),
            client.diagnose().tags("sports"),
            client.diagnose().tags("sports && !politics").sends(apple()),
            client.diagnose().tags(["sports", "nobody"]).sends(android()),
            client.diagnose().tags("!politics").sends(text()),
            client.diagnose().tags(TagExpression::parse("templated").unwrap()).sends(text()),
            client.diagnose().sends(apple()),
            client.diagnose().user("bob@contoso.com").sends(android()),
            client.diagnose().installation(PHONE).sends(text()),
            client.diagnose().installation(PHONE).tags("sports").sends(android()),
            client.diagnose().device(PnsHandle::apple(APPLE).unwrap()).tags("sports").sends(apple()),
            client.diagnose().notification_id(sent),
        ] {
            let diagnosis = run(question.clone()).await;
            assert_eq!(words(&diagnosis), "", "{question:?}: {:#?}", diagnosis.findings);
            assert!(!diagnosis.will_not_arrive());
            let facts = diagnosis.facts;
            let rights = [facts.rights.listen, facts.rights.send, facts.rights.manage];
            assert_eq!((rights, facts.tier), ([Some(true); 3], Some(FoundTier::Standard)));
            assert_eq!(facts.clock_ahead_seconds.map(|seconds| seconds.abs() < 60), Some(true));
            assert!(facts.unknown.is_empty() && facts.all_were_looked_at == Some(true), "{facts:?}");
        }
        assert_eq!(pushed(&bench), before);
        assert_eq!(bench.emulator.inbox().len(), 1);
    });
}
