use reqwest::Url;

use crate::{client::Client, exit::WrongValue};

/// Which API a command speaks to.
#[derive(Debug, clap::Args)]
pub(crate) struct Remote {
    /// The API's address.
    #[arg(
        long,
        env = "DRUMBEAT_API_URL",
        value_name = "DRUMBEAT_API_URL",
        default_value = "http://127.0.0.1:8080",
        value_parser = parse_url
    )]
    api_url: Url,
    /// A key that the API knows, where it asks for one.
    #[arg(long, env = "DRUMBEAT_API_KEY", value_name = "DRUMBEAT_API_KEY", hide_env_values = true)]
    api_key: Option<String>,
}

impl Remote {
    pub(crate) fn client(&self) -> anyhow::Result<Client> {
        let key = self.api_key.as_deref().filter(|key| !key.is_empty());
        Ok(Client::new(self.api_url.clone(), key)
            .map_err(|error| WrongValue::new("DRUMBEAT_API_KEY (--api-key)", error))?)
    }
}

fn parse_url(text: &str) -> Result<Url, String> {
    // Without the scheme, `localhost:8080` is a valid URL of the scheme `localhost`.
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        _ => Err(format!("{text:?} is no address of an API: write it as http://127.0.0.1:8080")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_http() {
        assert!(parse_url("https://example.com/drumbeat").is_ok());
        for bad in ["localhost:8080", "127.0.0.1:8080", "ftp://example.com", "", "http://"] {
            assert!(parse_url(bad).is_err(), "{bad}");
        }
    }
}
