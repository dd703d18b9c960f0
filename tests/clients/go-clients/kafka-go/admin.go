package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/segmentio/kafka-go"

	. "goclients/suite"
)

func configurationOf(kind kafka.ResourceType, resource string, names ...string) (map[string]string, error) {
	ctx, cancel := patiently()
	defer cancel()
	answer, err := client.DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{
		Resources: []kafka.DescribeConfigRequestResource{{ResourceType: kind, ResourceName: resource, ConfigNames: names}},
	})
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for _, e := range answer.Resources[0].ConfigEntries {
		found[e.ConfigName] = e.ConfigValue
	}
	return found, answer.Resources[0].Error
}

func change(topic, key, value string, operation kafka.ConfigOperation) error {
	ctx, cancel := patiently()
	defer cancel()
	answer, err := client.IncrementalAlterConfigs(ctx, &kafka.IncrementalAlterConfigsRequest{
		Resources: []kafka.IncrementalAlterConfigsRequestResource{{
			ResourceType: kafka.ResourceTypeTopic, ResourceName: topic,
			Configs: []kafka.IncrementalAlterConfigsRequestConfig{{Name: key, Value: value, ConfigOperation: operation}},
		}},
	})
	if err != nil {
		return err
	}
	return answer.Resources[0].Error
}

func setWhole(topic, key, value string) error {
	ctx, cancel := patiently()
	defer cancel()
	answer, err := client.AlterConfigs(ctx, &kafka.AlterConfigsRequest{Resources: []kafka.AlterConfigRequestResource{{
		ResourceType: kafka.ResourceTypeTopic, ResourceName: topic, Configs: []kafka.AlterConfigRequestConfig{{Name: key, Value: value}},
	}}})
	if err != nil {
		return err
	}
	for _, err := range answer.Errors {
		if err != nil {
			return err
		}
	}
	return nil
}

func addPartitions(topic string, count int32) error {
	ctx, cancel := patiently()
	defer cancel()
	answer, err := client.CreatePartitions(ctx, &kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{{Name: topic, Count: count}}})
	if err != nil {
		return err
	}
	return answer.Errors[topic]
}

func deleteTopic(topic string) error {
	ctx, cancel := patiently()
	defer cancel()
	answer, err := client.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{topic}})
	if err != nil {
		return err
	}
	return answer.Errors[topic]
}

func partitionsOf(topic string) (int, error) {
	ctx, cancel := patiently()
	defer cancel()
	answer, err := client.Metadata(ctx, &kafka.MetadataRequest{})
	if err != nil {
		return 0, err
	}
	for _, t := range answer.Topics {
		if t.Name == topic {
			return len(t.Partitions), t.Error
		}
	}
	return 0, nil
}

func topicsAreCreatedDescribedChangedAndDeleted() error {
	topic := name("admin")
	hour := kafka.ConfigEntry{ConfigName: "retention.ms", ConfigValue: "3600000"}
	soon := kafka.ConfigEntry{ConfigName: "retention.ms", ConfigValue: "soon"}
	if err := create(topic, 2, hour); err != nil {
		return fmt.Errorf("creation: %w", err)
	}
	if err := createWith(topic, 2, hour); !errors.Is(err, kafka.TopicAlreadyExists) {
		return fmt.Errorf("a second creation: %v", err)
	}
	if err := createWith(name("wrong"), 2, soon); !errors.Is(err, kafka.InvalidConfiguration) {
		return fmt.Errorf("a wrong value: %v", err)
	}
	if count, err := partitionsOf(topic); err != nil || count != 2 {
		return fmt.Errorf("%d partitions listed: %v", count, err)
	}
	if err := configurationsChange(topic); err != nil {
		return err
	}
	if err := addPartitions(topic, 5); err != nil {
		return fmt.Errorf("more partitions: %w", err)
	}
	if err := hasLeaders(topic, 5); err != nil {
		return err
	}
	if err := addPartitions(topic, 3); !errors.Is(err, kafka.InvalidPartitionNumber) {
		return fmt.Errorf("fewer partitions: %v", err)
	}
	records := Simple(0, 50, 5)
	if err := produce(topic, records); err != nil {
		return err
	}
	if err := isReadAs(records, topic, 5); err != nil {
		return err
	}
	if err := deleteTopic(topic); err != nil {
		return fmt.Errorf("deletion: %w", err)
	}
	if err := Until("the topic is gone", func() (bool, error) { count, err := partitionsOf(topic); return count == 0, err }); err != nil {
		return err
	}
	if err := deleteTopic(topic); !errors.Is(err, kafka.UnknownTopicOrPartition) {
		return fmt.Errorf("a second deletion: %v", err)
	}
	return nil
}

