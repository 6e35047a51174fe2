//! Templates: what an expression is, what fills it in, and how.

pub(crate) mod expression;
pub(crate) mod filling;
pub(crate) mod properties;
pub(crate) mod render;
