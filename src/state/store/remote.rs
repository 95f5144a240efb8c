//! An object store: S3 and what speaks like it, Google Cloud Storage, Azure Blob Storage.
//!
//! Signing, conditional puts and the search for credentials are the `object_store` crate's; this
//! puts it behind calls that block and errors that say what to do. Its requests run on a thread of
//! their own, so that a lease is renewed however busy the run is.

mod client;

use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use futures::TryStreamExt as _;
use jiff::Timestamp;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::path::Path;
use object_store::{
    BackoffConfig, ClientConfigKey, Error, GetOptions, ObjectMeta, ObjectStore, PutMode,
    PutOptions, RetryConfig, UpdateVersion,
};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use client::Connector;

use super::{If, Put, Stat, Store, StoreError, StoreProblem, Stored, Version};

/// One request: a lease has to survive the worst of it three times over.
const TIMEOUT: &str = "8s";
const CONNECT: &str = "4s";
/// All tries of one request together.
const PATIENCE: Duration = Duration::from_secs(12);
/// Of a store's own words, that many characters are shown.
const WORDS: usize = 300;

/// A place in an object store.
#[derive(Debug)]
pub struct Remote {
    place: Box<str>,
    prefix: Path,
    store: Arc<dyn ObjectStore>,
    requests: Requests,
}

/// The thread that the requests run on.
#[derive(Debug)]
struct Requests {
    handle: Handle,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Remote {
    /// The store at an address as [`crate::roster::model::StatePlace`] has it, with what the
    /// environment says about credentials and endpoint. Sends nothing yet.
    ///
    /// # Errors
    /// [`StoreError`]: what the environment says cannot be used.
    pub fn open(address: &str) -> Result<Self, StoreError> {
        let failed = |why: String| StoreError::new(address, StoreProblem::Failed(why));
        let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let store = connect(scheme, bucket)
            .map_err(|error| failed(format!("cannot be used: {}", words(&error))))?;
        Ok(Self {
            place: address.into(),
            prefix: Path::parse(prefix).map_err(|error| failed(error.to_string()))?,
            store,
            requests: Requests::start()
                .map_err(|error| failed(format!("cannot be used: {error}")))?,
        })
    }

    fn path(&self, key: &str) -> Path {
        key.split('/')
            .fold(self.prefix.clone(), |path, part| path.join(part))
    }

    /// Sends a request and waits for what becomes of it.
    fn ask<T, F>(&self, request: impl FnOnce(Arc<dyn ObjectStore>) -> F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let (answer, answered) = mpsc::channel();
        let request = request(self.store.clone());
        self.requests.handle.spawn(async move {
            // Nobody waits any more when the process ends.
            let _ = answer.send(request.await);
        });
        answered.recv().unwrap_or_else(|error| {
            Err(Error::Generic {
                store: "state",
                source: Box::new(error),
            })
        })
    }

    /// Nothing lies there, unless that is because there is no bucket.
    fn absent<T>(&self, error: &Error) -> Result<Option<T>, StoreError> {
        match error {
            Error::NotFound { .. } if !is_no_bucket(&words(error)) => Ok(None),
            _ => Err(self.failed(error)),
        }
    }

    fn failed(&self, error: &Error) -> StoreError {
        StoreError::new(&self.place, problem(error))
    }
}

impl Store for Remote {
    fn place(&self) -> &str {
        &self.place
    }

    fn get(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        let path = self.path(key);
        let got = self.ask(|store| async move {
            let got = store.get_opts(&path, GetOptions::default()).await?;
            let meta = got.meta.clone();
            Ok((meta, got.bytes().await?))
        });
        match got {
            Ok((meta, bytes)) => Ok(Some(Stored {
                bytes: bytes.to_vec(),
                stat: stat(meta),
            })),
            Err(error) => self.absent(&error),
        }
    }

