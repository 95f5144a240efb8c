//! One try of one call: the request out, the answer in, nothing repeated.

use std::error::Error as _;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, Stream, StreamExt as _};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use url::Url;

use super::body::{Body, Each};
use super::transport::{Arriving, Between, Broken, Outgoing, Transport, Within};
use super::{Call, Method, Problem, tls};
use crate::roster::model::Limits;

/// The longest answer that is read; the largest list known (100 k accounts) has a third of it.
const LONGEST_BODY: usize = 256 * 1024 * 1024;

/// Of an answer that is an error, so much is enough for its message.
const LONGEST_ERROR: usize = 1024 * 1024;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const NAME: HeaderValue =
    HeaderValue::from_static(concat!("rosterctl/", env!("CARGO_PKG_VERSION")));

const CONNECT_TIME: Duration = Duration::from_secs(10);

/// Shorter than the idle time of every load balancer known: a write on a connection that the other
/// side has just closed would count as lost.
const IDLE_TIME: Duration = Duration::from_secs(30);

/// A header with credentials, as it is sent.
pub(super) type SentHeader = (HeaderName, HeaderValue);

/// What came back, whatever the status.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The HTTP client of one vendor.
#[derive(Clone)]
pub(super) struct Client {
    way: Way,
    timeout: Duration,
    host: String,
    longest_body: usize,
}

/// What takes requests away.
#[derive(Clone)]
enum Way {
    Network(reqwest::Client),
    Watched(reqwest::Client, Arc<dyn Between>),
    Within(Arc<dyn Within>),
}

impl Client {
    /// A client for one host. On loopback neither proxies nor CA certificates are looked at, so
    /// that the sandbox runs anywhere.
    ///
    /// # Errors
    /// [`Problem::Setup`]: no CA certificates.
    pub(super) fn new(
        transport: &Transport,
        limits: &Limits,
        host: String,
        https: bool,
        loopback: bool,
    ) -> Result<Self, Problem> {
        let way = match transport {
            Transport::Network => Way::Network(network(limits, https, loopback)?),
            Transport::Watched(between) => {
                Way::Watched(network(limits, https, loopback)?, between.clone())
            }
            Transport::Within(server) => Way::Within(server.clone()),
        };
        Ok(Self {
            way,
            timeout: limits.timeout,
            host,
            longest_body: LONGEST_BODY,
        })
    }

    /// Sends once and reads the whole answer.
    ///
    /// # Errors
    /// [`Problem::Unreachable`], [`Problem::Lost`], [`Problem::Timeout`], and [`Problem::Body`]
    /// for an answer that is too long.
    pub(super) async fn send(
        &self,
        call: &Call,
        url: Url,
        credentials: &[SentHeader],
    ) -> Result<Answer, Problem> {
        let outgoing = outgoing(call, url, credentials)?;
        match &self.way {
            Way::Network(client) => self.over(client, call.each.as_ref(), outgoing).await,
            Way::Watched(client, between) => {
                let sent = between.out(outgoing.clone());
                let Answer {
                    status,
                    mut headers,
                    body,
                } = self.over(client, None, sent).await?;
                let body = between.back(&outgoing, status, &mut headers, body);
                let whole = stream::once(async { Ok(body) });
                self.read(call.each.as_ref(), status, headers, whole).await
            }
            Way::Within(server) => {
                let exchange = async {
                    let sent = server.send(outgoing).await;
                    let Arriving {
                        status,
                        headers,
                        body,
                    } = sent.map_err(|broken| self.broken(broken))?;
                    let pieces = body.map(|piece| piece.map_err(|broken| self.broken(broken)));
                    self.read(call.each.as_ref(), status, headers, pieces).await
                };
                let ended = tokio::time::timeout(self.timeout, exchange).await;
                ended.unwrap_or(Err(Problem::Timeout(self.timeout)))
            }
        }
    }

    /// Sends over the network, and reads the answer as it arrives.
    async fn over(
        &self,
        client: &reqwest::Client,
        each: Option<&Each>,
        outgoing: Outgoing,
    ) -> Result<Answer, Problem> {
        let sent = client.execute(outgoing.into()).await;
        let mut response = sent.map_err(|error| self.problem(&error))?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let pieces = stream::unfold(response, |mut response| async {
            let piece = response.chunk().await.transpose()?;
            Some((piece.map_err(|error| self.problem(&error)), response))
        });
        self.read(each, status, headers, pieces).await
    }

