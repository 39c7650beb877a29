#![doc = include_str!("ARCHITECTURE.md")]

pub mod cli;
pub mod config;
pub mod domain;
pub mod ingest;
pub mod publish;
