//! E-mails of the people of a roster: their order, and that each belongs to one person (rule 5).
//!
//! Both are asked of every roster, so neither copies the e-mails: people are sorted by the first
//! letters of theirs, and who might be doubled is looked for among neighbours. Only where somebody is
//! doubled is it found out who, with the places of both.

use std::collections::HashMap;

use super::model::Person;
use super::values::Problems;
use crate::model::email::{EmailKey, compare_emails};
use crate::roster::diagnostic::{Code, Diagnostic, Span};

/// Sorts people by e-mail key, and reports e-mails, present or previous, of two people.
pub(super) fn sort(people: &mut [Person], problems: &mut Problems) {
    by_email(people);
    if any_doubled(people) {
        people.sort_by_key(|person| person.span);
        doubled(people, problems);
        by_email(people);
    }
}

/// Sorts by e-mail key; people with the same one keep their order.
fn by_email(people: &mut [Person]) {
    let mut order: Vec<(u64, usize)> = people
        .iter()
        .map(|person| first_letters(&person.email.value))
        .zip(0..)
        .collect();
    order.sort_unstable_by(|(a, at), (b, to)| {
        let emails = || compare_emails(&people[*at].email.value, &people[*to].email.value);
        a.cmp(b).then_with(emails).then(at.cmp(to))
    });
    // `order` says for each place who comes there; who stood there was swapped to where they came
    // from, perhaps more than once.
    for at in 0..people.len() {
        let mut from = order[at].1;
        while from < at {
            from = order[from].1;
        }
        order[at].1 = from;
        people.swap(at, from);
    }
}

/// The first eight bytes of an e-mail's key, ordered as the keys are.
fn first_letters(email: &str) -> u64 {
    let mut letters = [0; 8];
    for (letter, byte) in letters.iter_mut().zip(EmailKey::of(email).as_str().bytes()) {
        *letter = byte;
    }
    u64::from_be_bytes(letters)
}

/// Whether an e-mail, present or previous, belongs to two people, who are sorted by e-mail.
fn any_doubled(people: &[Person]) -> bool {
    let same = |pair: &[Person]| compare_emails(&pair[0].email.value, &pair[1].email.value).is_eq();
    if people.windows(2).any(same) {
        return true;
    }
    let mut previous: Vec<(&str, usize)> = people
        .iter()
        .zip(0..)
        .flat_map(|(person, at)| {
            person
                .previous_emails
                .iter()
                .map(move |it| (&*it.value, at))
        })
        .collect();
    let has_now = |(email, owner): &(&str, usize)| {
        let found = people.binary_search_by(|person| compare_emails(&person.email.value, email));
        found.is_ok_and(|at| at != *owner)
    };
    if previous.iter().any(has_now) {
        return true;
    }
    previous.sort_unstable_by(|(a, at), (b, to)| compare_emails(a, b).then(at.cmp(to)));
    let both = |pair: &[(&str, usize)]| {
        compare_emails(pair[0].0, pair[1].0).is_eq() && pair[0].1 != pair[1].1
    };
    previous.windows(2).any(both)
}

/// Reports e-mails of two people, who are sorted by place: the second is the one to look at.
fn doubled(people: &[Person], problems: &mut Problems) {
    let mut owners: HashMap<EmailKey<'_>, (usize, Span)> = HashMap::with_capacity(people.len());
    for (at, person) in people.iter().enumerate() {
        let key = EmailKey::of(&person.email.value);
        match owners.get(&key) {
            None => {
                owners.insert(key, (at, person.email.span));
            }
            Some((_, first)) => problems.push(
                Diagnostic::error(
                    Code::DuplicateEmail,
                    person.email.span,
                    format!("two people have the e-mail `{}`", person.email.value),
                )
                .label("again")
                .related(*first, "first here")
                .help("capital and small letters are the same in an e-mail, and so are both forms of a domain; make one entry of the two"),
            ),
        }
    }
    for (at, person) in people.iter().enumerate() {
        for previous in &person.previous_emails {
            let key = EmailKey::of(&previous.value);
            match owners.get(&key) {
                None => {
                    owners.insert(key, (at, previous.span));
                }
                Some((owner, _)) if *owner == at => {}
                Some((_, first)) => problems.push(
                    Diagnostic::error(
                        Code::DuplicateEmail,
                        previous.span,
                        format!(
                            "`{}` was the e-mail of this person and belongs to another one too",
                            previous.value
                        ),
                    )
                    .label("claimed again")
                    .related(*first, "the other person's")
                    .help("an account would match both; leave it with the person who has it now"),
                ),
            }
        }
    }
}
