//! Settings from arguments and environment, and `sources.toml` into declared sources.
//!
//! Knows the domain, the command line, the environment and one file format. Must not know what the settings are used for.
//! Settings are read once, by clap, and handed down; a command flattens the groups that it needs.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::domain::link::Link;

pub mod sources;
pub mod span;

/// The name of the SQLite file in the data folder.
const DATABASE_FILE: &str = "docent.db";

/// Named in the User-Agent where the operator names no page of their own. `.example` is reserved (RFC 2606), so it
/// cannot pass for anybody's site.
const CONTACT_DEFAULT: &str = "https://docent.example/bot";

/// All settings together, for the commands that run everything.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// Where rows and files are kept.
    #[command(flatten)]
    pub storage: Storage,
    /// Where sources are declared.
    #[command(flatten)]
    pub sources: SourcesFile,
    /// How other people's servers are called.
    #[command(flatten)]
    pub fetching: Fetching,
    /// How we are called.
    #[command(flatten)]
    pub serving: Serving,
}

/// Where rows and files are kept.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Storage")]
pub struct Storage {
    /// Folder of the SQLite file, the search index and the raw pages
    #[arg(long, env = "DOCENT_DATA", value_name = "FOLDER", default_value = "./data")]
    pub data: PathBuf,

    /// A file for SQLite, or postgres://…; the default is a file in the data folder
    #[arg(long, env = "DOCENT_DATABASE", value_name = "FILE|ADDRESS", hide_env_values = true)]
    pub database: Option<DatabaseSetting>,

    /// How long the pages behind entries are kept as they were fetched
    #[arg(long, env = "DOCENT_KEEP_PAGES", value_name = "SPAN", default_value = "30d", value_parser = span::parse)]
    pub keep_pages: Duration,
}

/// Where sources are declared.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Sources")]
pub struct SourcesFile {
    /// The file that declares the sources
    #[arg(
        long = "sources",
        env = "DOCENT_SOURCES",
        value_name = "FILE",
        default_value = "./sources.toml"
    )]
    pub path: PathBuf,
}

/// How other people's servers are called.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Fetching")]
pub struct Fetching {
    /// Private networks that may be called all the same, such as 10.0.0.0/8
    #[arg(
        long = "fetch-allow",
        env = "DOCENT_FETCH_ALLOW",
        value_name = "NETWORKS",
        value_delimiter = ','
    )]
    pub allow: Vec<String>,

    /// Pause between two requests to one host
    #[arg(long = "fetch-gap", env = "DOCENT_FETCH_GAP", value_name = "SPAN", default_value = "1s", value_parser = span::parse)]
    pub gap: Duration,

    /// Requests at once to one host
    #[arg(long = "fetch-per-host", env = "DOCENT_FETCH_PER_HOST", value_name = "N", default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..=64))]
    pub per_host: u32,

    /// Polls at once over all hosts
    #[arg(long = "fetch-at-once", env = "DOCENT_FETCH_AT_ONCE", value_name = "N", default_value_t = 16,
        value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub at_once: u32,

    /// Page that tells the owners of polled sites who polls them; part of the User-Agent
    #[arg(long, env = "DOCENT_CONTACT", value_name = "ADDRESS", value_parser = link)]
    pub contact: Option<Link>,
}

/// How we are called.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Web")]
pub struct Serving {
    /// Address and port to listen on
    #[arg(
        long,
        env = "DOCENT_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8080",
        value_parser = address
    )]
    pub listen: SocketAddr,

    /// The address under which readers reach this service; written into feeds and mails
    #[arg(long, env = "DOCENT_PUBLIC_URL", value_name = "ADDRESS", value_parser = link)]
    pub public_url: Option<Link>,

    /// WebSub hub that is told when a feed has changed
    #[arg(long, env = "DOCENT_HUB", value_name = "ADDRESS", value_parser = link)]
    pub hub: Option<Link>,

    /// Sites that may show boxes in frames, as in "https://museum.example https://*.museum.example"
    #[arg(
        long,
        env = "DOCENT_FRAME_ANCESTORS",
        value_name = "SITES",
        default_value = "*",
        value_parser = frame_ancestors
    )]
    pub frame_ancestors: String,
}

/// What is told on standard error.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Logging")]
pub struct Logging {
    /// What to log: error, warn, info, debug, trace, or a filter such as info,docent::worker=debug; warn,docent=info
    /// where nothing is said
    #[arg(long = "log", env = "DOCENT_LOG", value_name = "FILTER", global = true)]
    pub filter: Option<String>,

