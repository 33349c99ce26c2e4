// Each place is the pixel that it lies in.
fn tap(place: u32, factor: u32, pixels: u32) -> Tap { return Tap(place / factor, 0.0); }

// Places beside those in a pixel that have a share of it.
fn reach(factor: u32) -> u32 { return 0u; }
