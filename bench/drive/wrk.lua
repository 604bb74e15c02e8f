-- Drives `wrk`: POSTs one body with many keys in turn, and prints the result as JSON.
-- Arguments after `--`: a file of header lines, a file of keys (one a line), a file with the body.
local requests, index = {}, 0

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

function init(args)
  local headers = { ["content-type"] = "application/json" }
  for line in io.lines(args[1]) do
    local name, value = line:match("^(.-): (.*)$")
    headers[name] = value
  end
  local body = read(args[3])
  for key in io.lines(args[2]) do
    headers["authorization"] = "Bearer " .. key
    requests[#requests + 1] = wrk.format("POST", nil, headers, body)
  end
end

function request()
  index = index % #requests + 1
  return requests[index]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"answers":%d,"seconds":%f,"p50Ms":%f,"p99Ms":%f,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
