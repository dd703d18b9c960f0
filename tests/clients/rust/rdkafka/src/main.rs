//! rust-rdkafka (with the librdkafka it brings) against a broker that runs already: what a program does every day, each value checked.
//! One line per test: "ok NAME" or "not ok NAME: why". Usage: evlog-rdkafka HOST:PORT

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, ConfigSource, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders, OwnedMessage};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

#[path = "../../harness.rs"]
mod harness;
use harness::{eventually, expect, judge, said, Outcome, WAIT};

const FIRST_TIMESTAMP_MS: i64 = 1_714_979_288_000;

/// Of the one resource an administrative call was about: its name, or its error.
fn only<N: std::fmt::Debug>(what: &str, answer: Result<Vec<Result<N, (N, RDKafkaErrorCode)>>, KafkaError>) -> Result<Option<RDKafkaErrorCode>, String> {
    let mut results = said(what, answer)?;
    expect(what, results.len(), 1)?;
    Ok(results.remove(0).err().map(|(_, code)| code))
}

struct World {
    bootstrap: String,
    prefix: String,
    admin: AdminClient<DefaultClientContext>,
    options: AdminOptions,
}

impl World {
    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap).set("client.id", "rdkafka-test");
        config
    }

    fn producer(&self, settings: &[(&str, &str)]) -> Result<FutureProducer, String> {
        let mut config = self.config();
        for (key, value) in settings {
            config.set(*key, *value);
        }
        said("producer", config.create())
    }

    fn consumer<C: rdkafka::config::FromClientConfig>(&self, group: &str, settings: &[(&str, &str)]) -> Result<C, String> {
        let mut config = self.config();
        config.set("group.id", group).set("auto.offset.reset", "earliest").set("enable.auto.commit", "false");
        for (key, value) in settings {
            config.set(*key, *value);
        }
        said("consumer", config.create())
    }

    /// Id, leader, replicas and in-sync replicas of a topic's partitions.
    fn partitions(&self, topic: &str) -> Result<Vec<(i32, i32, Vec<i32>, Vec<i32>)>, String> {
        let metadata = said("metadata", self.admin.inner().fetch_metadata(Some(topic), WAIT))?;
        let found = &metadata.topics()[0];
        if let Some(error) = found.error() {
            return Err(format!("metadata: {error:?}"));
        }
        Ok(found.partitions().iter().map(|one| (one.id(), one.leader(), one.replicas().to_vec(), one.isr().to_vec())).collect())
    }

    async fn topic(&self, name: &str, partitions: i32) -> Result<String, String> {
        let topic = format!("{}-{name}", self.prefix);
        let created = self.admin.create_topics(&[NewTopic::new(&topic, partitions, TopicReplication::Fixed(1))], &self.options).await;
        expect("create_topics", only("create_topics", created)?, None)?;
        Ok(topic)
    }
}

#[derive(Debug, PartialEq, Clone)]
struct Sent {
    key: Option<String>,
    value: Option<String>,
    headers: Vec<(String, Option<Vec<u8>>)>,
    timestamp_ms: i64,
}

fn sample(number: i64) -> Sent {
    Sent {
        key: (number % 3 != 0).then(|| format!("key-{number}")),
        value: (number % 5 != 0).then(|| format!("value-{number}-{}", "y".repeat(100))),
        headers: vec![("n".into(), Some(vec![number as u8, 0])), ("n".into(), Some(vec![])), ("null".into(), None)],
        timestamp_ms: FIRST_TIMESTAMP_MS + number * 1_000,
    }
}

fn received(message: &OwnedMessage) -> Sent {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let headers = message.headers().map(|all| all.iter().map(|header| (header.key.to_owned(), header.value.map(<[u8]>::to_vec))).collect());
    Sent {
        key: message.key().map(text),
        value: message.payload().map(text),
        headers: headers.unwrap_or_default(),
        timestamp_ms: message.timestamp().to_millis().unwrap_or(-1),
    }
}

