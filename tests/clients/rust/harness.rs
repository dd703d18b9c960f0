//! What both suites of Rust clients share: how a value is checked, how long anything may take, and the line each test prints.

use std::fmt::{Debug, Display};
use std::future::Future;
use std::time::{Duration, Instant};

const TEST_TIME_MAX: Duration = Duration::from_secs(90);
pub const WAIT: Duration = Duration::from_secs(30);

pub type Outcome = Result<(), String>;

pub fn said<T, E: Display>(what: &str, result: Result<T, E>) -> Result<T, String> {
    result.map_err(|error| format!("{what}: {error}"))
}

pub fn expect<T: PartialEq + Debug>(what: &str, got: T, wanted: T) -> Outcome {
    if got == wanted {
        return Ok(());
    }
    Err(format!("{what}: got {got:?}, wanted {wanted:?}"))
}

/// A broker shows a change once it has read it in the metadata log.
pub async fn eventually<T: PartialEq + Debug, F: Future<Output = Result<T, String>>>(what: &str, wanted: T, read: impl Fn() -> F) -> Outcome {
    let end = Instant::now() + WAIT;
    loop {
        match read().await {
            Ok(got) if got == wanted => return Ok(()),
            other if Instant::now() > end => return Err(format!("{what}: got {other:?}, wanted {wanted:?}")),
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

pub async fn judge(name: &str, test: impl Future<Output = Outcome>) -> bool {
    let outcome = tokio::time::timeout(TEST_TIME_MAX, test).await.unwrap_or_else(|_| Err(format!("not done within {TEST_TIME_MAX:?}")));
    match &outcome {
        Ok(()) => println!("ok {name}"),
        Err(why) => println!("not ok {name}: {why}"),
    }
    outcome.is_ok()
}
