// node-rdkafka against a broker: node suite.js HOST:PORT [TEST…]. The addon is linked with Debian's librdkafka.
'use strict'

process.env.UV_THREADPOOL_SIZE = '64' // each consumer that reads holds a thread of Node's pool

const { promisify } = require('node:util')
const Kafka = require('node-rdkafka')
const {
  PARTITIONS, TIMESTAMP_FIRST, check, checkEqual, checkRecords, main, refusal, samples, simple, uniqueName, waitUntil,
} = require('../javascript/samples')

const base = { 'bootstrap.servers': process.argv[2], 'client.id': 'node-rdkafka' }
const name = (what) => uniqueName('node-rdkafka', what)
const MILLISECONDS_MAX = 60_000
const { ERRORS } = Kafka.CODES

async function withClient(client, use) {
  await new Promise((resolve, reject) => client.connect({ timeout: MILLISECONDS_MAX }, (error) => (error ? reject(error) : resolve())))
  try {
    return await use(client)
  } finally {
    await new Promise((resolve) => client.disconnect(resolve))
  }
}

function withAdmin(use) {
  const admin = Kafka.AdminClient.create(base)
  const call = (method, ...parameters) => promisify(admin[method]).call(admin, ...parameters, MILLISECONDS_MAX)
  return use(call).finally(() => admin.disconnect())
}

async function create(topic, partitions = PARTITIONS, config = {}) {
  await withAdmin((call) => call('createTopic', { topic, num_partitions: partitions, replication_factor: 1, config }))
  return hasLeaders(topic, partitions)
}

// What is sent before the leaders are there is lost with acks=0, and rightly so: wait until each answers.
async function hasLeaders(topic, partitions) {
  const ask = () => withClient(new Kafka.Producer(base), async (client) => { // a new one each time: it does not ask again about what it did not find
    for (let p = 0; p < partitions; p++) await watermarks(client, topic, p)
  })
  await waitUntil(() => ask().then(() => true, () => false), `${topic} has leaders`)
  return topic
}

const watermarks = (client, topic, partition) => promisify(client.queryWatermarkOffsets).call(client, topic, partition, 5000)

// Resolves with the offset of each record, or rejects with the first that failed.
function produce(topic, records, options = {}) {
  const producer = new Kafka.Producer({ ...base, dr_cb: true, 'linger.ms': 20, 'queue.buffering.max.messages': 200_000, ...options })
  return withClient(producer, (client) => new Promise((resolve, reject) => {
    const offsets = []
    let left = records.length
    client.on('delivery-report', (error, report) => {
      if (error) return reject(error)
      offsets[report.opaque] = report.offset
      if (--left === 0) resolve(offsets)
    })
    client.setPollInterval(10)
    records.forEach((r, i) => client.produce(topic, r.partition, r.value, r.key, r.timestamp, i, r.headers.map(([key, value]) => ({ [key]: value }))))
    client.flush(MILLISECONDS_MAX, (error) => error && reject(error))
  }))
}

function recordOf(m) {
  const headers = (m.headers ?? []).flatMap((h) => Object.entries(h)).map(([key, value]) => [key, Buffer.from(value)])
  return { topic: m.topic, partition: m.partition, key: m.key ?? null, value: m.value ?? null, headers, timestamp: m.timestamp, offset: m.offset }
}

// A consumer that gathers what it reads: of given places, or as a member of a group.
class Reader {
  constructor(options = {}) {
    this.got = []
    this.consumer = new Kafka.KafkaConsumer({
      ...base, 'group.id': name('reader'), 'enable.auto.commit': false, 'fetch.wait.max.ms': 200, 'heartbeat.interval.ms': 300,
      'session.timeout.ms': 30_000, 'topic.metadata.refresh.interval.ms': 2000, rebalance_cb: true, ...options,
    }, { 'auto.offset.reset': 'earliest' })
    this.consumer.on('data', (m) => this.got.push(recordOf(m)))
  }

  async start({ places, topic }) {
    await new Promise((resolve, reject) => this.consumer.connect({ timeout: MILLISECONDS_MAX }, (error) => (error ? reject(error) : resolve())))
    if (places) this.consumer.assign(places)
    else this.consumer.subscribe([topic])
    this.consumer.setDefaultConsumeTimeout(100)
    this.consumer.consume()
    return this
  }

  get assigned() {
    return this.consumer.assignments().map((p) => p.partition).sort()
  }

  committed(places) {
    return promisify(this.consumer.committed).call(this.consumer, places, MILLISECONDS_MAX)
  }

  async stop() {
    await new Promise((resolve) => this.consumer.disconnect(resolve))
  }
}

function tryTo(act) {
  try {
    act()
    return true
  } catch {
    return false
  }
}

const placesOf = (topic, count = PARTITIONS, offset = 0) => Array.from({ length: count }, (_, partition) => ({ topic, partition, offset }))

