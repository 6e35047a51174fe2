//! What the examples of nh-hyper need and do not show: an emulator, a client of its hub, and a runtime.

pub use nh_emulator::Emulator;

/// Runs an example: `demo::run!(|client, emulator| { .. });` with `?` for every error.
///
/// The crate names nh-hyper only in what this expands to, so nh-hyper can use it for its own examples.
#[macro_export]
macro_rules! run {
    (|$client:ident, $emulator:ident| { $($body:tt)* }) => {
        $crate::block_on(async {
            let $emulator = $crate::Emulator::builder().demo_devices(true).start().await?;
            let pem = $emulator.ca_pem();
            let transport =
                ::nh_hyper::Transport::builder().platform_roots(false).add_root_pem(pem.as_bytes())?.build()?;
            let hub = ::nh_hyper::Hub::from_connection_string($emulator.connection_string(), $emulator.hub())?;
            let $client = transport.hub(hub);
            $($body)*
            ::std::result::Result::<(), ::std::boxed::Box<dyn ::std::error::Error>>::Ok(())
        })
        .expect("the example does what it says")
    };
}

/// Waits on a tokio runtime of this thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a thread can have a runtime").block_on(future)
}
