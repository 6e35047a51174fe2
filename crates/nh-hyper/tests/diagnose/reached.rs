//! Whom a send reaches.

use crate::bench::{APPLE, Bench, android, apple, broken, change, run, standard, text, words};
use nh_core::credentials::FcmV1Credential;
use nh_core::{HubDescription, PnsHandle, Registration};
use nh_emulator::Rejection;
use nh_hyper::{Notification, Platform};

#[test]
fn who_is_reached() {
    demo::block_on(async {
        broken("no device has the tag", standard(), "no-device-has-the-tag", async |bench| {
            let diagnosis = run(bench.client.diagnose().tags("sprots").sends(apple())).await;
            assert!(diagnosis.findings[0].remedy.contains("'sports'"), "{}", diagnosis.findings[0]);
            diagnosis
        })
        .await;
        broken("no device has both tags", standard(), "no-device-has-the-tag", async |bench| {
            run(bench.client.diagnose().tags("ios_beta && templated")).await
        })
        .await;
        broken(
            "a tag without a value",
            standard(),
            "no-device-has-the-tag tag-looks-like-a-missing-value",
            async |bench| run(bench.client.diagnose().tags("user:undefined").sends(apple())).await,
        )
        .await;
        broken(
            "only template devices match a native send",
            standard(),
            "only-template-devices",
            async |bench| run(bench.client.diagnose().tags("templated").sends(android())).await,
        )
        .await;
        broken(
            "only native devices match a template send",
            standard(),
            "only-native-devices",
            async |bench| run(bench.client.diagnose().tags("ios_beta").sends(text())).await,
        )
        .await;
        broken("only devices of other platforms", standard(), "no-device-of-the-platform", async |bench| {
            let amazon = Notification::adm(r#"{"data":{}}"#).unwrap();
            run(bench.client.diagnose().tags("ios_beta").sends(amazon)).await
        })
        .await;
        broken("an empty hub", standard(), "hub-has-no-devices", async |bench| {
            let empty = Bench::empty(standard()).await;
            let _ = bench;
            run(empty.client.diagnose()).await
        })
        .await;
        broken("an empty hub, with a tag", standard(), "hub-has-no-devices", async |bench| {
            let empty = Bench::empty(standard()).await;
            let _ = bench;
            run(empty.client.diagnose().tags("sports").sends(apple())).await
        })
        .await;
        broken("a user without a device", standard(), "user-has-no-device", async |bench| {
            run(bench.client.diagnose().user("alice").sends(apple())).await
        })
        .await;
        broken("a user's device lacks the tag", standard(), "device-lacks-the-tag", async |bench| {
            run(bench.client.diagnose().user("bob@contoso.com").tags("politics")).await
        })
        .await;
        broken(
            "a user's device is of another platform",
            standard(),
            "no-device-of-the-platform",
            async |bench| run(bench.client.diagnose().user("bob@contoso.com").sends(apple())).await,
        )
        .await;
        broken("a device that was never registered", standard(), "device-not-registered", async |bench| {
            run(bench.client.diagnose().device(PnsHandle::apple("00FF").unwrap()).sends(apple())).await
        })
        .await;
        broken("a device that is dead since the last send", standard(), "device-is-dead", async |bench| {
            let hub = bench.emulator.hub();
            bench.emulator.reject(hub, &Platform::Apple, APPLE, Some(Rejection::ExpiredChannel)).unwrap();
            let sent = bench.client.send(apple(), "sports").await.unwrap().notification_id.unwrap();
            let device = PnsHandle::apple(APPLE.to_lowercase()).unwrap();
            let diagnosis = run(bench.client.diagnose().device(device).tags("sports").sends(apple())).await;
            let finding = &diagnosis.findings[0];
            assert!(finding.text.contains("'ExpiredChannel'") && finding.text.contains(&sent), "{finding}");
            // Another device with a part of the handle is not this one.
            let other = PnsHandle::apple(&APPLE[..8]).unwrap();
            assert_eq!(words(&run(bench.client.diagnose().device(other)).await), "device-not-registered");
            diagnosis
        })
        .await;
        broken("a device without the tag", standard(), "device-lacks-the-tag", async |bench| {
            run(bench.client.diagnose().device(PnsHandle::apple(APPLE).unwrap()).tags("politics")).await
        })
        .await;
        broken(
            "legacy registrations under a send for FCM v1",
            standard(),
            "legacy-registrations",
            async |bench| {
                let old = Registration::new(PnsHandle::gcm("android-9").unwrap()).with_tags(["old"]).unwrap();
                bench.register(old).await;
                let diagnosis = run(bench.client.diagnose().tags("old").sends(android())).await;
                assert!(diagnosis.will_not_arrive());
                diagnosis
            },
        )
        .await;
        broken("legacy registrations beside new ones", standard(), "legacy-registrations", async |bench| {
            let old = Registration::new(PnsHandle::gcm("android-9").unwrap()).with_tags(["sports"]).unwrap();
            bench.register(old).await;
            let diagnosis = run(bench.client.diagnose().tags("sports").sends(android())).await;
            assert!(!diagnosis.will_not_arrive());
            // Apple's devices do not care, nor do templates.
            assert_eq!(words(&run(bench.client.diagnose().tags("sports").sends(text())).await), "");
            assert_eq!(words(&run(bench.client.diagnose().tags("sports").sends(apple())).await), "");
            run(bench.client.diagnose()).await
        })
        .await;
        broken("no credential for the platform", standard(), "no-credential", async |bench| {
            change(bench, |hub| hub.without_credential(&Platform::Apple)).await;
            assert_eq!(words(&run(bench.client.diagnose().tags("sports").sends(android())).await), "");
            run(bench.client.diagnose().tags("sports").sends(apple())).await
        })
        .await;
        broken("a hub that was created without credentials", standard(), "no-credential", async |bench| {
            let namespace =
                nh_core::Namespace::from_connection_string(bench.emulator.namespace_connection_string())
                    .unwrap();
            let namespace = bench.client.transport().namespace(namespace);
            let credential = FcmV1Credential {
                project_id: "p",
                client_email: "e",
                private_key: "-----BEGIN PRIVATE KEY-----\nx",
            };
            let description = HubDescription::new().with_credential(credential).unwrap();
            namespace.create_hub("fresh", description).await.unwrap();
            let fresh = bench.other(bench.emulator.namespace_connection_string(), "fresh");
            for handle in [PnsHandle::apple(APPLE), PnsHandle::fcm_v1("a")] {
                fresh.create_registration(Registration::new(handle.unwrap())).await.unwrap();
            }
            let diagnosis = run(fresh.diagnose()).await;
            assert!(
                diagnosis.findings[0].text.contains("apple") && !diagnosis.findings[0].text.contains("fcmv1")
            );
            diagnosis
        })
        .await;
        broken("a payload that is too large", standard(), "payload-too-large", async |bench| {
            let large = serde_json::json!({"aps": {"alert": "x".repeat(5000)}}).to_string();
            run(bench.client.diagnose().tags("sports").sends(Notification::apple(large).unwrap())).await
        })
        .await;
        broken("a payload without aps", standard(), "apple-payload-without-aps", async |bench| {
            run(bench
                .client
                .diagnose()
                .tags("sports")
                .sends(Notification::apple(r#"{"alert":"x"}"#).unwrap()))
            .await
        })
        .await;
    });
}
