// Reads captures and traces as the explorer does, outside a browser: its scripts, its data and the files come as JSON.
import { readFileSync } from "node:fs";

const { scripts, spec, captures, traces } = JSON.parse(readFileSync(0, "utf-8"));
const made = new Function(`${scripts}\nreturn { capturedAssociations, captureIn, traceIn, isCapture, framesOf, hexOf };`)();
const bytesOf = (text) => new Uint8Array(Buffer.from(text, "base64"));

function problemOf(make) {
  try {
    return [make(), ""];
  } catch (problem) {
    return [null, problem.message];
  }
}

const read = captures.map((text) => {
  const bytes = bytesOf(text);
  if (!made.isCapture(spec.capture, bytes)) return null;
  const { frames, damage, others, associations } = made.capturedAssociations(spec, bytes);
  const [replay, refused] = problemOf(() => made.captureIn(spec, { pdus: [], texts: [] }, bytes, "a.pcapng"));
  return {
    frames,
    damage,
    others,
    refused,
    replay,
    associations: associations.map(({ connection, passed, breaches, doubts }) => ({
      number: connection.number,
      breaches,
      doubts,
      passed: passed.map((one) => ({ what: one.what, role: one.role, size: one.size, why: one.why, isReset: one.isReset, isCut: one.isCut, frame: one.frame, frames: one.what === "pdu" ? made.framesOf(one) : [], hex: one.data && made.hexOf(one.data) })),
    })),
  };
});
const judged = traces.map((text) => made.traceIn(spec, { pdus: [], texts: [] }, text, "a.jsonl"));
process.stdout.write(JSON.stringify({ read, judged }));
