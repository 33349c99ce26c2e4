// The sizes of a norm.
override CHANNELS: u32;
override PIXELS: u32;
