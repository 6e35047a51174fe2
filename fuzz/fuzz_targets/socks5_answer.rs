#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| nh_hyper::fuzzing::socks5_answer(bytes));
