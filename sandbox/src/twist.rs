//! Switches of behaviour by name: what a server does where its vendor's documentation leaves something
//! open, or where vendors differ. Faults of the network are none; tests have those.

use crate::{bitsight, logicgate, rest, scim, snaplogic, surecloud};

/// A switch of behaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Twist {
    /// The kind of vendor, a colon, and a word.
    pub name: &'static str,
    /// What the server does with it.
    pub doc: &'static str,
}

/// A switch, and what it does to the behaviour of its kind.
pub(crate) struct Switch<B> {
    pub(crate) twist: Twist,
    pub(crate) turn: fn(&mut B),
}

impl<B> Switch<B> {
    pub(crate) const fn new(name: &'static str, doc: &'static str, turn: fn(&mut B)) -> Self {
        Self {
            twist: Twist { name, doc },
            turn,
        }
    }
}

/// All switches, kind by kind.
pub fn twists() -> Vec<Twist> {
    fn of<B>(switches: &[Switch<B>]) -> impl Iterator<Item = Twist> {
        switches.iter().map(|it| it.twist)
    }
    of(bitsight::TWISTS)
        .chain(of(logicgate::TWISTS))
        .chain(of(rest::TWISTS))
        .chain(of(scim::TWISTS))
        .chain(of(snaplogic::TWISTS))
        .chain(of(surecloud::TWISTS))
        .collect()
}

/// Turns the switches of those names; names of other kinds mean nothing here.
pub(crate) fn turn<B>(behaviour: &mut B, switches: &[Switch<B>], names: &[Box<str>]) {
    let named = |switch: &&Switch<B>| names.iter().any(|name| **name == *switch.twist.name);
    for switch in switches.iter().filter(named) {
        (switch.turn)(behaviour);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Debug;

    use super::*;

    #[test]
    fn names_are_unique_and_begin_with_their_kind() {
        let names: BTreeSet<&str> = twists().iter().map(|it| it.name).collect();
        assert_eq!(names.len(), twists().len());
        for name in names {
            let (kind, word) = name.split_once(':').unwrap();
            assert!(!word.is_empty());
            let kinds = [
                "bitsight",
                "logicgate",
                "rest",
                "scim",
                "snaplogic",
                "surecloud",
            ];
            assert!(kinds.contains(&kind), "{name}");
        }
    }

    /// Turned by its name, each switch changes something, and another than the others.
    fn differ<B: Default + Debug>(switches: &[Switch<B>]) {
        let mut seen = BTreeSet::from([format!("{:?}", B::default())]);
        for switch in switches {
            let mut behaviour = B::default();
            turn(&mut behaviour, switches, &[switch.twist.name.into()]);
            let name = switch.twist.name;
            assert!(seen.insert(format!("{behaviour:?}")), "{name}");
        }
    }

    #[test]
    fn each_switch_changes_the_behaviour_in_its_own_way() {
        differ(bitsight::TWISTS);
        differ(logicgate::TWISTS);
        differ(rest::TWISTS);
        differ(scim::TWISTS);
        differ(snaplogic::TWISTS);
        differ(surecloud::TWISTS);
    }
}
