// kafkajs against a broker: node kafkajs.js HOST:PORT [TEST…].
'use strict'

const { Kafka, CompressionTypes, CompressionCodecs, ConfigResourceTypes, Partitioners, logLevel } = require('kafkajs')
const {
  PARTITIONS, TIMESTAMP_FIRST, check, checkEqual, checkRecords, main, refusal, samples, simple, uniqueName, waitUntil,
} = require('./samples')

CompressionCodecs[CompressionTypes.Snappy] = require('kafkajs-snappy')
CompressionCodecs[CompressionTypes.LZ4] = () => {
  const lz4 = require('lz4-napi')
  return { compress: async (encoder) => lz4.compressFrame(encoder.buffer), decompress: async (bytes) => lz4.decompressFrame(bytes) }
}
CompressionCodecs[CompressionTypes.ZSTD] = () => {
  const ready = new Promise((resolve) => require('zstd-codec').ZstdCodec.run((zstd) => resolve(new zstd.Simple())))
  return {
    compress: async (encoder) => Buffer.from((await ready).compress(encoder.buffer, 3)),
    decompress: async (bytes) => Buffer.from((await ready).decompress(bytes)),
  }
}

const kafka = new Kafka({
  brokers: [process.argv[2]], clientId: 'kafkajs', logLevel: process.env.KAFKAJS_LOG ? logLevel.DEBUG : logLevel.NOTHING,
  requestTimeout: 60_000, retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 100 },
})
const AT_ONCE = { retry: { retries: 0 } }
const name = (what) => uniqueName('kafkajs', what)

// What this client's admin was asked for once it asks for with every refresh; a topic that is gone would spoil it for the others.
async function withAdmin(use, options = {}) {
  const admin = kafka.admin(options)
  await admin.connect()
  try {
    return await use(admin)
  } finally {
    await admin.disconnect()
  }
}

// What is sent with acks=0 before the leaders are there is lost, and rightly so. The client's own wait gives up where Kafka
// answers at first that it does not know the topic.
async function hasLeaders(topic, partitions) {
  const ask = () => withAdmin((admin) => admin.fetchTopicOffsets(topic), AT_ONCE).catch(() => [])
  await waitUntil(async () => (await ask()).length === partitions, `${topic} has leaders`)
  return topic
}

async function create(topic, partitions = PARTITIONS, configEntries = []) {
  const topics = [{ topic, numPartitions: partitions, replicationFactor: 1, configEntries }]
  await withAdmin((admin) => admin.createTopics({ waitForLeaders: false, topics }))
  return hasLeaders(topic, partitions)
}

// What this client makes of a list of headers: a name used twice has a list of values.
function headersOf(list) {
  const headers = {}
  for (const [key, value] of list) headers[key] = headers[key] === undefined ? value : [headers[key], value].flat()
  return headers
}

async function produce(topic, records, { acks = -1, compression = CompressionTypes.None, ...options } = {}) {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, ...options })
  await producer.connect()
  const messages = records.map((r) => ({ ...r, headers: headersOf(r.headers), timestamp: String(r.timestamp) }))
  const answers = await producer.send({ topic, acks, compression, messages })
  await producer.disconnect()
  return answers
}

function recordOf(topic, partition, message) {
  const headers = Object.entries(message.headers).flatMap(([key, value]) => [value].flat().map((one) => [key, one]))
  return { topic, partition, key: message.key, value: message.value, headers, timestamp: Number(message.timestamp), offset: Number(message.offset) }
}

// On a new broker a coordinator takes a moment to serve, which this client's groups do not always wait.
async function coordinated(groupId) {
  const ask = () => withAdmin((admin) => admin.fetchOffsets({ groupId }))
  await waitUntil(() => ask().then(() => true, () => false), `${groupId} has a coordinator`)
  return groupId
}

// A member of a group that gathers what it reads; this client consumes in groups only.
class Member {
  constructor(groupId, topics, { commit = true, seek, fromBeginning = true } = {}) {
    Object.assign(this, { groupId, topics, commit, seek, fromBeginning, got: [], assigned: [] })
  }

