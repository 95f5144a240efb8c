//! `rosterctl import`

mod args;
pub(super) mod place;
mod source;

use crate::plan::known::Known;
use std::collections::HashSet;
use std::path::PathBuf;

use jiff::civil::Date;

pub(crate) use args::ImportArgs;

use super::validate::counted;
use crate::cli::args::{RosterArgs, ScopeArgs};
use crate::cli::exit::Exit;
use crate::cli::open::{Opened, now, open, today};
use crate::cli::output::{Error, Terminal};
use crate::connector;
use crate::http::Permit;
use crate::import::drift::{Adoption, adopt};
use crate::import::merge::{Merged, merge};
use crate::import::{self, Attributed, Heading, Holding, ImportDraft, Objection, Source, Verdicts};
use crate::model::email::{EmailKey, same_email};
use crate::model::nearest::nearest;
use crate::model::plan::Plan;
use crate::report::sanitize;
use crate::roster::diagnostic::{Code, Diagnostic, FileId, Severity, Sources};
use crate::roster::model::Roster;
use crate::roster::{RosterFile, desired, parse_within};
use crate::run::load;
use crate::run::session::{Reads, Scope};

/// Drafts that are tried: as it is, without profiles, without the accounts that plans object to,
/// and once more because leaving one out may show another.
const DRAFTS: usize = 4;

/// Reads the vendors and writes down whom they hold; the HTTP layer cannot write.
pub(crate) async fn import(args: &ImportArgs, terminal: &Terminal) -> Result<Exit, Error> {
    if let Some(name) = &args.source {
        return source::from_source(args, name, terminal);
    }
    let paths = paths(args);
    let files = load::files(&paths);
    let target = args
        .merge
        .as_deref()
        .map(|path| place::target(path, &files));
    let target = target.transpose()?;
    if let Some(path) = &args.out {
        place::refuse_to_overwrite(path, args.force, &files, target)?;
    }
    let on = today()?;
    let opened = open(&scope(args, &paths, on), Permit::ReadOnly, terminal).await?;
    if opened.roster.vendors.is_empty() {
        return Err("the roster names no vendor: there is nothing to import from".into());
    }
    let mut work = Work {
        args,
        terminal,
        opened,
        on,
        files,
        target,
    };
    work.check_attributes()?;
    let first = work.read_whole(&[]).await?;
    let before = work.plan(&work.opened.roster, &first)?;
    let adopted = work.adopt(&before)?;
    let source = work.source(&first, None);
    let reads = work.read_whole(&import::probe(&source)).await?;
    work.check_people(&reads)?;
    let outcome = work.draft_until_agreed(&first, &reads, &before).await?;
    work.write(&outcome.text)?;
    work.tell(&outcome, &first, &reads);
    for text in adopted.iter().flat_map(|it| &it.taken) {
        terminal.note(&sanitize::line(&format!("taken over: {text}")));
    }
    for text in adopted.iter().flat_map(|it| &it.left) {
        terminal.note(&sanitize::line(&format!("left to you: {text}")));
    }
    Ok(Exit::Done)
}

/// One import.
struct Work<'a> {
    args: &'a ImportArgs,
    terminal: &'a Terminal,
    opened: Opened,
    on: Date,
    /// The roster's files as they are.
    files: Vec<RosterFile>,
    /// The place in `files` of the one to add to.
    target: Option<usize>,
}

