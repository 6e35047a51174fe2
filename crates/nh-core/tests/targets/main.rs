//! The fuzz targets of nh-core and nh-outcome in plain `cargo test`: over their corpus, and over what proptest makes up.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]
#![allow(clippy::disallowed_methods, reason = "the corpus is files; the crate itself reads none")]

#[path = "../../../../fuzz/src/corpus.rs"]
#[expect(unreachable_pub, reason = "a module of the fuzz crate")]
mod corpus;
mod every_target;
mod expressions;
mod linear;
mod requests;
#[path = "../../../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "the library of the fuzz crate")]
mod targets;