async fn send(producer: &FutureProducer, topic: &str, partition: i32, sent: &Sent) -> Result<(i32, i64), KafkaError> {
    let mut headers = OwnedHeaders::new();
    for (key, value) in &sent.headers {
        headers = headers.insert(Header { key, value: value.as_ref() });
    }
    let mut record = FutureRecord::<String, String>::to(topic).partition(partition).headers(headers).timestamp(sent.timestamp_ms);
    record.key = sent.key.as_ref();
    record.payload = sent.value.as_ref();
    producer.send(record, WAIT).await.map(|delivery| (delivery.partition, delivery.offset)).map_err(|(error, _)| error)
}

async fn send_all(producer: &FutureProducer, topic: &str, partition: i32, numbers: std::ops::Range<i64>) -> Outcome {
    let samples: Vec<_> = numbers.map(sample).collect();
    for answer in join_all(samples.iter().map(|sent| send(producer, topic, partition, sent))).await {
        said("send", answer)?;
    }
    Ok(())
}

async fn receive(consumer: &StreamConsumer, count: usize) -> Result<Vec<OwnedMessage>, String> {
    let mut messages = Vec::new();
    while messages.len() < count {
        let next = tokio::time::timeout(WAIT, consumer.recv()).await;
        messages.push(said("recv", next.map_err(|_| format!("only {} of {count} records came", messages.len()))?)?.detach());
    }
    Ok(messages)
}

fn from_offset(topic: &str, partition: i32, offset: i64) -> Result<TopicPartitionList, String> {
    let mut list = TopicPartitionList::new();
    said("list", list.add_partition_offset(topic, partition, Offset::Offset(offset)))?;
    Ok(list)
}

async fn topics(world: &World) -> Outcome {
    let topic = world.topic("topics", 3).await?;
    let broker = said("metadata", world.admin.inner().fetch_metadata(None, WAIT))?.brokers()[0].id();
    let wanted: Vec<_> = (0..3).map(|partition| (partition, broker, vec![broker], vec![broker])).collect();
    eventually("id, leader, replicas and isr of the partitions", wanted, || async { world.partitions(&topic) }).await?;
    let create = |name: String, partitions, replicas| async move {
        only("create_topics", world.admin.create_topics(&[NewTopic::new(&name, partitions, TopicReplication::Fixed(replicas))], &world.options).await)
    };
    expect("a second time", create(topic.clone(), 3, 1).await?, Some(RDKafkaErrorCode::TopicAlreadyExists))?;
    expect("two replicas", create(format!("{topic}-2"), 1, 2).await?, Some(RDKafkaErrorCode::InvalidReplicationFactor))?;
    expect("a forbidden name", create("a/b".into(), 1, 1).await?, Some(RDKafkaErrorCode::InvalidTopic))?;
    expect("delete_topics", only("delete_topics", world.admin.delete_topics(&[&topic], &world.options).await)?, None)?;
    let again = only("delete_topics", world.admin.delete_topics(&[&topic], &world.options).await)?;
    expect("deleted twice", again, Some(RDKafkaErrorCode::UnknownTopicOrPartition))
}

async fn codecs(world: &World) -> Outcome {
    let topic = world.topic("codecs", 1).await?;
    let names = ["none", "gzip", "snappy", "lz4", "zstd"];
    for (at, codec) in names.iter().enumerate() {
        let producer = world.producer(&[("compression.codec", codec), ("linger.ms", "20"), ("acks", "all")])?;
        send_all(&producer, &topic, 0, at as i64 * 20..at as i64 * 20 + 20).await?;
    }
    let consumer: StreamConsumer = world.consumer("unused", &[("check.crcs", "true")])?;
    said("assign", consumer.assign(&from_offset(&topic, 0, 0)?))?;
    for (number, message) in receive(&consumer, names.len() * 20).await?.iter().enumerate() {
        expect("offset", message.offset(), number as i64)?;
        expect("record", received(message), sample(number as i64))?;
    }
    Ok(())
}

