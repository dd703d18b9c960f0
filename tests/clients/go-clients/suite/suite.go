// Package suite has what the suites of Go clients share: the records they produce and want back, byte for byte, the comparison
// that says what differs, and the runner. The tests of a suite wait for the broker most of the time, so they run side by side,
// each with topics of its own.
package suite

import (
	"bytes"
	"fmt"
	"math/rand"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

const (
	Partitions = 3
	// Patience is how long anything may take: far longer than it does, so that a slow machine fails nothing.
	Patience = 60 * time.Second
)

// TimestampFirst is an hour ago: what is older than the topic's retention may be gone before it is read.
var TimestampFirst = time.Now().Add(-time.Hour).UnixMilli()

type Header struct {
	Name  string
	Value []byte
}

type Record struct {
	Partition  int
	Offset     int64
	Key, Value []byte
	Headers    []Header
	Timestamp  int64
}

// Place is where a record lies.
type Place struct {
	Partition int
	Offset    int64
}

// Samples walk through every combination of key, value and headers.
func Samples(count int) []Record {
	random := rand.New(rand.NewSource(1))
	noise := make([]byte, 60_000)
	random.Read(noise)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	keys := [][]byte{nil, {}, []byte("user-17"), []byte("Schlüssel ключ 鍵"), all, bytes.Repeat([]byte("k"), 4000)}
	values := [][]byte{nil, {}, []byte(`{"name":"Ünïcode","quantity":23958446825181076828}`), all, bytes.Repeat([]byte("squeeze me "), 3000), noise}
	headers := [][]Header{
		nil,
		{{"trace", []byte("abc")}},
		{{"null", nil}, {"empty", []byte{}}},
		{{"twice", []byte("1")}, {"twice", []byte("2")}, {"", all}},
		{{"binär", all}},
	}
	var records []Record
	for i := 0; i < count; i++ {
		records = append(records, Record{
			Partition: i % Partitions, Key: keys[i%len(keys)], Value: values[(i/2)%len(values)], Headers: headers[i%len(headers)],
			Timestamp: TimestampFirst + int64(i),
		})
	}
	return records
}

// Simple records are small and each different from every other, for tests that only count what arrives.
func Simple(first, count, partitions int) []Record {
	var records []Record
	for i := first; i < first+count; i++ {
		records = append(records, Record{
			Partition: i % partitions, Key: []byte(fmt.Sprint(i % 10)), Value: []byte(fmt.Sprintf("value %d", i)), Timestamp: TimestampFirst + int64(i),
		})
	}
	return records
}

// Padded makes records of `size` bytes more each.
func Padded(records []Record, size int) []Record {
	for i := range records {
		records[i].Value = append(records[i].Value, bytes.Repeat([]byte("."), size)...)
	}
	return records
}

// Comparison judges what was read against what was sent, in order per partition, offsets from 0 on.
type Comparison struct {
	NullIsEmpty bool // the client tells no difference on reading
}

func (c Comparison) same(a, b []byte) bool {
	return bytes.Equal(a, b) && (c.NullIsEmpty || (a == nil) == (b == nil))
}

func (c Comparison) difference(want, have Record) string {
	switch {
	case !c.same(want.Key, have.Key):
		return fmt.Sprintf("key %.60q is not %.60q", have.Key, want.Key)
	case !c.same(want.Value, have.Value):
		return fmt.Sprintf("value %.60q is not %.60q", have.Value, want.Value)
	case want.Timestamp != have.Timestamp:
		return fmt.Sprintf("timestamp %d is not %d", have.Timestamp, want.Timestamp)
	case len(want.Headers) != len(have.Headers):
		return fmt.Sprintf("%d headers, not %d", len(have.Headers), len(want.Headers))
	}
	for i, h := range want.Headers {
		if h.Name != have.Headers[i].Name || !c.same(h.Value, have.Headers[i].Value) {
			return fmt.Sprintf("header %d %q=%.60q is not %q=%.60q", i, have.Headers[i].Name, have.Headers[i].Value, h.Name, h.Value)
		}
	}
	return ""
}

func (c Comparison) Compare(sent, got []Record) error {
	at := map[Place]Record{}
	for _, r := range got {
		at[Place{r.Partition, r.Offset}] = r
	}
	next := map[int]int64{}
	for _, want := range sent {
		place := Place{want.Partition, next[want.Partition]}
		next[want.Partition]++
		have, ok := at[place]
		if !ok {
			return fmt.Errorf("nothing at %v", place)
		}
		if d := c.difference(want, have); d != "" {
			return fmt.Errorf("at %v: %s", place, d)
		}
	}
	if len(at) != len(sent) {
		return fmt.Errorf("%d places read, %d records were sent", len(at), len(sent))
	}
	return nil
}

var names int64

// Name is one that nobody used: several suites may share one broker.
func Name(client, what string) string {
	return fmt.Sprintf("%s-%s-%d-%d", client, what, time.Now().UnixNano()%1_000_000_000, atomic.AddInt64(&names, 1))
}

// Until waits for a condition.
func Until(what string, condition func() (bool, error)) error {
	var last error
	for end := time.Now().Add(Patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		done, err := condition()
		if done && err == nil {
			return nil
		}
		last = err
	}
	return fmt.Errorf("not within %v: %s (%v)", Patience, what, last)
}

// Equal compares what prints alike.
func Equal(what string, want, have any) error {
	if w, h := fmt.Sprint(want), fmt.Sprint(have); w != h {
		return fmt.Errorf("%s: wanted %s, got %s", what, w, h)
	}
	return nil
}

type Test struct {
	Name string
	Run  func() error
}

// Main prints one line per test in the order of the table and ends the program. The command line: HOST:PORT [TEST…].
func Main(tests []Test) {
	lines := make([]chan string, len(tests))
	for i, test := range tests {
		lines[i] = make(chan string, 1)
		if len(os.Args) > 2 && !contains(os.Args[2:], test.Name) {
			continue
		}
		go func(test Test, line chan string) {
			started := time.Now()
			err := test.Run()
			if os.Getenv("EVLOG_SUITE_TIMES") != "" {
				fmt.Printf("# %s: %v\n", test.Name, time.Since(started))
			}
			if err == nil {
				line <- "ok " + test.Name
			} else {
				line <- "not ok " + test.Name + ": " + strings.ReplaceAll(err.Error(), "\n", " ")
			}
		}(test, lines[i])
	}
	failed := false
	for i, test := range tests {
		if len(os.Args) > 2 && !contains(os.Args[2:], test.Name) {
			continue
		}
		line := <-lines[i]
		failed = failed || strings.HasPrefix(line, "not ok")
		fmt.Println(line)
	}
	if failed {
		os.Exit(1)
	}
}

func contains(list []string, one string) bool {
	for _, each := range list {
		if each == one {
			return true
		}
	}
	return false
}