    /// Reads the body of an answer as it arrives.
    async fn read<P: AsRef<[u8]>>(
        &self,
        each: Option<&Each>,
        status: u16,
        headers: HeaderMap,
        pieces: impl Stream<Item = Result<P, Problem>>,
    ) -> Result<Answer, Problem> {
        let good = (200..300).contains(&status);
        let longest = if good {
            self.longest_body
        } else {
            LONGEST_ERROR
        };
        let mut body = Body::new(each.filter(|_| good), longest);
        let mut pieces = pin!(pieces);
        while let Some(piece) = pieces.next().await {
            match piece.map(|piece| body.push(piece.as_ref())) {
                Ok(Ok(())) => {}
                // The status of a refusal is what counts, even if its words did not all fit.
                Ok(Err(_)) | Err(_) if !good => break,
                Ok(Err(reason)) => return Err(Problem::Body(reason)),
                Err(problem) => return Err(problem),
            }
        }
        let body = body.finish().map_err(Problem::Body)?;
        Ok(Answer {
            status,
            headers,
            body,
        })
    }

    fn broken(&self, broken: Broken) -> Problem {
        match broken {
            Broken::Unreachable(reason) => Problem::Unreachable {
                host: self.host.clone(),
                reason,
            },
            Broken::Lost(reason) => Problem::Lost(reason),
        }
    }

    /// Sorts a fault by what the server may have seen of the call.
    fn problem(&self, error: &reqwest::Error) -> Problem {
        if error.is_connect() {
            let mut reason = reasons(error);
            if reason.contains("UnknownIssuer") {
                reason.push_str("; if the CA is your own, name its file in SSL_CERT_FILE");
            }
            Problem::Unreachable {
                host: self.host.clone(),
                reason,
            }
        } else if error.is_timeout() {
            Problem::Timeout(self.timeout)
        } else if error.is_builder() {
            Problem::Setup(reasons(error))
        } else {
            Problem::Lost(reasons(error))
        }
    }
}

/// The client of the network.
fn network(limits: &Limits, https: bool, loopback: bool) -> Result<reqwest::Client, Problem> {
    let tls = if https {
        tls::system(&["h2", "http/1.1"])
    } else {
        tls::nobody()
    };
    let tls = tls.map_err(|error| Problem::Setup(error.to_string()))?;
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .https_only(https)
        // Less than the whole, so that "no connection" is told from "no answer".
        .connect_timeout(CONNECT_TIME.min(limits.timeout / 2))
        .timeout(limits.timeout)
        .pool_idle_timeout(IDLE_TIME)
        .http2_keep_alive_interval(IDLE_TIME)
        .pool_max_idle_per_host(limits.concurrency);
    if loopback {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| {
        let why = reasons(&error);
        Problem::Setup(format!("the HTTP client cannot be set up ({why})"))
    })
}

/// The request of a call.
///
/// # Errors
/// [`Problem::Setup`]: a header that none can be.
fn outgoing(call: &Call, url: Url, credentials: &[SentHeader]) -> Result<Outgoing, Problem> {
    let method = match call.method {
        Method::Get => reqwest::Method::GET,
        Method::Head => reqwest::Method::HEAD,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    };
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, JSON);
    headers.insert(USER_AGENT, NAME);
    headers.extend(credentials.iter().cloned());
    if call.typed || call.body.is_some() {
        headers.insert(CONTENT_TYPE, JSON);
    }
    for (name, value) in &call.headers {
        let wrong = |_| Problem::Setup(format!("the value of the header {name} cannot be sent"));
        let value = HeaderValue::from_str(value).map_err(wrong)?;
        let wrong = |_| Problem::Setup(format!("{name} cannot be the name of a header"));
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(wrong)?;
        headers.insert(name, value);
    }
    Ok(Outgoing {
        method,
        url,
        headers,
        body: call.body.clone(),
    })
}

/// What the client's layers say where they have nothing to say.
const EMPTY_WORDS: [&str; 2] = ["client error (", "request or response body error"];

/// The causes behind an error, without its own text, which repeats the address.
fn reasons(error: &reqwest::Error) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        let empty = EMPTY_WORDS.iter().any(|words| text.starts_with(words));
        if !empty && texts.last().is_none_or(|last| !last.contains(&text)) {
            texts.push(text);
        }
        cause = error.source();
    }
    if texts.is_empty() {
        return "no reason is known".to_owned();
    }
    texts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Server, config, list, ok};
    use super::*;

    #[tokio::test]
    async fn an_answer_without_end_is_cut_off() {
        let server = Server::script(vec![ok()]).await;
        let url = Url::parse(&server.base_url).unwrap();
        let limits = config(&server.base_url).limits;
        let mut client =
            Client::new(&Transport::Network, &limits, "h".into(), false, true).unwrap();
        assert!(client.send(&list(), url.clone(), &[]).await.is_ok());
        client.longest_body = 11;
        let problem = client.send(&list(), url, &[]).await.unwrap_err();
        assert!(matches!(problem, Problem::Body(_)), "{problem}");
    }
}
