// Copying a message, and a link to the e-mail program that follows what is typed. Without this file both messages
// can still be saved, opened and downloaded.
"use strict";
for (const message of document.querySelectorAll("[data-message]")) {
  const [subject, body] = message.querySelectorAll("input[name^=subject_], textarea[name^=body_]");
  const link = message.querySelector("[data-mailto]");
  const told = message.querySelector("[data-copied]");
  const copy = message.querySelector("[data-copy]");
  const follow = () => {
    const lines = body.value.split("\n").join("\r\n");
    const to = encodeURIComponent(message.dataset.to).replace("%40", "@");
    link.href = `mailto:${to}?subject=${encodeURIComponent(subject.value)}&body=${encodeURIComponent(lines)}`;
    told.textContent = "";
  };
  subject.addEventListener("input", follow);
  body.addEventListener("input", follow);
  if (navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(`${subject.value}\n\n${body.value}`);
      told.textContent = told.dataset.copied;
    });
  }
}
