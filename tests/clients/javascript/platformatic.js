// @platformatic/kafka against a broker: node platformatic.js HOST:PORT [TEST…].
'use strict'

const {
  PARTITIONS, TIMESTAMP_FIRST, check, checkEqual, checkRecords, main, refusal, samples, simple, uniqueName, waitUntil,
} = require('./samples')

const base = { clientId: 'platformatic', bootstrapBrokers: [process.argv[2]], retries: 50, retryDelay: 100, timeout: 60_000 }
const TOPIC = 2
const BROKER = 4
const SET = 0
const DELETE = 1
const name = (what) => uniqueName('platformatic', what)
let client // the module: it has no CommonJS form

async function create(admin, topic, partitions = PARTITIONS, configs = []) {
  await admin.createTopics({ topics: [topic], partitions, replicas: 1, configs })
  return hasLeaders(admin, topic, partitions)
}

// What is sent with acks=0 before the leaders are there is lost, and rightly so.
async function hasLeaders(admin, topic, partitions) {
  const asked = Array.from({ length: partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1n }))
  const ask = () => admin.listOffsets({ topics: [{ name: topic, partitions: asked }] }).catch(() => [])
  await waitUntil(async () => (await ask())[0]?.partitions.length === partitions, `${topic} has leaders`)
  return topic
}

async function produce(topic, records, options = {}) {
  const producer = new client.Producer({ ...base, autocreateTopics: false, ...options })
  const messages = records.map((r) => ({
    topic, partition: r.partition, key: r.key ?? undefined, value: r.value ?? undefined, timestamp: BigInt(r.timestamp),
    headers: new Map(r.headers.map(([key, value]) => [Buffer.from(key), value])),
  }))
  try {
    return await producer.send({ messages })
  } finally {
    await producer.close()
  }
}

function recordOf(message) {
  return {
    topic: message.topic, partition: message.partition, key: message.key ?? null, value: message.value ?? null,
    headers: [...message.headers].map(([key, value]) => [key.toString(), value ?? null]), timestamp: Number(message.timestamp),
    offset: Number(message.offset),
  }
}

// A member of a group that gathers what it reads.
class Member {
  constructor(groupId, topics, options = {}) {
    Object.assign(this, { groupId, topics, options, got: [] })
  }

  async start() {
    this.consumer = new client.Consumer({
      ...base, groupId: this.groupId, sessionTimeout: 30_000, rebalanceTimeout: 60_000, heartbeatInterval: 300, maxWaitTime: 200, autocommit: false,
    })
    this.stream = await this.consumer.consume({ topics: this.topics, mode: 'earliest', ...this.options })
    this.stream.on('data', (message) => this.got.push(recordOf(message)))
    this.stream.on('error', (error) => { this.error = error })
    return this
  }

  get assigned() {
    return (this.consumer.assignments ?? []).flatMap((a) => a.partitions).sort()
  }

  async stop() {
    await this.consumer.close(true)
    if (this.error) throw this.error
  }
}

async function readAll(topics, count) {
  const member = await new Member(name('reader'), topics).start()
  await waitUntil(() => member.got.length >= count || member.error, () => `${count} records (got ${member.got.length})`)
  await member.stop()
  return member.got
}

// The broker's reason, wherever this client keeps it.
function reason(error) {
  return error && (error.apiId ?? (error.errors?.map(reason).find(Boolean) || reason(error.cause)))
}

async function everyCodecKeepsEveryByte(admin) {
  const records = samples()
  const topics = {}
  // zstd only where Node has it: this client brings none.
  for (const codec of ['none', 'gzip', 'snappy', 'lz4', ...(require('node:zlib').zstdCompressSync ? ['zstd'] : [])]) {
    topics[codec] = await create(admin, name(`codec-${codec}`))
    const { offsets } = await produce(topics[codec], records, { compression: codec })
    checkEqual([[0, 0n], [1, 0n], [2, 0n]], offsets.map((o) => [o.partition, o.offset]).sort(), `${codec}: offsets acknowledged`)
  }
  const got = await readAll(Object.values(topics), records.length * Object.keys(topics).length)
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
  const producer = new client.Producer({ ...base, idempotent: true })
  for (let first = 0; first < 600; first += 60) {
    const messages = simple(first, 60).map((r) => ({ ...r, topic, headers: new Map(), timestamp: BigInt(r.timestamp) }))
    await producer.send({ messages })
  }
  await producer.close()
  checkRecords(simple(0, 600), await readAll([topic], 600), 'idempotent')
}

