//! What became of a notification.

use crate::bench::{APPLE, Bench, DAY, apple, broken, run, standard};
use nh_core::{PnsHandle, Registration};
use nh_emulator::Rejection;
use nh_hyper::{Notification, Platform};
use std::time::SystemTime;

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
