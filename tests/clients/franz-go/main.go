// franz-go against a broker: franz-go HOST:PORT. Produces and consumes keys, headers, nulls, timestamps and every codec, by
// assignment and by a group that changes, and compares everything.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	partitions     = 3
	timestampFirst = int64(1_600_000_000_000)
)

var bootstrap string

// place is where a record lies.
type place struct {
	partition int32
	offset    int64
}

func topicName(what string) string {
	return fmt.Sprintf("franz-go-%s-%d", what, time.Now().UnixNano()%1_000_000_000)
}

func client(options ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(bootstrap),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.MetadataMinAge(100 * time.Millisecond),
	}, options...)...)
}

func create(topic string, count int32) error {
	c, err := client()
	if err != nil {
		return err
	}
	defer c.Close()
	admin, ctx := kadm.NewClient(c), context.Background()
	answers, err := admin.CreateTopics(ctx, count, 1, nil, topic)
	if err != nil {
		return err
	}
	if err := answers[topic].Err; err != nil {
		return err
	}
	// What is sent with acks=0 before the leaders are there is lost, and rightly so: wait until each answers.
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		offsets, err := admin.ListEndOffsets(ctx, topic)
		if err == nil && offsets.Error() == nil && len(offsets[topic]) == int(count) {
			return nil
		}
	}
	return fmt.Errorf("the partitions of %s have no leaders within 10 s", topic)
}

func samples(topic string) []*kgo.Record {
	random := rand.New(rand.NewSource(1))
	noise := make([]byte, 60_000)
	random.Read(noise)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	keys := [][]byte{nil, {}, []byte("user-17"), []byte("Schlüssel ключ 鍵"), all}
	values := [][]byte{nil, {}, []byte(`{"n":1}`), all, bytes.Repeat([]byte("squeeze me "), 3000), noise}
	headers := [][]kgo.RecordHeader{
		nil,
		{{Key: "trace", Value: []byte("abc")}},
		{{Key: "null", Value: nil}, {Key: "empty", Value: []byte{}}},
		{{Key: "twice", Value: []byte("1")}, {Key: "twice", Value: []byte("2")}, {Key: "", Value: all}},
	}
	var records []*kgo.Record
	for i := 0; i < 240; i++ {
		records = append(records, &kgo.Record{
			Topic: topic, Partition: int32(i % partitions), Key: keys[i%len(keys)], Value: values[i%len(values)],
			Headers: headers[i%len(headers)], Timestamp: time.UnixMilli(timestampFirst + int64(i)),
		})
	}
	return records
}

func simple(topic string, first, count, partitions int) []*kgo.Record {
	var records []*kgo.Record
	for i := first; i < first+count; i++ {
		records = append(records, &kgo.Record{
			Topic: topic, Partition: int32(i % partitions), Value: []byte(fmt.Sprintf("value %d", i)),
			Timestamp: time.UnixMilli(timestampFirst + int64(i)),
		})
	}
	return records
}

func sameBytes(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

func difference(want, have *kgo.Record) string {
	switch {
	case !sameBytes(want.Key, have.Key):
		return fmt.Sprintf("key %.60q is not %.60q", have.Key, want.Key)
	case !sameBytes(want.Value, have.Value):
		return fmt.Sprintf("value %.60q is not %.60q", have.Value, want.Value)
	case want.Timestamp.UnixMilli() != have.Timestamp.UnixMilli():
		return fmt.Sprintf("timestamp %v is not %v", have.Timestamp, want.Timestamp)
	case len(want.Headers) != len(have.Headers):
		return fmt.Sprintf("%d headers, not %d", len(have.Headers), len(want.Headers))
	}
	for i, h := range want.Headers {
		if h.Key != have.Headers[i].Key || !sameBytes(h.Value, have.Headers[i].Value) {
			return fmt.Sprintf("header %d %q=%.60q is not %q=%.60q", i, have.Headers[i].Key, have.Headers[i].Value, h.Key, h.Value)
		}
	}
	return ""
}

// compare judges what was read against what was sent, in order per partition, offsets from 0 on.
func compare(sent []*kgo.Record, got map[place]*kgo.Record) error {
	next := map[int32]int64{}
	for _, want := range sent {
		at := place{want.Partition, next[want.Partition]}
		next[want.Partition]++
		have, ok := got[at]
		if !ok {
			return fmt.Errorf("nothing at %v", at)
		}
		if d := difference(want, have); d != "" {
			return fmt.Errorf("at %v: %s", at, d)
		}
	}
	if len(got) != len(sent) {
		return fmt.Errorf("%d records read, %d were sent", len(got), len(sent))
	}
	return nil
}

func produce(records []*kgo.Record, options ...kgo.Opt) error {
	c, err := client(options...)
	if err != nil {
		return err
	}
	defer c.Close()
	return produceThrough(c, records)
}

func produceThrough(c *kgo.Client, records []*kgo.Record) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	// Copies: a record that was sent is written to by the client.
	copies := make([]*kgo.Record, len(records))
	for i, r := range records {
		copied := *r
		copies[i] = &copied
	}
	return c.ProduceSync(ctx, copies...).FirstErr()
}