async function bigBatchesArriveWhole(admin) {
  const topic = await create(admin, name('big'), 1, [{ name: 'max.message.bytes', value: '8000000' }])
  const records = simple(0, 3000, 1).map((r) => ({ ...r, value: Buffer.concat([r.value, Buffer.alloc(1500, '.')]) }))
  await produce(topic, records)
  await produce(topic, records, { compression: 'gzip' })
  checkRecords([...records, ...records], await readAll([topic], 6000), 'batches of 4.5 MB')
}

async function offsetsAreFoundByEndTimeAndSeek(admin) {
  const topic = await create(admin, name('offsets'))
  await produce(topic, simple(0, 90))
  const listed = async (timestamp) => {
    const partitions = [0, 1, 2].map((partitionIndex) => ({ partitionIndex, timestamp }))
    const [found] = await admin.listOffsets({ topics: [{ name: topic, partitions }] })
    return found.partitions.sort((a, b) => a.partitionIndex - b.partitionIndex).map((p) => p.offset)
  }
  checkEqual([0n, 0n, 0n], await listed(-2n), 'first offsets')
  checkEqual([30n, 30n, 30n], await listed(-1n), 'next offsets')
  checkEqual([29n, 29n, 29n], await listed(-3n), 'offsets of the latest timestamps')
  checkEqual([15n, 15n, 15n], await listed(BigInt(TIMESTAMP_FIRST + 45)), 'offsets for a time')
  checkEqual([-1n, -1n, -1n], await listed(BigInt(TIMESTAMP_FIRST) + 1_000_000_000n), 'offsets for a time after the end')
  const offsets = [0, 1, 2].map((partition) => ({ topic, partition, offset: 15n }))
  const member = await new Member(name('seeker'), [topic], { mode: 'manual', offsets }).start()
  await waitUntil(() => member.got.length >= 45, 'what lies behind the offsets for a time')
  await member.stop()
  checkEqual(simple(45, 45).map((r) => r.value.toString()).sort(), member.got.map((r) => r.value.toString()).sort(), 'read from an offset')
}

async function committedOffsets(admin, groupId) {
  const [{ topics }] = await admin.listConsumerGroupOffsets({ groups: [groupId] })
  return topics.flatMap((t) => t.partitions.map((p) => [p.partitionIndex, p.committedOffset])).sort((a, b) => a[0] - b[0])
}

async function aGroupChangesAndLosesNothing(admin) {
  const topic = await create(admin, name('group'), 4)
  const groupId = name('members')
  const everything = simple(0, 1200, 4)
  const options = { mode: 'committed', fallbackMode: 'earliest', autocommit: 100 }
  await produce(topic, everything.slice(0, 400))
  const first = await new Member(groupId, [topic], options).start()
  await waitUntil(() => first.got.length >= 400, 'one member reads everything')
  checkEqual([0, 1, 2, 3], first.assigned, 'partitions of a lone member')
  const second = await new Member(groupId, [topic], options).start()
  await waitUntil(() => first.assigned.length === 2 && second.assigned.length === 2, 'two members share four partitions')
  checkEqual([0, 1, 2, 3], [...first.assigned, ...second.assigned].sort(), 'no partition is forgotten or given twice')
  const both = () => new Map([...first.got, ...second.got].map((r) => [`${r.partition}@${r.offset}`, r]))
  await produce(topic, everything.slice(400, 800))
  await waitUntil(() => both().size >= 800, 'both read on')
  check(second.got.length > 0, 'the second member reads records')

  const described = async () => (await admin.describeGroups({ groups: [groupId] })).get(groupId)
  await waitUntil(async () => {
    const { state, protocolType, members } = await described()
    return state.toUpperCase() === 'STABLE' && protocolType === 'consumer' && members.size === 2
  }, 'the group is described as stable with two members')
  checkEqual('consumer', (await admin.listGroups()).get(groupId)?.protocolType, 'the group is listed')
  checkEqual('NON_EMPTY_GROUP', reason(await refusal(admin.deleteGroups({ groups: [groupId] }), 'deleting a group that has members')), 'the reason')

  await waitUntil(async () => (await committedOffsets(admin, groupId)).every(([, offset]) => offset >= 200n), 'all that was read is committed')
  await second.stop()
  await waitUntil(() => first.assigned.length === 4, 'the member that stays takes everything over')
  await produce(topic, everything.slice(800))
  await waitUntil(() => both().size >= 1200, 'one reads the rest')
  const all = [[0, 300n], [1, 300n], [2, 300n], [3, 300n]]
  await waitUntil(async () => JSON.stringify((await committedOffsets(admin, groupId)).map(String)) === JSON.stringify(all.map(String)), 'committed offsets')
  await first.stop()
  checkRecords(everything, [...both().values()].sort((a, b) => a.offset - b.offset), 'records of the group')
  await waitUntil(async () => (await admin.describeGroups({ groups: [groupId] })).get(groupId).members.size === 0, 'both have left')
  await admin.deleteGroups({ groups: [groupId] })
  check(!(await admin.listGroups()).has(groupId), 'a deleted group is not listed')
}

