//! Shrinks maps after a peak, so that their memory is freed.

use std::{collections::HashMap, hash::Hash};

/// Maps up to this capacity are not shrunk.
const SMALL: usize = 256;

/// Call after removals. Shrinks a map that is at least seven eighths empty to twice the size it needs, so that the cost is spread over
/// the many removals between two shrinkings.
pub fn shrink<K: Eq + Hash, V>(map: &mut HashMap<K, V>) {
    if map.capacity() > SMALL && map.len() < map.capacity() / 8 {
        map.shrink_to(2 * map.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_that_a_crowd_has_left_is_small_again_and_has_lost_nobody_else() {
        let mut map: HashMap<u32, u32> = (0..10_000).map(|number| (number, number)).collect();
        let mut shrunk = 0;
        for number in 10..10_000 {
            map.remove(&number);
            let before = map.capacity();
            shrink(&mut map);
            shrunk += usize::from(map.capacity() < before);
        }
        assert!(map.capacity() <= SMALL, "room for {}", map.capacity());
        assert!(shrunk < 8, "it was moved {shrunk} times");
        assert_eq!(map.len(), 10);
        assert!((0..10).all(|number| map[&number] == number));
    }
}
