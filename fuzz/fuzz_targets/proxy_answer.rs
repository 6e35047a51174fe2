#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| nh_hyper::fuzzing::proxy_answer(bytes));