async function commitsSurviveTheConsumerAndAreReset(admin) {
  const topic = await create(admin, name('commit'), 1)
  const groupId = name('committer')
  await produce(topic, simple(0, 20, 1))
  const member = await new Member(groupId, [topic]).start()
  await waitUntil(() => member.got.length >= 20, 'all is read')
  checkEqual([], await committedOffsets(admin, groupId), 'nothing is committed at first')
  await member.consumer.commit({ offsets: [{ topic, partition: 0, offset: 7n, leaderEpoch: 0 }] })
  const place = { groupId, topics: [{ name: topic, partitionOffsets: [{ partition: 0, offset: 3n }] }] }
  checkEqual('UNKNOWN_MEMBER_ID', reason(await refusal(admin.alterConsumerGroupOffsets(place), 'setting the offsets of a running group')), 'the reason')
  await member.stop()
  checkEqual([[0, 7n]], await committedOffsets(admin, groupId), 'committed offset')
  const again = await new Member(groupId, [topic], { mode: 'committed', autocommit: 100 }).start()
  await waitUntil(() => again.got.length >= 13, 'a new member goes on where the old one stopped')
  await waitUntil(async () => (await committedOffsets(admin, groupId))[0][1] === 20n, 'the end is committed')
  await again.stop()
  checkEqual(7, again.got[0].offset, 'first offset read')
  await admin.alterConsumerGroupOffsets(place)
  checkEqual([[0, 3n]], await committedOffsets(admin, groupId), 'offset set by an administrator')
  await admin.deleteConsumerGroupOffsets({ groupId, topics: [{ name: topic, partitionIndexes: [0] }] })
  checkEqual([], await committedOffsets(admin, groupId), 'offsets deleted by an administrator')
}

async function configurationOf(admin, resourceType, resourceName, ...configurationKeys) {
  const [found] = await admin.describeConfigs({ resources: [{ resourceType, resourceName, configurationKeys }] })
  return Object.fromEntries(found.configs.map((entry) => [entry.name, entry.value]))
}

async function topicsAreCreatedDescribedChangedAndDeleted(admin) {
  const topic = name('admin')
  const wanted = { topics: [topic], partitions: 2, replicas: 1, configs: [{ name: 'retention.ms', value: '3600000' }] }
  const [created] = await admin.createTopics(wanted)
  checkEqual([topic, 2, 1], [created.name, created.partitions, created.replicas], 'creation')
  checkEqual('TOPIC_ALREADY_EXISTS', reason(await refusal(admin.createTopics(wanted), 'a second creation')), 'a second creation')
  const wrong = { ...wanted, topics: [name('wrong')], configs: [{ name: 'retention.ms', value: 'soon' }] }
  checkEqual('INVALID_CONFIG', reason(await refusal(admin.createTopics(wrong), 'a wrong value')), 'a wrong value')
  await waitUntil(async () => (await admin.listTopics()).includes(topic), 'the topic is listed')

  const now = () => configurationOf(admin, TOPIC, topic, 'retention.ms', 'max.message.bytes')
  const shows = (retention, bytes) => waitUntil(async () => {
    const found = await now()
    return found['retention.ms'] === retention && found['max.message.bytes'] === bytes
  }, () => `retention.ms=${retention} and max.message.bytes=${bytes}`)
  await shows('3600000', '1048588')
  const one = (name_, configOperation, value) => ({ resources: [{ resourceType: TOPIC, resourceName: topic, configs: [{ name: name_, configOperation, value }] }] })
  await admin.incrementalAlterConfigs(one('max.message.bytes', SET, '2000000'))
  await shows('3600000', '2000000')
  await admin.incrementalAlterConfigs(one('max.message.bytes', DELETE))
  await shows('3600000', '1048588')
  checkEqual('INVALID_CONFIG', reason(await refusal(admin.incrementalAlterConfigs(one('retention.ms', SET, 'soon')), 'a wrong change')), 'a wrong change')
  // The older call sets whole configurations: what is not named goes back to its default.
  await admin.alterConfigs({ resources: [{ resourceType: TOPIC, resourceName: topic, configs: [{ name: 'max.message.bytes', value: '3000000' }] }] })
  await shows('604800000', '3000000')

  await admin.createPartitions({ topics: [{ name: topic, count: 5 }] })
  await hasLeaders(admin, topic, 5)
  const fewer = await refusal(admin.createPartitions({ topics: [{ name: topic, count: 3 }] }), 'fewer partitions')
  checkEqual('INVALID_PARTITIONS', reason(fewer), 'fewer partitions')
  await produce(topic, simple(0, 50, 5))
  checkRecords(simple(0, 50, 5), await readAll([topic], 50), 'records of five partitions')

  await admin.deleteTopics({ topics: [topic] })
  await waitUntil(async () => !(await admin.listTopics()).includes(topic), 'the topic is gone')
  checkEqual('UNKNOWN_TOPIC_OR_PARTITION', reason(await refusal(admin.deleteTopics({ topics: [topic] }), 'a second deletion')), 'a second deletion')
}

