//! `cargo bench -p benches --bench reading`
//!
//! What reading an answer costs, beside quick-xml's namespace-resolving loop over the same bytes.

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    benches::measure(benches::work::readings())
}
