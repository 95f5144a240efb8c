//! Exchanges with a vendor, kept beside its description: written while it is tried, and answered
//! from when it is checked against them. Texts are stand-ins ([`Masks`]) before anything else sees
//! them, so that the program asks with stand-ins too.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::stream;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use url::Url;

use crate::description::{AnswerPlace, Auth, Description, Masks, Members, Page, Total};
use crate::http::{Arriving, Between, Broken, Outgoing, Within, segment};

/// The file in the folder.
const FILE: &str = "exchanges.ndjson";

/// The version of its form.
const VERSION: u32 = 1;

/// Its first line: with what the exchanges were made.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    recording: u32,
    /// The title of the description.
    title: String,
    /// The secrets that were given, by name; never their values.
    pub(super) secrets: Vec<String>,
    /// The settings that were given.
    pub(super) settings: BTreeMap<String, String>,
}

/// One call and its answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    method: String,
    path: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    query: Vec<(String, String)>,
    status: u16,
    /// Those that the description reads.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    /// `null`: the answer had none, or none that is JSON.
    body: Json,
}

/// What tells a call from others. The order of parameters means nothing.
type Asked = (String, String, Vec<(String, String)>);

impl Exchange {
    fn asked(&self) -> Asked {
        let mut query = self.query.clone();
        query.sort_unstable();
        (self.method.clone(), self.path.clone(), query)
    }
}

fn asked(request: &Outgoing, prefix: &str) -> Asked {
    let path = request.url.path();
    let path = path.strip_prefix(prefix).unwrap_or(path);
    let mut query: Vec<(String, String)> = request.url.query_pairs().into_owned().collect();
    query.sort_unstable();
    (request.method.to_string(), path.to_owned(), query)
}

/// Headers that a description reads.
#[derive(Debug, Default)]
struct Headers {
    /// With a count, which stays.
    counts: Vec<String>,
    /// With a link.
    links: Vec<String>,
    /// With something that is passed on, such as a cursor or a token.
    texts: Vec<String>,
}

impl Headers {
    fn of(description: &Description) -> Self {
        let mut headers = Self::default();
        let mut lists = vec![&description.users.list];
        if let Some(groups) = &description.groups {
            lists.push(&groups.list);
            if let Some(Members::Listed { list, .. }) = &groups.members {
                lists.push(list);
            }
        }
        for list in lists {
            if let Some(Total::Header(name) | Total::Head(name)) = &list.total {
                headers.counts.push(name.to_ascii_lowercase());
            }
            match &list.page {
                Some(Page::Link {
                    at: AnswerPlace::Header(name, _),
                    ..
                }) => headers.links.push(name.to_ascii_lowercase()),
                Some(Page::Cursor {
                    at: AnswerPlace::Header(name, _),
                    ..
                }) => headers.texts.push(name.to_ascii_lowercase()),
                _ => {}
            }
        }
        for auth in &description.auth {
            if let Auth::Login(login) = auth
                && let AnswerPlace::Header(name, _) = &login.token
            {
                headers.texts.push(name.to_ascii_lowercase());
            }
        }
        headers
    }
}

/// Keeps what is asked and answered.
pub(super) struct Recorder {
    title: String,
    /// The path of the vendor's address.
    prefix: String,
    headers: Headers,
    state: Mutex<Recorded>,
}

struct Recorded {
    masks: Masks,
    exchanges: Vec<Exchange>,
}

