// sarama against a broker: sarama HOST:PORT [TEST…].
package main

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/IBM/sarama"

	. "goclients/suite"
)

func name(what string) string { return Name("sarama", what) }

func configuration() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.MaxVersion
	config.ClientID = "sarama"
	config.Producer.Return.Successes = true
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Producer.MaxMessageBytes = 8_000_000
	config.Producer.Timeout = Patience
	config.Consumer.Return.Errors = true
	config.Consumer.MaxWaitTime = 200 * time.Millisecond
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Group.Heartbeat.Interval = 300 * time.Millisecond
	config.Consumer.Group.Session.Timeout = 30 * time.Second
	config.Admin.Timeout = Patience
	config.Net.MaxOpenRequests = 1 // a retry must not change the order
	config.Net.ReadTimeout = Patience
	config.Metadata.RefreshFrequency = 2 * time.Second
	config.Metadata.AllowAutoTopicCreation = false
	return config
}

func withAdmin(use func(sarama.ClusterAdmin) error) error {
	admin, err := sarama.NewClusterAdmin([]string{os.Args[1]}, configuration())
	if err != nil {
		return err
	}
	defer admin.Close()
	return use(admin)
}

func withClient(use func(sarama.Client) error) error {
	client, err := sarama.NewClient([]string{os.Args[1]}, configuration())
	if err != nil {
		return err
	}
	defer client.Close()
	return use(client)
}

// What is sent before the leaders are there is lost with acks=0, or comes in another order, and rightly so: wait until each answers.
func hasLeaders(topic string, partitions int) error {
	return withClient(func(client sarama.Client) error {
		return Until(topic+" has leaders", func() (bool, error) {
			if err := client.RefreshMetadata(topic); err != nil {
				return false, err
			}
			for p := 0; p < partitions; p++ {
				if _, err := client.GetOffset(topic, int32(p), sarama.OffsetNewest); err != nil {
					return false, err
				}
			}
			return true, nil
		})
	})
}

func create(topic string, partitions int, configs map[string]*string) error {
	detail := sarama.TopicDetail{NumPartitions: int32(partitions), ReplicationFactor: 1, ConfigEntries: configs}
	if err := withAdmin(func(admin sarama.ClusterAdmin) error { return admin.CreateTopic(topic, &detail, false) }); err != nil {
		return err
	}
	return hasLeaders(topic, partitions)
}

func messageOf(topic string, r Record) *sarama.ProducerMessage {
	m := &sarama.ProducerMessage{Topic: topic, Partition: int32(r.Partition), Timestamp: time.UnixMilli(r.Timestamp)}
	if r.Key != nil {
		m.Key = sarama.ByteEncoder(r.Key)
	}
	if r.Value != nil {
		m.Value = sarama.ByteEncoder(r.Value)
	}
	for _, h := range r.Headers {
		m.Headers = append(m.Headers, sarama.RecordHeader{Key: []byte(h.Name), Value: h.Value})
	}
	return m
}

func recordOf(m *sarama.ConsumerMessage) Record {
	r := Record{Partition: int(m.Partition), Offset: m.Offset, Key: m.Key, Value: m.Value, Timestamp: m.Timestamp.UnixMilli()}
	for _, h := range m.Headers {
		r.Headers = append(r.Headers, Header{Name: string(h.Key), Value: h.Value})
	}
	return r
}

func produce(topic string, records []Record, change func(*sarama.Config)) error {
	config := configuration()
	if change != nil {
		change(config)
	}
	producer, err := sarama.NewSyncProducer([]string{os.Args[1]}, config)
	if err != nil {
		return err
	}
	defer producer.Close()
	var messages []*sarama.ProducerMessage
	for _, r := range records {
		messages = append(messages, messageOf(topic, r))
	}
	return producer.SendMessages(messages)
}

// read gathers `count` records of all partitions, each from its offset in `from`.
func read(topic string, from []int64, count int) ([]Record, error) {
	consumer, err := sarama.NewConsumer([]string{os.Args[1]}, configuration())
	if err != nil {
		return nil, err
	}
	defer consumer.Close()
	messages, failures := make(chan *sarama.ConsumerMessage), make(chan error, len(from))
	stop := make(chan struct{})
	var running sync.WaitGroup
	for p, offset := range from {
		partition, err := consumer.ConsumePartition(topic, int32(p), offset)
		if err != nil {
			return nil, err
		}
		running.Add(1)
		go func() {
			defer running.Done()
			defer partition.Close()
			for {
				select {
				case m := <-partition.Messages():
					select {
					case messages <- m:
					case <-stop:
						return
					}
				case err := <-partition.Errors():
					failures <- err
					return
				case <-stop:
					return
				}
			}
		}()
	}
	defer running.Wait()
	defer close(stop)
	var got []Record
	for late := time.After(Patience); len(got) < count; {
		select {
		case m := <-messages:
			got = append(got, recordOf(m))
		case err := <-failures:
			return got, err
		case <-late:
			return got, fmt.Errorf("%d of %d records within %v", len(got), count, Patience)
		}
	}
	return got, nil
}

