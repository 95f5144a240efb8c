//! Which bracket is open where a file stops being YAML.

use saphyr_parser::{Event, Parser};

/// Line and column, from 1, of the innermost bracket that is open where the parser gives up.
///
/// The parser is asked again, from the beginning: only a file with a fault costs that.
pub(super) fn open_bracket(text: &str) -> Option<(usize, usize)> {
    let mut open = Vec::new();
    let mut parser = Parser::new_from_str(text);
    while let Some(Ok((event, at))) = parser.next_event() {
        match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                // In block style nothing stands for the beginning.
                let bracket = (!at.is_empty()).then(|| (at.start.line(), at.start.col() + 1));
                open.push(bracket);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                open.pop();
            }
            _ => {}
        }
    }
    open.into_iter().rev().flatten().next()
}
