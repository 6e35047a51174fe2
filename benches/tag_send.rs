//! `cargo bench -p benches --bench tag_send`
//!
//! A send costs in proportion to the devices that match, not to those that exist: ten among a thousand and ten among a million,
//! in one run, over one connection. The floor is a send that nobody gets, so that what ten devices cost can be told from what
//! HTTP, TLS and signatures do. It ends with an error when ten among a million cost twice as much as among a thousand, with the
//! floor or above it.

use benches::{devices, median, resident};
use nh_core::{Audience, Hub, Notification, SendNotification};
use nh_emulator::Emulator;
use std::error::Error;
use std::time::{Duration, Instant, SystemTime};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const MATCHES: usize = 10;
const FEW: usize = 1_000;
const MANY: usize = 1_000_000;

/// What is asked of both hubs, and reaches ten devices of each.
const AUDIENCES: [&str; 3] = ["chosen", "chosen && all && !odd-one-out", "everyone-1 || chosen && !nobody"];

struct Sender {
    agent: ureq::Agent,
    hub: Hub,
}

impl Sender {
    fn new(emulator: &Emulator, hub: &str) -> Result<Sender> {
        let authority = Certificate::from_pem(emulator.ca_pem().as_bytes())?;
        let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[authority])).build();
        let agent = ureq::Agent::config_builder().tls_config(tls).build().new_agent();
        Ok(Sender { agent, hub: Hub::from_connection_string(emulator.namespace_connection_string(), hub)? })
    }

    fn send(&self, expression: &str) -> Result<()> {
        let send = SendNotification::new(
            Notification::fcm_v1(r#"{"message":{"notification":{"title":"Hello"}}}"#)?,
            Audience::expression(expression)?,
        )
        .expect("a legal send");
        self.agent.run(self.hub.request(&send, SystemTime::now())?.map(|body| body.to_vec()))?;
        Ok(())
    }
}

/// The median time of each sender's sends, taken turn by turn so that what else the machine does is shared.
fn medians<const N: usize>(sends: [(&Sender, &str); N]) -> Result<[Duration; N]> {
    let mut times = [(); N].map(|()| Vec::new());
    for _ in 0..2000 {
        for ((sender, expression), times) in sends.iter().zip(&mut times) {
            let start = Instant::now();
            sender.send(expression)?;
            times.push(start.elapsed().as_secs_f64());
        }
    }
    Ok(times.map(|times| Duration::from_secs_f64(median(times))))
}

fn main() -> Result<()> {
    let emulator = Emulator::builder().hub("thousand").hub("million").start_blocking()?;
    emulator.import_registrations("thousand", devices(FEW, MATCHES))?;
    let (before, _) = resident()?;
    let start = Instant::now();
    emulator.import_registrations("million", devices(MANY, MATCHES))?;
    let (after, most) = resident()?;
    println!(
        "a million registrations: {} MB resident ({} MB at most, the process included), added in {:.1} s",
        (after - before) / 1_000_000,
        most / 1_000_000,
        start.elapsed().as_secs_f64()
    );

    let (thousand, million) = (Sender::new(&emulator, "thousand")?, Sender::new(&emulator, "million")?);
    for expression in AUDIENCES {
        for sender in [&thousand, &million] {
            let before = emulator.inbox().len();
            sender.send(expression)?;
            assert_eq!(emulator.inbox().len() - before, MATCHES, "{expression}");
        }
    }
    let mut slow = false;
    for expression in AUDIENCES {
        let sends = [(&thousand, expression), (&million, expression), (&million, "nobody")];
        let [few, many, floor] = medians(sends)?;
        let ratio = |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64();
        let above = ratio(many.saturating_sub(floor), few.saturating_sub(floor));
        println!(
            "{expression}: {few:.1?} among a thousand, {many:.1?} among a million: ratio {:.2}; \
             above the floor of {floor:.1?}: ratio {above:.2}",
            ratio(many, few),
        );
        slow |= ratio(many, few) >= 2.0 || above >= 2.0;
    }

    if slow {
        Err("a send among a million takes twice as long as one among a thousand".into())
    } else {
        Ok(())
    }
}