func oldest(partitions int) []int64 {
	from := make([]int64, partitions)
	for i := range from {
		from[i] = sarama.OffsetOldest
	}
	return from
}

func roundTrip(what string, records []Record, change func(*sarama.Config)) error {
	topic := name(what)
	if err := create(topic, Partitions, nil); err != nil {
		return err
	}
	if err := produce(topic, records, change); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	got, err := read(topic, oldest(Partitions), len(records))
	if err == nil {
		err = Comparison{}.Compare(records, got)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func everyCodecKeepsEveryByte() error {
	for _, codec := range []sarama.CompressionCodec{
		sarama.CompressionNone, sarama.CompressionGZIP, sarama.CompressionSnappy, sarama.CompressionLZ4, sarama.CompressionZSTD,
	} {
		codec := codec
		if err := roundTrip("codec-"+codec.String(), Samples(126), func(c *sarama.Config) { c.Producer.Compression = codec }); err != nil {
			return err
		}
	}
	return nil
}

func everyAcknowledgementLevelDelivers() error {
	for what, acks := range map[string]sarama.RequiredAcks{"0": sarama.NoResponse, "1": sarama.WaitForLocal, "all": sarama.WaitForAll} {
		acks := acks
		if err := roundTrip("acks-"+what, Simple(0, 300, Partitions), func(c *sarama.Config) { c.Producer.RequiredAcks = acks }); err != nil {
			return err
		}
	}
	return nil
}

func anIdempotentProducerWritesEachRecordOnce() error {
	return roundTrip("idempotent", Simple(0, 2000, Partitions), func(c *sarama.Config) {
		c.Producer.Idempotent = true
		c.Producer.RequiredAcks = sarama.WaitForAll
		c.Producer.Flush.MaxMessages = 50 // many batches with sequences
	})
}

func bigBatchesArriveWhole() error {
	topic, limit := name("big"), "8000000"
	if err := create(topic, 1, map[string]*string{"max.message.bytes": &limit}); err != nil {
		return err
	}
	records := Padded(Simple(0, 20_000, 1), 200)
	if err := produce(topic, records, nil); err != nil {
		return err
	}
	if err := produce(topic, records, func(c *sarama.Config) { c.Producer.Compression = sarama.CompressionGZIP }); err != nil {
		return err
	}
	got, err := read(topic, oldest(1), 2*len(records))
	if err != nil {
		return err
	}
	return Comparison{}.Compare(append(records, records...), got)
}

func offsetsAreFoundByEndTimeAndSeek() error {
	topic := name("offsets")
	if err := create(topic, Partitions, nil); err != nil {
		return err
	}
	if err := produce(topic, Simple(0, 90, Partitions), nil); err != nil {
		return err
	}
	return withClient(func(client sarama.Client) error {
		for _, asked := range []struct {
			what       string
			time, want int64
		}{
			{"first offset", sarama.OffsetOldest, 0}, {"next offset", sarama.OffsetNewest, 30}, {"offset for a time", TimestampFirst + 45, 15},
			{"offset for a time after the end", TimestampFirst + 1_000_000_000, -1},
		} {
			for p := int32(0); p < Partitions; p++ {
				offset, err := client.GetOffset(topic, p, asked.time)
				if err != nil {
					return fmt.Errorf("%s: %w", asked.what, err)
				}
				if err := Equal(asked.what, asked.want, offset); err != nil {
					return err
				}
			}
		}
		got, err := read(topic, []int64{15, 20, 29}, 15+10+1)
		if err != nil {
			return err
		}
		lowest := map[int]int64{}
		for _, r := range got {
			if offset, seen := lowest[r.Partition]; !seen || r.Offset < offset {
				lowest[r.Partition] = r.Offset
			}
		}
		if err := Equal("read from", map[int]int64{0: 15, 1: 20, 2: 29}, lowest); err != nil {
			return err
		}
		if _, err := read(topic, []int64{9999}, 1); !errors.Is(err, sarama.ErrOffsetOutOfRange) {
			return fmt.Errorf("reading past the end: %v", err)
		}
		return nil
	})
}

func main() {
	Main([]Test{
		{Name: "every codec keeps every byte", Run: everyCodecKeepsEveryByte},
		{Name: "every acknowledgement level delivers", Run: everyAcknowledgementLevelDelivers},
		{Name: "an idempotent producer writes each record once", Run: anIdempotentProducerWritesEachRecordOnce},
		{Name: "big batches arrive whole", Run: bigBatchesArriveWhole},
		{Name: "offsets are found by end, time and seek", Run: offsetsAreFoundByEndTimeAndSeek},
		{Name: "a group changes and loses nothing", Run: aGroupChangesAndLosesNothing},
		{Name: "commits survive the consumer and are reset", Run: commitsSurviveTheConsumerAndAreReset},
		{Name: "topics are created, described, changed and deleted", Run: topicsAreCreatedDescribedChangedAndDeleted},
		{Name: "records are deleted up to an offset", Run: recordsAreDeletedUpToAnOffset},
		{Name: "the cluster is described", Run: theClusterIsDescribed},
		{Name: "what is wrong is refused by name", Run: whatIsWrongIsRefusedByName},
	})
}
