use std::net::{IpAddr, Ipv4Addr};

use anyhow::{Result, bail};

use super::Args;
use crate::listen::listen;

/// Makes sure of all ports before anything is started, so that a port in use costs nothing but its sentence.
pub(super) async fn check_free(args: &Args) -> Result<()> {
    let ports = [
        (args.port, "--port, or make demo PORT=…"),
        (args.redis_port, "--redis-port, or make demo REDIS_PORT=…"),
        (args.simulator_port, "--simulator-port, or make demo SIMULATOR_PORT=…"),
    ];
    for (i, (port, how_to_choose)) in ports.into_iter().enumerate() {
        if ports[..i].iter().any(|(other, _)| *other == port) {
            bail!("port {port} is asked for twice; choose another with {how_to_choose}");
        }
        drop(listen(IpAddr::V4(Ipv4Addr::LOCALHOST), port, how_to_choose).await?);
    }
    Ok(())
}
