// kafka-go (segmentio) against a broker: kafka-go HOST:PORT [TEST…].
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/segmentio/kafka-go"

	. "goclients/suite"
)

// This client's reader tells null from empty neither in keys nor in values.
var judge = Comparison{NullIsEmpty: true}

func name(what string) string { return Name("kafka-go", what) }

// One for all: each transport keeps connections and asks for the metadata again and again.
var (
	transport = &kafka.Transport{ClientID: "kafka-go", MetadataTTL: 200 * time.Millisecond}
	client    = &kafka.Client{Addr: kafka.TCP(os.Args[1]), Timeout: Patience, Transport: transport}
)

func patiently() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), Patience)
}

func createWith(topic string, partitions int, configs ...kafka.ConfigEntry) error {
	ctx, cancel := patiently()
	defer cancel()
	wanted := kafka.TopicConfig{Topic: topic, NumPartitions: partitions, ReplicationFactor: 1, ConfigEntries: configs}
	answer, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{wanted}})
	if err != nil {
		return err
	}
	return answer.Errors[topic]
}

func create(topic string, partitions int, configs ...kafka.ConfigEntry) error {
	if err := createWith(topic, partitions, configs...); err != nil {
		return err
	}
	return hasLeaders(topic, partitions)
}

// What is sent before the leaders are there is lost with acks=0, and rightly so: wait until each answers.
func hasLeaders(topic string, partitions int) error {
	return Until(topic+" has leaders", func() (bool, error) {
		_, _, err := offsetsOf(topic, partitions)
		return err == nil, err
	})
}

// offsetsOf is the first and the next offset of each partition.
func offsetsOf(topic string, partitions int) (first, next []int64, err error) {
	ctx, cancel := patiently()
	defer cancel()
	asked := []kafka.OffsetRequest{}
	for p := 0; p < partitions; p++ {
		asked = append(asked, kafka.FirstOffsetOf(p), kafka.LastOffsetOf(p))
	}
	answer, err := client.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{topic: asked}})
	if err != nil {
		return nil, nil, err
	}
	first, next = make([]int64, partitions), make([]int64, partitions)
	if len(answer.Topics[topic]) != partitions {
		return nil, nil, fmt.Errorf("%d partitions, not %d", len(answer.Topics[topic]), partitions)
	}
	for _, p := range answer.Topics[topic] {
		if p.Error != nil {
			return nil, nil, p.Error
		}
		first[p.Partition], next[p.Partition] = p.FirstOffset, p.LastOffset
	}
	return first, next, nil
}

func writer(topic string) *kafka.Writer {
	return &kafka.Writer{
		Addr: kafka.TCP(os.Args[1]), Topic: topic, RequiredAcks: kafka.RequireAll, BatchSize: 100_000, BatchBytes: 8_000_000,
		Transport: transport, MaxAttempts: 30, BatchTimeout: 10 * time.Millisecond, ReadTimeout: Patience, WriteTimeout: Patience,
		Balancer: kafka.BalancerFunc(func(m kafka.Message, _ ...int) int { return m.WriterData.(int) }),
	}
}

func produceThrough(w *kafka.Writer, records []Record) error {
	defer w.Close()
	return sendThrough(w, records)
}

func sendThrough(w *kafka.Writer, records []Record) error {
	ctx, cancel := patiently()
	defer cancel()
	var messages []kafka.Message
	for _, r := range records {
		m := kafka.Message{Key: r.Key, Value: r.Value, Time: time.UnixMilli(r.Timestamp), WriterData: r.Partition}
		for _, h := range r.Headers {
			m.Headers = append(m.Headers, kafka.Header{Key: h.Name, Value: h.Value})
		}
		messages = append(messages, m)
	}
	return w.WriteMessages(ctx, messages...)
}

// produce has a transport of its own: one keeps what it once learnt of a topic's partitions.
func produce(topic string, records []Record) error {
	w, own := writer(topic), &kafka.Transport{ClientID: "kafka-go"}
	w.Transport = own
	defer own.CloseIdleConnections()
	return produceThrough(w, records)
}

func recordOf(m kafka.Message) Record {
	r := Record{Partition: m.Partition, Offset: m.Offset, Key: m.Key, Value: m.Value, Timestamp: m.Time.UnixMilli()}
	for _, h := range m.Headers {
		r.Headers = append(r.Headers, Header{Name: h.Key, Value: h.Value})
	}
	return r
}

// reader asks for batches as large as the test's: each fetch holds whole ones.
func reader(topic string, partition int) *kafka.Reader {
	return kafka.NewReader(kafka.ReaderConfig{
		Brokers: []string{os.Args[1]}, Topic: topic, Partition: partition, MinBytes: 1, MaxBytes: 16_000_000, MaxWait: 200 * time.Millisecond,
	})
}

func read(topic string, partition int, seek func(context.Context, *kafka.Reader) error, count int) ([]Record, error) {
	ctx, cancel := patiently()
	defer cancel()
	r := reader(topic, partition)
	defer r.Close()
	if seek != nil {
		if err := seek(ctx, r); err != nil {
			return nil, err
		}
	}
	var got []Record
	for len(got) < count {
		m, err := r.ReadMessage(ctx)
		if err != nil {
			return got, fmt.Errorf("%d of %d records read: %w", len(got), count, err)
		}
		got = append(got, recordOf(m))
	}
	return got, nil
}

func isReadAs(records []Record, topic string, partitions int) error {
	counts := make([]int, partitions)
	for _, r := range records {
		counts[r.Partition]++
	}
	var all []Record
	for p, count := range counts {
		got, err := read(topic, p, nil, count)
		if err != nil {
			return fmt.Errorf("partition %d: %w", p, err)
		}
		all = append(all, got...)
	}
	return judge.Compare(records, all)
}