    fn stat(&self, key: &str) -> Result<Option<Stat>, StoreError> {
        let path = self.path(key);
        let options = GetOptions {
            head: true,
            ..GetOptions::default()
        };
        let got = self.ask(|store| async move { Ok(store.get_opts(&path, options).await?.meta) });
        match got {
            Ok(meta) => Ok(Some(stat(meta))),
            Err(error) => self.absent(&error),
        }
    }

    fn put(&self, key: &str, bytes: &[u8], when: &If) -> Result<Put, StoreError> {
        let path = self.path(key);
        let options = PutOptions::from(match when {
            If::Absent => PutMode::Create,
            If::Is(Version { tag, generation }) => PutMode::Update(UpdateVersion {
                e_tag: tag.as_deref().map(Into::into),
                version: generation.as_deref().map(Into::into),
            }),
        });
        let payload = bytes.to_vec().into();
        let put = self.ask(|store| async move { store.put_opts(&path, payload, options).await });
        match put {
            Ok(done) => Ok(Put::Done(version(done.e_tag, done.version))),
            Err(
                Error::AlreadyExists { .. }
                | Error::Precondition { .. }
                | Error::NotModified { .. },
            ) => Ok(Put::Taken),
            // S3 says so when the version that should be there is gone altogether; a bucket that
            // is missing says it of a new key too.
            Err(Error::NotFound { .. }) if matches!(when, If::Is(_)) => Ok(Put::Taken),
            Err(error) => Err(self.failed(&error)),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let (below, prefix) = (self.path(folder), self.prefix.clone());
        let found = self.ask(|store| async move {
            let all = store.list(Some(&below)).map_ok(|meta| meta.location);
            all.try_collect::<Vec<Path>>().await
        });
        let found = found.map_err(|error| self.failed(&error))?;
        let key = |path: Path| {
            let parts = path.prefix_match(&prefix)?;
            let parts: Vec<String> = parts.map(|part| part.as_ref().to_owned()).collect();
            Some(parts.join("/"))
        };
        let mut keys: Vec<String> = found.into_iter().filter_map(key).collect();
        keys.sort_unstable();
        Ok(keys)
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        use object_store::ObjectStoreExt as _;
        let path = self.path(key);
        match self.ask(|store| async move { store.delete(&path).await }) {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.failed(&error)),
        }
    }
}

impl Requests {
    fn start() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name(String::from("state"))
            .spawn(move || {
                // Either way it is over.
                let _ = runtime.block_on(ended);
            })?;
        Ok(Self {
            handle,
            end: Some(end),
            thread: Some(thread),
        })
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // It has nothing left to say.
            let _ = thread.join();
        }
    }
}

/// A client for a bucket, with what the environment says, as each cloud's own tools read it.
fn connect(scheme: &str, bucket: &str) -> Result<Arc<dyn ObjectStore>, Error> {
    let retry = RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(2),
            base: 2.0,
        },
        max_retries: 4,
        retry_timeout: PATIENCE,
    };
    let waits = [
        (ClientConfigKey::Timeout, TIMEOUT),
        (ClientConfigKey::ConnectTimeout, CONNECT),
    ];
    match scheme {
        "gs" => {
            let mut builder = GoogleCloudStorageBuilder::from_env().with_http_connector(Connector);
            for (key, value) in waits {
                builder = builder.with_config(GoogleConfigKey::Client(key), value);
            }
            let builder = builder.with_bucket_name(bucket).with_retry(retry);
            Ok(Arc::new(builder.build()?))
        }
        "az" => {
            let mut builder = MicrosoftAzureBuilder::from_env().with_http_connector(Connector);
            for (key, value) in waits {
                builder = builder.with_config(AzureConfigKey::Client(key), value);
            }
            let builder = builder.with_container_name(bucket).with_retry(retry);
            Ok(Arc::new(builder.build()?))
        }
        _ => {
            let mut builder = AmazonS3Builder::from_env().with_http_connector(Connector);
            for (key, value) in waits {
                builder = builder.with_config(AmazonS3ConfigKey::Client(key), value);
            }
            if endpoint_is_loopback() {
                builder = builder.with_allow_http(true);
            }
            let builder = builder.with_bucket_name(bucket).with_retry(retry);
            Ok(Arc::new(builder.build()?))
        }
    }
}

