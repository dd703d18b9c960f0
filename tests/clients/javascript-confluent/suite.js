// @confluentinc/kafka-javascript, by its promises, against a broker: node suite.js HOST:PORT [TEST…].
'use strict'

const { Kafka, logLevel } = require('@confluentinc/kafka-javascript').KafkaJS
const {
  PARTITIONS, TIMESTAMP_FIRST, check, checkEqual, checkRecords, main, refusal, samples, simple, uniqueName, waitUntil,
} = require('../javascript/samples')

const kafka = new Kafka({ kafkaJS: { brokers: [process.argv[2]], clientId: 'confluent-js', logLevel: logLevel.NOTHING } })
const name = (what) => uniqueName('confluent-js', what)
const ERRORS = { NON_EMPTY_GROUP: 68, TOPIC_ALREADY_EXISTS: 36, INVALID_CONFIG: 40, MESSAGE_TOO_LARGE: 10, UNKNOWN_TOPIC_OR_PARTITION: 3, OFFSET_OUT_OF_RANGE: 1 }

async function create(admin, topic, partitions = PARTITIONS, configEntries = []) {
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor: 1, configEntries }], timeout: 60_000 })
  await waitUntil(async () => admin.fetchTopicOffsets(topic).then((found) => found.length === partitions, () => false), `${topic} has leaders`)
  return topic
}

function headersOf(list) {
  const headers = {}
  for (const [key, value] of list) headers[key] = headers[key] === undefined ? value : [headers[key], value].flat()
  return headers
}

async function produce(topic, records, { acks = -1, compression = 'none', idempotent = false, ...librdkafka } = {}) {
  const producer = kafka.producer({
    kafkaJS: { acks, compression, idempotent, allowAutoTopicCreation: true }, 'linger.ms': 20, 'queue.buffering.max.messages': 200_000, ...librdkafka,
  })
  await producer.connect()
  try {
    const messages = records.map((r) => ({ ...r, headers: headersOf(r.headers), timestamp: String(r.timestamp) }))
    const answers = await producer.send({ topic, messages })
    await producer.flush({ timeout: 60_000 })
    return answers
  } finally {
    await producer.disconnect()
  }
}

function recordOf(topic, partition, message) {
  const headers = Object.entries(message.headers ?? {}).flatMap(([key, value]) => [value].flat().map((one) => [key, one]))
  return { topic, partition, key: message.key, value: message.value, headers, timestamp: Number(message.timestamp), offset: Number(message.offset) }
}

class Member {
  constructor(groupId, topics, { autoCommit = true, seek = [] } = {}) {
    Object.assign(this, { groupId, topics, autoCommit, seek, got: [] })
  }

  async start() {
    this.consumer = kafka.consumer({
      kafkaJS: { groupId: this.groupId, fromBeginning: true, autoCommit: this.autoCommit, sessionTimeout: 30_000, heartbeatInterval: 300, maxWaitTimeInMs: 200 },
      'auto.commit.interval.ms': 200, 'topic.metadata.refresh.interval.ms': 2000,
    })
    await this.consumer.connect()
    await this.consumer.subscribe({ topics: this.topics })
    await this.consumer.run({ eachMessage: async ({ topic, partition, message }) => { this.got.push(recordOf(topic, partition, message)) } })
    for (const place of this.seek) this.consumer.seek(place)
    return this
  }

  get assigned() {
    return this.consumer.assignment().map((p) => p.partition).sort()
  }

  async stop() {
    await this.consumer.disconnect()
  }
}

async function readAll(topics, count) {
  const member = await new Member(name('reader'), topics, { autoCommit: false }).start()
  await waitUntil(() => member.got.length >= count, () => `${count} records (got ${member.got.length})`)
  await member.stop()
  return member.got
}

const offsetsOf = (entries) => entries.map(({ partition, offset }) => [partition, Number(offset)]).sort((a, b) => a[0] - b[0])

async function everyCodecKeepsEveryByte(admin) {
  const records = samples({ nullHeaders: false, empty: false }) // what is empty this client reads as null
  const topics = {}
  for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
    topics[compression] = await create(admin, name(`codec-${compression}`))
    await produce(topics[compression], records, { compression })
  }
  const got = await readAll(Object.values(topics), records.length * 5)
  for (const codec in topics) checkRecords(records, got.filter((r) => r.topic === topics[codec]), `codec ${codec}`)
}

async function everyAcknowledgementLevelDelivers(admin) {
  const topics = {}
  for (const acks of [0, 1, -1]) {
    topics[acks] = await create(admin, name(`acks-${acks}`))
    await produce(topics[acks], simple(0, 300), { acks })
  }
  const got = await readAll(Object.values(topics), 900)
  for (const acks in topics) checkRecords(simple(0, 300), got.filter((r) => r.topic === topics[acks]), `acks=${acks}`)
}

