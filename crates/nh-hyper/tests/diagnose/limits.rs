//! What the doctor does not do.

use crate::bench::{Bench, android, apple, run, standard, words};

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
            (client.diagnose().user("b b"), "UserId"),
            (client.diagnose().installation("a/b c"), "InstallationId"),
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
