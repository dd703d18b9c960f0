//! rskafka against a broker that runs already: what a program does every day, each value that comes back checked.
//! One line per test: "ok NAME" or "not ok NAME: why". Usage: evlog-rskafka HOST:PORT

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeZone, Utc};
use futures::StreamExt;
use rskafka::client::consumer::{StartOffset, StreamConsumerBuilder};
use rskafka::client::error::{Error, ProtocolError};
use rskafka::client::partition::{Compression, OffsetAt, PartitionClient, UnknownTopicHandling};
use rskafka::client::producer::{aggregator::RecordAggregator, BatchProducerBuilder};
use rskafka::client::{Client, ClientBuilder};
use rskafka::record::Record;

#[path = "../../harness.rs"]
mod harness;
use harness::{eventually, expect, judge, said, Outcome};

const TIMEOUT_MS: i32 = 10_000;
const CODECS: [(&str, Compression); 5] = [
    ("none", Compression::NoCompression),
    ("gzip", Compression::Gzip),
    ("lz4", Compression::Lz4),
    ("snappy", Compression::Snappy),
    ("zstd", Compression::Zstd),
];

fn expect_error<T>(what: &str, result: Result<T, Error>, wanted: ProtocolError) -> Outcome {
    match result {
        Ok(_) => Err(format!("{what}: it succeeded")),
        Err(Error::ServerError { protocol_error, .. }) => expect(what, protocol_error, wanted),
        Err(other) => Err(format!("{what}: {other}")),
    }
}

fn moment(second: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2024, 5, 6, 7, 8, second).unwrap()
}

fn record(number: u32) -> Record {
    Record {
        key: (number % 3 != 0).then(|| format!("key-{number}").into_bytes()),
        value: (number % 5 != 0).then(|| format!("value-{number}-{}", "x".repeat(200)).into_bytes()),
        headers: BTreeMap::from([("number".to_owned(), vec![number as u8, 0, 255]), ("empty".to_owned(), vec![])]),
        timestamp: moment(number),
    }
}

struct World {
    client: Client,
    prefix: String,
}

impl World {
    /// A new topic and its first partition.
    async fn partition(&self, name: &str, partitions: i32) -> Result<PartitionClient, String> {
        let topic = format!("{}-{name}", self.prefix);
        let controller = said("controller", self.client.controller_client())?;
        said("create_topic", controller.create_topic(&topic, partitions, 1, TIMEOUT_MS).await)?;
        self.open(&topic, 0).await
    }

    async fn open(&self, topic: &str, partition: i32) -> Result<PartitionClient, String> {
        said("partition_client", self.client.partition_client(topic, partition, UnknownTopicHandling::Retry).await)
    }
}

async fn topics(world: &World) -> Outcome {
    let partition = world.partition("topics", 3).await?;
    let name = partition.topic().to_owned();
    let name = &name;
    let partitions = || async move {
        let listed = said("list_topics", world.client.list_topics().await)?;
        Ok(listed.into_iter().find(|topic| topic.name == *name).map(|topic| topic.partitions.into_iter().collect::<Vec<_>>()))
    };
    eventually("partitions", Some(vec![0, 1, 2]), partitions).await?;
    let controller = said("controller", world.client.controller_client())?;
    expect_error("a second time", controller.create_topic(name, 3, 1, TIMEOUT_MS).await, ProtocolError::TopicAlreadyExists)?;
    expect_error("two replicas", controller.create_topic(format!("{name}-2"), 1, 2, TIMEOUT_MS).await, ProtocolError::InvalidReplicationFactor)?;
    expect_error("no partition", controller.create_topic(format!("{name}-0"), 0, 1, TIMEOUT_MS).await, ProtocolError::InvalidPartitions)?;
    expect_error("a forbidden name", controller.create_topic("a/b", 1, 1, TIMEOUT_MS).await, ProtocolError::InvalidTopicException)?;
    said("delete_topic", controller.delete_topic(name, TIMEOUT_MS).await)?;
    eventually("the deleted topic", None, partitions).await
}

