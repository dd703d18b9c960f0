package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"github.com/IBM/sarama"

	. "goclients/suite"
)

func configurationOf(admin sarama.ClusterAdmin, kind sarama.ConfigResourceType, resource string, names ...string) (map[string]string, error) {
	entries, err := admin.DescribeConfig(sarama.ConfigResource{Type: kind, Name: resource, ConfigNames: names})
	found := map[string]string{}
	for _, e := range entries {
		found[e.Name] = e.Value
	}
	return found, err
}

func topicsAreCreatedDescribedChangedAndDeleted() error {
	return withAdmin(func(admin sarama.ClusterAdmin) error {
		topic, hour, soon := name("admin"), "3600000", "soon"
		wanted := sarama.TopicDetail{NumPartitions: 2, ReplicationFactor: 1, ConfigEntries: map[string]*string{"retention.ms": &hour}}
		if err := admin.CreateTopic(topic, &wanted, true); err != nil {
			return fmt.Errorf("a creation only checked: %w", err)
		}
		if err := admin.CreateTopic(topic, &wanted, false); err != nil {
			return fmt.Errorf("creation: %w", err)
		}
		if err := admin.CreateTopic(topic, &wanted, false); !errors.Is(err, sarama.ErrTopicAlreadyExists) {
			return fmt.Errorf("a second creation: %v", err)
		}
		wrong := sarama.TopicDetail{NumPartitions: 2, ReplicationFactor: 1, ConfigEntries: map[string]*string{"retention.ms": &soon}}
		if err := admin.CreateTopic(name("wrong"), &wrong, false); !errors.Is(err, sarama.ErrInvalidConfig) {
			return fmt.Errorf("a wrong value: %v", err)
		}
		if err := hasLeaders(topic, 2); err != nil {
			return err
		}
		topics, err := admin.ListTopics()
		if err != nil || topics[topic].NumPartitions != 2 {
			return fmt.Errorf("listed as %+v: %v", topics[topic], err)
		}
		if err := configurationsChange(admin, topic); err != nil {
			return err
		}
		if err := partitionsAreAdded(admin, topic); err != nil {
			return err
		}
		if err := admin.DeleteTopic(topic); err != nil {
			return fmt.Errorf("deletion: %w", err)
		}
		if err := Until("the topic is gone", func() (bool, error) {
			topics, err := admin.ListTopics()
			_, there := topics[topic]
			return !there, err
		}); err != nil {
			return err
		}
		if err := admin.DeleteTopic(topic); !errors.Is(err, sarama.ErrUnknownTopicOrPartition) {
			return fmt.Errorf("a second deletion: %v", err)
		}
		return nil
	})
}

func configurationsChange(admin sarama.ClusterAdmin, topic string) error {
	shows := func(retention, size string) error {
		return Until("retention.ms="+retention+" and max.message.bytes="+size, func() (bool, error) {
			now, err := configurationOf(admin, sarama.TopicResource, topic, "retention.ms", "max.message.bytes")
			return now["retention.ms"] == retention && now["max.message.bytes"] == size, err
		})
	}
	if err := shows("3600000", "1048588"); err != nil {
		return err
	}
	two, three, soon := "2000000", "3000000", "soon"
	change := func(key string, operation sarama.IncrementalAlterConfigsOperation, value *string) error {
		entries := map[string]sarama.IncrementalAlterConfigsEntry{key: {Operation: operation, Value: value}}
		return admin.IncrementalAlterConfig(sarama.TopicResource, topic, entries, false)
	}
	if err := change("max.message.bytes", sarama.IncrementalAlterConfigsOperationSet, &two); err != nil {
		return fmt.Errorf("a change: %w", err)
	}
	if err := shows("3600000", "2000000"); err != nil {
		return err
	}
	if err := change("max.message.bytes", sarama.IncrementalAlterConfigsOperationDelete, nil); err != nil {
		return fmt.Errorf("a change back: %w", err)
	}
	if err := shows("3600000", "1048588"); err != nil {
		return err
	}
	if err := change("retention.ms", sarama.IncrementalAlterConfigsOperationSet, &soon); err == nil {
		return errors.New("a wrong value was taken")
	}
	// The older call sets whole configurations: what is not named goes back to its default.
	if err := admin.AlterConfig(sarama.TopicResource, topic, map[string]*string{"max.message.bytes": &three}, false); err != nil {
		return fmt.Errorf("setting the whole configuration: %w", err)
	}
	return shows("604800000", "3000000")
}

