//! The one program of tests that look at docent from outside.

mod feeds;
