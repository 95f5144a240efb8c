//! What a session asks a tenant: the open questions of its kind, by reading, and the parts that
//! `certify` is made of.

use std::sync::Arc;

use futures::future::join_all;
use jiff::civil::Date;

use super::{Member, Session};
use crate::connector::Vendor;
use crate::connector::asked::{Found, Memo, Questioned};
use crate::model::certificate::{Answered, Certificate, FORMAT, Tenant};
use crate::model::question::OpenQuestion;
use crate::roster::model::VendorSettings;

/// What became of each open question of one vendor, in the order of its table.
pub type Findings = Vec<(&'static OpenQuestion, Result<Found, String>)>;

/// A vendor whose open questions were asked.
pub struct Asked<'s> {
    /// The vendor.
    pub settings: &'s VendorSettings,
    /// The answers, or why the vendor could not be read.
    pub findings: Result<Findings, String>,
}

impl Session {
    /// Asks every vendor its open questions, by reading alone.
    pub async fn ask(&self) -> Vec<Asked<'_>> {
        let asked = self.members.iter().map(|member| async {
            Asked {
                settings: &member.settings,
                findings: self.ask_one(member).await,
            }
        });
        join_all(asked).await
    }

    async fn ask_one(&self, member: &Member) -> Result<Findings, String> {
        let vendor = member.vendor.as_ref().map_err(Clone::clone)?;
        let clean = |error: crate::http::HttpError| self.redactor.redact(&error.to_string());
        // What a connector learns while it reads: where things are, and whom a look can be tried on.
        vendor.fetch(&member.desired).await.map_err(clean)?;
        let Some(questioned) = vendor.questioned() else {
            return Ok(Findings::new());
        };
        let memo = Memo::default();
        let mut findings = Findings::new();
        for question in member.settings.spec.questions {
            let settled = questioned.ask(question.id, &memo).await;
            findings.push((question, settled.map_err(clean)));
        }
        Ok(findings)
    }

    /// The one vendor of that name, with its connector.
    ///
    /// # Errors
    /// There is none, or it has no open questions.
    pub(crate) fn vendor(&self, name: &str) -> Result<(&VendorSettings, &Arc<dyn Vendor>), String> {
        let mut members = self.members.iter();
        let member = members.find(|it| &*it.settings.name == name);
        let member = member.ok_or_else(|| format!("the roster has no vendor \"{name}\""))?;
        Ok((
            &member.settings,
            member.vendor.as_ref().map_err(Clone::clone)?,
        ))
    }

    /// The same, as one whose questions can be answered.
    ///
    /// # Errors
    /// As [`Session::vendor`].
    pub(crate) fn questioned(&self, name: &str) -> Result<&dyn Questioned, String> {
        let (_, vendor) = self.vendor(name)?;
        let none = || format!("{name} has no open questions");
        vendor.questioned().ok_or_else(none)
    }

    /// A text of a vendor's without the secrets of this run.
    pub(crate) fn clean(&self, text: &str) -> String {
        self.redactor.redact(text)
    }

    /// Names of groups that the roster gives somebody at a vendor, at most so many.
    pub(crate) fn named_groups(&self, name: &str, most: usize) -> Vec<Box<str>> {
        let mut members = self.members.iter();
        let Some(member) = members.find(|it| &*it.settings.name == name) else {
            return Vec::new();
        };
        let mut found: Vec<Box<str>> = Vec::new();
        for account in member.desired.accounts() {
            let groups = account.attributes.get("groups").and_then(|it| it.as_set());
            for group in groups.into_iter().flatten() {
                if found.len() < most && !found.contains(group) {
                    found.push(group.clone());
                }
            }
        }
        found
    }

    /// Today, in UTC.
    pub fn today(&self) -> Date {
        self.today
    }
}

/// The certificate of what was found; `salt` is unlike any other. What the vendor's certificate says
/// besides, as it was read, is kept with its day.
pub fn certificate(
    settings: &VendorSettings,
    findings: &Findings,
    salt: &str,
    today: Date,
) -> Certificate {
    let answers = findings
        .iter()
        .filter_map(|(question, settled)| match settled {
            Ok(Found::Answer(answered)) if is_known(question, answered) => {
                Some((question.id.into(), answered.clone()))
            }
            _ => None,
        });
    let tenant = settings.tenant();
    let mut made = Certificate {
        format: FORMAT,
        tool: format!("rosterctl {}", env!("CARGO_PKG_VERSION")).into(),
        kind: settings.spec.kind.into(),
        connector: settings.description().map(|it| it.digest.clone()),
        day: today,
        tenant: Tenant::of(salt, &tenant),
        answers: answers.collect(),
    };
    let before = settings.certificate.as_ref();
    if let Some(Ok(before)) = before.map(|it| &it.document) {
        made.keep(before, &tenant);
    }
    made
}

/// Whether an answer is one that the question can have: no other word gets into a certificate.
fn is_known(question: &OpenQuestion, answered: &Answered) -> bool {
    question.answer(&answered.answer.to_string()).is_some()
}
