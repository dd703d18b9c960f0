package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/IBM/sarama"

	. "goclients/suite"
)

// group gathers what its members read and hold.
type group struct {
	sync.Mutex
	topic, name string
	got         map[Place]Record
	held        map[*member]int
	errs        []error
}

type member struct {
	group    *group
	consumer sarama.ConsumerGroup
	leave    context.CancelFunc
	done     chan struct{}
}

func (m *member) Setup(session sarama.ConsumerGroupSession) error {
	m.group.Lock()
	defer m.group.Unlock()
	m.group.held[m] = len(session.Claims()[m.group.topic])
	return nil
}

func (m *member) Cleanup(sarama.ConsumerGroupSession) error {
	m.group.Lock()
	defer m.group.Unlock()
	m.group.held[m] = 0
	return nil
}

func (m *member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case message, open := <-claim.Messages():
			if !open {
				return nil
			}
			m.group.Lock()
			m.group.got[Place{Partition: int(message.Partition), Offset: message.Offset}] = recordOf(message)
			m.group.Unlock()
			session.MarkMessage(message, "")
		case <-session.Context().Done():
			return nil
		}
	}
}

func (g *group) join(balancer sarama.BalanceStrategy) (*member, error) {
	config := configuration()
	config.Consumer.Return.Errors = false
	config.Consumer.Offsets.AutoCommit.Interval = 100 * time.Millisecond
	config.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{balancer}
	consumer, err := sarama.NewConsumerGroup([]string{os.Args[1]}, g.name, config)
	if err != nil {
		return nil, err
	}
	ctx, leave := context.WithCancel(context.Background())
	m := &member{group: g, consumer: consumer, leave: leave, done: make(chan struct{})}
	go func() {
		defer close(m.done)
		for ctx.Err() == nil {
			if err := consumer.Consume(ctx, []string{g.topic}, m); err != nil {
				g.Lock()
				g.errs = append(g.errs, err)
				g.Unlock()
				return
			}
		}
	}()
	return m, nil
}

func (g *group) stop(m *member) error {
	m.leave()
	<-m.done
	return m.consumer.Close()
}

func (g *group) has(count int) func() (bool, error) {
	return func() (bool, error) {
		g.Lock()
		defer g.Unlock()
		return len(g.got) >= count, first(g.errs)
	}
}

func (g *group) holding(counts map[*member]int) func() (bool, error) {
	return func() (bool, error) {
		g.Lock()
		defer g.Unlock()
		for m, count := range counts {
			if g.held[m] != count {
				return false, first(g.errs)
			}
		}
		return true, nil
	}
}