async fn idempotent_producer(world: &World) -> Outcome {
    let topic = world.topic("idempotent", 1).await?;
    let producer = world.producer(&[("enable.idempotence", "true"), ("linger.ms", "1"), ("batch.num.messages", "7")])?;
    send_all(&producer, &topic, 0, 0..200).await?;
    let consumer: StreamConsumer = world.consumer("unused", &[])?;
    said("assign", consumer.assign(&from_offset(&topic, 0, 0)?))?;
    for (number, message) in receive(&consumer, 200).await?.iter().enumerate() {
        expect("record", received(message), sample(number as i64))?;
    }
    Ok(())
}

async fn keys_choose_partitions(world: &World) -> Outcome {
    let topic = world.topic("keys", 5).await?;
    let producer = world.producer(&[("partitioner", "murmur2_random")])?;
    let mut places = BTreeMap::new();
    for round in 0..2 {
        for number in 0..30 {
            let key = format!("user-{number}");
            let record = FutureRecord::to(&topic).key(&key).payload("v");
            let delivery = said("send", producer.send(record, WAIT).await.map_err(|(error, _)| error))?;
            let place = *places.entry(key).or_insert(delivery.partition);
            expect(&format!("round {round}"), delivery.partition, place)?;
        }
    }
    let used: std::collections::BTreeSet<_> = places.values().collect();
    expect("partitions used", used.len(), 5)
}

async fn fetch_from_offset(world: &World) -> Outcome {
    let topic = world.topic("middle", 2).await?;
    send_all(&world.producer(&[("compression.codec", "lz4"), ("linger.ms", "50")])?, &topic, 1, 0..40).await?;
    let consumer: StreamConsumer = world.consumer("unused", &[])?;
    said("assign", consumer.assign(&from_offset(&topic, 1, 27)?))?;
    let messages = receive(&consumer, 13).await?;
    expect("offsets", messages.iter().map(|message| message.offset()).collect::<Vec<_>>(), (27..40).collect())?;
    expect("first", received(&messages[0]), sample(27))?;
    said("seek", consumer.seek(&topic, 1, Offset::Offset(3), WAIT))?;
    expect("after the seek", receive(&consumer, 1).await?[0].offset(), 3)
}

async fn list_offsets(world: &World) -> Outcome {
    let topic = world.topic("offsets", 1).await?;
    let consumer: BaseConsumer = world.consumer("unused", &[])?;
    expect("watermarks of nothing", said("watermarks", consumer.fetch_watermarks(&topic, 0, WAIT))?, (0, 0))?;
    send_all(&world.producer(&[])?, &topic, 0, 0..30).await?;
    expect("watermarks", said("watermarks", consumer.fetch_watermarks(&topic, 0, WAIT))?, (0, 30))?;
    let at = |timestamp_ms: i64| -> Result<Offset, String> {
        let asked = from_offset(&topic, 0, timestamp_ms)?;
        let answer = said("offsets_for_times", consumer.offsets_for_times(asked, WAIT))?;
        let found = answer.find_partition(&topic, 0).ok_or("the partition is not in the answer")?;
        said("partition", found.error())?;
        Ok(found.offset())
    };
    expect("at the 17th", at(sample(17).timestamp_ms)?, Offset::Offset(17))?;
    expect("just after it", at(sample(17).timestamp_ms + 1)?, Offset::Offset(18))?;
    expect("after all of them", at(sample(90).timestamp_ms)?, Offset::End)
}

/// The committed offset and metadata of partition 0.
fn committed(consumer: &impl Consumer, topic: &str) -> Result<(Offset, String), String> {
    let list = from_offset(topic, 0, 0)?;
    let answer = said("committed_offsets", consumer.committed_offsets(list, WAIT))?;
    let found = answer.find_partition(topic, 0).ok_or("the partition is not in the answer")?;
    Ok((found.offset(), found.metadata().to_owned()))
}

