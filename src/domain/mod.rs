//! The ground floor: what the words mean.
//!
//! Plain types and pure rules. Knows no file, socket, database or clock: time comes in as a parameter, and nothing here
//! can fail except by saying that a value is not valid.

pub mod accent;
pub mod article;
pub mod cadence;
pub mod channel;
pub mod decision;
pub mod digest;
pub mod editor;
pub mod entry;
pub mod escape;
pub mod event;
pub mod excerpt;
pub mod fingerprint;
pub mod freshness;
pub mod health;
pub mod inquiry;
pub mod link;
pub mod list;
pub mod month;
pub mod neighbours;
pub mod password;
pub mod poll;
mod reading;
pub mod recognise;
mod script;
pub mod secret;
pub mod site;
pub mod source;
pub mod story;
pub mod text;
pub mod throttle;
pub mod time;
mod tracking;
pub mod webhook;
