// The review stands in a text area: what is selected there is known by offset, with the mouse, by touch and by keyboard.
export default function ({ data, parentElement, setTriggerValue }) {
  const review = parentElement.querySelector("textarea");
  const button = parentElement.querySelector("button");
  const isEmpty = () => review.selectionStart === review.selectionEnd;
  const update = () => { button.disabled = isEmpty(); };
  // JavaScript counts UTF-16 units, Python characters.
  const characters = (units) => Array.from(review.value.slice(0, units)).length;

  if (review.value !== data.text) {
    review.value = data.text;
    review.focus();
    review.setSelectionRange(data.start, data.end);
  }
  update();
  for (const event of ["select", "selectionchange", "keyup", "mouseup", "touchend"]) review.addEventListener(event, update);
  // A read-only text area has no cursor to select with by keyboard.
  review.onbeforeinput = (event) => event.preventDefault();
  button.onclick = () => {
    if (!isEmpty()) setTriggerValue("marked", { start: characters(review.selectionStart), end: characters(review.selectionEnd) });
  };
}
