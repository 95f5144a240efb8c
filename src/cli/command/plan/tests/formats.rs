//! What a plan says in each format, read from what was written.

use serde_json::Value;

use super::want::{Place, Want};

/// What a plan says.
#[derive(Debug, Default)]
pub(super) struct Said(Vec<Entry>);

/// One thing that it says.
#[derive(Debug)]
struct Entry {
    place: String,
    vendor: String,
    who: String,
    told: String,
}

/// The titles of the parts that lead.
const LEADING: [&str; 3] = ["Administrators", "No longer in the roster", "Changed rules"];

impl Said {
    /// Whether something is said at its place, with its words.
    pub(super) fn has(&self, want: &Want) -> bool {
        let place = match want.place {
            Place::Administrators => LEADING[0],
            Place::Gone => LEADING[1],
            Place::Action(word) => word,
        };
        self.0.iter().any(|it| {
            it.place == place
                && it.vendor == want.vendor
                && it.who.starts_with(&want.who)
                && want.words.iter().all(|word| it.told.contains(word))
        })
    }

    fn add(&mut self, place: &str, vendor: &str, who: &str, told: &str) {
        self.0.push(Entry {
            place: place.to_owned(),
            vendor: vendor.to_owned(),
            who: who.to_owned(),
            told: told.to_owned(),
        });
    }
}

/// Reads a plan as text: sections with lines of columns. What leads is above all actions.
pub(super) fn text(written: &str) -> Said {
    let mut said = Said::default();
    let (mut section, mut vendor, mut leads) = ("", "", true);
    for line in written.lines().filter(|it| !it.is_empty()) {
        let indent = line.len() - line.trim_start().len();
        let columns: Vec<&str> = line.trim().split("  ").map(str::trim).collect();
        let columns: Vec<&str> = columns.into_iter().filter(|it| !it.is_empty()).collect();
        match (indent, columns.as_slice()) {
            (0, _) => {
                section = line.split(" (").next().unwrap_or_default();
                leads &= !matches!(section, "Change" | "Drift");
            }
            (2, [place, who, told]) if leads && LEADING.contains(&section) => {
                said.add(section, place, who, told);
            }
            (2, [name, _]) => vendor = name,
            (4, [verb, who, told @ ..]) if matches!(section, "Change" | "Drift") => {
                let verb = verb.split(' ').next_back().unwrap_or_default();
                said.add(verb, vendor, who, told.first().copied().unwrap_or_default());
            }
            (6.., _) if matches!(section, "Change" | "Drift") => {
                if let Some(last) = said.0.last_mut() {
                    last.told.push_str(line);
                }
            }
            _ => {}
        }
    }
    said
}

/// Reads a plan as Markdown: what leads is lists above all tables, of which each row is a person.
pub(super) fn markdown(written: &str) -> Said {
    let mut said = Said::default();
    let (mut section, mut leads) = ("", true);
    for line in written.lines() {
        if let Some(title) = line.strip_prefix("#### ") {
            section = title.split(" (").next().unwrap_or_default();
            leads &= LEADING.contains(&section);
        } else if line.starts_with("<details>") {
            leads = false;
        }
        if let Some(item) = line.strip_prefix("- ").filter(|_| leads) {
            let item = plain(item);
            if let Some((whom, told)) = item.split_once(": ")
                && let Some((who, vendor)) = whom.split_once(" at ")
            {
                said.add(section, vendor, who, told);
            }
        } else if let Some(row) = line.strip_prefix("| ") {
            let cells: Vec<&str> = row.trim_end_matches(" |").split(" | ").collect();
            let [who, whats, places] = cells.as_slice() else {
                continue;
            };
            for (what, places) in whats.split("<br>").zip(places.split("<br>")) {
                let (what, places) = (plain(what), plain(places));
                let bare = what.trim_end_matches(" (drift)");
                let bare = bare.split("** ").last().unwrap_or_default();
                let (word, told) = bare.split_once(": ").unwrap_or((bare, ""));
                for place in places.split(", ") {
                    said.add(word, place, &plain(who), told);
                }
            }
        }
    }
    said
}

/// Text without code marks and with its characters as they are.
fn plain(markup: &str) -> String {
    let mut text = markup.replace("<code>", "").replace("</code>", "");
    while let Some((before, (number, after))) = text
        .split_once("&#")
        .and_then(|(before, rest)| Some((before, rest.split_once(';')?)))
    {
        let character = number.parse().ok().and_then(char::from_u32).unwrap_or('?');
        text = format!("{before}{character}{after}");
    }
    text
}

/// Reads a page: what leads stands in its markup above the vendors, all actions in the document
/// from which its script makes a table.
pub(super) fn html(written: &str) -> Said {
    let mut said = Said::default();
    let body = written.split("<body>").nth(1).unwrap_or_default();
    let top = body
        .split("<section id=\"vendors\"")
        .next()
        .unwrap_or_default();
    let grave = top.find("<section id=\"grave\"").unwrap_or(top.len());
    for (id, title) in [("administrators", LEADING[0]), ("gone", LEADING[1])] {
        let from = top[..grave].split(&format!("<section id=\"{id}\"")).nth(1);
        let section = from.and_then(|it| it.split("</section>").next());
        for entry in section
            .unwrap_or_default()
            .split("<div class=\"group\">")
            .skip(1)
        {
            let part = |open: &str, close: &str| {
                let from = entry.split_once(open).map_or("", |it| it.1);
                from.split(close).next().unwrap_or_default()
            };
            let told = part("<span class=\"told\">", "</span>").replace("&#39;", "'");
            let word = part(">", "</span>");
            said.add(
                title,
                part("</b> at ", " <span"),
                part("<b>", "</b>"),
                &format!("{word}: {told}"),
            );
        }
    }
    let data = written.split("<script type=\"application/json\"").nth(1);
    let data = data.and_then(|it| it.split_once('>')?.1.split("</script>").next());
    let data: Value = serde_json::from_str(data.unwrap_or_default()).unwrap_or_default();
    actions(&mut said, &data);
    said
}

/// Reads a plan document.
pub(super) fn json(written: &str) -> Said {
    let mut said = Said::default();
    let plan: Value = serde_json::from_str(written).unwrap_or_default();
    let word = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let list = |of: &Value| of.as_array().cloned().unwrap_or_default();
    for it in list(&plan["attention"]["administrators"]) {
        let told = match &*word(&it["how"]) {
            "becomes" => String::from("becomes an administrator"),
            "changes_hands" => format!("takes over {}", word(&it["account_email"])),
            other => other.to_owned(),
        };
        said.add(LEADING[0], &word(&it["vendor"]), &word(&it["email"]), &told);
    }
    for it in list(&plan["attention"]["gone"]) {
        let mut told = format!("{}: {} {}", word(&it["text"]), it["attribute"], it["value"]);
        if it["stays"] != true {
            told = told.replace("stays", "ends");
        }
        if it["admin"] == true {
            told.push_str(" administrator");
        }
        said.add(LEADING[1], &word(&it["vendor"]), &word(&it["email"]), &told);
    }
    actions(&mut said, &plan);
    said
}

/// The actions of a plan document.
fn actions(said: &mut Said, plan: &Value) {
    for it in plan["actions"].as_array().into_iter().flatten() {
        let word = |key: &str| it[key].as_str().unwrap_or_default();
        let told = it["changes"].to_string();
        said.add(word("action"), word("vendor"), word("email"), &told);
    }
}
