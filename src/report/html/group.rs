//! Facts about people in sections: many people of whom the same is told are one entry that opens.

use std::borrow::Cow;

use super::markup::Markup;
use crate::report::facts::counted_people;
use crate::report::layout::groups;

/// Names of a group that stand in the page; the others only where no script runs, as the table
/// has them.
const NAMES: usize = 12;
/// Groups of at most so many people are open from the start.
const OPEN: usize = 6;
/// Groups of one section that stand in the page.
const GROUPS: usize = 40;

/// Something about one account.
pub(super) struct Fact<'a> {
    /// What it is, in a word, and the class that colours it.
    pub(super) word: (&'static str, &'static str),
    pub(super) vendor: &'a str,
    /// Whom it concerns, if one person.
    pub(super) email: Option<&'a str>,
    /// Why, or with which result.
    pub(super) told: Cow<'a, str>,
    /// What narrows the table to its like.
    pub(super) filters: &'a [(&'static str, &'static str)],
}

/// People to whom the same happens at the same vendors.
struct Group<'a> {
    word: (&'static str, &'static str),
    vendors: Vec<&'a str>,
    names: Vec<&'a str>,
    told: Cow<'a, str>,
    /// Where the table shows them all.
    link: String,
}

/// One person's vendors first, then all people of whom the same is told.
fn grouped(facts: Vec<Fact<'_>>) -> Vec<Group<'_>> {
    let people = groups(facts, |it| (it.word, it.email, it.told.clone(), it.filters));
    let people = people
        .into_iter()
        .map(|((word, email, told, filters), facts)| {
            let mut vendors: Vec<&str> = facts.iter().map(|it| it.vendor).collect();
            vendors.dedup();
            (word, vendors, told, filters, email)
        });
    let alike = groups(people, |it| (it.0, it.1.clone(), it.2.clone(), it.3));
    let alike = alike
        .into_iter()
        .map(|((word, vendors, told, filters), people)| {
            let mut narrow = filters.to_vec();
            if let [vendor] = &*vendors {
                narrow.push(("vendor", vendor));
            }
            Group {
                word,
                names: people.into_iter().filter_map(|it| it.4).collect(),
                told,
                link: fragment(&narrow),
                vendors,
            }
        });
    alike.collect()
}

/// A section with its heading; nothing where there are no groups.
pub(super) fn section(
    body: &mut Markup,
    id: &'static str,
    title: &'static str,
    facts: Vec<Fact<'_>>,
) {
    if facts.is_empty() {
        return;
    }
    let count = facts.len().to_string();
    let groups = grouped(facts);
    let opens = match id {
        // What only tells of something stays closed.
        "notices" | "unlisted" | "ending" => 0,
        // Whoever approves has to see whom they concern.
        "warnings" => usize::MAX,
        _ => OPEN,
    };
    let heading = format!("{id}-title");
    let attributes = [
        ("id", id),
        ("class", "block"),
        ("aria-labelledby", &heading),
    ];
    body.within("section", &attributes, |body| {
        body.within("h2", &[("id", &heading)], |body| {
            body.text(title);
            body.element("span", &[("class", "count")], &count);
        });
        // The table has people; what concerns nobody stays in any case.
        let mut left = GROUPS;
        let (near, far): (Vec<_>, Vec<_>) = groups.into_iter().partition(|it| {
            let fits = it.names.is_empty() || left > 0;
            left = left.saturating_sub(1);
            fits
        });
        near.iter().for_each(|it| group(body, it, opens, NAMES));
        if !far.is_empty() {
            let rest = match far.len() {
                1 => String::from("1 more entry"),
                more => format!("{more} more entries"),
            };
            body.within("p", &[("class", "more")], |body| {
                body.text(&format!("{rest}, all in "));
                body.element("a", &[("href", "#people")], "the table");
            });
            body.within("noscript", &[], |body| {
                // All names: one `noscript` in another would end with it.
                far.iter().for_each(|it| group(body, it, opens, usize::MAX));
            });
        }
    });
    body.fixed("\n");
}

/// One entry, open with at most so many names; those after the first `most` stand where no script
/// runs.
fn group(body: &mut Markup, group: &Group<'_>, opens: usize, most: usize) {
    let Group {
        word: (word, class),
        vendors,
        names,
        told,
        link,
    } = group;
    let vendors = vendors.join(", ");
    let head = |body: &mut Markup| {
        let class = format!("tag k-{class}");
        body.element("span", &[("class", &class)], word);
        body.fixed(" ");
        match &**names {
            [] => body.element("b", &[], &vendors),
            [name] => {
                body.element("b", &[], name);
                body.text(&format!(" at {vendors}"));
            }
            names => {
                body.element("b", &[], &counted_people(names.len()));
                body.text(&format!(" at {vendors}"));
            }
        }
        body.fixed(" ");
        body.within("span", &[("class", "told")], |body| options(body, told));
    };
    if names.len() < 2 {
        body.within("div", &[("class", "group")], head);
        return;
    }
    let mut attributes = vec![("class", "group")];
    if names.len() <= opens {
        attributes.push(("open", ""));
    }
    body.within("details", &attributes, |body| {
        body.within("summary", &[], head);
        let (near, far) = names.split_at(names.len().min(most));
        list(body, near);
        if !far.is_empty() {
            body.within("p", &[("class", "more needs-script")], |body| {
                let all = format!("All {} in the table", names.len());
                body.element("a", &[("href", link)], &all);
            });
            body.within("noscript", &[], |body| list(body, far));
        }
    });
}

fn list(body: &mut Markup, names: &[&str]) {
    body.within("ul", &[], |body| {
        for name in names {
            body.element("li", &[], name);
        }
    });
}

/// A text in which options of the command line stand out, to be copied from there.
fn options(body: &mut Markup, text: &str) {
    let mut words = text.split(' ').peekable();
    let mut between = "";
    while let Some(word) = words.next() {
        body.fixed(between);
        between = " ";
        let name = word.strip_prefix("--").unwrap_or_default();
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
            body.text(word);
            continue;
        }
        let value = words.next_if(|it| it.contains('='));
        let option = value.map_or_else(|| word.to_owned(), |value| format!("{word} {value}"));
        let bare = option.trim_end_matches([',', ';', '.', ')']);
        body.element("code", &[], bare);
        body.text(&option[bare.len()..]);
    }
}

/// A link to a view of the table.
pub(super) fn fragment(filters: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::for_suffix(String::from("#"), 1);
    query.extend_pairs(filters);
    query.finish()
}
