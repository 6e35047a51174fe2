//! What is wrong with the way to the service.

use crate::bench::{Bench, Off, apple, broken, run, standard};
use nh_emulator::Fault;
use nh_hyper::diagnose::Severity;
use nh_hyper::diagnose::Tier as FoundTier;
use std::time::Duration;

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
            let diagnosis = run(bench.client.diagnose().tags("sports").sends(apple())).await;
            assert!(diagnosis.is_unanswered());
            diagnosis
        })
        .await;
        broken("a list breaks off", standard(), "service-failed", async |bench| {
            bench.emulator.add_fault(Fault::truncated().operation("ListRegistrationsByTag")).unwrap();
            run(bench.client.diagnose().tags("sports").sends(apple())).await
        })
        .await;
    });
}
