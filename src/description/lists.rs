//! Lists: pages, totals and parts.

use super::fields::{self, Fields, Words};
use super::model::{List, ListPart, Numbered, Page, Total};
use crate::roster::diagnostic::{Code, Diagnostic};
use crate::roster::values::{self, Problems};
use crate::roster::yaml::{Kind, Node};

/// The keys of a list; `groups.members` has those but the last two, and its own in front.
pub(super) const KEYS: &[&str] = MEMBERS_AND_KEYS.split_at(2).1;
pub(super) const MEMBERS: &[&str] = MEMBERS_AND_KEYS.split_at(10).0;
const MEMBERS_AND_KEYS: &[&str] = &[
    "at",
    "user",
    "get",
    "query",
    "items",
    "page",
    "total",
    "whole",
    "walk",
    "truncated",
    "each",
    "parts",
];

/// The keys of a page, and of a part.
pub(super) const PAGE: &[&str] = &[
    "by", "offset", "page", "cursor", "at", "limit", "size", "first",
];
pub(super) const PART: &[&str] = &["query", "implies", "doubles"];

/// The ways to ask for pages.
pub(super) const BY: &[&str] = &["offset", "page", "cursor", "link"];

/// The most that one page is asked for.
const MOST: u64 = 10_000;

/// A list; `more` are names that may stand in its path besides the settings.
pub(super) fn list(
    node: &Node<'_>,
    words: &Words<'_>,
    more: &[&str],
    problems: &mut Problems,
) -> Option<List> {
    let fields = Fields::open(node, "a list", KEYS, problems)?;
    read(&fields, words, more, problems)
}

/// The same of a map that has other keys besides.
pub(super) fn read(
    fields: &Fields<'_, '_>,
    words: &Words<'_>,
    more: &[&str],
    problems: &mut Problems,
) -> Option<List> {
    let known = words.and(more);
    let get = fields.need("get", problems);
    let get = get.and_then(|it| fields::path(it, "get", &known, problems));
    let page = match fields.get("page") {
        Some(page) => Some(self::page(page, problems)?),
        None => None,
    };
    let total = match fields.get("total") {
        Some(total) => Some(self::total(total, problems)?),
        None => None,
    };
    let list = List {
        span: fields.at("get"),
        get: get?,
        query: fields::query(fields, &known, problems),
        items: fields.pointer("items", problems).unwrap_or_default(),
        page,
        total,
        whole: fields.flag("whole", problems),
        twice: fields.word("walk", &["once", "twice"], problems) == Some("twice"),
        truncated: fields.pointer("truncated", problems),
        each: fields.word("each", &["get"], problems).is_some(),
        parts: parts(fields, &known, problems),
    };
    agree(&list, fields, problems);
    Some(list)
}

/// What proves a list, and nothing that contradicts it.
fn agree(list: &List, fields: &Fields<'_, '_>, problems: &mut Problems) {
    let mut refuse = |key: &str, message: &str, help: &str| {
        let problem = Diagnostic::error(Code::NoProof, fields.at(key), message);
        problems.push(problem.help(help));
    };
    let counted = matches!(list.page, Some(Page::Offset(_) | Page::Number(_)));
    if list.whole && list.page.is_some() {
        refuse(
            "whole",
            "`whole: true` is one array with everything, and this list has pages",
            "leave one of them out",
        );
    }
    if list.twice && !counted {
        refuse(
            "walk",
            "`walk: twice` is for pages by offset or number",
            "leave it out: what proves this list is its total, its last page, or `whole: true`",
        );
    }
    if list.proof().is_none() {
        let help = match counted {
            true => {
                "say where it counts its entries (`total: /count`), or have it read twice \
                 (`walk: twice`)"
            }
            false => {
                "say how its pages are asked for (`page`), where it counts its entries (`total`), or, \
                 if the vendor's documentation says that one answer is everything, `whole: true`"
            }
        };
        refuse(
            "get",
            "nothing tells where this list ends: half of it would pass for all",
            help,
        );
    }
}

fn page(node: &Node<'_>, problems: &mut Problems) -> Option<Page> {
    let fields = Fields::open(node, "`page`", PAGE, problems)?;
    fields.need("by", problems)?;
    let by = fields.word("by", BY, problems)?;
    let allowed: &[&str] = match by {
        "offset" => &["by", "offset", "limit", "size", "first"],
        "page" => &["by", "page", "limit", "size", "first"],
        "cursor" => &["by", "cursor", "at", "limit", "size"],
        _ => &["by", "at", "limit", "size"],
    };
    for key in PAGE {
        if fields.get(key).is_some() && !allowed.contains(key) {
            let message = format!("pages by {by} have no `{key}`");
            let problem = Diagnostic::error(Code::UnknownKey, fields.at(key), message);
            problems.push(problem.help(format!("they have {}", allowed.join(", "))));
        }
    }
    let size = fields.get("size");
    let size = size.and_then(|it| values::count(it, "size", 1..=MOST, problems));
    let first = fields.get("first");
    let first = first.and_then(|it| values::count(it, "first", 0..=1, problems));
    match by {
        "offset" | "page" => {
            let parameter = fields.needed_text(by, problems);
            let limit = fields.needed_text("limit", problems);
            fields.need("size", problems)?;
            let numbered = Numbered {
                parameter: parameter?,
                limit: limit?,
                size: size?,
                first: first.unwrap_or(u64::from(by == "page")),
            };
            Some(match by {
                "offset" => Page::Offset(numbered),
                _ => Page::Number(numbered),
            })
        }
        _ => {
            let at = fields.need("at", problems);
            let at = at.and_then(|it| fields::place(it, "at", problems));
            let size = match (fields.text("limit", problems), size) {
                (None, None) => None,
                (Some(limit), Some(size)) => Some((limit, size)),
                _ => {
                    let message = "`limit` (the parameter) and `size` (its value) go together";
                    problems.push(Diagnostic::error(Code::MissingKey, fields.span, message));
                    None
                }
            };
            if by == "link" {
                return Some(Page::Link { at: at?, size });
            }
            let parameter = fields.needed_text("cursor", problems);
            Some(Page::Cursor {
                parameter: parameter?,
                at: at?,
                size,
            })
        }
    }
}

fn total(node: &Node<'_>, problems: &mut Problems) -> Option<Total> {
    if !matches!(node.kind, Kind::Map(_)) {
        return fields::pointer(node, "total", problems).map(Total::Body);
    }
    let fields = Fields::open(node, "`total`", &["header", "head"], problems)?;
    let header = fields.text("header", problems);
    let head = fields.text("head", problems);
    match (header, head) {
        (Some(name), None) => Some(Total::Header(name)),
        (None, Some(name)) => Some(Total::Head(name)),
        _ => {
            let message = "`total` is a pointer, `{ header: NAME }` or `{ head: NAME }`";
            problems.push(Diagnostic::error(Code::WrongType, fields.span, message));
            None
        }
    }
}

fn parts(fields: &Fields<'_, '_>, known: &[&str], problems: &mut Problems) -> Vec<ListPart> {
    let node = fields.get("parts");
    let items = node.and_then(|it| values::list(it, "parts", problems));
    let mut read = Vec::new();
    for item in items.unwrap_or_default() {
        let Some(part) = Fields::open(item, "a part of a list", PART, problems) else {
            continue;
        };
        let implies = part.get("implies");
        read.push(ListPart {
            query: fields::query(&part, known, problems),
            implies: implies
                .and_then(|it| fields::standing(it, "implies", problems))
                .unwrap_or_default(),
            doubles: part.flag("doubles", problems),
        });
    }
    read
}
