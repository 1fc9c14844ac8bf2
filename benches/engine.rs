//! Engine throughput.
fn main() {}