/// Elsewhere, `http` needs `AWS_ALLOW_HTTP=true`: what is written names people.
fn endpoint_is_loopback() -> bool {
    ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .filter_map(|text| url::Url::parse(&text).ok())
        .any(|url| crate::roster::base_url::is_loopback(&url))
}

fn stat(meta: ObjectMeta) -> Stat {
    let modified = meta.last_modified;
    let nanoseconds = i32::try_from(modified.timestamp_subsec_nanos()).unwrap_or(0);
    Stat {
        version: version(meta.e_tag, meta.version),
        modified: Timestamp::new(modified.timestamp(), nanoseconds).unwrap_or_default(),
    }
}

fn version(tag: Option<String>, generation: Option<String>) -> Version {
    Version {
        tag: tag.map(Into::into),
        generation: generation.map(Into::into),
    }
}

/// Whether it is the bucket that is missing, in the words of the three clouds.
fn is_no_bucket(text: &str) -> bool {
    let words = ["NoSuchBucket", "ContainerNotFound", "bucket does not exist"];
    words.iter().any(|word| text.contains(word))
}

fn problem(error: &Error) -> StoreProblem {
    let text = words(error);
    match error {
        Error::NotFound { .. } if is_no_bucket(&text) => StoreProblem::Failed(String::from(
            "has no bucket (or container) of that name; create it, or correct `state`",
        )),
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            StoreProblem::Denied(text)
        }
        Error::NotFound { .. } => StoreProblem::Failed(format!("is not there: {text}")),
        Error::NotImplemented { .. } | Error::NotSupported { .. } => {
            StoreProblem::Unconditional("it does not know them")
        }
        // Without any credentials the clouds' libraries ask the machine itself, which is none of
        // theirs.
        _ if text.contains("169.254.169.254") || text.contains("metadata.google") => {
            StoreProblem::Denied(format!("no credentials in the environment ({text})"))
        }
        _ if text.contains("status code: 501") => {
            StoreProblem::Unconditional("it does not know them")
        }
        _ if text.contains("status code: 4") => StoreProblem::Failed(format!("refuses: {text}")),
        _ => StoreProblem::Unreachable(text),
    }
}

/// What an error says, on one line, cut, and without the queries of addresses: a signature or a
/// token may stand there.
fn words(error: &Error) -> String {
    let mut text = String::new();
    let mut in_query = false;
    for c in error.to_string().chars() {
        if c.is_whitespace() || "\"')>".contains(c) {
            in_query = false;
        }
        if in_query {
            continue;
        }
        text.push(if c.is_control() { ' ' } else { c });
        in_query = c == '?';
    }
    if text.chars().count() > WORDS {
        text = text.chars().take(WORDS).chain(['…']).collect();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_query_of_an_address_gets_into_a_message() {
        let source = "PUT https://a.blob.core.windows.net/c/k?sv=1&sig=hunter2 failed\nwith 503";
        let error = Error::Generic {
            store: "Azure",
            source: source.into(),
        };
        let text = words(&error);
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.ends_with("c/k? failed with 503"), "{text}");
    }

    #[test]
    fn faults_are_told_apart() {
        let generic = |source: &str| Error::Generic {
            store: "S3",
            source: source.to_owned().into(),
        };
        let denied = Error::PermissionDenied {
            path: String::from("k"),
            source: "403".into(),
        };
        assert!(matches!(problem(&denied), StoreProblem::Denied(_)));
        let cases = [
            ("non-2xx status code: 503: slow down", "Unreachable"),
            ("non-2xx status code: 400: bad", "Failed"),
            ("non-2xx status code: 501: what?", "Unconditional"),
            (
                "error sending request to http://169.254.169.254/latest",
                "Denied",
            ),
            ("error sending request", "Unreachable"),
        ];
        for (text, expected) in cases {
            let found = format!("{:?}", problem(&generic(text)));
            assert!(found.starts_with(expected), "{text}: {found}");
        }
    }
}