async function recordsAreDeletedUpToAnOffset(admin) {
  const topic = await create(admin, name('trim'), 2)
  await produce(topic, simple(0, 40, 2))
  const [deleted] = await admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 15n }, { partition: 1, offset: -1n }] }] })
  checkEqual([[0, 15n], [1, 20n]], deleted.partitions.map((p) => [p.partition, p.lowWatermark]).sort(), 'low watermarks')
  checkEqual([15, 16, 17, 18, 19], (await readAll([topic], 5)).map((r) => r.offset), 'offsets left')
  const beyond = await refusal(admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 999n }] }] }), 'an offset after the end')
  checkEqual('OFFSET_OUT_OF_RANGE', reason(beyond), 'an offset after the end')
}

async function theClusterIsDescribed(admin) {
  const topic = await create(admin, name('cluster'), 1)
  const { id, brokers, controllerId } = await admin.metadata({ topics: [topic] })
  checkEqual([22, 1, true], [id.length, brokers.size, brokers.has(controllerId)], 'cluster id and brokers')
  const [[node, { host, port }]] = brokers
  checkEqual(process.argv[2], `${host}:${port}`, 'the address of the broker')
  const configuration = await configurationOf(admin, BROKER, String(node), 'log.retention.hours', 'node.id')
  checkEqual([String(node), '168'], [configuration['node.id'], configuration['log.retention.hours']], 'configuration of the broker')
  await produce(topic, simple(0, 30, 1))
  const [described] = await admin.describeLogDirs({ topics: [{ name: topic, partitions: [0] }] })
  const sizes = described.results.flatMap((r) => r.topics.flatMap((t) => t.partitions.map((p) => p.partitionSize)))
  check(sizes.length === 1 && sizes[0] > 300n, `size of the partition: ${sizes}`)
}

async function whatIsWrongIsRefusedByName(admin) {
  const topic = await create(admin, name('limits'), 1, [{ name: 'max.message.bytes', value: '2000' }])
  const large = [{ ...simple(0, 1, 1)[0], value: Buffer.alloc(5000, 'x') }]
  checkEqual('MESSAGE_TOO_LARGE', reason(await refusal(produce(topic, large, { retries: 0 }), 'a large record')), 'a large record')
  const nowhere = await refusal(produce(name('nowhere'), simple(0, 1, 1), { retries: 0 }), 'a record for a topic that is not there')
  check(/Unknown topic/.test(nowhere.message), `a topic that is not there: ${nowhere.message}`)
  await produce(topic, simple(0, 3, 1))
  checkRecords(simple(0, 3, 1), await readAll([topic], 3), 'what came after the refused record')
}

async function aTopicAppearsWithItsFirstRecord() {
  const topic = name('auto')
  await produce(topic, simple(0, 1, 1), { autocreateTopics: true })
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

async function withAdmin(test) {
  client ??= require('@platformatic/kafka')
  const admin = new client.Admin(base)
  try {
    await test(admin)
  } finally {
    await admin.close()
  }
}

main(Object.fromEntries(Object.entries(tests).map(([title, test]) => [title, () => withAdmin(test)])))
