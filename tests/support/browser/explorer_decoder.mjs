// Runs the decoder of the explorer outside a browser: its scripts, the schemas and what to decode come as JSON.
import { readFileSync } from "node:fs";

const { scripts, schemas, pdus } = JSON.parse(readFileSync(0, "utf-8"));
const made = new Function(`${scripts}\nreturn { decoded, fieldsInWords, bytesIn, hexOf, recordedBytes };`)();
const found = pdus.map(({ hex, missing }) => ({
  fields: made.decoded(schemas, made.bytesIn(hex)).map((field) => ({
    ...field,
    value: typeof field.value === "object" ? [made.hexOf(field.value)] : field.value,
  })),
  words: made.fieldsInWords(schemas, made.bytesIn(hex), missing).map(({ length, path, value, meaning, problem, label, clause, doc }) => [length, path, value, meaning, problem, label, clause, doc]),
}));
process.stdout.write(JSON.stringify(found));
