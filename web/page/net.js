// The nets of this page, as the descriptions that files of models hold.

export const PIXELS = 784;
export const LATENT = "latent";

const dense = (name, units, init) => ({ name, kind: "dense", settings: { units, bias: true, init } });
const plain = (name, kind) => ({ name, kind });

/** An autoencoder: pixels to 32 numbers, and back. */
export function autoencoder(seed) {
  const layers = [
    dense("dense_1", 128, "he_normal"),
    plain("relu_1", "relu"),
    dense(LATENT, 32, "glorot_uniform"),
    dense("dense_2", 128, "he_normal"),
    plain("relu_2", "relu"),
    dense("dense_3", PIXELS, "glorot_uniform"),
    plain("sigmoid_1", "sigmoid"),
  ];
  return { version: 1, input: [PIXELS], layers, loss: "mean_squared_error", optimizer: adam(0.002), seed };
}

function adam(rate) {
  const method = { name: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  return { method, rate, schedule: { name: "constant" } };
}

/** The layers behind the latents, as a net of their own. */
export function decoder(description, width) {
  const { layers } = description;
  const behind = layers.findIndex(({ name }) => name === LATENT) + 1;
  return { ...description, input: [width], layers: layers.slice(behind) };
}

/** Why this page can't show a model, if it can't. */
export async function unfit(model) {
  const { input, layers } = model.description;
  const numbers = Array.isArray(input) && input.every(Number.isInteger) && input.reduce((a, b) => a * b, 1);
  if (numbers !== PIXELS) {
    return `The model takes ${JSON.stringify(input ?? "several inputs")}; this page needs one input of ${PIXELS} numbers.`;
  }
  const names = layers.map(({ name }) => name);
  if (!names.includes(LATENT)) {
    return `The model has no layer named "${LATENT}"; its layers are ${names.join(", ")}.`;
  }
  const { length } = await model.predict(new Float32Array(PIXELS), PIXELS);
  return length === PIXELS ? null : `The model makes ${length} numbers of an image; an autoencoder makes ${PIXELS}.`;
}

/** The names of the parameters in a model's file: its header is a table of them. */
export function parameterNames(file) {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  return Object.keys(header).filter((name) => name !== "__metadata__");
}
