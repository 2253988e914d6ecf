//! Resources that this process uses.

/// Resident memory, bytes; `None` if the kernel does not report it.
pub fn resident_bytes() -> Option<u64> {
    resident_in(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// Open files and sockets; `None` if the kernel does not report them.
pub fn open_files() -> Option<u64> {
    let files = std::fs::read_dir("/proc/self/fd").ok()?;
    // One of them is the directory being read.
    Some(files.count() as u64 - 1)
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
    fn a_file_that_is_opened_is_counted() {
        // Other tests open and close files meanwhile, but fewer than these hundred.
        let before = open_files().unwrap();
        let ours: Vec<_> = (0..100).map(|_| std::fs::File::open("/dev/null")).collect();
        assert!(open_files().unwrap() > before + 50);
        drop(ours);
    }

    #[test]
    fn resident_memory_is_read_from_the_words_of_the_kernel() {
        assert_eq!(
            resident_in("Name:\tgaveurs\nVmRSS:\t   14208 kB\n"),
            Some(14_208 * 1024)
        );
        assert_eq!(resident_in("Name:\tgaveurs\n"), None);
    }
}
