// usage: example ENDPOINT PEER
use rmpv::Value;
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Request<'a> {
    op: &'a str,
    peer: &'a str,
    oids: &'a [&'a str],
    form: &'a str,
    deadline_ms: u32,
}

#[derive(Deserialize)]
struct Reply {
    #[serde(default)]
    varbinds: Vec<(String, u8, Value)>,
    error: Option<Failure>,
    complete: Option<bool>,
    stop: Option<String>,
}

#[derive(Deserialize)]
struct Failure {
    name: String,
    message: String,
}

fn show(value: &Value) -> String {
    match value {
        Value::Nil => "no value".into(),
        Value::Binary(bytes) => String::from_utf8_lossy(bytes).into(),
        Value::String(text) => String::from_utf8_lossy(text.as_bytes()).into(),
        other => other.to_string(),
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let endpoint = arguments.next().ok_or("ENDPOINT is missing")?;
    let peer = arguments.next().ok_or("PEER is missing")?;
    let socket = zmq::Context::new().socket(zmq::REQ)?;
    socket.set_rcvtimeo(7_000)?; // more than deadline_ms: then the service is gone
    socket.set_linger(0)?;
    socket.connect(&endpoint)?;

    let calls: [(&str, &[&str]); 2] = [
        ("get", &["1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.3.0"]),
        ("walk", &["1.3.6.1.2.1.2.2.1.2"]),
    ];
    for (op, oids) in calls {
        let request = Request { op, peer: &peer, oids, form: "list", deadline_ms: 5_000 };
        socket.send(rmp_serde::to_vec_named(&request)?, 0)?;
        let body = socket.recv_bytes(0).map_err(|_| "no answer from the service")?;
        let reply: Reply = rmp_serde::from_slice(&body)?;
        for (oid, _type, value) in &reply.varbinds {
            println!("{oid} = {}", show(value));
        }
        if let Some(error) = reply.error {
            return Err(format!("{}: {}", error.name, error.message).into());
        }
        if reply.complete == Some(false) {
            return Err(format!("cut off: {}", reply.stop.unwrap_or_default()).into());
        }
    }
    Ok(())
}

fn main() {
    if let Err(error) = run() {
        eprintln!("{error}");
        std::process::exit(1);
    }
}