async function anIdempotentProducerWritesEachRecordOnce(admin) {
  const topic = await create(admin, name('idempotent'))
  await produce(topic, simple(0, 2000), { idempotent: true, 'batch.num.messages': 50 })
  checkRecords(simple(0, 2000), await readAll([topic], 2000), 'idempotent')
}

async function bigBatchesArriveWhole(admin) {
  const topic = await create(admin, name('big'), 1, [{ name: 'max.message.bytes', value: '8000000' }])
  const records = simple(0, 10_000, 1).map((r) => ({ ...r, value: Buffer.concat([r.value, Buffer.alloc(200, '.')]) }))
  const big = { 'batch.size': 4_000_000, 'batch.num.messages': 10_000, 'message.max.bytes': 8_000_000 }
  await produce(topic, records, big)
  await produce(topic, records, { compression: 'gzip', ...big })
  checkRecords([...records, ...records], await readAll([topic], 20_000), 'batches of 10,000 records')
}

async function offsetsAreFoundByEndTimeAndSeek(admin) {
  const topic = await create(admin, name('offsets'))
  await produce(topic, simple(0, 90))
  const ends = (await admin.fetchTopicOffsets(topic)).sort((a, b) => a.partition - b.partition)
  checkEqual([['0', '30'], ['0', '30'], ['0', '30']], ends.map(({ low, high }) => [low, high]), 'first and next offsets')
  const timed = await admin.fetchTopicOffsetsByTimestamp(topic, TIMESTAMP_FIRST + 45)
  checkEqual([[0, 15], [1, 15], [2, 15]], offsetsOf(timed), 'offsets for a time')
  const late = await admin.fetchTopicOffsetsByTimestamp(topic, TIMESTAMP_FIRST + 1e9)
  checkEqual([[0, 30], [1, 30], [2, 30]], offsetsOf(late), 'offsets for a time after the end')
  const member = await new Member(name('seeker'), [topic], { autoCommit: false, seek: timed.map((o) => ({ topic, ...o })) }).start()
  await waitUntil(() => member.got.length >= 45, 'what lies behind the offsets for a time')
  await member.stop()
  checkEqual(simple(45, 45).map((r) => r.value.toString()).sort(), member.got.map((r) => r.value.toString()).sort(), 'read after seek')
}

async function committedOffsets(admin, groupId, topic) {
  const [found] = await admin.fetchOffsets({ groupId, topics: [topic] })
  return offsetsOf(found.partitions)
}

async function aGroupChangesAndLosesNothing(admin) {
  const topic = await create(admin, name('group'), 4)
  const groupId = name('members')
  const everything = simple(0, 1200, 4)
  await produce(topic, everything.slice(0, 400))
  const first = await new Member(groupId, [topic]).start()
  await waitUntil(() => first.got.length >= 400, 'one member reads everything')
  checkEqual([0, 1, 2, 3], first.assigned, 'partitions of a lone member')
  const second = await new Member(groupId, [topic]).start()
  await waitUntil(() => first.assigned.length === 2 && second.assigned.length === 2, 'two members share four partitions')
  checkEqual([0, 1, 2, 3], [...first.assigned, ...second.assigned].sort(), 'no partition is forgotten or given twice')
  const both = () => new Map([...first.got, ...second.got].map((r) => [`${r.partition}@${r.offset}`, r]))
  await produce(topic, everything.slice(400, 800))
  await waitUntil(() => both().size >= 800, 'both read on')
  check(second.got.length > 0, 'the second member reads records')

  const { groups: [described] } = await admin.describeGroups([groupId])
  checkEqual(['consumer', 2], [described.protocolType, described.members.length], 'description of the group')
  check((await admin.listGroups()).groups.some((g) => g.groupId === groupId), 'the group is listed')
  const refused = await refusal(admin.deleteGroups([groupId]), 'deleting a group that has members')
  checkEqual(ERRORS.NON_EMPTY_GROUP, refused.groups?.[0].errorCode, 'deleting a group that has members')

  await second.stop()
  await waitUntil(() => first.assigned.length === 4, 'the member that stays takes everything over')
  await produce(topic, everything.slice(800))
  await waitUntil(() => both().size >= 1200, 'one reads the rest')
  await first.stop()
  checkRecords(everything, [...both().values()].sort((a, b) => a.offset - b.offset), 'records of the group')
  checkEqual([[0, 300], [1, 300], [2, 300], [3, 300]], await committedOffsets(admin, groupId, topic), 'committed offsets')
  await admin.deleteGroups([groupId])
  check(!(await admin.listGroups()).groups.some((g) => g.groupId === groupId), 'a deleted group is not listed')
}

