use super::*;

const NASTY: &str = "=1+1\u{202e}<script>@x | [a](b)\n::error::";

fn table() -> Table {
    let mut table = Table {
        name: "sample",
        title: String::from("A sample"),
        about: String::from("Of <b>nothing</b>."),
        columns: vec!["one", "two", "three"],
        rows: Vec::new(),
        empty: "nothing",
    };
    table.row(["a".into(), String::new(), "b, \"c\"".into()]);
    table.row([NASTY.into(), String::new(), "-".into()]);
    table
}

fn written(write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn no_cell_of_a_csv_is_a_formula() {
    let mut table = Table {
        columns: vec!["cell"],
        ..Table::default()
    };
    let cells = [
        "=HYPERLINK(1)",
        "+1",
        "-1",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "  =1",
        "＝1",
        "\u{202e}=1",
        "\"=1",
    ];
    for cell in cells {
        table.row([cell.into()]);
    }
    let text = written(|out| csv(&table, out));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let read: Vec<String> = reader
        .records()
        .map(|it| it.unwrap().get(0).unwrap().to_owned())
        .collect();
    assert_eq!(read.len(), cells.len());
    for (cell, read) in cells.iter().zip(&read) {
        // What hides or moves characters is spelled out, so nothing of it comes alive.
        let first = read.chars().next().unwrap();
        assert!(first == '\'' || first == '\\', "{cell:?}: {read:?}");
    }
    table.rows.truncate(0);
    table.row(["ada@example.com".into()]);
    table.row(["a=b; c: -1".into()]);
    assert_eq!(
        written(|out| csv(&table, out)),
        "cell\r\nada@example.com\r\na=b; c: -1\r\n"
    );
}

#[test]
fn a_text_leaves_out_empty_columns_and_harms_no_terminal() {
    let text = written(|out| text(&[table()], &Style::default(), out));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "A sample");
    assert!(
        lines[2].contains("one") && !lines[2].contains("two"),
        "{text}"
    );
    assert_eq!(lines.len(), 5, "{text}");
    assert!(!text.contains('\u{202e}'), "{text}");
    let mut empty = table();
    empty.rows.clear();
    let text = written(|out| super::text(&[empty], &Style::default(), out));
    assert!(text.ends_with("  nothing\n"), "{text}");
}

#[test]
fn markdown_stays_within_its_limit_and_has_no_markup_of_others() {
    let text = written(|out| markdown(&[table()], 10_000, out));
    assert!(
        !text.contains("<script>") && !text.contains("[a](b)"),
        "{text}"
    );
    assert_eq!(text.lines().filter(|it| it.starts_with("| ")).count(), 4);
    let mut long = table();
    for _ in 0..1_000 {
        long.row(["x".repeat(50), String::new(), String::new()]);
    }
    let text = written(|out| markdown(&[long], 4_096, out));
    assert!(text.len() <= 4_096, "{}", text.len());
    assert!(text.contains("rows do not fit here"), "{text}");
}

#[test]
fn a_page_runs_nothing_and_links_where_the_cell_says() {
    let mut table = table();
    table.rows[0][0].link = Some("https://ci.example/run/1?a=\"b".into());
    let text = written(|out| page(NASTY, &[NASTY.into()], &[table], &[NASTY.into()], out));
    assert!(!text.contains("<script") && !text.contains("<b>"), "{text}");
    assert!(text.contains("default-src 'none'"), "{text}");
    assert!(
        text.contains("<a href=\"https://ci.example/run/1?a=&quot;b\" rel=\"noreferrer\">a</a>"),
        "{text}"
    );
}