func assignment(topic string, count int) kgo.Opt {
	offsets := map[int32]kgo.Offset{}
	for p := 0; p < count; p++ {
		offsets[int32(p)] = kgo.NewOffset().At(0)
	}
	return kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: offsets})
}

func readAll(topic string, partitions, count int) (map[place]*kgo.Record, error) {
	c, err := client(assignment(topic, partitions))
	if err != nil {
		return nil, err
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	got := map[place]*kgo.Record{}
	for len(got) < count {
		fetches := c.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return got, fmt.Errorf("%d of %d records read: %w", len(got), count, err)
		}
		fetches.EachRecord(func(r *kgo.Record) { got[place{r.Partition, r.Offset}] = r })
	}
	return got, nil
}

func roundTrip(what string, options ...kgo.Opt) error {
	topic := topicName(what)
	if err := create(topic, partitions); err != nil {
		return err
	}
	records := samples(topic)
	// Closed after reading: with acks=0 nothing says that what was sent has left the client.
	producer, err := client(options...)
	if err != nil {
		return err
	}
	defer producer.Close()
	if err := produceThrough(producer, records); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	got, err := readAll(topic, partitions, len(records))
	if err == nil {
		err = compare(records, got)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func everyCodecKeepsEveryByte() error {
	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
	for name, codec := range codecs {
		if err := roundTrip("codec-"+name, kgo.ProducerBatchCompression(codec)); err != nil {
			return err
		}
	}
	return nil
}

func everyAcknowledgementLevelDelivers() error {
	for name, acks := range map[string]kgo.Acks{"leader": kgo.LeaderAck(), "none": kgo.NoAck(), "all": kgo.AllISRAcks()} {
		if err := roundTrip("acks-"+name, kgo.RequiredAcks(acks), kgo.DisableIdempotentWrite()); err != nil {
			return err
		}
	}
	return nil
}

func offsetsAreFoundByEndAndTime() error {
	topic := topicName("offsets")
	if err := create(topic, partitions); err != nil {
		return err
	}
	if err := produce(simple(topic, 0, 90, partitions)); err != nil {
		return err
	}
	c, err := client()
	if err != nil {
		return err
	}
	defer c.Close()
	admin, ctx := kadm.NewClient(c), context.Background()
	at := func(want int64, listed kadm.ListedOffsets, err error) error {
		if err != nil {
			return err
		}
		for p := int32(0); p < partitions; p++ {
			if o, ok := listed.Lookup(topic, p); !ok || o.Err != nil || o.Offset != want {
				return fmt.Errorf("partition %d: offset %d (%v), not %d", p, o.Offset, o.Err, want)
			}
		}
		return nil
	}
	start, err := admin.ListStartOffsets(ctx, topic)
	if err := at(0, start, err); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	end, err := admin.ListEndOffsets(ctx, topic)
	if err := at(30, end, err); err != nil {
		return fmt.Errorf("end: %w", err)
	}
	timed, err := admin.ListOffsetsAfterMilli(ctx, timestampFirst+45, topic)
	if err := at(15, timed, err); err != nil {
		return fmt.Errorf("by time: %w", err)
	}
	return nil
}

// member is a consumer of a group that polls and commits until it is told to leave.
type member struct {
	client *kgo.Client
	leave  context.CancelFunc
	done   chan struct{}
}

// group gathers what its members read and hold.
type group struct {
	sync.Mutex
	topic, name string
	got         map[place]*kgo.Record
	held        map[*member]map[int32]bool
	errs        []error
}

func (g *group) join(balancer kgo.GroupBalancer) (*member, error) {
	m := &member{done: make(chan struct{})}
	ctx, leave := context.WithCancel(context.Background())
	m.leave = leave
	change := func(holds bool) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, changed map[string][]int32) {
			g.Lock()
			defer g.Unlock()
			if g.held[m] == nil {
				g.held[m] = map[int32]bool{}
			}
			for _, p := range changed[g.topic] {
				if holds {
					g.held[m][p] = true
				} else {
					delete(g.held[m], p)
				}
			}
		}
	}
	var err error
	m.client, err = client(kgo.ConsumerGroup(g.name), kgo.ConsumeTopics(g.topic), kgo.Balancers(balancer),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit(), kgo.HeartbeatInterval(300*time.Millisecond),
		kgo.SessionTimeout(10*time.Second), kgo.OnPartitionsAssigned(change(true)), kgo.OnPartitionsRevoked(change(false)),
		kgo.OnPartitionsLost(change(false)), kgo.BlockRebalanceOnPoll())
	if err != nil {
		return nil, err
	}
	go g.poll(ctx, m)
	return m, nil
}

