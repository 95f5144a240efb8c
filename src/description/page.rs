//! The page of a description that ships with the program, made from the file: Markdown.

use super::model::Description;
use super::{declared, says};
use crate::model::spec::{LOGIN, VendorSpec};
use crate::model::table::{attributes, escape, stays_manual};
use crate::roster::model::LOCAL_PART;

/// The page; `text` is the file, whose comment at the top comes first.
pub fn page(name: &str, text: &str, description: &Description) -> String {
    let spec = declared(description);
    let mut page = format!("# {}: `connector: {name}`\n\n", escape(&description.title));
    page.push_str(&comment(text));
    page.push_str(&format!(
        "The credentials are {}. The API is documented [by the vendor]({}). This page is made from \
         [the description](../../connectors/{name}.yaml).\n\n",
        escape(&description.rights),
        description.docs
    ));
    page.push_str(&snippet(name, spec));
    page.push_str("\n## Calls and what proves them\n\n| operation | proof |\n|---|---|\n");
    for line in says(description) {
        let (what, how) = line.split_once(": ").unwrap_or((&line, ""));
        page.push_str(&format!("| {} | {} |\n", escape(what), escape(how)));
    }
    page.push_str("\n## Attributes\n\n");
    page.push_str(&attributes(spec));
    let manual = stays_manual(spec, None);
    if !manual.is_empty() {
        page.push_str(&format!("\nBy hand: {}.\n", manual.join("; ")));
    }
    page
}

/// The comment at the top of the file, without the line for editors.
fn comment(text: &str) -> String {
    let lines = text.lines().map_while(|it| it.strip_prefix('#'));
    let lines = lines
        .map(str::trim)
        .filter(|it| !it.starts_with("yaml-language-server"));
    let words: Vec<&str> = lines.filter(|it| !it.is_empty()).collect();
    match words.is_empty() {
        true => String::new(),
        false => words.join("\n") + "\n\n",
    }
}

/// The vendor in a roster.
fn snippet(name: &str, spec: &VendorSpec) -> String {
    let form = spec.auth.first().map_or(&[][..], |it| it.secrets);
    let secrets = form.iter().map(|secret| {
        let variable = format!("{name}_{secret}").to_ascii_uppercase();
        format!("{secret}: {{ env: {variable} }}")
    });
    let secrets: Vec<String> = secrets.collect();
    let mut lines = vec![
        String::from("```yaml\nvendors:"),
        format!("  {name}:\n    kind: rest\n    connector: {name}"),
    ];
    if spec.base_url.is_none() {
        lines.push(format!("    base_url: https://{name}.example.com"));
    }
    lines.push(format!("    auth: {{ {} }}", secrets.join(", ")));
    let ways: Vec<&str> = spec.deactivate.iter().map(|it| it.name).collect();
    if let [first, others @ ..] = ways.as_slice() {
        let others = match others.is_empty() {
            true => String::new(),
            false => format!("   # or {}", others.join(", ")),
        };
        lines.push(format!("    deactivate: {first}{others}"));
    }
    if spec.knows_logins() {
        lines.push(format!(
            "    {LOGIN}: {LOCAL_PART}   # or `logins: {{ {name}: … }}` on each person"
        ));
    }
    lines.join("\n") + "\n```\n"
}
