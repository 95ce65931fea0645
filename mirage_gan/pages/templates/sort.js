// Sorts a table by the column whose heading is clicked: descending at the first click, ascending at the next. Empty
// cells stay at the bottom.
for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const head = button.closest("th");
    const body = head.closest("table").tBodies[0];
    const down = head.getAttribute("aria-sort") !== "descending";
    const key = (row) => row.cells[head.cellIndex].textContent.trim();
    const rows = [...body.rows];
    const numeric = rows.every((row) => !isNaN(key(row)));
    const order = (a, b) => (numeric ? key(a) - key(b) : key(a).localeCompare(key(b), "en", { numeric: true }));
    rows.sort((a, b) => !key(a) - !key(b) || (down ? -1 : 1) * order(a, b));
    body.append(...rows);
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
  });
}
