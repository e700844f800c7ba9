"use strict";
document.querySelectorAll("button[data-copy]").forEach(function (button) {
  var said = document.getElementById("said");
  var name = button.textContent;
  function tell(text) {
    said.textContent = text;
    button.textContent = text;
    setTimeout(function () { button.textContent = name; }, 2000);
  }
  function select(code) {
    var range = document.createRange();
    range.selectNodeContents(code);
    var selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    tell("Selected: copy it");
  }
  button.hidden = false;
  button.addEventListener("click", function () {
    var code = document.getElementById(button.getAttribute("data-copy"));
    if (navigator.clipboard && navigator.clipboard.writeText) {
      navigator.clipboard.writeText(code.textContent).then(function () { tell("Copied"); }, function () { select(code); });
    } else {
      select(code);
    }
  });
});
