package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"

	. "goclients/suite"
)

// group gathers what its members read. Who holds what, the coordinator says.
type group struct {
	sync.Mutex
	topic, name string
	got         map[Place]Record
	by          map[*member]int
	errs        []error
}

type member struct {
	reader *kafka.Reader
	leave  context.CancelFunc
	done   chan struct{}
}

func (g *group) join() *member {
	ctx, leave := context.WithCancel(context.Background())
	m := &member{leave: leave, done: make(chan struct{}), reader: kafka.NewReader(kafka.ReaderConfig{
		Brokers: []string{os.Args[1]}, GroupID: g.name, Topic: g.topic, MinBytes: 1, MaxBytes: 1_000_000, MaxWait: 200 * time.Millisecond,
		HeartbeatInterval: 300 * time.Millisecond, StartOffset: kafka.FirstOffset, ReadBackoffMin: 10 * time.Millisecond,
	})}
	go func() {
		defer close(m.done)
		for {
			message, err := m.reader.FetchMessage(ctx)
			if err != nil {
				return
			}
			g.Lock()
			g.got[Place{Partition: message.Partition, Offset: message.Offset}] = recordOf(message)
			g.by[m]++
			g.Unlock()
			// Refused when the group changed meanwhile: the record comes again.
			if err := m.reader.CommitMessages(ctx, message); err != nil && ctx.Err() == nil {
				g.Lock()
				g.errs = append(g.errs, err)
				g.Unlock()
			}
		}
	}()
	return m
}

func (m *member) stop() error {
	m.leave()
	<-m.done
	return m.reader.Close()
}

func (g *group) has(count int) func() (bool, error) {
	return func() (bool, error) {
		g.Lock()
		defer g.Unlock()
		return len(g.got) >= count, nil
	}
}

func (g *group) records() []Record {
	g.Lock()
	defer g.Unlock()
	var all []Record
	for _, r := range g.got {
		all = append(all, r)
	}
	return all
}

func describe(group string) (kafka.DescribeGroupsResponseGroup, error) {
	ctx, cancel := patiently()
	defer cancel()
	answer, err := client.DescribeGroups(ctx, &kafka.DescribeGroupsRequest{GroupIDs: []string{group}})
	if err != nil {
		return kafka.DescribeGroupsResponseGroup{}, err
	}
	return answer.Groups[0], answer.Groups[0].Error
}

// shared says whether the group is stable and each of its members holds `each` partitions.
func (g *group) shared(members, each int) func() (bool, error) {
	return func() (bool, error) {
		described, err := describe(g.name)
		if err != nil || described.GroupState != "Stable" || len(described.Members) != members {
			return false, err
		}
		for _, m := range described.Members {
			count := 0
			for _, t := range m.MemberAssignments.Topics {
				count += len(t.Partitions)
			}
			if count != each {
				return false, nil
			}
		}
		return true, nil
	}
}

func isListed(group string) (bool, error) {
	ctx, cancel := patiently()
	defer cancel()
	answer, err := client.ListGroups(ctx, &kafka.ListGroupsRequest{})
	if err != nil || answer.Error != nil {
		return false, fmt.Errorf("listing groups: %v %v", err, answer)
	}
	for _, g := range answer.Groups {
		if g.GroupID == group {
			return true, nil
		}
	}
	return false, nil
}

func deleteGroup(group string) error {
	ctx, cancel := patiently()
	defer cancel()
	answer, err := client.DeleteGroups(ctx, &kafka.DeleteGroupsRequest{GroupIDs: []string{group}})
	if err != nil {
		return err
	}
	return answer.Errors[group]
}

func committed(group, topic string, partitions int) ([]int64, string, error) {
	ctx, cancel := patiently()
	defer cancel()
	var asked []int
	for p := 0; p < partitions; p++ {
		asked = append(asked, p)
	}
	answer, err := client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{topic: asked}})
	if err != nil {
		return nil, "", err
	}
	offsets, metadata := make([]int64, partitions), ""
	for _, p := range answer.Topics[topic] {
		if p.Error != nil {
			return nil, "", p.Error
		}
		offsets[p.Partition], metadata = p.CommittedOffset, p.Metadata
	}
	return offsets, metadata, answer.Error
}