func roundTrip(what string, records []Record, change func(*kafka.Writer)) error {
	topic := name(what)
	if err := create(topic, Partitions); err != nil {
		return err
	}
	w := writer(topic)
	change(w)
	if err := produceThrough(w, records); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := isReadAs(records, topic, Partitions); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func everyCodecKeepsEveryByte() error {
	for _, codec := range []kafka.Compression{0, kafka.Gzip, kafka.Snappy, kafka.Lz4, kafka.Zstd} {
		codec := codec
		if err := roundTrip("codec-"+codec.String(), Samples(126), func(w *kafka.Writer) { w.Compression = codec }); err != nil {
			return err
		}
	}
	return nil
}

func everyAcknowledgementLevelDelivers() error {
	for _, acks := range []kafka.RequiredAcks{kafka.RequireNone, kafka.RequireOne, kafka.RequireAll} {
		acks := acks
		if err := roundTrip("acks-"+acks.String(), Simple(0, 300, Partitions), func(w *kafka.Writer) { w.RequiredAcks = acks }); err != nil {
			return err
		}
	}
	return nil
}

func bigBatchesArriveWhole() error {
	topic := name("big")
	if err := create(topic, 1, kafka.ConfigEntry{ConfigName: "max.message.bytes", ConfigValue: "8000000"}); err != nil {
		return err
	}
	records := Padded(Simple(0, 20_000, 1), 200)
	if err := produce(topic, records); err != nil {
		return err
	}
	compressed := writer(topic)
	compressed.Compression = kafka.Gzip
	if err := produceThrough(compressed, records); err != nil {
		return err
	}
	return isReadAs(append(records, records...), topic, 1)
}

func offsetsAreFoundByEndTimeAndSeek() error {
	topic := name("offsets")
	if err := create(topic, Partitions); err != nil {
		return err
	}
	if err := produce(topic, Simple(0, 90, Partitions)); err != nil {
		return err
	}
	first, next, err := offsetsOf(topic, Partitions)
	if err == nil {
		err = Equal("first and next offsets", [][]int64{{0, 0, 0}, {30, 30, 30}}, [][]int64{first, next})
	}
	if err != nil {
		return err
	}
	for p := 0; p < Partitions; p++ {
		got, err := read(topic, p, func(ctx context.Context, r *kafka.Reader) error {
			return r.SetOffsetAt(ctx, time.UnixMilli(TimestampFirst+45))
		}, 15)
		if err != nil {
			return err
		}
		if err := Equal("first offset for a time", 15, got[0].Offset); err != nil {
			return err
		}
		got, err = read(topic, p, func(_ context.Context, r *kafka.Reader) error { return r.SetOffset(28) }, 2)
		if err != nil {
			return err
		}
		if err := Equal("offsets after a seek", []int64{28, 29}, []int64{got[0].Offset, got[1].Offset}); err != nil {
			return err
		}
	}
	return nil
}

func whatIsWrongIsRefusedByName() error {
	topic := name("limits")
	if err := create(topic, 1, kafka.ConfigEntry{ConfigName: "max.message.bytes", ConfigValue: "2000"}); err != nil {
		return err
	}
	large := Padded(Simple(0, 1, 1), 5000)
	if err := produce(topic, large); !refusedWith(err, kafka.MessageSizeTooLarge) {
		return fmt.Errorf("a large record: %v", err)
	}
	nowhere := writer(name("nowhere"))
	nowhere.MaxAttempts = 2
	if err := produceThrough(nowhere, Simple(0, 1, 1)); !refusedWith(err, kafka.UnknownTopicOrPartition) {
		return fmt.Errorf("a topic that is not there: %v", err)
	}
	if err := produce(topic, Simple(0, 3, 1)); err != nil {
		return err
	}
	return isReadAs(Simple(0, 3, 1), topic, 1)
}

func refusedWith(err error, reason kafka.Error) bool {
	var each kafka.WriteErrors
	if errors.As(err, &each) {
		for _, one := range each {
			if errors.Is(one, reason) {
				return true
			}
		}
	}
	return errors.Is(err, reason)
}

func aTopicAppearsWithItsFirstRecord() error {
	topic := name("auto")
	w := writer(topic)
	w.AllowAutoTopicCreation = true
	// This client creates the topic and gives up, because it has no leader yet; its users try again.
	if err := Until("the first record is taken", func() (bool, error) { err := sendThrough(w, Simple(0, 1, 1)); return true, err }); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return isReadAs(Simple(0, 1, 1), topic, 1)
}

func main() {
	Main([]Test{
		{Name: "every codec keeps every byte", Run: everyCodecKeepsEveryByte},
		{Name: "every acknowledgement level delivers", Run: everyAcknowledgementLevelDelivers},
		{Name: "big batches arrive whole", Run: bigBatchesArriveWhole},
		{Name: "offsets are found by end, time and seek", Run: offsetsAreFoundByEndTimeAndSeek},
		{Name: "a group changes and loses nothing", Run: aGroupChangesAndLosesNothing},
		{Name: "commits survive the consumer and are reset", Run: commitsSurviveTheConsumerAndAreReset},
		{Name: "topics are created, described, changed and deleted", Run: topicsAreCreatedDescribedChangedAndDeleted},
		{Name: "the cluster is described", Run: theClusterIsDescribed},
		{Name: "what is wrong is refused by name", Run: whatIsWrongIsRefusedByName},
		{Name: "a topic appears with its first record", Run: aTopicAppearsWithItsFirstRecord},
	})
}
