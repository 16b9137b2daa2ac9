// Uses the types that openapi-typescript makes of the OpenAPI document, against a running portal: URL TASK_ID TOKEN.
// The compiler holds every name and type in here against the document.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

declare const process: { argv: string[]; stdout: { write(text: string): void } };

const [url, taskId, token] = process.argv.slice(2) as [string, string, string];
const client = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } });
const path = { task_id: taskId };

function there<T>(answer: { data?: T; response: Response }): T {
  if (answer.data === undefined) throw new Error(`${answer.response.url}: ${answer.response.status}`);
  return answer.data;
}

const task = there(await client.GET("/api/tasks/{task_id}", { params: { path } }));
const status: components["schemas"]["TaskStatus"] = task.status;
const results = there(await client.GET("/api/tasks/{task_id}/results", { params: { path } }));
const toxins: components["schemas"]["FoundToxin"][] = results.toxins?.toxins ?? [];
const scores: components["schemas"]["OrderScore"][] = results.scores?.strains[0]?.orders ?? [];
const table = there(
  await client.GET("/api/tasks/{task_id}/toxins", { params: { path, query: { format: "csv" } }, parseAs: "text" }),
);
const bundle = await client.GET("/api/tasks/{task_id}/bundle", { params: { path }, parseAs: "arrayBuffer" });
const refused = await client.GET("/api/tasks/{task_id}", {
  params: { path: { task_id: "aaaaaaaaaaaa" } },
  headers: { Authorization: "Bearer wrong" },
});
const code: number | undefined = refused.error?.code;
const identity: (number | null)[] = toxins.map((toxin) => toxin.identity_percent);
process.stdout.write(
  JSON.stringify({
    status,
    identity,
    scores: Object.fromEntries(scores.map((score) => [score.target, score.score])),
    table,
    bundle: new TextDecoder().decode(there<ArrayBuffer>(bundle as never).slice(0, 2)),
    refused: code,
  }),
);
