//! Texts that spell their letters out: HTML references, percent escapes, `\u` escapes, in any mix.
//! A secret can be written in more ways than anybody can list, so a text is read back instead.

/// A text as it reads once its escapes are resolved, and where each byte came from.
pub(super) struct Unescaped {
    pub(super) bytes: Vec<u8>,
    /// One more than `bytes`: the last one is the end of the text.
    pub(super) origin: Vec<usize>,
}

/// ASCII signs that HTML has names for; letters and digits have none.
/// <https://html.spec.whatwg.org/entities.json>, looked at on 2026-11-29.
const NAMES: [(&str, u8); 40] = [
    ("Tab", b'\t'),
    ("NewLine", b'\n'),
    ("excl", b'!'),
    ("quot", b'"'),
    ("QUOT", b'"'),
    ("num", b'#'),
    ("dollar", b'$'),
    ("percnt", b'%'),
    ("amp", b'&'),
    ("AMP", b'&'),
    ("apos", b'\''),
    ("lpar", b'('),
    ("rpar", b')'),
    ("ast", b'*'),
    ("midast", b'*'),
    ("plus", b'+'),
    ("comma", b','),
    ("period", b'.'),
    ("sol", b'/'),
    ("colon", b':'),
    ("semi", b';'),
    ("lt", b'<'),
    ("LT", b'<'),
    ("equals", b'='),
    ("gt", b'>'),
    ("GT", b'>'),
    ("quest", b'?'),
    ("commat", b'@'),
    ("lsqb", b'['),
    ("lbrack", b'['),
    ("bsol", b'\\'),
    ("rsqb", b']'),
    ("rbrack", b']'),
    ("Hat", b'^'),
    ("lowbar", b'_'),
    ("grave", b'`'),
    ("lcub", b'{'),
    ("verbar", b'|'),
    ("vert", b'|'),
    ("rcub", b'}'),
];

impl Unescaped {
    /// The text as it is.
    pub(super) fn of(text: &str) -> Self {
        Self {
            bytes: text.as_bytes().to_vec(),
            origin: (0..=text.len()).collect(),
        }
    }

    /// The text with one layer of escapes resolved; `None` if it has none.
    pub(super) fn read_back(&self) -> Option<Self> {
        let mut plain = Self {
            bytes: Vec::with_capacity(self.bytes.len()),
            origin: Vec::with_capacity(self.origin.len()),
        };
        let (mut at, mut found) = (0, false);
        while let Some(byte) = self.bytes.get(at) {
            let rest = &self.bytes[at..];
            let escape = match byte {
                b'&' => reference(rest),
                b'%' => percent(rest),
                b'\\' => unicode(rest),
                _ => None,
            };
            found |= escape.is_some();
            let (letter, length) = escape.unwrap_or((Letter::Byte(*byte), 1));
            match letter {
                Letter::Byte(byte) => plain.bytes.push(byte),
                Letter::Char(c) => plain.bytes.extend(c.to_string().bytes()),
            }
            plain.origin.resize(plain.bytes.len(), self.origin[at]);
            at += length;
        }
        plain.origin.push(*self.origin.last()?);
        found.then_some(plain)
    }
}

/// What an escape stands for.
enum Letter {
    Byte(u8),
    Char(char),
}

/// `&#65;`, `&#x41;`, `&amp;`; browsers take them without the semicolon too.
fn reference(text: &[u8]) -> Option<(Letter, usize)> {
    let body = &text[1..];
    let (letter, length) = if let Some(number) = body.strip_prefix(b"#") {
        let hex = matches!(number.first(), Some(b'x' | b'X'));
        let (radix, skip) = if hex { (16, 1) } else { (10, 0) };
        let digits = digits(&number[skip..], radix);
        let code = u32::from_str_radix(digits, radix).ok()?;
        (char::from_u32(code)?, 1 + skip + digits.len())
    } else {
        let named = NAMES
            .iter()
            .filter(|(name, _)| body.starts_with(name.as_bytes()));
        let (name, byte) = named.max_by_key(|(name, _)| name.len())?;
        (char::from(*byte), name.len())
    };
    let semicolon = usize::from(body.get(length) == Some(&b';'));
    Some((Letter::Char(letter), 1 + length + semicolon))
}

/// `%41`
fn percent(text: &[u8]) -> Option<(Letter, usize)> {
    let digits = digits(text.get(1..3)?, 16);
    let byte = u8::from_str_radix(digits, 16).ok()?;
    (digits.len() == 2).then_some((Letter::Byte(byte), 3))
}

/// `\u0041`
fn unicode(text: &[u8]) -> Option<(Letter, usize)> {
    let digits = digits(text.strip_prefix(b"\\u")?.get(..4)?, 16);
    let code = u32::from_str_radix(digits, 16).ok()?;
    let letter = char::from_u32(code).filter(|_| digits.len() == 4)?;
    Some((Letter::Char(letter), 6))
}

/// The digits that a text begins with.
fn digits(text: &[u8], radix: u32) -> &str {
    let is_digit = |byte: &u8| char::from(*byte).is_digit(radix);
    let end = text.iter().position(|byte| !is_digit(byte));
    let found = &text[..end.unwrap_or(text.len())];
    std::str::from_utf8(found).unwrap_or_default()
}
