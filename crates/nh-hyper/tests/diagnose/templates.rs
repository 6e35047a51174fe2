//! What is wrong with templates.

use crate::bench::{PHONE, broken, installation, run, standard, text};
use nh_core::{InstallationTemplate, PnsHandle, Registration, RegistrationTemplate};
use nh_emulator::NewDevice;
use nh_hyper::{Notification, Platform};

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