    /// How to write it
    #[arg(
        long = "log-format",
        env = "DOCENT_LOG_FORMAT",
        value_name = "FORMAT",
        default_value = "text",
        global = true
    )]
    pub format: LogFormat,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs, one object a line.
    Json,
}

/// The database as set, not yet judged. It may hold a password, so it is never shown whole.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseSetting(String);

/// Which database to open.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A file.
    Sqlite(PathBuf),
    /// A server's address with its secrets.
    Postgres(String),
}

/// What names no database. Does not repeat the address, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum UnknownDatabase {
    /// It is neither a file nor PostgreSQL.
    #[error("a database is a file or begins with postgres://, not with {0}://; --database (DOCENT_DATABASE) names it")]
    Scheme(String),
    /// It is meant for PostgreSQL and would be taken for the name of a file.
    #[error(
        "the address of a PostgreSQL database begins with postgres://; --database (DOCENT_DATABASE) has no such beginning"
    )]
    Beginning,
    /// It is set, to nothing.
    #[error("--database (DOCENT_DATABASE) is empty: name a file or postgres://…, or leave it out")]
    Empty,
}

impl Storage {
    /// The database to open.
    pub fn database(&self) -> Result<Database, UnknownDatabase> {
        let Some(DatabaseSetting(text)) = &self.database else {
            return Ok(Database::Sqlite(self.data.join(DATABASE_FILE)));
        };
        if let Some((scheme, path)) = text.split_once("://") {
            return match scheme {
                "postgres" | "postgresql" => Ok(Database::Postgres(text.clone())),
                "sqlite" => file(path),
                _ => Err(UnknownDatabase::Scheme(scheme.to_owned())),
            };
        }
        let behind = text
            .strip_prefix("postgresql")
            .or_else(|| text.strip_prefix("postgres"));
        if behind.is_some_and(|behind| behind.starts_with(':') || behind.starts_with("//")) {
            return Err(UnknownDatabase::Beginning);
        }
        file(text.strip_prefix("sqlite:").unwrap_or(text))
    }
}

impl Fetching {
    /// The page named in the User-Agent: the one set, else `public`, else a placeholder that is nobody's site.
    pub fn contact<'a>(&'a self, public: Option<&'a Link>) -> &'a str {
        self.contact.as_ref().or(public).map_or(CONTACT_DEFAULT, Link::as_str)
    }
}

impl Serving {
    /// The address under which this service is reached, without a slash at its end; `listening` where the operator named none.
    pub fn outside(&self, listening: SocketAddr) -> String {
        match &self.public_url {
            Some(link) => link.as_str().trim_end_matches('/').to_owned(),
            None if listening.ip().is_unspecified() => format!("http://localhost:{}", listening.port()),
            None => format!("http://{listening}"),
        }
    }

    /// Whether readers and editors come by https.
    pub fn is_public_by_https(&self) -> bool {
        self.public_url
            .as_ref()
            .is_some_and(|link| link.as_str().starts_with("https://"))
    }
}

impl SourcesFile {
    /// The file's name as messages show it.
    pub fn shown(&self) -> String {
        let inner = self
            .path
            .strip_prefix(".")
            .ok()
            .filter(|inner| !inner.as_os_str().is_empty());
        inner.unwrap_or(&self.path).display().to_string()
    }
}

impl From<String> for DatabaseSetting {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for DatabaseSetting {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("DatabaseSetting(…)")
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => out.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => out.write_str("Postgres(…)"),
        }
    }
}

fn file(path: &str) -> Result<Database, UnknownDatabase> {
    if path.is_empty() {
        return Err(UnknownDatabase::Empty);
    }
    Ok(Database::Sqlite(PathBuf::from(path)))
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let wrong = "not the number of an address and a port, such as 127.0.0.1:8080 or [::]:8080";
    text.parse().map_err(|_| wrong.to_owned())
}

/// Takes a list of sites as the directive `frame-ancestors` has it, and nothing that would begin another directive.
fn frame_ancestors(text: &str) -> Result<String, String> {
    let is_site = |site: &str| {
        let plain = site
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b':' | b'/' | b'.' | b'-' | b'[' | b']'));
        plain || matches!(site, "'self'" | "'none'")
    };
    let sites: Vec<&str> = text.split_whitespace().collect();
    if sites.is_empty() || !sites.iter().all(|site| is_site(site)) {
        return Err("not a list of sites such as https://museum.example, parted by blanks".to_owned());
    }
    Ok(sites.join(" "))
}

