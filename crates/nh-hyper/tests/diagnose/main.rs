//! Each broken situation is named right, and a healthy hub gives no finding. Nothing is ever pushed.

#![cfg(feature = "tokio")]
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod bench;
mod codes;

use bench::{APPLE, Bench, Off, PHONE, android, apple, installation, text, words};
use nh_core::credentials::FcmV1Credential;
use nh_core::{
    HubDescription, Installation, InstallationTemplate, PnsHandle, Registration, RegistrationTemplate,
    TagExpression,
};
use nh_emulator::{Emulator, EmulatorBuilder, Fault, NewDevice, Rejection, Tier};
use nh_hyper::diagnose::{Diagnose, Diagnosis, Severity, Tier as FoundTier};
use nh_hyper::{Credential, Notification, Platform};
use std::time::{Duration, SystemTime};

const DAY: Duration = Duration::from_secs(86_400);

async fn run(question: Diagnose) -> Diagnosis {
    question.run().await.unwrap()
}

/// Breaks a healthy hub, and asks.
async fn broken(
    name: &str,
    builder: EmulatorBuilder,
    expected: &str,
    ask: impl AsyncFnOnce(&Bench) -> Diagnosis,
) {
    let bench = Bench::healthy(builder).await;
    let diagnosis = ask(&bench).await;
    assert_eq!(words(&diagnosis), expected, "{name}: {:#?}", diagnosis.findings);
    for finding in &diagnosis.findings {
        let text = finding.to_string();
        assert!(finding.text.ends_with(['.', '?']) && finding.remedy.ends_with('.'), "{name}: {text}");
        assert!(!text.contains('\n') && !text.contains("SharedAccessKey="), "{name}: {text}");
    }
}

fn standard() -> EmulatorBuilder {
    Emulator::builder()
}

/// What the emulator has pushed since the hub was built.
fn pushed(bench: &Bench) -> u64 {
    bench.emulator.served().notifications
}

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
            client.diagnose().tags(&TagExpression::parse("templated").unwrap()).sends(text()),
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
        broken(
            "an api-version that is too new",
            standard().newest_api_version("2017-11"),
            "",
            async |bench| {
                let old = bench.client.target().with_api_version("2017-04").unwrap();
                run(bench.client.hub(old).diagnose().tags("sports").sends(apple())).await
            },
        )
        .await;
        broken("the same", standard(), "api-version-refused", async |bench| {
            let other = Bench::empty(standard().newest_api_version("2017-11")).await;
            let _ = bench;
            run(other.client.diagnose().tags("sports")).await
        })
        .await;
        broken("an api-version that is none", standard(), "api-version-refused", async |bench| {
            let odd = bench.client.target().with_api_version("latest").unwrap();
            run(bench.client.hub(odd).diagnose()).await
        })
        .await;
    });
}

/// Changes the description of the hub.
async fn change(bench: &Bench, with: impl FnOnce(HubDescription) -> HubDescription) {
    let namespace =
        nh_core::Namespace::from_connection_string(bench.emulator.namespace_connection_string()).unwrap();
    let namespace = bench.client.transport().namespace(namespace);
    let description = namespace.get_hub(bench.emulator.hub()).await.unwrap();
    namespace.update_hub(bench.emulator.hub(), with(description)).await.unwrap();
}

