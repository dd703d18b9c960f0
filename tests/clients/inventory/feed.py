#!/usr/bin/env python3
"""One store's feed: feed.py STORE EVENTS [HOST:PORT]. Each event says by how much the stock of an item changed."""
import json
import random
import sys
import time

from kafka import KafkaProducer

EVENTS_PER_SECOND = 500


def events(store, count):
    """The same events for the same store, every time: so a test knows what must come out."""
    random_ = random.Random(store)
    return [{"item": f"item-{random_.randrange(50)}", "change": random_.randint(-20, 40)} for _ in range(count)]


def main(store, count, servers="localhost:9092"):
    producer = KafkaProducer(bootstrap_servers=servers, value_serializer=lambda event: json.dumps(event).encode(),
                             key_serializer=str.encode, acks="all", enable_idempotence=True, linger_ms=5)
    sent = []
    for event in events(store, count):
        sent.append(producer.send(f"inventory_{store}", key=event["item"], value=event))
        time.sleep(1 / EVENTS_PER_SECOND)
    producer.flush()
    for future in sent:
        future.get(timeout=60)  # raises where an event was not accepted
    print(f"{store}: {count} events accepted")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
