(function () {
"use strict";
function key(row, at) {
var cell = row.cells[at];
return cell.getAttribute("data-sort") || cell.textContent.trim();
}
function compare(a, b) {
var x = parseFloat(a.replace(/,/g, "")), y = parseFloat(b.replace(/,/g, ""));
return isNaN(x) || isNaN(y) ? a.localeCompare(b) : x - y;
}
function sort(table, heading, at) {
var down = heading.getAttribute("aria-sort") === "descending";
var body = table.tBodies[0];
Array.prototype.slice.call(body.rows).map(function (row, place) {
return { row: row, key: key(row, at), place: place };
}).sort(function (a, b) {
return (down ? 1 : -1) * compare(a.key, b.key) || a.place - b.place;
}).forEach(function (item) { body.appendChild(item.row); });
Array.prototype.forEach.call(heading.parentNode.cells, function (other) { other.removeAttribute("aria-sort"); });
heading.setAttribute("aria-sort", down ? "ascending" : "descending");
}
document.querySelectorAll("table[data-sortable]").forEach(function (table) {
Array.prototype.forEach.call(table.tHead.rows[0].cells, function (heading, at) {
var button = document.createElement("button");
button.type = "button";
button.textContent = heading.textContent;
button.addEventListener("click", function () { sort(table, heading, at); });
heading.textContent = "";
heading.appendChild(button);
});
});
function openTarget() {
var target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
var fold = target && target.closest("details");
if (fold) { fold.open = true; target.scrollIntoView(); }
}
window.addEventListener("hashchange", openTarget);
window.addEventListener("beforeprint", function () {
document.querySelectorAll("details").forEach(function (fold) { fold.open = true; });
});
openTarget();
})();
