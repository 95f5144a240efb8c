//! The page: tables of figures, targets and whether they are met.

use std::fmt::Write as _;

/// Why targets are missed, and what was tried: written by people.
const MISSED: &str = include_str!("../missed.md");

/// A Markdown page that grows.
#[derive(Default)]
pub(crate) struct Report {
    targets: Vec<[String; 4]>,
    sections: Vec<Section>,
}

/// One table with its title and a note below it.
struct Section {
    title: String,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    note: String,
}

impl Report {
    /// Notes a target and what came of it.
    pub(crate) fn target(&mut self, what: &str, target: &str, measured: String, met: bool) {
        let met = if met { "yes" } else { "**no**" };
        self.targets
            .push([what.into(), target.into(), measured, met.into()]);
    }

    /// Adds a table.
    pub(crate) fn table(
        &mut self,
        title: &str,
        head: &[&str],
        rows: Vec<Vec<String>>,
        note: impl Into<String>,
    ) {
        let head = head.iter().map(ToString::to_string).collect();
        self.sections.push(Section {
            title: title.into(),
            head,
            rows,
            note: note.into(),
        });
    }

    /// The page.
    pub(crate) fn page(&self) -> String {
        let mut page = String::from(
            "# Performance\n\n\
             Written by `cargo bench --bench compare -- --save`; every figure, ours and the others', \
             is from that one run.\n\n",
        );
        page.push_str(&machine());
        page.push_str("\n## Targets\n\n");
        let head = ["what", "target", "measured", "met"].map(String::from);
        table(
            &mut page,
            &head,
            self.targets.iter().map(|row| row.as_slice()),
        );
        page.push('\n');
        page.push_str(MISSED);
        for section in &self.sections {
            let _ = write!(page, "\n## {}\n\n", section.title);
            table(
                &mut page,
                &section.head,
                section.rows.iter().map(Vec::as_slice),
            );
            if !section.note.is_empty() {
                let _ = write!(page, "\n{}\n", section.note);
            }
        }
        page
    }
}

fn table<'a>(page: &mut String, head: &[String], rows: impl Iterator<Item = &'a [String]>) {
    let _ = writeln!(page, "| {} |", head.join(" | "));
    let rule: Vec<&str> = (0..head.len())
        .map(|at| if at == 0 { "---" } else { "---:" })
        .collect();
    let _ = writeln!(page, "| {} |", rule.join(" | "));
    for row in rows {
        let _ = writeln!(page, "| {} |", row.join(" | "));
    }
}

/// The machine, as far as the system tells.
fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let of = |text: &str, key: &str| {
        let line = text.lines().find(|line| line.starts_with(key));
        let value = line.and_then(|line| line.split(':').nth(1));
        value.unwrap_or("unknown").trim().to_owned()
    };
    let memory = of(&read("/proc/meminfo"), "MemTotal");
    let memory = memory.trim_end_matches(" kB").parse::<u64>().unwrap_or(0);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = read("/proc/loadavg");
    format!(
        "Machine: {} ({cores} cores), {} GiB of memory, {}; rosterctl {}, {}; load when the run \
         ended {}.\n",
        of(&read("/proc/cpuinfo"), "model name"),
        memory / (1024 * 1024),
        read("/proc/sys/kernel/ostype").trim().to_owned()
            + " "
            + read("/proc/sys/kernel/osrelease").trim(),
        env!("CARGO_PKG_VERSION"),
        jiff::Zoned::now().date(),
        load.split(' ').next().unwrap_or("unknown"),
    )
}

/// Seconds for people.
pub(crate) fn seconds(value: f64) -> String {
    match value {
        value if value < 0.001 => format!("{:.2} ms", value * 1_000.0),
        value if value < 1.0 => format!("{:.0} ms", value * 1_000.0),
        value => format!("{value:.2} s"),
    }
}

/// Bytes for people.
pub(crate) fn mebibytes(bytes: u64) -> String {
    format!("{:.0} MiB", bytes as f64 / (1024.0 * 1024.0))
}

/// A ratio.
pub(crate) fn times(value: f64) -> String {
    match value {
        value if value < 10.0 => format!("{value:.2} ×"),
        value => format!("{value:.0} ×"),
    }
}

/// A number with its thousands apart.
pub(crate) fn count(value: usize) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
