//! The text of an export: spreadsheets and directories write in more than one encoding.

use std::borrow::Cow;

/// Windows-1252 from 0x80 to 0x9F; the rest of it is Latin-1.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Reads UTF-8 and UTF-16, with or without a byte order mark, and takes anything else for
/// Windows-1252.
///
/// # Errors
/// UTF-16 that is cut or broken, in one clause.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, odd) = rest.as_chunks::<2>();
        let text = char::decode_utf16(pairs.iter().map(|pair| unit(*pair)));
        match text.collect::<Result<String, _>>() {
            Ok(text) if odd.is_empty() => Ok(Cow::Owned(text)),
            _ => Err(String::from("it looks like UTF-16 and is cut or broken")),
        }
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => Ok(utf8(rest)),
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        // No text has a NUL, and every other byte of plain letters in UTF-16 is one.
        [first, 0, second, 0, ..] if *first > 0 && *second > 0 => wide(bytes, u16::from_le_bytes),
        [0, first, 0, second, ..] if *first > 0 && *second > 0 => wide(bytes, u16::from_be_bytes),
        _ => Ok(utf8(bytes)),
    }
}

fn utf8(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let letters = bytes.iter().map(|byte| match byte {
        0x80..=0x9F => WINDOWS[usize::from(byte - 0x80)],
        _ => char::from(*byte),
    });
    Cow::Owned(letters.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "Key;Name\nE1;Zoë – €\n";
        let wide = |mark: &[u8], unit: fn(u16) -> [u8; 2]| {
            let units = text.encode_utf16().flat_map(unit);
            [mark, &units.collect::<Vec<u8>>()].concat()
        };
        let windows = b"Key;Name\nE1;Zo\xEB \x96 \x80\n".to_vec();
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
            wide(b"\xFF\xFE", u16::to_le_bytes),
            wide(b"\xFE\xFF", u16::to_be_bytes),
            wide(b"", u16::to_le_bytes),
            wide(b"", u16::to_be_bytes),
            windows,
        ] {
            assert_eq!(decode(&bytes).as_deref(), Ok(text), "{bytes:?}");
        }
        assert!(decode(b"\xFF\xFEK\0e").is_err());
        assert_eq!(decode(b"").as_deref(), Ok(""));
    }
}
