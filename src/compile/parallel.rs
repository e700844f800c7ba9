//! The same work on many values, on every processor, with the results in the values' order.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// How many values a thread takes at a time where one is quick.
pub(super) const PIECE: usize = 16;

/// `make` of each value, on threads that take `piece` values at a time; where there are two pieces at most it is done where it
/// is asked for, because a thread costs more. The order of the calls is not fixed; that of the results is.
pub(super) fn map<T: Sync, R: Send>(values: &[T], piece: usize, make: &(dyn Fn(&T) -> R + Sync)) -> Vec<R> {
    let pieces = values.len().div_ceil(piece);
    let processors = if pieces > 2 { std::thread::available_parallelism().map_or(1, NonZero::get).min(pieces) } else { 1 };
    if processors < 2 {
        return values.iter().map(make).collect();
    }
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Vec<R>)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..processors {
            scope.spawn(|| {
                loop {
                    let start = next.fetch_add(piece, Ordering::Relaxed);
                    let Some(some) = values.get(start..values.len().min(start + piece)).filter(|some| !some.is_empty()) else {
                        return;
                    };
                    let results = some.iter().map(make).collect();
                    // What the lock holds is complete at every moment.
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((start, results));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(start, _)| *start);
    done.into_iter().flat_map(|(_, results)| results).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_values() {
        let values: Vec<usize> = (0..1003).collect();
        assert_eq!(map(&values, 16, &|value| value * 2), values.iter().map(|value| value * 2).collect::<Vec<_>>());
        assert_eq!(map(&values[..3], 1, &|value| value + 1), [1, 2, 3]);
        assert!(map(&values[..0], 1, &|value| *value).is_empty());
    }
}
