//! The same work on many values, on every processor, with the results in the values' order.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Fewer values than this are done where they are: a thread costs more.
const FEW: usize = 32;
/// How many values a thread takes at a time.
const PIECE: usize = 16;

/// `make` of each value. The order of the calls is not fixed; that of the results is.
pub(super) fn map<T: Sync, R: Send>(values: &[T], make: &(dyn Fn(&T) -> R + Sync)) -> Vec<R> {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get).min(values.len().div_ceil(PIECE));
    if values.len() < FEW || processors < 2 {
        return values.iter().map(make).collect();
    }
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Vec<R>)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..processors {
            scope.spawn(|| {
                loop {
                    let start = next.fetch_add(PIECE, Ordering::Relaxed);
                    let Some(piece) = values.get(start..values.len().min(start + PIECE)).filter(|piece| !piece.is_empty()) else {
                        return;
                    };
                    let results = piece.iter().map(make).collect();
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
        assert_eq!(map(&values, &|value| value * 2), values.iter().map(|value| value * 2).collect::<Vec<_>>());
        assert_eq!(map(&values[..3], &|value| value + 1), [1, 2, 3]);
        assert!(map(&values[..0], &|value| *value).is_empty());
    }
}