async fn codecs(world: &World) -> Outcome {
    let partition = world.partition("codecs", 1).await?;
    let mut written = Vec::new();
    for (name, codec) in CODECS {
        let first = written.len() as u32;
        let records: Vec<_> = (first..first + 10).map(record).collect();
        let offsets = said(name, partition.produce(records.clone(), codec).await)?;
        expect(name, offsets, (first as i64..first as i64 + 10).collect::<Vec<_>>())?;
        written.extend(records);
    }
    let mut read = Vec::new();
    while read.len() < written.len() {
        let (records, high_watermark) = said("fetch", partition.fetch_records(read.len() as i64, 1..1_000_000, 5_000).await)?;
        expect("high watermark", high_watermark, written.len() as i64)?;
        if records.is_empty() {
            return Err(format!("nothing at {}", read.len()));
        }
        read.extend(records);
    }
    for (number, (got, wanted)) in read.iter().zip(&written).enumerate() {
        expect("offset", got.offset, number as i64)?;
        expect("record", &got.record, wanted)?;
    }
    Ok(())
}

async fn offsets(world: &World) -> Outcome {
    let partition = world.partition("offsets", 1).await?;
    let partition = &partition;
    let get = |at| async move { said("get_offset", partition.get_offset(at).await) };
    expect("earliest of nothing", get(OffsetAt::Earliest).await?, 0)?;
    expect("latest of nothing", get(OffsetAt::Latest).await?, 0)?;
    said("produce", partition.produce((0..30).map(record).collect(), Compression::Zstd).await)?;
    expect("earliest", get(OffsetAt::Earliest).await?, 0)?;
    expect("latest", get(OffsetAt::Latest).await?, 30)?;
    expect("at the time of the 17th", get(OffsetAt::Timestamp(moment(17))).await?, 17)?;
    expect("just after it", get(OffsetAt::Timestamp(moment(17) + Duration::from_millis(1))).await?, 18)?;
    expect("after all of them", get(OffsetAt::Timestamp(moment(40))).await?, -1)
}

async fn fetch_from_the_middle(world: &World) -> Outcome {
    let partition = world.partition("middle", 1).await?;
    said("produce", partition.produce((0..20).map(record).collect(), Compression::Gzip).await)?;
    let (records, _) = said("fetch", partition.fetch_records(13, 1..1_000_000, 1_000).await)?;
    expect("first offset", records.first().map(|record| record.offset), Some(13))?;
    expect("last offset", records.last().map(|record| record.offset), Some(19))?;
    let (records, high_watermark) = said("fetch at the end", partition.fetch_records(20, 1..1_000_000, 100).await)?;
    expect("records at the end", records.len(), 0)?;
    expect("high watermark", high_watermark, 20)?;
    expect_error("fetch past the end", partition.fetch_records(21, 1..1_000, 100).await, ProtocolError::OffsetOutOfRange)
}

