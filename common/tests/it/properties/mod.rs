//! Whatever is done to a campaign, in whatever order, Redis holds what a simple model in memory says.

mod model;
mod step;
mod world;

use std::ops::Range;

use proptest::{
    collection::vec,
    test_runner::{Config, TestRunner},
};
use tokio::runtime::Runtime;

use crate::server::Server;
use step::step;
use world::World;

/// Campaigns, and steps in each: all of it takes some ten seconds on a busy machine.
const CASES: u32 = 24;
const STEPS: Range<usize> = 20..70;

#[test]
fn redis_holds_what_the_model_says_after_every_step() {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(Server::start());
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&vec(step(), STEPS), |steps| {
            runtime.block_on(async {
                let mut world = World::new(&server).await;
                for step in steps {
                    world.take(step).await;
                    world.check().await;
                }
            });
            Ok(())
        })
        .unwrap();
}