  async start() {
    this.consumer = kafka.consumer({ groupId: await coordinated(this.groupId), heartbeatInterval: 300, sessionTimeout: 30_000, maxWaitTimeInMs: 200, metadataMaxAge: 2000 })
    this.consumer.on(this.consumer.events.GROUP_JOIN, ({ payload }) => {
      this.assigned = Object.values(payload.memberAssignment).flat()
    })
    await this.consumer.connect()
    await this.consumer.subscribe({ topics: this.topics, fromBeginning: this.fromBeginning })
    await this.consumer.run({
      autoCommit: this.commit,
      eachBatch: async ({ batch, resolveOffset, isStale }) => {
        for (const message of batch.messages) {
          if (isStale()) return
          this.got.push(recordOf(batch.topic, batch.partition, message))
          resolveOffset(message.offset)
        }
      },
    })
    for (const place of this.seek ?? []) this.consumer.seek(place)
    return this
  }

  async stop() {
    await this.consumer.disconnect()
  }
}

async function readAll(topics, count) {
  const member = await new Member(name('reader'), topics, { commit: false }).start()
  await waitUntil(() => member.got.length >= count, () => `${count} records (got ${member.got.length})`)
  await member.stop()
  return member.got
}

// The broker's reason, wherever this client keeps it.
function reason(error) {
  const inner = error?.groups ?? error?.partitions ?? error?.errors
  return error && (error.code !== undefined ? error.type : reason(inner ? inner[0].error ?? inner[0] : error.cause))
}

const offsetsOf = (entries) => entries.map(({ partition, offset }) => [partition, Number(offset)]).sort((a, b) => a[0] - b[0])

async function everyCodecKeepsEveryByte() {
  const records = samples({ nullHeaders: false })
  const codecs = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy, lz4: CompressionTypes.LZ4, zstd: CompressionTypes.ZSTD }
  const topics = {}
  for (const [codec, compression] of Object.entries(codecs)) {
    topics[codec] = await create(name(`codec-${codec}`))
    const answers = await produce(topics[codec], records, { compression })
    checkEqual(['0', '0', '0'], answers.map((a) => a.baseOffset), `${codec}: offsets acknowledged`)
  }
  const got = await readAll(Object.values(topics), records.length * 5)
  for (const codec in codecs) checkRecords(records, got.filter((r) => r.topic === topics[codec]), `codec ${codec}`)
}

async function everyAcknowledgementLevelDelivers() {
  const topics = {}
  for (const acks of [0, 1, -1]) {
    topics[acks] = await create(name(`acks-${acks}`))
    await produce(topics[acks], simple(0, 300), { acks })
  }
  const got = await readAll(Object.values(topics), 900)
  for (const acks in topics) checkRecords(simple(0, 300), got.filter((r) => r.topic === topics[acks]), `acks=${acks}`)
}

async function anIdempotentProducerWritesEachRecordOnce() {
  const topic = await create(name('idempotent'))
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  for (let first = 0; first < 600; first += 60) {
    const messages = simple(first, 60).map((r) => ({ ...r, headers: {}, timestamp: String(r.timestamp) }))
    await producer.send({ topic, messages })
  }
  await producer.disconnect()
  checkRecords(simple(0, 600), await readAll([topic], 600), 'idempotent')
}

async function bigBatchesArriveWhole() {
  const topic = await create(name('big'), 1, [{ name: 'max.message.bytes', value: '8000000' }])
  const records = simple(0, 3000, 1).map((r) => ({ ...r, value: Buffer.concat([r.value, Buffer.alloc(1500, '.')]) }))
  await produce(topic, records)
  await produce(topic, records, { compression: CompressionTypes.GZIP })
  checkRecords([...records, ...records], await readAll([topic], 6000), 'batches of 4.5 MB')
}