func first(errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	return errs[0]
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

// newGroup waits until the group's coordinator serves it: on a new broker that takes a moment, which this client does not wait.
func newGroup(admin sarama.ClusterAdmin, topic, what string) (*group, error) {
	g := &group{topic: topic, name: name(what), got: map[Place]Record{}, held: map[*member]int{}}
	return g, Until("the coordinator serves", func() (bool, error) { _, err := committed(admin, g.name, topic, 1); return true, err })
}

func committed(admin sarama.ClusterAdmin, group, topic string, partitions int) ([]int64, error) {
	asked := map[string][]int32{}
	for p := 0; p < partitions; p++ {
		asked[topic] = append(asked[topic], int32(p))
	}
	answer, err := admin.ListConsumerGroupOffsets(group, asked)
	if err != nil {
		return nil, err
	}
	if answer.Err != sarama.ErrNoError {
		return nil, answer.Err
	}
	var offsets []int64
	for p := 0; p < partitions; p++ {
		block := answer.GetBlock(topic, int32(p))
		if block == nil {
			return nil, fmt.Errorf("no answer for partition %d", p)
		}
		offsets = append(offsets, block.Offset)
	}
	return offsets, nil
}

func (g *group) isDescribed(admin sarama.ClusterAdmin, state string, members int) error {
	described, err := admin.DescribeConsumerGroups([]string{g.name})
	if err != nil || len(described) != 1 || described[0].Err != sarama.ErrNoError {
		return fmt.Errorf("description: %v %v", described, err)
	}
	if err := Equal("state and members", fmt.Sprint(state, members), fmt.Sprint(described[0].State, len(described[0].Members))); err != nil {
		return err
	}
	listed, err := admin.ListConsumerGroups()
	if err != nil || listed[g.name] != "consumer" {
		return fmt.Errorf("listed as %q: %v", listed[g.name], err)
	}
	return nil
}

// changes lets a second member come and go while records arrive.
func (g *group) changes(admin sarama.ClusterAdmin, balancer sarama.BalanceStrategy) error {
	everything := Simple(0, 1200, 4)
	if err := produce(g.topic, everything[:400], nil); err != nil {
		return err
	}
	one, err := g.join(balancer)
	if err != nil {
		return err
	}
	if err := Until("one member reads everything", g.has(400)); err != nil {
		return err
	}
	if err := Until("a lone member holds four partitions", g.holding(map[*member]int{one: 4})); err != nil {
		return err
	}
	two, err := g.join(balancer)
	if err != nil {
		return err
	}
	if err := Until("two members share four partitions", g.holding(map[*member]int{one: 2, two: 2})); err != nil {
		return err
	}
	if err := produce(g.topic, everything[400:800], nil); err != nil {
		return err
	}
	if err := Until("both read on", g.has(800)); err != nil {
		return err
	}
	if err := Until("the group is described", func() (bool, error) { return true, g.isDescribed(admin, "Stable", 2) }); err != nil {
		return err
	}
	if err := admin.DeleteConsumerGroup(g.name); !errors.Is(err, sarama.ErrNonEmptyGroup) {
		return fmt.Errorf("deleting a group that has members: %v", err)
	}
	if err := g.stop(two); err != nil {
		return err
	}
	if err := Until("the member that stays takes everything over", g.holding(map[*member]int{one: 4})); err != nil {
		return err
	}
	if err := produce(g.topic, everything[800:], nil); err != nil {
		return err
	}
	if err := Until("one reads the rest", g.has(1200)); err != nil {
		return err
	}
	if err := g.stop(one); err != nil {
		return err
	}
	return Comparison{}.Compare(everything, g.records())
}

func aGroupChangesAndLosesNothing() error {
	balancers := map[string]sarama.BalanceStrategy{
		"range": sarama.NewBalanceStrategyRange(), "roundrobin": sarama.NewBalanceStrategyRoundRobin(), "sticky": sarama.NewBalanceStrategySticky(),
	}
	results := make(chan error, len(balancers))
	for what, balancer := range balancers {
		go func(what string, balancer sarama.BalanceStrategy) {
			results <- withAdmin(func(admin sarama.ClusterAdmin) error { return aGroupWith(admin, what, balancer) })
		}(what, balancer)
	}
	var failed error
	for range balancers {
		if err := <-results; err != nil {
			failed = err
		}
	}
	return failed
}

func aGroupWith(admin sarama.ClusterAdmin, what string, balancer sarama.BalanceStrategy) error {
	topic := name("group-" + what)
	if err := create(topic, 4, nil); err != nil {
		return err
	}
	g, err := newGroup(admin, topic, "members-"+what)
	if err != nil {
		return err
	}
	if err := g.changes(admin, balancer); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	offsets, err := committed(admin, g.name, topic, 4)
	if err == nil {
		err = Equal(what+": committed", []int64{300, 300, 300, 300}, offsets)
	}
	if err != nil {
		return err
	}
	if err := admin.DeleteConsumerGroup(g.name); err != nil {
		return fmt.Errorf("deleting a group nobody is in: %w", err)
	}
	if listed, err := admin.ListConsumerGroups(); err != nil || listed[g.name] != "" {
		return fmt.Errorf("a deleted group is listed (%v)", err)
	}
	return nil
}

// commit sets the offset of partition 0 as an administrator does: by a group that has no members.
func commit(group, topic string, offset int64, metadata string) error {
	return withClient(func(client sarama.Client) error {
		manager, err := sarama.NewOffsetManagerFromClient(group, client)
		if err != nil {
			return err
		}
		partition, err := manager.ManagePartition(topic, 0)
		if err != nil {
			return err
		}
		partition.ResetOffset(offset, metadata)
		partition.MarkOffset(offset, metadata)
		manager.Commit()
		go partition.AsyncClose()
		for err := range partition.Errors() {
			return err
		}
		return manager.Close()
	})
}

func commitsSurviveTheConsumerAndAreReset() error {
	topic := name("commit")
	if err := create(topic, 1, nil); err != nil {
		return err
	}
	if err := produce(topic, Simple(0, 20, 1), nil); err != nil {
		return err
	}
	return withAdmin(func(admin sarama.ClusterAdmin) error {
		g, err := newGroup(admin, topic, "committer")
		if err != nil {
			return err
		}
		groupName := g.name
		is := func(what string, want int64) error {
			offsets, err := committed(admin, groupName, topic, 1)
			if err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
			return Equal(what, []int64{want}, offsets)
		}
		if err := is("nothing is committed at first", -1); err != nil {
			return err
		}
		if err := commit(groupName, topic, 7, "half way é"); err != nil {
			return err
		}
		answer, err := admin.ListConsumerGroupOffsets(groupName, map[string][]int32{topic: {0}})
		if err != nil {
			return err
		}
		block := answer.GetBlock(topic, 0)
		if err := Equal("offset and metadata", fmt.Sprint(7, "half way é"), fmt.Sprint(block.Offset, block.Metadata)); err != nil {
			return err
		}
		m, err := g.join(sarama.NewBalanceStrategyRange())
		if err != nil {
			return err
		}
		if err := Until("a member goes on where the commit stands", g.has(13)); err != nil {
			return err
		}
		if err := g.stop(m); err != nil {
			return err
		}
		for _, r := range g.records() {
			if r.Offset < 7 {
				return fmt.Errorf("offset %d was read again", r.Offset)
			}
		}
		if err := is("the end is committed", 20); err != nil {
			return err
		}
		if err := commit(groupName, topic, 3, ""); err != nil {
			return err
		}
		if err := is("set by an administrator", 3); err != nil {
			return err
		}
		if err := admin.DeleteConsumerGroupOffset(groupName, topic, 0); err != nil {
			return fmt.Errorf("deleting an offset: %w", err)
		}
		return is("deleted by an administrator", -1)
	})
}
