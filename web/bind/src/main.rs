//! Makes JavaScript and TypeScript's types for a wasm file: `wgrad-bind FILE FOLDER`.

use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let [file, folder] = &std::env::args().skip(1).collect::<Vec<_>>()[..] else {
        eprintln!("usage: wgrad-bind FILE FOLDER");
        return ExitCode::FAILURE;
    };
    let mut bindgen = Bindgen::new();
    let made = bindgen
        .input_path(file)
        .typescript(true)
        .omit_default_module_path(false)
        .web(true)
        .and_then(|bindgen| bindgen.out_name("wgrad").generate(folder));
    match made {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{file}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
