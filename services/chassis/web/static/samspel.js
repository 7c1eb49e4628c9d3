// What htmx leaves to the page: saying when something was refused, and resting while nobody looks.
"use strict";

(() => {
  const message = () => document.getElementById("message");

  const say = (text) => {
    const place = message();
    place.textContent = text;
    place.hidden = false;
    place.scrollIntoView({ block: "nearest" });
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

  // A part that refreshes itself leaves a form in it alone until the form is sent or closed.
  const beingFilledIn = (event) => {
    const part = event.detail.elt;
    if (!(part.getAttribute("hx-trigger") || "").startsWith("every")) return false;
    return part.querySelector("details[open]") !== null || part.querySelector("select:focus, input:focus, textarea:focus") !== null;
  };

  const byHand = (event) => event.detail.requestConfig && event.detail.requestConfig.verb !== "get";

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (byHand(event)) quiet();
    else if (document.hidden || beingFilledIn(event)) event.preventDefault();
  });

  // The answer may come after somebody has opened a form in what it would replace.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!byHand(event) && beingFilledIn(event)) event.detail.shouldSwap = false;
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
