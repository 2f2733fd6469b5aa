//! The pages, as a browser without scripts gets them.

use reqwest::{
    Client, Method, Response, StatusCode,
    header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, COOKIE, ETAG, IF_NONE_MATCH, LOCATION, SET_COOKIE},
    redirect::Policy,
};
use serde_json::json;

use crate::server::{Api, campaign_of, problem};

/// The most that the first view of a page may transfer.
const FIRST_VIEW: usize = 60 * 1024;

impl Api {
    /// Asks as a browser does, and follows nothing.
    async fn browse(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &'static str,
    ) -> Response {
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        let mut request = client.request(method, format!("http://{}{path}", self.address())).body(body);
        request = request.header(ACCEPT, "text/html,application/xhtml+xml");
        if !body.is_empty() {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    async fn page(&self, path: &str) -> String {
        let response = self.browse(Method::GET, path, &[], "").await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
        response.text().await.unwrap()
    }
}

/// Everything that a page names to be loaded.
fn loaded(html: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for attribute in [" src=\"", "<link rel=\"stylesheet\" href=\"", "<link rel=\"icon\" href=\""] {
        for rest in html.split(attribute).skip(1) {
            paths.push(rest.split('"').next().unwrap().to_owned());
        }
    }
    paths
}

async fn transferred(api: &Api, path: &str) -> (usize, String) {
    let response = api.browse(Method::GET, path, &[(ACCEPT_ENCODING.as_str(), "gzip")], "").await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    let packed = response.headers().get(CONTENT_ENCODING).is_some_and(|coding| coding == "gzip");
    assert!(packed, "{path}");
    let bytes = response.bytes().await.unwrap();
    let text = api.browse(Method::GET, path, &[], "").await.text().await.unwrap();
    assert!(bytes.len() < text.len(), "{path}");
    (bytes.len(), text)
}

#[tokio::test]
async fn the_first_view_is_small_and_asks_no_other_host() {
    let api = Api::start().await;
    let id = api.send(&campaign_of(3)).await.campaign_id;
    for path in ["/", "/campaigns/new", &format!("/campaigns/{id}"), &format!("/campaigns/{id}/failures")] {
        let (mut sum, html) = transferred(&api, path).await;
        let mut wanted = loaded(&html);
        assert!(wanted.len() >= 3, "{wanted:?}");
        // A script asks for others beside itself.
        let mut place = 0;
        while place < wanted.len() {
            let (size, text) = transferred(&api, &wanted[place]).await;
            sum += size;
            let folder = wanted[place].rsplit_once('/').unwrap().0.to_owned();
            let imports = if wanted[place].ends_with(".js") { text.as_str() } else { "" };
            for quote in imports.split("'./").skip(1) {
                let module = format!("{folder}/{}", quote.split('\'').next().unwrap());
                if !wanted.contains(&module) {
                    wanted.push(module);
                }
            }
            place += 1;
        }
        assert!(wanted.iter().all(|one| one.starts_with("/assets/")), "{wanted:?}");
        for foreign in ["http://", "https://", "src=\"//", "href=\"//", "url("] {
            assert!(!html.contains(foreign), "{path} {foreign}");
        }
        assert!(sum < FIRST_VIEW, "{path} transfers {sum} bytes");
    }
}

#[tokio::test]
async fn nothing_in_a_page_runs_but_our_own_files() {
    let api = Api::start().await;
    let id = api.send(&campaign_of(1)).await.campaign_id;
    for path in ["/", "/campaigns/new", &format!("/campaigns/{id}"), "/sign-in", "/nothing", "/api/campaigns"]
    {
        let response = api.browse(Method::GET, path, &[], "").await;
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let html = response.text().await.unwrap();
        for inline in ["<style", " style=", "<script>", " onclick", "javascript:"] {
            assert!(!html.contains(inline), "{path} {inline}");
        }
    }
}

#[tokio::test]
async fn names_of_any_kind_are_only_names() {
    let api = Api::start().await;
    for name in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "Tom's \"big\" sale & more",
        "مرحبا بالعالم",
        "🥁 drums",
        "{{ 7 * 7 }}",
    ] {
        let mut campaign = campaign_of(1);
        campaign["name"] = json!(name);
        let id = api.send(&campaign).await.campaign_id;
        for path in ["/".to_owned(), format!("/campaigns/{id}"), format!("/campaigns/{id}/failures")] {
            let html = api.page(&path).await;
            assert!(!html.contains("<script>alert") && !html.contains("<img"), "{path}");
            let escaped = name
                .replace('&', "&#38;")
                .replace('<', "&#60;")
                .replace('>', "&#62;")
                .replace('"', "&#34;")
                .replace('\'', "&#39;");
            assert!(html.contains(&escaped), "{path} {escaped}");
        }
    }
    let html = api.page("/?name=%3Cscript%3Ealert(1)%3C/script%3E&status=").await;
    assert!(!html.contains("<script>alert"));
    assert_eq!(html.matches("class=\"name\"").count(), 1);
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let api = Api::start().await;
    let id = api.send(&campaign_of(3)).await.campaign_id;
    api.post(&format!("/api/campaigns/{id}/pause")).await;
    let watched = format!("/api/campaigns/{id}/progress?rate_after=0");
    for path in ["/".to_owned(), format!("/campaigns/{id}/failures"), watched.clone()] {
        let first = api.browse(Method::GET, &path, &[], "").await;
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        let second = api.browse(Method::GET, &path, &[(IF_NONE_MATCH.as_str(), &tag)], "").await;
        assert_eq!(second.status(), StatusCode::NOT_MODIFIED, "{path}");
        assert_eq!(second.headers()[ETAG], tag);
        assert!(second.bytes().await.unwrap().is_empty());
    }
    let tag = api.get(&watched).await.headers()[ETAG].to_str().unwrap().to_owned();
    api.post(&format!("/api/campaigns/{id}/cancel")).await;
    let changed = api.browse(Method::GET, &watched, &[(IF_NONE_MATCH.as_str(), &tag)], "").await;
    assert_eq!(changed.status(), StatusCode::OK);
    let progress: serde_json::Value = changed.json().await.unwrap();
    let events: Vec<_> =
        progress["events"].as_array().unwrap().iter().map(|event| event["what"].clone()).collect();
    assert_eq!(events, ["cancelled", "paused", "started"]);
}

#[tokio::test]
async fn files_are_kept_for_ever_and_pages_are_looked_at_again() {
    let api = Api::start().await;
    let page = api.browse(Method::GET, "/", &[], "").await;
    assert_eq!(page.headers()["cache-control"], "private, no-cache");
    for path in loaded(&page.text().await.unwrap()) {
        let asset = api.get(&path).await;
        assert!(asset.headers()["cache-control"].to_str().unwrap().contains("immutable"), "{path}");
    }
    assert_eq!(api.get("/assets/0000/app.js").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_form_steers_and_leads_back_to_its_campaign() {
    let api = Api::start().await;
    let id = api.send(&campaign_of(3)).await.campaign_id;
    let page = format!("/campaigns/{id}");
    for (change, body, field, value) in [
        ("rate", "tps=80", "tps", json!(80.0)),
        ("pause", "", "status", json!("paused")),
        ("resume", "", "status", json!("running")),
        ("cancel", "", "status", json!("cancelled")),
    ] {
        let body = if body.is_empty() { "x=1" } else { body };
        let done = api.browse(Method::POST, &format!("{page}/{change}"), &[], body).await;
        assert_eq!(done.status(), StatusCode::SEE_OTHER, "{change}");
        assert_eq!(done.headers()[LOCATION], page);
        assert_eq!(api.get_json(&format!("/api{page}")).await[field], value, "{change}");
    }
    let refused = api.browse(Method::POST, &format!("{page}/rate"), &[], "tps=many").await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().await.unwrap().contains("tps must be a number"));
    let over = api.browse(Method::POST, &format!("{page}/resume"), &[], "x=1").await;
    assert_eq!(over.status(), StatusCode::CONFLICT);
    let script = api.request(Method::POST, &format!("{page}/resume")).header(ACCEPT, "application/json");
    let script = script.header("content-type", "application/x-www-form-urlencoded").body("x=1");
    assert_eq!(problem(script.send().await.unwrap()).await.status, 409);
}

#[tokio::test]
async fn a_form_sends_one_campaign_however_often_it_is_posted() {
    let api = Api::start().await;
    let html = api.page("/campaigns/new").await;
    let key = html.split("data-key=\"").nth(1).unwrap().split('"').next().unwrap();
    let form = "--x\r\ncontent-disposition: form-data; name=\"name\"\r\n\r\nSpring\r\n--x\r\ncontent-disposition: \
                form-data; name=\"tps\"\r\n\r\n25\r\n--x\r\ncontent-disposition: form-data; name=\"list\"; \
                filename=\"list.csv\"\r\n\r\ncustomer_id,channel,phone,message\nA,sms,+14155550100,Hi\n\r\n--x--\r\n";
    let post = async |path: String| {
        let headers = [("content-type", "multipart/form-data; boundary=x")];
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        let request =
            client.post(format!("http://{}{path}", api.address())).body(form).header(ACCEPT, "text/html");
        request.header(headers[0].0, headers[0].1).send().await.unwrap()
    };
    let report = post("/campaigns/preflight".to_owned()).await;
    assert_eq!(report.status(), StatusCode::OK);
    let report = report.text().await.unwrap();
    assert!(report.contains("data-messages=\"1\"") && report.contains("+14155550100"), "{report}");
    let first = post(format!("/campaigns?key={key}")).await;
    assert_eq!(first.status(), StatusCode::SEE_OTHER);
    let second = post(format!("/campaigns?key={key}")).await;
    assert_eq!(first.headers()[LOCATION], second.headers()[LOCATION]);
    let campaigns = api.get_json("/api/campaigns").await;
    assert_eq!((&campaigns["total"], &campaigns["campaigns"][0]["tps"]), (&json!(1), &json!(25.0)));
}

#[tokio::test]
async fn what_a_form_says_beside_a_json_file_holds() {
    let api = Api::start().await;
    let form = "--x\r\ncontent-disposition: form-data; name=\"name\"\r\n\r\nMine\r\n--x\r\ncontent-disposition: \
                form-data; name=\"dry_run\"\r\n\r\ntrue\r\n--x\r\ncontent-disposition: form-data; name=\"list\"; \
                filename=\"list.json\"\r\n\r\n{\"name\": \"Theirs\", \"tps\": 33, \"dry_run\": false, \"recipients\": \
                [{\"customer_id\": \"A\", \"channel\": \"sms\", \"phone\": \"+14155550100\", \"message\": \
                \"Hi\"}]}\r\n--x--\r\n";
    let request = api.request(Method::POST, "/api/send-campaign").body(form);
    let taken = request.header("content-type", "multipart/form-data; boundary=x").send().await.unwrap();
    assert_eq!(taken.status(), StatusCode::ACCEPTED);
    let campaign = &api.get_json("/api/campaigns").await["campaigns"][0];
    assert_eq!(
        (&campaign["name"], &campaign["tps"], &campaign["dry_run"]),
        (&json!("Mine"), &json!(33.0), &json!(true))
    );
}

#[tokio::test]
async fn who_has_a_key_signs_in_once() {
    let api = Api::with_keys(&["s3cret"]).await;
    let asked = api.browse(Method::GET, "/campaigns/new?a=b", &[], "").await;
    assert_eq!(asked.status(), StatusCode::SEE_OTHER);
    assert!(asked.headers()[LOCATION].to_str().unwrap().starts_with("/sign-in?next=%2F"));
    assert_eq!(api.browse(Method::GET, "/sign-in", &[], "").await.status(), StatusCode::OK);

    let wrong = api.browse(Method::POST, "/sign-in", &[], "key=guess&next=%2F").await;
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    assert!(wrong.headers().get(SET_COOKIE).is_none());

    let right = api.browse(Method::POST, "/sign-in", &[], "key=s3cret&next=%2Fcampaigns%2Fnew").await;
    assert_eq!(
        (right.status(), right.headers()[LOCATION].to_str().unwrap()),
        (StatusCode::SEE_OTHER, "/campaigns/new")
    );
    let set = right.headers()[SET_COOKIE].to_str().unwrap();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && !set.contains("s3cret"), "{set}");
    let cookie = set.split(';').next().unwrap();
    for path in ["/", "/campaigns/new", "/api/campaigns"] {
        let seen = api.browse(Method::GET, path, &[(COOKIE.as_str(), cookie)], "").await;
        assert_eq!(seen.status(), StatusCode::OK, "{path}");
    }
    let stranger =
        api.browse(Method::GET, "/api/campaigns", &[(COOKIE.as_str(), "drumbeat_key=s3cret")], "").await;
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
    let elsewhere = api.browse(Method::POST, "/sign-in", &[], "key=s3cret&next=%2F%2Fevil.example").await;
    assert_eq!(elsewhere.headers()[LOCATION], "/");
}

#[tokio::test]
async fn another_sites_page_changes_nothing() {
    let api = Api::start().await;
    let id = api.send(&campaign_of(1)).await.campaign_id;
    for header in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
        for path in [format!("/campaigns/{id}/cancel"), format!("/api/campaigns/{id}/cancel")] {
            let refused = api.browse(Method::POST, &path, &[header], "x=1").await;
            assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{header:?}");
        }
    }
    assert_eq!(api.get_json(&format!("/api/campaigns/{id}")).await["status"], "running");
}

