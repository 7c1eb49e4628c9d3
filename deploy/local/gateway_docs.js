// Shows the OpenAPI document that the page names. A file of its own, because no script in a page may run.
"use strict";

window.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("documentation");
  SwaggerUIBundle({ url: place.dataset.document, domNode: place, deepLinking: true, validatorUrl: null });
});
