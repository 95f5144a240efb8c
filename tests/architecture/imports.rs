//! Which module names which other one: by `use`, and by paths from `crate`, `self` or `super`.

use std::collections::{BTreeMap, BTreeSet};

/// A module, as the names that lead to it; empty: the crate.
type Module = Vec<String>;

/// The modules and who names whom.
pub(crate) struct Tree {
    arrows: BTreeMap<Module, BTreeSet<Module>>,
}

impl Tree {
    /// From files: paths below `src`, and their code.
    pub(crate) fn new(files: impl Iterator<Item = (String, String)>) -> Self {
        let files: Vec<(Module, String)> =
            files.map(|(path, code)| (module(&path), code)).collect();
        let known: BTreeSet<Module> = files.iter().map(|(module, _)| module.clone()).collect();
        let mut arrows = BTreeMap::new();
        for (from, code) in files {
            let named = paths(&code)
                .into_iter()
                .filter_map(|path| resolve(&path, &from, &known));
            let named: BTreeSet<Module> =
                named.filter(|to| !to.is_empty() && *to != from).collect();
            arrows.insert(from, named);
        }
        Self { arrows }
    }

    fn all(&self) -> impl Iterator<Item = (&Module, &Module)> {
        let each = self.arrows.iter();
        each.flat_map(|(from, to)| to.iter().map(move |to| (from, to)))
    }

    /// Arrows from a storey to one above it, and modules that belong to none.
    pub(crate) fn upward(&self, house: &[&str]) -> Vec<String> {
        let storey = |module: &Module| {
            let first = module.first()?;
            house.iter().position(|it| it == first)
        };
        let homeless = |it: &&Module| !it.is_empty() && it[..] != ["main"] && storey(it).is_none();
        let homeless = self.arrows.keys().filter(homeless);
        let homeless = homeless.map(|it| format!("{} has no place in the house", it.join("/")));
        let up = self
            .all()
            .filter(|(from, to)| storey(from) < storey(to) && storey(from).is_some());
        let up = up.map(|(from, to)| format!("{} -> {}", from.join("/"), to.join("/")));
        homeless.chain(up).collect()
    }

    /// Modules of one folder that name each other in a circle, each with what is below it. A module
    /// and its own children may know each other.
    pub(crate) fn circles(&self) -> Vec<String> {
        let folders: BTreeSet<&[String]> = self
            .arrows
            .keys()
            .flat_map(|module| (0..module.len()).map(|at| &module[..at]))
            .collect();
        let mut circles = Vec::new();
        for folder in folders {
            let at = folder.len();
            let mut siblings: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
            for (from, to) in self.all() {
                let inside = |it: &Module| it.len() > at && it.starts_with(folder);
                if inside(from) && inside(to) && from[at] != to[at] {
                    siblings.entry(&from[at]).or_default().insert(&to[at]);
                }
            }
            let name = match folder.is_empty() {
                true => "src".to_owned(),
                false => folder.join("/"),
            };
            let around = siblings.keys().filter(|it| reaches(&siblings, it, it));
            let around: Vec<&str> = around.copied().collect();
            if !around.is_empty() {
                circles.push(format!("{name}: {}", around.join(", ")));
            }
        }
        circles
    }
}

/// Whether arrows lead from one sibling to another.
fn reaches(siblings: &BTreeMap<&str, BTreeSet<&str>>, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut todo = vec![from];
    while let Some(at) = todo.pop() {
        for next in siblings.get(at).into_iter().flatten() {
            if *next == to {
                return true;
            }
            if seen.insert(*next) {
                todo.push(next);
            }
        }
    }
    false
}

fn module(path: &str) -> Module {
    let path = path.trim_end_matches(".rs");
    let names = path.split('/').map(str::to_owned);
    let mut module: Module = names.collect();
    if module
        .last()
        .is_some_and(|it| ["mod", "lib"].contains(&it.as_str()))
    {
        module.pop();
    }
    module
}

/// Paths that begin with `crate`, `self` or `super`, groups taken apart.
fn paths(code: &str) -> Vec<Vec<String>> {
    let code: String = code
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut found = Vec::new();
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    for root in ["crate", "self", "super"] {
        for (at, _) in code.match_indices(root) {
            let before = code[..at].chars().next_back();
            let behind = &code[at + root.len()..];
            let whole = before.is_none_or(|it| !is_name(it) && it != ':' && it != '$');
            if whole && behind.starts_with("::") {
                let mut rest = &behind[2..];
                take(&mut rest, &mut vec![root.to_owned()], &mut found);
            }
        }
    }
    found
}

/// Takes the rest of a path, every branch of its groups.
fn take(rest: &mut &str, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let depth = path.len();
    *rest = rest.trim_start();
    if let Some(group) = rest.strip_prefix('{') {
        *rest = group;
        loop {
            *rest = rest.trim_start_matches([',', ' ', '\n', '\t']);
            if rest.is_empty() || rest.starts_with('}') {
                *rest = rest.get(1..).unwrap_or_default();
                return;
            }
            let left = rest.len();
            take(rest, path, found);
            path.truncate(depth);
            // Whatever else stands there, ` as name` for one, leads nowhere.
            if let Some(end) = rest.find([',', '}']) {
                *rest = &rest[end..];
            }
            if rest.len() == left {
                return;
            }
        }
    }
    let end = rest
        .find(|it: char| !it.is_alphanumeric() && it != '_')
        .unwrap_or(rest.len());
    let (name, behind) = rest.split_at(end);
    *rest = behind;
    if !name.is_empty() {
        path.push(name.to_owned());
    }
    match rest.strip_prefix("::") {
        Some(next) if !name.is_empty() => {
            *rest = next;
            take(rest, path, found);
        }
        _ => found.push(path.clone()),
    }
}

/// The module that a path in a module leads into.
fn resolve(path: &[String], from: &Module, known: &BTreeSet<Module>) -> Option<Module> {
    let ups = path.iter().take_while(|it| *it == "super").count();
    let (base, rest) = match path.first()?.as_str() {
        "crate" => (&[][..], &path[1..]),
        "self" => (&from[..], &path[1..]),
        _ => (from.get(..from.len().checked_sub(ups)?)?, &path[ups..]),
    };
    let mut whole: Module = base.iter().chain(rest).cloned().collect();
    while !known.contains(&whole) {
        whole.pop()?;
    }
    Some(whole)
}