impl Recorder {
    /// For a vendor at an address.
    pub(super) fn new(description: &Description, base_url: &str) -> Self {
        let prefix = Url::parse(base_url).map_or(String::new(), |it| it.path().to_owned());
        Self {
            title: description.title.to_string(),
            prefix: prefix.trim_end_matches('/').to_owned(),
            headers: Headers::of(description),
            state: Mutex::new(Recorded {
                masks: Masks::new(description),
                exchanges: Vec::new(),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, Recorded> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes everything into a folder, which is made if need be.
    ///
    /// # Errors
    /// Those of the disk.
    pub(super) fn write(
        &self,
        folder: &Path,
        secrets: Vec<String>,
        settings: BTreeMap<String, String>,
    ) -> std::io::Result<usize> {
        let head = Head {
            recording: VERSION,
            title: self.title.clone(),
            secrets,
            settings,
        };
        let mut text = serde_json::to_string(&head)? + "\n";
        let state = self.state();
        for exchange in &state.exchanges {
            text.push_str(&serde_json::to_string(exchange)?);
            text.push('\n');
        }
        fs::create_dir_all(folder)?;
        fs::write(folder.join(FILE), text)?;
        Ok(state.exchanges.len())
    }
}

impl Between for Recorder {
    fn out(&self, mut request: Outgoing) -> Outgoing {
        let masks = &self.state().masks;
        let url = &mut request.url;
        let path: Vec<String> = url
            .path()
            .split('/')
            .map(|part| {
                let plain = part.replace("%40", "@");
                let real = masks.back(&plain);
                // What has no stand-in goes out byte for byte.
                match plain == real {
                    true => part.to_owned(),
                    false => segment(&real),
                }
            })
            .collect();
        url.set_path(&path.join("/"));
        let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let real: Vec<(String, String)> = query
            .iter()
            .map(|(name, value)| (name.clone(), masks.back(value)))
            .collect();
        if query != real {
            url.query_pairs_mut().clear().extend_pairs(real);
        }
        for value in request.headers.values_mut() {
            let real = value.to_str().map(|it| masks.back(it));
            if let Ok(real) = real
                && let Ok(mut new) = HeaderValue::from_str(&real)
            {
                new.set_sensitive(value.is_sensitive());
                *value = new;
            }
        }
        request
    }

    fn back(
        &self,
        request: &Outgoing,
        status: u16,
        headers: &mut HeaderMap,
        body: Vec<u8>,
    ) -> Vec<u8> {
        let mut guard = self.state();
        let state = &mut *guard;
        let mut kept = BTreeMap::new();
        let told = std::mem::take(headers);
        let mut keep = |name: &str, text: Option<String>| {
            let header = HeaderName::try_from(name).ok();
            let text = text.and_then(|it| Some((HeaderValue::from_str(&it).ok()?, it)));
            if let (Some(header), Some((value, text))) = (header, text) {
                headers.insert(header, value);
                kept.insert(name.to_owned(), text);
            }
        };
        let text = |name: &str| told.get(name).and_then(|it| it.to_str().ok());
        keep(
            "content-type",
            text(CONTENT_TYPE.as_str()).map(String::from),
        );
        for name in &self.headers.counts {
            keep(name, text(name).map(String::from));
        }
        for name in &self.headers.links {
            keep(name, text(name).map(|it| state.masks.link_header(it)));
        }
        for name in &self.headers.texts {
            keep(name, text(name).map(|it| state.masks.text(it)));
        }
        let mut json: Option<Json> = serde_json::from_slice(&body).ok();
        if let Some(json) = &mut json {
            state.masks.body(json);
        }
        let (method, path, query) = asked(request, &self.prefix);
        let body = match &json {
            Some(json) => serde_json::to_vec(json).unwrap_or_default(),
            // What is no JSON is not kept, and not believed later either.
            None if body.is_empty() => body,
            None => b"(not recorded: no JSON)".to_vec(),
        };
        state.exchanges.push(Exchange {
            method,
            path,
            query,
            status,
            headers: kept,
            body: json.unwrap_or_default(),
        });
        body
    }
}

/// Answers from a folder.
pub(super) struct Replay {
    pub(super) head: Head,
    answers: Mutex<HashMap<Asked, Vec<Exchange>>>,
}

impl Replay {
    /// Reads a folder.
    ///
    /// # Errors
    /// What is wrong with it, in one clause.
    pub(super) fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join(FILE);
        let name = path.display();
        let text = fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
        let mut lines = text.lines().zip(1_u32..);
        let (head, _) = lines.next().ok_or_else(|| format!("{name} is empty"))?;
        let head: Head = serde_json::from_str(head)
            .map_err(|error| format!("{name}, line 1, is not the head of a recording: {error}"))?;
        if head.recording != VERSION {
            return Err(format!(
                "{name} is of the form {}, and this program knows {VERSION}; record it anew",
                head.recording
            ));
        }
        let mut answers: HashMap<Asked, Vec<Exchange>> = HashMap::new();
        for (line, number) in lines {
            let exchange: Exchange = serde_json::from_str(line)
                .map_err(|error| format!("{name}, line {number}, is no exchange: {error}"))?;
            answers.entry(exchange.asked()).or_default().push(exchange);
        }
        // The first answer comes first; the last one stays.
        answers.values_mut().for_each(|it| it.reverse());
        Ok(Self {
            head,
            answers: Mutex::new(answers),
        })
    }
}

#[async_trait]
impl Within for Replay {
    async fn send(&self, request: Outgoing) -> Result<Arriving, Broken> {
        let asked = asked(&request, "");
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let left = answers.get_mut(&asked);
        let exchange = left.and_then(|left| match left.len() {
            0 | 1 => left.first().cloned(),
            _ => left.pop(),
        });
        let Some(exchange) = exchange else {
            let (method, path, _) = asked;
            let query = request
                .url
                .query()
                .map_or(String::new(), |it| format!("?{it}"));
            return Err(Broken::Unreachable(format!(
                "{method} {path}{query} was not recorded; record anew with `connector try --record`"
            )));
        };
        let mut headers = HeaderMap::new();
        for (name, text) in &exchange.headers {
            let name = HeaderName::try_from(name.as_str()).ok();
            if let (Some(name), Ok(value)) = (name, HeaderValue::from_str(text)) {
                headers.insert(name, value);
            }
        }
        let body = match &exchange.body {
            Json::Null => Vec::new(),
            body => body.to_string().into_bytes(),
        };
        Ok(Arriving {
            status: exchange.status,
            headers,
            body: Box::pin(stream::once(async { Ok(body) })),
        })
    }
}
