//! A real Chromium, driven as a person would: keys, presses, and what is to be seen.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::http::Method;
use fantoccini::actions::{InputSource, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::error::CmdError;
use fantoccini::wd::{TimeoutConfiguration, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use url::{ParseError, Url};

use crate::support::app::SignedIn;

/// Names the ChromeDriver; set by `tests/run`.
const DRIVER: &str = "TEST_BROWSER";
/// How long what should be seen may take: far longer than it does.
const PATIENCE: Duration = Duration::from_secs(20);
/// Chromium asks nobody anything, and needs neither sandbox nor graphics.
const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];
/// Notes how long each input waits for the frame that shows what it did (the "event timing" of the W3C, in steps of 8 ms).
const WATCH: &str = "\
window.waits ??= []; window.watcher ??= new PerformanceObserver((list) => { for (const e of list.getEntries()) \
if (e.name === 'keydown' || e.name === 'click') window.waits.push(e.duration); }); \
window.watcher.observe({ type: 'event', durationThreshold: 16 });";

/// One browser with a window of its own, and nobody's cookies.
pub struct Browser {
    _driver: Driver,
    client: Client,
    origin: String,
    /// Keys and presses so far; typing and pasting counts as one.
    pub inputs: u32,
}

/// A command that ChromeDriver knows beyond the standard.
#[derive(Debug)]
struct Beyond {
    path: &'static str,
    body: Value,
}

/// A ChromeDriver, killed with all it started when it is dropped.
struct Driver {
    child: Child,
    address: SocketAddr,
}

impl Browser {
    /// One that looks at `server`. `None`, and a line that says so, where no browser is to be had.
    #[expect(
        clippy::disallowed_methods,
        reason = "how tests/run tells the tests where its browser is"
    )]
    pub async fn start(server: SocketAddr) -> Option<Self> {
        let Ok(program) = std::env::var(DRIVER) else {
            println!("left out: {DRIVER} is not set; tests/run sets it");
            return None;
        };
        let driver = Driver::start(&program);
        let wanted = json!({
            "goog:chromeOptions": { "args": FLAGS },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        });
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(wanted.as_object().cloned().expect("an object"));
        let client = builder
            .connect(&format!("http://{}", driver.address))
            .await
            .expect("a session");
        let patience = TimeoutConfiguration::new(Some(PATIENCE), Some(PATIENCE), None);
        client.update_timeouts(patience).await.expect("an answer");
        let browser = Self {
            _driver: driver,
            client,
            origin: format!("http://{server}"),
            inputs: 0,
        };
        browser.resize(1280, 800).await;
        Some(browser)
    }

    /// The same, signed in.
    pub async fn signed_in(server: SocketAddr, who: &SignedIn) -> Option<Self> {
        let browser = Self::start(server).await?;
        let (name, secret) = who.header.1.split_once('=').expect("a session's cookie");
        let cookie = json!({ "name": name, "value": secret, "url": browser.origin, "httpOnly": true });
        browser.tell("Network.setCookie", cookie).await;
        Some(browser)
    }

    /// Goes to the page at `path`.
    pub async fn open(&self, path: &str) {
        let address = format!("{}{path}", self.origin);
        self.client.goto(&address).await.expect("a page");
        self.ask(WATCH).await;
    }

    /// Presses each of `keys`, one after the other.
    pub async fn press(&mut self, keys: &str) {
        for key in keys.chars() {
            self.inputs += 1;
            let press = KeyActions::new("keys".to_owned())
                .then(KeyAction::Down { value: key })
                .then(KeyAction::Up { value: key });
            self.client.perform_actions(press).await.expect("a key");
        }
    }

    /// Types `text` where the focus is.
    pub async fn write(&mut self, text: &str) {
        self.press(text).await;
        self.inputs = self.inputs + 1 - u32::try_from(text.chars().count()).unwrap_or_default();
    }

    /// Presses the mouse button on the first element that `css` names, waiting until there is one.
    pub async fn click(&mut self, css: &str) {
        self.inputs += 1;
        self.until(&format!("document.querySelector({}) !== null", json!(css)))
            .await;
        let element = self.client.find(Locator::Css(css)).await.expect("an element");
        let scroll = "arguments[0].scrollIntoView({ block: 'center' })";
        let handle = serde_json::to_value(&element).expect("a handle");
        self.client.execute(scroll, vec![handle]).await.expect("an answer");
        let press = MouseActions::new("mouse".to_owned())
            .then(PointerAction::MoveToElement {
                element,
                duration: None,
                x: 0.0,
                y: 0.0,
            })
            .then(PointerAction::Down {
                button: MOUSE_BUTTON_LEFT,
            })
            .then(PointerAction::Up {
                button: MOUSE_BUTTON_LEFT,
            });
        self.client.perform_actions(press).await.expect("a press");
    }

    /// What `expression` comes to in the page.
    pub async fn ask(&self, expression: &str) -> Value {
        let script = if expression.starts_with("window.") {
            expression.to_owned()
        } else {
            format!("return ({expression})")
        };
        self.client.execute(&script, Vec::new()).await.expect("an answer")
    }

    /// Waits until `condition` is true in the page, over as many pages as it takes.
    pub async fn until(&self, condition: &str) {
        let script = format!(
            "const done = arguments[0]; const look = () => ({condition}) ? done(true) : setTimeout(look, 10); look();"
        );
        let begun = std::time::Instant::now();
        loop {
            match self.client.execute_async(&script, Vec::new()).await {
                Ok(_) => return,
                // The page went while its script was waited for.
                Err(CmdError::Standard(error)) if begun.elapsed() < PATIENCE && error.error() != "script timeout" => {}
                Err(error) => panic!("never came true: {condition}: {error}"),
            }
        }
    }

    /// Waits until the page holds `text`.
    pub async fn until_text(&self, text: &str) {
        self.until(&format!("document.body.innerText.includes({})", json!(text)))
            .await;
    }

    /// The page in a window of that size.
    pub async fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.tell("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Dark, or light, as the machine would have it.
    pub async fn darken(&self, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.tell("Emulation.setEmulatedMedia", media).await;
    }

    /// The whole page as a PNG in base64, however long.
    pub async fn picture(&self) -> String {
        let asked = json!({ "captureBeyondViewport": true });
        let answer = self.tell("Page.captureScreenshot", asked).await;
        answer["data"].as_str().expect("a picture").to_owned()
    }

    /// Switches script of pages on or off.
    pub async fn allow_script(&self, is: bool) {
        self.tell("Emulation.setScriptExecutionDisabled", json!({ "value": !is }))
            .await;
    }

    /// How long inputs waited for the frame that shows what they did, in milliseconds; those under 16 are not listed.
    pub async fn waits(&self) -> Vec<f64> {
        let waits = self.ask("(window.waits ?? [])").await;
        serde_json::from_value(waits).expect("numbers")
    }

    /// What the console said since it was asked last.
    pub async fn console(&self) -> Vec<String> {
        let lines = self.log("browser").await;
        let lines = lines.iter().map(|line| line["message"].to_string());
        lines.filter(|line| !line.contains("favicon.ico")).collect()
    }

    /// Requests to anything but this server since it was asked last.
    pub async fn left(&self) -> Vec<String> {
        let mut left = Vec::new();
        for line in self.log("performance").await {
            let told: Value = serde_json::from_str(line["message"].as_str().expect("a text")).expect("JSON");
            let address = told["message"]["params"]["request"]["url"].as_str().unwrap_or_default();
            let is_ours = address.starts_with(&self.origin) || address.starts_with("data:");
            if told["message"]["method"] == "Network.requestWillBeSent" && !is_ours {
                left.push(address.to_owned());
            }
        }
        left
    }

    /// Runs a script that calls back when it is done.
    pub async fn run(&self, script: &str) -> Value {
        self.client.execute_async(script, Vec::new()).await.expect("an answer")
    }

    async fn log(&self, kind: &str) -> Vec<Value> {
        let answer = self.post("se/log", json!({ "type": kind })).await;
        answer.as_array().cloned().unwrap_or_default()
    }

    /// A command of the DevTools protocol.
    async fn tell(&self, command: &str, parameters: Value) -> Value {
        self.post("goog/cdp/execute", json!({ "cmd": command, "params": parameters }))
            .await
    }

    async fn post(&self, path: &'static str, body: Value) -> Value {
        self.client.issue_cmd(Beyond { path, body }).await.expect("an answer")
    }
}

impl WebDriverCompatibleCommand for Beyond {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

impl Driver {
    fn start(program: &str) -> Self {
        use std::os::unix::process::CommandExt;
        let mut child = Command::new(program)
            .arg("--port=0")
            .process_group(0)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a ChromeDriver");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                line.split_once("successfully on port ")?
                    .1
                    .trim_end_matches('.')
                    .parse()
                    .ok()
            })
            .expect("a port");
        // It prints more, and must not meet a closed pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], port)),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-s", "KILL", "--", &group]).status();
        let _ = self.child.wait();
    }
}
