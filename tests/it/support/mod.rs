//! What the tests share: the parts of the outer world, played.

pub mod fetching;
pub mod site;