async function offsetsAreFoundByEndTimeAndSeek(admin) {
  const topic = await create(name('offsets'))
  await produce(topic, simple(0, 90))
  const ends = (await admin.fetchTopicOffsets(topic)).sort((a, b) => a.partition - b.partition)
  checkEqual([['0', '30'], ['0', '30'], ['0', '30']], ends.map(({ low, high }) => [low, high]), 'first and next offsets')
  const timed = await admin.fetchTopicOffsetsByTimestamp(topic, TIMESTAMP_FIRST + 45)
  checkEqual([[0, 15], [1, 15], [2, 15]], offsetsOf(timed), 'offsets for a time')
  const late = await admin.fetchTopicOffsetsByTimestamp(topic, TIMESTAMP_FIRST + 1e9)
  checkEqual([[0, 30], [1, 30], [2, 30]], offsetsOf(late), 'offsets for a time after the end')
  const member = await new Member(name('seeker'), [topic], { commit: false, seek: timed.map((o) => ({ topic, ...o })) }).start()
  await waitUntil(() => member.got.length >= 45, 'what lies behind the offsets for a time')
  await member.stop()
  checkEqual(simple(45, 45).map((r) => r.value.toString()).sort(), member.got.map((r) => r.value.toString()).sort(), 'read after seek')
}

async function aGroupChangesAndLosesNothing(admin) {
  const topic = await create(name('group'), 4)
  const groupId = name('members')
  const everything = simple(0, 1200, 4)
  await produce(topic, everything.slice(0, 400))
  const first = await new Member(groupId, [topic]).start()
  await waitUntil(() => first.got.length >= 400, 'one member reads everything')
  checkEqual([0, 1, 2, 3], [...first.assigned].sort(), 'partitions of a lone member')
  const second = await new Member(groupId, [topic]).start()
  await waitUntil(() => first.assigned.length === 2 && second.assigned.length === 2, 'two members share four partitions')
  checkEqual([0, 1, 2, 3], [...first.assigned, ...second.assigned].sort(), 'no partition is forgotten or given twice')
  const both = () => new Map([...first.got, ...second.got].map((r) => [`${r.partition}@${r.offset}`, r]))
  await produce(topic, everything.slice(400, 800))
  await waitUntil(() => both().size >= 800, 'both read on')
  check(second.got.length > 0, 'the second member reads records')

  await waitUntil(async () => {
    const { groups: [{ state, protocolType, members }] } = await admin.describeGroups([groupId])
    return state === 'Stable' && protocolType === 'consumer' && members.length === 2
  }, 'the group is described as stable with two members')
  check((await admin.listGroups()).groups.some((g) => g.groupId === groupId && g.protocolType === 'consumer'), 'the group is listed')
  const refused = await refusal(admin.deleteGroups([groupId]), 'deleting a group that has members')
  checkEqual('NON_EMPTY_GROUP', reason(refused), 'deleting a group that has members')

  await second.stop()
  await waitUntil(() => first.assigned.length === 4, 'the member that stays takes everything over')
  await produce(topic, everything.slice(800))
  await waitUntil(() => both().size >= 1200, 'one reads the rest')
  await first.stop()
  const once = [...both().values()].sort((a, b) => a.offset - b.offset)
  checkRecords(everything, once, 'records of the group')
  const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] })
  checkEqual([[0, 300], [1, 300], [2, 300], [3, 300]], offsetsOf(committed.partitions), 'committed offsets')
  checkEqual(0, (await admin.deleteGroups([groupId]))[0].errorCode, 'deleting a group nobody is in')
  check(!(await admin.listGroups()).groups.some((g) => g.groupId === groupId), 'a deleted group is not listed')
}