// changes lets a second member come and go while records arrive.
func (g *group) changes() error {
	everything := Simple(0, 1200, 4)
	if err := produce(g.topic, everything[:400]); err != nil {
		return err
	}
	one := g.join()
	if err := Until("one member reads everything", g.has(400)); err != nil {
		return err
	}
	if err := Until("a lone member holds four partitions", g.shared(1, 4)); err != nil {
		return err
	}
	two := g.join()
	if err := Until("two members share four partitions", g.shared(2, 2)); err != nil {
		return err
	}
	if err := produce(g.topic, everything[400:800]); err != nil {
		return err
	}
	if err := Until("both read on", g.has(800)); err != nil {
		return err
	}
	if listed, err := isListed(g.name); err != nil || !listed {
		return fmt.Errorf("the group is not listed (%v)", err)
	}
	if err := deleteGroup(g.name); !errors.Is(err, kafka.NonEmptyGroup) {
		return fmt.Errorf("deleting a group that has members: %v", err)
	}
	if err := two.stop(); err != nil {
		return err
	}
	if err := Until("the member that stays takes everything over", g.shared(1, 4)); err != nil {
		return err
	}
	if err := produce(g.topic, everything[800:]); err != nil {
		return err
	}
	if err := Until("one reads the rest", g.has(1200)); err != nil {
		return err
	}
	if err := Until("the end is committed", func() (bool, error) {
		offsets, _, err := committed(g.name, g.topic, 4)
		return fmt.Sprint(offsets) == fmt.Sprint([]int64{300, 300, 300, 300}), err
	}); err != nil {
		return err
	}
	g.Lock()
	second := g.by[two]
	g.Unlock()
	if second == 0 {
		return errors.New("the second member read nothing")
	}
	if err := one.stop(); err != nil {
		return err
	}
	return judge.Compare(everything, g.records())
}

// newGroup waits until the group's coordinator serves it: on a new broker that takes a moment, which this client does not wait.
func newGroup(topic string) (*group, error) {
	g := &group{topic: topic, name: name("members"), got: map[Place]Record{}, by: map[*member]int{}}
	return g, Until("the coordinator serves", func() (bool, error) { _, _, err := committed(g.name, topic, 1); return true, err })
}

func aGroupChangesAndLosesNothing() error {
	topic := name("group")
	if err := create(topic, 4); err != nil {
		return err
	}
	g, err := newGroup(topic)
	if err != nil {
		return err
	}
	if err := g.changes(); err != nil {
		return fmt.Errorf("%w %v", err, g.errs)
	}
	if err := Until("a group nobody is in is deleted", func() (bool, error) { return true, deleteGroup(g.name) }); err != nil {
		return err
	}
	if listed, err := isListed(g.name); err != nil || listed {
		return fmt.Errorf("a deleted group is listed (%v)", err)
	}
	return nil
}

// commit sets the offset of partition 0 as an administrator does: without being a member.
func commit(group, topic string, offset int64, metadata string) error {
	ctx, cancel := patiently()
	defer cancel()
	answer, err := client.OffsetCommit(ctx, &kafka.OffsetCommitRequest{
		GroupID: group, GenerationID: -1, Topics: map[string][]kafka.OffsetCommit{topic: {{Partition: 0, Offset: offset, Metadata: metadata}}},
	})
	if err != nil {
		return err
	}
	return answer.Topics[topic][0].Error
}

func deleteOffset(group, topic string) error {
	ctx, cancel := patiently()
	defer cancel()
	answer, err := client.OffsetDelete(ctx, &kafka.OffsetDeleteRequest{GroupID: group, Topics: map[string][]int{topic: {0}}})
	if err != nil {
		return err
	}
	if answer.Error != nil {
		return answer.Error
	}
	return answer.Topics[topic][0].Error
}

func commitsSurviveTheConsumerAndAreReset() error {
	topic := name("commit")
	if err := create(topic, 1); err != nil {
		return err
	}
	if err := produce(topic, Simple(0, 20, 1)); err != nil {
		return err
	}
	g, err := newGroup(topic)
	if err != nil {
		return err
	}
	is := func(want int64, wantMetadata string) error {
		offsets, metadata, err := committed(g.name, topic, 1)
		if err != nil {
			return err
		}
		return Equal("committed offset and metadata", fmt.Sprint(want, wantMetadata), fmt.Sprint(offsets[0], metadata))
	}
	if err := is(-1, ""); err != nil {
		return err
	}
	if err := commit(g.name, topic, 7, "half way é"); err != nil {
		return err
	}
	if err := is(7, "half way é"); err != nil {
		return err
	}
	m := g.join()
	if err := Until("a member goes on where the commit stands", g.has(13)); err != nil {
		return err
	}
	if err := commit(g.name, topic, 3, ""); !errors.Is(err, kafka.UnknownMemberId) {
		return fmt.Errorf("setting the offset of a running group: %v", err)
	}
	if err := Until("the end is committed", func() (bool, error) { err := is(20, ""); return err == nil, err }); err != nil {
		return err
	}
	if err := m.stop(); err != nil {
		return err
	}
	if got := g.records(); len(got) != 13 {
		return fmt.Errorf("%d records were read, not the 13 behind the commit", len(got))
	}
	if err := commit(g.name, topic, 3, "reset"); err != nil {
		return err
	}
	if err := is(3, "reset"); err != nil {
		return err
	}
	if err := deleteOffset(g.name, topic); err != nil {
		return fmt.Errorf("deleting an offset: %w", err)
	}
	return is(-1, "")
}
