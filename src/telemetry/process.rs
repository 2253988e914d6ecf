//! What this process takes of the machine.

/// Resident memory, bytes; `None` where the kernel does not say.
pub fn resident_bytes() -> Option<u64> {
    resident_in(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn resident_in(status: &str) -> Option<u64> {
    let size = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = size.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_read_from_the_words_of_the_kernel() {
        assert_eq!(
            resident_in("Name:\tgaveurs\nVmRSS:\t   14208 kB\n"),
            Some(14_208 * 1024)
        );
        assert_eq!(resident_in("Name:\tgaveurs\n"), None);
    }
}
