//! Where inside a text value something is, when the text has a structure of its own.

/// The way into a text, through the texts it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inner {
    text: String,
    key: String,
}

impl std::fmt::Display for Inner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Inner {
    /// A step that identifies what it leads to: an encoding, a pointer into a nested document.
    pub fn step(step: impl Into<String>) -> Self {
        let text: String = step.into();
        Self { key: text.clone(), text }
    }

    /// A line, counted from one. It is shown, and identifies nothing: lines move.
    pub fn line(line: usize) -> Self {
        Self { text: format!("line {line}"), key: String::new() }
    }

    /// `deeper` inside this.
    #[must_use]
    pub fn then(&self, deeper: &Self) -> Self {
        self.joined(", ", deeper)
    }

    /// `deeper` inside this, as one step.
    #[must_use]
    pub fn then_at(&self, deeper: &Self) -> Self {
        self.joined(" ", deeper)
    }

    fn joined(&self, separator: &str, deeper: &Self) -> Self {
        let join = |one: &str, other: &str| match (one, other) {
            ("", other) => other.to_owned(),
            (one, "") => one.to_owned(),
            (one, other) => format!("{one}{separator}{other}"),
        };
        Self { text: join(&self.text, &deeper.text), key: join(&self.key, &deeper.key) }
    }

    /// For people.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What identifies the place, without line numbers.
    pub fn key(&self) -> &str {
        &self.key
    }
}
