//! The transport's fuzz targets: a function of bytes for each of its parsers. libFuzzer calls them (`fuzz/fuzz_targets/`), and the
//! test below with the files in `fuzz/corpus/`.

pub use crate::proxy::fuzzing::proxy_url;
pub use crate::socks5::fuzzing::socks5_answer;
pub use crate::tunnel::fuzzing::proxy_answer;

#[cfg(test)]
#[path = "../../../fuzz/src/corpus.rs"]
#[expect(unreachable_pub, reason = "a module of the fuzz crate")]
mod corpus;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_over_its_corpus() {
        corpus::run(&[
            ("proxy_answer", proxy_answer),
            ("proxy_url", proxy_url),
            ("socks5_answer", socks5_answer),
        ]);
    }
}