func configurationsChange(topic string) error {
	shows := func(retention, size string) error {
		return Until("retention.ms="+retention+" and max.message.bytes="+size, func() (bool, error) {
			now, err := configurationOf(kafka.ResourceTypeTopic, topic, "retention.ms", "max.message.bytes")
			return now["retention.ms"] == retention && now["max.message.bytes"] == size, err
		})
	}
	if err := shows("3600000", "1048588"); err != nil {
		return err
	}
	if err := change(topic, "max.message.bytes", "2000000", kafka.ConfigOperationSet); err != nil {
		return fmt.Errorf("a change: %w", err)
	}
	if err := shows("3600000", "2000000"); err != nil {
		return err
	}
	if err := change(topic, "max.message.bytes", "", kafka.ConfigOperationDelete); err != nil {
		return fmt.Errorf("a change back: %w", err)
	}
	if err := shows("3600000", "1048588"); err != nil {
		return err
	}
	if err := change(topic, "retention.ms", "soon", kafka.ConfigOperationSet); !errors.Is(err, kafka.InvalidConfiguration) {
		return fmt.Errorf("a wrong value: %v", err)
	}
	// The older call sets whole configurations: what is not named goes back to its default.
	if err := setWhole(topic, "max.message.bytes", "3000000"); err != nil {
		return fmt.Errorf("setting the whole configuration: %w", err)
	}
	return shows("604800000", "3000000")
}

func theClusterIsDescribed() error {
	topic := name("cluster")
	if err := create(topic, 1); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	answer, err := client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
	if err != nil || len(answer.Brokers) != 1 || answer.Brokers[0].ID != answer.Controller.ID || len(answer.ClusterID) != 22 {
		return fmt.Errorf("metadata %+v: %v", answer, err)
	}
	broker := answer.Brokers[0]
	if err := Equal("address", os.Args[1], fmt.Sprintf("%s:%d", broker.Host, broker.Port)); err != nil {
		return err
	}
	id := fmt.Sprint(broker.ID)
	found, err := configurationOf(kafka.ResourceTypeBroker, id, "log.retention.hours", "node.id")
	if err != nil {
		return err
	}
	if err := Equal("configuration of the broker", map[string]string{"log.retention.hours": "168", "node.id": id}, found); err != nil {
		return err
	}
	moving, err := client.ListPartitionReassignments(ctx, &kafka.ListPartitionReassignmentsRequest{
		Topics: map[string]kafka.ListPartitionReassignmentsRequestTopic{topic: {PartitionIndexes: []int{0}}}, Timeout: Patience,
	})
	if err != nil || moving.Error != nil || len(moving.Topics) != 0 {
		return fmt.Errorf("moving: %+v (%v)", moving, err)
	}
	elected, err := client.ElectLeaders(ctx, &kafka.ElectLeadersRequest{Topic: topic, Partitions: []int{0}, Timeout: Patience})
	if err != nil || elected.Error != nil || len(elected.PartitionResults) != 1 || !errors.Is(elected.PartitionResults[0].Error, kafka.ElectionNotNeeded) {
		return fmt.Errorf("an election that is not needed: %+v (%v)", elected, err)
	}
	return nil
}