async function read(places, count) {
  const reader = await new Reader().start({ places })
  await waitUntil(() => reader.got.length >= count, () => `${count} records (got ${reader.got.length})`)
  await reader.stop()
  return reader.got
}

async function everyCodecKeepsEveryByte() {
  const records = samples({ empty: false, nullHeaders: false, binaryHeaders: false }) // what is empty this client reads as null, and headers as text
  for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
    const topic = await create(name(`codec-${codec}`))
    const offsets = await produce(topic, records, { 'compression.codec': codec })
    checkEqual(records.map((_, i) => Math.floor(i / PARTITIONS)), offsets, `${codec}: offsets acknowledged`)
    checkRecords(records, await read(placesOf(topic), records.length), `codec ${codec}`)
  }
}

async function everyAcknowledgementLevelDelivers() {
  for (const acks of [0, 1, -1]) {
    const topic = await create(name(`acks-${acks}`))
    await produce(topic, simple(0, 300), { acks })
    checkRecords(simple(0, 300), await read(placesOf(topic), 300), `acks=${acks}`)
  }
}

async function anIdempotentProducerWritesEachRecordOnce() {
  const topic = await create(name('idempotent'))
  await produce(topic, simple(0, 2000), { 'enable.idempotence': true, 'batch.num.messages': 50 })
  checkRecords(simple(0, 2000), await read(placesOf(topic), 2000), 'idempotent')
}

async function bigBatchesArriveWhole() {
  const topic = await create(name('big'), 1, { 'max.message.bytes': '8000000' })
  const records = simple(0, 10_000, 1).map((r) => ({ ...r, value: Buffer.concat([r.value, Buffer.alloc(200, '.')]) }))
  const big = { 'batch.size': 4_000_000, 'batch.num.messages': 10_000, 'message.max.bytes': 8_000_000 }
  await produce(topic, records, big)
  await produce(topic, records, { 'compression.codec': 'gzip', ...big })
  checkRecords([...records, ...records], await read(placesOf(topic, 1), 20_000), 'batches of 10,000 records')
}

async function offsetsAreFoundByEndTimeAndSeek() {
  const topic = await create(name('offsets'))
  await produce(topic, simple(0, 90))
  await withClient(new Kafka.Producer(base), async (client) => {
    for (let p = 0; p < PARTITIONS; p++) {
      checkEqual({ lowOffset: 0, highOffset: 30 }, await watermarks(client, topic, p), 'first and next offset')
    }
  })
  const { consumer } = await new Reader().start({ places: [] })
  const times = await promisify(consumer.offsetsForTimes).call(consumer, placesOf(topic, PARTITIONS, TIMESTAMP_FIRST + 45), MILLISECONDS_MAX)
  checkEqual([15, 15, 15], times.map((p) => p.offset), 'offsets for a time')
  await new Promise((resolve) => consumer.disconnect(resolve))
  const got = await read(placesOf(topic, PARTITIONS, 15), 45)
  checkEqual(simple(45, 45).map((r) => r.value.toString()).sort(), got.map((r) => r.value.toString()).sort(), 'read from an offset')
}

async function aGroupChangesAndLosesNothing() {
  const topic = await create(name('group'), 4)
  const group = { 'group.id': name('members'), 'enable.auto.commit': true, 'auto.commit.interval.ms': 200 }
  const everything = simple(0, 1200, 4)
  await produce(topic, everything.slice(0, 400))
  const first = await new Reader(group).start({ topic })
  await waitUntil(() => first.got.length >= 400, 'one member reads everything')
  checkEqual([0, 1, 2, 3], first.assigned, 'partitions of a lone member')
  const second = await new Reader(group).start({ topic })
  await waitUntil(() => first.assigned.length === 2 && second.assigned.length === 2, 'two members share four partitions')
  checkEqual([0, 1, 2, 3], [...first.assigned, ...second.assigned].sort(), 'no partition is forgotten or given twice')
  const both = () => new Map([...first.got, ...second.got].map((r) => [`${r.partition}@${r.offset}`, r]))
  await produce(topic, everything.slice(400, 800))
  await waitUntil(() => both().size >= 800, 'both read on')
  check(second.got.length > 0, 'the second member reads records')
  await second.stop()
  await waitUntil(() => first.assigned.length === 4, 'the member that stays takes everything over')
  await produce(topic, everything.slice(800))
  await waitUntil(() => both().size >= 1200, 'one reads the rest')
  await first.stop()
  checkRecords(everything, [...both().values()].sort((a, b) => a.offset - b.offset), 'records of the group')
  const after = await new Reader(group).start({ places: [] })
  checkEqual([300, 300, 300, 300], (await after.committed(placesOf(topic, 4))).map((p) => p.offset), 'committed offsets')
  await after.stop()
}