func partitionsAreAdded(admin sarama.ClusterAdmin, topic string) error {
	if err := admin.CreatePartitions(topic, 5, nil, false); err != nil {
		return fmt.Errorf("more partitions: %w", err)
	}
	if err := hasLeaders(topic, 5); err != nil {
		return err
	}
	if err := admin.CreatePartitions(topic, 3, nil, false); !errors.Is(err, sarama.ErrInvalidPartitions) {
		return fmt.Errorf("fewer partitions: %v", err)
	}
	records := Simple(0, 50, 5)
	if err := produce(topic, records, nil); err != nil {
		return err
	}
	got, err := read(topic, oldest(5), len(records))
	if err != nil {
		return err
	}
	return Comparison{}.Compare(records, got)
}

func recordsAreDeletedUpToAnOffset() error {
	topic := name("trim")
	if err := create(topic, 2, nil); err != nil {
		return err
	}
	if err := produce(topic, Simple(0, 40, 2), nil); err != nil {
		return err
	}
	return withAdmin(func(admin sarama.ClusterAdmin) error {
		if err := admin.DeleteRecords(topic, map[int32]int64{0: 15, 1: -1}); err != nil {
			return err
		}
		got, err := read(topic, oldest(2), 5)
		if err != nil {
			return err
		}
		for _, r := range got {
			if r.Partition != 0 || r.Offset < 15 {
				return fmt.Errorf("partition %d offset %d was deleted and is read", r.Partition, r.Offset)
			}
		}
		if err := admin.DeleteRecords(topic, map[int32]int64{0: 999}); err == nil {
			return errors.New("an offset after the end was taken")
		}
		return withClient(func(client sarama.Client) error {
			low, err := client.GetOffset(topic, 1, sarama.OffsetOldest)
			if err != nil {
				return err
			}
			return Equal("first offset of what was emptied", 20, low)
		})
	})
}

func theClusterIsDescribed() error {
	topic := name("cluster")
	if err := create(topic, 1, nil); err != nil {
		return err
	}
	if err := produce(topic, Simple(0, 30, 1), nil); err != nil {
		return err
	}
	return withAdmin(func(admin sarama.ClusterAdmin) error {
		brokers, controller, err := admin.DescribeCluster()
		if err != nil || len(brokers) != 1 || brokers[0].ID() != controller {
			return fmt.Errorf("brokers %v, controller %d: %v", brokers, controller, err)
		}
		if err := Equal("address", os.Args[1], brokers[0].Addr()); err != nil {
			return err
		}
		found, err := configurationOf(admin, sarama.BrokerResource, fmt.Sprint(controller), "log.retention.hours", "node.id")
		if err != nil {
			return err
		}
		if err := Equal("configuration of the broker", map[string]string{"log.retention.hours": "168", "node.id": fmt.Sprint(controller)}, found); err != nil {
			return err
		}
		moving, err := admin.ListPartitionReassignments(topic, []int32{0})
		if err != nil || len(moving[topic]) != 0 {
			return fmt.Errorf("moving: %v (%v)", moving, err)
		}
		directories, err := admin.DescribeLogDirs([]int32{controller})
		if err != nil {
			return err
		}
		for _, directory := range directories[controller] {
			for _, t := range directory.Topics {
				if t.Topic == topic && t.Partitions[0].Size > 300 {
					return nil
				}
			}
		}
		return fmt.Errorf("%s is in no directory: %+v", topic, directories)
	})
}

func whatIsWrongIsRefusedByName() error {
	topic, limit := name("limits"), "2000"
	if err := create(topic, 1, map[string]*string{"max.message.bytes": &limit}); err != nil {
		return err
	}
	large := []Record{{Value: bytes.Repeat([]byte("x"), 5000), Timestamp: TimestampFirst}}
	if err := produce(topic, large, nil); !refusedWith(err, sarama.ErrMessageSizeTooLarge) {
		return fmt.Errorf("a large record: %v", err)
	}
	if err := produce(name("nowhere"), Simple(0, 1, 1), nil); !refusedWith(err, sarama.ErrUnknownTopicOrPartition) {
		return fmt.Errorf("a topic that is not there: %v", err)
	}
	if err := produce(topic, Simple(0, 3, 1), nil); err != nil {
		return err
	}
	got, err := read(topic, oldest(1), 3)
	if err != nil {
		return err
	}
	return Comparison{}.Compare(Simple(0, 3, 1), got)
}

func refusedWith(err error, reason error) bool {
	var each sarama.ProducerErrors
	return errors.As(err, &each) && len(each) == 1 && errors.Is(each[0].Err, reason)
}
