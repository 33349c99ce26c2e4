// Two sliders along two latents.

const COUNT = 2;

/** Makes the sliders; `moved` gets the latents that they stand for. */
export function slidersIn(box, moved) {
  let spread = { means: [], deviations: [] };
  let chosen = false;
  const rows = Array.from({ length: COUNT }, (_, at) => row(at + 1));
  box.append(...rows.map(({ line }) => line));
  const tell = () => {
    const latents = Float32Array.from(spread.means);
    for (const { select, range, said } of rows) {
      latents[select.value] = spread.means[select.value] + range.value * spread.deviations[select.value];
      said.textContent = latents[select.value].toFixed(2);
    }
    moved(latents);
  };
  for (const { select, range } of rows) {
    range.addEventListener("input", tell);
    select.addEventListener("change", () => {
      chosen = true;
      tell();
    });
  }
  const set = (now) => {
    const other = now.means.length !== spread.means.length;
    spread = now;
    if (other) rows.forEach(({ select }) => select.replaceChildren(...options(now.means.length)));
    if (other || !chosen) pickWidest(rows, now.deviations);
    tell();
  };
  const centre = () => {
    rows.forEach(({ range }) => (range.value = 0));
    tell();
  };
  const enable = (enabled) => rows.forEach(({ select, range }) => (select.disabled = range.disabled = !enabled));
  enable(false);
  return { set, centre, enable };
}

/** Chooses the latents of greatest variance, each slider another. */
function pickWidest(rows, deviations) {
  const widest = [...deviations.keys()].sort((a, b) => deviations[b] - deviations[a]);
  rows.forEach(({ select }, at) => (select.value = widest[at] ?? widest[0]));
}

function options(width) {
  return Array.from({ length: width }, (_, i) => new Option(`latent ${i + 1}`, i));
}

function row(number) {
  const line = document.createElement("div");
  line.className = "slider";
  const select = document.createElement("select");
  select.ariaLabel = `Latent of slider ${number}`;
  const range = document.createElement("input");
  Object.assign(range, { type: "range", min: -3, max: 3, step: 0.05, value: 0 });
  range.ariaLabel = `Slider ${number}, in standard deviations from the mean`;
  const said = document.createElement("span");
  line.append(select, said, range);
  return { line, select, range, said };
}
