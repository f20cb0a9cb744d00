// Compiles a description for Kaitai Struct to JavaScript, and cuts PDUs with the parser that comes out.
// Standard input: {"packages": folder, "ksy": text, "pdus": [hex, ...]}. Standard output: fields of each PDU.
"use strict";
const fs = require("fs");
const path = require("path");

const input = JSON.parse(fs.readFileSync(0, "utf-8"));
const load = (name) => require(path.join(input.packages, name));
const KaitaiStream = load("kaitai-struct/KaitaiStream");
const compiler = load("kaitai-struct-compiler");
const yaml = load("js-yaml");

const WRAPPERS = new Set(["body", "elements"]);

function flatten(value, where, fields) {
  if (value instanceof Uint8Array) {
    const name = where.endsWith("].body") ? where.slice(0, -4) + "value" : where;
    fields.push([name, Buffer.from(value).toString("hex")]);
  } else if (Array.isArray(value)) {
    value.forEach((inner, number) => flatten(inner, `${where}[${number}]`, fields));
  } else if (value !== null && typeof value === "object") {
    for (const [name, inner] of Object.entries(value)) {
      if (name.startsWith("_")) continue;
      const isWrapper = WRAPPERS.has(name) && !(inner instanceof Uint8Array);
      if (isWrapper && Array.isArray(inner)) {
        inner.forEach((one, number) => flatten(one, `${where}[${number}]`, fields));
      } else {
        flatten(inner, isWrapper ? where : where ? `${where}.${name}` : name, fields);
      }
    }
  } else {
    fields.push([where, value]);
  }
}

async function main() {
  const api = typeof compiler === "function" ? new compiler() : compiler;
  const made = await api.compile("javascript", yaml.load(input.ksy), null, false);
  const module_ = { exports: {} };
  const wanted = (name) => (name.startsWith("kaitai-struct") ? KaitaiStream : load(name));
  new Function("require", "module", "exports", Object.values(made).join("\n"))(wanted, module_, module_.exports);
  const found = module_.exports.DicomUpperLayer || module_.exports;
  const pdus = input.pdus.map((hex) => {
    const parsed = new found(new KaitaiStream(Uint8Array.from(Buffer.from(hex, "hex")).buffer));
    const fields = [];
    flatten(parsed.pdus[0], "", fields);
    return fields;
  });
  process.stdout.write(JSON.stringify(pdus));
}

main().catch((error) => {
  process.stderr.write(`${error}\n${error.stack}\n`);
  process.exit(1);
});