async fn group_commits(world: &World) -> Outcome {
    let topic = world.topic("group", 1).await?;
    let group = format!("{}-group", world.prefix);
    send_all(&world.producer(&[])?, &topic, 0, 0..20).await?;
    let first: StreamConsumer = world.consumer(&group, &[])?;
    said("subscribe", first.subscribe(&[&topic]))?;
    let messages = receive(&first, 12).await?;
    expect("nothing committed", committed(&first, &topic)?.0, Offset::Invalid)?;
    let mut list = TopicPartitionList::new();
    list.add_partition(&topic, 0).set_metadata("a note");
    said("offset", list.set_partition_offset(&topic, 0, Offset::Offset(messages[11].offset() + 1)))?;
    said("commit", first.commit(&list, CommitMode::Sync))?;
    expect("committed", committed(&first, &topic)?, (Offset::Offset(12), "a note".to_owned()))?;
    drop(first);
    let second: StreamConsumer = world.consumer(&group, &[("partition.assignment.strategy", "range")])?;
    said("subscribe", second.subscribe(&[&topic]))?;
    let rest = receive(&second, 8).await?;
    expect("went on at", rest[0].offset(), 12)?;
    expect("record", received(&rest[7]), sample(19))?;
    said("commit", second.commit_consumer_state(CommitMode::Sync))?;
    expect("committed", committed(&second, &topic)?.0, Offset::Offset(20))
}

async fn two_members_share(world: &World) -> Outcome {
    let topic = world.topic("members", 4).await?;
    let group = format!("{}-members", world.prefix);
    for strategy in ["range", "cooperative-sticky"] {
        let group = format!("{group}-{strategy}");
        let settings = [("partition.assignment.strategy", strategy), ("session.timeout.ms", "10000"), ("heartbeat.interval.ms", "500")];
        let members = [world.consumer::<BaseConsumer>(&group, &settings)?, world.consumer::<BaseConsumer>(&group, &settings)?];
        for member in &members {
            said("subscribe", member.subscribe(&[&topic]))?;
        }
        let end = std::time::Instant::now() + WAIT;
        loop {
            let mut shares = Vec::new();
            for member in &members {
                if let Some(Err(error)) = member.poll(Duration::from_millis(50)) {
                    return Err(format!("poll: {error}"));
                }
                shares.push(said("assignment", member.assignment())?.count());
            }
            if shares == [2, 2] {
                break;
            }
            if std::time::Instant::now() > end {
                return Err(format!("{strategy}: the members have {shares:?} of 4 partitions"));
            }
        }
        let groups = said("groups", members[0].fetch_group_list(Some(&group), WAIT))?;
        let found = &groups.groups()[0];
        expect("state", (found.state(), found.protocol(), found.protocol_type()), ("Stable", strategy, "consumer"))?;
        expect("members", found.members().iter().map(|member| member.client_id()).collect::<Vec<_>>(), vec!["rdkafka-test"; 2])?;
    }
    Ok(())
}

async fn create_partitions(world: &World) -> Outcome {
    let topic = world.topic("grow", 2).await?;
    let grow = |count| {
        let topic = topic.clone();
        async move { only("create_partitions", world.admin.create_partitions(&[NewPartitions::new(&topic, count)], &world.options).await) }
    };
    expect("fewer", grow(1).await?, Some(RDKafkaErrorCode::InvalidPartitions))?;
    expect("the same", grow(2).await?, Some(RDKafkaErrorCode::InvalidPartitions))?;
    expect("more", grow(5).await?, None)?;
    eventually("partitions", 5, || async { Ok(world.partitions(&topic)?.len()) }).await?;
    send_all(&world.producer(&[])?, &topic, 4, 0..3).await?;
    let unknown = [NewPartitions::new("rdkafka-nowhere", 3)];
    let answer = only("create_partitions", world.admin.create_partitions(&unknown, &world.options).await)?;
    expect("unknown topic", answer, Some(RDKafkaErrorCode::UnknownTopicOrPartition))
}

