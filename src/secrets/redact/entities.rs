//! Named character references of HTML: ASCII and Latin-1, which encoders write by name.

/// Names and code points, in the order of the names (HTML, section 13.5).
const ENTITIES: [(&str, u32); 137] = [
    ("AElig", 198),
    ("AMP", 38),
    ("Aacute", 193),
    ("Acirc", 194),
    ("Agrave", 192),
    ("Aring", 197),
    ("Atilde", 195),
    ("Auml", 196),
    ("Ccedil", 199),
    ("ETH", 208),
    ("Eacute", 201),
    ("Ecirc", 202),
    ("Egrave", 200),
    ("Euml", 203),
    ("GT", 62),
    ("Hat", 94),
    ("Iacute", 205),
    ("Icirc", 206),
    ("Igrave", 204),
    ("Iuml", 207),
    ("LT", 60),
    ("NewLine", 10),
    ("Ntilde", 209),
    ("Oacute", 211),
    ("Ocirc", 212),
    ("Ograve", 210),
    ("Oslash", 216),
    ("Otilde", 213),
    ("Ouml", 214),
    ("QUOT", 34),
    ("THORN", 222),
    ("Tab", 9),
    ("Uacute", 218),
    ("Ucirc", 219),
    ("Ugrave", 217),
    ("Uuml", 220),
    ("Yacute", 221),
    ("aacute", 225),
    ("acirc", 226),
    ("acute", 180),
    ("aelig", 230),
    ("agrave", 224),
    ("amp", 38),
    ("apos", 39),
    ("aring", 229),
    ("ast", 42),
    ("atilde", 227),
    ("auml", 228),
    ("brvbar", 166),
    ("bsol", 92),
    ("ccedil", 231),
    ("cedil", 184),
    ("cent", 162),
    ("colon", 58),
    ("comma", 44),
    ("commat", 64),
    ("copy", 169),
    ("curren", 164),
    ("deg", 176),
    ("divide", 247),
    ("dollar", 36),
    ("eacute", 233),
    ("ecirc", 234),
    ("egrave", 232),
    ("equals", 61),
    ("eth", 240),
    ("euml", 235),
    ("excl", 33),
    ("frac12", 189),
    ("frac14", 188),
    ("frac34", 190),
    ("grave", 96),
    ("gt", 62),
    ("iacute", 237),
    ("icirc", 238),
    ("iexcl", 161),
    ("igrave", 236),
    ("iquest", 191),
    ("iuml", 239),
    ("laquo", 171),
    ("lbrace", 123),
    ("lbrack", 91),
    ("lcub", 123),
    ("lowbar", 95),
    ("lpar", 40),
    ("lsqb", 91),
    ("lt", 60),
    ("macr", 175),
    ("micro", 181),
    ("middot", 183),
    ("nbsp", 160),
    ("not", 172),
    ("ntilde", 241),
    ("num", 35),
    ("oacute", 243),
    ("ocirc", 244),
    ("ograve", 242),
    ("ordf", 170),
    ("ordm", 186),
    ("oslash", 248),
    ("otilde", 245),
    ("ouml", 246),
    ("para", 182),
    ("percnt", 37),
    ("period", 46),
    ("plus", 43),
    ("plusmn", 177),
    ("pound", 163),
    ("quest", 63),
    ("quot", 34),
    ("raquo", 187),
    ("rbrace", 125),
    ("rbrack", 93),
    ("rcub", 125),
    ("reg", 174),
    ("rpar", 41),
    ("rsqb", 93),
    ("sect", 167),
    ("semi", 59),
    ("shy", 173),
    ("sol", 47),
    ("sup1", 185),
    ("sup2", 178),
    ("sup3", 179),
    ("szlig", 223),
    ("thorn", 254),
    ("times", 215),
    ("uacute", 250),
    ("ucirc", 251),
    ("ugrave", 249),
    ("uml", 168),
    ("uuml", 252),
    ("verbar", 124),
    ("vert", 124),
    ("yacute", 253),
    ("yen", 165),
    ("yuml", 255),
];

/// The number of names.
pub(super) const COUNT: u16 = 137;

fn row(row: u16) -> Option<(&'static [u8], u32)> {
    ENTITIES.get(usize::from(row)).map(|(name, code)| (name.as_bytes(), *code))
}

/// The rows among `first..after` whose names continue with `byte` after `read` bytes; they are next to one another.
pub(super) fn narrowed(first: u16, after: u16, read: u8, byte: u8) -> Option<(u16, u16)> {
    let continues = |at: &u16| row(*at).is_some_and(|(name, _)| name.get(usize::from(read)) == Some(&byte));
    let first = (first..after).find(continues)?;
    let count = (first..after).take_while(continues).count();
    Some((first, first + u16::try_from(count).ok()?))
}

/// The code point of the row `first`, when its whole name has been read: a shorter name comes before those that continue it.
pub(super) fn complete(first: u16, read: u8) -> Option<u32> {
    row(first).filter(|(name, _)| read > 0 && name.len() == usize::from(read)).map(|(_, code)| code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_each_can_be_read() {
        assert!(ENTITIES.is_sorted() && ENTITIES.len() == usize::from(COUNT));
        for (name, code) in ENTITIES {
            let (mut range, mut read) = ((0, COUNT), 0);
            for byte in name.bytes() {
                range = narrowed(range.0, range.1, read, byte).unwrap();
                read += 1;
            }
            assert_eq!(complete(range.0, read), Some(code), "{name}");
        }
        assert!(narrowed(0, COUNT, 0, b'#').is_none() && complete(0, 0).is_none());
    }
}