async function commitsSurviveTheConsumerAndAreReset(admin) {
  const topic = await create(name('commit'), 1)
  const groupId = await coordinated(name('committer'))
  await produce(topic, simple(0, 20, 1))
  const committed = async () => (await admin.fetchOffsets({ groupId, topics: [topic] }))[0].partitions[0]
  checkEqual('-1', (await committed()).offset, 'nothing is committed at first')
  const member = await new Member(groupId, [topic], { commit: false }).start()
  await waitUntil(() => member.got.length >= 20, 'all is read')
  await member.consumer.commitOffsets([{ topic, partition: 0, offset: '7', metadata: 'half way é' }])
  const refused = await refusal(admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '3' }] }), 'setting the offsets of a running group')
  check(/running|Stable/.test(refused.message), `the reason: ${refused.message}`)
  await member.stop()
  checkEqual(['7', 'half way é'], [(await committed()).offset, (await committed()).metadata], 'offset and metadata of the commit')
  const again = await new Member(groupId, [topic]).start()
  await waitUntil(() => again.got.length >= 13, 'a new member goes on where the old one stopped')
  await again.stop()
  checkEqual([7, 20], [again.got[0].offset, Number((await committed()).offset)], 'first offset read, and the next committed')
  await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '11' }] })
  checkEqual('11', (await committed()).offset, 'offset set by an administrator')
}

async function configurationOf(admin, type, resource, ...configNames) {
  const { resources: [found] } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type, name: resource, configNames }] })
  return Object.fromEntries(found.configEntries.map((entry) => [entry.configName, entry.configValue]))
}

async function topicsAreCreatedDescribedChangedAndDeleted(admin) {
  const topic = name('admin')
  const wanted = { topic, numPartitions: 2, replicationFactor: 1, configEntries: [{ name: 'retention.ms', value: '3600000' }] }
  checkEqual(true, await admin.createTopics({ validateOnly: true, waitForLeaders: false, topics: [wanted] }), 'a creation only checked')
  check(!(await admin.listTopics()).includes(topic), 'what was only checked does not exist')
  checkEqual(true, await admin.createTopics({ waitForLeaders: false, topics: [wanted] }), 'creation')
  checkEqual(false, await admin.createTopics({ waitForLeaders: false, topics: [wanted] }), 'a second creation says that it is there')
  const wrong = { ...wanted, topic: name('wrong'), configEntries: [{ name: 'retention.ms', value: 'soon' }] }
  checkEqual('INVALID_CONFIG', reason(await refusal(admin.createTopics({ waitForLeaders: false, topics: [wrong] }), 'a wrong value')), 'a wrong value')
  await waitUntil(async () => (await admin.listTopics()).includes(topic), 'the topic is listed')

  const { TOPIC } = ConfigResourceTypes
  checkEqual({ 'retention.ms': '3600000' }, await configurationOf(admin, TOPIC, topic, 'retention.ms'), 'configuration of the topic')
  await admin.alterConfigs({ validateOnly: false, resources: [{ type: TOPIC, name: topic, configEntries: [{ name: 'max.message.bytes', value: '2000000' }] }] })
  // This client sets whole configurations: what is not named goes back to its default.
  const changed = async () => configurationOf(admin, TOPIC, topic, 'retention.ms', 'max.message.bytes')
  await waitUntil(async () => (await changed())['max.message.bytes'] === '2000000', 'the change shows')
  checkEqual('604800000', (await changed())['retention.ms'], 'what was not named')

  await admin.createPartitions({ topicPartitions: [{ topic, count: 5 }] })
  await waitUntil(async () => (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0].partitions.length === 5, 'five partitions')
  const fewer = await refusal(admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] }), 'fewer partitions')
  checkEqual('INVALID_PARTITIONS', reason(fewer), 'fewer partitions')
  await hasLeaders(topic, 5)
  await produce(topic, simple(0, 50, 5))
  checkRecords(simple(0, 50, 5), await readAll([topic], 50), 'records of five partitions')

  await admin.deleteTopics({ topics: [topic] })
  await waitUntil(async () => !(await admin.listTopics()).includes(topic), 'the topic is gone')
  const gone = await refusal(withAdmin((other) => other.deleteTopics({ topics: [topic] }), AT_ONCE), 'a second deletion')
  checkEqual('UNKNOWN_TOPIC_OR_PARTITION', reason(gone), 'a second deletion')
}

