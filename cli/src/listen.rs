use std::{
    io::ErrorKind,
    net::{IpAddr, SocketAddr},
};

use anyhow::{Context, anyhow};
use tokio::net::TcpListener;

/// The number's own complaint would be of digits in a string.
pub(crate) fn parse_port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("{text:?} is no port: choose 0 to 65535"))
}

/// Listens, and says how to choose another port where this one is in use.
pub(crate) async fn listen(host: IpAddr, port: u16, how_to_choose: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(SocketAddr::new(host, port)).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            anyhow!("port {port} is in use by another program; choose another with {how_to_choose}")
        }
        ErrorKind::PermissionDenied => {
            anyhow!("port {port} needs root's permission; choose another with {how_to_choose}")
        }
        _ => anyhow!("cannot listen on {host}, port {port}: {error}"),
    })
}

/// Where people and programs on this machine reach it.
pub(crate) fn local_url(listener: &TcpListener) -> anyhow::Result<String> {
    let port = listener.local_addr().context("the listener has no address")?.port();
    Ok(format!("http://127.0.0.1:{port}"))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[tokio::test]
    async fn a_port_in_use_is_named_with_the_way_out() {
        let host = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let first = listen(host, 0, "--port").await.unwrap();
        let port = first.local_addr().unwrap().port();
        let error = listen(host, port, "--port or PORT").await.unwrap_err().to_string();
        assert_eq!(
            error,
            format!("port {port} is in use by another program; choose another with --port or PORT")
        );
    }
}
