//! Receipts, read by AWS Lambda.

fn main() {}
