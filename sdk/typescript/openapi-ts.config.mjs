/** What openapi-ts makes of the committed document: types, one function for each operation, and a client over fetch. */
export default {
  input: "../openapi.json",
  output: { path: "src/generated", importFileExtension: ".js", clean: true },
  plugins: [
    "@hey-api/typescript",
    { name: "@hey-api/client-fetch", throwOnError: true, baseUrl: false },
    { name: "@hey-api/sdk", auth: true },
  ],
  logs: { file: false },
};