async function commitsSurviveTheConsumerAndAreReset() {
  const topic = await create(name('commit'), 1)
  const group = { 'group.id': name('committer') }
  await produce(topic, simple(0, 20, 1))
  const place = { topic, partition: 0 }
  const first = await new Reader(group).start({ places: [] })
  await waitUntil(() => tryTo(() => first.consumer.commitSync({ ...place, offset: 7 })), 'the coordinator serves') // on a new broker that takes a moment
  await first.stop()
  const second = await new Reader(group).start({ topic })
  await waitUntil(() => second.got.length >= 13, 'a member goes on where the commit stands')
  checkEqual(7, second.got[0].offset, 'first offset read')
  await promisify(second.consumer.seek).call(second.consumer, { ...place, offset: 3 }, 5000)
  await waitUntil(() => second.got.length >= 13 + 17, 'a seek back reads again')
  second.consumer.commitSync({ ...place, offset: 3 })
  checkEqual(3, (await second.committed([place]))[0].offset, 'offset set back')
  await second.stop()
}

async function topicsAreCreatedChangedAndDeleted() {
  const topic = name('admin')
  await withAdmin(async (call) => {
    const wanted = { topic, num_partitions: 2, replication_factor: 1, config: { 'retention.ms': '3600000' } }
    await call('createTopic', wanted)
    checkEqual(ERRORS.ERR_TOPIC_ALREADY_EXISTS, (await refusal(call('createTopic', wanted), 'a second creation')).code, 'a second creation')
    const wrong = { ...wanted, topic: name('wrong'), config: { 'retention.ms': 'soon' } }
    checkEqual(ERRORS.ERR_INVALID_CONFIG, (await refusal(call('createTopic', wrong), 'a wrong value')).code, 'a wrong value')
    await call('createPartitions', topic, 5)
    await hasLeaders(topic, 5)
    checkEqual(ERRORS.ERR_INVALID_PARTITIONS, (await refusal(call('createPartitions', topic, 3), 'fewer partitions')).code, 'fewer partitions')
    await produce(topic, simple(0, 50, 5))
    checkRecords(simple(0, 50, 5), await read(placesOf(topic, 5), 50), 'records of five partitions')
    await call('deleteTopic', topic)
    await waitUntil(async () => !(await listed()).includes(topic), 'the topic is gone')
    checkEqual(ERRORS.ERR_UNKNOWN_TOPIC_OR_PART, (await refusal(call('deleteTopic', topic), 'a second deletion')).code, 'a second deletion')
  })
}

const metadata = () => withClient(new Kafka.Producer(base), (client) => promisify(client.getMetadata).call(client, { timeout: MILLISECONDS_MAX }))
const listed = async () => (await metadata()).topics.map((t) => t.name)

async function theClusterIsDescribed() {
  const { brokers } = await metadata()
  checkEqual([process.argv[2]], brokers.map((b) => `${b.host}:${b.port}`), 'addresses of the brokers')
}

async function whatIsWrongIsRefusedByName() {
  const topic = await create(name('limits'), 1, { 'max.message.bytes': '2000' })
  const large = [{ ...simple(0, 1, 1)[0], value: Buffer.alloc(5000, 'x') }]
  check(/message size too large/.test((await refusal(produce(topic, large), 'a large record')).message), 'a large record')
  const nowhere = await refusal(withClient(new Kafka.Producer(base), (client) => watermarks(client, name('nowhere'), 0)), 'a topic that is not there')
  check([ERRORS.ERR__UNKNOWN_PARTITION, ERRORS.ERR_UNKNOWN_TOPIC_OR_PART, ERRORS.ERR__UNKNOWN_TOPIC].includes(nowhere.code), `a topic that is not there: ${nowhere.message}`)
  await produce(topic, simple(0, 3, 1))
  checkRecords(simple(0, 3, 1), await read(placesOf(topic, 1), 3), 'what came after the refused record')
}

async function aTopicAppearsWithItsFirstRecord() {
  const topic = name('auto')
  await produce(topic, simple(0, 1, 1))
  checkEqual(1, (await read(placesOf(topic, 1), 1)).length, 'records')
}

main({
  'every codec keeps every byte': everyCodecKeepsEveryByte,
  'every acknowledgement level delivers': everyAcknowledgementLevelDelivers,
  'an idempotent producer writes each record once': anIdempotentProducerWritesEachRecordOnce,
  'big batches arrive whole': bigBatchesArriveWhole,
  'offsets are found by end, time and seek': offsetsAreFoundByEndTimeAndSeek,
  'a group changes and loses nothing': aGroupChangesAndLosesNothing,
  'commits survive the consumer and are reset': commitsSurviveTheConsumerAndAreReset,
  'topics are created, changed and deleted': topicsAreCreatedChangedAndDeleted,
  'the cluster is described': theClusterIsDescribed,
  'what is wrong is refused by name': whatIsWrongIsRefusedByName,
  'a topic appears with its first record': aTopicAppearsWithItsFirstRecord,
})
