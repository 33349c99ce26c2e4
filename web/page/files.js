// Files that come by a button or by drag and drop, and files that go.

/** Has a button open a chooser of files. */
export function chooser(button, input, chosen) {
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const files = [...input.files];
    // The same file may be chosen again.
    input.value = "";
    if (files.length) chosen(files);
  });
}

/** Takes files that are dropped anywhere on the page. */
export function droppable(dropped) {
  const { body } = document;
  addEventListener("dragover", (event) => {
    event.preventDefault();
    body.classList.add("dropping");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) body.classList.remove("dropping");
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    body.classList.remove("dropping");
    const files = [...event.dataTransfer.files];
    if (files.length) dropped(files);
  });
}

/** Has the browser save bytes as a file. */
export function download(bytes, name) {
  const address = URL.createObjectURL(new Blob([bytes]));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
