//! `cargo bench -p benches --bench batch`
//!
//! What the body of a direct send to 1000 devices costs, beside serde_json, which writes the array of their handles.

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    benches::measure(benches::work::batches()?)
}
