//! A server of predictions over HTTP: eight threads share one predictor. Without `--smoke` it stays until Ctrl-C.

mod common;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use common::job::Outcome;
use oxhttp::Server;
use oxhttp::model::{Body, Request, Response, StatusCode};
use wgrad::layers::{Dense, Tanh};
use wgrad::serde_json::{from_reader, from_str};
use wgrad::{Dataset, Fit, Optimizer, Predictor, Samples, Sequential, losses};

/// The prediction for a body such as `[0.5, 0.2]`, as JSON as well.
fn answer(predictor: &Predictor, request: &mut Request<Body>) -> Outcome<String> {
    let row: Vec<f32> = from_reader(request.body_mut())?;
    let mut product = [0.0];
    predictor.predict_into(&row, &mut product)?;
    Ok(format!("{product:?}"))
}

/// What a client gets for a body.
fn ask(port: u16, body: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    let head = format!("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}", body.len());
    write!(stream, "{head}\r\nConnection: close\r\n\r\n{body}")?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    Ok(response.rsplit("\r\n\r\n").next().unwrap_or_default().to_string())
}

fn main() {
    common::job::run("Serve a model's predictions over HTTP with eight threads.", |job| {
        let pair = |i: usize| [(i % 20) as f32 / 20.0, (i / 20) as f32 / 20.0];
        let rows: Vec<f32> = (0..400).flat_map(pair).collect();
        let products: Vec<f32> = rows.chunks(2).map(|row| row[0] * row[1]).collect();
        let data = Dataset::pairs(Samples::rows(rows, 2)?, Samples::rows(products, 1)?)?;
        let net = Sequential::new([2]).add(Dense::new(16)).add(Tanh).add(Dense::new(1));
        let mut model =
            net.compile(job.open()?, losses::MeanSquaredError, Optimizer::adam(0.01), job.seed)?;
        job.say(model.fit(&data, Fit::new().epochs(if job.smoke { 50 } else { 300 }))?)?;
        let expected = model.predict(data.inputs())?;

        let predictor = model.into_predictor(32)?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let server = Server::new(move |request| {
            let answered = answer(&predictor, request);
            let status = if answered.is_ok() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
            let body = answered.unwrap_or_else(|error| error.to_string());
            let mut response = Response::new(Body::from(body));
            *response.status_mut() = status;
            response
        });
        let server = server.bind((Ipv4Addr::LOCALHOST, port)).with_max_concurrent_connections(8).spawn()?;
        job.say(format!("ask it: curl http://localhost:{port} -d '[0.5, 0.2]'"))?;
        let is_right = |i: usize| {
            let answer = ask(port, &format!("{:?}", pair(i))).unwrap_or_default();
            let product = from_str(&answer).map_or(f32::NAN, |[product]: [f32; 1]| product);
            (product - expected[[i, 0]]).abs() < 1e-5
        };
        let client = &|first: usize| (first..400).step_by(8).filter(|i| is_right(*i)).count();
        let right: usize = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..8).map(|first| scope.spawn(move || client(first))).collect();
            clients.into_iter().map(|client| client.join().unwrap_or(0)).sum()
        });
        job.check(right == 400, format!("{right} of 400 answers are what the model predicts"))?;
        if job.smoke { Ok(()) } else { Ok(server.join()?) }
    });
}
