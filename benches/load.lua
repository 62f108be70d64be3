-- What wrk sends, told by the environment: $LOAD_METHOD, $LOAD_HEADERS (one a line), $LOAD_BODY. With $LOAD_VALUES, a
-- file, each request takes a line of it in the place of VALUE in the headers and the body, and the load ends with the
-- last one. With $LOAD_REFILL, a pattern, a value found in an answer joins the lines that are left. With $LOAD_AGAIN the
-- lines are taken over and over again.

local ffi = require("ffi")
ffi.cdef("struct moment { long seconds, nanoseconds; }; int clock_gettime(int, struct moment *);")
local moment = ffi.new("struct moment")

local function now() -- seconds on the monotonic clock
  ffi.C.clock_gettime(1, moment)
  return tonumber(moment.seconds) + tonumber(moment.nanoseconds) / 1e9
end

wrk.method = os.getenv("LOAD_METHOD")
wrk.body = os.getenv("LOAD_BODY")
for name, value in os.getenv("LOAD_HEADERS"):gmatch("([^:\n]+): ([^\n]*)") do
  wrk.headers[name] = value
end

local file, refill, again = os.getenv("LOAD_VALUES"), os.getenv("LOAD_REFILL"), os.getenv("LOAD_AGAIN")
local values, first, last = {}, 1, 0

local function add(value)
  last = last + 1
  values[last] = value
end

local function with(value)
  local function filled(template)
    return (tostring(template):gsub("VALUE", function() return value end))
  end
  local headers = {}
  for name, template in pairs(wrk.headers) do
    headers[name] = filled(template)
  end
  return wrk.format(nil, nil, headers, filled(wrk.body))
end

for line in file and io.lines(file) or function() end do
  add(line)
end

if file and again then
  local made = {} -- each once: the load is not what is measured

  function request()
    local n = first
    first = n % last + 1
    made[n] = made[n] or with(values[n])
    return made[n]
  end
elseif file then
  function request()
    begun = begun or now()
    local value = values[first]
    if value then
      values[first] = nil
      first = first + 1
    else
      wrk.thread:stop()
    end
    return with(value or "none is left")
  end

  function response(_, _, body)
    ended = now()
    local value = refill and body:match(refill)
    if value then
      add(value)
    end
  end
end

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function done(summary, latency)
  local begun, ended = threads[1]:get("begun"), threads[1]:get("ended")
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "refused": %d, "failed": %d, "seconds": %f, "p50": %f, "p99": %f, "slowest": %f}\n',
    summary.requests, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    begun and ended and ended - begun or summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end
