use drumbeat_api::{SuppressionRequest, SuppressionView, SuppressionsAdded};
use drumbeat_common::Channel;
use reqwest::{Body, Method, Response, header::CONTENT_TYPE};

use super::{Client, ClientError, FILE_TIMEOUT};

const PATH: &str = "api/suppressions";

impl Client {
    /// Puts an address on the list of those who must not be sent to.
    ///
    /// # Errors
    /// When it is no address of its channel, or the API is away.
    pub async fn suppress(&self, suppression: &SuppressionRequest) -> Result<SuppressionsAdded, ClientError> {
        self.answer(self.request(Method::POST, PATH).json(suppression)).await
    }

    /// Takes an address off the list. Answers what was there.
    ///
    /// # Errors
    /// When it is not on the list, or the API is away.
    pub async fn unsuppress(&self, channel: Channel, address: &str) -> Result<SuppressionView, ClientError> {
        let query = [("channel", channel.as_str()), ("address", address)];
        self.answer(self.request(Method::DELETE, PATH).query(&query)).await
    }

    /// Puts all addresses of a CSV file on the list.
    ///
    /// # Errors
    /// When the file has no header that can be used, or the API is away.
    pub async fn import_suppressions(&self, file: impl Into<Body>) -> Result<SuppressionsAdded, ClientError> {
        let request = self.request(Method::POST, PATH).header(CONTENT_TYPE, "text/csv").body(file);
        self.answer(request.timeout(FILE_TIMEOUT)).await
    }

    /// The whole list as a CSV file, to be read as it comes.
    ///
    /// # Errors
    /// When the API is away.
    pub async fn export_suppressions(&self) -> Result<Response, ClientError> {
        let request = self.request(Method::GET, PATH).query(&[("format", "csv")]);
        self.response(request.timeout(FILE_TIMEOUT)).await
    }
}
