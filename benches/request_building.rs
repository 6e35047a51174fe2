//! `cargo bench -p benches --bench request_building`
//!
//! What a request and its token cost, each beside its floor in the same run. The ratio is what counts.

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    benches::measure(benches::work::requests()?)
}
