//! What the scanner and the parser give of one text, for the tests that hold them to each other.

use saphyr_parser::{Event, Parser, ScanError, Span};

use super::{Events, FastScanner, Step};

/// An event with its place, as the reader looks at it: a block ends wherever the next thing begins.
fn shown((event, at): &(Event<'_>, Span)) -> String {
    let place = match event {
        Event::MappingEnd | Event::SequenceEnd if at.is_empty() => String::new(),
        Event::DocumentEnd | Event::StreamEnd => String::new(),
        _ => {
            let mark = |mark: &saphyr_parser::Marker| {
                format!("{}={}:{}", mark.index(), mark.line(), mark.col())
            };
            format!("{} {}", mark(&at.start), mark(&at.end))
        }
    };
    format!("{event:?} {place}")
}

/// All events up to an error, and the error.
fn all<'a>(
    mut next: impl FnMut() -> Option<Result<(Event<'a>, Span), ScanError>>,
) -> (Vec<String>, Option<String>) {
    let mut events = Vec::new();
    loop {
        match next() {
            None => return (events, None),
            Some(Ok(event)) => events.push(shown(&event)),
            Some(Err(error)) => return (events, Some(format!("{error:?}"))),
        }
    }
}

/// Events that the scanner gave before it gave up, if it did.
fn understood(text: &str) -> (Vec<String>, bool) {
    let mut plain = FastScanner::new(text);
    let mut events = Vec::new();
    loop {
        match plain.step() {
            Step::Event(event, at) => events.push(shown(&(event, at))),
            Step::GaveUp => return (events, true),
            Step::Over => return (events, false),
        }
    }
}

/// Compares both, with the file as it is read. Gives how many events the scanner gave, and whether it gave up
/// then.
pub(crate) fn compare(text: &str) -> (usize, bool) {
    let mut parser = Parser::new_from_str(text);
    let wanted = all(|| parser.next_event());
    let mut events = Events::new(text);
    let found = all(|| events.next());
    assert_eq!(found, wanted, "{text:?}");
    let (plain, gave_up) = understood(text);
    (plain.len(), gave_up)
}
