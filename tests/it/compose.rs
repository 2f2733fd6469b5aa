//! No Docker engine runs these tests, so the compose file is held to what can be seen without one.

use std::{collections::HashMap, fs, process::Command};

use serde::Deserialize;

use crate::house::{exe, root};

#[derive(Deserialize)]
struct Compose {
    services: HashMap<String, Service>,
    volumes: HashMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct Service {
    image: Option<String>,
    build: Option<Build>,
    command: String,
    #[serde(default)]
    environment: HashMap<String, String>,
    #[serde(default)]
    depends_on: HashMap<String, Dependency>,
    #[serde(default)]
    volumes: Vec<String>,
    #[serde(default)]
    healthcheck: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Build {
    context: String,
    dockerfile: String,
}

#[derive(Deserialize)]
struct Dependency {
    condition: String,
}

fn compose() -> Compose {
    serde_saphyr::from_str(&fs::read_to_string(root().join("docker-compose.yml")).unwrap()).unwrap()
}

#[test]
fn every_service_can_be_built_and_names_only_what_is_there() {
    let Compose { services, volumes } = compose();
    for (name, service) in &services {
        assert!(service.image.is_some() != service.build.is_some(), "{name}");
        if let Some(Build { context, dockerfile }) = &service.build {
            assert!(root().join(context).join(dockerfile).is_file(), "{name}: {dockerfile}");
        }
        for (other, dependency) in &service.depends_on {
            let other = &services[other];
            assert!(dependency.condition != "service_healthy" || other.healthcheck.is_some(), "{name}");
        }
        for volume in &service.volumes {
            assert!(volumes.contains_key(volume.split(':').next().unwrap()), "{name}: {volume}");
        }
    }
}

#[test]
fn every_role_and_variable_is_one_that_the_binary_knows() {
    for (name, service) in compose().services.iter().filter(|(_, service)| service.build.is_some()) {
        let words: Vec<_> = service.command.split(' ').collect();
        let help = Command::new(exe()).args([words[0], "--help"]).output().unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        for flag in words.iter().filter(|word| word.starts_with("--")) {
            assert!(help.contains(flag), "{name}: {flag}");
        }
        for variable in service.environment.keys().filter(|variable| !variable.starts_with("AWS_")) {
            assert!(help.contains(&format!("[env: {variable}")), "{name}: {variable}\n{help}");
        }
    }
}
