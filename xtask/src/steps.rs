//! Runs named steps in order, stops at the first that fails, and prints a summary: seconds per step, tests passed and
//! failed.

use anyhow::{Context, Error, Result, bail};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What has been done so far.
#[derive(Default)]
pub struct Steps {
    done: Vec<(&'static str, Duration)>,
    left_out: Vec<(&'static str, Error)>,
    failed: Option<(&'static str, Error)>,
    count: Count,
}

/// Tests counted in the output of the programs that ran them.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Count {
    /// Tests that passed.
    pub passed: usize,
    /// Tests that failed.
    pub failed: usize,
}

impl Steps {
    /// Runs a step, unless one before it failed.
    pub fn step(&mut self, name: &'static str, work: impl FnOnce(&mut Count) -> Result<()>) {
        if self.failed.is_some() {
            return;
        }
        println!("\n=== {name}");
        let started = Instant::now();
        let result = work(&mut self.count);
        self.done.push((name, started.elapsed()));
        self.failed = result.err().map(|error| (name, error));
    }

    /// Runs a step on what `prepare` gives, as [`Steps::step`] does. If that cannot be had and `may_lack` it, the summary names
    /// the step in red instead.
    pub fn step_with<T>(
        &mut self,
        name: &'static str,
        may_lack: bool,
        prepare: impl FnOnce() -> Result<T>,
        work: impl FnOnce(T, &mut Count) -> Result<()>,
    ) {
        if self.failed.is_some() {
            return;
        }
        match prepare() {
            Err(why) if may_lack => self.left_out.push((name, why)),
            prepared => self.step(name, |count| work(prepared?, count)),
        }
    }

    /// Prints the summary; its last line is "N passed, M failed".
    pub fn finish(mut self) -> Result<()> {
        println!("\n=== summary");
        for (name, time) in &self.done {
            println!("{:8.1} s  {name}", time.as_secs_f64());
        }
        let total: Duration = self.done.iter().map(|(_, time)| time).sum();
        println!("{:8.1} s  in total", total.as_secs_f64());
        for (name, error) in &self.left_out {
            println!("\x1b[31mNOT RUN: {name}: {error:#}\x1b[0m");
        }
        if let Some((name, error)) = &self.failed {
            println!("FAILED at: {name}: {error:#}");
            // A step such as the formatter has no tests to count.
            self.count.failed = self.count.failed.max(1);
        }
        println!("{} passed, {} failed", self.count.passed, self.count.failed);
        match self.failed {
            Some((name, error)) => Err(error.context(format!("step \"{name}\""))),
            None => Ok(()),
        }
    }
}

/// Runs a test program, passes its output on, and counts the tests that it reports. None at all is a failure: a program
/// that ran no tests tested nothing.
pub fn run_tests(mut command: Command, count: &mut Count) -> Result<()> {
    println!("$ {}", shown(&command));
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context(program.clone())?;
    let stdout = child.stdout.take().context("the tests' output")?;
    let before = *count;
    for line in BufReader::new(stdout).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        println!("{line}");
        count.read(&line);
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("{program} ended with {status}");
    }
    if *count == before {
        bail!("{program} ran no tests");
    }
    Ok(())
}

impl Count {
    /// Reads a line of test output from cargo, wasm-bindgen or Node.
    fn read(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["test", "result:", _, passed, "passed;", failed, "failed;", ..] => {
                self.passed += passed.parse().unwrap_or(0);
                self.failed += failed.parse().unwrap_or(0);
            }
            ["#" | "ℹ", "pass", passed] => self.passed += passed.parse().unwrap_or(0),
            ["#" | "ℹ", "fail", failed] => self.failed += failed.parse().unwrap_or(0),
            _ => {}
        }
    }
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn counts_what_each_harness_prints() {
        let mut count = Count::default();
        for line in [
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 filtered out",
            "# pass 4",
            "ℹ fail 1",
            "test moments::merge ... ok",
        ] {
            count.read(line);
        }
        assert_eq!(count, Count { passed: 19, failed: 3 });
    }
}
