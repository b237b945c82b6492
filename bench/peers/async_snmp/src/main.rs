//! GETs and walks with async-snmp, as its documentation has it for many devices: clients built on
//! one shared UDP transport, tasks of one Tokio runtime.
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use async_snmp::transport::UdpHandle;
use async_snmp::{oid, Auth, Client, Retry, UdpTransport, WalkOptions};

type AnyError = Box<dyn std::error::Error>;

struct Counts {
    taken: Cell<usize>,
    varbinds: Cell<usize>,
    errors: Cell<usize>,
    latencies: RefCell<Vec<f64>>,
}

/// CPU seconds of all threads, and the most memory in KiB.
fn usage() -> (f64, i64) {
    let mut u: libc::rusage = unsafe { std::mem::zeroed() };
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut u) };
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    (seconds(u.ru_utime) + seconds(u.ru_stime), u.ru_maxrss)
}

/// How many varbinds came; an answer without a value is an error.
async fn one(client: &Client<UdpHandle>, walk: bool) -> Result<usize, AnyError> {
    if walk {
        let rows = client.walk(oid!(1, 3, 6, 1, 2, 1, 2, 2))?.collect().await?;
        return Ok(rows.len());
    }
    let response = client.get(&oid!(1, 3, 6, 1, 2, 1, 1, 3, 0)).await?;
    Ok(response.single().map_or(0, |_| 1))
}

async fn work(clients: Rc<Vec<Client<UdpHandle>>>, counts: Rc<Counts>, total: usize, walk: bool) {
    loop {
        let number = counts.taken.replace(counts.taken.get() + 1);
        if number >= total {
            return;
        }
        let began = Instant::now();
        let got = one(&clients[number % clients.len()], walk)
            .await
            .unwrap_or(0);
        counts
            .latencies
            .borrow_mut()
            .push(began.elapsed().as_secs_f64() * 1e6);
        counts.varbinds.set(counts.varbinds.get() + got);
        counts
            .errors
            .set(counts.errors.get() + usize::from(got == 0));
    }
}

async fn run(options: HashMap<String, String>) -> Result<(), AnyError> {
    let number = |name: &str, default: usize| -> Result<usize, AnyError> {
        Ok(options.get(name).map_or(Ok(default), |text| text.parse())?)
    };
    let (total, concurrency) = (number("total", 1000)?, number("concurrency", 1)?);
    let walk = options.get("op").is_some_and(|op| op == "walk");
    let port = number("port", 161)? as u16;
    // As its documentation advises for many targets.
    let transport = UdpTransport::builder().recv_buffer_size(8 << 20).build().await?;
    let mut clients = Vec::new();
    for line in std::fs::read_to_string(&options["addresses"])?.split_whitespace() {
        let client = Client::builder((line, port), Auth::v2c("public"))
            .request_timeout(Duration::from_millis(number("timeout-ms", 1000)? as u64))
            .retry(Retry::fixed(2, Duration::ZERO)?)
            .walk_options(WalkOptions {
                max_repetitions: 50,
                ..WalkOptions::default()
            })
            .build_with(&transport)
            .await?;
        clients.push(client);
    }
    let clients = Rc::new(clients);
    let counts = Rc::new(Counts {
        taken: Cell::new(0),
        varbinds: Cell::new(0),
        errors: Cell::new(0),
        latencies: RefCell::new(Vec::with_capacity(total)),
    });
    let (before, _) = usage();
    let start = Instant::now();
    let tasks: Vec<_> = (0..concurrency)
        .map(|_| tokio::task::spawn_local(work(clients.clone(), counts.clone(), total, walk)))
        .collect();
    for task in tasks {
        task.await?;
    }
    let elapsed = start.elapsed().as_secs_f64();
    let (after, rss) = usage();
    let mut latencies = counts.latencies.borrow_mut();
    latencies.sort_by(f64::total_cmp);
    println!(
        "{{\"name\": \"async-snmp\", \"version\": \"0.18.1\", \"ops\": {total}, \"varbinds\": {}, \
         \"errors\": {}, \"elapsed_s\": {elapsed}, \"cpu_s\": {}, \"p50_us\": {}, \"p99_us\": {}, \
         \"rss_kb\": {rss}}}",
        counts.varbinds.get(),
        counts.errors.get(),
        after - before,
        latencies[latencies.len() / 2],
        latencies[latencies.len() * 99 / 100],
    );
    Ok(())
}

fn main() -> Result<(), AnyError> {
    let mut words = std::env::args().skip(1);
    let mut options = HashMap::new();
    while let (Some(name), Some(value)) = (words.next(), words.next()) {
        options.insert(name.trim_start_matches("--").to_string(), value);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    tokio::task::LocalSet::new().block_on(&runtime, run(options))
}
