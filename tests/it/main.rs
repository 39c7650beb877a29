//! The tests of docent from outside.

mod extract;
