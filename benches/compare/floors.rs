//! What the wire and the parser cost: the same pages with `curl`, the same kind of body with `wrk`,
//! the same roster as JSON with `serde_json`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use base64::Engine as _;
use serde::Deserialize;

use crate::Failed;
use crate::child::{self, Server};
use crate::serve::Log;

/// A roster in owned texts, every field read.
#[derive(Deserialize)]
struct Roster {
    people: Vec<Person>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what is measured is that they are read")]
struct Person {
    email: String,
    first_name: Option<String>,
    last_name: Option<String>,
    job_title: Option<String>,
    company: Option<String>,
    profiles: Option<Vec<String>>,
    accounts: Option<BTreeMap<String, BTreeMap<String, serde_json::Value>>>,
}

/// `parse FILE`: reads the JSON of a roster; the process is what is measured.
pub(crate) fn parse(path: &str) -> Result<(), Failed> {
    let roster: Roster = serde_json::from_slice(&std::fs::read(path)?)?;
    if roster.people.iter().any(|person| person.email.is_empty()) {
        return Err("a person without e-mail".into());
    }
    Ok(())
}

/// `Authorization` of each vendor of the sandbox.
pub(crate) fn authorization(server: &Server) -> BTreeMap<&str, String> {
    let vendors = server.index.vendors.iter();
    let header = |secrets: &BTreeMap<String, String>| {
        let basic = |pair: String| {
            let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
            format!("Basic {encoded}")
        };
        match (
            secrets.get("email"),
            secrets.get("token"),
            secrets.get("jwt"),
        ) {
            (Some(email), _, _) => {
                let password = secrets.get("password").map_or("", String::as_str);
                basic(format!("{email}:{password}"))
            }
            (_, Some(token), _) => token.clone(),
            (_, _, Some(jwt)) => format!("Bearer {jwt}"),
            _ => String::new(),
        }
    };
    vendors
        .map(|(name, vendor)| {
            let text = header(&vendor.secrets);
            let text = match vendor.kind.as_str() {
                "bitsight" => {
                    let token = format!("{text}:");
                    let encoded = base64::engine::general_purpose::STANDARD.encode(token);
                    format!("Basic {encoded}")
                }
                "logicgate" => format!("Bearer {text}"),
                _ => text,
            };
            (name.as_str(), text)
        })
        .collect()
}

/// Seconds that `curl` takes for the reads of a log: a process for each vendor, side by side, each
/// on one connection that is kept.
pub(crate) fn reads(server: &Server, log: &Log, folder: &Path) -> Result<f64, Failed> {
    let mut files = Vec::new();
    for (vendor, header) in authorization(server) {
        let mut config = format!("silent\nfail\nheader = \"Authorization: {header}\"\n");
        let urls = log.requests.iter();
        let urls = urls.filter(|(method, of, _)| method == "GET" && of == vendor);
        let before = config.len();
        for (_, _, url) in urls {
            writeln!(
                config,
                "url = \"{}/{vendor}{url}\"\noutput = /dev/null",
                server.index.address
            )?;
        }
        if config.len() > before {
            let file = folder.join(format!("{vendor}.curl"));
            std::fs::write(&file, config)?;
            files.push(file);
        }
    }
    let begun = Instant::now();
    let mut children = Vec::new();
    for file in &files {
        let mut command = Command::new("curl");
        command.arg("-K").arg(file).stdout(Stdio::null());
        children.push(command.spawn()?);
    }
    for mut child in children {
        if !child.wait()?.success() {
            return Err("curl was refused a page".into());
        }
    }
    Ok(begun.elapsed().as_secs_f64())
}

/// Creates a second that `wrk` brings to Bitsight's local server, and those that were refused.
pub(crate) fn writes(server: &Server, seconds: u32, folder: &Path) -> Result<(f64, u64), Failed> {
    let script = folder.join("create.lua");
    let header = authorization(server);
    let header = header.get("bitsight").map_or("", String::as_str);
    std::fs::write(
        &script,
        format!(
            r#"local made = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json"
wrk.headers["Authorization"] = "{header}"
request = function()
  made = made + 1
  return wrk.format(nil, nil, nil, '{{"email":"wrk.' .. made .. '@example.com",' ..
    '"formal_name":"Ada Lovelace","friendly_name":"Ada","roles":[{{"slug":"customer_user"}}]}}')
end
done = function(summary, latency, requests)
  io.write("refused ", summary.errors.status, "\n")
end
"#
        ),
    )?;
    let url = format!("{}/bitsight/ratings/v2/users", server.index.address);
    let mut command: Command = child::client("wrk");
    command.args(["-t1", "-c64", &format!("-d{seconds}s"), "-s"]);
    let output = command.arg(&script).arg(url).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let after = |word: &str| {
        let rest = text.split(word).nth(1)?;
        rest.split_whitespace().next()?.parse::<f64>().ok()
    };
    let rate = after("Requests/sec:").ok_or_else(|| format!("wrk said: {text}"))?;
    Ok((rate, after("refused ").unwrap_or_default() as u64))
}