async function recordsAreDeletedUpToAnOffset(admin) {
  const topic = await create(name('trim'), 2)
  await produce(topic, simple(0, 40, 2))
  checkEqual(2, (await admin.fetchTopicOffsets(topic)).length, 'partitions') // deleteTopicRecords asks for no metadata itself
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '15' }, { partition: 1, offset: '-1' }] })
  const lows = (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => [partition, low, high]).sort()
  checkEqual([[0, '15', '20'], [1, '20', '20']], lows, 'first and next offsets')
  const got = await readAll([topic], 5)
  checkEqual([15, 16, 17, 18, 19], got.map((r) => r.offset), 'offsets left')
  const beyond = await refusal(admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '999' }] }), 'an offset after the end')
  checkEqual('OFFSET_OUT_OF_RANGE', reason(beyond), 'an offset after the end')
}

async function theClusterIsDescribed(admin) {
  const cluster = await admin.describeCluster()
  checkEqual([1, 1, 22], [cluster.brokers.length, cluster.brokers[0].nodeId, cluster.clusterId.length].map((n, i) => (i === 1 && n === cluster.controller ? 1 : n)), 'brokers')
  const { nodeId, host, port } = cluster.brokers[0]
  checkEqual(process.argv[2], `${host}:${port}`, `the address of broker ${nodeId}`)
  const configuration = await configurationOf(admin, ConfigResourceTypes.BROKER, String(nodeId), 'log.retention.hours', 'node.id')
  checkEqual([String(nodeId), '168'], [configuration['node.id'], configuration['log.retention.hours']], 'configuration of the broker')
  const topic = await create(name('moving'), 1)
  checkEqual({ topics: [] }, { topics: (await admin.listPartitionReassignments({ topics: [{ topic, partitions: [0] }] })).topics }, 'nothing is being moved')
}

async function whatIsWrongIsRefusedByName(admin) {
  const topic = await create(name('limits'), 1, [{ name: 'max.message.bytes', value: '2000' }])
  const large = [{ ...simple(0, 1, 1)[0], value: Buffer.alloc(5000, 'x') }]
  checkEqual('MESSAGE_TOO_LARGE', reason(await refusal(produce(topic, large, AT_ONCE), 'a large record')), 'a large record')
  const unknown = await refusal(withAdmin((other) => other.fetchTopicOffsets(name('nowhere')), AT_ONCE), 'the offsets of a topic that is not there')
  checkEqual('UNKNOWN_TOPIC_OR_PARTITION', reason(unknown), 'a topic that is not there')
  const producer = kafka.producer({ allowAutoTopicCreation: false, ...AT_ONCE, createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  const nowhere = await refusal(producer.send({ topic: name('nowhere'), messages: [{ value: 'x' }] }), 'a record for a topic that is not there')
  checkEqual('UNKNOWN_TOPIC_OR_PARTITION', reason(nowhere), 'a record for a topic that is not there')
  await producer.disconnect()
  await produce(topic, simple(0, 3, 1))
  checkRecords(simple(0, 3, 1), await readAll([topic], 3), 'what came after the refused record')
}

async function aTopicAppearsWithItsFirstRecord() {
  const topic = name('auto')
  await produce(topic, [{ ...simple(0, 1, 1)[0] }])
  checkEqual(1, (await readAll([topic], 1)).length, 'records')
}

const tests = {
  'every codec keeps every byte': everyCodecKeepsEveryByte,
  'every acknowledgement level delivers': everyAcknowledgementLevelDelivers,
  'an idempotent producer writes each record once': anIdempotentProducerWritesEachRecordOnce,
  'big batches arrive whole': bigBatchesArriveWhole,
  'offsets are found by end, time and seek': offsetsAreFoundByEndTimeAndSeek,
  'a group changes and loses nothing': aGroupChangesAndLosesNothing,
  'commits survive the consumer and are reset': commitsSurviveTheConsumerAndAreReset,
  'topics are created, described, changed and deleted': topicsAreCreatedDescribedChangedAndDeleted,
  'records are deleted up to an offset': recordsAreDeletedUpToAnOffset,
  'the cluster is described': theClusterIsDescribed,
  'what is wrong is refused by name': whatIsWrongIsRefusedByName,
  'a topic appears with its first record': aTopicAppearsWithItsFirstRecord,
}
main(Object.fromEntries(Object.entries(tests).map(([title, test]) => [title, () => withAdmin(test)])))
