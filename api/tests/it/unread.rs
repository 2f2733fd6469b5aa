//! Callers who send on while they are refused: browsers read an answer only when all of their body is gone.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::server::Api;

/// More than the buffers of a connection take.
const LENGTH: usize = 64 * 1024 * 1024;

async fn answer_to(api: &Api, head: &str) -> String {
    let mut caller = TcpStream::connect(api.address()).await.unwrap();
    let head =
        format!("{head}\r\nhost: {}\r\nconnection: close\r\ncontent-length: {LENGTH}\r\n\r\n", api.address());
    caller.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..LENGTH / 65_536 {
        caller.write_all(&[b'x'; 65_536]).await.expect("the rest is taken too");
    }
    let mut answer = String::new();
    caller.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn whoever_is_refused_in_mid_body_gets_to_know_why() {
    let api = Api::with_keys(&["s3cret"]).await;
    for (head, words) in [
        ("POST /api/send-campaign HTTP/1.1", "this server needs a key"),
        ("POST /api/send-campaign HTTP/1.1\r\nsec-fetch-site: cross-site", "another site's page"),
        (
            "POST /api/send-campaign HTTP/1.1\r\nauthorization: Bearer s3cret\r\ncontent-type: image/png",
            "the list must be",
        ),
        ("POST /nothing HTTP/1.1", "there is nothing at this path"),
        (
            "POST /api/suppressions HTTP/1.1\r\nauthorization: Bearer s3cret\r\ncontent-type: text/csv",
            "longer than",
        ),
    ] {
        let answer = answer_to(&api, head).await;
        assert!(answer.contains(words), "{head}: {answer}");
    }
}
