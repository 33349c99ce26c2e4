//! The kernel rows that were used last, as far as memory allows.

/// No slot.
const ABSENT: usize = usize::MAX;

/// Kernel rows of a working set by their number. The one that was not used for longest makes room for a new one.
pub(super) struct RowCache {
    /// Bytes that the rows may take.
    budget: usize,
    width: usize,
    slots: Vec<Slot>,
    /// The slot of every row of the working set, or [`ABSENT`].
    slot_of: Vec<usize>,
    clock: u64,
}

struct Slot {
    row: usize,
    values: Vec<f64>,
    used: u64,
}

impl RowCache {
    /// For a working set of `rows` rows, whose kernel rows are `width` long. Two rows fit whatever the budget.
    pub(super) fn new(budget: usize, rows: usize, width: usize) -> Self {
        Self { budget, width, slots: Vec::new(), slot_of: vec![ABSENT; rows], clock: 0 }
    }

    /// Sees that a row is there, by calling `fill` if it is not.
    pub(super) fn need(&mut self, row: usize, fill: impl FnOnce(&mut [f64])) {
        self.clock += 1;
        let mut slot = self.slot_of[row];
        if slot == ABSENT {
            slot = self.free_slot(row);
            fill(&mut self.slots[slot].values);
            self.slot_of[row] = slot;
        }
        self.slots[slot].used = self.clock;
    }

    /// One of the two rows that were needed last.
    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.slots[self.slot_of[row]].values
    }

    fn free_slot(&mut self, row: usize) -> usize {
        let most = (self.budget / (8 * self.width)).max(2);
        if self.slots.len() < most {
            self.slots.push(Slot { row, values: vec![0.0; self.width], used: 0 });
            return self.slots.len() - 1;
        }
        let mut oldest = 0;
        for (i, slot) in self.slots.iter().enumerate() {
            if slot.used < self.slots[oldest].used {
                oldest = i;
            }
        }
        self.slot_of[self.slots[oldest].row] = ABSENT;
        self.slots[oldest].row = row;
        oldest
    }

    /// Keeps what belongs to the rows `kept` of the working set, ascending; `width` is the new length of a kernel row.
    pub(super) fn retain(&mut self, kept: &[usize], width: usize) {
        let mut new_number = vec![None; self.slot_of.len()];
        for (new, old) in kept.iter().enumerate() {
            new_number[*old] = Some(new);
        }
        self.slot_of = vec![ABSENT; kept.len()];
        self.width = width;
        self.slots.retain_mut(|slot| {
            let Some(row) = new_number[slot.row] else { return false };
            for (new, old) in kept.iter().enumerate() {
                slot.values[new] = slot.values[*old];
            }
            slot.values.truncate(width);
            slot.values.shrink_to_fit();
            slot.row = row;
            true
        });
        for (i, slot) in self.slots.iter().enumerate() {
            self.slot_of[slot.row] = i;
        }
    }
}