/// A text, and the plan that was made from it.
struct Outcome {
    text: String,
    /// Accounts of listed people that the text names now, by e-mail key and vendor.
    added: HashSet<(EmailKey<'static>, Box<str>)>,
    draft: ImportDraft,
    plan: Plan,
    /// What follows all the same.
    objections: Vec<Objection>,
    /// Assertions of the roster that do not hold with the people in it.
    broken: (Vec<Diagnostic>, Sources),
}

impl Work<'_> {
    /// Reads all vendors; an error if one cannot be read, because half a company is no roster.
    async fn read_whole(
        &self,
        wishes: &[crate::model::desired::Desired<'_>],
    ) -> Result<Reads, Error> {
        let reads = self.opened.session.read_for(wishes).await;
        let plan = self.plan(&self.opened.roster, &reads)?;
        let mut failed: Vec<String> = plan
            .unread()
            .map(|(vendor, error)| match error.starts_with(&*vendor.name) {
                true => error.to_owned(),
                false => format!("{}: {error}", vendor.name),
            })
            .collect();
        if failed.is_empty() {
            return Ok(reads);
        }
        failed.push(String::from(
            "a vendor could not be read, so nothing was written; --vendor imports from the others",
        ));
        Err(failed.join("\n").into())
    }

    /// The plan of a roster for these reads.
    fn plan(&self, roster: &Roster, reads: &Reads) -> Result<Plan, Error> {
        let scope = Scope::default();
        Ok(self.opened.session.plan_base(roster, reads, &scope, now()?))
    }

    fn source<'s>(&'s self, reads: &'s Reads, first: Option<&'s Reads>) -> Source<'s> {
        let roster = &self.opened.roster;
        let vendors = roster.vendors.values();
        let wanted = |name: &str| {
            self.args.vendor.is_empty() || self.args.vendor.iter().any(|vendor| vendor == name)
        };
        let read = vendors.filter(|it| wanted(&it.name)).zip(reads).enumerate();
        let only = self
            .args
            .person
            .iter()
            .map(|it| EmailKey::of(it).into_owned());
        let only: HashSet<EmailKey<'static>> = only.collect();
        Source {
            attributes: self.attributes(),
            roster,
            holdings: read
                .filter_map(|(at, (settings, read))| {
                    let first = first.and_then(|first| first.get(at));
                    Some(Holding {
                        settings,
                        known: read.as_ref().ok()?,
                        first: first.and_then(|first| Some(&first.as_ref().ok()?.current)),
                    })
                })
                .collect(),
            on: self.on,
            only: (!only.is_empty()).then_some(only),
            active_only: self.target.is_some(),
            extract_profiles: self.target.is_none(),
        }
    }

    /// Which attributes are written.
    fn attributes(&self) -> Attributed {
        match &self.args.attributes[..] {
            [word] if word == "access" => Attributed::Access,
            [word] if word == "all" => Attributed::All,
            names => Attributed::Named(names.to_vec()),
        }
    }

    /// An attribute of `--attributes` has to be one of some vendor.
    fn check_attributes(&self) -> Result<(), Error> {
        let Attributed::Named(names) = self.attributes() else {
            return Ok(());
        };
        let vendors = self.opened.roster.vendors.values();
        let known = vendors.flat_map(|it| it.spec.attributes).map(|it| it.name);
        let known: Vec<&str> = known.collect();
        match names.iter().find(|name| !known.contains(&&***name)) {
            None => Ok(()),
            Some(name) => {
                let near = nearest(name, known).map(|near| format!("; did you mean \"{near}\"?"));
                let near = near.unwrap_or_default();
                Err(format!("no vendor of the roster has an attribute \"{name}\"{near}").into())
            }
        }
    }

    /// Writes what the vendors hold otherwise than the roster says into the text to add to.
    fn adopt(&mut self, before: &Plan) -> Result<Option<Adoption>, Error> {
        let (true, Some(at)) = (self.args.drift, self.target) else {
            return Ok(None);
        };
        let file = FileId(u32::try_from(at).unwrap_or(u32::MAX));
        let adoption = adopt(&self.opened.roster, before, file, self.on);
        let target = &self.files[at];
        let text = adoption
            .write(&target.text)
            .map_err(|why| place::cannot_add(target, &why))?;
        self.files[at].text = text;
        Ok(Some(adoption))
    }

    /// A person of `--person` has to be somebody whom the vendors know.
    fn check_people(&self, reads: &Reads) -> Result<(), Error> {
        let accounts = reads.iter().filter_map(|it| it.as_ref().ok());
        let emails: Vec<&str> = accounts
            .flat_map(|known| known.current.accounts.iter().map(|it| &*it.email))
            .collect();
        for wanted in &self.args.person {
            if !emails.iter().any(|email| same_email(email, wanted)) {
                let near = nearest(wanted, emails.iter().copied());
                let near = near.map(|near| format!("; did you mean \"{near}\"?"));
                return Err(format!(
                    "no vendor that was read has an account of {wanted}{}",
                    near.unwrap_or_default()
                )
                .into());
            }
        }
        Ok(())
    }

    /// Drafts until a plan from the draft's own text says nothing against it.
    async fn draft_until_agreed(
        &self,
        first: &Reads,
        reads: &Reads,
        before: &Plan,
    ) -> Result<Outcome, Error> {
        let source = self.source(reads, Some(first));
        let heading = Heading {
            read_at: now()?,
            tool: format!("rosterctl {}", env!("CARGO_PKG_VERSION")),
        };
        let mut verdicts = Verdicts::default();
        let mut drafts = 1;
        loop {
            let draft = import::draft(&source, &verdicts);
            let Merged { text, added } = self.text(&source, &draft, &heading)?;
            let (roster, broken) = self.parse_again(&text)?;
            let wishes: Vec<_> = roster
                .vendors
                .keys()
                .map(|name| desired(&roster, name, self.on))
                .collect();
            let again = self.read_whole(&wishes).await?;
            let plan = self.plan(&roster, &again)?;
            let objections = import::objections(&plan, before);
            if objections.is_empty() || drafts == DRAFTS {
                return Ok(Outcome {
                    text,
                    added,
                    draft,
                    plan,
                    objections,
                    broken,
                });
            }
            for objection in &objections {
                verdicts.heed(objection, &draft);
            }
            drafts += 1;
        }
    }

    fn text(
        &self,
        source: &Source<'_>,
        draft: &ImportDraft,
        heading: &Heading,
    ) -> Result<Merged, Error> {
        match self.target() {
            Some(target) => {
                merge(&target.text, draft).map_err(|why| place::cannot_add(target, &why))
            }
            None => Ok(Merged {
                text: import::document(source, draft, heading),
                added: HashSet::new(),
            }),
        }
    }

    /// The file to add to, as it is.
    fn target(&self) -> Option<&RosterFile> {
        self.target.and_then(|at| self.files.get(at))
    }

    /// Reads the roster once more with the new text in it. Its vendors are those of this run: a
    /// sandbox has taken their place.
    fn parse_again(&self, text: &str) -> Result<(Roster, (Vec<Diagnostic>, Sources)), Error> {
        let mut files = self.files.clone();
        match self.target.and_then(|at| files.get_mut(at)) {
            Some(target) => text.clone_into(&mut target.text),
            None => files.push(RosterFile {
                path: self.args.out.as_ref().map_or_else(
                    || String::from("the imported people"),
                    |path| path.display().to_string(),
                ),
                folder: PathBuf::new(),
                text: text.to_owned(),
            }),
        }
        let parsed = parse_within(files, &connector::specs(), &self.opened.roster);
        let mut errors = parsed.diagnostics;
        errors.retain(|it| it.severity == Severity::Error);
        if errors.iter().any(|it| it.code != Code::BrokenAssertion) {
            self.terminal.diagnostics(&errors, &parsed.sources);
            return Err(match self.target() {
                Some(target) => place::cannot_add(target, "the result is no valid roster"),
                None => "what was imported is no valid roster; nothing was written".into(),
            });
        }
        let mut roster = parsed.roster;
        roster.vendors = self.opened.roster.vendors.clone();
        Ok((roster, (errors, parsed.sources)))
    }

    /// Writes the text where it belongs, whole or not at all.
    fn write(&self, text: &str) -> Result<(), Error> {
        let drifted = self.target().filter(|_| self.args.drift);
        let drifted = drifted.map(|target| PathBuf::from(&target.path));
        let Some(path) = self.args.out.as_ref().or(drifted.as_ref()) else {
            return self.terminal.result(|out| out.write_all(text.as_bytes()));
        };
        let merges = self
            .target()
            .is_some_and(|target| place::is_file(target, path));
        place::save(text, path, self.args.force || merges).map_err(|error| {
            format!(
                "cannot write {}: {error}; nothing was written",
                path.display()
            )
            .into()
        })
    }

    /// Says on stderr what was done, and what a plan from it finds.
    fn tell(&self, outcome: &Outcome, first: &Reads, reads: &Reads) {
        let Outcome {
            text: _,
            added,
            draft,
            plan,
            objections,
            broken,
        } = outcome;
        let note = |text: &str| self.terminal.note(&sanitize::line(text));
        let current = |read| Result::as_ref(read).ok().map(|it: &Known| &it.current);
        for (one, two) in first.iter().zip(reads) {
            for email in import::vanished(current(one), current(two)) {
                note(&format!(
                    "not imported: {email} was in the first read and not in the second one"
                ));
            }
        }
        for text in &draft.left_out {
            note(&format!("not imported: {text}"));
        }
        for unnamed in &draft.unnamed {
            match added.contains(&(unnamed.key.clone(), unnamed.vendor.clone())) {
                true => note(&format!("named now: {}", unnamed.has)),
                false => note(&format!("left to you: {}", unnamed.text)),
            }
        }
        if draft.off > 0 {
            note(&format!(
                "left out: {} whose accounts are all switched off",
                counted(draft.off, "person", "people")
            ));
        }
        let people = counted(draft.people.len(), "person", "people");
        note(&match self.target() {
            Some(target) => format!("Added {people} to {}.", target.path),
            None => format!(
                "Imported {people} and {}.",
                counted(draft.profiles.len(), "profile", "profiles")
            ),
        });
        for objection in objections {
            note(&format!(
                "warning: {} at {}: {}",
                objection.key, objection.vendor, objection.what
            ));
        }
        let left = plan.summary();
        let old = (left.actions() + left.held + left.manual).saturating_sub(objections.len());
        note(&match (objections.len(), old) {
            (0, 0) => String::from("Planning from this finds no changes."),
            (0, _) => format!(
                "Planning from this finds no changes for them; {old} that were planned before stay."
            ),
            (count, _) => format!(
                "Planning from this changes {}, see above.",
                counted(count, "account", "accounts")
            ),
        });
        let unlisted = left.unlisted;
        if unlisted > 0 {
            note(&format!(
                "Unlisted as before: {}.",
                counted(unlisted, "active account", "active accounts")
            ));
        }
        let (diagnostics, sources) = broken;
        if !diagnostics.is_empty() {
            self.terminal.diagnostics(diagnostics, sources);
            note("warning: a plan is refused until what the roster asserts holds again");
        }
    }
}

/// The files and folders of the roster, the one to add to among them.
fn paths(args: &ImportArgs) -> Vec<PathBuf> {
    let mut paths = args.roster.all();
    paths.extend(args.merge.clone());
    paths
}

/// All people on the day, at the vendors that are asked for.
fn scope(args: &ImportArgs, paths: &[PathBuf], on: Date) -> ScopeArgs {
    let roster = RosterArgs {
        roster: paths.to_vec(),
        shared: Vec::new(),
    };
    ScopeArgs {
        on: Some(on),
        #[cfg(feature = "sandbox")]
        sandbox: args.sandbox,
        ..ScopeArgs::of(&roster, &args.vendor)
    }
}
