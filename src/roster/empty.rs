//! A roster in which there is nothing to compare: worth a word, since every vendor is as it says.

use super::desired::VendorMentions;
use super::grants::When;
use super::model::Roster;
use crate::roster::diagnostic::{Code, Diagnostic, Severity};

/// The warning about a roster that names no vendor, or nobody, or no vendor for anybody. Vendors alone are what an import
/// begins with, so reading a roster does not give it by itself.
pub fn emptiness(roster: &Roster) -> Option<Diagnostic> {
    let (missing, help) = if roster.vendors.is_empty() {
        (
            "names no vendor",
            "name the account systems under `vendors`",
        )
    } else if roster.people.is_empty() {
        ("lists nobody", "list people under `people`")
    } else if !gives_accounts(roster) {
        (
            "gives nobody an account",
            "name vendors under a person's `accounts`, or in profiles that people have",
        )
    } else {
        return None;
    };
    let message = format!("the roster {missing}, so there is nothing to compare");
    Some(Diagnostic {
        severity: Severity::Warning,
        ..Diagnostic::placeless(Code::EmptyRoster, message).help(help)
    })
}

/// Whether anybody is to have an account somewhere, or to have none where one may be.
fn gives_accounts(roster: &Roster) -> bool {
    let mut people = roster.people.iter();
    people.any(|person| {
        let mut vendors = roster.vendors.keys();
        vendors.any(|vendor| VendorMentions::of(roster, person, vendor, When::Always).is_told())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::{RosterFile, parse};

    #[track_caller]
    fn check(text: &str, told: Option<&str>) {
        let file = RosterFile {
            path: String::from("users.yaml"),
            folder: std::path::PathBuf::new(),
            text: text.to_owned(),
        };
        let parsed = parse(vec![file], &crate::connector::specs());
        assert!(parsed.is_usable(), "{:#?}", parsed.diagnostics);
        let found = emptiness(&parsed.roster).map(|it| it.message);
        let told = told.map(|it| format!("the roster {it}, so there is nothing to compare"));
        assert_eq!(found, told, "{text}");
    }

    #[test]
    fn a_roster_without_anything_to_compare_is_worth_a_word() {
        let vendor = "vendors: { bitsight: { auth: { token: { env: T } } } }\n";
        let of = |people: &str| format!("{vendor}people: {people}\n");
        check("people: []", Some("names no vendor"));
        check("people: [{ email: a@x.example }]", Some("names no vendor"));
        check(vendor, Some("lists nobody"));
        check(&of("[]"), Some("lists nobody"));
        let nobody = Some("gives nobody an account");
        check(&of("[{ email: a@x.example }]"), nobody);
        let profile =
            format!("{vendor}profiles: {{ p: {{ bitsight: {{ role: customer_user }} }} }}\n");
        let with = |people: &str| format!("{profile}people: [{{ email: a@x.example{people} }}]\n");
        check(&with(""), nobody);
        check(&with(", profiles: [p]"), None);
        check(&with(", profiles: [p], active: false"), None);
        check(
            &of("[{ email: a@x.example, accounts: { bitsight: false } }]"),
            None,
        );
    }
}
