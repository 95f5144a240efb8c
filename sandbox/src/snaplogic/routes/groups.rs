//! Groups.

use crate::folded;
use serde_json::json;

use super::super::Server;
use super::super::fields::{Kind, strict};
use super::super::lock;
use super::super::reply::{Failure, Reply, failure};

impl Server {
    pub(super) fn list_groups(&self, organization: &str) -> Result<Reply, Failure> {
        self.here(organization)?;
        let names: Vec<String> = self.store().groups.keys().cloned().collect();
        Ok(Reply::Read(json!({ "groups": names })))
    }

    pub(super) fn read_group(&self, organization: &str, name: &str) -> Result<Reply, Failure> {
        self.here(organization)?;
        match self.store().groups.get(name) {
            Some(group) => {
                let mut members = group.list();
                let cap = lock(&self.shared.quirks).member_cap;
                members.truncate(cap.unwrap_or(members.len()));
                Ok(Reply::Read(json!({ "name": name, "members": members })))
            }
            None => failure(404, format!("no group {name}")),
        }
    }

    pub(super) fn patch_group(
        &self,
        organization: &str,
        name: &str,
        body: &[u8],
    ) -> Result<Reply, Failure> {
        self.here(organization)?;
        let fields = strict(
            body,
            &[("add_user", Kind::Text), ("remove_user", Kind::Text)],
        )?;
        let (email, add) = match (fields.text("add_user"), fields.text("remove_user")) {
            (Some(email), None) => (email, true),
            (None, Some(email)) => (email, false),
            _ => return failure(400, "exactly one of add_user and remove_user"),
        };
        let strict_about_idle = lock(&self.shared.quirks).idle_patch_fails;
        let mut store = self.store();
        if !store.groups.contains_key(name) {
            return failure(404, format!("no group {name}"));
        }
        let Some(spelled) = store.people.get(&folded(&email)).map(|it| it.email.clone()) else {
            return failure(404, format!("no user {email}"));
        };
        let is_in = store.is_in(name, &email);
        if is_in == add && strict_about_idle {
            let now = if add { "is" } else { "is not" };
            return failure(400, format!("{email} {now} a member of {name}"));
        }
        if add && !store.is_in("members", &email) {
            return failure(400, format!("{email} is not in the environment"));
        }
        if add && !is_in {
            store.enroll(name, &spelled);
        }
        if !add && name == "members" {
            store.expel(&email);
        } else if !add && let Some(group) = store.groups.get_mut(name) {
            group.take_out(&email);
        }
        Ok(Reply::Written(json!({})))
    }
}
