// What htmx leaves to the page: saying when something was refused, keeping rows in place, resting while nobody looks.
"use strict";

(() => {
  const message = () => document.getElementById("message");

  const say = (text) => {
    const place = message();
    place.textContent = text;
    place.hidden = false;
  };

  const quiet = () => {
    message().hidden = true;
  };

  const detailOf = (request) => {
    if (!(request.getResponseHeader("content-type") || "").includes("json")) return null;
    try {
      return JSON.parse(request.responseText).detail || null;
    } catch {
      return null;
    }
  };

  const byHand = (event) => event.detail.requestConfig && event.detail.requestConfig.verb !== "get";

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (byHand(event)) quiet();
    else if (document.hidden) event.preventDefault();
  });

  // A row that is replaced by what was done with it keeps its height: the next row must not come under the pointer.
  // After settling, because until then htmx puts the old row's attributes on the new one.
  const heights = new Map();

  // The columns keep their widths too: with others the rows above would break their lines elsewhere, and move it.
  const keepColumns = (table) => {
    const whole = table.getBoundingClientRect().width;
    const cells = [...(table.tHead ? table.tHead.rows[0].cells : [])];
    const widths = cells.map((cell) => cell.getBoundingClientRect().width / whole);
    // On a phone the head is not shown, and there are no columns.
    if (!widths.length || widths.some((width) => !width)) return;
    cells.forEach((cell, nth) => { cell.style.width = `${widths[nth] * 100}%`; });
    table.style.tableLayout = "fixed";
  };

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, shouldSwap } = event.detail;
    if (!shouldSwap || !target.matches("tr, tbody")) return;
    heights.set(target.id, target.getBoundingClientRect().height);
    keepColumns(target.closest("table"));
  });

  document.addEventListener("htmx:afterSettle", () => {
    for (const [id, height] of heights) {
      const place = document.getElementById(id);
      const row = place && (place.matches("tr") ? place : place.querySelector("tr"));
      if (row && row.matches(".done")) row.style.height = `${height}px`;
    }
    heights.clear();
  });

  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = event.detail;
    if (xhr.status === 401) {
      window.location.assign("/logga-in?till=" + encodeURIComponent(window.location.pathname));
    } else {
      say(detailOf(xhr) || "Det gick inte just nu. Försök igen om en stund.");
    }
  });

  document.addEventListener("htmx:sendError", () => {
    say("Ingen kontakt med Samspel just nu. Sidan försöker igen av sig själv.");
  });

  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.successful && message().textContent.startsWith("Ingen kontakt")) quiet();
  });
})();