#[test]
fn the_clock_and_the_network() {
    demo::block_on(async {
        for off in [600, -600] {
            broken("the clock is ten minutes off", standard(), "clock-is-wrong", async |bench| {
                let diagnosis = run(bench.at(Off(off)).diagnose().tags("sports").sends(apple())).await;
                let ahead = diagnosis.facts.clock_ahead_seconds.unwrap();
                assert!((ahead - off).abs() < 60, "{ahead}");
                // Its tokens are still good.
                assert_eq!(diagnosis.findings[0].severity, Severity::Warning);
                diagnosis
            })
            .await;
        }
        broken(
            "the clock is so far behind that tokens are refused",
            standard(),
            "clock-is-wrong",
            async |bench| {
                let diagnosis = run(bench.at(Off(-7200)).diagnose().tags("sports")).await;
                assert!(diagnosis.will_not_arrive());
                diagnosis
            },
        )
        .await;
        broken("the service's clock was moved", standard(), "clock-is-wrong", async |bench| {
            bench.emulator.advance(Duration::from_secs(600));
            run(bench.client.diagnose()).await
        })
        .await;
        broken("the clock is a minute off", standard(), "", async |bench| {
            run(bench.at(Off(60)).diagnose()).await
        })
        .await;
        broken("throttled sends", standard().throttle(1), "throttled", async |bench| {
            bench.client.send(apple(), "sports").await.unwrap();
            let diagnosis = run(bench.client.diagnose().tags("sports").sends(apple())).await;
            // What was asked before is known all the same.
            assert_eq!(diagnosis.facts.tier, Some(FoundTier::Standard));
            diagnosis
        })
        .await;
        broken("everything is throttled", standard(), "throttled", async |bench| {
            bench.emulator.add_fault(Fault::status(429).retry_after(600)).unwrap();
            run(bench.client.diagnose().tags("sports")).await
        })
        .await;
        broken("another call was throttled", standard(), "throttled", async |bench| {
            bench.emulator.add_fault(Fault::status(429).retry_after(600).times(1)).unwrap();
            let once = nh_hyper::CallOptions::new().retry(nh_hyper::RetryPolicy::NEVER);
            bench.client.with_options(once).send(apple(), "sports").await.unwrap_err();
            run(bench.client.diagnose().tags("sports")).await
        })
        .await;
        broken("nobody answers", standard(), "no-answer", async |bench| {
            let gone = Bench::empty(standard()).await;
            let Bench { emulator, client } = gone;
            drop(emulator);
            let _ = bench;
            run(client.diagnose().tags("sports")).await
        })
        .await;
        broken("telemetry fails", standard(), "service-failed", async |bench| {
            bench.emulator.add_fault(Fault::status(500).operation("GetNotificationDetails")).unwrap();
            run(bench.client.diagnose().tags("sports").sends(apple())).await
        })
        .await;
        broken("the service is down", standard(), "service-failed", async |bench| {
            bench.emulator.add_fault(Fault::status(503)).unwrap();
            run(bench.client.diagnose().tags("sports").sends(apple())).await
        })
        .await;
        broken("a list breaks off", standard(), "service-failed", async |bench| {
            bench.emulator.add_fault(Fault::truncated().operation("ListRegistrationsByTag")).unwrap();
            run(bench.client.diagnose().tags("sports").sends(apple())).await
        })
        .await;
    });
}

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
            // Apple's devices do not care.
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