async fn configs(world: &World) -> Outcome {
    let topic = &world.topic("configs", 1).await?;
    let read = |key: &'static str| async move {
        let answer = said("describe_configs", world.admin.describe_configs(&[ResourceSpecifier::Topic(topic)], &world.options).await)?;
        let described = answer.into_iter().next().ok_or("no answer")?.map_err(|code| format!("describe_configs: {code}"))?;
        let entry = described.entries.into_iter().find(|entry| entry.name == key).ok_or("the key is not there")?;
        Ok::<_, String>((entry.value, entry.source, entry.is_default))
    };
    let alter = |settings: &'static [(&str, &str)]| async move {
        let change = settings.iter().fold(AlterConfig::new(ResourceSpecifier::Topic(topic)), |change, (key, value)| change.set(key, value));
        said("alter_configs", world.admin.alter_configs(&[change], &world.options).await)
    };
    let default = || (Some("604800000".into()), ConfigSource::Default, true);
    let changed = || (Some("1234567".into()), ConfigSource::DynamicTopic, false);
    eventually("before", default(), || read("retention.ms")).await?;
    alter(&[("retention.ms", "1234567"), ("max.message.bytes", "2000")]).await?;
    eventually("after", changed(), || read("retention.ms")).await?;
    let producer = &world.producer(&[])?;
    let large = &Sent { value: Some("z".repeat(3_000)), ..sample(1) };
    let refusal = || async move { Ok(send(producer, topic, 0, large).await.err().and_then(|error| error.rdkafka_error_code())) };
    eventually("a record over the topic's limit", Some(RDKafkaErrorCode::MessageSizeTooLarge), refusal).await?;
    // This client does not tell that a value was refused; it must have no effect.
    alter(&[("cleanup.policy", "burn")]).await?;
    expect("after the refusal", read("retention.ms").await?, changed())?;
    expect("what was refused", read("cleanup.policy").await?.0, Some("delete".into()))?;
    // AlterConfigs replaces: what is not named goes back to its default.
    alter(&[("max.message.bytes", "5000")]).await?;
    eventually("replaced", default(), || read("retention.ms")).await?;
    eventually("a record under the new limit", None, refusal).await
}

async fn delete_records(world: &World) -> Outcome {
    let topic = world.topic("delete-records", 1).await?;
    send_all(&world.producer(&[("batch.num.messages", "1")])?, &topic, 0, 0..10).await?;
    let answer = said("delete_records", world.admin.delete_records(&from_offset(&topic, 0, 6)?, &world.options).await)?;
    let found = answer.find_partition(&topic, 0).ok_or("the partition is not in the answer")?;
    said("partition", found.error())?;
    expect("low watermark", found.offset(), Offset::Offset(6))?;
    let consumer: StreamConsumer = world.consumer("unused", &[])?;
    expect("watermarks", said("watermarks", consumer.fetch_watermarks(&topic, 0, WAIT))?, (6, 10))?;
    said("assign", consumer.assign(&from_offset(&topic, 0, 2)?))?;
    // Offset 2 is gone: auto.offset.reset=earliest leads to the first that is left.
    expect("first left", received(&receive(&consumer, 1).await?[0]), sample(6))?;
    let answer = said("delete_records", world.admin.delete_records(&from_offset(&topic, 0, 11)?, &world.options).await)?;
    let error = answer.find_partition(&topic, 0).ok_or("the partition is not in the answer")?.error().err().and_then(|error| error.rdkafka_error_code());
    expect("past the end", error, Some(RDKafkaErrorCode::OffsetOutOfRange))
}

