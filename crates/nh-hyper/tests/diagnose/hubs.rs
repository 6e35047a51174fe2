//! What is wrong with the key or the hub.

use crate::bench::{Bench, DAY, apple, broken, change, run, standard, words};
use nh_core::{AccessRight, AuthorizationRule};
use nh_emulator::Tier;
use nh_hyper::Credential;
use nh_hyper::diagnose::Tier as FoundTier;
use std::time::SystemTime;

#[test]
fn the_key_and_the_hub() {
    demo::block_on(async {
        broken("a key without Send", standard(), "key-cannot-send", async |bench| {
            let listen = bench.emulator.listen_only_connection_string();
            let diagnosis =
                run(bench.other(listen, bench.emulator.hub()).diagnose().tags("sports").sends(apple())).await;
            assert!(diagnosis.facts.unknown.iter().any(|text| text.contains("the right Manage")));
            assert!(diagnosis.will_not_arrive());
            diagnosis
        })
        .await;
        broken(
            "the hub's name is wrong, with the namespace's key",
            standard(),
            "hub-not-found",
            async |bench| {
                run(bench
                    .other(bench.emulator.namespace_connection_string(), "nwes")
                    .diagnose()
                    .tags("sports"))
                .await
            },
        )
        .await;
        broken(
            "the hub's name is wrong, with a hub's key",
            standard(),
            "key-or-hub-name-is-wrong",
            async |bench| {
                let diagnosis = run(bench.other(bench.emulator.connection_string(), "nwes").diagnose()).await;
                assert!(diagnosis.findings[0].to_string().contains("'nwes'"));
                diagnosis
            },
        )
        .await;
        broken("a wrong key", standard(), "key-or-hub-name-is-wrong", async |bench| {
            let wrong =
                Credential::shared_access_key("DefaultFullSharedAccessSignature", "d3Jvbmc=").unwrap();
            bench.client.target().credential().replace(wrong);
            run(bench.client.diagnose().tags("sports").sends(apple())).await
        })
        .await;
        broken("a token that has expired", standard(), "token-expired", async |bench| {
            let token = bench.client.target().authorization(SystemTime::now() - 2 * DAY).unwrap();
            let token = Credential::token(token.to_str().unwrap()).unwrap();
            bench.client.target().credential().replace(token);
            run(bench.client.diagnose()).await
        })
        .await;
        broken("a disabled hub", standard(), "hub-disabled", async |bench| {
            change(bench, |hub| hub.with_disabled(true)).await;
            let diagnosis = run(bench.client.diagnose().tags("sports").sends(apple())).await;
            assert_eq!(diagnosis.facts.is_disabled, Some(true));
            diagnosis
        })
        .await;
        broken("a disabled hub, with a key that may not manage", standard(), "hub-disabled", async |bench| {
            change(bench, |hub| hub.with_disabled(true)).await;
            run(bench.other(bench.emulator.listen_only_connection_string(), bench.emulator.hub()).diagnose())
                .await
        })
        .await;
        for tier in [Tier::Free, Tier::Basic] {
            let expected = "tier-without-telemetry";
            broken("a tier without telemetry", standard().tier(tier), expected, async |bench| {
                let diagnosis =
                    run(bench.client.diagnose().tags("sports").sends(apple()).notification_id("NH-1")).await;
                assert_eq!(diagnosis.facts.tier, Some(FoundTier::FreeOrBasic));
                assert!(!diagnosis.will_not_arrive());
                diagnosis
            })
            .await;
        }
        let old_hub = Bench::empty(standard().newest_api_version("2017-11")).await;
        let diagnosis = run(old_hub.client.diagnose().tags("sports").sends(apple())).await;
        assert_eq!(words(&diagnosis), "api-version-refused", "an api-version that is too new");
        assert!(diagnosis.findings[0].text.contains("2017-11"), "{}", diagnosis.findings[0]);
        let old_version = old_hub.client.target().with_api_version("2017-04").unwrap();
        let diagnosis = run(old_hub.client.hub(old_version).diagnose()).await;
        assert_eq!(words(&diagnosis), "hub-has-no-devices", "one that is old enough");
        broken("a key that may only send", standard(), "", async |bench| {
            let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
            let rule = AuthorizationRule::new("Sender", [AccessRight::Send]).unwrap();
            let rule = rule.with_primary_key(key).unwrap().with_secondary_key(key).unwrap();
            change(bench, |hub| hub.with_authorization_rule(rule).unwrap()).await;
            bench.client.target().credential().replace(Credential::shared_access_key("Sender", key).unwrap());
            let diagnosis = run(bench.client.diagnose().tags("nobody").sends(apple())).await;
            let rights = diagnosis.facts.rights;
            assert_eq!((rights.listen, rights.send, rights.manage), (Some(false), Some(true), Some(false)));
            // Nobody was counted, so nothing is claimed.
            assert!(diagnosis.facts.unknown.iter().any(|text| text.starts_with("Devices were not counted")));
            diagnosis
        })
        .await;
        broken("an api-version that is none", standard(), "api-version-refused", async |bench| {
            let odd = bench.client.target().with_api_version("latest").unwrap();
            run(bench.client.hub(odd).diagnose()).await
        })
        .await;
    });
}