func (g *group) poll(ctx context.Context, m *member) {
	defer close(m.done)
	for ctx.Err() == nil {
		fetches := m.client.PollFetches(ctx)
		if err := fetches.Err(); err != nil && !errors.Is(err, context.Canceled) {
			g.Lock()
			g.errs = append(g.errs, err)
			g.Unlock()
		}
		g.Lock()
		fetches.EachRecord(func(r *kgo.Record) { g.got[place{r.Partition, r.Offset}] = r })
		g.Unlock()
		m.client.CommitUncommittedOffsets(context.Background())
		m.client.AllowRebalance()
	}
}

func (g *group) stop(m *member) {
	m.leave()
	<-m.done
	m.client.CloseAllowingRebalance()
}

func (g *group) wait(what string, condition func() bool) error {
	for end := time.Now().Add(40 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		g.Lock()
		ok, errs := condition(), g.errs
		g.Unlock()
		if len(errs) > 0 {
			return fmt.Errorf("a member failed: %w", errs[0])
		}
		if ok {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("not within 40 s: %s (%d records, held %v)", what, len(g.got), g.held)
		}
	}
}

func groupWith(name string, balancer func() kgo.GroupBalancer) error {
	g := &group{topic: topicName("group-" + name), name: topicName("members-" + name), got: map[place]*kgo.Record{}, held: map[*member]map[int32]bool{}}
	if err := create(g.topic, 4); err != nil {
		return err
	}
	all := simple(g.topic, 0, 1200, 4)
	steps := []func() error{}
	var first, second *member
	run := func(step func() error) { steps = append(steps, step) }
	run(func() error { return produce(all[:400]) })
	run(func() (err error) { first, err = g.join(balancer()); return err })
	run(func() error {
		return g.wait("one member reads everything", func() bool { return len(g.got) == 400 && len(g.held[first]) == 4 })
	})
	run(func() (err error) { second, err = g.join(balancer()); return err })
	run(func() error {
		return g.wait("two members share four partitions", func() bool { return len(g.held[first]) == 2 && len(g.held[second]) == 2 })
	})
	run(func() error { return produce(all[400:800]) })
	run(func() error { return g.wait("both read on", func() bool { return len(g.got) == 800 }) })
	run(func() error { return g.described() })
	run(func() error { g.stop(second); return nil })
	run(func() error {
		return g.wait("the member that stays takes everything over", func() bool { return len(g.held[first]) == 4 })
	})
	run(func() error { return produce(all[800:]) })
	run(func() error { return g.wait("one reads the rest", func() bool { return len(g.got) == 1200 }) })
	run(func() error { g.stop(first); return nil })
	run(func() error { return compare(all, g.got) })
	run(func() error { return g.committed(300) })
	for _, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (g *group) described() error {
	c, err := client()
	if err != nil {
		return err
	}
	defer c.Close()
	groups, err := kadm.NewClient(c).DescribeGroups(context.Background(), g.name)
	if err != nil {
		return err
	}
	if d := groups[g.name]; d.State != "Stable" || len(d.Members) != 2 || d.ProtocolType != "consumer" {
		return fmt.Errorf("described as %q with %d members of type %q", d.State, len(d.Members), d.ProtocolType)
	}
	return nil
}

func (g *group) committed(want int64) error {
	c, err := client()
	if err != nil {
		return err
	}
	defer c.Close()
	offsets, err := kadm.NewClient(c).FetchOffsets(context.Background(), g.name)
	if err != nil {
		return err
	}
	for p := int32(0); p < 4; p++ {
		if o, ok := offsets.Lookup(g.topic, p); !ok || o.At != want {
			return fmt.Errorf("committed offset of partition %d is %d, not %d", p, o.At, want)
		}
	}
	return nil
}

func aGroupChangesAndLosesNothing() error {
	balancers := map[string]func() kgo.GroupBalancer{
		"range": kgo.RangeBalancer, "roundrobin": kgo.RoundRobinBalancer, "sticky": kgo.StickyBalancer,
		"cooperative-sticky": kgo.CooperativeStickyBalancer,
	}
	var names []string
	for name := range balancers {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if err := groupWith(name, balancers[name]); err != nil {
			return err
		}
	}
	return nil
}

func topicsAreDescribedAndDeleted() error {
	topic := topicName("admin")
	if err := create(topic, 5); err != nil {
		return err
	}
	if err := create(topic, 5); !errors.Is(err, kerr.TopicAlreadyExists) {
		return fmt.Errorf("second creation: %v", err)
	}
	c, err := client()
	if err != nil {
		return err
	}
	defer c.Close()
	admin, ctx := kadm.NewClient(c), context.Background()
	topics, err := admin.ListTopics(ctx)
	if err != nil || len(topics[topic].Partitions) != 5 || topics[topic].ID == (kadm.TopicID{}) {
		return fmt.Errorf("topic listed as %+v: %v", topics[topic], err)
	}
	configs, err := admin.DescribeTopicConfigs(ctx, topic)
	if err != nil {
		return err
	}
	described, err := configs.On(topic, nil)
	if err != nil || described.Err != nil || len(described.Configs) < 20 {
		return fmt.Errorf("%d configurations: %v %v", len(described.Configs), err, described.Err)
	}
	answers, err := admin.DeleteTopics(ctx, topic)
	if err != nil || answers[topic].Err != nil {
		return fmt.Errorf("delete: %v %v", err, answers[topic].Err)
	}
	return nil
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: franz-go HOST:PORT")
		os.Exit(2)
	}
	bootstrap = os.Args[1]
	failed := 0
	for _, test := range []struct {
		name string
		run  func() error
	}{
		{"every codec keeps every byte", everyCodecKeepsEveryByte},
		{"every acknowledgement level delivers", everyAcknowledgementLevelDelivers},
		{"offsets are found by end and time", offsetsAreFoundByEndAndTime},
		{"a group changes and loses nothing", aGroupChangesAndLosesNothing},
		{"topics are described and deleted", topicsAreDescribedAndDeleted},
	} {
		started, verdict := time.Now(), "ok"
		if err := test.run(); err != nil {
			failed++
			verdict = "FAILED: " + strings.ReplaceAll(err.Error(), "\n", " ")
		}
		fmt.Printf("  %s: %s (%.1f s)\n", test.name, verdict, time.Since(started).Seconds())
	}
	if failed > 0 {
		os.Exit(1)
	}
}
