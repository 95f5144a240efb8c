//! Descriptions that ship with the program: of products that it was run against.

/// Each with the name that a roster can give in place of a file.
const SHIPPED: &[(&str, &str)] = &[
    (
        "jupyterhub",
        include_str!("../../connectors/jupyterhub.yaml"),
    ),
    (
        "pocketbase",
        include_str!("../../connectors/pocketbase.yaml"),
    ),
    ("redmine", include_str!("../../connectors/redmine.yaml")),
    ("synapse", include_str!("../../connectors/synapse.yaml")),
];

/// The text of the description with that name.
pub fn shipped(name: &str) -> Option<&'static str> {
    let mut all = SHIPPED.iter();
    all.find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The names there are.
pub fn shipped_names() -> impl Iterator<Item = &'static str> + Clone {
    SHIPPED.iter().map(|(name, _)| *name)
}
