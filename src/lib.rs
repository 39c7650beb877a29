#![doc = include_str!("ARCHITECTURE.md")]

pub mod domain;

pub mod config;
pub mod ingest;
pub mod publish;
pub mod search;
pub mod store;

pub mod http;
pub mod worker;

pub mod app;
pub mod cli;
pub mod demo;
pub mod ending;