async fn delete_groups(world: &World) -> Outcome {
    let topic = world.topic("delete-groups", 1).await?;
    let group = format!("{}-delete-groups", world.prefix);
    send_all(&world.producer(&[])?, &topic, 0, 0..3).await?;
    let consumer: StreamConsumer = world.consumer(&group, &[])?;
    said("subscribe", consumer.subscribe(&[&topic]))?;
    receive(&consumer, 3).await?;
    said("commit", consumer.commit_consumer_state(CommitMode::Sync))?;
    let delete = |group: String| async move { only("delete_groups", world.admin.delete_groups(&[&group], &world.options).await) };
    expect("with a member", delete(group.clone()).await?, Some(RDKafkaErrorCode::NonEmptyGroup))?;
    drop(consumer);
    let end = std::time::Instant::now() + WAIT;
    while let Some(code) = delete(group.clone()).await? {
        expect("after its member left", code, RDKafkaErrorCode::NonEmptyGroup)?;
        if std::time::Instant::now() > end {
            return Err("the member did not leave".into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let consumer: BaseConsumer = world.consumer(&group, &[])?;
    expect("nothing is committed any more", committed(&consumer, &topic)?.0, Offset::Invalid)?;
    expect("deleted twice", delete(group).await?, Some(RDKafkaErrorCode::GroupIdNotFound))
}

async fn errors(world: &World) -> Outcome {
    let topic = world.topic("errors", 1).await?;
    let consumer: BaseConsumer = world.consumer("unused", &[])?;
    let answer = consumer.fetch_watermarks(&topic, 3, WAIT).err().and_then(|error| error.rdkafka_error_code());
    expect("a partition that is not there", answer, Some(RDKafkaErrorCode::UnknownPartition))?;
    let producer = world.producer(&[("message.max.bytes", "3000000")])?;
    let huge = Sent { value: Some("h".repeat(1_200_000)), ..sample(1) };
    let answer = send(&producer, &topic, 0, &huge).await.err().and_then(|error| error.rdkafka_error_code());
    expect("a record over max.message.bytes", answer, Some(RDKafkaErrorCode::MessageSizeTooLarge))?;
    let strict: StreamConsumer = world.consumer("unused", &[("auto.offset.reset", "error")])?;
    said("assign", strict.assign(&from_offset(&topic, 0, 5)?))?;
    let answer = tokio::time::timeout(WAIT, strict.recv()).await.map_err(|_| "nothing came")?.err().and_then(|error| error.rdkafka_error_code());
    expect("an offset past the end", answer, Some(RDKafkaErrorCode::AutoOffsetReset))
}

#[tokio::main]
async fn main() {
    let bootstrap = std::env::args().nth(1).expect("usage: evlog-rdkafka HOST:PORT");
    let admin = ClientConfig::new().set("bootstrap.servers", &bootstrap).create().expect("no admin client");
    let options = AdminOptions::new().request_timeout(Some(WAIT)).operation_timeout(Some(WAIT));
    let world = World { bootstrap, prefix: format!("rdkafka-{}", std::process::id()), admin, options };
    let mut passed = judge("topics", topics(&world)).await;
    passed &= judge("codecs", codecs(&world)).await;
    passed &= judge("idempotent-producer", idempotent_producer(&world)).await;
    passed &= judge("keys-choose-partitions", keys_choose_partitions(&world)).await;
    passed &= judge("fetch-from-offset", fetch_from_offset(&world)).await;
    passed &= judge("list-offsets", list_offsets(&world)).await;
    passed &= judge("group-commits", group_commits(&world)).await;
    passed &= judge("two-members-share", two_members_share(&world)).await;
    passed &= judge("create-partitions", create_partitions(&world)).await;
    passed &= judge("configs", configs(&world)).await;
    passed &= judge("delete-records", delete_records(&world)).await;
    passed &= judge("delete-groups", delete_groups(&world)).await;
    passed &= judge("errors", errors(&world)).await;
    std::process::exit(if passed { 0 } else { 1 });
}
