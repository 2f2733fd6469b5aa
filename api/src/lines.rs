use serde_json::value::RawValue;

/// Tells in which line of a body a value stands. It counts from the last place it was asked for: faults come in about
/// the body's order, and a body may have 64 MiB.
pub(crate) struct Lines<'a> {
    body: &'a [u8],
    offset: usize,
    newlines: usize,
}

impl<'a> Lines<'a> {
    pub(crate) const fn of(body: &'a [u8]) -> Self {
        Self { body, offset: 0, newlines: 0 }
    }

    /// The line, from 1, of a value that was read from this body.
    pub(crate) fn line_of(&mut self, value: &RawValue) -> u64 {
        let offset = value.get().as_ptr().addr().saturating_sub(self.body.as_ptr().addr());
        let offset = offset.min(self.body.len());
        if offset >= self.offset {
            self.newlines += newlines(&self.body[self.offset..offset]);
        } else {
            self.newlines -= newlines(&self.body[offset..self.offset]);
        }
        self.offset = offset;
        self.newlines as u64 + 1
    }
}

pub(crate) fn newlines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_forwards_and_backwards() {
        let body = "\n{\"a\": 1,\n\n\"b\": [2,\n3]}";
        let values: std::collections::BTreeMap<&str, &RawValue> = serde_json::from_str(body).unwrap();
        let list: Vec<&RawValue> = serde_json::from_str(values["b"].get()).unwrap();
        let mut lines = Lines::of(body.as_bytes());
        assert_eq!(lines.line_of(list[1]), 5);
        assert_eq!(lines.line_of(values["a"]), 2);
        assert_eq!(lines.line_of(list[0]), 4);
        assert_eq!(lines.line_of(values["b"]), 4);
    }
}
