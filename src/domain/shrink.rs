//! Room that a crowd needed is given back when it has left.

use std::{collections::HashMap, hash::Hash};

/// Maps of up to this capacity are left alone.
const SMALL: usize = 256;

/// To be called where entries leave. A map that is seven eighths empty keeps twice the room it needs, so what this costs is
/// spread over the many removals between two of its runs.
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
