use std::{
    fs::File,
    hash::{BuildHasher, RandomState},
    io,
    os::unix::fs::FileExt,
};

use drumbeat_common::{Address, RecipientIndex};

/// Entries are kept in memory up to here, 5 MB; a longer list goes through a file without a name.
const IN_MEMORY: usize = 200_000;
/// Ten million entries are then looked through in pieces of 4 MB.
const PARTITIONS: usize = 64;
const ENTRY: usize = 24;

/// The addresses of a list, to find those that come twice. It keeps 24 bytes for each, however long the list: a keyed
/// hash of 96 bits, by which two different addresses among ten million are taken for one with a chance of 1 in 10^15.
pub(super) struct Addresses {
    hashers: [RandomState; 2],
    partitions: Vec<Partition>,
    buffered: usize,
    in_memory: usize,
    spill: Option<File>,
    spilled: u64,
}

#[derive(Default)]
struct Partition {
    entries: Vec<Entry>,
    /// Where its earlier entries lie in the file: offset and number.
    chunks: Vec<(u64, usize)>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    hash: (u64, u32),
    index: u32,
    line: u32,
    class: u32,
}

/// A recipient whose address came before, in the same channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Duplicate {
    pub(super) index: RecipientIndex,
    pub(super) line: u64,
    /// The line of the first one with that address.
    pub(super) first_line: u64,
    /// What the recipient was counted as.
    pub(super) class: u32,
}

impl Addresses {
    pub(super) fn new() -> Self {
        Self::holding(IN_MEMORY)
    }

    fn holding(in_memory: usize) -> Self {
        Self {
            hashers: [RandomState::new(), RandomState::new()],
            partitions: (0..PARTITIONS).map(|_| Partition::default()).collect(),
            buffered: 0,
            in_memory,
            spill: None,
            spilled: 0,
        }
    }

    pub(super) fn add(&mut self, address: &Address, index: u32, line: u64, class: u32) -> io::Result<()> {
        let hash = self.hash(address);
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        #[expect(clippy::cast_possible_truncation, reason = "it is less than the number of partitions")]
        let partition = (hash.0 % PARTITIONS as u64) as usize;
        self.partitions[partition].entries.push(Entry { hash, index, line, class });
        self.buffered += 1;
        if self.buffered >= self.in_memory { self.spill() } else { Ok(()) }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a part of a hash is a hash")]
    fn hash(&self, address: &Address) -> (u64, u32) {
        let key = address.key();
        let [first, second] = &self.hashers;
        (first.hash_one(&key), second.hash_one(&key) as u32)
    }

    fn spill(&mut self) -> io::Result<()> {
        let file = match &mut self.spill {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        let mut bytes = Vec::new();
        for partition in self.partitions.iter_mut().filter(|partition| !partition.entries.is_empty()) {
            bytes.clear();
            bytes.extend(partition.entries.iter().flat_map(|entry| entry.to_bytes()));
            file.write_all_at(&bytes, self.spilled)?;
            partition.chunks.push((self.spilled, partition.entries.len()));
            partition.entries.clear();
            self.spilled += bytes.len() as u64;
        }
        self.buffered = 0;
        Ok(())
    }

    /// Calls `visit` with everybody whose address came before.
    pub(super) fn duplicates<E: From<io::Error>>(
        mut self,
        mut visit: impl FnMut(Duplicate) -> Result<(), E>,
    ) -> Result<(), E> {
        for partition in &mut self.partitions {
            let mut entries = std::mem::take(&mut partition.entries);
            for (offset, count) in &partition.chunks {
                // Only who has chunks has a file.
                let Some(file) = &self.spill else { continue };
                let mut bytes = vec![0; count * ENTRY];
                file.read_exact_at(&mut bytes, *offset)?;
                entries.extend(bytes.as_chunks().0.iter().map(Entry::from_bytes));
            }
            entries.sort_unstable();
            for same in entries.chunk_by(|a, b| a.hash == b.hash) {
                let first_line = same[0].line.into();
                for Entry { index, line, class, .. } in &same[1..] {
                    let index = RecipientIndex::new(*index);
                    visit(Duplicate { index, line: (*line).into(), first_line, class: *class })?;
                }
            }
        }
        Ok(())
    }
}

impl Entry {
    fn to_bytes(self) -> [u8; ENTRY] {
        let mut bytes = [0; ENTRY];
        bytes[..8].copy_from_slice(&self.hash.0.to_le_bytes());
        for (place, number) in [self.hash.1, self.index, self.line, self.class].into_iter().enumerate() {
            bytes[8 + 4 * place..12 + 4 * place].copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    fn from_bytes(bytes: &[u8; ENTRY]) -> Self {
        let (numbers, _) = bytes[8..].as_chunks();
        let [hash, index, line, class] = [0, 1, 2, 3].map(|place| u32::from_le_bytes(numbers[place]));
        let first = bytes.first_chunk().map_or(0, |first| u64::from_le_bytes(*first));
        Self { hash: (first, hash), index, line, class }
    }
}

#[cfg(test)]
mod tests {
    use drumbeat_common::PhoneNumber;

    use super::*;

    fn phone(number: u32) -> PhoneNumber {
        format!("+1415{:07}", number % 10_000_000).try_into().unwrap()
    }

    #[test]
    fn the_first_of_each_address_wins_in_memory_and_on_disk() {
        for in_memory in [10, 100_000] {
            let mut addresses = Addresses::holding(in_memory);
            for index in 0..3_000 {
                addresses
                    .add(&Address::Sms(phone(index % 1_000)), index, u64::from(index) + 2, index % 7)
                    .unwrap();
            }
            // Another channel is another message.
            addresses.add(&Address::Whatsapp(phone(1)), 3_000, 3_002, 0).unwrap();
            let mut found = Vec::new();
            addresses
                .duplicates(|duplicate| {
                    found.push(duplicate);
                    Ok::<_, io::Error>(())
                })
                .unwrap();
            found.sort_unstable_by_key(|duplicate| duplicate.index);
            let expected: Vec<_> = (1_000..3_000)
                .map(|index| Duplicate {
                    index: RecipientIndex::new(index),
                    line: u64::from(index) + 2,
                    first_line: u64::from(index % 1_000) + 2,
                    class: index % 7,
                })
                .collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn an_email_address_is_the_same_in_any_case() {
        let mut addresses = Addresses::new();
        for (index, text) in ["Ana@Example.com", "ana@example.com"].into_iter().enumerate() {
            let address = Address::Email(text.parse().unwrap());
            addresses.add(&address, u32::try_from(index).unwrap(), 1, 0).unwrap();
        }
        let mut count = 0;
        addresses
            .duplicates(|_| {
                count += 1;
                Ok::<_, io::Error>(())
            })
            .unwrap();
        assert_eq!(count, 1);
    }
}
