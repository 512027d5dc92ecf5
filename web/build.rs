//! Embeds the theme anew when a file of it is added or changed.

fn main() {
    println!("cargo::rerun-if-changed=theme");
}
