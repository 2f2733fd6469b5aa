/// The most that a list answers at once (API references: `MaxResults`, `maxResults`).
const MOST: usize = 100;

/// A part of a list. Its token is the place where it begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    from: usize,
    most: usize,
}

impl Page {
    pub(super) fn new(token: Option<&str>, most: Option<usize>) -> Self {
        Self {
            from: token.and_then(|token| token.parse().ok()).unwrap_or_default(),
            most: most.unwrap_or(MOST).clamp(1, MOST),
        }
    }

    pub(super) fn of<T>(self, list: &[T]) -> &[T] {
        let from = self.from.min(list.len());
        &list[from..self.end(list.len())]
    }

    /// The token of the page after this one, if there is one.
    pub(super) fn next(self, length: usize) -> Option<String> {
        let end = self.end(length);
        (end < length).then(|| end.to_string())
    }

    fn end(self, length: usize) -> usize {
        self.from.saturating_add(self.most).min(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_to_the_end() {
        let list = [1, 2, 3];
        let first = Page::new(None, Some(2));
        assert_eq!((first.of(&list), first.next(3)), (&list[..2], Some("2".to_owned())));
        let last = Page::new(Some("2"), Some(2));
        assert_eq!((last.of(&list), last.next(3)), (&list[2..], None));
        assert!(Page::new(Some("9"), None).of(&list).is_empty());
    }
}
