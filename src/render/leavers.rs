//! Who should have no access, and has or has not: for a person, the most urgent first.

use std::io;

use super::layout::{column, counted, heading, name_of};
use super::sanitize::line;
use super::style::{Style, Tone};
use crate::email::same_email;
use crate::reconcile::leavers::{Certificate, Leaver, State, VendorLeavers};

/// Writes the certificate.
///
/// # Errors
/// Those of `out`.
pub fn leavers(
    certificate: &Certificate,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let style = *style;
    let people = match certificate.people() {
        1 => String::from("1 person"),
        people => format!("{people} people"),
    };
    let read_at = certificate.read_at.as_second();
    let read_at = jiff::Timestamp::from_second(read_at).unwrap_or(certificate.read_at);
    writeln!(
        out,
        "Leavers on {}, {people}, read at {read_at}",
        certificate.on
    )?;
    vendors(certificate, style, out)?;
    for state in State::ALL {
        section(certificate, state, style, out)?;
    }
    writeln!(out)?;
    closing(certificate, style, out)
}

fn vendors(certificate: &Certificate, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let names = column(certificate.vendors.iter().map(|it| line(&it.name)));
    if !certificate.vendors.is_empty() {
        writeln!(out)?;
    }
    for vendor in &certificate.vendors {
        let name = line(&vendor.name);
        let read = match vendor.accounts {
            Some(accounts) => format!("{} read", counted(accounts, "account")),
            None => style.paint(Tone::Alarm, "could not be read").to_string(),
        };
        match &vendor.problem {
            None => writeln!(out, "  {name:<names$}  {read}")?,
            Some(problem) => writeln!(out, "  {name:<names$}  {read}: {}", line(problem))?,
        }
    }
    Ok(())
}

fn section(
    certificate: &Certificate,
    state: State,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let of_this: Vec<_> = certificate.of(state).collect();
    if of_this.is_empty() {
        return Ok(());
    }
    let (title, what) = match state {
        State::StillActive => ("Still active", "access that should have ended"),
        State::CannotBeSeen => ("Cannot be seen", "nobody can tell from here"),
        State::Deactivated => ("Deactivated", "there is an account, and it is switched off"),
        State::NoAccount => ("No account", "the vendor was read completely and has none"),
    };
    write!(out, "{}", heading(title, of_this.len(), what, style))?;
    let names = column(of_this.iter().map(|(vendor, _)| line(&vendor.name)));
    let people = column(of_this.iter().map(|(_, leaver)| person(leaver)));
    for (VendorLeavers { name, .. }, leaver) in of_this {
        let name = line(name);
        let person = person(leaver);
        let reason = style.paint(Tone::Aside, line(&leaver.reason));
        write!(out, "  {name:<names$}  {person:<people$}  {reason}")?;
        if let Some(since) = leaver.since_in_words() {
            write!(out, "; {since}")?;
        }
        if leaver.why.is_empty() {
            writeln!(out)?;
        } else {
            let tone = match state {
                State::StillActive => Tone::Alarm,
                State::CannotBeSeen | State::Deactivated | State::NoAccount => Tone::Change,
            };
            writeln!(out, "; {}", style.paint(tone, line(&leaver.why)))?;
        }
    }
    Ok(())
}

/// The person, and the account's address where it is another one.
fn person(leaver: &Leaver) -> String {
    let email = name_of(&leaver.email, leaver.id.as_deref());
    match &leaver.account_email {
        Some(account) if !same_email(account, &leaver.email) => {
            format!("{email} (account {})", line(account))
        }
        Some(_) | None => email,
    }
}

fn closing(certificate: &Certificate, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let count = |state| certificate.of(state).count();
    let counts: Vec<String> = State::ALL
        .iter()
        .filter(|state| count(**state) > 0)
        .map(|state| format!("{} {}", count(*state), state.as_str()))
        .collect();
    let sums = if counts.is_empty() {
        String::from("nobody has left")
    } else {
        counts.join(", ")
    };
    let open = count(State::StillActive) > 0;
    let tone = if open || certificate.has_problems() {
        Tone::Alarm
    } else {
        Tone::Head
    };
    writeln!(out, "{}", style.paint(tone, format!("Leavers: {sums}")))
}

#[cfg(test)]
pub(super) mod tests;