async function commitsSurviveTheConsumer(admin) {
  const topic = await create(admin, name('commit'), 1)
  const groupId = name('committer')
  await produce(topic, simple(0, 20, 1))
  const member = await new Member(groupId, [topic], { autoCommit: false }).start()
  await waitUntil(() => member.got.length >= 20, 'all is read')
  await member.consumer.commitOffsets([{ topic, partition: 0, offset: '7', metadata: 'half way é' }])
  await member.stop()
  const [found] = await admin.fetchOffsets({ groupId, topics: [topic] })
  checkEqual(['7', 'half way é'], [found.partitions[0].offset, found.partitions[0].metadata], 'offset and metadata of the commit')
  const again = await new Member(groupId, [topic]).start()
  await waitUntil(() => again.got.length >= 13, 'a new member goes on where the old one stopped')
  await again.stop()
  checkEqual([7, 20], [again.got[0].offset, (await committedOffsets(admin, groupId, topic))[0][1]], 'first offset read, and the next committed')
}

async function topicsAreCreatedDescribedAndDeleted(admin) {
  const topic = name('admin')
  const wanted = { topic, numPartitions: 2, replicationFactor: 1, configEntries: [{ name: 'retention.ms', value: '3600000' }] }
  checkEqual(true, await admin.createTopics({ topics: [wanted] }), 'creation')
  checkEqual(false, await admin.createTopics({ topics: [wanted] }), 'a second creation says that it is there')
  const wrong = { ...wanted, topic: name('wrong'), configEntries: [{ name: 'retention.ms', value: 'soon' }] }
  checkEqual(ERRORS.INVALID_CONFIG, (await refusal(admin.createTopics({ topics: [wrong] }), 'a wrong value')).errors?.[0].code, 'a wrong value')
  await waitUntil(async () => (await admin.listTopics()).includes(topic), 'the topic is listed')
  const [described] = await admin.fetchTopicMetadata({ topics: [topic] })
  checkEqual(2, described.partitions.length, 'partitions')
  await admin.deleteTopics({ topics: [topic] })
  await waitUntil(async () => !(await admin.listTopics()).includes(topic), 'the topic is gone')
  const gone = await refusal(admin.deleteTopics({ topics: [topic] }), 'a second deletion')
  checkEqual(ERRORS.UNKNOWN_TOPIC_OR_PARTITION, gone.code, 'a second deletion')
}

async function recordsAreDeletedUpToAnOffset(admin) {
  const topic = await create(admin, name('trim'), 2)
  await produce(topic, simple(0, 40, 2))
  const deleted = await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '15' }, { partition: 1, offset: '-1' }] })
  checkEqual([[0, 15], [1, 20]], deleted.map((d) => [d.partition, d.lowWatermark]).sort(), 'low watermarks')
  checkEqual([15, 16, 17, 18, 19], (await readAll([topic], 5)).map((r) => r.offset), 'offsets left')
}

async function whatIsWrongIsRefusedByName(admin) {
  const topic = await create(admin, name('limits'), 1, [{ name: 'max.message.bytes', value: '2000' }])
  const large = [{ ...simple(0, 1, 1)[0], value: Buffer.alloc(5000, 'x') }]
  checkEqual(ERRORS.MESSAGE_TOO_LARGE, (await refusal(produce(topic, large), 'a large record')).code, 'a large record')
  const nowhere = await refusal(admin.fetchTopicMetadata({ topics: [name('nowhere')] }), 'the metadata of a topic that is not there')
  checkEqual(ERRORS.UNKNOWN_TOPIC_OR_PARTITION, nowhere.code, 'a topic that is not there')
  await produce(topic, simple(0, 3, 1))
  checkRecords(simple(0, 3, 1), await readAll([topic], 3), 'what came after the refused record')
}

async function aTopicAppearsWithItsFirstRecord() {
  const topic = name('auto')
  await produce(topic, simple(0, 1, 1))
  checkEqual(1, (await readAll([topic], 1)).length, 'records')
}

const tests = {
  'every codec keeps every byte': everyCodecKeepsEveryByte,
  'every acknowledgement level delivers': everyAcknowledgementLevelDelivers,
  'an idempotent producer writes each record once': anIdempotentProducerWritesEachRecordOnce,
  'big batches arrive whole': bigBatchesArriveWhole,
  'offsets are found by end, time and seek': offsetsAreFoundByEndTimeAndSeek,
  'a group changes and loses nothing': aGroupChangesAndLosesNothing,
  'commits survive the consumer': commitsSurviveTheConsumer,
  'topics are created, described and deleted': topicsAreCreatedDescribedAndDeleted,
  'records are deleted up to an offset': recordsAreDeletedUpToAnOffset,
  'what is wrong is refused by name': whatIsWrongIsRefusedByName,
  'a topic appears with its first record': aTopicAppearsWithItsFirstRecord,
}

async function withAdmin(test) {
  const admin = kafka.admin()
  await admin.connect()
  try {
    await test(admin)
  } finally {
    await admin.disconnect()
  }
}

main(Object.fromEntries(Object.entries(tests).map(([title, test]) => [title, () => withAdmin(test)])))
