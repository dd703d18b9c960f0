// The records every JavaScript suite produces and wants back, byte for byte, the comparison that says what differs, and the
// runner: the tests of a suite wait for the broker most of the time, so they run side by side, each with topics of its own.
'use strict'

const PARTITIONS = 3
// An hour ago: what is older than the topic's retention may be gone before it is read.
const TIMESTAMP_FIRST = Date.now() - 3_600_000
const SECONDS_MAX = 60

const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
const KEYS = [null, Buffer.alloc(0), Buffer.from('user-17'), Buffer.from('Schlüssel ключ 鍵'), ALL_BYTES, Buffer.alloc(4000, 'k')]
const HEADERS = [
  [],
  [['trace', Buffer.from('abc')]],
  [['null', null], ['empty', Buffer.alloc(0)]],
  [['twice', Buffer.from('1')], ['twice', Buffer.from('2')], ['', Buffer.from('no name')]],
  [['binär', ALL_BYTES]],
]

// Bytes no codec makes smaller, the same in every run.
function noise(size) {
  const bytes = Buffer.alloc(size)
  let state = 88172645
  for (let i = 0; i < size; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[i] = state & 255
  }
  return bytes
}

const VALUES = [
  null,
  Buffer.alloc(0),
  Buffer.from('{}'),
  Buffer.from('{"name":"Ünïcode","quantity":23958446825181076828}'),
  ALL_BYTES,
  Buffer.from('squeeze me '.repeat(3000)),
  noise(60_000),
]

// `count` records that walk through every combination of key, value and headers; the options are for clients that refuse some.
function samples({ count = 126, nullHeaders = true, empty = true, binaryHeaders = true } = {}) {
  const instead = Buffer.from('instead of nothing')
  const filled = (bytes) => (!empty && bytes?.length === 0 ? instead : bytes)
  const header = (value) => (value === null && !nullHeaders ? Buffer.alloc(0) : value === ALL_BYTES && !binaryHeaders ? instead : value)
  return Array.from({ length: count }, (_, i) => ({
    partition: i % PARTITIONS,
    key: filled(KEYS[i % KEYS.length]),
    value: i % VALUES.length === 2 ? Buffer.from(JSON.stringify({ number: i })) : filled(VALUES[i % VALUES.length]),
    headers: HEADERS[i % HEADERS.length].map(([key, value]) => [key, header(value)]),
    timestamp: TIMESTAMP_FIRST + i,
  }))
}

// Small records, each different from every other, for tests that only count what arrives.
function simple(first, count, partitions = PARTITIONS) {
  return Array.from({ length: count }, (_, n) => first + n).map((i) => ({
    partition: i % partitions, key: Buffer.from(String(i % 10)), value: Buffer.from(`value ${i}`), headers: [],
    timestamp: TIMESTAMP_FIRST + i,
  }))
}

class Failure extends Error {}

function check(condition, message) {
  if (!condition) throw new Failure(message)
}

function plain(value) {
  const text = JSON.stringify(value, (_, v) => {
    if (typeof v === 'bigint') return `${v}n`
    if (v && v.type === 'Buffer') return `bytes ${Buffer.from(v.data).toString('latin1')}`
    if (v instanceof Map) return ['map', ...v]
    if (v instanceof Set) return ['set', ...v]
    return v
  })
  return text === undefined ? 'undefined' : text
}

function short(value) {
  const text = plain(value)
  return text.length < 300 ? text : `${text.slice(0, 300)}… (${text.length} characters)`
}

function checkEqual(wanted, got, what) {
  check(plain(wanted) === plain(got), `${what}: wanted ${short(wanted)}, got ${short(got)}`)
}

// Both are lists of records in order per partition; those that were read carry their offset too.
function checkRecords(wanted, got, what) {
  for (const partition of new Set([...wanted, ...got].map((r) => r.partition))) {
    const want = wanted.filter((r) => r.partition === partition)
    const have = got.filter((r) => r.partition === partition)
    for (let i = 0; i < Math.min(want.length, have.length); i++) {
      for (const field of ['key', 'value', 'headers', 'timestamp']) {
        checkEqual(want[i][field], have[i][field], `${what}: partition ${partition}, record ${i}, ${field}`)
      }
      checkEqual(i, have[i].offset, `${what}: partition ${partition}, record ${i}, offset`)
    }
    checkEqual(want.length, have.length, `${what}: records of partition ${partition}`)
  }
}

// Several suites may share one broker: the name says whose topic it is.
let names = 0
function uniqueName(client, what) {
  return `${client}-${what}-${process.pid}-${Date.now() % 1e9}-${names++}`
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

// What `condition` returns once it is true.
async function waitUntil(condition, what, seconds = SECONDS_MAX) {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const result = await condition()
    if (result) return result
    check(Date.now() < end, `not within ${seconds} s: ${typeof what === 'function' ? what() : what}`)
    await sleep(20)
  }
}

// The error that `promise` fails with; that it does not fail is a failure.
async function refusal(promise, what) {
  let result
  try {
    result = await promise
  } catch (error) {
    return error
  }
  throw new Failure(`${what} was not refused: ${short(result)}`)
}

// Prints one line per test in the order of the table and ends the program. `tests`: {name: async function}.
async function main(tests) {
  const only = process.argv.slice(3)
  const chosen = Object.entries(tests).filter(([name]) => only.length === 0 || only.includes(name))
  const running = chosen.map(async ([name, test]) => {
    const started = Date.now()
    try {
      await test()
      if (process.env.EVLOG_SUITE_TIMES) console.log(`# ${name}: ${Date.now() - started} ms`)
      return `ok ${name}`
    } catch (error) {
      if (!(error instanceof Failure)) console.error(error.stack)
      return `not ok ${name}: ${String(error.message).replaceAll('\n', ' ')}`
    }
  })
  let failed = false
  for (const result of running) {
    const line = await result
    failed ||= line.startsWith('not ok')
    console.log(line)
  }
  process.exit(failed ? 1 : 0)
}

module.exports = {
  PARTITIONS, TIMESTAMP_FIRST, Failure, check, checkEqual, checkRecords, main, refusal, samples, simple, sleep, uniqueName, waitUntil,
}
