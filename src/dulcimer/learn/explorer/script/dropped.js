// A trace that was dropped into the page: its rows, and what the page finds wrong in them.

const PASSING = { "transport:opened": "transport connection opened", "transport:failed": "no transport connection", "transport:closed": "transport connection closed", "transport:reset": "transport connection reset", "transport:bytes": "bytes that are not a whole PDU", "dul:pdu_sent": "", "dul:pdu_received": "", "dul:pdu_passed": "", "dul:gap": "bytes missing", "trace:cut": "nothing more was recorded" };
const MOST_ROWS = 200000;

/** The replay of a file that was dropped into the page; throws an Error that says what is wrong. */
async function recordingIn(spec, data, file) {
  const { most } = spec.capture;
  const tooLarge = new Error(`${file.name} is larger than the ${most >> 20} MiB that the page reads. Run: dulcimer explore ${file.name}`);
  if (file.size > most) throw tooLarge;
  let bytes = new Uint8Array(await file.arrayBuffer());
  if (isGzip(bytes)) bytes = await gunzipped(file, most, tooLarge);
  return isCapture(spec.capture, bytes) ? captureIn(spec, data, bytes, file.name) : traceIn(spec, data, new TextDecoder().decode(bytes), file.name);
}

async function gunzipped(file, most, tooLarge) {
  const found = new ByteStore();
  try {
    const reader = file.stream().pipeThrough(new DecompressionStream("gzip")).getReader();
    for (let part = await reader.read(); !part.done && found.length <= most; part = await reader.read()) found.push(part.value);
  } catch {
    throw new Error(`${file.name} is compressed, and cannot be decompressed here. Run: gunzip ${file.name}`);
  }
  if (found.length > most) throw tooLarge;
  return found.bytes;
}

/** The replay of a trace of dulcimer; throws an Error that says what is wrong. */
function traceIn(spec, data, text, name) {
  const lines = text.split("\n");
  const header = parsed(lines[0]);
  if (!String(header?.file_schema ?? "").startsWith("urn:dulcimer:trace:")) throw new Error(`${name} is neither a capture (pcap, pcapng) nor a trace of dulcimer (JSON Lines).`);
  const groups = new Map();
  const judged = new TraceJudge(spec);
  let count = 0;
  for (let number = 1; number < lines.length && count < MOST_ROWS; number += 1) {
    const line = parsed(lines[number]);
    if (!line || typeof line.name !== "string") continue;
    count += 1;
    const group = String(line.group_id ?? "");
    if (!groups.has(group)) groups.set(group, { rows: [], breaches: [], waiting: [], states: ["?", "?"], known: new Set() });
    take(spec, data, groups.get(group), line, number + 1);
    judged.take(line, group, number + 1);
  }
  judged.end();
  const associations = [...groups].filter(([, one]) => one.rows.length).map(([group, { rows, breaches }], number) => {
    const found = judged.found.get(group) ?? { breaches: [], doubts: [] };
    const placed = found.breaches.map((breach) => ({ ...breach, row: rowOfLine(rows, Math.max(...breach.frames), breach.end) }));
    const recorded = breaches.filter((one) => !placed.some((breach) => breach.row === one.row && breach.grade === "violation"));
    return { title: `${name}: association ${number + 1}`, rows, breaches: worstFirst([...placed, ...recorded]), doubts: found.doubts };
  });
  if (!associations.length) throw new Error(`There is no association in ${name}.`);
  return { unit: "line", associations, remarks: [], judged: name };
}

const worstFirst = (breaches) => breaches.sort((one, other) => one.tolerated - other.tolerated || one.row - other.row);

/** The row of a line, one of this end if it has several; if there is none, the row before. */
function rowOfLine(rows, line, end) {
  const exact = rows.flatMap((row, number) => (row.line === line ? [number] : []));
  const own = exact.find((number) => rows[number].sender === end);
  return own ?? exact[0] ?? Math.max(0, rows.filter((row) => row.line <= line).length - 1);
}

function parsed(text) {
  try {
    return JSON.parse(text.replace(/^\x1e/, ""));
  } catch {
    return null;
  }
}

function take(spec, data, group, line, number) {
  const about = line.data ?? {};
  const end = (value) => (ENDS.includes(value) ? value : "");
  if (line.name in PASSING) {
    const raw = about.raw;
    const bytes = recordedBytes(raw, spec.most_bytes) ?? new Uint8Array();
    const isPdu = line.name.startsWith("dul:pdu_");
    const type = hexOf(bytes.subarray(0, 1)).toUpperCase();
    const label = isPdu ? spec.pdu_types[type] ?? `PDU of type ${type}H` : PASSING[line.name];
    const size = Number(raw?.length) || 0;
    group.rows.push({ sender: end(about.sender), label, words: raw ? counted(size, "byte") : String(about.why ?? ""), states: [...group.states], steps: [], notes: [], pdu: isPdu && bytes.length ? added(data, label, bytes, size) : -1, size, event: isPdu ? spec.pdu_events[label] ?? "Evt19" : "", line: number });
    for (const one of group.waiting) settle(group, one);
    group.waiting = [];
    return;
  }
  if (line.name === "dul:violation") {
    const row = Math.max(0, group.rows.length - 1);
    group.breaches.push({ row, end: end(about.sender) || "peer", cells: [], states: [], expected: [], requirement: String(about.rule ?? ""), clause: String(about.clause ?? ""), observed: String(about.problem ?? ""), hex: "", path: "", frames: [number], advice: "", severity: "", tolerated: false });
    return;
  }
  if (line.name !== "dul:transition" || !end(about.fsm)) return;
  const step = [about.fsm, String(about.from), String(about.event), String(about.action), String(about.to)];
  const kind = spec.events.find((one) => one.label === step[2])?.kind;
  const sends = spec.actions[step[3]]?.outcomes.some((one) => one.effects.some((effect) => effect.startsWith("send_pdu:")));
  if (group.rows.length && !group.waiting.length && kind !== "primitive" && kind !== "timer" && !(kind === "transport" && sends)) settle(group, step);
  else group.waiting.push(step);
}

function settle(group, step) {
  const row = group.rows.at(-1);
  const at = ENDS.indexOf(step[0]);
  row.steps.push(step);
  row.states[at] = step[4];
  group.states[at] = step[4];
}

/** A PDU; its fields are found when it is shown. */
function added(data, label, bytes, size) {
  return data.pdus.push([data.texts.push(label) - 1, hexOf(bytes), Math.max(0, size - bytes.length), 1, null]) - 1;
}
