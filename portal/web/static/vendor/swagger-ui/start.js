// Ours: starts Swagger UI from a file, so that its page needs no inline script.
window.addEventListener("load", () => {
  SwaggerUIBundle({
    url: document.getElementById("swagger-ui").dataset.spec,
    dom_id: "#swagger-ui",
    deepLinking: true,
    validatorUrl: null,
    presets: [SwaggerUIBundle.presets.apis],
  });
});
