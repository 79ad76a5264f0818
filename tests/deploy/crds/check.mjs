// Reads a JSON array of resources, says what is wrong with each, ends with status 1 if anything is.
//
// Two looks at each: the operator's schema (types, patterns, what is required), and the type that is
// made from the same schema, by which TypeScript refuses a field that does not exist; a schema alone
// lets it pass, as a cluster does that drops unknown fields.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const modules = import.meta.dirname; // a copy of this file lies beside what npm installed
const require = createRequire(import.meta.url);
const packages = {
  "keda.sh": "@kubernetes-models/keda",
  "kafka.strimzi.io": "@kubernetes-models/strimzi-kafka-operator",
  "monitoring.coreos.com": "@kubernetes-models/prometheus-operator",
};

const problems = [];
const lines = [];
for (const [index, resource] of JSON.parse(readFileSync(0, "utf8")).entries()) {
  const { apiVersion, kind, metadata } = resource;
  const path = `${packages[apiVersion.split("/")[0]]}/${apiVersion}`;
  try {
    new (await import(path))[kind](resource).validate();
  } catch (error) {
    problems.push(`${kind} ${metadata.name}: ${error.message}`);
  }
  lines.push(`import type { I${kind} as T${index} } from "${path}";`);
  lines.push(`export const r${index}: T${index} = ${JSON.stringify(resource)};`);
}

const typed = join(modules, "typed", String(process.pid));
mkdirSync(typed, { recursive: true });
try {
  symlinkSync(join(modules, "node_modules"), join(typed, "node_modules"));
  writeFileSync(join(typed, "resources.ts"), lines.join("\n"));
  const flags = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext"];
  const tsc = require.resolve("typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, ...flags, "resources.ts"], { cwd: typed, encoding: "utf8" });
} catch (error) {
  problems.push(error.stdout ?? String(error));
} finally {
  rmSync(typed, { recursive: true });
}
console.log(problems.join("\n"));
process.exitCode = problems.length ? 1 : 0;
