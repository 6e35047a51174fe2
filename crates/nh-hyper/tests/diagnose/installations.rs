//! What is wrong with an installation.

use crate::bench::{DAY, PHONE, android, apple, broken, installation, run, standard, text, words};
use nh_core::Installation;
use nh_emulator::Rejection;
use nh_hyper::Platform;
use std::time::SystemTime;

#[test]
fn installations() {
    demo::block_on(async {
        broken("an installation that does not exist", standard(), "installation-not-found", async |bench| {
            run(bench.client.diagnose().installation("tablet").sends(apple())).await
        })
        .await;
        broken("an installation that has expired", standard(), "installation-expired", async |bench| {
            let old = installation().with_expiration_time(SystemTime::now() - DAY);
            bench.client.put_installation(old).await.unwrap();
            run(bench.client.diagnose().installation(PHONE).tags("sports").sends(android())).await
        })
        .await;
        broken(
            "an installation that expires while time passes",
            standard(),
            "clock-is-wrong installation-expired",
            async |bench| {
                let soon = installation().with_expiration_time(SystemTime::now() + DAY);
                bench.client.put_installation(soon).await.unwrap();
                assert_eq!(words(&run(bench.client.diagnose().installation(PHONE)).await), "");
                bench.emulator.advance(2 * DAY);
                run(bench.client.diagnose().installation(PHONE)).await
            },
        )
        .await;
        broken("a channel that is marked as expired", standard(), "channel-expired", async |bench| {
            let mut json = serde_json::to_value(installation()).unwrap();
            json["pushChannelExpired"] = true.into();
            let marked: Installation = serde_json::from_value(json).unwrap();
            bench.client.put_installation(marked).await.unwrap();
            run(bench.client.diagnose().installation(PHONE).sends(android())).await
        })
        .await;
        broken(
            "an installation that is dead since the last send",
            standard(),
            "channel-expired",
            async |bench| {
                bench
                    .emulator
                    .reject(
                        bench.emulator.hub(),
                        &Platform::FcmV1,
                        "android-3",
                        Some(Rejection::ExpiredChannel),
                    )
                    .unwrap();
                bench.client.send(android(), "sports").await.unwrap();
                run(bench.client.diagnose().installation(PHONE).sends(android())).await
            },
        )
        .await;
        broken("an installation without the tag", standard(), "device-lacks-the-tag", async |bench| {
            run(bench.client.diagnose().installation(PHONE).tags("politics").sends(android())).await
        })
        .await;
        broken(
            "an installation of another platform",
            standard(),
            "no-device-of-the-platform",
            async |bench| run(bench.client.diagnose().installation(PHONE).sends(apple())).await,
        )
        .await;
        broken("an installation without a template", standard(), "only-native-devices", async |bench| {
            let bare = Installation::new("bare", Platform::FcmV1, "android-4").unwrap();
            bench.client.put_installation(bare).await.unwrap();
            run(bench.client.diagnose().installation("bare").sends(text())).await
        })
        .await;
        broken("an installation of the legacy protocol", standard(), "legacy-registrations", async |bench| {
            let old = Installation::new("old", Platform::Gcm, "android-5").unwrap();
            bench.client.put_installation(old).await.unwrap();
            let diagnosis = run(bench.client.diagnose().installation("old").sends(android())).await;
            assert!(diagnosis.will_not_arrive());
            diagnosis
        })
        .await;
        broken("a deleted installation of a user", standard(), "user-has-no-device", async |bench| {
            bench.client.delete_installation(PHONE).await.unwrap();
            run(bench.client.diagnose().user("bob@contoso.com").sends(android())).await
        })
        .await;
        broken("a misspelt member", standard(), "installation-has-unknown-members", async |bench| {
            let mut json = serde_json::to_value(installation()).unwrap();
            json["tag"] = serde_json::json!(["politics"]);
            let misspelt: Installation = serde_json::from_value(json).unwrap();
            bench.client.put_installation(misspelt).await.unwrap();
            run(bench.client.diagnose().installation(PHONE)).await
        })
        .await;
    });
}
