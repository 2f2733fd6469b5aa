use crate::env_file::ENV_FILE;

/// What the processes need of the surroundings, and nothing that could point them at real services.
const INHERITED: [&str; 7] =
    ["PATH", "HOME", "TMPDIR", "LANG", "RUST_LOG", "RUST_BACKTRACE", "LLVM_PROFILE_FILE"];

/// The environment of every process.
pub(super) fn inherited() -> Vec<(String, String)> {
    let mut env: Vec<_> =
        INHERITED.into_iter().filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?))).collect();
    env.push((ENV_FILE.to_owned(), String::new()));
    env
}

/// For them and for `migrate`: where the simulator keeps what became of messages, and brings reports of it.
pub(super) fn of_tracking(simulator_url: &str) -> [(String, String); 2] {
    [
        ("DYNAMODB_DELIVERY_TRACKING_TABLE".to_owned(), "delivery-tracking".to_owned()),
        ("RECEIPTS_QUEUE_URL".to_owned(), format!("{simulator_url}/000000000000/receipts")),
    ]
}

/// For the API and the workers: everything that they could say to AWS they say to the simulator.
pub(super) fn of_aws(simulator_url: &str) -> Vec<(String, String)> {
    [
        ("AWS_ENDPOINT_URL", simulator_url),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "demo"),
        ("AWS_SECRET_ACCESS_KEY", "demo"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        // The user's own profiles may name endpoints too.
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("PHONE_POOL_ID", "pool-demo"),
        ("WHATSAPP_ACCOUNT_ID", "waba-demo"),
        ("WHATSAPP_PHONE_NUMBER_ID", "phone-number-id-demo"),
        ("SES_FROM_ADDRESS", "news@example.com"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}
