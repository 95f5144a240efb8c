//! What a base roster lists and this one does not, at all vendors of a session.

use std::collections::HashSet;

use super::reading::Reading;
use super::{Member, Reads, Scope, Session};
use crate::model::attention::{Gone, GoneKind};
use crate::model::desired::{Desired, DesiredAccount};
use crate::model::email::{EmailKey, compare_emails};
use crate::model::plan::Plan;
use crate::plan::gone::{Comparison, Found, gone, gone_unread};
use crate::plan::known::Known;
use crate::roster::history::departed::Departed;
use crate::roster::model::{Person, Roster, VendorSettings};
use crate::roster::{desired, listed};

impl Session {
    /// People, accounts and rights that `base` lists and `roster` does not, administrators first.
    ///
    /// What a vendor shows only to whom asks for it is read once more, for the base's wishes: the
    /// plan was made without them, and its digest has to be that of a plan without a base.
    pub async fn gone(
        &self,
        (base, roster): (&Roster, &Roster),
        reads: &Reads,
        scope: &Scope,
        plan: &Plan,
    ) -> Vec<Gone> {
        let keys = roster.people.iter().flat_map(keys).collect();
        let reading = Reading::begin(self);
        let (mut all, mut tied) = (Vec::new(), HashSet::new());
        for (member, read) in self.members.iter().zip(reads) {
            let name = &member.settings.name;
            let (Some(before), Some(plan)) = (
                former_vendor(&member.settings, base, roster),
                plan.vendors.iter().find(|it| it.name == *name),
            ) else {
                continue;
            };
            let asked = desired(base, &before.name, self.on);
            let Ok(Known { current, .. }) = read else {
                all.extend(gone_unread(&asked, name, &keys));
                continue;
            };
            let comparison = Comparison {
                settings: &member.settings,
                base: &asked,
                desired: &member.desired,
                current,
                plan,
                listed: &keys,
            };
            let found = self.seen(gone(comparison), comparison, member, &reading);
            let Found {
                gone, tied: more, ..
            } = found.await;
            all.extend(gone);
            tied.extend(more);
        }
        for it in &mut all {
            if it.what == GoneKind::Person && tied.contains(&EmailKey::of(&it.email)) {
                it.what = GoneKind::Account;
            }
        }
        all.extend(self.without_account(base, roster, &keys, &tied, &all));
        if let Some(only) = &scope.people {
            all.retain(|it| only.contains(&EmailKey::of(&it.email)));
        }
        all.sort_by_cached_key(|it| {
            (
                !it.admin,
                !it.stays,
                it.vendor.clone(),
                EmailKey::of(&it.email).into_owned(),
            )
        });
        all
    }

    /// The roster's wishes and those for people who are gone, so that vendors are asked for their
    /// accounts too; of vendors where nobody who is gone had one, none.
    pub fn wishes_with(&self, departed: &[Departed]) -> Vec<Desired<'static>> {
        let members = self.members.iter().filter_map(|member| {
            let name = &member.settings.name;
            let more: Vec<_> = departed.iter().filter_map(|it| it.wish(name)).collect();
            let wishes = |list: &mut Vec<_>| {
                list.extend(more.iter().cloned());
                list.sort_by(|one: &DesiredAccount, other| {
                    compare_emails(&one.email, &other.email)
                });
            };
            (!more.is_empty()).then(|| member.desired.with(wishes))
        });
        members.collect()
    }

    /// Looks once more where something was not seen.
    async fn seen(
        &self,
        found: Found,
        comparison: Comparison<'_>,
        member: &Member,
        reading: &Reading,
    ) -> Found {
        if !found.unseen {
            return found;
        }
        // The ids and addresses of both: a vendor asked for some people only shows no others.
        let both = both(comparison.base, comparison.desired);
        match reading.read(self, member, Some(&both), false).await {
            Ok(known) => gone(Comparison {
                current: &known.current,
                ..comparison
            }),
            Err(error) => {
                tracing::warn!(
                    vendor = &*member.settings.name,
                    error,
                    "not read for the base"
                );
                found
            }
        }
    }

    /// People who are gone and of whom no account was seen.
    fn without_account(
        &self,
        base: &Roster,
        roster: &Roster,
        keys: &HashSet<EmailKey<'static>>,
        tied: &HashSet<EmailKey<'static>>,
        named: &[Gone],
    ) -> Vec<Gone> {
        let named = named.iter().map(|it| EmailKey::of(&it.email).into_owned());
        let named: HashSet<EmailKey<'static>> = named.collect();
        let gone = listed(base, self.on, self.on).into_iter().filter(|it| {
            let mut keys_of_it = it.keys.iter();
            !keys_of_it.any(|key| [keys, tied, &named].iter().any(|set| set.contains(key)))
        });
        let gone = gone.filter_map(|it| {
            let mut unread: Vec<&str> = it.access.iter().map(|name| &**name).collect();
            unread.retain(|name| !roster.vendors.contains_key(*name));
            let text = match unread.as_slice() {
                [] => String::from("no longer in the roster; no account with access was seen"),
                names => format!(
                    "no longer in the roster, and neither is {}, where an account may stay",
                    names.join(" and ")
                ),
            };
            Some(Gone {
                what: GoneKind::Person,
                email: it.emails.into_iter().next()?,
                vendor: None,
                admin: false,
                stays: !unread.is_empty(),
                text,
            })
        });
        gone.collect()
    }
}

