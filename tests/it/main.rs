//! Everything tested from outside, as one program.

mod grouping;
