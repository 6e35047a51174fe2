//! Proxies that the environment names. It is a process's own, so each case is one: this program, run again.

use crate::proxy::{Kind, Proxy};
use nh_core::Hub;
use nh_core::retry::RetryPolicy;
use nh_emulator::Emulator;
use nh_hyper::Client;
use std::process::Command;

/// Says to the second run what it is for: connection string, hub, CA file, and whether it wants no proxy.
const CHILD: &str = "NH_TEST_CHILD";

#[test]
fn the_environment_names_a_proxy() {
    if let Ok(child) = std::env::var(CHILD) {
        return send(&child);
    }
    let emulator =
        futures_lite::future::block_on(Emulator::builder().demo_devices(true).host("nh.test").start())
            .unwrap();
    let proxy = Proxy::new(Kind::Http(None), emulator.address());
    let socks = Proxy::new(Kind::Socks5(None), emulator.address());
    let (http, socks_url) = (format!("http://{}", proxy.address), format!("socks5://{}", socks.address));
    let run = |variables: &[(&str, &str)], no_proxy: bool| {
        let ca = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(ca.path(), emulator.ca_pem()).unwrap();
        let child = [
            emulator.connection_string(),
            emulator.hub(),
            &ca.path().display().to_string(),
            &no_proxy.to_string(),
        ];
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "environment::the_environment_names_a_proxy", "--nocapture"]);
        for name in [
            "ALL_PROXY",
            "HTTPS_PROXY",
            "HTTP_PROXY",
            "NO_PROXY",
            "all_proxy",
            "https_proxy",
            "http_proxy",
            "no_proxy",
        ] {
            command.env_remove(name);
        }
        let output = command.env(CHILD, child.join("\n")).envs(variables.iter().copied()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    for (variables, sent, by_http, by_socks) in [
        (&[("HTTPS_PROXY", http.as_str())][..], true, 1, 0),
        (&[("https_proxy", &http)], true, 2, 0),
        (&[("ALL_PROXY", &socks_url)], true, 2, 1),
        (&[("HTTPS_PROXY", &http), ("NO_PROXY", "nh.test")], false, 2, 1),
        (&[("HTTPS_PROXY", &http), ("NO_PROXY", "other.test")], true, 3, 1),
        (&[], false, 3, 1),
    ] {
        let said = run(variables, false);
        assert_eq!(said.contains("sent\n"), sent, "{variables:?}: {said}");
        assert_eq!((proxy.asked().len(), socks.asked().len()), (by_http, by_socks), "{variables:?}: {said}");
    }
    assert!(run(&[("HTTPS_PROXY", &http)], true).contains("could not connect"));
    let unknown = run(&[("HTTPS_PROXY", "socks4://127.0.0.1:1")], false);
    assert!(unknown.contains("the proxy in the environment variable HTTPS_PROXY is of a kind"), "{unknown}");
    for unreadable in ["http://u:p w@px:3128", "http://px:99999", "http://[::1"] {
        let said = run(&[("HTTPS_PROXY", unreadable)], false);
        assert!(
            said.contains("the proxy in the environment variable HTTPS_PROXY has a"),
            "{unreadable}: {said}"
        );
    }
    assert_eq!(proxy.asked().len(), 3);
}

fn send(child: &str) {
    let [connection_string, name, ca, no_proxy]: [&str; 4] =
        child.lines().collect::<Vec<_>>().try_into().unwrap();
    let hub = Hub::from_connection_string(connection_string, name).unwrap();
    let pem = std::fs::read(ca).unwrap();
    let builder = crate::runtimes::any_builder().platform_roots(false).retry(RetryPolicy::NEVER);
    let mut builder = builder.add_root_pem(&pem).unwrap();
    if no_proxy == "true" {
        builder = builder.no_proxy();
    }
    let client: Client = builder.build().unwrap().hub(hub);
    let alert = nh_core::Notification::apple("{}").unwrap();
    match crate::runtimes::block_on_any(client.send(alert, "sports")) {
        Ok(_) => println!("sent"),
        Err(error) => println!("{error}"),
    }
}
