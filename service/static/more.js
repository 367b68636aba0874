// "Add" buttons under repeated lines of a form; without this script the empty lines are enough.
"use strict";
for (const group of document.querySelectorAll(".several")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = group.dataset.more;
  button.addEventListener("click", () => {
    const lines = group.querySelectorAll(".field");
    const line = lines[lines.length - 1].cloneNode(true);
    const area = line.querySelector("textarea");
    const label = line.querySelector("label");
    area.id = area.id.replace(/\d+$/, lines.length + 1);
    area.value = "";
    label.htmlFor = area.id;
    label.textContent = label.textContent.replace(/\d+$/, lines.length + 1);
    button.before(line);
    area.focus();
  });
  group.append(button);
}
