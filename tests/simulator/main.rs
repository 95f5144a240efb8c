//! Months of bad nights, each from one seed. A seed is the same month twice, until the simulator changes:
//! so a fault that one showed has a test of its own where it was, and a line in `tests/mutants/list`.

mod sim;

use sim::simulate;

fn goes_well(seed: u64) {
    let report = simulate(seed, false, None);
    assert_eq!(report.breaches, [""; 0], "seed {seed}");
    assert!(report.runs > 20, "seed {seed}: {} runs", report.runs);
}

#[test]
fn a_seed_is_the_same_month_twice() {
    for seed in 0..6 {
        let (one, other) = (simulate(seed, true, None), simulate(seed, true, None));
        let mut pairs = one.words.lines().zip(other.words.lines());
        let differs = pairs.find(|(one, other)| one != other);
        assert_eq!(differs, None, "seed {seed}");
        assert_eq!((one.digest, one.lines), (other.digest, other.lines));
    }
}

#[test]
fn months_go_well() {
    (0..8).for_each(goes_well);
}

#[test]
fn every_seeded_defect_has_its_place() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let lists = ["list", "twice"].map(|name| root.join("tests/mutants").join(name));
    let lists = lists.map(|path| std::fs::read_to_string(path).unwrap());
    let mut texts = std::collections::BTreeMap::new();
    let list = format!("\n{}", lists.join("\n"));
    let defects: Vec<&str> = list.split("\n== ").skip(1).collect();
    assert!(defects.len() >= 40, "{}", defects.len());
    for defect in defects {
        let side = |mark: &str| {
            let lines = defect
                .lines()
                .skip(2)
                .filter_map(|it| it.strip_prefix(mark));
            lines.collect::<Vec<_>>().join("\n")
        };
        let name = defect.lines().next().unwrap();
        let place = defect.lines().nth(1).and_then(|it| it.strip_prefix("in "));
        let place = place.unwrap_or_else(|| panic!("{name}: no place"));
        let text = texts.entry(place).or_insert_with(|| {
            std::fs::read_to_string(root.join(place))
                .unwrap_or_else(|error| panic!("{name}: {error}"))
        });
        let old = side("- ");
        assert_eq!(text.matches(&old).count(), 1, "{name}: in {place}: {old}");
        *text = text.replace(&old, &side("+ "));
    }
}
