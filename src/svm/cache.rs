//! The kernel rows that were used last, as far as memory allows.

/// Kernel rows of a working set by their number. The one that was not used for longest makes room for a new one.
pub(super) struct RowCache {
    /// Bytes that the rows may take.
    budget: usize,
    width: usize,
    slots: Vec<Slot>,
    /// The slot of every row of the working set.
    slot_of: Vec<Option<usize>>,
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
        Self { budget, width, slots: Vec::new(), slot_of: vec![None; rows], clock: 0 }
    }

    /// Sees that a row is there, by calling `fill` if it is not.
    pub(super) fn need(&mut self, row: usize, fill: impl FnOnce(&mut [f64])) {
        self.clock += 1;
        let slot = match self.slot_of[row] {
            Some(slot) => slot,
            None => {
                let slot = self.free_slot(row);
                fill(&mut self.slots[slot].values);
                self.slot_of[row] = Some(slot);
                slot
            }
        };
        self.slots[slot].used = self.clock;
    }

    /// A row that was needed just before, or one row before that.
    pub(super) fn row(&self, row: usize) -> &[f64] {
        let slot = self.slot_of[row].expect("the row was needed");
        &self.slots[slot].values
    }

    fn free_slot(&mut self, row: usize) -> usize {
        let most = (self.budget / (8 * self.width)).max(2);
        if self.slots.len() < most {
            self.slots.push(Slot { row, values: vec![0.0; self.width], used: 0 });
            return self.slots.len() - 1;
        }
        let oldest = self.slots.iter().enumerate().min_by_key(|(_, slot)| slot.used);
        let (slot, _) = oldest.expect("there are two slots or more");
        self.slot_of[self.slots[slot].row] = None;
        self.slots[slot].row = row;
        slot
    }

    /// Keeps what belongs to the rows `kept` of the working set, ascending; `width` is the new length of a kernel row.
    pub(super) fn retain(&mut self, kept: &[usize], width: usize) {
        let mut new_number = vec![None; self.slot_of.len()];
        for (new, old) in kept.iter().enumerate() {
            new_number[*old] = Some(new);
        }
        self.slot_of = vec![None; kept.len()];
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
            self.slot_of[slot.row] = Some(i);
        }
    }
}