#[tokio::test]
async fn what_is_not_there_is_said_on_a_page() {
    let api = Api::start().await;
    for path in
        ["/nothing", "/campaigns/01KAPZ3V9C6J2M5Q8R1T4W7Y0B", "/campaigns/not-an-id", "/campaigns/x/failures"]
    {
        let response = api.browse(Method::GET, path, &[], "").await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(response.text().await.unwrap().contains("<h1>"), "{path}");
    }
    let wrong = api.browse(Method::GET, "/?status=asleep", &[], "").await;
    assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_list_finds_by_name_and_state() {
    let api = Api::start().await;
    for (place, name) in ["Spring sale", "Autumn sale", "Notice"].into_iter().enumerate() {
        let mut campaign = campaign_of(1);
        campaign["name"] = json!(name);
        let id = api.send(&campaign).await.campaign_id;
        if place == 0 {
            api.post(&format!("/api/campaigns/{id}/pause")).await;
        }
    }
    for (query, expected) in [
        ("name=SALE", vec!["Autumn sale", "Spring sale"]),
        ("status=paused", vec!["Spring sale"]),
        ("status=running&name=sale", vec!["Autumn sale"]),
        ("name=winter", vec![]),
    ] {
        let html = api.page(&format!("/?{query}")).await;
        let mut names: Vec<_> =
            html.split("\"><bdi>").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, expected, "{query}");
    }
}
