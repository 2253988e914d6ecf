//! A new file in sql/migrations must rebuild the crate: the macro that embeds the folder cannot ask for it.

fn main() {
    println!("cargo::rerun-if-changed=sql/migrations");
}
