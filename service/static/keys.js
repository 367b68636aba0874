// Keyboard shortcuts: an element with data-key="r" is followed, pressed or focused on "r"; "?" opens their list.
"use strict";
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const found = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!found) return;
  event.preventDefault();
  if (found.matches("details")) {
    found.open = !found.open;
    found.querySelector("summary").focus();
  } else if (found.matches("a, button, input[type=radio], input[type=checkbox]")) {
    found.focus();
    found.click();
  } else {
    found.focus();
  }
});
