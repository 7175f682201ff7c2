// A key alone does what its access key does (1-9, 0, s, u). Pages work without this file.
document.addEventListener("keydown", function (event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select, textarea")) return;
  const target = document.querySelector('[accesskey="' + CSS.escape(event.key) + '"]');
  if (target) {
    event.preventDefault();
    target.click();
  }
});
