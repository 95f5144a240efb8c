//! A pack as tables, and what somebody who reads for a minute has to know.

use std::collections::BTreeSet;

use super::Pack;
use crate::evidence::access::Access;
use crate::evidence::cover;
use crate::evidence::history::{History, RUN_COLUMNS, run_cells};
use crate::evidence::revoked::{self, Took};
use crate::evidence::table::{Cell, Table, counted, time};

impl Pack {
    /// All tables, in the order in which somebody reads them.
    pub fn tables(&self) -> Vec<Table> {
        vec![
            self.history.table(),
            self.administrators(),
            revoked::table(&self.revocations),
            self.exceptions(),
            self.rules(),
            cover::table(&self.history.uncovered),
            self.reads(),
            self.runs(),
            self.start.table("population-start"),
            self.end.table("population-end"),
        ]
    }

    /// What somebody who reads for a minute has to know.
    pub fn summary(&self) -> Vec<String> {
        let drift = self.history.changes.iter().filter(|it| it.run.is_none());
        let count = |access: &Access| access.accounts.iter().filter(|it| it.active).count();
        let admins = |access: &Access| {
            let accounts = access.accounts.iter();
            accounts.filter(|it| it.active && it.administrator).count()
        };
        let unapproved = self.history.changes.iter().filter(|it| {
            let run = self.history.run(it);
            run.is_some_and(|run| {
                let sound =
                    |it: &crate::model::context::Approval| !it.own && it.outdated != Some(true);
                !run.approvals.iter().any(sound)
            })
        });
        let Took {
            gone,
            open,
            unknown,
            median,
            worst,
        } = &self.took;
        let mut lines = vec![
            format!(
                "{} accounts were switched on at the start, {} at the end; {} and {} of them were \
                 administrators.",
                count(&self.start),
                count(&self.end),
                admins(&self.start),
                admins(&self.end)
            ),
            format!(
                "{} on record. {} made by no run, and {} by runs of which no approval by somebody else \
                 than the author is on record.",
                counted(self.history.changes.len(), "change"),
                drift.count(),
                unapproved.count()
            ),
            format!(
                "{gone} accesses that were to end are gone, {open} are still there, of {unknown} nobody knows."
            ),
        ];
        for (when, access) in [("start", &self.start), ("end", &self.end)] {
            let unknown = access.vendors.iter().filter(|(_, it)| it.problem.is_some());
            let names: Vec<&str> = unknown.map(|(name, _)| &**name).collect();
            if !names.is_empty() {
                let names = names.join(", ");
                lines.push(format!(
                    "Who had access at the {when} is not known of {names}."
                ));
            }
        }
        if let (Some(median), Some(worst)) = (median, worst) {
            lines.push(format!(
                "From the roster's word to the removal it took {} in the median and {} at worst.",
                revoked::duration(*median),
                revoked::duration(*worst)
            ));
        }
        let unsound = self.journals.iter().filter(|it| !it.sound).count();
        lines.push(format!(
            "{} checked line by line; not as written: {unsound}.",
            counted(self.journals.len(), "journal")
        ));
        lines.push(match self.history.uncovered.len() {
            0 => String::from("Every vendor was read completely on every day."),
            count => format!(
                "Not everything is covered: {} below.",
                counted(count, "line")
            ),
        });
        if self.masked {
            lines.push(String::from(
                "People are masked, and the raw journals and notes are left out.",
            ));
        }
        lines
    }

    fn administrators(&self) -> Table {
        let entries = self.history.changes.iter();
        let entries = entries.filter(|it| it.administrator.is_some());
        let changes = entries.cloned().collect();
        Table {
            name: "administrators",
            title: String::from("Administrators"),
            about: String::from("Who became an administrator, or is none any more."),
            empty: "No administrator came or went, as far as these days are covered.",
            ..History {
                changes,
                ..self.history.clone()
            }
            .table()
        }
    }

    fn exceptions(&self) -> Table {
        let mut table = Table {
            name: "exceptions",
            title: String::from("Exceptions"),
            about: String::from("What did not go by itself."),
            columns: vec!["first (UTC)", "kind", "vendor", "person", "what", "times"],
            rows: Vec::new(),
            empty: "There was none.",
        };
        for it in &self.exceptions {
            table.row([
                time(it.at),
                it.kind.as_str().to_owned(),
                it.vendor.as_deref().unwrap_or_default().to_owned(),
                it.person.as_deref().unwrap_or_default().to_owned(),
                it.what.clone(),
                it.times.to_string(),
            ]);
        }
        table
    }

    fn rules(&self) -> Table {
        let mut table = Table {
            name: "rules",
            title: String::from("Changes of the rules"),
            about: String::from(
                "What a plan may do, and to whom: limits, protected accounts, what is asserted, how \
                 accounts are switched off.",
            ),
            columns: vec![
                "when (UTC)",
                "vendor",
                "rule",
                "before",
                "after",
                "commit",
                "author",
            ],
            rows: Vec::new(),
            empty: "No rule changed, as far as the roster's history is known.",
        };
        for it in &self.rules {
            table.row([
                time(it.commit.at),
                it.vendor.as_deref().unwrap_or("all").to_owned(),
                it.rule.to_string(),
                it.before.clone().unwrap_or_else(|| String::from("(none)")),
                it.after.clone().unwrap_or_else(|| String::from("(none)")),
                it.commit.short().to_owned(),
                it.commit.author.to_string(),
            ]);
        }
        table
    }

    fn reads(&self) -> Table {
        let mut table = Table {
            name: "reads",
            title: String::from("How complete the reads were"),
            about: String::from(
                "A read is complete when every page was seen, the vendor's own count matched, and \
                 the account behind the credentials was in the list.",
            ),
            columns: vec![
                "vendor",
                "days with a complete read",
                "of days",
                "complete reads",
                "other reads",
                "the last complete one (UTC)",
            ],
            rows: Vec::new(),
            empty: "No read is on record.",
        };
        for it in &self.reads {
            table.row([
                it.vendor.to_string(),
                it.complete_days.to_string(),
                it.days.to_string(),
                it.complete.to_string(),
                it.incomplete.to_string(),
                it.last.clone(),
            ]);
        }
        table
    }

    fn runs(&self) -> Table {
        let mut columns = vec!["began (UTC)"];
        columns.extend(RUN_COLUMNS);
        columns.extend(["vouched for by", "journal ends with", "journal"]);
        let rows = self.runs.iter().map(|run| {
            let journal = self.journals.iter().find(|it| it.journal == run.run);
            let vouchers: BTreeSet<&str> = run.context.0.iter().map(|it| it.by.as_str()).collect();
            let mut cells = vec![Cell::from(time(run.at))];
            cells.extend(run_cells(Some(run)));
            let head = journal
                .and_then(|it| it.head.as_deref())
                .unwrap_or_default();
            cells.push(Cell::from(
                vouchers.into_iter().collect::<Vec<_>>().join(", "),
            ));
            cells.push(Cell::from(head));
            cells.push(Cell::from(match journal.is_some_and(|it| it.sound) {
                true => "sound",
                false => "not as it was written",
            }));
            cells
        });
        Table {
            name: "runs",
            title: String::from("Runs that changed something, or tried to"),
            about: String::from(
                "Each fact about a run is vouched for by the job's environment, by the system's API, \
                 or by whoever wrote the command line (--context).",
            ),
            columns,
            rows: rows.collect(),
            empty: "There was none.",
        }
    }
}
