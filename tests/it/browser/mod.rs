//! The pages in a real Chromium: what people press and see. Without `TEST_BROWSER` these tests step aside and say so.

mod driver;
mod editions;
mod newsroom;
mod pages;
mod together;
mod triage;
