//! What a broken assertion says, and whom it concerns.

use crate::model::email::EmailKey;
use crate::model::few::{few, few_of};
use crate::model::value::Value;
use crate::roster::diagnostic::{Code, Diagnostic};
use crate::roster::model::{Assertion, Field, Holding, Person};

/// Whether a person has the field.
pub(crate) fn has(person: &Person, field: Field) -> bool {
    let text = match field {
        Field::FirstName => &person.first_name,
        Field::LastName => &person.last_name,
        Field::JobTitle => &person.job_title,
        Field::Company => &person.company,
    };
    text.as_ref()
        .is_some_and(|text| !text.value.trim().is_empty())
}

/// The part of an e-mail behind the `@`, in small letters.
pub(crate) fn domain(email: &str) -> String {
    let email = EmailKey::of(email);
    email
        .as_str()
        .rsplit('@')
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// A broken assertion: what is wrong, and whom it concerns: so many people, of whom these are the
/// first.
pub(crate) fn broken(
    assertion: &Assertion,
    what: &str,
    people: &[&str],
    count: usize,
) -> Diagnostic {
    let problem = Diagnostic::error(
        Code::BrokenAssertion,
        assertion.span,
        format!("this assertion does not hold: {what}"),
    );
    match concerns(people, count) {
        Some(named) => problem.help(named),
        None => problem,
    }
}

/// `concerns a@example.com, b@example.com and 3 more`; `None` where nobody is named.
pub(crate) fn concerns(first: &[&str], count: usize) -> Option<String> {
    (!first.is_empty()).then(|| format!("concerns {}", few_of(first, count, ", ")))
}

/// `never_both` for so many people.
pub(crate) fn both(first: &Holding, second: &Holding, people: usize) -> String {
    let one = |it: &Holding| format!("{} `{}` at {}", it.attribute, it.value, it.vendor);
    let count = match people {
        1 => String::from("1 person holds"),
        count => format!("{count} people hold"),
    };
    format!("{count} both {} and {}", one(first), one(second))
}

/// `seats.at_most`.
pub(crate) fn too_many_seats(vendor: &str, most: u64, count: usize) -> String {
    let accounts = plural(count, "active account");
    format!("{accounts} at {vendor}, at most {most} are allowed")
}

/// `admins.at_most`.
pub(crate) fn too_many_admins(vendor: &str, most: u64, count: usize) -> String {
    let admins = plural(count, "administrator");
    format!("{admins} at {vendor}, at most {most} are allowed")
}

/// `admins.at_least`.
pub(crate) fn too_few_admins(vendor: &str, least: u64, count: usize) -> String {
    let admins = plural(count, "administrator");
    format!("{admins} at {vendor}, at least {least} are needed")
}

/// `domains` for so many people.
pub(crate) fn other_domain(vendor: Option<&str>, only: &[Box<str>], people: usize) -> String {
    let place = vendor.map_or_else(String::new, |vendor| format!(" at {vendor}"));
    format!(
        "{} with an account{place} is of another domain than {}",
        somebody(people),
        few(only, ", ")
    )
}

/// `has` for so many people.
pub(crate) fn lacking(field: Field, people: usize) -> String {
    format!(
        "{} with an account has no `{}`",
        somebody(people),
        field.as_str()
    )
}

fn somebody(count: usize) -> String {
    match count {
        1 => String::from("a person"),
        count => format!("each of {count} people"),
    }
}

pub(crate) fn plural(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

/// Whether so many are more than allowed.
pub(crate) fn exceeds(count: usize, most: u64) -> bool {
    u64::try_from(count).unwrap_or(u64::MAX) > most
}

/// What a value is, or has in it, as assertions name it.
pub(crate) fn words(value: &Value) -> impl Iterator<Item = &str> {
    let (one, several) = match value {
        Value::Flag(flag) => (Some(if *flag { "true" } else { "false" }), &[][..]),
        Value::Text(text) => (Some(text.as_str()), &[][..]),
        Value::Set(items) => (None, &items[..]),
    };
    one.into_iter().chain(several.iter().map(|item| &**item))
}
