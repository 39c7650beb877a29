//! The one test program: docent seen from outside.

mod evil;
mod fetch;
mod grouping;
mod support;