async fn large_records(world: &World) -> Outcome {
    let partition = world.partition("large", 1).await?;
    let body: Vec<u8> = (0..700_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let large = |number| Record { value: Some(body.clone()), ..record(number) };
    for number in 0..3 {
        said("produce", partition.produce(vec![large(number)], Compression::NoCompression).await)?;
    }
    // The first batch comes whole, however few bytes are asked for.
    let (records, _) = said("fetch", partition.fetch_records(1, 1..1_000, 5_000).await)?;
    expect("offset", records.first().map(|record| record.offset), Some(1))?;
    expect("the large value is whole", records[0].record.value.as_ref() == Some(&body), true)?;
    let huge = Record { value: Some(vec![7; 1_100_000]), ..record(1) };
    expect_error("a record over max.message.bytes", partition.produce(vec![huge], Compression::NoCompression).await, ProtocolError::MessageTooLarge)?;
    expect("latest", said("get_offset", partition.get_offset(OffsetAt::Latest).await)?, 3)
}

async fn delete_records(world: &World) -> Outcome {
    let partition = world.partition("delete-records", 1).await?;
    for number in 0..10 {
        said("produce", partition.produce(vec![record(number)], Compression::NoCompression).await)?;
    }
    said("delete_records", partition.delete_records(4, TIMEOUT_MS).await)?;
    expect("earliest", said("get_offset", partition.get_offset(OffsetAt::Earliest).await)?, 4)?;
    expect("latest", said("get_offset", partition.get_offset(OffsetAt::Latest).await)?, 10)?;
    expect_error("fetch of what is deleted", partition.fetch_records(3, 1..1_000, 100).await, ProtocolError::OffsetOutOfRange)?;
    expect_error("past the end", partition.delete_records(11, TIMEOUT_MS).await, ProtocolError::OffsetOutOfRange)?;
    let (records, _) = said("fetch", partition.fetch_records(4, 1..1_000_000, 1_000).await)?;
    expect("first left", records.first().map(|record| record.offset), Some(4))
}

async fn batching_producer(world: &World) -> Outcome {
    let partition = Arc::new(world.partition("batching", 1).await?);
    let producer = BatchProducerBuilder::new(Arc::clone(&partition))
        .with_linger(Duration::from_millis(20))
        .with_compression(Compression::Lz4)
        .build(RecordAggregator::new(4_096));
    let sends: Vec<_> = (0..50).map(|number| producer.produce(record(number))).collect();
    let mut offsets = Vec::new();
    for answer in futures::future::join_all(sends).await {
        offsets.push(said("produce", answer)?);
    }
    offsets.sort_unstable();
    expect("offsets", offsets, (0..50).collect::<Vec<i64>>())
}

async fn stream_consumer(world: &World) -> Outcome {
    let partition = Arc::new(world.partition("stream", 1).await?);
    said("produce", partition.produce((0..5).map(record).collect(), Compression::NoCompression).await)?;
    let mut stream = StreamConsumerBuilder::new(Arc::clone(&partition), StartOffset::Earliest).with_max_wait_ms(10_000).build();
    for number in 0..5 {
        let (got, _) = said("stream", stream.next().await.ok_or("the stream ended")?)?;
        expect("record", got.record, record(number))?;
    }
    // The consumer waits in its fetch when this record comes.
    let writer = Arc::clone(&partition);
    let late = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        writer.produce(vec![record(7)], Compression::Snappy).await
    });
    let (got, high_watermark) = said("stream", stream.next().await.ok_or("the stream ended")?)?;
    expect("late record", (got.offset, got.record, high_watermark), (5, record(7), 6))?;
    said("produce", said("task", late.await)?)?;
    Ok(())
}

async fn forbidden_name(world: &World) -> Outcome {
    let answer = world.client.partition_client("a/b", 0, UnknownTopicHandling::Error).await;
    expect_error("a topic that cannot be", answer.map(|_| ()), ProtocolError::InvalidTopicException)
}

#[tokio::main]
async fn main() {
    let bootstrap = std::env::args().nth(1).expect("usage: evlog-rskafka HOST:PORT");
    let client = ClientBuilder::new(vec![bootstrap]).client_id("rskafka-test").build().await.expect("no connection");
    let world = World { client, prefix: format!("rskafka-{}", std::process::id()) };
    let mut passed = judge("topics", topics(&world)).await;
    passed &= judge("codecs", codecs(&world)).await;
    passed &= judge("offsets", offsets(&world)).await;
    passed &= judge("fetch-from-the-middle", fetch_from_the_middle(&world)).await;
    passed &= judge("large-records", large_records(&world)).await;
    passed &= judge("delete-records", delete_records(&world)).await;
    passed &= judge("batching-producer", batching_producer(&world)).await;
    passed &= judge("stream-consumer", stream_consumer(&world)).await;
    passed &= judge("forbidden-name", forbidden_name(&world)).await;
    std::process::exit(if passed { 0 } else { 1 });
}
