-- DICOM upper layer: marks what violates PS3.8 in the packet list. Made by: dulcimer export wireshark
--
-- Copy this file into the folder of personal Lua plugins (Help > About Wireshark > Folders), or name it on the
-- command line: tshark -X lua_script:dulcimer.lua -Y dulcimer.violation -r capture.pcapng
--
-- It works on the PDUs that Wireshark's own dissector finds (port 104, or "Decode As... DICOM"). The tables below come
-- from the specification of dulcimer; the code after them follows both ends of each association through Table 9-10.

local SPEC = {
--@SPEC@
}

local dulcimer = Proto("dulcimer", "DICOM rules (dulcimer)")
local f_violation = ProtoField.string("dulcimer.violation", "Violation")
local f_clause = ProtoField.string("dulcimer.clause", "Clause")
dulcimer.fields = { f_violation, f_clause }
local e_violation = ProtoExpert.new("dulcimer.expert", "DICOM violation", expert.group.PROTOCOL, expert.severity.ERROR)
dulcimer.experts = { e_violation }

local get_pdus = Field.new("dicom")
local get_stream = Field.new("tcp.stream")
local get_syn = Field.new("tcp.flags.syn")
local get_ack = Field.new("tcp.flags.ack")
local get_fin = Field.new("tcp.flags.fin")
local get_reset = Field.new("tcp.flags.reset")
local get_lost = Field.new("tcp.analysis.lost_segment")
local get_ack_lost = Field.new("tcp.analysis.ack_lost_segment")
local get_again = Field.new("tcp.analysis.retransmission")

local REQUESTOR, ACCEPTOR = "requestor", "acceptor"
local OTHER = { [REQUESTOR] = ACCEPTOR, [ACCEPTOR] = REQUESTOR }
local MOST_INPUTS = 64
local streams, results

local function number(text, at, width)
  local value = 0
  for place = at, at + width - 1 do value = value * 256 + text:byte(place) end
  return value
end

local function little(text, at, width)
  local value = 0
  for place = at + width - 1, at, -1 do value = value * 256 + text:byte(place) end
  return value
end

local function has_bit(value, bit) return math.floor(value / 2 ^ bit) % 2 == 1 end

---------------------------------------------------------------- the states that an end may be in

local function machine(role, start)
  return { role = role, inputs = {}, configurations = { { start, 0, {} } } }
end

local function key(configuration)
  return configuration[1] .. "/" .. configuration[2] .. "/" .. table.concat(configuration[3], ",")
end