fn link(text: &str) -> Result<Link, String> {
    Link::parse(text).ok_or_else(|| "not an http or https address".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        settings: Settings,
        #[command(flatten)]
        logging: Logging,
    }

    fn read(arguments: &[&str]) -> Program {
        Program::try_parse_from(std::iter::once(&"docent").chain(arguments)).unwrap()
    }

    #[test]
    fn without_arguments_everything_has_a_default() {
        let Program { settings, logging } = read(&[]);
        assert_eq!(
            settings.storage.database().unwrap(),
            Database::Sqlite(PathBuf::from("./data/docent.db"))
        );
        assert_eq!(settings.storage.keep_pages, Duration::from_hours(30 * 24));
        assert_eq!(settings.sources.shown(), "sources.toml");
        assert_eq!(settings.fetching.gap, Duration::from_secs(1));
        assert_eq!((settings.fetching.per_host, settings.fetching.at_once), (1, 16));
        assert!(settings.fetching.allow.is_empty());
        assert_eq!(settings.fetching.contact(None), CONTACT_DEFAULT);
        assert_eq!(settings.serving.listen.to_string(), "127.0.0.1:8080");
        assert_eq!((logging.filter, logging.format), (None, LogFormat::Text));
    }

    #[test]
    fn a_database_is_told_by_its_beginning() {
        for (given, expected) in [
            ("x.db", Some(Database::Sqlite(PathBuf::from("x.db")))),
            ("sqlite:x.db", Some(Database::Sqlite(PathBuf::from("x.db")))),
            ("sqlite:///var/x.db", Some(Database::Sqlite(PathBuf::from("/var/x.db")))),
            (
                "postgres://a@b/c",
                Some(Database::Postgres("postgres://a@b/c".to_owned())),
            ),
            (
                "postgresql://a@b/c",
                Some(Database::Postgres("postgresql://a@b/c".to_owned())),
            ),
            ("mysql://a@b/c", None),
            ("postgres//a@b/c", None),
            ("postgresql:/a@b/c", None),
            ("postgres.db", Some(Database::Sqlite(PathBuf::from("postgres.db")))),
            ("postgres/x", Some(Database::Sqlite(PathBuf::from("postgres/x")))),
            ("sqlite:", None),
        ] {
            assert_eq!(
                read(&["--database", given]).settings.storage.database().ok(),
                expected,
                "{given}"
            );
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for address in ["postgres://docent:hush@db/docent", "mysql://docent:hush@db/docent"] {
            let program = read(&["--database", address]);
            let database = program.settings.storage.database();
            let told = database.as_ref().err().map(ToString::to_string);
            assert!(!format!("{program:?} {database:?} {told:?}").contains("hush"));
        }
    }

    #[test]
    fn the_sources_file_is_shown_by_a_name() {
        for (given, shown) in [
            ("./sources.toml", "sources.toml"),
            ("a/b.toml", "a/b.toml"),
            (".", "."),
            ("./", "./"),
        ] {
            assert_eq!(read(&["--sources", given]).settings.sources.shown(), shown);
        }
    }

    #[test]
    fn networks_are_separated_by_commas() {
        let program = read(&["--fetch-allow", "127.0.0.0/8,::1"]);
        assert_eq!(program.settings.fetching.allow, ["127.0.0.0/8", "::1"]);
    }

    #[test]
    fn links_begin_with_the_address_that_the_operator_named() {
        for (arguments, expected) in [
            (&[][..], "http://127.0.0.1:8080"),
            (&["--listen", "0.0.0.0:80"], "http://localhost:80"),
            (
                &["--public-url", "https://read.museum.example/"],
                "https://read.museum.example",
            ),
            (
                &["--public-url", "https://museum.example/docent/"],
                "https://museum.example/docent",
            ),
        ] {
            let serving = read(arguments).settings.serving;
            assert_eq!(serving.outside(serving.listen), expected);
        }
    }

    #[test]
    fn a_bad_setting_is_refused_with_its_name() {
        for (flag, value) in [
            ("--fetch-gap", "soon"),
            ("--fetch-per-host", "0"),
            ("--contact", "mailto:a@example.org"),
            ("--listen", "here"),
            ("--log-format", "xml"),
        ] {
            let error = Program::try_parse_from(["docent", flag, value])
                .unwrap_err()
                .to_string();
            assert!(error.contains(flag), "{error}");
        }
    }
}
