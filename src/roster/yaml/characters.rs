//! Characters that no value of a roster is meant to have.

/// The first control character of a text; a line break is one too, no value of a roster has any.
pub(super) fn control_character(text: &str) -> Option<char> {
    // C1 controls begin with 0xC2 in UTF-8; most texts have neither that nor a C0 control.
    let suspicious = |byte: u8| byte < 0x20 || byte == 0x7F || byte == 0xC2;
    if !text.bytes().any(suspicious) {
        return None;
    }
    text.chars().find(|character| character.is_control())
}

/// Whether a text without quotes begins and ends with those of a document.
pub(super) fn in_typographic_quotes(text: &str) -> bool {
    // All of them begin with 0xE2 in UTF-8, or with 0xC2.
    let quoted = |text: &str| {
        text.starts_with([
            '\u{201C}', '\u{201D}', '\u{201E}', '\u{2018}', '\u{2019}', '\u{AB}',
        ]) && text.ends_with(['\u{201C}', '\u{201D}', '\u{2018}', '\u{2019}', '\u{BB}'])
    };
    matches!(text.as_bytes().first(), Some(0xE2 | 0xC2)) && quoted(text)
}