/// The vendor as the base has it: under the same name, else under another one and with the same
/// address.
fn former_vendor<'r>(
    settings: &VendorSettings,
    base: &'r Roster,
    roster: &Roster,
) -> Option<&'r VendorSettings> {
    let same_kind = |it: &&VendorSettings| it.spec.kind == settings.spec.kind;
    if let Some(same) = base.vendors.get(&settings.name) {
        return Some(same).filter(same_kind);
    }
    let mut others = base.vendors.values().filter(same_kind);
    others.find(|it| {
        let mut required = it.spec.settings.iter().filter(|key| key.required);
        !roster.vendors.contains_key(&it.name)
            && it.base_url == settings.base_url
            && required.all(|key| it.settings.get(key.name) == settings.settings.get(key.name))
    })
}

/// The wishes of the base, and of people whom only this roster lists.
fn both<'r>(base: &Desired<'r>, desired: &Desired<'_>) -> Desired<'r> {
    let known: HashSet<EmailKey<'_>> = base
        .person_keys()
        .map(|it| EmailKey::of(it.email))
        .collect();
    let more = desired.accounts();
    let more = more.filter(|it| !known.contains(&EmailKey::of(&it.email)));
    base.with(|list| list.extend(more.map(std::borrow::Cow::into_owned)))
}

fn keys(person: &Person) -> impl Iterator<Item = EmailKey<'static>> {
    let previous = person.previous_emails.iter();
    let all = std::iter::once(&person.email).chain(previous);
    all.map(|email| EmailKey::of(&email.value).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roster(vendors: &str) -> Roster {
        let text = format!("version: 1\nvendors:\n{vendors}");
        let file = crate::roster::RosterFile {
            path: String::from("users.yaml"),
            folder: std::path::PathBuf::new(),
            text,
        };
        let parsed = crate::roster::parse(vec![file], &crate::connector::specs());
        assert!(parsed.is_usable(), "{:?}", parsed.diagnostics);
        parsed.roster
    }

    #[test]
    fn a_vendor_under_another_name_is_the_same_one() {
        let vendor = |name: &str, organization: &str| {
            format!(
                "  {name}: {{ kind: snaplogic, base_url: https://a.example, organization: \
                 {organization}, auth: {{ email: {{ env: A }}, password: {{ env: B }} }} }}\n"
            )
        };
        let base = roster(&vendor("old", "One"));
        let former = |now: &str| {
            let now = roster(now);
            let settings = now.vendors.values().next().unwrap();
            former_vendor(settings, &base, &now).map(|it| it.name.to_string())
        };
        assert_eq!(former(&vendor("new", "One")).as_deref(), Some("old"));
        assert_eq!(former(&vendor("old", "Two")).as_deref(), Some("old"));
        assert_eq!(former(&vendor("new", "Two")), None);
        // Both are there: the new one is another one.
        let both = vendor("a", "One") + &vendor("old", "One");
        assert_eq!(former(&both), None);
    }
}