#[test]
fn templates() {
    demo::block_on(async {
        broken(
            "a property that the notification lacks",
            standard(),
            "template-property-missing",
            async |bench| {
                let other = Notification::template([("message", "x")]).unwrap();
                let diagnosis = run(bench.client.diagnose().tags("templated").sends(other)).await;
                // Two devices of different platforms.
                assert!(diagnosis.findings.iter().all(|finding| finding.text.contains("'text'")));
                let mut diagnosis = diagnosis;
                diagnosis.findings.dedup_by_key(|finding| finding.code);
                diagnosis
            },
        )
        .await;
        broken("an installation's template", standard(), "template-property-missing", async |bench| {
            let other = Notification::template([("message", "x")]).unwrap();
            run(bench.client.diagnose().installation(PHONE).sends(other)).await
        })
        .await;
        broken("names have no case, and the device's variables count", standard(), "", async |bench| {
            let device = Registration::new(PnsHandle::adm("kindle").unwrap()).with_tags(["mine"]).unwrap();
            let template =
                RegistrationTemplate::new(r#"{"data":{"a":"$(TEXT)","b":"$(language)","c":"$(d:{none})"}}"#);
            bench.register(device.with_push_variable("Language", "fr").with_template(template)).await;
            run(bench.client.diagnose().tags("mine").sends(text())).await
        })
        .await;
        broken(
            "a template for FCM v1 in the old shape",
            standard(),
            "fcm-v1-template-in-the-old-shape",
            async |bench| {
                let device =
                    Registration::new(PnsHandle::fcm_v1("android-8").unwrap()).with_tags(["mine"]).unwrap();
                bench
                    .register(
                        device.with_template(RegistrationTemplate::new(r#"{"data":{"text":"$(text)"}}"#)),
                    )
                    .await;
                let diagnosis = run(bench.client.diagnose().tags("mine").sends(text())).await;
                assert!(diagnosis.will_not_arrive());
                diagnosis
            },
        )
        .await;
        broken(
            "an installation in the old shape",
            standard(),
            "fcm-v1-template-in-the-old-shape",
            async |bench| {
                let old = InstallationTemplate::new(r#"{"notification":{"title":"$(text)"}}"#);
                bench.client.put_installation(installation().with_template("news", old)).await.unwrap();
                run(bench.client.diagnose().installation(PHONE)).await
            },
        )
        .await;
        broken(
            "a Windows template without a type",
            standard(),
            "windows-template-without-type",
            async |bench| {
                let old =
                    NewDevice::new(Platform::Windows).tag("mine").template("raw", r#"{"text":"$(text)"}"#);
                bench.emulator.register_device(old.unchecked()).unwrap();
                let sent = bench.client.test_send(text(), "mine").await.unwrap().outcome.unwrap();
                assert_eq!(sent.success, 0);
                run(bench.client.diagnose().tags("mine").sends(text())).await
            },
        )
        .await;
        let twice = "template-property-missing windows-template-without-type";
        broken("a Windows type that is not filled", standard(), twice, async |bench| {
            let device = Registration::new(PnsHandle::windows("https://a.notify.windows.com/8").unwrap());
            let template =
                RegistrationTemplate::new("<toast/>").with_header("X-WNS-Type", "$(kind)").unwrap();
            bench.register(device.with_tags(["mine"]).unwrap().with_template(template)).await;
            run(bench.client.diagnose().tags("mine").sends(text())).await
        })
        .await;
        broken("an expression inside a text", standard(), "template-not-filled", async |bench| {
            let device = Registration::new(PnsHandle::adm("kindle").unwrap()).with_tags(["mine"]).unwrap();
            bench
                .register(device.with_template(RegistrationTemplate::new(r#"{"data":{"a":"Hi $(text)"}}"#)))
                .await;
            run(bench.client.diagnose().tags("mine").sends(text())).await
        })
        .await;
    });
}

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

#[test]
fn notifications() {
    demo::block_on(async {
        let sent = async |bench: &Bench, notification: Notification, tags: &str| {
            bench.client.send(notification, tags).await.unwrap().notification_id.unwrap()
        };
        broken("scheduled for later", standard(), "notification-scheduled", async |bench| {
            let later = SystemTime::now() + DAY;
            let id = bench.client.schedule(apple(), "sports", later).await.unwrap().notification_id.unwrap();
            run(bench.client.diagnose().notification_id(id)).await
        })
        .await;
        broken("canceled", standard(), "notification-canceled", async |bench| {
            let later = SystemTime::now() + DAY;
            let id = bench.client.schedule(apple(), "sports", later).await.unwrap().notification_id.unwrap();
            bench.client.cancel(&id).await.unwrap();
            run(bench.client.diagnose().notification_id(id)).await
        })
        .await;
        let slow = standard().processing_time(DAY);
        broken("on its way", slow, "notification-on-its-way", async |bench| {
            let id = sent(bench, apple(), "sports").await;
            run(bench.client.diagnose().notification_id(id)).await
        })
        .await;
        broken(
            "the id of another hub",
            standard().hub("news").hub("sports"),
            "notification-not-found",
            async |bench| {
                let other = bench.other(bench.emulator.namespace_connection_string(), "sports");
                let id = other.send(apple(), "x").await.unwrap().notification_id.unwrap();
                run(bench.client.diagnose().notification_id(id)).await
            },
        )
        .await;
        broken("an old id", standard(), "notification-not-found", async |bench| {
            let id = "NH-20230803155355238-23cfaa9cd29144c8a8e05c08336d5153-07";
            let diagnosis = run(bench.client.diagnose().notification_id(id)).await;
            assert!(diagnosis.will_not_arrive());
            diagnosis
        })
        .await;
        broken("it matched nobody", standard(), "no-device-has-the-tag no-target-found", async |bench| {
            let id = sent(bench, apple(), "nobody").await;
            run(bench.client.diagnose().notification_id(id)).await
        })
        .await;
        for (rejection, expected) in [
            (Rejection::BadChannel, "devices-are-gone"),
            (Rejection::ExpiredChannel, "devices-are-gone"),
            (Rejection::WrongChannel, "devices-are-gone"),
            (Rejection::InvalidCredentials, "credential-refused"),
            (Rejection::WrongToken, "credential-refused"),
            (Rejection::InvalidNotificationFormat, "payload-refused"),
            (Rejection::InvalidNotificationSize, "payload-refused"),
            (Rejection::ChannelThrottled, "push-service-throttles"),
            (Rejection::PnsUnreachable, "push-service-failed"),
            (Rejection::Dropped, "push-service-dropped-it"),
            (Rejection::ChannelDisconnected, "push-service-dropped-it"),
        ] {
            broken("an outcome", standard(), expected, async |bench| {
                bench
                    .emulator
                    .reject(bench.emulator.hub(), &Platform::Apple, APPLE, Some(rejection))
                    .unwrap();
                let id = sent(bench, apple(), "sports").await;
                let diagnosis = run(bench.client.diagnose().notification_id(id)).await;
                let outcomes = &diagnosis.facts.notification.as_ref().unwrap().outcomes;
                assert_eq!((outcomes[0].name.as_str(), outcomes[0].count), (rejection.as_str(), 1));
                assert_eq!(outcomes[0].device_is_gone, expected == "devices-are-gone");
                diagnosis
            })
            .await;
        }
        broken("the device has it already", standard(), "", async |bench| {
            bench
                .register(Registration::new(PnsHandle::apple(APPLE).unwrap()).with_tags(["sports"]).unwrap())
                .await;
            let id = sent(bench, apple(), "sports").await;
            let diagnosis = run(bench.client.diagnose().notification_id(id)).await;
            assert_eq!(diagnosis.facts.notification.as_ref().unwrap().outcomes.len(), 2);
            diagnosis
        })
        .await;
    });
}

#[test]
fn a_large_hub_is_not_read_as_a_whole() {
    demo::block_on(async {
        let bench = Bench::empty(standard()).await;
        let line = |n: u32| {
            let namespace = "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect";
            format!(
                "<FcmV1RegistrationDescription xmlns=\"{namespace}\"><Tags>crowd</Tags>\
                 <FcmV1RegistrationId>d{n}</FcmV1RegistrationId></FcmV1RegistrationDescription>"
            )
        };
        bench.emulator.import_registrations(bench.emulator.hub(), (0..1000).map(line)).unwrap();
        let some = run(bench.client.diagnose().tags("crowd").sends(android()).look_at_most(300)).await;
        assert_eq!(words(&some), "");
        assert_eq!(
            (some.facts.registrations_looked_at, some.facts.all_were_looked_at),
            (Some(300), Some(false))
        );
        // What was not looked at may be reached: nothing is claimed.
        let none = run(bench.client.diagnose().tags("crowd").sends(apple()).look_at_most(300)).await;
        assert_eq!(words(&none), "not-all-looked-at");
        let absent = run(bench.client.diagnose().tags("!crowd").look_at_most(300)).await;
        assert_eq!(words(&absent), "not-all-looked-at");
        let all = run(bench.client.diagnose().tags("crowd").sends(apple())).await;
        assert_eq!(words(&all), "no-device-of-the-platform");
        let asked = bench
            .emulator
            .requests()
            .iter()
            .filter(|request| request.path.contains("registrations?"))
            .count();
        assert_eq!(asked, 3 + 3 + 3 + 10);
    });
}

#[test]
fn what_no_request_can_carry_is_refused() {
    demo::block_on(async {
        let bench = Bench::empty(standard()).await;
        let client = &bench.client;
        for (question, says) in [
            (client.diagnose().tags("breaking news"), "tag"),
            (client.diagnose().user("b b"), "user"),
            (client.diagnose().installation("a/b c"), "installation"),
            (client.diagnose().notification_id(""), "notification id"),
        ] {
            let error = question.run().await.unwrap_err();
            assert!(error.is_build() && error.to_string().contains(says), "{error}");
        }
        assert!(bench.emulator.requests().is_empty());
        fn is_send(_: impl Send) {}
        is_send(client.diagnose().run());
    });
}
