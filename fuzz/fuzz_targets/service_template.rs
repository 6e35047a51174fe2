#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| nh_emulator::fuzzing::service_template(bytes));