local function after(configuration, event, taken, role)
  local found = {}
  for _, outcome in ipairs(SPEC.table[event][configuration[1]] or {}) do
    if outcome.role == nil or outcome.role == role then
      found[#found + 1] = { outcome.next, taken, outcome.shows }
    end
  end
  return found
end

-- All that is possible when the user, the timer and the network do what they like.
local function reachable(end_)
  local seen, waiting = {}, {}
  for _, one in ipairs(end_.configurations) do waiting[#waiting + 1] = one end
  local all = {}
  while #waiting > 0 do
    local one = table.remove(waiting)
    local name = key(one)
    if not seen[name] then
      seen[name] = true
      all[#all + 1] = one
      if #one[3] == 0 then
        for _, event in ipairs(SPEC.local_events) do
          for _, next_ in ipairs(after(one, event, one[2], end_.role)) do waiting[#waiting + 1] = next_ end
        end
        local input = end_.inputs[one[2] + 1]
        if input then
          for _, next_ in ipairs(after(one, input, one[2] + 1, end_.role)) do waiting[#waiting + 1] = next_ end
        end
      end
    end
  end
  return all
end

-- The end has shown a PDU, or that it closed: false if no run of the table explains that.
local function shown(end_, name)
  local left, states = {}, {}
  for _, one in ipairs(reachable(end_)) do
    if #one[3] == 0 then
      states[one[1]] = true
    elseif one[3][1] == name then
      left[#left + 1] = { one[1], one[2], { table.unpack(one[3], 2) } }
    end
  end
  if #left == 0 then
    local names = {}
    for number_ = 1, 13 do
      if states["Sta" .. number_] then names[#names + 1] = "Sta" .. number_ end
    end
    return false, table.concat(names, ", ")
  end
  end_.configurations = left
  return true
end

local function given(end_, event)
  local inputs = end_.inputs
  if event == inputs[#inputs] and event == SPEC.data_event then return end -- one more of the same changes nothing
  inputs[#inputs + 1] = event
  if #inputs > MOST_INPUTS then end_.is_lost = true end
end

---------------------------------------------------------------- the bytes of a PDU

local walk

local function uid_problem(text)
  if #text == 0 then return "the UID is empty" end
  if #text > 64 then return "the UID is longer than 64 characters" end
  if text:find("[^0-9.]") then return "the UID has characters other than digits and dots" end
  for part in (text .. "."):gmatch("([^.]*)%.") do
    if part == "" or (#part > 1 and part:sub(1, 1) == "0") then
      return "a component of the UID is empty or has a leading zero"
    end
  end
end

local CHECKS = {
  uid = uid_problem,
  ae_title = function(text)
    if text:gsub(" ", "") == "" then return "consists of spaces only" end
    if text:find("[^ -~]") or text:find("\\", 1, true) then return "has a character that is not allowed" end
  end,
}

local FIELD_CHECKS = {
  protocol_version = function(value) if not has_bit(value, 0) then return "bit 0 is not set" end end,
  presentation_context_id = function(value) if not has_bit(value, 0) then return "is not odd" end end,
}

local function walk_list(text, at, stop, part, problems, values, path)
  local counts, highest, list = {}, 0, {}
  values[part.name] = list
  while at <= stop do
    local layout, place = part.layout, path .. part.name .. "[" .. #list .. "]."
    if part.items then
      if stop - at + 1 < 4 then
        problems[#problems + 1] = { place .. "item_type", "too few bytes for the header of an item", part.clause }
        return
      end
      local item = text:byte(at)
      local known = part.items[item]
      local length = number(text, at + 2, 2)
      if known then
        layout = known.layout
        counts[item] = (counts[item] or 0) + 1
        if known.maximum and counts[item] > known.maximum then
          problems[#problems + 1] = { place .. "item_type", known.title .. ": too many", known.clause }
        end
        if part.ordered and item < highest then
          problems[#problems + 1] = { place .. "item_type", "the items do not ascend", part.clause }
        end
        highest = math.max(highest, item)
      elseif at + 3 + length > stop then
        problems[#problems + 1] = { place .. "item_length", "is longer than what is left", part.clause }
        return
      else
        layout = nil
        list[#list + 1] = { item_type = item }
        at = at + 4 + length
      end
    end
    if layout then
      local inside = {}
      list[#list + 1] = inside
      local next_ = walk(text, at, stop, SPEC.layouts[layout], problems, inside, place)
      if not next_ then return end
      at = next_
    end
  end
  for item, known in pairs(part.items or {}) do
    if (counts[item] or 0) < known.minimum then
      problems[#problems + 1] = { path .. part.name, "no " .. known.title, known.clause }
    end
  end
  if part.minimum and #list < part.minimum then
    problems[#problems + 1] = { path .. part.name, "is empty", part.clause }
  end
end

-- Cuts bytes into the fields of a layout; the place after it, nil if what follows cannot be found.
walk = function(text, at, stop, layout, problems, values, path)
  local lengths = {}
  for _, part in ipairs(layout.parts) do
    local last = lengths[part.name] and at + lengths[part.name] - 1 or stop
    if part.width then last = at + part.width - 1 end
    if last > stop then
      problems[#problems + 1] = { path .. part.name, "needs more bytes than there are", part.clause }
      return stop + 1
    end
    local problem
    if part.layout or part.items then
      walk_list(text, at, last, part, problems, values, path)
    else
      local raw = text:sub(at, last)
      local value = part.is_number and number(text, at, part.width) or raw
      values[part.name] = value
      if part.governs == "" then
        local left = stop - last
        if value > left then
          problem = "announces more bytes (" .. value .. ") than are left (" .. left .. ")"
        elseif layout.fixed and value ~= layout.fixed then
          problem = "is " .. value .. ", must be " .. layout.fixed
        elseif value < layout.minimum then
          problem = "is " .. value .. ", must be at least " .. layout.minimum
        end
        stop = math.min(stop, last + value)
      elseif part.governs then
        lengths[part.governs] = value
      end
      local codes = part.codes
      if part.by then codes = part.codes[values[part.by]] end
      if codes and not codes[value] then problem = "value " .. value .. " is not defined" end
      if part.tested and CHECKS[part.kind] then problem = CHECKS[part.kind](raw) or problem end
      if FIELD_CHECKS[part.name] then problem = FIELD_CHECKS[part.name](value) or problem end
      if part.name == "fragment" then
        if #raw == 0 then problem = "the fragment is empty" end
        if #raw % 2 == 1 then problem = "the fragment has an odd number of bytes" end
      end
    end
    if problem then problems[#problems + 1] = { path .. part.name, problem, part.clause } end
    at = last + 1
  end
  if layout.is_framed and not layout.fixed and at <= stop then
    problems[#problems + 1] = { path .. "pdu_length", "there are bytes after the last field", layout.clause }
  end
  return layout.is_framed and stop + 1 or at
end

---------------------------------------------------------------- what was negotiated, and messages

local function sub_item(item, wanted)
  for _, one in ipairs(item.sub_items or item.user_data or {}) do
    if one.item_type == wanted then return one end
  end
end

local function negotiate(link, role, values, complain)
  for _, item in ipairs(values.variable_items or {}) do
    if item.item_type == SPEC.item.user_information then
      local longest = sub_item(item, SPEC.item.maximum_length)
      link.longest[role] = longest and longest.maximum_length_received or nil
    elseif item.item_type == SPEC.item.presentation_context_rq then
      local syntaxes = {}
      for _, one in ipairs(item.sub_items or {}) do
        if one.transfer_syntax_name then syntaxes[one.transfer_syntax_name] = true end
      end
      link.proposed[item.presentation_context_id or 0] = syntaxes
    elseif item.item_type == SPEC.item.presentation_context_ac and item.result_reason == 0 then
      local syntax = sub_item(item, SPEC.item.transfer_syntax)
      local proposed = link.proposed[item.presentation_context_id or 0]
      link.accepted[item.presentation_context_id or 0] = true
      if not link.is_whole then -- the request may not be in the capture
      elseif not proposed then
        complain("accepts a presentation context that was not proposed", "PS3.8 9.3.3.2")
      elseif syntax and not proposed[syntax.transfer_syntax_name] then
        complain("accepts a transfer syntax that was not proposed", "PS3.8 9.3.3.2")
      end
    end
  end
end

local function elements(text)
  local found, at, begin = {}, 1, nil
  while at + 7 <= #text do
    local element, length = little(text, at + 2, 2), little(text, at + 4, 4)
    if at + 7 + length > #text then return found end
    found[element] = length <= 4 and length > 0 and little(text, at + 8, length) or text:sub(at + 8, at + 7 + length)
    at = at + 8 + length
    begin = begin or at
  end
  found.size = #text - (begin or 1) + 1
  return found
end

local function message(link, role, command, complain)
  local found = elements(command)
  local field = found[SPEC.element.command_field]
  if found.size and found[0] ~= found.size then
    complain("the command group length is not the number of bytes that follow", "PS3.7 9.3")
  end
  if type(field) ~= "number" or not link.is_whole then return end
  local awaited = link.awaited
  if has_bit(field, 15) then
    local id, status = found[SPEC.element.responded_to], found[SPEC.element.status] or 0
    local asked = awaited[OTHER[role]]
    if not asked[id] then
      complain("a response to a message ID that has no request under way", "PS3.7 9.3")
    elseif not SPEC.pending[status] then
      asked[id] = nil
    end
  elseif field ~= SPEC.cancel then
    awaited[role][found[SPEC.element.message_id] or -1] = true
  end
end

local function data(link, role, values, length, complain)
  local longest = link.longest[OTHER[role]]
  if longest and longest > 0 and length > longest then
    complain("the PDU is longer than the maximum length of the other end: " .. length .. " > " .. longest, "PS3.8 D.1")
  end
  for _, value in ipairs(values.presentation_data_value_items or {}) do
    local header, context = value.message_control_header, value.presentation_context_id
    if not header then return end
    if link.is_whole and link.is_answered and not link.accepted[context] then
      complain("presentation context " .. context .. " was not accepted", "PS3.8 9.3.5.1")
    end
    local state = link.messages[role]
    if has_bit(header, 0) then
      if state.in_data_set then complain("a command begins within a data set", "PS3.8 E.1") end
      state.in_data_set = false
      state.command = (state.command or "") .. (value.fragment or "")
      if has_bit(header, 1) then
        local whole = state.command
        state.command = nil
        message(link, role, whole, complain)
      end
    else
      state.in_data_set = not has_bit(header, 1)
    end
  end
end

---------------------------------------------------------------- frames

local function new_link()
  return {
    is_whole = false,
    proposed = {},
    accepted = {},
    longest = {},
    awaited = { [REQUESTOR] = {}, [ACCEPTOR] = {} },
    messages = { [REQUESTOR] = {}, [ACCEPTOR] = {} },
  }
end

local function begin(link, client)
  link.client = client
  link.is_whole = true
  link.ends = { [REQUESTOR] = machine(REQUESTOR, SPEC.start.requestor), [ACCEPTOR] = machine(ACCEPTOR, SPEC.start.acceptor) }
end

local function show(link, role, name, complain)
  local end_ = link.ends and link.ends[role]
  if not end_ or end_.is_lost or not link.is_whole then return end
  local is_explained, states = shown(end_, name)
  if not is_explained then
    local what = name == SPEC.close and "closes the connection" or "sends " .. name
    complain(what .. " although it can only be in " .. states, "PS3.8 Table 9-10")
    link.ends = nil
  end
end

local function one_pdu(link, role, text, complain)
  local kind = SPEC.pdus[text:byte(1)]
  if not kind then
    complain("a PDU of a type that is not defined", "PS3.8 9.3.1")
    if link.ends then given(link.ends[OTHER[role]], SPEC.invalid_event) end
    return
  end
  local problems, values = {}, {}
  walk(text, 1, #text, SPEC.layouts[kind.layout], problems, values, "")
  for _, one in ipairs(problems) do complain(one[1] .. " " .. one[2], one[3]) end
  show(link, role, kind.name, complain)
  if link.ends then given(link.ends[OTHER[role]], kind.event) end
  if kind.is_data then
    data(link, role, values, #text - 6, complain)
  elseif kind.negotiates then
    negotiate(link, role, values, complain)
    link.is_answered = link.is_answered or kind.answers
  end
end

local function look(pinfo)
  local stream = get_stream()
  if not stream then return {} end
  local link = streams[stream.value]
  if not link then
    link = new_link()
    streams[stream.value] = link
  end
  local found, source = {}, tostring(pinfo.src) .. " " .. pinfo.src_port
  if get_syn().value and not get_ack().value then begin(link, source) end
  if get_lost() or get_ack_lost() then link.is_whole = false end
  local is_again = get_again() ~= nil
  for _, one in ipairs({ get_pdus() }) do
    local text = one.range:raw()
    if #text >= 6 and not is_again then
      if not link.client then
        local first = text:byte(1)
        local is_client = first == SPEC.first.request or not (first == SPEC.first.accept or first == SPEC.first.reject)
        link.client = is_client and source or ""
      end
      local role = (source == link.client) and REQUESTOR or ACCEPTOR
      one_pdu(link, role, text, function(what, clause) found[#found + 1] = { role .. ": " .. what, clause } end)
    end
  end
  if (get_fin().value or get_reset().value) and not link.is_closed and not is_again then
    link.is_closed = true
    local role = (source == link.client) and REQUESTOR or ACCEPTOR
    show(link, role, SPEC.close, function(what, clause) found[#found + 1] = { role .. ": " .. what, clause } end)
  end
  return found
end

function dulcimer.init()
  streams, results = {}, {}
end

function dulcimer.dissector(buffer, pinfo, tree)
  if not results[pinfo.number] then results[pinfo.number] = look(pinfo) end
  for _, one in ipairs(results[pinfo.number]) do
    local branch = tree:add(dulcimer)
    branch:add(f_violation, one[1])
    branch:add(f_clause, one[2])
    branch:add_proto_expert_info(e_violation, one[1] .. " (" .. one[2] .. ")")
    pinfo.cols.info:prepend("[" .. one[1] .. "] ")
  end
end

register_postdissector(dulcimer)
